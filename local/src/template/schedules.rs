//! The schedules of the template: functions' events of the type `ScheduleV2`, and `AWS::Scheduler::Schedule` that sends to
//! a queue.
//!
//! What is not played is an error, so that no schedule stands still unseen: a flexible time window, start and end days, an
//! event without `Input`, other targets than functions and queues, other attributes than the two of [`SCHEDULED`] and
//! [`EXECUTION`].

use std::collections::BTreeSet;

use serde_json::Value as Json;
use serde_yaml_ng::Value as Yaml;

use super::intrinsic::{Reason, entries};
use super::timetable::Timetable;
use super::{Functions, Reader, TemplateError, at};

/// What stands in an input for the time at which it was due.
pub const SCHEDULED: &str = "<aws.scheduler.scheduled-time>";
/// What stands in an input for the id of its execution.
pub const EXECUTION: &str = "<aws.scheduler.execution-id>";

/// Properties of a function's event, beside those that are read.
const BESIDE: [&str; 6] = ["Name", "Description", "RoleArn", "PermissionsBoundary", "OmitName", "RetryPolicy"];
/// Properties of an event and of a resource that are read.
const READ: [&str; 6] =
    ["ScheduleExpression", "ScheduleExpressionTimezone", "State", "FlexibleTimeWindow", "Input", "DeadLetterConfig"];

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its place in the template.
    pub name: String,
    /// When it is due.
    pub times: Timetable,
    /// What it sends, before its attributes are filled in.
    pub input: String,
    /// To whom.
    pub target: Target,
    /// Whether it is enabled.
    pub is_enabled: bool,
}

/// Whom a schedule tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A function, by name, invoked asynchronously.
    Function(String),
    /// A queue, by its name in the template.
    Queue(String),
}

/// The names of the queues.
type Queues = BTreeSet<String>;

impl Reader<'_> {
    pub(super) fn schedules(&self, functions: &Functions, queues: &Queues) -> Result<Vec<Schedule>, TemplateError> {
        let mut schedules = Vec::new();
        for (id, resource) in self.of_type("AWS::Serverless::Function") {
            let Some((function, _)) = functions.get(&id) else { continue };
            for (event, definition) in entries(&resource["Properties"]["Events"]) {
                let name = format!("{id}.Events.{event}");
                match definition["Type"].as_str() {
                    Some("HttpApi" | "SQS") => {}
                    Some("ScheduleV2") => {
                        let schedule = self.event(&name, &definition["Properties"], function, queues);
                        schedules.push(schedule.map_err(at(&name))?);
                        if !resource["Properties"]["EventInvokeConfig"].is_null() {
                            return Err(at(&id)("EventInvokeConfig is not played".to_owned()));
                        }
                    }
                    other => return Err(at(&name)(format!("the type {} is not played", other.unwrap_or("(none)")))),
                }
            }
        }
        for (id, resource) in self.of_type("AWS::Scheduler::Schedule") {
            schedules.push(self.resource(&id, &resource["Properties"], queues).map_err(at(&id))?);
        }
        Ok(schedules)
    }

    fn event(&self, name: &str, event: &Yaml, function: &str, queues: &Queues) -> Result<Schedule, Reason> {
        known(event, &[&READ[..], &BESIDE].concat())?;
        self.retry_policy(&event["RetryPolicy"])?;
        let dead = &event["DeadLetterConfig"];
        known(dead, &["Arn", "Type", "QueueLogicalId"])?;
        if !dead["Arn"].is_null() {
            self.queue_of(&dead["Arn"], queues).map_err(|reason| format!("DeadLetterConfig: {reason}"))?;
        }
        let input = self.input(&event["Input"])?;
        let filled = input.replace(SCHEDULED, "").replace(EXECUTION, "");
        serde_json::from_str::<Json>(&filled).map_err(|error| format!("Input: no JSON: {error}"))?;
        self.scheduled(name, event, input, Target::Function(function.to_owned()))
    }

    fn resource(&self, name: &str, resource: &Yaml, queues: &Queues) -> Result<Schedule, Reason> {
        known(resource, &[&READ[..4], &["Name", "Description", "Target"]].concat())?;
        let target = &resource["Target"];
        known(target, &["Arn", "RoleArn", "Input", "RetryPolicy", "DeadLetterConfig"])?;
        self.retry_policy(&target["RetryPolicy"])?;
        let dead = &target["DeadLetterConfig"]["Arn"];
        if !dead.is_null() {
            self.queue_of(dead, queues).map_err(|reason| format!("DeadLetterConfig: {reason}"))?;
        }
        let queue = self.queue_of(&target["Arn"], queues).map_err(|reason| format!("Target: {reason}"))?;
        let window = &resource["FlexibleTimeWindow"];
        if window.is_null() {
            return Err("FlexibleTimeWindow: it is required, with Mode: OFF".to_owned());
        }
        let input = self.input(&target["Input"]).map_err(|reason| format!("Target: {reason}"))?;
        self.scheduled(name, resource, input, Target::Queue(queue))
    }

    /// What events and resources have in common.
    fn scheduled(&self, name: &str, given: &Yaml, input: String, target: Target) -> Result<Schedule, Reason> {
        let window = &given["FlexibleTimeWindow"];
        if !window.is_null() && self.text_of(window, "Mode", "")? != "OFF" {
            return Err("FlexibleTimeWindow: only Mode: OFF is played".to_owned());
        }
        let is_enabled = match self.text_of(given, "State", "ENABLED")?.as_str() {
            "ENABLED" => true,
            "DISABLED" => false,
            other => return Err(format!("State: {other} must be ENABLED or DISABLED")),
        };
        let expression = self.text_of(given, "ScheduleExpression", "")?;
        let zone = self.text_of(given, "ScheduleExpressionTimezone", "UTC")?;
        let times = Timetable::parse(&expression, &zone)?;
        Ok(Schedule { name: name.to_owned(), times, input, target, is_enabled })
    }

    fn text_of(&self, map: &Yaml, name: &str, default: &str) -> Result<String, Reason> {
        match &map[name] {
            Yaml::Null => Ok(default.to_owned()),
            given => self.resolver.text(given).map_err(|reason| format!("{name}: {reason}")),
        }
    }

    fn input(&self, given: &Yaml) -> Result<String, Reason> {
        if given.is_null() {
            return Err("Input: a schedule without one is not played".to_owned());
        }
        let input = self.resolver.text(given).map_err(|reason| format!("Input: {reason}"))?;
        match input.replace(SCHEDULED, "").replace(EXECUTION, "").split_once("<aws.scheduler.") {
            Some((_, other)) => {
                let name = other.split('>').next().unwrap_or_default();
                Err(format!("Input: <aws.scheduler.{name}> is not played"))
            }
            None => Ok(input),
        }
    }

    /// Here a delivery to a function or a queue does not fail, so the policy is only checked.
    fn retry_policy(&self, policy: &Yaml) -> Result<(), Reason> {
        known(policy, &["MaximumRetryAttempts", "MaximumEventAgeInSeconds"])?;
        for (name, range) in [("MaximumRetryAttempts", 0..=185), ("MaximumEventAgeInSeconds", 60..=86_400)] {
            let number: u32 = self.number(policy, name, *range.start())?;
            if !range.contains(&number) {
                return Err(format!("RetryPolicy: {name} must be from {} to {}", range.start(), range.end()));
            }
        }
        Ok(())
    }

    fn queue_of(&self, arn: &Yaml, queues: &Queues) -> Result<String, Reason> {
        let name = self.target(arn)?;
        if queues.contains(&name) { Ok(name) } else { Err(format!("{name} is no queue of the template")) }
    }
}

/// Fails with the first key that is not one of these.
fn known(map: &Yaml, names: &[&str]) -> Result<(), Reason> {
    match entries(map).into_iter().find(|(name, _)| !names.contains(&name.as_str())) {
        Some((name, _)) => Err(format!("{name} is not played")),
        None => Ok(()),
    }
}

//! The event half of the template: queues, the pipe from the table's stream, rules, and event source mappings.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value as Json;
use serde_yaml_ng::Value as Yaml;

use super::intrinsic::{Reason, entries, items};
use super::schedules::Schedule;
use super::{Functions, Reader, TemplateError, at};

/// Queues and what moves events between them.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The queues by logical id.
    pub queues: BTreeMap<String, QueueSettings>,
    /// The pipe, from the table's stream to the bus.
    pub pipe: Option<PipeSettings>,
    /// The rules, from the bus to queues.
    pub rules: Vec<Rule>,
    /// The event source mappings, from queues to functions.
    pub mappings: Vec<Mapping>,
    /// The bucket's notifications, from new objects to queues.
    pub notifications: Vec<Notification>,
    /// The schedules, to functions and queues.
    pub schedules: Vec<Schedule>,
}

/// Which new objects are told to which queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// How their keys begin.
    pub prefix: String,
    /// The queue's name in the template.
    pub queue: String,
}

/// A queue's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    /// Visibility time-out.
    pub visibility: Duration,
    /// Retention.
    pub retention: Duration,
    /// `maxReceiveCount` and the dead-letter queue.
    pub redrive: Option<(u32, String)>,
}

/// The pipe's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct PipeSettings {
    /// Filter patterns, one of which a record must match.
    pub filters: Vec<Json>,
    /// The event's `source` on the bus.
    pub source: String,
    /// The path of its `detail-type` in the record.
    pub detail_type: String,
    /// The template of its `detail`.
    pub input: String,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its event pattern.
    pub pattern: Json,
    /// Its target queues, by logical id.
    pub queues: Vec<String>,
}

/// An event source mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The queue's logical id.
    pub queue: String,
    /// The function.
    pub function: String,
    /// Its batch size.
    pub batch: usize,
}

impl Reader<'_> {
    pub(super) fn sources(&self, functions: &Functions) -> Result<Sources, TemplateError> {
        let queues = self.queues()?;
        Ok(Sources {
            schedules: self.schedules(functions, &queues.keys().cloned().collect())?,
            queues,
            pipe: self.pipe()?,
            rules: self.rules()?,
            mappings: self.mappings(functions)?,
            notifications: self.notifications()?,
        })
    }

    fn queues(&self) -> Result<BTreeMap<String, QueueSettings>, TemplateError> {
        let queue = |(id, resource): (String, &Yaml)| {
            let settings = self.queue(&resource["Properties"]).map_err(at(&id))?;
            Ok((id, settings))
        };
        self.of_type("AWS::SQS::Queue").map(queue).collect()
    }

    /// Defaults are those of SQS: 30 seconds, four days.
    fn queue(&self, properties: &Yaml) -> Result<QueueSettings, Reason> {
        let redrive = &properties["RedrivePolicy"];
        let redrive = match redrive.is_null() {
            true => None,
            false => Some((self.number(redrive, "maxReceiveCount", 0)?, self.target(&redrive["deadLetterTargetArn"])?)),
        };
        Ok(QueueSettings {
            visibility: Duration::from_secs(self.number(properties, "VisibilityTimeout", 30)?),
            retention: Duration::from_secs(self.number(properties, "MessageRetentionPeriod", 345_600)?),
            redrive,
        })
    }

    fn pipe(&self) -> Result<Option<PipeSettings>, TemplateError> {
        let Some((id, pipe)) = self.of_type("AWS::Pipes::Pipe").next() else { return Ok(None) };
        self.pipe_of(&pipe["Properties"]).map(Some).map_err(at(&id))
    }

    fn pipe_of(&self, pipe: &Yaml) -> Result<PipeSettings, Reason> {
        let filters = items(&pipe["SourceParameters"]["FilterCriteria"]["Filters"]);
        let filter = |filter: &Yaml| {
            let pattern = self.resolver.text(&filter["Pattern"])?;
            serde_json::from_str(&pattern).map_err(|error| format!("Pattern: {error}"))
        };
        let target = &pipe["TargetParameters"];
        let bus = &target["EventBridgeEventBusParameters"];
        Ok(PipeSettings {
            filters: filters.iter().map(filter).collect::<Result<_, Reason>>()?,
            source: self.resolver.text(&bus["Source"])?,
            detail_type: self.resolver.text(&bus["DetailType"])?,
            input: self.resolver.text(&target["InputTemplate"])?,
        })
    }

    fn rules(&self) -> Result<Vec<Rule>, TemplateError> {
        let rule = |(id, resource): (String, &Yaml)| {
            let properties = &resource["Properties"];
            let queues = items(&properties["Targets"]).iter().map(|target| self.target(&target["Arn"]));
            Ok(Rule {
                pattern: self.resolver.resolve(&properties["EventPattern"]).map_err(at(&id))?,
                queues: queues.collect::<Result<_, Reason>>().map_err(at(&id))?,
            })
        };
        self.of_type("AWS::Events::Rule").map(rule).collect()
    }

    fn mappings(&self, functions: &Functions) -> Result<Vec<Mapping>, TemplateError> {
        let mut mappings = Vec::new();
        for (id, resource) in self.of_type("AWS::Serverless::Function") {
            let Some((function, _)) = functions.get(&id) else { continue };
            for (event, definition) in entries(&resource["Properties"]["Events"]) {
                if definition["Type"].as_str() == Some("SQS") {
                    let source = &definition["Properties"];
                    let place = format!("{id}.Events.{event}");
                    mappings.push(Mapping {
                        queue: self.target(&source["Queue"]).map_err(at(&place))?,
                        function: function.clone(),
                        batch: self.number(source, "BatchSize", 10).map_err(at(&place))?,
                    });
                }
            }
        }
        Ok(mappings)
    }

    fn notifications(&self) -> Result<Vec<Notification>, TemplateError> {
        let mut notifications = Vec::new();
        for (id, bucket) in self.of_type("AWS::S3::Bucket") {
            for told in items(&bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]) {
                notifications.push(self.notification(told).map_err(at(&id))?);
            }
        }
        Ok(notifications)
    }

    /// Of a filter's rules, the prefix is played.
    fn notification(&self, told: &Yaml) -> Result<Notification, Reason> {
        let mut prefix = String::new();
        for rule in items(&told["Filter"]["S3Key"]["Rules"]) {
            match self.resolver.text(&rule["Name"])?.as_str() {
                "prefix" => prefix = self.resolver.text(&rule["Value"])?,
                other => return Err(format!("the filter {other} is not played")),
            }
        }
        match self.resolver.text(&told["Event"])?.as_str() {
            "s3:ObjectCreated:*" => Ok(Notification { prefix, queue: self.target(&told["Queue"])? }),
            other => Err(format!("the event {other} is not played")),
        }
    }

    /// The logical id of an ARN such as `!GetAtt Queue.Arn`.
    pub(super) fn target(&self, arn: &Yaml) -> Result<String, Reason> {
        Ok(self.resolver.text(arn)?.trim_end_matches(".Arn").to_owned())
    }

    pub(super) fn number<T: std::str::FromStr>(&self, map: &Yaml, name: &str, default: T) -> Result<T, Reason> {
        if map[name].is_null() {
            return Ok(default);
        }
        let text = self.resolver.text(&map[name])?;
        text.parse().map_err(|_| format!("{name}: {text} is no number"))
    }
}

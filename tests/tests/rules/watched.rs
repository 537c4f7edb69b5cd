//! Nothing in the template fails silently: every function and queue has its alarms, every asynchronous source has dead
//! letters, every log group has a retention.

use std::collections::BTreeSet;

use local::template::yaml;
use serde_yaml_ng::Value;

/// The template with its loops expanded.
struct Resources(Value);

impl Resources {
    fn read(text: &str) -> Self {
        Self(yaml(text).unwrap())
    }

    /// Logical ids and properties of the resources of a type.
    fn of(&self, kind: &str) -> Vec<(&str, &Value)> {
        let all = self.0["Resources"].as_mapping().unwrap().iter();
        let all = all.filter(|(_, resource)| resource["Type"].as_str() == Some(kind));
        all.map(|(id, resource)| (id.as_str().unwrap(), &resource["Properties"])).collect()
    }

    /// Whether an alarm watches a metric of a resource.
    fn alarm(&self, metric: &str, dimension: &str, id: &str) -> bool {
        self.of("AWS::CloudWatch::Alarm").iter().any(|(_, alarm)| {
            let mut dimensions = alarm["Dimensions"].as_sequence().into_iter().flatten();
            let of =
                |one: &Value| one["Name"].as_str() == Some(dimension) && named(&one["Value"]) == Some(id.to_owned());
            alarm["MetricName"].as_str() == Some(metric) && dimensions.any(of)
        })
    }

    /// The faults, with what to do about them.
    fn faults(&self) -> Vec<String> {
        [self.functions(), self.queues(), self.sources(), self.logs()].concat()
    }

    fn functions(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let logs: BTreeSet<_> = self.of("AWS::Logs::LogGroup").into_iter().map(|(id, _)| id.to_owned()).collect();
        for (id, function) in self.of("AWS::Serverless::Function") {
            for metric in ["Errors", "Throttles"] {
                if !self.alarm(metric, "FunctionName", id) {
                    faults.push(format!("{id}: no alarm on {metric}; name it in Fn::ForEach::Functions"));
                }
            }
            let log =
                [function, &self.0["Globals"]["Function"]].map(|level| named(&level["LoggingConfig"]["LogGroup"]));
            if !log.into_iter().flatten().next().is_some_and(|log| logs.contains(&log)) {
                faults.push(format!("{id}: its LoggingConfig names no log group of the template"));
            }
        }
        faults
    }

    fn queues(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let last = self.dead_letters();
        for (id, queue) in self.of("AWS::SQS::Queue") {
            let (metric, list) = match last.contains(id) {
                true => ("ApproximateNumberOfMessagesVisible", "DeadLetters"),
                false => ("ApproximateAgeOfOldestMessage", "Queues"),
            };
            if !self.alarm(metric, "QueueName", id) {
                faults.push(format!("{id}: no alarm on {metric}; name it in Fn::ForEach::{list}"));
            }
            if !last.contains(id) && named(&queue["RedrivePolicy"]["deadLetterTargetArn"]).is_none() {
                faults.push(format!("{id}: no RedrivePolicy; what is never taken would be lost"));
            }
        }
        faults
    }

    /// The dead-letter queues.
    fn dead_letters(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        collect(&self.0["Resources"], &mut found);
        found
    }

    /// Nobody waits for these, so failures need a dead-letter queue.
    fn sources(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (id, pipe) in self.of("AWS::Pipes::Pipe") {
            let mut parameters = pipe["SourceParameters"].as_mapping().into_iter().flatten();
            if !parameters.any(|(_, source)| holds_dead_letters(source)) {
                faults.push(format!("{id}: its source has no DeadLetterConfig"));
            }
        }
        for (id, rule) in self.of("AWS::Events::Rule") {
            let mut targets = rule["Targets"].as_sequence().into_iter().flatten();
            if targets.any(|target| !holds_dead_letters(target)) {
                faults.push(format!("{id}: a target without DeadLetterConfig"));
            }
        }
        for (id, schedule) in self.of("AWS::Scheduler::Schedule") {
            if !holds_dead_letters(&schedule["Target"]) {
                faults.push(format!("{id}: its target has no DeadLetterConfig"));
            }
        }
        for (id, function) in self.of("AWS::Serverless::Function") {
            for (name, event) in function["Events"].as_mapping().into_iter().flatten() {
                let name = name.as_str().unwrap();
                let fault = match event["Type"].as_str().unwrap() {
                    "HttpApi" => None,
                    "SQS" => batch_fault(&event["Properties"]),
                    _ if holds_dead_letters(&event["Properties"]) || holds_dead_letters(function) => None,
                    _ => Some("an asynchronous source without DeadLetterConfig or DeadLetterQueue"),
                };
                faults.extend(fault.map(|fault| format!("{id}.{name}: {fault}")));
            }
        }
        faults
    }

    fn logs(&self) -> Vec<String> {
        let endless = self.of("AWS::Logs::LogGroup").into_iter().filter(|(_, log)| log["RetentionInDays"].is_null());
        endless.map(|(id, _)| format!("{id}: no RetentionInDays; the log would grow for ever")).collect()
    }
}

fn batch_fault(source: &Value) -> Option<&'static str> {
    let mut types = source["FunctionResponseTypes"].as_sequence().into_iter().flatten();
    let partial = types.any(|kind| kind.as_str() == Some("ReportBatchItemFailures"));
    (!partial).then_some("without ReportBatchItemFailures one bad message takes its whole batch along")
}

fn holds_dead_letters(source: &Value) -> bool {
    !source["DeadLetterConfig"].is_null() || !source["DeadLetterQueue"].is_null()
}

/// The logical id in a `Ref` or `GetAtt`, in any form.
fn named(value: &Value) -> Option<String> {
    let argument = match value {
        Value::Tagged(tagged) => &tagged.value,
        Value::Mapping(map) if map.len() == 1 => map.iter().next()?.1,
        Value::String(_) => value,
        _ => return None,
    };
    match argument {
        Value::String(text) => Some(text.split('.').next()?.to_owned()),
        Value::Sequence(parts) => named(parts.first()?),
        other => named(other),
    }
}

/// The queues named by a `deadLetterTargetArn`, `DeadLetterConfig` or `DeadLetterQueue` anywhere.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Mapping(map) => {
            for (name, inner) in map {
                match name.as_str() {
                    Some("deadLetterTargetArn") => found.extend(named(inner)),
                    Some("DeadLetterConfig") => found.extend(named(&inner["Arn"])),
                    Some("DeadLetterQueue") => found.extend(named(&inner["TargetArn"])),
                    _ => collect(inner, found),
                }
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Tagged(tagged) => collect(&tagged.value, found),
        _ => {}
    }
}

#[test]
fn every_function_queue_source_and_log_is_watched_and_ends() {
    let faults = Resources::read(&tests::file("template.yaml")).faults();
    assert!(faults.is_empty(), "template.yaml:\n  {}", faults.join("\n  "));
}

#[test]
fn every_queue_is_in_the_runbook_and_every_function_in_the_readme() {
    let resources = Resources::read(&tests::file("template.yaml"));
    let (runbook, readme) = (tests::file("docs/runbook.md"), tests::file("README.md"));
    let last = resources.dead_letters();
    for (id, _) in resources.of("AWS::SQS::Queue") {
        let alarm = if last.contains(id) { format!("{id}Alarm") } else { format!("{id}AgeAlarm") };
        assert!(runbook.contains(&format!("| `{alarm}` |")), "give {alarm} its row in docs/runbook.md");
    }
    for function in local::functions::FUNCTIONS {
        let name = function.name;
        assert!(readme.contains(&format!("\n| `{name}` |")), "give {name} its row in the README's table of functions");
    }
}

/// Every metric that is made of log lines: its words are logged, an alarm watches it, and the runbook has the alarm.
#[test]
fn every_metric_of_the_log_is_logged_watched_and_explained() {
    let resources = Resources::read(&tests::file("template.yaml"));
    let filters = resources.of("AWS::Logs::MetricFilter");
    assert!(!filters.is_empty());
    for (id, filter) in filters {
        let pattern = filter["FilterPattern"].as_str().unwrap();
        let words = pattern.strip_prefix("{ $.message = ").and_then(|words| words.strip_suffix(" }")).unwrap();
        assert!([bill_run::SERIES_NEAR_END].contains(&words.trim_matches('"')), "{id}: nobody logs {words}");
        let alarm = format!("{id}Alarm");
        let alarms = resources.of("AWS::CloudWatch::Alarm");
        let watched = alarms.iter().find(|(name, _)| *name == alarm).map(|(_, alarm)| alarm["MetricName"].as_str());
        assert_eq!(watched, Some(filter["MetricTransformations"][0]["MetricName"].as_str()), "{alarm}");
        assert!(
            tests::file("docs/runbook.md").contains(&format!("| `{alarm}` |")),
            "give {alarm} its row in docs/runbook.md"
        );
    }
}

#[test]
fn what_would_fail_unseen_is_named() {
    let template = "
Globals: { Function: { LoggingConfig: { LogGroup: !Ref Log } } }
Resources:
  Log: { Type: 'AWS::Logs::LogGroup' }
  Busy:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Queue: { Type: SQS, Properties: { Queue: !GetAtt Work.Arn } }
        Daily: { Type: ScheduleV2, Properties: {} }
  Lost: { Type: 'AWS::Serverless::Function', Properties: { LoggingConfig: { LogGroup: other } } }
  Work: { Type: 'AWS::SQS::Queue' }
  Dead: { Type: 'AWS::SQS::Queue' }
  Good: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn } } }
  Rule: { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Arn: !GetAtt Good.Arn }] } }
  Pipe: { Type: 'AWS::Pipes::Pipe', Properties: { Source: x } }
  Fn::ForEach::Functions:
    - Function
    - [Busy]
    - ${Function}Alarm:
        Type: AWS::CloudWatch::Alarm
        Properties: { MetricName: Errors, Dimensions: [{ Name: FunctionName, Value: { Ref: !Sub '${Function}' } }] }
";
    let faults = Resources::read(template).faults();
    let expected = [
        "Busy: no alarm on Throttles; name it in Fn::ForEach::Functions",
        "Lost: no alarm on Errors; name it in Fn::ForEach::Functions",
        "Lost: no alarm on Throttles; name it in Fn::ForEach::Functions",
        "Lost: its LoggingConfig names no log group of the template",
        "Work: no alarm on ApproximateAgeOfOldestMessage; name it in Fn::ForEach::Queues",
        "Work: no RedrivePolicy; what is never taken would be lost",
        "Dead: no alarm on ApproximateNumberOfMessagesVisible; name it in Fn::ForEach::DeadLetters",
        "Good: no alarm on ApproximateAgeOfOldestMessage; name it in Fn::ForEach::Queues",
        "Pipe: its source has no DeadLetterConfig",
        "Rule: a target without DeadLetterConfig",
        "Busy.Queue: without ReportBatchItemFailures one bad message takes its whole batch along",
        "Busy.Daily: an asynchronous source without DeadLetterConfig or DeadLetterQueue",
        "Log: no RetentionInDays; the log would grow for ever",
    ];
    assert_eq!(faults, expected);
}

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

/// Every metric that is made of the words of a log line: the words are logged, and an alarm watches it.
#[test]
fn every_metric_of_words_in_the_log_is_logged_and_watched() {
    let resources = Resources::read(&tests::file("template.yaml"));
    let said = [
        bill_run::SERIES_NEAR_END,
        bill_run::CONTRACTS_PARKED,
        bill_run::USAGE_SILENT,
        bill_run::RUN_NOT_CLOSED,
        webhook_deliver::HOOK_DISABLED,
    ];
    let metrics = resources.0["Mappings"]["LogMetrics"].as_mapping().unwrap();
    assert_eq!(metrics.len(), said.len());
    for (metric, says) in metrics {
        let (metric, says) = (metric.as_str().unwrap(), says["Says"].as_str().unwrap());
        let words = says.strip_prefix("{ $.message = \"").and_then(|words| words.strip_suffix("\" }")).unwrap();
        assert!(said.contains(&words), "{metric}: nobody logs {words}");
        let alarms = resources.of("AWS::CloudWatch::Alarm");
        let watched = |(id, _): &&(&str, &Value)| *id == format!("{metric}Alarm");
        assert!(alarms.iter().any(|alarm| watched(&alarm)), "{metric}: no alarm; name it in Fn::ForEach::LogMetrics");
        assert!(resources.of("AWS::Logs::MetricFilter").iter().any(|(id, _)| *id == metric), "{metric}: no filter");
    }
}

/// The alarms that a composite alarm names.
fn children(rule: &Value) -> Vec<String> {
    let text = match rule {
        Value::Tagged(tagged) => tagged.value.as_str(),
        other => other.as_str().or_else(|| other["Fn::Sub"].as_str()),
    };
    let parts = text.unwrap().split(" OR ").map(str::trim);
    parts
        .map(|part| part.strip_prefix("ALARM(\"${").and_then(|part| part.strip_suffix("}\")")).unwrap().to_owned())
        .collect()
}

/// Whoever is rung is rung once for a cause, and finds the alarm, and each that it is made of, in the runbook.
#[test]
fn every_alarm_rings_once_and_is_in_the_runbook() {
    let resources = Resources::read(&tests::file("template.yaml"));
    let runbook = tests::file("docs/runbook.md");
    let composites = resources.of("AWS::CloudWatch::CompositeAlarm");
    let named: Vec<String> = composites.iter().flat_map(|(_, alarm)| children(&alarm["AlarmRule"])).collect();
    let functions: BTreeSet<_> = resources.of("AWS::Serverless::Function").into_iter().map(|(id, _)| id).collect();
    let mut all = BTreeSet::new();
    for (id, alarm) in resources.of("AWS::CloudWatch::Alarm") {
        let times = named.iter().filter(|name| *name == id).count();
        let rings = !alarm["AlarmActions"].is_null();
        assert_eq!(times + usize::from(rings), 1, "{id} rings by itself, or is in one composite alarm");
        let of_function = ["ErrorAlarm", "ThrottleAlarm"]
            .iter()
            .find(|kind| id.strip_suffix(**kind).is_some_and(|function| functions.contains(function)));
        all.insert(of_function.map_or(id.to_owned(), |kind| format!("…{kind}")));
    }
    for (id, alarm) in &composites {
        assert!(!alarm["AlarmActions"].is_null(), "{id} rings nobody");
        all.insert((*id).to_owned());
    }
    for name in &named {
        let exists = resources.of("AWS::CloudWatch::Alarm").iter().any(|(id, _)| id == name);
        assert!(exists, "a composite alarm names {name}, which is not there");
    }
    let rows: BTreeSet<String> = runbook
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.ends_with("Alarm"))
        .collect();
    assert_eq!(rows, all, "the runbook has a row for each alarm, and no other");
    let single = resources.of("AWS::CloudWatch::Alarm").len();
    let cost = format!("{single} alarms at $0.10 a month, {} composite ones at $0.50", composites.len());
    assert!(tests::file("docs/cost.md").contains(&cost), "docs/cost.md: {cost}");
    let quota = format!("| {} a stack |", single + composites.len());
    assert!(tests::file("docs/recovery.md").contains(&quota), "docs/recovery.md: {quota}");
}

/// The dashboard is JSON, of this region, and shows each alarm that rings.
#[test]
fn the_dashboard_can_be_read_and_shows_what_rings() {
    let resources = Resources::read(&tests::file("template.yaml"));
    let dashboards = resources.of("AWS::CloudWatch::Dashboard");
    let [(_, dashboard)] = dashboards[..] else { panic!("one dashboard") };
    let Value::Tagged(body) = &dashboard["DashboardBody"] else { panic!("{dashboard:?}") };
    let body: serde_json::Value = serde_json::from_str(body.value[0].as_str().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let shown: BTreeSet<String> = widgets[0]["properties"]["alarms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alarm| alarm.as_str().unwrap().trim_start_matches("${").trim_end_matches(".Arn}").to_owned())
        .collect();
    let rings = [resources.of("AWS::CloudWatch::CompositeAlarm"), resources.of("AWS::CloudWatch::Alarm")].concat();
    let rings = rings.into_iter().filter(|(_, alarm)| !alarm["AlarmActions"].is_null());
    assert_eq!(shown, rings.map(|(id, _)| id.to_owned()).collect());
    for widget in &widgets[1..] {
        let properties = &widget["properties"];
        assert_eq!(properties["region"], "${AWS::Region}", "{widget}");
        let metrics = properties["metrics"].as_array().into_iter().flatten().flat_map(|row| row.as_array().unwrap());
        for expression in metrics.filter_map(|part| part["expression"].as_str()) {
            let (open, close) = (expression.matches('(').count(), expression.matches(')').count());
            assert_eq!((open, expression.matches('\'').count() % 2), (close, 0), "{expression}");
        }
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

//! What is deployed can be taken back, watched, pointed at a restored table, and deployed a second time; the pages for whoever is on
//! call name what the template has.

use std::collections::{BTreeMap, BTreeSet};

use local::template::intrinsic::{Resolver, entries, items};
use local::template::yaml;
use serde_yaml_ng::Value as Yaml;

/// A metric that AWS counts, with its dimension.
const COUNTED: [(&str, &str, &str); 9] = [
    ("AWS/ApiGateway", "5xx", "ApiId"),
    ("AWS/ApiGateway", "Latency", "ApiId"),
    ("AWS/DynamoDB", "ReadThrottleEvents", "TableName"),
    ("AWS/DynamoDB", "WriteThrottleEvents", "TableName"),
    ("AWS/EventBridge/Pipes", "ExecutionFailed", "PipeName"),
    ("AWS/Lambda", "Errors", "FunctionName"),
    ("AWS/Lambda", "Throttles", "FunctionName"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
];

fn template() -> Yaml {
    yaml(&tests::file("template.yaml")).unwrap()
}

fn resolver(template: &Yaml, parameters: &[(&str, &str)]) -> Resolver {
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Resolver::new(template, &parameters).unwrap()
}

fn of<'a>(template: &'a Yaml, kind: &str) -> BTreeMap<String, &'a Yaml> {
    let all = entries(&template["Resources"]).into_iter();
    all.filter(|(_, one)| one["Type"].as_str() == Some(kind)).map(|(id, one)| (id, &one["Properties"])).collect()
}

/// Guard: an alias moves back at once, and by itself when the alarm of its own function rings. Anything that changes makes a version.
#[test]
fn every_function_is_published_behind_an_alias_and_taken_back_by_its_own_alarm() {
    let template = template();
    let resolver = resolver(&template, &[]);
    let global = &template["Globals"]["Function"];
    assert_eq!(global["AutoPublishAlias"].as_str(), Some("live"));
    let preference = &global["DeploymentPreference"];
    assert_eq!(resolver.text(&preference["Enabled"]).unwrap(), "false", "off, where the parameter does not say so");
    let named: BTreeSet<String> = of(&template, "AWS::CloudWatch::Alarm")
        .values()
        .filter_map(|alarm| resolver.text(&alarm["AlarmName"]).ok())
        .collect();
    let watched: BTreeSet<String> =
        items(&preference["Alarms"]).iter().map(|one| resolver.text(one).unwrap()).collect();
    assert_eq!(watched, named, "the alarms that deployments know by name have these names");
    for (id, function) in of(&template, "AWS::Serverless::Function") {
        let mend =
            format!("{id}: copy `AutoPublishAliasAllProperties` and `DeploymentPreference` from another function");
        assert_eq!(function["AutoPublishAliasAllProperties"].as_bool(), Some(true), "{mend}");
        let own: Vec<_> =
            items(&function["DeploymentPreference"]["Alarms"]).iter().map(|one| resolver.text(one)).collect();
        assert_eq!(own, [Ok(format!("{id}ErrorAlarm"))], "{mend}");
    }
}

/// Guard: whatever reaches the table reaches the restored one instead, when there is one.
#[test]
fn a_restored_table_takes_the_place_of_the_stack_s_own_everywhere() {
    let template = template();
    let restored = resolver(&template, &[("RestoredTable", "other"), ("RestoredStream", "2026")]);
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/other";
    let stream = format!("{arn}/stream/2026");
    let in_use = of(&template, "AWS::SSM::Parameter")["TableInUse"];
    assert_eq!(restored.text(&in_use["Value"]).unwrap(), arn);
    assert_eq!(restored.text(&of(&template, "AWS::Pipes::Pipe")["EventPipe"]["Source"]).unwrap(), stream);
    let names = &template["Globals"]["Function"]["Environment"]["Variables"]["TABLE_NAME"];
    assert_eq!(restored.text(names).unwrap(), "other");
    assert_eq!(resolver(&template, &[]).text(names).unwrap(), "Table");
    let mut left = Vec::new();
    // A mapping of the domain names the stage, which SAM makes.
    let told = |id: &str, one: &Yaml| id != "TableInUse" && one["Type"] != "AWS::ApiGatewayV2::ApiMapping";
    for (id, one) in entries(&template["Resources"]).into_iter().filter(|(id, one)| told(id, one)) {
        let said = restored.resolve(&one["Properties"]).map(|value| value.to_string()).unwrap();
        if said.contains("\"Table.Arn\"") || said.contains("\"Table.StreamArn\"") || said.contains("\"Table\"") {
            left.push(id);
        }
    }
    assert!(
        left.is_empty(),
        "{left:?}: say !GetAtt TableInUse.Value in place of !GetAtt Table.Arn, and !If [IsRestored, …]"
    );
    let outputs = &template["Outputs"]["TableName"]["Value"];
    assert_eq!(restored.text(outputs).unwrap(), "other");
}

/// Guard: an alarm on a metric that nobody counts never rings.
#[test]
fn every_alarm_watches_a_metric_that_is_counted() {
    let template = template();
    let resolver = resolver(&template, &[]);
    let made: BTreeSet<String> = of(&template, "AWS::Logs::MetricFilter")
        .values()
        .flat_map(|filter| items(&filter["MetricTransformations"]))
        .map(|made| resolver.text(&made["MetricName"]).unwrap())
        .collect();
    for (id, alarm) in of(&template, "AWS::CloudWatch::Alarm") {
        assert!(alarm["Metrics"].is_null(), "{id}: an expression over a metric without data has none");
        let field = |name: &str| resolver.text(&alarm[name]).unwrap_or_default();
        let (space, metric) = (field("Namespace"), field("MetricName"));
        let dimensions: Vec<_> = items(&alarm["Dimensions"]).iter().map(|one| one["Name"].as_str().unwrap()).collect();
        let known = match space.as_str() {
            // The stack's own, made by a metric filter.
            "local" => made.contains(&metric) && dimensions.is_empty(),
            _ => COUNTED.iter().any(|one| (one.0, one.1) == (&*space, &*metric) && dimensions == [one.2]),
        };
        assert!(known, "{id}: nobody counts {space} {metric} by {dimensions:?}");
        for set in ["Period", "EvaluationPeriods", "Threshold"] {
            assert!(
                resolver.text(&alarm[set]).is_ok_and(|number| number.parse::<u64>().is_ok_and(|number| number > 0)),
                "{id}: {set}"
            );
        }
        assert_eq!(field("TreatMissingData"), "notBreaching", "{id}");
    }
}

/// What Lambda says of each start and end would be more than our own lines; a line of another form is not counted by the filters.
#[test]
fn the_log_has_our_own_lines_and_lambda_s_warnings() {
    let template = template();
    let logging = &template["Globals"]["Function"]["LoggingConfig"];
    for (name, wanted) in [("LogFormat", "JSON"), ("ApplicationLogLevel", "INFO"), ("SystemLogLevel", "WARN")] {
        assert_eq!(logging[name].as_str(), Some(wanted), "{name}");
    }
}

/// Whether a name, with `…` for any beginning, is this alarm's.
fn fits(name: &str, alarm: &str) -> bool {
    name == alarm || name.strip_prefix('…').is_some_and(|end| alarm.ends_with(end.trim_start_matches('…')))
}

/// Guard: whoever is rung finds a query, or is told that there is none.
#[test]
fn the_page_about_logs_has_a_query_for_each_alarm_of_the_runbook() {
    let (runbook, logs) = (tests::file("docs/runbook.md"), tests::file("docs/logs.md"));
    let rows = runbook.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name);
    let rows: Vec<_> = rows.filter(|name| name.ends_with("Alarm")).collect();
    assert!(rows.len() > 20);
    let named: Vec<_> = logs.split('`').skip(1).step_by(2).filter(|name| name.ends_with("Alarm")).collect();
    let missing: Vec<_> = rows.iter().filter(|row| !named.iter().any(|name| fits(name, row))).collect();
    assert!(missing.is_empty(), "docs/logs.md: a query for {missing:?}, or say that there is none");
    let gone: Vec<_> = named.iter().filter(|name| !rows.iter().any(|row| fits(name, row))).collect();
    assert!(gone.is_empty(), "docs/logs.md names {gone:?}, which the runbook does not know");
}

/// The settings of samconfig.toml, by section.
fn samconfig() -> BTreeMap<String, BTreeMap<String, String>> {
    let (mut all, mut section) = (BTreeMap::<String, BTreeMap<_, _>>::new(), String::new());
    for line in tests::file("samconfig.toml").lines().filter(|line| !line.trim_start().starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((name, value)) = line.split_once(" = ") {
            all.entry(section.clone()).or_default().insert(name.to_owned(), value.trim_matches('"').to_owned());
        }
    }
    all
}

/// Guard: an environment that lacks what another has fails in the hour in which it is needed.
#[test]
fn every_environment_of_samconfig_can_be_deployed_beside_the_others() {
    let (template, all) = (template(), samconfig());
    let known: BTreeSet<String> = entries(&template["Parameters"]).into_iter().map(|(name, _)| name).collect();
    let environments: BTreeSet<&str> = all.keys().filter_map(|name| name.strip_suffix(".deploy.parameters")).collect();
    assert!(environments.len() >= 3, "{environments:?}");
    let sections = |environment: &str| {
        let own = all.keys().filter_map(|name| name.strip_prefix(&format!("{environment}.")));
        own.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let mut names = BTreeSet::new();
    for environment in &environments {
        assert_eq!(sections(environment), sections("default"), "{environment} has the sections of default");
        let global = &all[&format!("{environment}.global.parameters")];
        assert_eq!(global["language_extensions"], "true", "{environment}");
        let deploy = &all[&format!("{environment}.deploy.parameters")];
        assert!(names.insert(&global["stack_name"]) && deploy["s3_prefix"] == global["stack_name"], "{environment}");
        let overrides: Vec<_> =
            deploy["parameter_overrides"].split(' ').map(|one| one.split_once('=').unwrap()).collect();
        assert!(overrides.iter().all(|(name, _)| known.contains(*name)), "{environment}: {overrides:?}");
        resolver(&template, &overrides);
    }
}

/// Guard: the quotas that are asked for before launch are those of this template.
#[test]
fn the_list_of_quotas_has_the_template_s_numbers() {
    let template = template();
    let page = tests::file("docs/recovery.md");
    let declared: u64 = of(&template, "AWS::Serverless::Function")
        .values()
        .flat_map(|function| entries(&function["Events"]))
        .filter_map(|(_, event)| event["Properties"]["ScalingConfig"]["MaximumConcurrency"].as_u64())
        .sum();
    assert!(
        page.contains(&format!("; {declared} are declared by the queues")),
        "{declared} are declared by the queues"
    );
    for figure in ["20,833", "13,889", "3,472"] {
        assert!(page.contains(figure) && tests::file("docs/scale.md").contains(figure), "{figure}");
    }
}

//! What a deployment is trusted for where no tool of `.ci/run` looks: reasons for what a tool is told to leave out, what it therefore does
//! not see, and the one list of what only AWS can show.

use std::path::PathBuf;

use local::template::yaml;
use serde_yaml_ng::Value;
use tests::rows;

/// The page that says what has not been tried.
const PAGE: &str = "docs/first-deployment.md";

/// How a page says, in other words, that nobody has seen something on AWS.
const UNTRIED: [&str; 6] =
    ["not yet verified", "not verified on", "not yet tried", "never tried", "never been tried", "untested on"];

/// Properties of the template's resources of a type, by logical id.
fn resources(kind: &str) -> Vec<(String, Value)> {
    let template = yaml(&tests::file("template.yaml")).unwrap();
    let all = template["Resources"].as_mapping().unwrap().iter();
    let all = all.filter(|(_, resource)| resource["Type"].as_str() == Some(kind));
    all.map(|(id, resource)| (id.as_str().unwrap().to_owned(), resource["Properties"].clone())).collect()
}

#[test]
fn every_check_that_is_left_out_has_a_reason() {
    let text = tests::file(".checkov.yaml");
    let (_, skips) = text.split_once("\nskip-check:\n").unwrap();
    for block in skips.trim_end().split("\n\n") {
        let first = block.lines().next().unwrap();
        assert!(first.starts_with("  # "), ".checkov.yaml: a reason goes before {first:?}");
        assert!(block.contains("\n  - CKV"), ".checkov.yaml: a reason for nothing: {first:?}");
    }
}

/// The checks that would see these are left out: one knows no other key than the customer's, the other no other source than a queue.
#[test]
fn queues_and_table_are_encrypted_and_no_function_is_invoked_asynchronously() {
    let queues = resources("AWS::SQS::Queue");
    assert!(queues.len() > 10, "queues");
    for (id, queue) in queues {
        assert_eq!(queue["SqsManagedSseEnabled"], Value::Bool(true), "{id}: SqsManagedSseEnabled");
    }
    for (id, table) in resources("AWS::DynamoDB::Table") {
        assert_eq!(table["SSESpecification"]["SSEEnabled"], Value::Bool(true), "{id}: SSEEnabled");
    }
    for (id, function) in resources("AWS::Serverless::Function") {
        for (event, properties) in function["Events"].as_mapping().into_iter().flatten() {
            let kind = properties["Type"].as_str().unwrap();
            assert!(["HttpApi", "SQS"].contains(&kind), "{id}, {event:?}: who has its dead letters?");
        }
    }
}

#[test]
fn a_first_deployment_is_asked_for_every_documented_slash_and_base_path() {
    let script = tests::file("tests/first-deployment.sh");
    let slashes = rows::all().into_iter().filter(|row| row.path.ends_with('/') && row.scope.is_some());
    let slashes: Vec<_> = slashes.map(|row| (row.method.clone(), row.path)).collect();
    assert!(slashes.len() >= 8, "operations whose path ends in a slash: {slashes:?}");
    for (method, path) in slashes {
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap();
        assert!(script.contains(&format!("\n{method} {last}/\n")), "tests/first-deployment.sh: {method} {path}");
    }
    let script = script.replace("$BRAND", "tigo").replace("$COUNTRY", "co");
    for base in &tests::template().base_paths {
        assert!(base.is_empty() || script.contains(&format!("\"{base}\"")), "tests/first-deployment.sh: {base}");
    }
}

/// The pages of the project, from its root.
fn pages() -> Vec<PathBuf> {
    let below = |directory: &str| std::fs::read_dir(tests::root().join(directory)).unwrap();
    let files = [".", "docs", "docs/decisions"].into_iter().flat_map(below).map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn what_nobody_has_seen_on_aws_is_said_in_one_place() {
    let pages = pages();
    assert!(pages.iter().any(|page| page.ends_with(PAGE)), "{PAGE}");
    for page in pages.iter().filter(|page| !page.ends_with(PAGE)) {
        let text = std::fs::read_to_string(page).unwrap().replace('\n', " ").to_lowercase();
        let said = UNTRIED.iter().find(|words| text.contains(**words));
        assert_eq!(said, None, "{}: say it in {PAGE} and link there", page.display());
    }
}

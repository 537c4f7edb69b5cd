//! `ROUTES` name the operations. The template's routes and the paths of `not-found` are generated from them; documents,
//! sample events and registry must agree.

use std::collections::{BTreeMap, BTreeSet};

use local::functions::{consumed, inboxes};
use serde_json::Value;
use tests::rows::{self, Row, kebab};
use tests::{World, contract};

use crate::stage::Stage;
use crate::{committed, written};

/// The command that generates what follows from `ROUTES`.
const WALK: &str = "routes";

/// Fails with the difference between two sides, and what to do about it.
#[track_caller]
fn same(found: &BTreeSet<String>, wanted: &BTreeSet<String>, missing: &str, surplus: &str) {
    let list = |these: Vec<&String>| these.iter().map(|this| format!("\n  {this}")).collect::<String>();
    let lacking: Vec<_> = wanted.difference(found).collect();
    let beyond: Vec<_> = found.difference(wanted).collect();
    assert!(lacking.is_empty(), "{missing}{}", list(lacking));
    assert!(beyond.is_empty(), "{surplus}{}", list(beyond));
}

#[test]
fn the_template_routes_what_the_functions_serve() {
    committed::compare("template.yaml", &written::template(), WALK);
    let line = |function: &str, method: &str, path: &str, authorized: bool| {
        let auth = if authorized { "with the default authorizer" } else { "with Auth: { Authorizer: NONE }" };
        format!("{function}: {method} {path}, {auth}")
    };
    let wanted = rows::all().into_iter().flat_map(|row| row.routes());
    let wanted = wanted.map(|route| line(route.function, &route.method, &route.path, route.authorized));
    let routed = &tests::template().routes;
    let routed = routed.iter().map(|route| line(&route.function, &route.method, &route.path, route.authorized));
    let hint = "template.yaml is not read as it was written; its routes stand between the markers and nowhere else:";
    same(&routed.collect(), &wanted.collect(), hint, hint);
}

/// SAM lets the API invoke a function route by route: a statement each in the function's policy, which holds 20 KB. With long names
/// a statement has some 490 bytes, the alias included.
#[test]
fn the_routes_of_a_function_fit_into_its_policy() {
    let functions: BTreeSet<_> = rows::all().iter().map(|row| row.function).collect();
    for function in functions {
        let routes =
            rows::all().iter().filter(|row| row.function == function).map(|row| row.routes().len()).sum::<usize>();
        assert!(
            routes * 490 <= 20_480,
            "{function} has {routes} routes; divide it, or let one permission serve them all"
        );
    }
}

#[test]
fn the_documents_describe_what_the_functions_serve() {
    let wanted = rows::protected().into_iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    let described = contract::operations().iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    same(
        &described,
        &wanted,
        "ROUTES of a function name these, no document of openapi/ does; describe them there, final slash as in ROUTES:",
        "openapi/ describes these, but ROUTES of no function serve them; add an Op and a route:",
    );
}

#[test]
fn every_operation_has_a_sample_event_and_every_sample_an_operation() {
    let mut wanted: BTreeSet<_> = rows::all().iter().map(Row::file).collect();
    for row in rows::all().iter().filter(|row| committed::rewrite() && !tests::root().join(row.file()).exists()) {
        let number = wanted.len() + 1;
        std::fs::write(tests::root().join(row.file()), written::sample(row, number)).unwrap();
    }
    wanted.insert("events/authorizer/authorize.json".to_owned());
    wanted.insert("events/not-found/not-found.json".to_owned());
    wanted.extend(consumed().iter().map(|one| format!("events/{}/{}.json", one.function, kebab(&one.op))));
    wanted.extend(inboxes().map(|name| format!("events/{name}/take.json")));
    let mut kept = BTreeSet::new();
    for function in names_in("events") {
        kept.extend(names_in(&format!("events/{function}")).iter().map(|file| format!("events/{function}/{file}")));
    }
    same(
        &kept,
        &wanted,
        &format!("these sample events are missing; `{}` writes them:", committed::command(WALK)),
        "these sample events belong to no operation; a file is called as its Op, in lower case with dashes:",
    );
}

fn names_in(directory: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(tests::root().join(directory)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_sample_event_is_one_that_the_gateway_would_send() {
    let mut ids = BTreeSet::new();
    for row in rows::all() {
        let event = row.event();
        let wrong = fault(&row, &event);
        assert_eq!(wrong, None, "{}: not as the gateway sends it; compare it with its neighbours", row.file());
        serde_json::from_value::<shared::http::Event>(event.clone()).unwrap();
        assert!(ids.insert(event["requestContext"]["requestId"].to_string()), "{}: a requestId of its own", row.file());
    }
}

/// The first thing wrong with a sample event.
fn fault(row: &Row, event: &Value) -> Option<String> {
    let key = format!("{} {}", row.method, row.bare());
    let raw = event["rawPath"].as_str().unwrap_or_default();
    let variables: BTreeMap<&str, &str> = event["pathParameters"]
        .as_object()
        .map(|map| map.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect())
        .unwrap_or_default();
    let path =
        variables.iter().fold(row.bare().to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
    let pairs = event["queryStringParameters"].as_object().cloned().unwrap_or_default();
    let query: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
    let context = &event["requestContext"];
    let equal = [
        ("version", &event["version"], "2.0"),
        ("routeKey", &event["routeKey"], key.as_str()),
        ("requestContext.routeKey", &context["routeKey"], &key),
        ("rawPath", &event["rawPath"], &path),
        ("rawQueryString", &event["rawQueryString"], &query.join("&")),
        ("requestContext.http.path", &context["http"]["path"], raw),
        ("requestContext.http.method", &context["http"]["method"], &row.method),
        ("requestContext.http.protocol", &context["http"]["protocol"], "HTTP/1.1"),
        ("requestContext.http.sourceIp", &context["http"]["sourceIp"], "192.0.2.1"),
        ("headers.x-forwarded-for", &event["headers"]["x-forwarded-for"], "192.0.2.1"),
        ("headers.host", &event["headers"]["host"], context["domainName"].as_str().unwrap_or_default()),
        ("requestContext.stage", &context["stage"], "$default"),
    ];
    let differs = equal.iter().find(|(_, found, wanted)| found.as_str() != Some(wanted));
    if let Some((place, found, wanted)) = differs {
        return Some(format!("{place} is {found}, not {wanted:?}"));
    }
    let texts = ["accountId", "apiId", "domainName", "domainPrefix", "requestId", "time"];
    let lacking = texts.into_iter().find(|name| !context[*name].is_string());
    if let Some(name) = lacking {
        return Some(format!("requestContext.{name} is missing"));
    }
    if !context["timeEpoch"].is_i64() || !event["isBase64Encoded"].is_boolean() {
        return Some("timeEpoch and isBase64Encoded are missing".to_owned());
    }
    body_fault(row, event).or_else(|| context_fault(row, &context["authorizer"]["lambda"]))
}

fn body_fault(row: &Row, event: &Value) -> Option<String> {
    let documented = row.documented()?;
    let wanted = !documented.body["requestBody"].is_null();
    let Some(body) = event["body"].as_str() else {
        return wanted.then(|| "the document has a body, the event has none".to_owned());
    };
    let json = serde_json::from_str::<Value>(body).is_ok_and(|body| body.is_object());
    let length = event["headers"]["content-length"].as_str() == Some(&body.len().to_string());
    let kind = event["headers"]["content-type"] == "application/json";
    (!json || !length || !kind).then(|| format!("the body's form, type or length ({}) is wrong", body.len()))
}

fn context_fault(row: &Row, context: &Value) -> Option<String> {
    if row.scope.is_none() {
        return (!context.is_null()).then(|| "an operation without token has no authorizer context".to_owned());
    }
    let now = chrono::DateTime::UNIX_EPOCH;
    let context = context.as_object().cloned().unwrap_or_default();
    shared::auth::Principal::from_context(&context, now).err().map(|verdict| format!("the context is {verdict:?}"))
}

#[test]
fn the_default_function_knows_every_path_its_methods_and_its_errors() {
    committed::compare("functions/not-found/src/paths.rs", &written::paths(), WALK);
}

/// What a viewer asks a token for, and what a generated client does.
#[test]
fn the_documents_ask_for_the_scope_that_the_functions_want() {
    for row in rows::protected() {
        let described = row.documented().unwrap();
        let document = contract::document(described.document);
        let own = &described.body["security"];
        let security = if own.is_null() { &document["security"] } else { own };
        let scope = row.scope.unwrap().as_str();
        assert_eq!(
            *security,
            serde_json::json!([{ "application": [scope] }]),
            "{} in {}",
            row.name(),
            described.document
        );
        let flow = "/components/securitySchemes/application/flows/clientCredentials/scopes";
        let declared = document.pointer(flow).unwrap();
        assert!(declared[scope].is_string(), "{}: the scope {scope} is not declared", described.document);
    }
}

#[tokio::test]
async fn every_function_of_the_tree_is_deployed_run_and_walked() {
    let tree = names_in("functions");
    let hint = "a function is a directory of functions/, a resource of template.yaml and an entry of FUNCTIONS in local/src/functions.rs:";
    same(&tests::template().functions.keys().cloned().collect(), &tree, hint, hint);
    let world = World::demo().await;
    same(&Stage::of(&world).names().into_iter().map(str::to_owned).collect(), &tree, hint, hint);
    let mut walked: BTreeSet<_> = rows::all().iter().map(|row| row.function.to_owned()).collect();
    walked.extend(["authorizer".to_owned(), "not-found".to_owned()]);
    walked.extend(consumed().iter().map(|one| one.function.to_owned()));
    walked.extend(inboxes().map(str::to_owned));
    let hint = "rows::all() in tests/src/rows.rs lists the ROUTES of every function; missing or too many:";
    same(&walked, &tree, hint, hint);
    let manifest = tests::file("Cargo.toml");
    let built = manifest.lines().skip_while(|line| *line != "[workspace.metadata.lambda.build]");
    let built = built.take_while(|line| *line != "]").filter_map(|line| line.trim().strip_prefix('"'));
    let built = built.map(|name| name.trim_end_matches("\",").to_owned()).collect();
    let hint = "[workspace.metadata.lambda.build] in Cargo.toml lists every function; missing or too many:";
    same(&built, &tree, hint, hint);
}

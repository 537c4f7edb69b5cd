//! The bundle's own template and sample events, and the error messages for a malformed template.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use local::dynamo::Embedded;
use local::gateway::{Function, Gateway};
use local::template::Template;
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn ours(country: &str) -> Template {
    Template::read(&root().join("template.yaml"), &[("Country".into(), country.into())]).unwrap()
}

#[test]
fn our_template_names_everything_a_local_run_needs() {
    let template = ours("sv");
    assert!(template.base_paths.contains(&"v2/tigo/mobile/sv".to_owned()), "{:?}", template.base_paths);
    assert_eq!(template.default_function, "not-found");
    assert_eq!(template.authorizer.function, "authorizer");
    assert_eq!(template.authorizer.identity_headers, ["authorization"]);
    assert_eq!(template.authorizer.ttl, Duration::from_secs(60));
    let of = |function: &str| template.routes.iter().filter(|route| route.function == function).collect::<Vec<_>>();
    assert!(of("token").iter().all(|route| !route.authorized));
    assert!(of("plans").iter().all(|route| route.authorized) && !of("plans").is_empty());
    let environment = &template.functions["plans"].environment;
    assert_eq!((environment["TABLE_NAME"].as_str(), environment["COUNTRY"].as_str()), (&*template.table.name, "sv"));
}

#[test]
fn our_table_can_be_created_from_the_template() {
    let table = ours("co").table;
    let store = Embedded::in_memory().unwrap();
    assert!(store.ensure_table(&table.definition, table.ttl_attribute.as_deref()).unwrap());
    let described = store.call("DescribeTable", &json!({ "TableName": table.name })).unwrap();
    assert_eq!(described["Table"]["KeySchema"], table.definition["KeySchema"]);
    assert_eq!(described["Table"]["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
    assert_eq!(table.ttl_attribute.as_deref(), Some("ttl"));
}

/// Every sample event, sent as the request it describes, arrives unchanged.
#[tokio::test]
async fn our_sample_events_have_the_shape_of_real_ones() {
    let mut samples = 0;
    for folder in std::fs::read_dir(root().join("events")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let sample: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            if sample["version"] != "2.0" {
                continue;
            }
            let name = path.display();
            let event = arrived(&sample).await;
            assert_eq!(keys(&event, ""), keys(&sample, ""), "{name}");
            for field in
                ["routeKey", "rawPath", "rawQueryString", "queryStringParameters", "pathParameters", "body", "type"]
            {
                assert_eq!(event.get(field), sample.get(field), "{name}: {field}");
            }
            assert_eq!(event["requestContext"]["http"], sample["requestContext"]["http"], "{name}");
            samples += 1;
        }
    }
    assert!(samples >= 20, "only {samples} samples");
}

/// The event that a function, or for an authorizer's sample the authorizer, receives for the request of a sample.
async fn arrived(sample: &Value) -> Value {
    let seen = Arc::new(Mutex::new((Value::Null, Value::Null)));
    let record = |guard: bool| -> Function {
        let (seen, context) = (Arc::clone(&seen), sample["requestContext"]["authorizer"]["lambda"].clone());
        Arc::new(move |event, _| {
            let mut seen = seen.lock().unwrap();
            *(if guard { &mut seen.1 } else { &mut seen.0 }) = event;
            let context = context.clone();
            async move { Ok(json!({ "isAuthorized": true, "context": context, "statusCode": 200 })) }.boxed()
        })
    };
    let template = ours("co");
    let functions = template.functions.keys().map(|name| (name.clone(), record(*name == "authorizer"))).collect();
    let time = sample["requestContext"]["timeEpoch"].as_i64().unwrap();
    let clock = Arc::new(move || chrono::DateTime::from_timestamp_millis(time).unwrap());
    let gateway = Gateway::new(template, functions, clock).unwrap();

    let http = &sample["requestContext"]["http"];
    let uri = format!("{}?{}", sample["rawPath"].as_str().unwrap(), sample["rawQueryString"].as_str().unwrap());
    let mut request = Request::builder().method(http["method"].as_str().unwrap()).uri(uri.trim_end_matches('?'));
    for (name, value) in sample["headers"].as_object().unwrap() {
        if !name.starts_with("x-forwarded") {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    let text = sample["body"].as_str().unwrap_or_default();
    let encoded = sample["isBase64Encoded"] == true;
    let body = if encoded { STANDARD.decode(text).unwrap() } else { text.as_bytes().to_vec() };
    let peer: IpAddr = http["sourceIp"].as_str().unwrap().parse().unwrap();
    gateway.handle(request.body(Bytes::from(body)).unwrap(), peer).await;
    let seen = seen.lock().unwrap();
    if sample["type"] == "REQUEST" { seen.1.clone() } else { seen.0.clone() }
}

fn keys(value: &Value, place: &str) -> BTreeSet<String> {
    let fields = value.as_object().into_iter().flatten();
    fields
        .flat_map(|(name, inner)| {
            let place = format!("{place}/{name}");
            let mut inner = keys(inner, &place);
            inner.insert(place);
            inner
        })
        .collect()
}

#[test]
fn what_is_wrong_with_a_template_is_one_line_with_the_place() {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let error = |text: &str| Template::parse(text, &[]).unwrap_err().to_string();
    for (from, to, expected) in [
        ("Binary: plans", "Other: plans", "Plans: lacks Metadata.BuildProperties.Binary"),
        ("Path: \"$default\"", "Path: \"/other\"", "no function has an event with the path $default"),
        (
            "!GetAtt Authorizer.Arn",
            "!GetAtt Nobody.Arn",
            "Api.Auth.Authorizers.BearerToken: FunctionArn: Nobody.Arn is",
        ),
        ("ReauthorizeEvery: 60", "Other: 60", "Api.Auth.Authorizers.BearerToken: lacks Identity.ReauthorizeEvery"),
        ("Headers: [Authorization]", "Others: []", "Api.Auth.Authorizers.BearerToken: lacks Identity.Headers"),
        ("KeySchema:", "Keys:", "Table: lacks KeySchema"),
        ("Path: \"/oauth/revoke\"", "Path: \"oauth\"", "Token.Events.RevokeToken: Path: oauth does not start with"),
        ("Path: \"/oauth/revoke\"", "Path: \"/all/\"", "Token.Events.RevokeToken: Path: /all/ ends in a slash"),
        (
            "TABLE_NAME: !If [IsRestored, !Ref RestoredTable, !Ref Table]",
            "TABLE_NAME: !If [IsRestored, !Ref RestoredTable, !Ref Tabel]",
            "TABLE_NAME: nothing is called Tabel",
        ),
        ("Timeout: 5", "Timeout: soon", "Timeout: soon is no number of seconds"),
        ("Type: AWS::DynamoDB::Table", "Type: Other", "there is no resource of type AWS::DynamoDB::Table"),
    ] {
        assert!(text.contains(from), "the template no longer has {from}");
        let error = error(&text.replacen(from, to, 1));
        assert!(error.starts_with("template: ") && error.contains(expected) && error.lines().count() == 1, "{error}");
    }
    assert!(error("a: [").starts_with("template: no YAML: "));
    let twice = text.replacen("\"/oauth/revoke\"", "\"/oauth/client_credential/accesstoken\"", 1);
    assert!(error(&twice).ends_with("a second route POST /oauth/client_credential/accesstoken"), "{}", error(&twice));
    let country = Template::parse(&text, &[("Country".into(), "xx".into())]).unwrap_err().to_string();
    assert!(country.starts_with("template: Country: must be one of co, "), "{country}");
    let absent = Template::read(Path::new("/no/such/template.yaml"), &[]).unwrap_err().to_string();
    assert!(absent.starts_with("template: /no/such/template.yaml: "), "{absent}");
}

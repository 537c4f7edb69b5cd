//! Generated from `ROUTES`: the template's routes, the paths of `not-found`, and sample events of operations that have
//! none.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::rows::{self, Routed, Row};

use crate::committed::filled;
use crate::examples::examples;

/// The template with every function's routes. A path that ends in a slash has a second route for that spelling.
pub fn template() -> String {
    let mut text = tests::file("template.yaml");
    let rows = rows::all();
    let mut functions: Vec<_> = rows.iter().map(|row| row.function).collect();
    functions.dedup();
    for function in functions {
        let own = rows.iter().filter(|row| row.function == function);
        let lines: String = own.flat_map(|row| row.routes()).map(|route| event(&route)).collect();
        text = filled(&text, &format!("# <routes of {function},"), "# </routes>", &lines);
    }
    text
}

fn event(Routed { name, function: _, method, path, authorized }: &Routed) -> String {
    let auth = if *authorized { "" } else { ", Auth: { Authorizer: NONE }" };
    format!(
        "        {name}: {{ Type: HttpApi, Properties: {{ ApiId: !Ref Api, Method: {method}, Path: \"{path}\"{auth} }} }}
"
    )
}

/// The file of all paths, with methods and error shapes.
pub fn paths() -> String {
    let mut rows = rows::all();
    let segments = |row: &Row| -> Vec<_> { row.bare().split('/').map(|part| (part.starts_with('{'), part)).collect() };
    rows.sort_by(|one, other| segments(one).cmp(&segments(other)));
    let lines = rows.chunk_by(|one, other| one.bare() == other.bare()).fold(String::new(), |mut lines, rows| {
        let methods: Vec<_> = rows.iter().flat_map(Row::methods).collect();
        let (path, shape) = (rows[0].bare(), rows[0].shape);
        assert!(rows.iter().all(|row| row.shape == shape), "{path}: the errors of a path have one shape");
        writeln!(lines, "    known({path:?}, {:?}, Shape::{shape:?}),", methods.join(", ")).unwrap();
        lines
    });
    filled(&tests::file("functions/not-found/src/paths.rs"), "// <paths,", "// </paths>", &lines)
}

/// An operation's sample event, from the examples in its document.
pub fn sample(row: &Row, number: usize) -> String {
    let example = examples().iter().find(|one| one.operation.method == row.method && one.operation.path == row.path);
    assert!(example.is_some(), "{}: no document of openapi/ describes it", row.name());
    let example = example.unwrap();
    let address = example.address();
    let (path, query) = address.split_once('?').unwrap();
    let path = path.strip_suffix('/').unwrap_or(path);
    let variables = row.variables().map(|name| (name.to_owned(), example.parameters[name].clone().into()));
    let variables = variables.collect::<serde_json::Map<String, Value>>();
    let key = format!("{} {}", row.method, row.bare());
    let host = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";
    let mut event = json!({
        "version": "2.0", "routeKey": key, "rawPath": path, "rawQueryString": query, "isBase64Encoded": false,
        "headers": {
            "accept": "application/json", "authorization": "Bearer sample", "host": host,
            "user-agent": "selfcare-sample/1.0", "x-forwarded-for": "192.0.2.1", "x-forwarded-port": "443",
            "x-forwarded-proto": "https", "x-amzn-trace-id": format!("Root=1-65a1b2c3-{number:024x}"),
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3d4e5", "domainName": host, "domainPrefix": "a1b2c3d4e5",
            "authorizer": { "lambda": {
                "verdict": "valid", "client": "demo-portal", "scope": "read write", "customers": "*",
                "exp": "4102444800", "jti": "sample", "seal": "A".repeat(43),
            }},
            "http": {
                "method": row.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                "userAgent": "selfcare-sample/1.0",
            },
            "requestId": format!("Sample{number}="), "routeKey": key, "stage": "$default",
            "time": "15/Jan/2025:12:00:00 +0000", "timeEpoch": 1_736_942_400_000_u64,
        },
    });
    if !variables.is_empty() {
        event["pathParameters"] = variables.into();
    }
    if !query.is_empty() {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        event["queryStringParameters"] = pairs.map(|(name, value)| (name, json!(value))).collect();
    }
    if !example.body.is_null() {
        let body = example.body.to_string();
        event["headers"]["content-type"] = "application/json".into();
        event["headers"]["content-length"] = body.len().to_string().into();
        event["body"] = body.into();
    }
    serde_json::to_string_pretty(&event).unwrap() + "\n"
}

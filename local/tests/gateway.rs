//! The gateway from outside: what functions receive and what callers get.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response, StatusCode};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use local::gateway::{Clock, Function, Gateway};
use local::template::Template;
use serde_json::{Value, json};

const TEMPLATE: &str = r#"
Globals: { Function: { Timeout: 2 } }
Parameters: { Country: { Type: String, Default: co } }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Bearer
        Authorizers:
          Bearer: { FunctionArn: !GetAtt Guard.Arn, Identity: { Headers: [Authorization], ReauthorizeEvery: 60 } }
  Guard: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: guard } } }
  Things:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: things } }
    Properties:
      Events:
        Get: { Type: HttpApi, Properties: { Method: GET, Path: "/things/{id}" } }
        List: { Type: HttpApi, Properties: { Method: GET, Path: /things } }
        Post: { Type: HttpApi, Properties: { Method: POST, Path: /things } }
        Open: { Type: HttpApi, Properties: { Method: POST, Path: /open, Auth: { Authorizer: NONE } } }
  Missing:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: missing } }
    Properties:
      Events: { Default: { Type: HttpApi, Properties: { Method: ANY, Path: $default, Auth: { Authorizer: NONE } } } }
  Mapping: { Type: AWS::ApiGatewayV2::ApiMapping, Condition: Never, Properties: { ApiMappingKey: !Sub "v2/${Country}" } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
"#;

/// A gateway whose functions record what they receive and give prepared answers.
struct World {
    gateway: Gateway,
    seen: Arc<Mutex<Vec<(&'static str, Value)>>>,
    now: Arc<Mutex<DateTime<Utc>>>,
}

type Behaviour = fn(&Value) -> Result<Value, String>;

impl World {
    fn new() -> Self {
        Self::with(|_| Ok(json!({ "statusCode": 200, "body": "done" })), allow)
    }

    fn with(things: Behaviour, guard: Behaviour) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let now = Arc::new(Mutex::new("2025-01-15T12:00:00Z".parse().unwrap()));
        let missing: Behaviour = |_| Ok(json!({ "statusCode": 404 }));
        let functions: BTreeMap<String, Function> = [("things", things), ("guard", guard), ("missing", missing)]
            .into_iter()
            .map(|(name, behaviour)| (name.to_owned(), recording(name, behaviour, Arc::clone(&seen))))
            .collect();
        let hands = Arc::clone(&now);
        let clock: Clock = Arc::new(move || *hands.lock().unwrap());
        let gateway = Gateway::new(Template::parse(TEMPLATE, &[]).unwrap(), functions, clock).unwrap();
        Self { gateway, seen, now }
    }

    async fn send(&self, request: &str) -> Response<Bytes> {
        self.send_body(request, b"").await
    }

    /// Sends a request in wire form: `METHOD path`, then header lines.
    async fn send_body(&self, request: &str, body: &[u8]) -> Response<Bytes> {
        let mut lines = request.lines().map(str::trim);
        let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
        let mut builder = Request::builder().method(method).uri(path).header("host", "localhost:3000");
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            builder = builder.header(name, value.trim());
        }
        let request = builder.body(Bytes::copy_from_slice(body)).unwrap();
        self.gateway.handle(request, IpAddr::from([192, 0, 2, 1])).await
    }

    fn calls(&self, function: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|(name, _)| *name == function).count()
    }

    fn last(&self, function: &str) -> Value {
        self.seen.lock().unwrap().iter().rfind(|(name, _)| *name == function).unwrap().1.clone()
    }

    fn pass(&self, seconds: i64) {
        *self.now.lock().unwrap() += chrono::Duration::seconds(seconds);
    }
}

fn recording(name: &'static str, behaviour: Behaviour, seen: Arc<Mutex<Vec<(&'static str, Value)>>>) -> Function {
    Arc::new(move |event, _left| {
        seen.lock().unwrap().push((name, event.clone()));
        async move { behaviour(&event) }.boxed()
    })
}

fn allow(event: &Value) -> Result<Value, String> {
    Ok(json!({ "isAuthorized": true, "context": { "who": event["identitySource"][0] } }))
}

fn body(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[tokio::test]
async fn headers_are_lower_case_and_joined() {
    let world = World::new();
    let request =
        "POST /open\nX-Tag: a\nX-TAG: b, c\nCookie: a=1; b=2\nConnection: close\nX-Forwarded-For: 203.0.113.9";
    let response = world.send(request).await;
    assert_eq!((response.status(), body(&response)), (StatusCode::OK, "done"));
    let event = world.last("things");
    assert_eq!(event["headers"]["x-tag"], "a,b, c");
    assert_eq!(event["headers"]["x-forwarded-for"], "203.0.113.9,192.0.2.1");
    assert_eq!(event["headers"]["x-forwarded-proto"], "http");
    assert_eq!(event["headers"]["x-forwarded-port"], "3000");
    assert_eq!(event["headers"].get("cookie"), None);
    assert_eq!(event["headers"].get("connection"), None);
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "192.0.2.1");
    assert_eq!(event["requestContext"]["domainName"], "localhost:3000");
    assert_eq!(event["requestContext"]["time"], "15/Jan/2025:12:00:00 +0000");
    assert_eq!(event["requestContext"]["timeEpoch"], 1_736_942_400_000_i64);
}

#[tokio::test]
async fn a_repeated_query_key_is_joined_in_the_map_and_stays_raw_in_the_text() {
    let world = World::new();
    world.send("POST /open?a=1&b=x%2Cy&a=2&c&d=%2B+e").await;
    let event = world.last("things");
    assert_eq!(event["rawQueryString"], "a=1&b=x%2Cy&a=2&c&d=%2B+e");
    assert_eq!(event["queryStringParameters"], json!({ "a": "1,2", "b": "x,y", "c": "", "d": "+ e" }));
}

#[tokio::test]
async fn paths_arrive_decoded_and_with_their_base() {
    let world = World::new();
    world.send("GET /v2/co/things/%2B57%20x\nauthorization: Bearer a").await;
    let event = world.last("things");
    assert_eq!(event["routeKey"], "GET /things/{id}");
    assert_eq!(event["pathParameters"], json!({ "id": "+57 x" }));
    assert_eq!(event["rawPath"], "/v2/co/things/+57 x");
}

#[tokio::test]
async fn a_path_that_does_not_decode_goes_to_the_default_function() {
    let world = World::new();
    world.send("GET /things/%ff\nauthorization: Bearer a").await;
    let event = world.last("missing");
    assert_eq!((&event["routeKey"], &event["rawPath"]), (&json!("$default"), &json!("/things/\u{fffd}")));
}

#[tokio::test]
async fn a_body_is_text_or_base64() {
    for (content_type, sent, body, encoded) in [
        ("application/json", &b"{\"a\":1}"[..], json!("{\"a\":1}"), false),
        ("application/problem+json; charset=utf-8", b"{}", json!("{}"), false),
        ("text/plain", "ñ".as_bytes(), json!("ñ"), false),
        ("text/plain", b"\xff", json!("/w=="), true),
        ("application/x-www-form-urlencoded", b"a=1", json!("YT0x"), true),
        ("application/octet-stream", b"a", json!("YQ=="), true),
        ("application/json", b"", Value::Null, false),
    ] {
        let world = World::new();
        world.send_body(&format!("POST /open\ncontent-type: {content_type}"), sent).await;
        let event = world.last("things");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&body, &json!(encoded)), "{content_type}");
    }
    let world = World::new();
    world.send_body("POST /open", b"plain").await;
    assert_eq!(world.last("things")["body"], "plain");
}

#[tokio::test]
async fn what_is_too_large_reaches_no_function() {
    let world = World::new();
    let body_of = |size| vec![b'a'; size];
    let fits = world.send_body("POST /open", &body_of(10 * 1024 * 1024)).await;
    assert_eq!(fits.status(), StatusCode::OK);
    let large = world.send_body("POST /open", &body_of(10 * 1024 * 1024 + 1)).await;
    assert_eq!((large.status().as_u16(), body(&large)), (413, r#"{"message":"Request Entity Too Large"}"#));
    let long = world.send(&format!("POST /open\nx-long: {}", "a".repeat(10_240))).await;
    assert_eq!(long.status().as_u16(), 431);
    assert_eq!(world.calls("things"), 1);
}

#[tokio::test]
async fn what_no_route_names_goes_to_the_default_function_without_authorizer() {
    let world = World::new();
    for request in
        ["GET /none\nauthorization: Bearer a", "PUT /open", "GET /things/", "HEAD /things/1", "OPTIONS /open"]
    {
        assert_eq!(world.send(request).await.status(), StatusCode::NOT_FOUND, "{request}");
        assert_eq!(world.last("missing")["routeKey"], "$default");
    }
    assert_eq!((world.calls("missing"), world.calls("guard"), world.calls("things")), (5, 0, 0));
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let mut world = World::new();
    let says_more: Behaviour = |_| Ok(json!({ "statusCode": 404, "body": "not here" }));
    let functions =
        ["things", "guard", "missing"].map(|name| (name.to_owned(), recording(name, says_more, Arc::default())));
    let template = Template::parse(TEMPLATE, &[]).unwrap();
    world.gateway = Gateway::new(template, functions.into(), Arc::new(|| DateTime::UNIX_EPOCH)).unwrap();
    assert_eq!(body(&world.send("HEAD /none").await), "");
    assert_eq!(body(&world.send("GET /none").await), "not here");
}

#[tokio::test]
async fn the_authorizer_is_asked_once_per_identity_until_its_answer_runs_out() {
    let world = World::new();
    let mut expected = 0;
    for (caller, route, seconds, asks) in [
        ("Bearer a", "GET /things/1", 0, true),
        ("Bearer a", "GET /things/1", 59, false),
        ("Bearer a", "POST /things", 0, false),
        ("bearer a", "GET /things/1", 0, true),
        ("Bearer b", "GET /things/1", 0, true),
        ("Bearer a", "GET /things/1", 1, true),
    ] {
        world.pass(seconds);
        world.send(&format!("{route}\nauthorization: {caller}")).await;
        expected += usize::from(asks);
        assert_eq!(world.calls("guard"), expected, "{caller} {route}");
        assert_eq!(world.last("things")["requestContext"]["authorizer"], json!({ "lambda": { "who": caller } }));
    }
}

#[tokio::test]
async fn without_identity_the_function_is_invoked_without_context() {
    let world = World::new();
    for request in ["GET /things/1", "GET /things/1\nauthorization:"] {
        world.send(request).await;
        assert_eq!(world.last("things")["requestContext"].get("authorizer"), None);
    }
    assert_eq!((world.calls("guard"), world.calls("things")), (0, 2));
}

#[tokio::test]
async fn an_open_route_asks_nobody() {
    let world = World::new();
    world.send("POST /open\nauthorization: Basic a").await;
    assert_eq!(world.last("things")["requestContext"].get("authorizer"), None);
    assert_eq!(world.calls("guard"), 0);
}

#[tokio::test]
async fn a_refusing_authorizer_is_403_and_cached_and_a_failing_one_500_and_not() {
    let done: Behaviour = |_| Ok(json!({ "statusCode": 200 }));
    let cases: [(Behaviour, u16, &str, usize); 4] = [
        (|_| Ok(json!({ "isAuthorized": false })), 403, r#"{"message":"Forbidden"}"#, 1),
        (|_| Err("broken".into()), 500, r#"{"message":"Internal Server Error"}"#, 2),
        (|_| Ok(json!({ "allowed": true })), 500, r#"{"message":"Internal Server Error"}"#, 2),
        (|_| panic!("at once"), 500, r#"{"message":"Internal Server Error"}"#, 2),
    ];
    for (guard, status, text, calls) in cases {
        let world = World::with(done, guard);
        for _ in 0..2 {
            let response = world.send("GET /things/1\nauthorization: Bearer a").await;
            assert_eq!((response.status().as_u16(), body(&response)), (status, text));
        }
        assert_eq!((world.calls("guard"), world.calls("things")), (calls, 0));
    }
}

#[tokio::test]
async fn a_function_that_fails_is_500_and_the_next_call_works() {
    let moody: Behaviour = |event| match event["rawQueryString"].as_str() {
        Some("fail") => Err("broken".into()),
        Some("panic") => panic!("at once"),
        Some("malformed") => Ok(json!({ "statusCode": "what" })),
        _ => Ok(json!({ "hello": 1 })),
    };
    let world = World::with(moody, allow);
    for query in ["fail", "panic", "malformed"] {
        let response = world.send(&format!("POST /open?{query}")).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body(&response), r#"{"message":"Internal Server Error"}"#);
        assert!(response.headers().contains_key("apigw-requestid"));
    }
    let response = world.send("POST /open").await;
    assert_eq!((response.status(), body(&response)), (StatusCode::OK, r#"{"hello":1}"#));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_longer_than_its_timeout_is_500() {
    let left = Arc::new(Mutex::new(Duration::ZERO));
    let told = Arc::clone(&left);
    let slow: Function = Arc::new(move |_event, time| {
        *told.lock().unwrap() = time;
        async { tokio::time::sleep(Duration::from_secs(3)).map(|()| Ok(json!({}))).await }.boxed()
    });
    let functions = ["things", "guard", "missing"].map(|name| (name.to_owned(), Arc::clone(&slow)));
    let template = Template::parse(TEMPLATE, &[]).unwrap();
    let gateway = Gateway::new(template, functions.into(), Arc::new(|| DateTime::UNIX_EPOCH)).unwrap();
    let request = Request::post("/open").body(Bytes::new()).unwrap();
    let response = gateway.handle(request, IpAddr::from([127, 0, 0, 1])).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(*left.lock().unwrap(), Duration::from_secs(2), "Globals' Timeout");
}

#[tokio::test]
async fn a_function_the_program_lacks_is_named() {
    let template = Template::parse(TEMPLATE, &[]).unwrap();
    let error = Gateway::new(template, BTreeMap::new(), Arc::new(|| DateTime::UNIX_EPOCH)).err().unwrap();
    assert_eq!(error.to_string(), "the template names the function things, which this program does not have");
}

//! What people on call find in the log: why a request was refused, who tried to log in, what was asked for that is not there;
//! and nothing that is private.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::functions::{Consumed, consumed};
use serde_json::{Value, json};
use tests::world::LINE;
use tests::{Sample, World, rows};

const TOKEN: &str = "/oauth/client_credential/accesstoken?grant_type=client_credentials";

/// The fields of the log's lines.
fn lines(log: &str) -> Vec<Value> {
    let line = |text: &str| serde_json::from_str::<Value>(text).unwrap()["fields"].take();
    log.lines().map(line).filter(|fields| fields["message"] == "done").collect()
}

/// The one line of a call.
async fn line_of(call: impl Future<Output = ()>) -> Value {
    let log = crate::log::of(call).await;
    let mut lines = lines(&log);
    assert_eq!(lines.len(), 1, "{log}");
    lines.remove(0)
}

#[tokio::test]
async fn a_refused_request_logs_what_its_caller_was_told() {
    let world = World::demo().await;
    let portal = world.portal();
    portal.get("/accounts/100101").await.expect(200);
    world.client("demo-readonly").get("/accounts/100101").await;
    world.client("demo-globex").get("/accounts/100101").await;
    let favourites = format!("/plans/subscribers/{LINE}/favorites/");
    let json = [("content-type", "application/json")];
    let keyed = [("content-type", "application/json"), ("idempotency-key", "k")];
    portal.send("POST", &favourites, &keyed, r#"{"PhoneNumber":"3005550111"}"#).await.expect(201);
    for (caller, method, path, headers, body, status, reason) in [
        (&portal, "GET", "/customers/CODE/1001/bills?limit=x", &json[..], "", 400, "limit: must be a number"),
        (&world.bearing("Bearer x"), "GET", "/accounts/100101", &[], "", 401, "Access token is invalid"),
        (&world.anonymous(), "GET", "/accounts/100101", &[], "", 401, "Access token was not provided"),
        (&world.client("demo-readonly"), "POST", &favourites, &json, "{}", 403, "lacks the scope `write`"),
        (&world.client("demo-globex"), "GET", "/accounts/100101", &[], "", 404, "was not found"),
        (&portal, "POST", &favourites, &[("content-type", "text/plain")], "x", 415, "must be JSON"),
        (&portal, "POST", &favourites, &keyed, r#"{"PhoneNumber":"3005550112"}"#, 422, "used before"),
        (&portal, "PATCH", "/accounts/100101", &[], "", 405, "not allowed here; allowed: GET"),
    ] {
        let line = line_of(async {
            caller.send(method, path, headers, body).await.expect(status);
        });
        let line = line.await;
        assert_eq!(line["status"], status, "{line}");
        assert!(line["reason"].as_str().unwrap().contains(reason), "{line}");
        assert!(line["cause"].is_null(), "{line}");
    }
    let line = line_of(async {
        portal.get("/accounts/100101").await.expect(200);
    });
    assert!(line.await["reason"].is_null(), "a success needs no reason");
}

/// A field's name is the caller's own, and may be anything.
#[tokio::test]
async fn a_reason_repeats_nothing_private_and_fakes_no_line() {
    let world = World::demo().await;
    let portal = world.portal();
    portal.get("/accounts/100101").await.expect(200);
    let favourites = format!("/plans/subscribers/{LINE}/favorites/");
    let secret = "kX9_".repeat(11);
    for name in
        ["3001234567", "900.123.456-8", "ana@example.com", secret.as_str(), "a\\n{\\\"message\\\":\\\"done\\\"}"]
    {
        let body = format!(r#"{{"{name}":1,"{name}":2}}"#);
        let log = crate::log::of(async {
            portal.send("POST", &favourites, &[("content-type", "application/json")], &body).await.expect(400);
        });
        let log = log.await;
        let [line] = lines(&log).try_into().unwrap();
        assert!(line["reason"].as_str().unwrap().ends_with("must be given once"), "{line}");
        if !name.contains('\\') {
            assert!(!log.contains(name), "{log}");
        }
    }
}

#[tokio::test]
async fn a_failed_login_logs_the_client_id_that_was_presented() {
    let world = World::demo().await;
    let secret = world.credentials("demo-acme").client_secret.clone();
    let login = async |id: &str, secret: &str, status: u16| {
        let header = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        line_of(async {
            world.bearing(&header).send("POST", TOKEN, &[], "").await.expect(status);
        })
        .await
    };
    let line = login("demo-acme", "wrong", 401).await;
    assert_eq!((&line["presented"], &line["client"]), (&json!("demo-acme"), &Value::Null));
    assert_eq!(line["reason"], "the client is unknown or its secret is wrong");
    assert_eq!(login("demo-acmee", "wrong", 401).await["presented"], "demo-acmee");
    let line = login("demo-acme", &secret, 200).await;
    assert_eq!((&line["client"], &line["presented"]), (&json!("demo-acme"), &Value::Null));
    // A secret in the wrong field, of this system or of another; an id that would be a line of its own, or is endless.
    let (long, other) = ("a-".repeat(1_000), "0b5c6f8e1d2a43979f0e");
    for id in [secret.as_str(), other, "a%0A%7B%22status%22:200%7D", &long, "ana@example.com"] {
        let line = login(id, "wrong", 401).await;
        let presented = line["presented"].as_str().unwrap();
        assert!(presented.starts_with("… (") && presented.len() < 30, "{line}");
        assert!(!line.to_string().contains(id), "{line}");
    }
    // Nothing was presented at all.
    let line = line_of(async {
        world.anonymous().send("POST", TOKEN, &[], "").await.expect(401);
    });
    assert!(line.await["presented"].is_null());
}

#[tokio::test]
async fn the_revocation_and_its_refusals_are_logged_alike() {
    let world = World::demo().await;
    let token = world.token("demo-portal").await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("token={token}");
    let header = world.basic("demo-acme");
    let line = line_of(async {
        world.bearing(&header).send("POST", "/oauth/revoke", &form, &body).await.expect(400);
    });
    let line = line.await;
    assert_eq!((&line["client"], &line["reason"]), (&json!("demo-acme"), &json!("the token is not the client's")));
    assert!(!line.to_string().contains(&token));
}

#[tokio::test]
async fn an_unknown_path_logs_its_method_and_the_path_masked() {
    let world = World::demo().await;
    world.token("demo-portal").await;
    for (method, path, masked, status) in [
        ("GET", "/customers/3001234567/billz", "/customers/*/billz", 404),
        ("POST", "/wp-login.php", "/wp-login.php", 404),
        ("GET", "/documents/x/AB123456?id=900123456", "/documents/x/*", 404),
        ("PATCH", "/plans/subscribers/3001234567/current", "/plans/subscribers/*/current", 405),
        ("GET", "/accounts/100101/", "/accounts/*/", 308),
    ] {
        let line = line_of(async {
            world.portal().send(method, path, &[], "").await.expect(status);
        });
        let line = line.await;
        assert_eq!((&line["method"], &line["path"], &line["status"]), (&json!(method), &json!(masked), &json!(status)));
        assert!(!line.to_string().contains("900123456"));
    }
    let known = line_of(async {
        world.anonymous().get("/accounts/100101").await.expect(401);
    });
    let known = known.await;
    assert!(known["path"].is_null() && known["method"].is_null(), "the operation says enough: {known}");
}

#[tokio::test]
async fn times_and_units_are_numbers() {
    let world = World::demo().await;
    let portal = world.portal();
    portal.get("/accounts/100101").await.expect(200);
    let line = line_of(async {
        portal.get(&format!("/plans/subscribers/{LINE}/current")).await.expect(200);
    });
    let line = line.await;
    for field in ["ms", "status", "requests", "read_units", "write_units"] {
        assert!(line[field].is_number(), "{field}: {line}");
    }
    assert!(line["ms"].as_f64().unwrap() > 0.0);
    let metered = world.meter.take();
    let tenths: u64 = metered.iter().map(|request| request.tenths).sum();
    assert!(tenths > 0);
    let text = line["read_units"].to_string();
    assert!(text.parse::<f64>().unwrap() > 0.0 && text.len() <= 4, "{text}");
}

/// As Lambda's log has it: the same fields beside the level.
fn bytes(mut line: Value) -> usize {
    line["level"] = json!("INFO");
    line.to_string().len() + 1
}

/// Guard: what a million calls cost (docs/cost.md) counts on it.
#[tokio::test]
async fn a_line_of_whatever_operation_or_message_is_shorter_than_300_bytes() {
    let mut all: Vec<Value> = Vec::new();
    for row in rows::all() {
        let (world, sample) = (World::demo().await, Sample::of(&row));
        sample.prepare(&world).await;
        let caller = world.portal();
        all.extend(lines(&crate::log::of(async { drop(sample.by(&caller).await) }).await));
    }
    let template = tests::template();
    for Consumed { function, event, .. } in consumed() {
        let world = World::demo().await;
        let mapped = template.sources.mappings.iter().filter(|mapping| mapping.function == function);
        let log = crate::log::of(async {
            Sample::of(&rows::telling(event)).perform(&world).await;
            for mapping in mapped {
                world.queues.send(&mapping.queue, "text".to_owned(), BTreeMap::new(), world.clock.now());
            }
            world.settle().await;
        });
        all.extend(lines(&log.await));
    }
    assert!(all.len() > 60, "{}", all.len());
    let longest = all.into_iter().max_by_key(|line| bytes(line.clone())).unwrap();
    assert!(bytes(longest.clone()) < 300, "{} bytes: {longest}", bytes(longest.clone()));
}

//! `Idempotency-Key`: a write with a key happens once.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::world::{BLOCKED, Caller, LINE, PREPAID};
use tests::{Reply, Sample, World, rows};

use crate::{bad_request_names, pass, refused};

fn samples(writes: bool) -> Vec<Sample> {
    Sample::all(&rows::protected()).into_iter().filter(|sample| sample.row.writes() == writes).collect()
}

async fn keyed(caller: &Caller<'_>, key: &str, sample: &Sample) -> Reply {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    caller.send(&sample.row.method, &sample.address(), &headers, &sample.body).await
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_happens_once() {
    for sample in samples(true) {
        let world = World::demo().await;
        sample.prepare(&world).await;
        let name = sample.row.name();
        let first = keyed(&world.portal(), "key", &sample).await;
        assert!((200..300).contains(&first.status()), "{name}: {}", first.text());
        let after = world.items();
        pass(&world, TimeDelta::minutes(5)).await;
        for _ in 0..2 {
            let again = keyed(&world.portal(), "key", &sample).await;
            assert_eq!((again.status(), again.bytes()), (first.status(), first.bytes()), "{name}");
            assert_eq!(again.header("content-type"), first.header("content-type"));
            assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
        }
        assert_eq!(world.items(), after, "{name}");
    }
}

#[tokio::test]
async fn the_first_answer_is_given_whatever_has_become_of_the_line() {
    let world = World::demo().await;
    let path = format!("/billing/subscribers/{LINE}/status");
    let block = json!({"code": "Blocked", "assetType": "SIM"});
    let first = world.portal().keyed("block", "PUT", &path, &block).await.expect(200);
    world.portal().put(&path, &json!({"code": "Active", "assetType": "SIM"})).await.expect(200);
    let again = world.portal().keyed("block", "PUT", &path, &block).await.expect(200);
    assert_eq!(again.bytes(), first.bytes());
    assert!(!world.line(LINE).await.blocked.any(), "the answer is repeated, the effect is not");
}

#[tokio::test]
async fn a_key_with_another_request_is_unprocessable() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/favorites/");
    let body = json!({"PhoneNumber": "3005550103"});
    world.portal().keyed("k", "POST", &path, &body).await.expect(201);
    let before = world.items();
    let offer = format!("/plans/subscribers/{LINE}/acquiredoffers/201");
    let others = [
        world.portal().keyed("k", "POST", &path, &json!({"PhoneNumber": "3005550104"})).await,
        world.portal().keyed("k", "DELETE", &path, &body).await,
        world.portal().keyed("k", "POST", &path.replace(LINE, BLOCKED), &body).await,
        world.portal().keyed("k", "POST", &format!("{path}?x=1"), &body).await,
        world.portal().keyed("k", "POST", &offer, &body).await,
    ];
    for reply in others {
        assert_eq!(reply.status(), 422, "{}", reply.text());
        assert_eq!(reply.at("/message"), "the Idempotency-Key was used before with a different request");
    }
    assert_eq!(world.items(), before);
    world.portal().keyed("k2", "POST", &offer, &json!({})).await.expect(201);
    let other = offer.replace("/201", "/202");
    assert_eq!(world.portal().keyed("k2", "POST", &other, &json!({})).await.status(), 422);
}

#[tokio::test]
async fn the_same_address_in_another_spelling_is_the_same_request() {
    let world = World::demo().await;
    let body = json!({"PhoneNumber": "3005550103"});
    let first = format!("/plans/subscribers/{LINE}/favorites/");
    world.portal().keyed("k", "POST", &first, &body).await.expect(201);
    let before = world.items();
    for path in [
        format!("/plans/subscribers/{LINE}/favorites"),
        format!("/v2/tigo/mobile/co/plans/subscribers/{LINE}/favorites/"),
        format!("/v1/tigo/mobile/co/plans/subscribers/{LINE}/favorites"),
    ] {
        world.portal().keyed("k", "POST", &path, &body).await.expect(201);
    }
    assert_eq!(world.items(), before);
}

/// Guard: null means absent, for a field that the operation knows and for one that it does not.
#[tokio::test]
async fn a_body_with_another_field_that_is_null_is_the_same_request() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/favorites/");
    let body = json!({"PhoneNumber": "3005550103"});
    world.portal().keyed("k", "POST", &path, &body).await.expect(201);
    let before = world.items();
    for more in [json!({"x": null}), json!({"A": null, "x": null, "zz": null})] {
        let mut body = body.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.portal().keyed("k", "POST", &path, &body).await.expect(201);
    }
    let other = json!({"PhoneNumber": "3005550103", "x": [null]});
    assert_eq!(world.portal().keyed("k", "POST", &path, &other).await.status(), 422);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_key_belongs_to_its_client() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/acquiredoffers/205");
    for client in ["demo-portal", "demo-acme", "demo-portal", "demo-acme"] {
        world.client(client).keyed("same", "POST", &path, &json!({})).await.expect(201);
    }
    let charges = world.operator.writer.reader().charges(&world.line(LINE).await.contract).await.unwrap();
    assert_eq!(charges.len(), 2, "one for each client");
}

#[tokio::test]
async fn a_key_ends_after_24_hours() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/acquiredoffers/205");
    let bought = async || world.operator.writer.reader().charges(&world.line(LINE).await.contract).await.unwrap().len();
    world.portal().keyed("k", "POST", &path, &json!({})).await.expect(201);
    pass(&world, TimeDelta::hours(24) - TimeDelta::seconds(1)).await;
    world.portal().keyed("k", "POST", &path, &json!({})).await.expect(201);
    assert_eq!(world.portal().keyed("k", "POST", &path, &json!({"x": 1})).await.status(), 422);
    assert_eq!(bought().await, 1);
    pass(&world, TimeDelta::seconds(1)).await;
    world.portal().keyed("k", "POST", &path, &json!({"x": 1})).await.expect(201);
    assert_eq!(bought().await, 2);
    world.portal().keyed("k", "POST", &path, &json!({"x": 1})).await.expect(201);
    assert_eq!(world.portal().keyed("k", "POST", &path, &json!({})).await.status(), 422);
    assert_eq!(bought().await, 2);
}

#[tokio::test]
async fn a_refused_call_leaves_no_record() {
    let world = World::demo().await;
    let before = world.items();
    let offers = format!("/plans/subscribers/{PREPAID}/acquiredoffers");
    refused(&world.portal().keyed("k", "POST", &format!("{offers}/201"), &json!({})).await, "balance");
    assert_eq!(world.portal().keyed("k", "POST", &format!("{offers}/999"), &json!({})).await.status(), 404);
    let path = format!("/plans/subscribers/{PREPAID}/favorites/");
    bad_request_names(&world.portal().keyed("k", "POST", &path, &json!({})).await, "PhoneNumber");
    assert_eq!(world.client("demo-readonly").keyed("k", "POST", &path, &json!({})).await.status(), 403);
    assert_eq!(world.items(), before);
    // The key is still unused.
    world.portal().keyed("k", "POST", &format!("{offers}/211"), &json!({})).await.expect(201);
}

#[tokio::test]
async fn a_success_without_effect_is_remembered_too() {
    let world = World::demo().await;
    let path = format!("/billing/subscribers/{LINE}/status");
    let body = json!({"code": "Active", "assetType": "SIM"});
    world.portal().keyed("k", "PUT", &path, &body).await.expect(200);
    assert_eq!(
        world.portal().keyed("k", "PUT", &path, &json!({"code": "Blocked", "assetType": "SIM"})).await.status(),
        422
    );
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_characters() {
    let world = World::demo().await;
    let before = world.items();
    for sample in samples(true) {
        for wrong in ["", " ", "a b", "a\tb", "ñandú", &"k".repeat(256)] {
            let reply = keyed(&world.portal(), wrong, &sample).await;
            bad_request_names(&reply, "Idempotency-Key");
        }
    }
    assert_eq!(world.items(), before);
    let path = format!("/billing/subscribers/{LINE}/status");
    let body = json!({"code": "Active", "assetType": "SIM"});
    for right in ["k", &"k".repeat(255), "a#b/c\"d{e}", "~!@$%^&*()"] {
        world.portal().keyed(right, "PUT", &path, &body).await.expect(200);
    }
}

#[tokio::test]
async fn reading_pays_no_attention_to_a_key() {
    let world = World::demo().await;
    let before = world.items();
    for sample in samples(false) {
        let plain = sample.by(&world.portal()).await;
        for key in ["same", "same", "not valid"] {
            let reply = keyed(&world.portal(), key, &sample).await;
            assert_eq!(reply.status(), plain.status(), "{}", sample.row.name());
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn without_the_right_to_the_line_a_key_answers_nothing() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/acquiredoffers/205");
    world.portal().keyed("k", "POST", &path, &json!({})).await.expect(201);
    assert_eq!(world.client("demo-globex").keyed("k", "POST", &path, &json!({})).await.status(), 404);
    assert_eq!(world.client("demo-readonly").keyed("k", "POST", &path, &json!({})).await.status(), 403);
    assert_eq!(world.anonymous().keyed("k", "POST", &path, &json!({})).await.status(), 401);
}

/// JSON with its fields in the other order, blanks between, and its texts' first characters escaped.
fn in_other_words(value: &Value) -> String {
    let text = |text: &str| match text.chars().next() {
        Some(first) if first.is_ascii_alphanumeric() => format!("\"\\u{:04x}{}\"", u32::from(first), &text[1..]),
        _ => json!(text).to_string(),
    };
    match value {
        Value::Object(fields) => {
            let fields =
                fields.iter().rev().map(|(name, value)| format!("{} :\t{}", text(name), in_other_words(value)));
            format!("{{\r\n {}\n}}", fields.collect::<Vec<_>>().join(" ,\n"))
        }
        Value::Array(list) => format!("[ {} ]", list.iter().map(in_other_words).collect::<Vec<_>>().join(" , ")),
        Value::String(own) => text(own),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn the_same_json_in_other_words_is_the_same_request() {
    for sample in samples(true).into_iter().filter(|sample| !sample.body.is_empty()) {
        let world = World::demo().await;
        sample.prepare(&world).await;
        let name = sample.row.name();
        let first = keyed(&world.portal(), "key", &sample).await;
        assert!((200..300).contains(&first.status()), "{name}: {}", first.text());
        let after = world.items();
        let value: Value = serde_json::from_str(&sample.body).unwrap();
        let words = in_other_words(&value);
        assert_eq!(serde_json::from_str::<Value>(&words).unwrap(), value);
        for body in [words.clone(), format!("\u{feff}{words}\r\n")] {
            let again = keyed(&world.portal(), "key", &Sample { body, ..sample.clone() }).await;
            assert_eq!((again.status(), again.bytes()), (first.status(), first.bytes()), "{name}");
        }
        let mut other = value.clone();
        other["x"] = json!(1);
        let other = Sample { body: other.to_string(), ..sample.clone() };
        assert_eq!(keyed(&world.portal(), "key", &other).await.status(), 422, "{name}");
        assert_eq!(world.items(), after, "{name}");
    }
}

#[tokio::test]
async fn a_number_is_what_is_written_and_a_list_has_an_order() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/acquiredoffers/205");
    let send = async |query: &str, body: &str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
        world.portal().send("POST", &format!("{path}{query}"), &headers, body).await.status()
    };
    assert_eq!(send("?a=1&b=2&c=", r#"{"x":[1,{"y":0.1}]}"#).await, 201);
    assert_eq!(send("?b=2&a=%31&limit=", r#"{"x": [1, {"y": 0.1}]}"#).await, 201);
    for other in [
        r#"{"x":[1,{"y":0.10000000000000000001}]}"#,
        r#"{"x":[{"y":0.1},1]}"#,
        r#"{"x":["1",{"y":0.1}]}"#,
        r#"{"x":[1,{"y":"0.1"}]}"#,
        r#"{"x":[1],"y":0.1}"#,
        r#"{"x":[1,{"y":0.1}],"x":[1,{"y":0.1}]}"#,
    ] {
        assert_eq!(send("?a=1&b=2", other).await, 422, "{other}");
    }
    assert_eq!(send("?a=2&b=1", r#"{"x":[1,{"y":0.1}]}"#).await, 422);
}

//! Request bodies: accepted and refused.

use serde_json::{Value, json};
use tests::world::LINE;
use tests::{Reply, Sample, World, rows};

use crate::{bad_request_names, message, send_bytes};

const JSON: &str = "application/json";

/// The operations that document a body.
fn with_body() -> Vec<Sample> {
    Sample::all(&rows::protected()).into_iter().filter(|sample| !sample.body.is_empty()).collect()
}

/// A valid body with additional fields.
fn with(sample: &Sample, more: &str) -> String {
    format!("{},{more}}}", sample.body.strip_suffix('}').unwrap())
}

async fn send(world: &World, sample: &Sample, body: &str) -> Reply {
    sent_as(world, sample, JSON, body).await
}

async fn sent_as(world: &World, sample: &Sample, kind: &str, body: &str) -> Reply {
    world.portal().send(&sample.row.method, &sample.address(), &[("content-type", kind)], body).await
}

#[tokio::test]
async fn only_one_json_object_is_a_body() {
    let world = World::demo().await;
    let before = world.items();
    let wrong = [
        "",
        " ",
        "null",
        "[]",
        "5",
        "\"x\"",
        "{} {}",
        "{",
        "}",
        "{]",
        "\u{feff}",
        "\u{feff}\u{feff}{}",
        " \u{feff}{}",
        "{}\u{feff}",
        "{'a':1}",
        "{\"a\":1,}",
        "a=b",
    ];
    for sample in with_body() {
        for body in wrong {
            bad_request_names(&send(&world, &sample, body).await, "body");
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn duplicate_keys_are_refused_at_any_depth() {
    let world = World::demo().await;
    for sample in with_body() {
        let body: Value = serde_json::from_str(&sample.body).unwrap();
        let name = body.as_object().unwrap().keys().next().unwrap();
        let again = with(&sample, &format!("\"{name}\":\"102\""));
        bad_request_names(&send(&world, &sample, &again).await, name);
        // The same key, written with an escape.
        let escaped = format!("\"\\u{:04x}{}\":\"102\"", u32::from(name.as_bytes()[0]), &name[1..]);
        bad_request_names(&send(&world, &sample, &with(&sample, &escaped)).await, name);
        let deep = with(&sample, r#""more":{"list":[{"x":1,"x":1}]}"#);
        bad_request_names(&send(&world, &sample, &deep).await, "x");
    }
}

#[tokio::test]
async fn depth_lists_and_nul_are_bounded_also_in_fields_nobody_reads() {
    let world = World::demo().await;
    let nested = |depth: usize| format!("\"more\":{}{}", "[".repeat(depth), "]".repeat(depth));
    let list = |entries: usize| format!("\"more\":[{}1]", "1,".repeat(entries - 1));
    let nul = ["\"more\":\"a\\u0000b\"".to_owned(), "\"mo\\u0000re\":1".to_owned()];
    let before = world.items();
    for sample in with_body() {
        for more in [nested(32), nested(10_000), list(1_001), nul[0].clone(), nul[1].clone()] {
            bad_request_names(&send(&world, &sample, &with(&sample, &more)).await, "more");
        }
    }
    assert_eq!(world.items(), before);
    // The object itself is the first of 32 levels.
    for sample in with_body() {
        let world = World::demo().await;
        sample.prepare(&world).await;
        let body = with(&sample, &format!("{},{}", nested(31), list(1_000).replace("more", "less")));
        let reply = send(&world, &sample, &body).await;
        assert!((200..300).contains(&reply.status()), "{}: {}", sample.row.name(), reply.text());
    }
}

#[tokio::test]
async fn invalid_utf8_is_no_body() {
    let world = World::demo().await;
    let before = world.items();
    for sample in with_body() {
        let mut body = with(&sample, "\"more\":\"x\"").into_bytes();
        let at = body.len() - 3;
        body[at] = 0xFF;
        // With bytes that are no text the gateway sends the body in base64.
        let reply = send_bytes(&world, &sample.row.method, &sample.address(), JSON, &body).await;
        assert_eq!(reply.status(), 400, "{}", sample.row.name());
        assert!(String::from_utf8_lossy(reply.body()).contains("body: "), "{}", sample.row.name());
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn what_calls_itself_something_else_is_not_read_as_json() {
    let world = World::demo().await;
    let before = world.items();
    for sample in with_body() {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/octet-stream",
            "application/jsonp",
            "json",
            "text/json",
        ] {
            let reply = sent_as(&world, &sample, kind, &sample.body).await;
            assert_eq!(reply.status(), 415, "{kind}");
            assert_eq!(message(&reply), "the body must be JSON (Content-Type: application/json)");
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn json_has_several_names() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/favorites/");
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.example+json", ""] {
        let reply = send_bytes(&world, "POST", &path, kind, br#"{"PhoneNumber":"3005550101"}"#).await;
        assert_eq!(reply.status(), 201, "{kind}");
    }
}

#[tokio::test]
async fn a_body_has_at_most_64_kilobytes() {
    let world = World::demo().await;
    let path = format!("/billing/subscribers/{LINE}/status");
    let padded = |length: usize| {
        let body = r#"{"code":"Active","assetType":"SIM"}"#;
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    let headers = [("content-type", JSON)];
    world.portal().send("PUT", &path, &headers, &padded(65_536)).await.expect(200);
    for sample in with_body() {
        let body = format!("{}{}", sample.body, " ".repeat(65_537 - sample.body.len()));
        send(&world, &sample, &body).await.expect(413);
        // The size counts before the kind, in text and in base64.
        for kind in ["text/plain", "application/octet-stream"] {
            sent_as(&world, &sample, kind, &body).await.expect(413);
        }
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored_and_never_stored() {
    for sample in with_body() {
        let world = World::demo().await;
        sample.prepare(&world).await;
        let more = r#""zzUnknown":"zzValue","blocked":{"sim":true},"customer":"zzValue","rev":"zzValue""#;
        let reply = send(&world, &sample, &with(&sample, more)).await;
        assert!((200..300).contains(&reply.status()), "{}: {}", sample.row.name(), reply.text());
        let unknown = |item: &String| item.contains("zzUnknown") || item.contains("zzValue");
        assert!(!world.items().iter().any(unknown), "something unknown was kept");
        assert!(sample.row.op == "PutStatus" || !world.line(LINE).await.blocked.any(), "{}", sample.row.name());
    }
}

#[tokio::test]
async fn where_no_body_is_documented_none_and_empty_ones_are_fine() {
    let world = World::demo().await;
    let without = rows::protected().into_iter().filter(|row| row.writes() && Sample::of(row).body.is_empty());
    let without: Vec<_> = without.map(|row| row.op.clone()).collect();
    let known = ["AcquireOffer", "DropOffer", "EraseRecording", "DeleteRecording", "Unsubscribe", "AgreeToRoaming"];
    assert_eq!(without, known);
    let path = format!("/plans/subscribers/{LINE}/acquiredoffers/201");
    for body in ["", "{}", "[]"] {
        for kind in ["", JSON] {
            assert_eq!(send_bytes(&world, "POST", &path, kind, body.as_bytes()).await.status(), 201, "{body}");
            assert_eq!(send_bytes(&world, "DELETE", &path, kind, body.as_bytes()).await.status(), 201, "{body}");
        }
    }
}

#[tokio::test]
async fn the_body_of_a_delete_is_read_like_any_other() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/favorites/");
    bad_request_names(&world.portal().send("DELETE", &path, &[], "").await, "body");
    bad_request_names(&world.portal().delete(&path, &json!({})).await, "PhoneNumber");
    bad_request_names(&world.portal().delete(&path, &json!({"PhoneNumber": 3_005_550_101_u64})).await, "PhoneNumber");
    bad_request_names(
        &world.portal().delete(&format!("{path}?PhoneNumber=3005550101"), &json!({})).await,
        "PhoneNumber",
    );
    world.portal().delete(&path, &json!({"PhoneNumber": "3005550101"})).await.expect(200);
}

#[tokio::test]
async fn a_text_has_at_most_256_characters_and_no_control_characters() {
    let world = World::demo().await;
    let texts = [
        (
            "PUT",
            "/billing/subscribers/{}/status",
            json!({"code": "Active", "assetType": "SIM"}),
            &["updateReason", "customerId", "documentType"][..],
        ),
        (
            "POST",
            "/plans/subscribers/{}/favorites/",
            json!({"PhoneNumber": "3005550101"}),
            &["PhoneNumber", "ExpirationDate", "Label", "PlanCode"],
        ),
        (
            "PUT",
            "/plans/subscribers/{}/current",
            json!({"planId": "102"}),
            &["planId", "name", "email", "currencyId", "fromPlan"],
        ),
        (
            "POST",
            "/plans/subscribers/{}/upgraderequest",
            json!({"planId": "102"}),
            &["planId", "name", "email", "currencyId", "fromPlan"],
        ),
        (
            "POST",
            "/plans/subscribers/{}/subscriptionrequests/",
            json!({"planId": "150", "planName": "x", "categoryName": "x", "name": "x"}),
            &["planId", "planName", "categoryName", "name", "email", "fromPlan"],
        ),
    ];
    let before = world.items();
    for (method, path, good, fields) in texts {
        let path = path.replace("{}", LINE);
        for field in fields {
            let wrong = [
                json!("é".repeat(257)),
                json!("a\nb"),
                json!("a\u{7f}"),
                json!("a\u{85}"),
                json!("\u{0}"),
                json!(5),
                json!(true),
                json!({}),
                json!([]),
            ];
            for value in wrong {
                let mut body = good.clone();
                body[field] = value;
                let reply = world.portal().send(method, &path, &[("content-type", JSON)], &body.to_string()).await;
                bad_request_names(&reply, field);
            }
        }
    }
    assert_eq!(world.items(), before);
    let path = format!("/plans/subscribers/{LINE}/favorites/");
    let label = "é".repeat(256);
    world.portal().post(&path, &json!({"PhoneNumber": "3005550101", "Label": label})).await.expect(201);
    assert_eq!(world.line(LINE).await.favourites[&world.msisdn("3005550101")].label, Some(label));
}

#[tokio::test]
async fn a_byte_order_mark_other_line_ends_and_a_last_line_do_no_harm() {
    for sample in with_body() {
        for body in [
            format!("\u{feff}{}", sample.body),
            format!("\u{feff}\r\n{}\r\n\r\n", sample.body.replace(",\"", ",\r\n\"")),
            format!("{}\n", sample.body),
        ] {
            let world = World::demo().await;
            sample.prepare(&world).await;
            let reply = send(&world, &sample, &body).await;
            assert!((200..300).contains(&reply.status()), "{}: {}", sample.row.name(), reply.text());
        }
    }
}

#[tokio::test]
async fn latin_1_is_named() {
    let world = World::demo().await;
    for sample in with_body() {
        for kind in [JSON, "application/json; charset=ISO-8859-1"] {
            let body = with(&sample, "\"more\":\"x\"").replace("\"x\"", "\"\u{f1}\"");
            let body: Vec<u8> = body.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
            let reply = send_bytes(&world, &sample.row.method, &sample.address(), kind, &body).await;
            assert_eq!(reply.status(), 400, "{}", sample.row.name());
            let text = String::from_utf8_lossy(reply.body()).into_owned();
            assert!(text.contains("body: must be one JSON object in UTF-8"), "{text}");
        }
    }
}

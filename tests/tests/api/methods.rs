//! Unsupported methods, and unknown addresses.

use serde_json::json;
use shared::http::Shape;
use tests::{Reply, Row, Sample, World, rows};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The supported methods of an address.
fn allowed(row: &Row) -> Vec<&'static str> {
    let has = |method: &str| {
        rows::all().iter().any(|other| other.bare() == row.bare() && other.methods().any(|own| own == method))
    };
    METHODS.into_iter().filter(|method| has(method)).collect()
}

/// Asserts a 405 in the shape of the operation's document.
#[track_caller]
fn shaped(row: &Row, reply: &Reply) {
    let (found, expected) = match row.shape {
        Shape::Plain => (reply.at("/code"), json!(405)),
        Shape::Usage => (reply.at("/statusCode"), json!(405)),
        Shape::Wrapped => (reply.at("/error/statusCode"), json!("405")),
        Shape::Token => (reply.at("/error"), json!("invalid_request")),
    };
    assert_eq!(found, expected, "{}: {}", row.name(), reply.text());
}

#[tokio::test]
async fn an_unsupported_method_gets_the_supported_ones() {
    let world = World::demo().await;
    let before = world.items();
    for row in rows::all() {
        let (path, known) = (Sample::of(&row).path, allowed(&row));
        for method in METHODS.iter().filter(|method| !known.contains(method)) {
            for path in [path.clone(), format!("{path}/")] {
                // With and without a token: methods are not secret.
                for caller in [world.portal(), world.anonymous()] {
                    let reply = caller.send(method, &path, &[], "").await.expect(405);
                    assert_eq!(reply.header("allow"), known.join(", "), "{method} {path}");
                    assert_eq!(reply.header("cache-control"), "no-store");
                    assert_ne!(reply.header("x-request-id"), "");
                    if *method == "HEAD" {
                        assert_eq!(reply.bytes(), b"");
                        continue;
                    }
                    shaped(&row, &reply);
                }
            }
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn head_is_answered_as_get_without_a_body() {
    let world = World::demo().await;
    let mut heads = 0;
    for row in rows::all().iter().filter(|row| row.head) {
        let sample = Sample::of(row);
        let caller = if row.scope.is_some() { world.portal() } else { world.anonymous() };
        for path in [sample.path.clone(), format!("/v2/tigo/mobile/co{}", sample.path)] {
            let get = caller.send("GET", &path, &[], "").await;
            let head = caller.send("HEAD", &path, &[], "").await.expect(get.status());
            assert_eq!(head.bytes(), b"", "{}", row.name());
            assert_eq!(head.header("content-type"), get.header("content-type"), "{}", row.name());
            assert_ne!(head.header("x-request-id"), "");
            if get.status() == 200 {
                assert_ne!(head.header("content-length"), "0", "{}: the length of what GET answers", row.name());
            }
        }
        heads += 1;
    }
    assert_eq!(heads, rows::all().iter().filter(|row| row.method == "GET").count() - 1, "all but the GET that erases");
}

#[tokio::test]
async fn head_needs_the_same_token_as_get() {
    let world = World::demo().await;
    let path = "/plans/subscribers/3001234567/current";
    let none = world.anonymous().send("HEAD", path, &[], "").await.expect(401);
    assert_ne!(none.header("www-authenticate"), "");
    world.client("demo-globex").send("HEAD", path, &[], "").await.expect(404);
}

#[tokio::test]
async fn a_method_is_found_under_the_base_path_too() {
    let world = World::demo().await;
    let reply = world.portal().send("PATCH", "/v2/tigo/mobile/co/plans/subscribers/1/current", &[], "").await;
    assert_eq!((reply.status(), reply.header("allow")), (405, "GET, HEAD, PUT"));
}

#[tokio::test]
async fn the_token_endpoint_names_its_method_in_both_forms() {
    let world = World::demo().await;
    for (path, method, allow) in [
        ("/oauth/client_credential/accesstoken", "GET", "POST"),
        ("/oauth/client_credential/accesstoken?grant_type=client_credentials", "PUT", "POST"),
        ("/oauth/revoke", "DELETE", "POST"),
        ("/.well-known/jwks.json", "POST", "GET, HEAD"),
        ("/.well-known/oauth-authorization-server", "PUT", "GET, HEAD"),
    ] {
        let reply = world.anonymous().send(method, path, &[], "").await.expect(405);
        assert_eq!(reply.header("allow"), allow, "{path}");
        let body = reply.json();
        assert_eq!((&body["error"], &body["ErrorCode"]), (&"invalid_request".into(), &"invalid_request".into()));
        assert!(body["error_description"].is_string() && body["error_description"] == body["Error"], "{body}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_not_found_with_and_without_a_token() {
    let world = World::demo().await;
    for path in [
        "/",
        "/plans",
        "/plans/subscribers",
        "/plans/subscribers/3001234567",
        "/plans/subscribers/3001234567/Current",
        "/plans/subscribers/3001234567/acquiredoffers",
        "/plans/subscribers/3001234567/acquiredoffers/",
        "/billing/subscribers/3001234567/usage/data/",
        "/oauth/token",
        "/favicon.ico",
        "/%00",
    ] {
        for method in METHODS {
            for caller in [world.portal(), world.anonymous()] {
                let reply = caller.send(method, path, &[], "").await.expect(404);
                assert_ne!(reply.header("x-request-id"), "");
                assert_eq!(reply.header("allow"), "");
                if method == "HEAD" {
                    continue;
                }
                let error = reply.at("/error");
                assert_eq!((&error["statusCode"], &error["code"]), (&"404".into(), &"404".into()), "{path}");
                assert!(error["message"].is_string() && error["developerMessage"].is_string(), "{path}");
                assert_eq!(error.as_object().unwrap().len(), 4, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn an_encoded_slash_does_not_part_an_address() {
    let world = World::demo().await;
    let reply = world.portal().get("/plans%2Fsubscribers%2F3001234567%2Fcurrent").await.expect(404);
    assert_eq!(reply.at("/error/code"), "404");
}

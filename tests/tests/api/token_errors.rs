//! Refusals of the token endpoint, always in both forms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use tests::{Reply, World};

use crate::token_endpoint::{FORM, IN_QUERY, TOKEN, fields, post};

/// Asserts a refusal in both forms.
#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.status(), status, "{}", reply.text());
    let body = reply.json();
    let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["Error", "ErrorCode", "error", "error_description"]);
    assert_eq!((&body["error"], &body["ErrorCode"]), (&code.into(), &code.into()), "{body}");
    assert_eq!(body["error_description"], body["Error"]);
    assert!(!body["Error"].as_str().unwrap().is_empty());
    assert_eq!((reply.header("cache-control"), reply.header("content-type")), ("no-store", "application/json"));
    assert_ne!(reply.header("x-request-id"), "");
    assert_eq!(reply.header("www-authenticate").starts_with("Basic "), status == 401);
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[tokio::test]
async fn a_request_that_is_incomplete_or_contradicts_itself_is_invalid() {
    let world = World::demo().await;
    let caller = world.bearing(&world.basic("demo-portal"));
    let secret = fields(&world, "demo-portal");
    let json = ("content-type", "application/json");
    let grant = "grant_type=client_credentials";
    let replies = [
        post(&caller, TOKEN, &[], "").await,
        post(&caller, TOKEN, &[FORM], "grant_type=").await,
        post(&caller, &format!("{IN_QUERY}&{grant}"), &[], "").await,
        post(&caller, TOKEN, &[FORM], &format!("{grant}&{grant}")).await,
        post(&caller, IN_QUERY, &[FORM], "grant_type=password").await,
        post(&caller, &format!("{IN_QUERY}&scope=read&scope=write"), &[], "").await,
        post(&caller, &format!("{IN_QUERY}&scope=read"), &[FORM], "scope=write").await,
        post(&caller, IN_QUERY, &[FORM], &secret).await,
        post(&caller, IN_QUERY, &[FORM], "client_id=demo-acme").await,
        post(&caller, IN_QUERY, &[FORM], "client_secret=x").await,
        post(&world.anonymous(), IN_QUERY, &[FORM], &format!("{secret}&client_id=demo-portal")).await,
        post(&world.anonymous(), &format!("{IN_QUERY}&{secret}"), &[], "").await,
        post(&caller, IN_QUERY, &[json], "{}").await,
        post(&caller, TOKEN, &[json], r#"{"grant_type":"client_credentials"}"#).await,
        post(&caller, TOKEN, &[("content-type", "multipart/form-data")], grant).await,
    ];
    for (at, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status(), 400, "request {at}: {}", reply.text());
        refused(reply, 400, "invalid_request");
    }
}

#[tokio::test]
async fn other_grants_and_scopes_have_codes_of_their_own() {
    let world = World::demo().await;
    let caller = world.bearing(&world.basic("demo-readonly"));
    for grant in ["password", "authorization_code", "CLIENT_CREDENTIALS", "client_credentials%20"] {
        let reply = post(&caller, &format!("{TOKEN}?grant_type={grant}"), &[], "").await;
        refused(&reply, 400, "unsupported_grant_type");
    }
    for scope in ["write", "read%20write", "admin", "Read", "read%20%20write", "read%09read", "read,write", "*"] {
        let reply = post(&caller, &format!("{IN_QUERY}&scope={scope}"), &[], "").await;
        refused(&reply, 400, "invalid_scope");
    }
}

#[tokio::test]
async fn unknown_wrong_and_disabled_are_the_same_bytes() {
    let world = World::demo().await;
    world.operator.disable(&"demo-acme".parse().unwrap(), world.clock.now()).await.unwrap();
    let secret = &world.credentials("demo-portal").client_secret;
    let wrong = post(&world.bearing(&basic("demo-portal", "wrong")), IN_QUERY, &[], "").await;
    refused(&wrong, 401, "invalid_client");
    assert_eq!(wrong.header("www-authenticate"), "Basic realm=\"selfcare\", charset=\"UTF-8\"");
    let others = [
        basic("nobody", "wrong"),
        world.basic("demo-acme"),
        basic("demo-acme", "wrong"),
        basic("demo-portal", ""),
        basic("", ""),
        basic("a b", secret),
        basic("DEMO-PORTAL", secret),
        basic("demo-portal", &format!("{secret} ")),
        basic(&"x".repeat(1_000), "x"),
        "Basic".to_owned(),
        "Basic !!!".to_owned(),
        format!("Basic {}", STANDARD.encode("no colon")),
        format!("Bearer {}", STANDARD.encode(format!("demo-portal:{secret}"))),
    ];
    for header in others {
        let reply = post(&world.bearing(&header), IN_QUERY, &[], "").await;
        assert_eq!((reply.status(), reply.bytes()), (401, wrong.bytes()), "{header}");
        assert_eq!(reply.header("www-authenticate"), wrong.header("www-authenticate"));
    }
    for form in
        ["", "client_id=demo-portal", "client_id=demo-portal&client_secret=", "client_id=nobody&client_secret=x"]
    {
        let reply = post(&world.anonymous(), IN_QUERY, &[FORM], form).await;
        assert_eq!((reply.status(), reply.bytes()), (401, wrong.bytes()), "{form}");
    }
}

#[tokio::test]
async fn after_twenty_wrong_secrets_in_a_minute_even_the_right_one_waits() {
    let world = World::demo().await;
    let wrong = basic("demo-portal", "wrong");
    for _ in 0..20 {
        refused(&post(&world.bearing(&wrong), IN_QUERY, &[], "").await, 401, "invalid_client");
    }
    for header in [&wrong, &world.basic("demo-portal")] {
        let reply = post(&world.bearing(header), IN_QUERY, &[], "").await;
        refused(&reply, 429, "temporarily_unavailable");
        // The world starts on a full minute.
        assert_eq!(reply.header("retry-after"), "60");
    }
    world.clock.set(world.clock.now() + TimeDelta::seconds(41));
    let reply = post(&world.bearing(&world.basic("demo-portal")), IN_QUERY, &[], "").await;
    assert_eq!((reply.status(), reply.header("retry-after")), (429, "19"));
    // Other clients are not affected.
    post(&world.bearing(&world.basic("demo-acme")), IN_QUERY, &[], "").await.expect(200);
    world.clock.set(world.clock.now() + TimeDelta::seconds(19));
    post(&world.bearing(&world.basic("demo-portal")), IN_QUERY, &[], "").await.expect(200);
}

#[tokio::test]
async fn the_limit_holds_for_revocation_too() {
    let world = World::demo().await;
    let body = "token=x&client_id=demo-portal&client_secret=wrong";
    for _ in 0..20 {
        refused(&post(&world.anonymous(), "/oauth/revoke", &[FORM], body).await, 401, "invalid_client");
    }
    refused(&post(&world.anonymous(), "/oauth/revoke", &[FORM], body).await, 429, "temporarily_unavailable");
    let reply = post(&world.bearing(&world.basic("demo-portal")), IN_QUERY, &[], "").await;
    refused(&reply, 429, "temporarily_unavailable");
}

#[tokio::test]
async fn a_token_is_revoked_by_its_own_client_only() {
    let world = World::demo().await;
    let token = world.token("demo-acme").await;
    let body = format!("token={token}&token_type_hint=access_token");
    let globex = world.bearing(&world.basic("demo-globex"));
    refused(&post(&globex, "/oauth/revoke", &[FORM], &body).await, 400, "unauthorized_client");
    refused(&post(&globex, "/oauth/revoke", &[FORM], "").await, 400, "invalid_request");
    refused(&post(&globex, "/oauth/revoke", &[FORM], "token=").await, 400, "invalid_request");
    refused(&post(&world.anonymous(), "/oauth/revoke", &[FORM], &body).await, 401, "invalid_client");
    let acme = world.bearing(&world.basic("demo-acme"));
    for body in [&body, &body, "token=no.such.token", "token=x"] {
        let reply = post(&acme, "/oauth/revoke", &[FORM], body).await.expect(200);
        assert_eq!(reply.bytes(), b"");
        assert_ne!(reply.header("x-request-id"), "");
    }
}

#[tokio::test]
async fn a_form_has_at_most_64_kilobytes() {
    let world = World::demo().await;
    let body = format!("grant_type=client_credentials&x={}", "x".repeat(65_536));
    let reply = post(&world.bearing(&world.basic("demo-portal")), TOKEN, &[FORM], &body).await;
    refused(&reply, 413, "invalid_request");
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let world = World::demo().await;
    let caller = world.bearing(&world.basic("demo-portal"));
    post(&caller, &format!("{IN_QUERY}&x=1&x=2&state=%00"), &[FORM], "resource=a&resource=b").await.expect(200);
}

//! Who may call what: every operation, called by everybody who could try.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::Request;
use chrono::TimeDelta;
use serde_json::Value;
use shared::auth::token::{Realm, issue};
use shared::auth::{Scope, Scopes};
use tests::world::{LINE, NOBODY, OTHERS};
use tests::{Caller, Reply, World};

use crate::rows::{self, Row};

/// How long a token lives.
const LIFE: TimeDelta = TimeDelta::hours(1);

/// What the samples name besides the line, and what nobody has in its place.
const NAMED: [(&str, &str); 5] =
    [("/1001/", "/9999/"), ("/10010101", "/999"), ("/10010102", "/999"), ("/100101", "/999"), ("=900123456", "=1")];

/// The address of a sample, for another line; for nobody's line everything else is nobody's, too.
fn of(event: &Value, line: &str) -> String {
    let text = |place: &str| event[place].as_str().unwrap_or_default();
    let address = format!("{}?{}", text("rawPath"), text("rawQueryString")).replace(LINE, line);
    let address = address.trim_end_matches('?').to_owned();
    if line != NOBODY {
        return address;
    }
    NAMED.iter().fold(address, |address, (known, unknown)| address.replace(known, unknown))
}

/// The sample call of an operation, on another line if asked for.
async fn call(row: &Row, caller: &Caller<'_>, line: &str) -> Reply {
    let event = row.event();
    let text = |place: &str| event.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
    let headers: &[_] = if row.writes() { &[("content-type", "application/json")] } else { &[] };
    caller.send(&row.method, &of(&event, line), headers, &text("/body")).await
}

/// A token as the token function would issue it, but for another audience, scope or time.
async fn issued(world: &World, client: &str, audience: &str, scopes: Scopes) -> String {
    let ring = world.operator.ring().await.unwrap();
    let realm = Realm { issuer: "https://api.example".to_owned(), audience: audience.to_owned() };
    issue(&ring, &realm, &client.parse().unwrap(), scopes, LIFE, world.clock.now()).unwrap().0
}

async fn revoked(world: &World, client: &str) -> String {
    let token = world.token(client).await;
    world.forget_tokens().await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let caller = world.bearing(&world.basic(client));
    caller.send("POST", "/oauth/revoke", &headers, &format!("token={token}")).await.expect(200);
    token
}

async fn disabled(world: &World, client: &str) -> String {
    let token = world.token(client).await;
    world.operator.disable(&client.parse().unwrap(), world.clock.now()).await.unwrap();
    token
}

/// Everybody whose call is refused with 401, and the error that `WWW-Authenticate` names.
async fn strangers(world: &World) -> Vec<(&'static str, Caller<'_>, &'static str)> {
    let bearer = |token: &str| world.bearing(&format!("Bearer {token}"));
    let foreign = issued(world, "demo-acme", "selfcare-sv", Scopes::READ_WRITE).await;
    let good = issued(world, "demo-acme", "selfcare-co", Scopes::READ_WRITE).await;
    let revoked = revoked(world, "demo-acme").await;
    let disabled = disabled(world, "demo-portal").await;
    vec![
        ("nobody", world.anonymous(), ""),
        ("a scheme without token", world.bearing("Bearer"), "invalid_token"),
        ("a token without scheme", world.bearing(&good), "invalid_token"),
        ("another scheme", world.bearing(&world.basic("demo-acme")), "invalid_token"),
        ("two tokens", world.bearing(&format!("Bearer {good}, Bearer {good}")), "invalid_token"),
        ("no token at all", bearer("not-a-token"), "invalid_token"),
        ("another audience's token", bearer(&foreign), "invalid_token"),
        ("a revoked token", bearer(&revoked), "invalid_token"),
        ("a disabled client's token", bearer(&disabled), "invalid_token"),
    ]
}

#[tokio::test]
async fn no_operation_answers_a_caller_without_a_good_token() {
    let world = World::demo().await;
    let strangers = strangers(&world).await;
    let before = world.items();
    for row in rows::protected() {
        for (who, caller, error) in &strangers {
            let reply = call(&row, caller, LINE).await;
            let (status, challenge) = (reply.status(), reply.header("www-authenticate").to_owned());
            assert_eq!(status, 401, "{} for {who}: {}", row.name(), reply.text());
            assert!(challenge.starts_with("Bearer"), "{} for {who}: {challenge}", row.name());
            assert!(challenge.contains(error), "{} for {who}: {challenge}", row.name());
        }
        assert_eq!(world.items(), before, "{}: a refused call has changed the table", row.name());
    }
}

#[tokio::test]
async fn no_operation_answers_after_the_end_of_a_token() {
    let world = World::demo().await;
    let token = world.token("demo-acme").await;
    let caller = world.bearing(&format!("Bearer {token}"));
    let before = world.items();
    // Within the last minute the gateway may still hold a good verdict; the functions look at the time themselves.
    world.clock.set(world.clock.now() + LIFE - TimeDelta::seconds(1));
    call(&rows::protected()[0], &caller, LINE).await.expect(200);
    for late in [1, 61] {
        world.clock.set(world.clock.now() + TimeDelta::seconds(late));
        for row in rows::protected() {
            let reply = call(&row, &caller, LINE).await.expect(401);
            assert!(reply.header("www-authenticate").contains("expired"), "{}", row.name());
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn an_operation_needs_the_scope_of_its_route() {
    let world = World::demo().await;
    let write_only = issued(&world, "demo-acme", "selfcare-co", "write".parse().unwrap()).await;
    let write_only = world.bearing(&format!("Bearer {write_only}"));
    let read_only = world.client("demo-readonly");
    let before = world.items();
    for row in rows::protected() {
        let (lacking, caller) = match row.scope.unwrap() {
            Scope::Read => ("read", &write_only),
            Scope::Write => ("write", &read_only),
        };
        let reply = call(&row, caller, LINE).await.expect(403);
        let challenge = reply.header("www-authenticate");
        assert!(challenge.contains("insufficient_scope"), "{}: {challenge}", row.name());
        assert!(challenge.contains(lacking), "{}: {challenge}", row.name());
        assert_eq!(world.items(), before, "{}: a refused call has changed the table", row.name());
    }
}

#[tokio::test]
async fn the_owner_may_call_every_operation() {
    for row in rows::protected() {
        let world = World::demo().await;
        let owner = world.client("demo-acme");
        if let Some(first) = row.before() {
            call(&first, &owner, LINE).await;
        }
        let before = world.items();
        let reply = call(&row, &owner, LINE).await;
        assert!((200..300).contains(&reply.status()), "{}: {}", row.name(), reply.text());
        assert_eq!(world.items() != before, row.writes(), "{}: writes change the table, reads do not", row.name());
    }
}

/// Status, headers and body of an answer as sent, what names the request left out.
async fn bytes(world: &World, row: &Row, line: &str) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    let event = row.event();
    let text = |place: &str| event.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
    let request = Request::builder()
        .method(row.method.as_str())
        .uri(of(&event, line))
        .header("host", "api.example")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", world.token("demo-globex").await))
        .body(Bytes::from(text("/body")))
        .unwrap();
    let response = world.gateway.handle(request, [192, 0, 2, 7].into()).await;
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = headers.filter(|(name, _)| !["x-request-id", "apigw-requestid", "date"].contains(&name.as_str()));
    (response.status().as_u16(), headers.collect(), response.body().to_vec())
}

#[tokio::test]
async fn a_foreign_line_is_answered_as_an_unknown_one_byte_for_byte() {
    let world = World::demo().await;
    world.token("demo-globex").await;
    let before = world.items();
    // The catalogue of services is everybody's.
    for row in rows::protected().into_iter().filter(|row| row.op != "GetService") {
        let unknown = bytes(&world, &row, NOBODY).await;
        assert_eq!(unknown.0, 404, "{}", row.name());
        assert!(!unknown.2.is_empty(), "{}", row.name());
        assert_eq!(bytes(&world, &row, LINE).await, unknown, "{}: the answer tells a foreign line apart", row.name());
        assert_eq!(world.items(), before, "{}: a refused call has changed the table", row.name());
    }
    let own = rows::protected().into_iter().find(|row| row.op == "GetStatus").unwrap();
    assert_eq!(bytes(&world, &own, OTHERS).await.0, 200, "{}: the caller is a good one", own.name());
}

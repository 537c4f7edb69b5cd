//! The API from outside: every operation of the mobile document and of the token endpoint, and what all have in common.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod access;
mod accounts;
mod addresses;
mod bill_documents;
mod billing;
mod bodies;
mod calls;
mod conventions;
mod cors;
mod customers;
mod erasures;
mod faults;
mod favourites;
mod hub;
mod idempotency;
mod identity_numbers;
mod imports;
mod limits;
mod lists;
mod methods;
mod offers;
mod operation;
mod operator;
mod operator_bills;
mod ownership;
mod paging;
mod payment_files;
mod payments;
mod plan;
mod products;
mod profiles;
mod purchases;
mod rates;
mod recordings;
mod requests;
mod services;
mod skipping;
mod status;
mod story;
mod token_endpoint;
mod token_errors;
mod usage;

use axum::body::Bytes;
use axum::http::{Request, Response, header};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Reply, Sample, World};

/// The text of an error, in any shape.
fn message(reply: &Reply) -> String {
    let body = reply.json();
    let text = ["/error/developerMessage", "/developerMessage", "/message"].into_iter().find_map(|at| body.pointer(at));
    text.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Sends a sample to a path at which it is valid: reads in this world, anything else in a new one.
async fn good(sample: &Sample, path: &str, reads: &World) -> Reply {
    let address = sample.at(path);
    if !sample.row.writes() && sample.row.before().is_none() {
        return sample.to(&reads.portal(), &address).await;
    }
    let world = World::demo().await;
    sample.prepare(&world).await;
    sample.to(&world.portal(), &address).await
}

/// Asserts a 400 that names this field.
#[track_caller]
fn bad_request_names(reply: &Reply, field: &str) {
    assert_eq!(reply.status(), 400, "{field}: {}", reply.text());
    let message = message(reply);
    assert!(message.starts_with(&format!("{field}: ")), "{field} is not named: {message}");
}

/// Asserts a 403 with this text.
#[track_caller]
fn refused(reply: &Reply, words: &str) {
    assert_eq!(reply.status(), 403, "{}", reply.text());
    assert!(message(reply).contains(words), "{}", reply.text());
    assert_eq!(reply.header("www-authenticate"), "", "no other token would help");
}

/// Imports further records into a world.
async fn load(world: &World, records: &[Value]) {
    world.import(records).await.unwrap();
}

/// Moves the clock; cached tokens are dropped.
async fn pass(world: &World, time: TimeDelta) {
    world.clock.set(world.clock.now() + time);
    world.forget_tokens().await;
}

/// Sends a request of the portal with any bytes as its body.
async fn send_bytes(world: &World, method: &str, path: &str, content_type: &str, body: &[u8]) -> Response<Bytes> {
    let token = world.token("demo-portal").await;
    let mut request =
        Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    request = request.header(header::HOST, "api.example");
    if !content_type.is_empty() {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    let request = request.body(Bytes::copy_from_slice(body)).unwrap();
    world.gateway.handle(request, [192, 0, 2, 7].into()).await
}

/// A monthly plan for the import.
fn plan(id: &str, kind: &str, pesos: i64) -> Value {
    json!({
        "type": "plan", "id": id, "name": format!("Plan {id}"), "category": "Pruebas", "kind": kind,
        "status": "ACTIVE", "open_to": ["postpaid", "prepaid"],
        "monthly": {"minor": pesos * 100, "currency": "COP"}, "data_mb": 1000, "rank": 50,
    })
}

/// The ids in a list, in order.
fn ids(reply: &Reply, name: &str) -> Vec<String> {
    let list = reply.json();
    let rows = list.as_array().unwrap();
    rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

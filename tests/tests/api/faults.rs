//! Internal faults as a caller sees them, and a gateway that base64-encodes bodies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use local::functions::{Deployment, functions};
use local::gateway::{Function, Gateway};
use local::in_process::http_client;
use local::template::Template;
use serde_json::json;
use shared::auth::Scope;
use shared::domain::country::Country;
use shared::error::{Cause, Error, Result};
use shared::http::{Method, Reply, Request, Route, Service, Shape, route};
use shared::invocation::Base;
use shared::lambda::invoke;
use shared::table::Reader;
use tests::World;
use tests::world::LINE;

use crate::operation::OPERATIONS;

/// A function that fails as the request says.
struct Failing {
    base: Base<Reader>,
    runs: Arc<AtomicU32>,
}

#[derive(Debug, Clone, Copy)]
struct Fail;

impl Service for Failing {
    type Op = Fail;

    type Access = Reader;

    const ROUTES: &'static [Route<Fail>] = &[
        route(Method::GET, "/plans/subscribers/{MSISDN}/upgraderequest", Fail, Scope::Read, Shape::Plain),
        route(Method::POST, "/plans/subscribers/{MSISDN}/upgraderequest", Fail, Scope::Write, Shape::Plain),
        route(Method::GET, "/billing/subscribers/{msisdn}/usage/data/hourlybyapp", Fail, Scope::Read, Shape::Usage),
    ];

    const NAME: &'static str = "failing";

    fn base(&self) -> &Base<Reader> {
        &self.base
    }

    #[expect(clippy::panic, reason = "the request asks for it")]
    async fn handle(&self, _: Fail, request: &Request) -> Result<Reply> {
        let run = self.runs.fetch_add(1, Ordering::SeqCst);
        match request.query("fault")? {
            Some("panic") => panic!("inner workings"),
            Some("panic-with-text") => panic!("inner workings, run {run}"),
            Some("index") => Reply::ok(&OPERATIONS[OPERATIONS.len() + run as usize].name()),
            Some("internal") => Err(Error::internal("inner workings")),
            Some("unavailable") => Err(Error::Unavailable(Cause::text("inner workings"))),
            Some("stale") => Err(Error::Stale),
            _ => Reply::ok(&json!({})),
        }
    }
}

/// Replaces a world's gateway with one over other functions.
fn rebuild(world: &mut World, change: impl FnOnce(&mut BTreeMap<String, Function>)) {
    let template = Template::parse(&tests::file("template.yaml"), &[]).unwrap();
    let country = &Country::ALL[0];
    let issuer = "https://api.example".to_owned();
    let files = world.store.bucket.files("https://files.example").unwrap();
    let deployment = Deployment {
        country,
        clock: world.clock.clone(),
        issuer,
        files,
        queues: http_client(world.queues.connector()),
        outside: world.outside.clone(),
    };
    let mut functions = functions(&deployment, || world.store.target());
    change(&mut functions);
    let clock = world.clock.clone();
    world.gateway = Gateway::new(template, functions, Arc::new(move || clock.now())).unwrap();
}

/// A world of failing functions, with the number of their runs.
async fn failing() -> (World, Arc<AtomicU32>) {
    let mut world = World::demo().await;
    let runs = Arc::new(AtomicU32::new(0));
    let table = world.operator.writer.reader().clone();
    let base = Base { table, country: &Country::ALL[0], clock: world.clock.clone() };
    let service = Arc::new(Failing { base, runs: Arc::clone(&runs) });
    rebuild(&mut world, |functions| {
        for name in ["plans", "subscribers"] {
            let service = Arc::clone(&service);
            let function: Function = Arc::new(move |event, left| {
                let service = Arc::clone(&service);
                async move {
                    let answer = invoke(&*service, event, left).await?;
                    serde_json::to_value(answer).map_err(|error| error.to_string())
                }
                .boxed()
            });
            functions.insert(name.to_owned(), function);
        }
    });
    (world, runs)
}

fn plain(query: &str) -> String {
    format!("/plans/subscribers/{LINE}/upgraderequest{query}")
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing_and_the_next_call_works() {
    let (world, _) = failing().await;
    for fault in ["panic", "panic-with-text", "index", "internal"] {
        let reply = world.portal().get(&plain(&format!("?fault={fault}"))).await.expect(500);
        assert_eq!(reply.json(), json!({"code": 500, "message": "internal error"}));
        assert_ne!(reply.header("x-request-id"), "");
        assert_eq!(reply.header("cache-control"), "no-store");
        world.portal().get(&plain("")).await.expect(200);
        let usage = format!("/billing/subscribers/{LINE}/usage/data/hourlybyapp?fault={fault}");
        let reply = world.portal().get(&usage).await.expect(500);
        let expected = json!({
            "statusCode": 500, "code": "500", "message": "Internal server error", "developerMessage": "internal error",
        });
        assert_eq!(reply.json(), expected);
    }
}

#[tokio::test]
async fn a_part_that_does_not_answer_is_a_503_with_a_time_to_come_back() {
    let (world, runs) = failing().await;
    let reply = world.portal().get(&plain("?fault=unavailable")).await.expect(503);
    assert_eq!(reply.json(), json!({"code": 503, "message": "temporarily unavailable, try again"}));
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(runs.load(Ordering::SeqCst), 1, "the store's client has tried often enough");
}

#[tokio::test]
async fn what_changes_under_every_attempt_is_given_up_in_the_end() {
    let (world, runs) = failing().await;
    let reply = world.portal().get(&plain("?fault=stale")).await.expect(503);
    assert_eq!((reply.header("retry-after"), reply.at("/code")), ("1", json!(503)));
    assert!(runs.load(Ordering::SeqCst) > 1, "it was decided again");
    // With a key the caller learns that the first request may still be in progress.
    let reply = world.portal().keyed("k", "POST", &plain("?fault=stale"), &json!({})).await.expect(409);
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(reply.at("/message"), "a request with the same Idempotency-Key is in progress");
}

#[tokio::test]
async fn without_the_gateways_word_nobody_is_let_in() {
    let (world, runs) = failing().await;
    for authorization in ["Bearer x", "Basic eDp5"] {
        world.bearing(authorization).get(&plain("?fault=panic")).await.expect(401);
    }
    world.anonymous().get(&plain("?fault=panic")).await.expect(401);
    world.client("demo-readonly").keyed("k", "POST", &plain("?fault=panic"), &json!({})).await.expect(403);
    assert_eq!(runs.load(Ordering::SeqCst), 0, "no handler has run");
}

/// Base64-encodes every body, as the gateway may.
fn in_base64(function: Function) -> Function {
    Arc::new(move |mut event, left| {
        if let Some(body) = event["body"].as_str().filter(|_| event["isBase64Encoded"] == false) {
            event["body"] = STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
        function(event, left)
    })
}

#[tokio::test]
async fn a_body_in_base64_is_the_same_body() {
    let mut world = World::demo().await;
    let favourites = format!("/plans/subscribers/{LINE}/favorites/");
    let body = json!({"PhoneNumber": "3005550188", "Label": "ñ"});
    world.portal().keyed("k", "POST", &favourites, &body).await.expect(201);
    rebuild(&mut world, |functions| {
        for function in functions.values_mut() {
            *function = in_base64(Arc::clone(function));
        }
    });
    let before = world.items();
    world.portal().keyed("k", "POST", &favourites, &body).await.expect(201);
    assert_eq!(world.items(), before, "the same request");
    for operation in &OPERATIONS {
        let reply = operation.ask(&world.portal(), LINE).await;
        assert_eq!(reply.status(), operation.status, "{}: {}", operation.name(), reply.text());
    }
    let headers = [("content-type", "application/json")];
    let status = format!("/billing/subscribers/{LINE}/status");
    let good = r#"{"code":"Active","assetType":"SIM"}"#;
    for (length, expected) in [(65_536, 200), (65_537, 413), (200_000, 413)] {
        let padded = format!("{good}{}", " ".repeat(length - good.len()));
        world.portal().send("PUT", &status, &headers, &padded).await.expect(expected);
    }
}

//! Secrets Manager hangs: who holds good keys goes on, and few callers wait for it.
//!
//! Time is virtual here. Guards: the memory of a failed attempt, the longer life of a copy that verifies, no verdict on a token
//! whose key an old copy lacks.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use chrono::TimeDelta;
use local::functions::{Deployment, functions};
use local::gateway::{Function, Gateway};
use local::in_process::http_client;
use serde_json::{Value, json};
use shared::auth::Scopes;
use shared::auth::keys::Pace;
use shared::auth::token::{Realm, issue};
use tests::connector::faults::{Fault, Faults};
use tests::world::LINE;
use tests::{Caller, FILES, Reply, World};
use tokio::time::Instant;

use crate::faults::ALWAYS;

const CLIENTS: [&str; 4] = ["demo-portal", "demo-acme", "demo-globex", "demo-readonly"];
const TOKEN: &str = "/oauth/client_credential/accesstoken?grant_type=client_credentials";
/// The longest that the SDK's client waits for an answer.
const PATIENCE: Duration = Duration::from_millis(2_600);

/// A world whose functions reach their secrets through faults, and its authorizer.
async fn world() -> (World, Faults, Function) {
    let mut world = World::demo().await;
    let way = Faults::around(world.store.secrets.connector());
    let deployment = Deployment {
        country: world.country(),
        clock: world.clock.clone(),
        issuer: "https://api.example".to_owned(),
        files: world.store.bucket.files(FILES).unwrap(),
        queues: http_client(world.queues.connector()),
        outside: world.outside.clone(),
    };
    let table = || http_client(world.store.embedded.connector());
    let secrets = || http_client(SharedHttpConnector::new(way.clone()));
    let functions = functions(&deployment, || world.store.target_with(table(), secrets()));
    let authorizer = Arc::clone(&functions["authorizer"]);
    let (template, clock) = (tests::template().clone(), world.clock.clone());
    world.gateway = Gateway::new(template, functions, Arc::new(move || clock.now())).unwrap();
    for client in CLIENTS {
        world.token(client).await;
    }
    world.portal().get(&read()).await.expect(200);
    (world, way, authorizer)
}

fn read() -> String {
    format!("/plans/subscribers/{LINE}/current")
}

fn pass(world: &World, time: TimeDelta) {
    world.clock.set(world.clock.now() + time);
}

async fn timed(caller: Caller<'_>) -> (Reply, Duration) {
    let start = Instant::now();
    (caller.get(&read()).await, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn one_caller_in_a_while_waits_for_keys_that_cannot_be_read() {
    let (world, way, _) = world().await;
    way.next("GetSecretValue", Fault::TimeoutBefore, ALWAYS);
    for after in [TimeDelta::minutes(6), TimeDelta::seconds(31), TimeDelta::minutes(50)] {
        pass(&world, after);
        for (at, client) in CLIENTS.into_iter().enumerate() {
            let (reply, waited) = timed(world.client(client)).await;
            assert_ne!(reply.status(), 401, "{client}: {}", reply.text());
            assert!(reply.status() < 500, "{client}: {}", reply.text());
            let most = if at == 0 { PATIENCE } else { Duration::from_millis(100) };
            assert!(waited <= most, "{client} waits {waited:?}");
        }
    }
    way.clear();
    // The gateway has forgotten the authorizer's answer.
    pass(&world, TimeDelta::seconds(61));
    way.take_counts();
    timed(world.portal()).await.0.expect(200);
    assert_eq!(way.take_counts()["GetSecretValue"], 1, "it is read as soon as it answers");
}

#[tokio::test(start_paused = true)]
async fn without_good_keys_a_failure_is_told_at_once_for_a_while() {
    let (world, way, _) = world().await;
    way.next("GetSecretValue", Fault::TimeoutBefore, ALWAYS);
    pass(&world, TimeDelta::minutes(11));
    let mut waits = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let caller = world.bearing(&world.basic("demo-acme"));
        caller.send("POST", TOKEN, &[], "").await.expect(503);
        waits.push(start.elapsed());
    }
    assert!(waits[0] <= PATIENCE && waits[1..].iter().all(|wait| *wait < Duration::from_millis(100)), "{waits:?}");
    way.clear();
    pass(&world, TimeDelta::seconds(5));
    world.bearing(&world.basic("demo-acme")).send("POST", TOKEN, &[], "").await.expect(200);
}

/// The gateway would remember a 401 for a good token.
#[tokio::test(start_paused = true)]
async fn an_old_copy_of_the_keys_has_no_verdict_on_a_newer_key() {
    let (world, way, authorizer) = world().await;
    way.next("GetSecretValue", Fault::TimeoutBefore, ALWAYS);
    let now = world.clock.now() + TimeDelta::minutes(20);
    world.operator.keys(local::store::PUBLIC).rotate(Pace::AtOnce, now).await.unwrap();
    world.clock.set(now);
    let realm = Realm { issuer: "https://api.example".to_owned(), audience: "selfcare-co".to_owned() };
    let ring = world.operator.ring().await.unwrap();
    let life = TimeDelta::hours(1);
    let (token, _) = issue(&ring, &realm, &"demo-portal".parse().unwrap(), Scopes::READ, life, now).unwrap();
    let asked = async |token: &str| {
        let mut event: Value = serde_json::from_str(&tests::file("events/authorizer/authorize.json")).unwrap();
        event["identitySource"] = json!([format!("Bearer {token}")]);
        authorizer(event, Duration::from_secs(5)).await.map(|answer| answer["context"]["verdict"].clone())
    };
    asked(&token).await.expect_err("no verdict");
    let of_a_known_key = world.token("demo-portal").await;
    // Not the last character, which may be the same.
    let (head, tail) = of_a_known_key.split_at(of_a_known_key.len() - 9);
    let forged = format!("{head}{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, &tail[1..]);
    for forged in ["x", "a.b.c", &token[1..], &forged] {
        assert_eq!(asked(forged).await, Ok(json!("invalid_token")), "{forged}");
    }
    way.clear();
    pass(&world, TimeDelta::seconds(31));
    assert_eq!(asked(&token).await, Ok(json!("valid")));
}

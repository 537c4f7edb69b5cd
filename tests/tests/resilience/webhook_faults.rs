//! Deliveries under faults of the bundle itself, and to addresses that lead inside.
//!
//! Guards: an event leaves the queue after its messages are in it, and a message after its address has answered; an address is
//! looked at when it is given and when it is told.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use local::functions::{Deployment, functions};
use local::gateway::Function;
use local::in_process::http_client;
use local::sources::CutOff;
use serde_json::{Value, json};
use shared::domain::hook::callback::Addresses;
use shared::outside::Outside;
use tests::receiver::{Manner, PATIENCE, Receiver};
use tests::{FILES, World};

use crate::log;
use crate::webhooks::{happen, pass, state, subscribe};

const QUEUE: &str = "Webhooks";
/// A little more than the time for which a received message is hidden.
const HIDDEN: TimeDelta = TimeDelta::seconds(181);

/// A function of a deployment whose subscriptions lead to public addresses alone.
fn public(world: &World, name: &str) -> Function {
    let outside = Outside::new(Addresses::Public, None).with(Arc::new(world.names.clone()), PATIENCE);
    let deployment = Deployment {
        country: world.country(),
        clock: world.clock.clone(),
        issuer: "https://api.example".to_owned(),
        files: world.store.bucket.files(FILES).unwrap(),
        queues: http_client(world.queues.connector()),
        outside,
    };
    functions(&deployment, || world.store.target()).remove(name).unwrap()
}

fn event(name: &str) -> Value {
    serde_json::from_str(&tests::file(&format!("events/{name}.json"))).unwrap()
}

/// Whoever is subscribed before an event is told of it at least once, however the function is cut off.
#[tokio::test]
async fn a_crash_anywhere_loses_nothing() {
    let mut cut = 0;
    for polls in 0..60 {
        let world = World::demo().await;
        let receiver = Receiver::start(Manner::status(200)).await;
        subscribe(&world, "demo-acme", &receiver, "").await;
        subscribe(&world, "demo-acme", &receiver, "").await;
        let body = event("webhook-deliver/fan-out")["Records"][0]["body"].as_str().unwrap().to_owned();
        world.queues.send(QUEUE, body, Default::default(), world.clock.now()).unwrap();
        // The queue's messages, one by one: the event, and then what it was divided into.
        for _ in 0..4 {
            let received = world.queues.receive(QUEUE, 1, world.clock.now());
            let Some(message) = received.first() else { break };
            let batch = json!({ "Records": [message.record(QUEUE)] });
            let work = (world.functions["webhook-deliver"])(batch, Duration::from_secs(30));
            match CutOff::after(polls, work).await {
                Some(answer) => {
                    assert_eq!(answer.unwrap(), json!({ "batchItemFailures": [] }));
                    world.queues.delete(QUEUE, std::iter::once(message.id.as_str()));
                }
                None => cut += 1,
            }
        }
        for _ in 0..3 {
            pass(&world, HIDDEN).await;
        }
        let told = receiver.take();
        assert!(told.len() >= 2, "{polls}: {} of 2", told.len());
        assert!(told.iter().all(|one| one.header("webhook-id") == told[0].header("webhook-id")), "{polls}");
        assert!(world.queues.messages(QUEUE).is_empty(), "{polls}");
    }
    assert!(cut > 10, "{cut} were cut off");
}

#[tokio::test]
async fn a_table_or_queue_that_fails_delays_and_loses_nothing() {
    use tests::connector::faults::Fault;
    for operation in ["Query", "BatchGetItem"] {
        let world = World::demo().await;
        let receiver = Receiver::start(Manner::status(200)).await;
        subscribe(&world, "demo-acme", &receiver, "").await;
        happen(&world, true).await;
        world.faults.next(operation, Fault::ALL[0], 12);
        world.settle().await;
        world.faults.clear();
        pass(&world, HIDDEN).await;
        assert_eq!(receiver.take().len(), 1, "{operation}");
        assert!(world.queues.messages("WebhookDeadLetters").is_empty());
    }
}

/// A name may lead inside, or begin to, after it was subscribed. Nothing is connected, and it fails like any other.
#[tokio::test]
async fn a_name_that_leads_inside_is_told_nothing() {
    for address in ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "::ffff:10.0.0.1", "fd00:ec2::254"] {
        let world = World::demo().await;
        world.names.set("hooks.example.com", &["8.8.8.8".parse().unwrap(), address.parse().unwrap()]);
        let answer = public(&world, "hub")(event("hub/subscribe"), Duration::from_secs(5)).await.unwrap();
        assert_eq!(answer["statusCode"], 201, "{answer}");
        let deliver = public(&world, "webhook-deliver");
        let said = log::of(async {
            deliver(event("webhook-deliver/deliver"), Duration::from_secs(30)).await.unwrap();
        });
        let said = said.await;
        assert!(said.contains("its address is not a public one"), "{address}: {said}");
        assert_eq!(state(&world, "demo-portal").await["state"], "failing", "{address}");
    }
}

#[tokio::test]
async fn an_address_that_was_let_through_before_is_looked_at_again() {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(200)).await;
    // The local stack lets this machine's own addresses through.
    subscribe(&world, "demo-portal", &receiver, "").await;
    let batch = event("webhook-deliver/deliver");
    let said = log::of(async {
        public(&world, "webhook-deliver")(batch.clone(), Duration::from_secs(30)).await.unwrap();
    });
    assert!(said.await.contains("its address is not a public one"));
    assert_eq!(receiver.take().len(), 0);
    let mut request = event("hub/subscribe");
    request["body"] = json!(json!({ "callback": receiver.url() }).to_string());
    let answer = public(&world, "hub")(request, Duration::from_secs(5)).await.unwrap();
    assert_eq!(answer["statusCode"], 400, "{answer}");
    // The same message, where the address is let through.
    pass(&world, TimeDelta::minutes(1)).await;
    assert_eq!(receiver.take().len(), 1);
}

/// A restart of the clock, a later event: the copy of what is known may not hide a subscription that was there before the event.
#[tokio::test]
async fn who_has_just_subscribed_is_told_of_the_next_event() {
    let world = World::demo().await;
    let [first, second] = [(); 2].map(|()| Receiver::start(Manner::status(200)));
    let (first, second) = (first.await, second.await);
    subscribe(&world, "demo-acme", &first, "").await;
    happen(&world, true).await;
    world.settle().await;
    subscribe(&world, "demo-acme", &second, "").await;
    pass(&world, TimeDelta::seconds(1)).await;
    happen(&world, false).await;
    world.settle().await;
    assert_eq!((first.take().len(), second.take().len()), (2, 1));
}

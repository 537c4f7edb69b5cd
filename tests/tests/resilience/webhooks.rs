//! Events reach clients' subscriptions: signed, at least once, of what a client may see and nothing else, however the address
//! behaves.
//!
//! Guards: a message leaves the queue only after its successors are in it, or its address has answered; the client is looked at
//! again when an event is delivered; a failure counts once, and while an address fails one request at a time is made to it.

use chrono::{DateTime, TimeDelta};
use local::operate::Change;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::World;
use tests::limits::{DELIVERED, DIVIDED, LOOKED_AT};
use tests::receiver::{Delivery, Manner, Receiver};
use tests::world::{LINE, OTHERS};

use crate::log;

const HUB: &str = "/hub/v1/hub";
const QUEUE: &str = "Webhooks";

/// A client's subscription to a receiver, with its secret.
pub async fn subscribe(world: &World, client: &str, receiver: &Receiver, query: &str) -> String {
    let body = json!({ "callback": receiver.url(), "query": query });
    let reply = world.client(client).post(HUB, &body).await.expect(201);
    reply.at("/secret").as_str().unwrap().to_owned()
}

/// An event of customer 1001: a line is blocked, or active again.
pub async fn happen(world: &World, is_blocked: bool) {
    let code = if is_blocked { "Blocked" } else { "Active" };
    let body = json!({ "code": code, "assetType": "SIM" });
    world.portal().put(&format!("/billing/subscribers/{LINE}/status"), &body).await.expect(200);
}

/// Lets time pass, and events move.
pub async fn pass(world: &World, time: TimeDelta) {
    world.clock.set(world.clock.now() + time);
    world.forget_tokens().await;
    world.settle().await;
}

pub async fn state(world: &World, client: &str) -> Value {
    world.client(client).get("/hub/v1/hub/1").await.expect(200).json()
}

fn waiting(world: &World) -> usize {
    world.queues.messages(QUEUE).len() + world.queues.messages("WebhookDeadLetters").len()
}

/// HMAC-SHA-256 as RFC 2104 has it, computed by another library than the function's, in base64.
fn hmac(key: &[u8], message: &str) -> String {
    use base64::Engine as _;
    let pad =
        |byte: u8| key.iter().copied().chain(std::iter::repeat(0)).take(64).map(|one| one ^ byte).collect::<Vec<_>>();
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    base64::engine::general_purpose::STANDARD.encode(outer)
}

#[track_caller]
fn is_signed(delivery: &Delivery, secret: &str) {
    use base64::Engine as _;
    let key = base64::engine::general_purpose::STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let [id, time] = ["webhook-id", "webhook-timestamp"].map(|name| delivery.header(name));
    let expected = format!("v1,{}", hmac(&key, &format!("{id}.{time}.{}", delivery.body)));
    assert_eq!(delivery.header("webhook-signature"), expected);
}

#[tokio::test]
async fn an_event_arrives_signed() {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(204)).await;
    let secret = subscribe(&world, "demo-acme", &receiver, "").await;
    happen(&world, true).await;
    world.settle().await;
    let [delivery] = receiver.take().try_into().unwrap();
    is_signed(&delivery, &secret);
    assert_eq!(delivery.header("webhook-timestamp"), world.clock.now().timestamp().to_string());
    assert_eq!(delivery.header("content-type"), "application/json");
    let body = delivery.json();
    assert_eq!(
        (&body["type"], &body["version"], &body["timestamp"]),
        (&json!("SubscriberStatusChanged"), &json!(1), &json!("2026-03-10T15:00:00Z"))
    );
    assert_eq!((&body["data"]["customer"], &body["data"]["code"]), (&json!("1001"), &json!("Blocked")));
    let told = world.items().into_iter().find(|item| item.contains("\"SubscriberStatusChanged\"")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["event_id"]["S"], delivery.header("webhook-id"), "the event's own id");
    assert_eq!((waiting(&world), state(&world, "demo-acme").await["state"].as_str()), (0, Some("active")));
}

#[tokio::test]
async fn a_client_is_told_of_what_it_sees_and_asks_for() {
    let world = World::demo().await;
    let [acme, globex, bills, all] = [(); 4].map(|()| Receiver::start(Manner::status(200)));
    let (acme, globex, bills, all) = (acme.await, globex.await, bills.await, all.await);
    subscribe(&world, "demo-acme", &acme, "eventType=SubscriberStatusChanged").await;
    subscribe(&world, "demo-globex", &globex, "").await;
    subscribe(&world, "demo-acme", &bills, "eventType=BillPaid,BillGenerated").await;
    subscribe(&world, "demo-portal", &all, "").await;
    happen(&world, true).await;
    let other = format!("/billing/subscribers/{OTHERS}/status");
    world.portal().put(&other, &json!({ "code": "Blocked", "assetType": "SIM" })).await.expect(200);
    world.settle().await;
    let customers = |receiver: &Receiver| {
        let mut told: Vec<_> =
            receiver.take().iter().map(|one| one.json()["data"]["customer"].as_str().unwrap().to_owned()).collect();
        told.sort();
        told
    };
    assert_eq!(customers(&acme), ["1001"]);
    assert_eq!(customers(&globex), ["1002"]);
    assert_eq!(customers(&bills), [""; 0]);
    assert_eq!(customers(&all), ["1001", "1002"]);
}

#[tokio::test]
async fn a_second_delivery_tells_the_same_by_the_same_id() {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(200)).await;
    let secret = subscribe(&world, "demo-acme", &receiver, "").await;
    let sample: Value = serde_json::from_str(&tests::file("events/webhook-deliver/fan-out.json")).unwrap();
    let body = sample["Records"][0]["body"].as_str().unwrap();
    for _ in 0..2 {
        world.queues.send(QUEUE, body.to_owned(), Default::default(), world.clock.now()).unwrap();
        world.settle().await;
    }
    let [first, second] = receiver.take().try_into().unwrap();
    assert_eq!((first.header("webhook-id"), &first.body), (second.header("webhook-id"), &second.body));
    is_signed(&second, &secret);
}

/// Each failure is tried again after the pause, and a success forgets them.
#[tokio::test]
async fn what_fails_is_tried_again_after_pauses_until_it_is_taken() {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(500)).await;
    let secret = subscribe(&world, "demo-acme", &receiver, "").await;
    happen(&world, true).await;
    world.settle().await;
    let id = receiver.take()[0].header("webhook-id").to_owned();
    let shown = state(&world, "demo-acme").await;
    assert_eq!((&shown["state"], &shown["failures"]), (&json!("failing"), &json!(1)));
    assert_eq!(shown["nextAttemptAt"], "2026-03-10T10:00:05-05:00");
    pass(&world, TimeDelta::seconds(4)).await;
    assert_eq!(receiver.take().len(), 0);
    pass(&world, TimeDelta::seconds(2)).await;
    assert_eq!(receiver.take().len(), 1);
    // Five minutes later; what waits looks again within a quarter of an hour.
    receiver.become_one_that(Manner::status(200));
    pass(&world, TimeDelta::seconds(299)).await;
    assert_eq!(receiver.take().len(), 0);
    pass(&world, TimeDelta::minutes(15)).await;
    let [delivery] = receiver.take().try_into().unwrap();
    assert_eq!(delivery.header("webhook-id"), id);
    is_signed(&delivery, &secret);
    let shown = state(&world, "demo-acme").await;
    assert_eq!((&shown["state"], &shown["failures"], waiting(&world)), (&json!("active"), &Value::Null, 0));
    receiver.become_one_that(Manner::status(500));
    happen(&world, false).await;
    world.settle().await;
    assert_eq!(state(&world, "demo-acme").await["failures"], 1, "the failures before are forgotten");
}

#[tokio::test]
async fn a_day_of_failing_ends_a_subscription_with_a_word_to_the_world() {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(500)).await;
    subscribe(&world, "demo-acme", &receiver, "").await;
    happen(&world, true).await;
    happen(&world, false).await;
    world.settle().await;
    let mut said = String::new();
    for _ in 0..100 {
        said += &log::of(pass(&world, TimeDelta::minutes(15))).await;
    }
    let shown = state(&world, "demo-acme").await;
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("disabled"), &json!("the address has failed for a day")));
    let [since, ended] = ["failingSince", "disabledAt"].map(|field| shown[field].as_str().unwrap());
    let lasted = DateTime::parse_from_rfc3339(ended).unwrap() - DateTime::parse_from_rfc3339(since).unwrap();
    assert!((TimeDelta::hours(24)..TimeDelta::minutes(24 * 60 + 16)).contains(&lasted), "{shown}");
    let tried = receiver.take().len();
    assert!((8..=10).contains(&tried), "{tried} requests in a day");
    assert_eq!(waiting(&world), 0);
    assert_eq!(said.matches(webhook_deliver::HOOK_DISABLED).count(), 1, "{said}");
    assert!(said.contains("\"outcome\":\"dropped\"") && said.contains("the subscription is given up"), "{said}");
    let told: Vec<_> = world.items().into_iter().filter(|item| item.contains("\"HubDisabled\"")).collect();
    assert_eq!(told.len(), 1);
    happen(&world, true).await;
    world.settle().await;
    assert_eq!((receiver.take().len(), waiting(&world)), (0, 0), "nothing more is told");
    world.client("demo-acme").delete("/hub/v1/hub/1", &json!({})).await.expect(204);
}

#[tokio::test]
async fn an_address_that_is_gone_ends_its_subscription_at_once() {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(410)).await;
    subscribe(&world, "demo-acme", &receiver, "").await;
    happen(&world, true).await;
    happen(&world, false).await;
    world.settle().await;
    let shown = state(&world, "demo-acme").await;
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("disabled"), &json!("the address has answered 410")));
    assert_eq!(waiting(&world), 0);
    let told = world.items().into_iter().filter(|item| item.contains("\"HubDisabled\"")).count();
    assert_eq!(told, 1, "two requests were under way, and it ended once");
}

#[tokio::test]
async fn an_address_may_ask_to_be_left_alone() {
    let world = World::demo().await;
    let asks = Manner::Says(429, vec![("retry-after", "120".to_owned())], String::new());
    let receiver = Receiver::start(asks).await;
    subscribe(&world, "demo-acme", &receiver, "").await;
    happen(&world, true).await;
    world.settle().await;
    assert_eq!(receiver.take().len(), 1);
    pass(&world, TimeDelta::seconds(119)).await;
    assert_eq!(receiver.take().len(), 0);
    pass(&world, TimeDelta::seconds(3)).await;
    assert_eq!(receiver.take().len(), 1);
}

/// Guard: `Hook::claimed`, and that a failure is written at the revision that it was tried at.
#[tokio::test]
async fn while_it_fails_one_request_at_a_time_is_made_and_counted() {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(500)).await;
    subscribe(&world, "demo-acme", &receiver, "").await;
    for is_blocked in [true, false, true, false, true] {
        happen(&world, is_blocked).await;
    }
    world.settle().await;
    assert!(receiver.take().len() <= 5);
    assert_eq!(state(&world, "demo-acme").await["failures"], 1, "five requests at once, one failure");
    pass(&world, TimeDelta::seconds(6)).await;
    assert_eq!(receiver.take().len(), 1);
    assert_eq!(state(&world, "demo-acme").await["failures"], 2);
    receiver.become_one_that(Manner::status(200));
    for _ in 0..3 {
        pass(&world, TimeDelta::minutes(15)).await;
    }
    let mut ids: Vec<_> = receiver.take().iter().map(|one| one.header("webhook-id").to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), waiting(&world)), (5, 0), "all five arrive");
}

#[tokio::test]
async fn one_that_never_answers_keeps_nobody_waiting() {
    let world = World::demo().await;
    let (silent, quick) = (Receiver::start(Manner::IsSilent).await, Receiver::start(Manner::status(200)).await);
    subscribe(&world, "demo-acme", &silent, "").await;
    subscribe(&world, "demo-portal", &quick, "").await;
    for is_blocked in [true, false, true, false] {
        happen(&world, is_blocked).await;
    }
    world.settle().await;
    assert_eq!(quick.take().len(), 4);
    // One after the other, the first that is not answered would have put the others off.
    assert!(silent.take().len() > 1, "requests of a batch are made side by side");
    assert_eq!(state(&world, "demo-acme").await["failures"], 1);
}

#[tokio::test]
async fn an_address_that_lies_leads_nowhere_and_says_nothing() {
    let world = World::demo().await;
    let inside = Receiver::start(Manner::status(200)).await;
    let redirect = Manner::Says(302, vec![("location", inside.url())], String::new());
    let liar = Receiver::start(redirect).await;
    subscribe(&world, "demo-acme", &liar, "").await;
    happen(&world, true).await;
    let said = log::of(world.settle()).await;
    assert_eq!((liar.take().len(), inside.take().len()), (1, 0));
    assert!(said.contains("its address answered 302") && !said.contains(&inside.url()), "{said}");
    // A body without end, and one with what must not be kept.
    let secret = "do-not-keep-this";
    liar.become_one_that(Manner::Says(500, vec![("x-secret", secret.to_owned())], secret.repeat(100_000)));
    let said = log::of(pass(&world, TimeDelta::seconds(6))).await;
    assert_eq!(liar.take().len(), 1);
    assert!(said.contains("its address answered 500") && !said.contains(secret), "{said}");
    assert!(world.items().iter().all(|item| !item.contains(secret)));
    liar.become_one_that(Manner::Says(200, Vec::new(), secret.repeat(1_000_000)));
    pass(&world, TimeDelta::minutes(15)).await;
    assert_eq!((liar.take().len(), state(&world, "demo-acme").await["state"].as_str()), (1, Some("active")));
}

/// Guard: the client is looked at again at each delivery.
#[tokio::test]
async fn what_waits_is_not_told_to_who_may_not_see_it_any_more() {
    for loss in ["customer", "client", "subscription"] {
        let world = World::demo().await;
        let receiver = Receiver::start(Manner::status(500)).await;
        subscribe(&world, "demo-acme", &receiver, "").await;
        happen(&world, true).await;
        world.settle().await;
        assert_eq!(receiver.take().len(), 1);
        let id = "demo-acme".parse().unwrap();
        match loss {
            "customer" => {
                let change = Change { sees: Some("1002".parse().unwrap()), ..Change::default() };
                world.operator.change(&id, &change, world.clock.now()).await.unwrap();
            }
            "client" => world.operator.disable(&id, world.clock.now()).await.map(drop).unwrap(),
            _ => drop(world.client("demo-acme").delete("/hub/v1/hub/1", &json!({})).await.expect(204)),
        }
        receiver.become_one_that(Manner::status(200));
        let said = log::of(pass(&world, TimeDelta::minutes(1))).await;
        assert_eq!((receiver.take().len(), waiting(&world)), (0, 0), "{loss}");
        assert!(said.contains("\"outcome\":\"dropped\""), "{loss}: {said}");
        happen(&world, false).await;
        world.settle().await;
        assert_eq!((receiver.take().len(), waiting(&world)), (0, 0), "{loss}: nor of what happens later");
    }
}

#[tokio::test]
async fn a_delivery_reads_what_is_allowed_and_writes_nothing() {
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(200)).await;
    let sample: Value = serde_json::from_str(&tests::file("events/webhook-deliver/fan-out.json")).unwrap();
    let body = sample["Records"][0]["body"].as_str().unwrap();
    let cost = async || {
        world.queues.send(QUEUE, body.to_owned(), Default::default(), world.clock.now()).unwrap();
        world.meter.take();
        world.settle().await;
        let asked = world.meter.take();
        assert!(asked.iter().all(|one| ["Query", "BatchGetItem"].contains(&one.operation.as_str())), "{asked:?}");
        asked.iter().map(|one| one.tenths * 10).sum::<u64>()
    };
    assert!(cost().await <= DIVIDED.read, "nobody asks for it");
    subscribe(&world, "demo-acme", &receiver, "").await;
    assert!(cost().await <= DIVIDED.read + LOOKED_AT.read + DELIVERED.read);
    assert_eq!(receiver.take().len(), 1);
}

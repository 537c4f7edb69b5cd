//! A subscription request reaches its effect once, whatever happens between the request and the plan.
//!
//! Guards: the activation is created where none is; the line is written at the revision it was loaded at; a message leaves
//! its queue only when it is answered for.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use local::sources::CutOff;
use serde_json::{Value, json};
use shared::domain::subscriber::Activation;
use shared::table::Changes;
use tests::World;
use tests::connector::faults::Fault;
use tests::world::{LINE, OTHERS};

const QUEUE: &str = "Orders";
const DEAD_LETTERS: &str = "OrderDeadLetters";
const PLAN: &str = "150";
/// A little more than the time for which a received message is hidden.
const HIDDEN: TimeDelta = TimeDelta::seconds(181);

async fn request(world: &World) {
    let body = json!({ "planId": PLAN, "planName": "x", "categoryName": "x", "name": "Ana Sample" });
    world.portal().post(&format!("/plans/subscribers/{LINE}/subscriptionrequests/"), &body).await.expect(200);
}

/// The days from which the plan runs: on the line, and in the record beside it.
async fn runs_since(world: &World) -> (Option<NaiveDate>, Vec<Activation>) {
    let line = world.line(LINE).await;
    let activations = world.operator.writer.reader().activations(&line.msisdn).await.unwrap();
    (line.additional_since.get(&PLAN.parse().unwrap()).copied(), activations)
}

async fn runs_once(world: &World, since: &str) {
    let (day, activations) = runs_since(world).await;
    let since = since.parse().unwrap();
    assert_eq!(day, Some(since));
    assert_eq!(activations.iter().map(|one| one.since).collect::<Vec<_>>(), [since]);
}

/// Lets time pass and events move until nothing is left to be received.
async fn until_quiet(world: &World) {
    for _ in 0..8 {
        world.settle().await;
        world.clock.set(world.clock.now() + HIDDEN);
    }
}

/// The event of a request, as the bus puts it into the queue.
async fn event(world: &World) -> Value {
    let line = world.line(LINE).await;
    let at = world.clock.now();
    let payload =
        json!({ "msisdn": line.msisdn, "customer": line.customer, "plan": PLAN, "revision": line.rev, "at": at });
    let detail = json!({ "id": "1", "type": "SubscriptionRequested", "version": "1", "payload": payload.to_string() });
    json!({ "detail-type": "SubscriptionRequested", "source": "selfcare", "detail": detail })
}

fn send(world: &World, body: &Value) {
    world.queues.send(QUEUE, body.to_string(), Default::default(), world.clock.now()).unwrap();
}

/// Why the only dead letter is there, and how often it was received before.
fn parked(world: &World) -> (String, u32) {
    let messages = world.queues.messages(DEAD_LETTERS);
    assert_eq!(messages.len(), 1, "{messages:?}");
    (messages[0].attributes.get("reason").cloned().unwrap_or_default(), messages[0].receives)
}

#[tokio::test]
async fn a_requested_plan_runs_from_today_and_the_world_is_told() {
    let world = World::demo().await;
    request(&world).await;
    assert_eq!(runs_since(&world).await, (None, Vec::new()));
    world.settle().await;
    runs_once(&world, "2026-03-10").await;
    let told = world.items().into_iter().filter(|item| item.contains("\"SubscriptionActivated\"")).count();
    assert_eq!((told, world.queues.messages(QUEUE).len(), world.queues.messages(DEAD_LETTERS).len()), (1, 0, 0));
}

#[tokio::test]
async fn a_second_delivery_changes_nothing() {
    let world = World::demo().await;
    request(&world).await;
    let again = event(&world).await;
    world.settle().await;
    world.clock.set(world.clock.now() + TimeDelta::days(1));
    world.settle().await;
    let before = world.items();
    send(&world, &again);
    world.settle().await;
    assert_eq!(world.items(), before);
    assert!(world.queues.messages(QUEUE).is_empty() && world.queues.messages(DEAD_LETTERS).is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_fault_on_the_way_ends_in_one_effect() {
    for operation in ["BatchGetItem", "TransactWriteItems"] {
        for fault in Fault::ALL {
            if operation == "BatchGetItem" && fault == Fault::Conflict {
                continue; // Only transactions conflict.
            }
            for times in [1, 12] {
                let world = World::demo().await;
                request(&world).await;
                world.faults.next(operation, fault, times);
                world.settle().await;
                assert!(world.faults.pending() < times, "{operation} {fault:?}: not met");
                world.faults.clear();
                until_quiet(&world).await;
                runs_once(&world, "2026-03-10").await;
                assert_eq!(world.queues.depths().values().sum::<usize>(), 0, "{operation} {fault:?} {times}");
            }
        }
    }
}

#[tokio::test]
async fn a_crash_anywhere_leaves_all_or_nothing_and_the_next_delivery_ends_it() {
    let (mut cut, mut half) = (0, 0);
    for polls in 0..60 {
        let world = World::demo().await;
        request(&world).await;
        let body = event(&world).await;
        let record = json!({ "Records": [{ "messageId": "1", "body": body.to_string() }] });
        let function = &world.functions["order-fulfilment"];
        let ended = CutOff::after(polls, function(record, Duration::from_secs(30))).await;
        cut += u32::from(ended.is_none());
        let (day, activations) = runs_since(&world).await;
        half += u32::from(day.is_some() != (activations.len() == 1));
        until_quiet(&world).await;
        runs_once(&world, "2026-03-10").await;
    }
    assert!((4..60).contains(&cut), "cut off before and after: {cut}");
    assert_eq!(half, 0);
}

#[tokio::test]
async fn two_deliveries_at_once_have_one_effect() {
    let world = World::demo().await;
    request(&world).await;
    let body = event(&world).await;
    let batch = |id: &str| json!({ "Records": [{ "messageId": id, "body": body.to_string() }] });
    let function = &world.functions["order-fulfilment"];
    let all = ["1", "2", "3", "4"].map(|id| function(batch(id), Duration::from_secs(30)));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.unwrap()["batchItemFailures"], json!([]));
    }
    runs_once(&world, "2026-03-10").await;
}

#[tokio::test]
async fn what_can_never_have_an_effect_is_parked_at_once_with_the_reason() {
    let world = World::demo().await;
    request(&world).await;
    let good = event(&world).await;
    let changed = |change: fn(&mut Value)| {
        let mut event = good.clone();
        change(&mut event["detail"]);
        event
    };
    for (body, reason) in [
        (json!("text"), "body: "),
        (json!({ "detail": {} }), "body: "),
        (changed(|detail| detail["type"] = json!("SomethingElse")), "type: "),
        (changed(|detail| detail["version"] = json!("x")), "version: must be a number"),
        (changed(|detail| detail["payload"] = json!("{}")), "payload: unreadable at line 1"),
        (
            changed(|detail| detail["payload"] = json!("{\"msisdn\":\"573001234567x\"}")),
            "payload: unreadable at line 1",
        ),
    ] {
        let world = World::demo().await;
        send(&world, &body);
        world.settle().await;
        let (why, receives) = parked(&world);
        assert!(why.starts_with(reason) && !why.contains("5730"), "{why}");
        assert_eq!((receives, world.queues.messages(QUEUE).len()), (0, 0), "told apart at once");
        assert_eq!(world.queues.messages(DEAD_LETTERS)[0].body, body.to_string());
    }
}

#[tokio::test]
async fn an_event_of_a_newer_version_waits_for_the_newer_function() {
    let world = World::demo().await;
    request(&world).await;
    let mut newer = event(&world).await;
    newer["detail"]["version"] = json!("2");
    world.settle().await;
    send(&world, &newer);
    until_quiet(&world).await;
    assert_eq!(parked(&world), (String::new(), 5), "given back as often as anything that passes");
}

#[tokio::test]
async fn a_version_is_a_number_whether_the_pipe_quotes_it_or_not() {
    let world = World::demo().await;
    request(&world).await;
    let mut event = event(&world).await;
    event["detail"]["version"] = json!(1);
    send(&world, &event);
    world.settle().await;
    runs_once(&world, "2026-03-10").await;
    assert!(world.queues.messages(DEAD_LETTERS).is_empty());
}

#[tokio::test]
async fn a_bad_message_does_not_take_its_batch_along() {
    let world = World::demo().await;
    request(&world).await;
    send(&world, &json!("text"));
    world.settle().await;
    runs_once(&world, "2026-03-10").await;
    assert!(parked(&world).0.starts_with("body: "));
}

#[tokio::test]
async fn a_line_that_has_moved_on_is_left_alone() {
    let world = World::demo().await;
    request(&world).await;
    let before = world.line(LINE).await;
    let mut after = before.value.clone();
    after.customer = world.line(OTHERS).await.customer.clone();
    let mut changes = Changes::new();
    changes.put_subscriber(Some(&before), &after, world.clock.now()).unwrap();
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
    world.settle().await;
    assert_eq!(runs_since(&world).await, (None, Vec::new()));
    assert_eq!(parked(&world).0, "the line is another customer's now");
}

#[tokio::test(start_paused = true)]
async fn after_five_receives_a_message_is_a_dead_letter_and_a_redrive_ends_it() {
    let world = World::demo().await;
    request(&world).await;
    world.faults.next("BatchGetItem", Fault::ServerError, 10_000);
    until_quiet(&world).await;
    assert_eq!(parked(&world), (String::new(), 5));
    assert!(world.queues.messages(QUEUE).is_empty());
    world.faults.clear();
    assert_eq!(world.queues.redrive(DEAD_LETTERS, Some(QUEUE), world.clock.now()), 1);
    world.settle().await;
    runs_once(&world, "2026-03-10").await;
    assert_eq!(world.queues.depths().values().sum::<usize>(), 0);
}

#[tokio::test]
async fn a_late_message_begins_on_the_day_it_is_carried_out() {
    let world = World::demo().await;
    request(&world).await;
    world.clock.set(world.clock.now() + TimeDelta::days(2));
    world.settle().await;
    runs_once(&world, "2026-03-12").await;
}

//! Upgrades that come true: visible and told once, on their day, whatever comes in between.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use local::sources::CutOff;
use serde_json::{Value, json};
use tests::World;
use tests::world::LINE;

use crate::log;
use crate::scene::moved;

const PLAN: &str = "104";
const DEAD_LETTERS: &str = "OrderDeadLetters";

async fn request(world: &World) {
    let path = format!("/plans/subscribers/{LINE}/upgraderequest");
    world.portal().post(&path, &json!({"planId": PLAN})).await.expect(200);
    world.settle().await;
}

fn set(world: &World, to: &str) {
    world.clock.set(to.parse::<DateTime<Utc>>().unwrap());
}

/// The line's row in the list of products.
async fn listed(world: &World) -> String {
    world.forget_tokens().await;
    let products = world.portal().get("/customers/1001/products").await.expect(200).json();
    products.as_array().unwrap().iter().map(Value::to_string).find(|row| row.contains(LINE)).unwrap()
}

/// The told events of a name.
fn told(world: &World) -> Vec<Value> {
    let items = world.items().into_iter().map(|item| serde_json::from_str::<Value>(&item).unwrap());
    let own = items.filter(|item| item["event"]["S"] == "PlanUpgraded");
    own.map(|item| serde_json::from_str(item["payload"]["S"].as_str().unwrap()).unwrap()).collect()
}

fn waits(world: &World) -> usize {
    world.items().iter().filter(|item| item.contains("DUE#")).count()
}

/// The schedule's message about 15 March, handed to the function directly.
async fn deliver(world: &World) -> Value {
    let sample = serde_json::from_str(&tests::file("events/order-fulfilment/begin-day.json")).unwrap();
    world.functions["order-fulfilment"](sample, Duration::from_secs(30)).await.unwrap()
}

fn all_done() -> Value {
    json!({ "batchItemFailures": [] })
}

#[tokio::test]
async fn an_upgrade_is_visible_and_told_when_its_day_has_begun() {
    let world = World::demo().await;
    request(&world).await;
    let before = listed(&world).await;
    // 00:04:59 of 15 March in Colombia.
    set(&world, "2026-03-15T05:04:59Z");
    world.settle().await;
    assert_eq!((told(&world).len(), waits(&world)), (0, 1));
    set(&world, "2026-03-15T05:05:00Z");
    world.settle().await;
    let expected = json!({
        "msisdn": format!("57{LINE}"), "customer": "1001", "contract": "500101", "plan": PLAN, "since": "2026-03-15",
        "requested_at": "2026-03-10T15:00:00Z",
    });
    assert_eq!((told(&world), waits(&world)), (vec![expected], 0));
    let after = listed(&world).await;
    assert_ne!(before, after);
    assert!(after.contains("Todo Sin L\u{ed}mites"), "{after}");
}

#[tokio::test]
async fn an_upgrade_is_told_once_however_often_the_day_is_told() {
    let world = World::demo().await;
    request(&world).await;
    set(&world, "2026-03-15T05:05:00Z");
    assert_eq!(deliver(&world).await, all_done());
    let once = world.items();
    for _ in 0..2 {
        assert_eq!(deliver(&world).await, all_done());
        assert_eq!(world.items(), once);
    }
}

/// Guard: what became of the request is created where nothing is, and found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_messages_of_a_day_at_once_tell_an_upgrade_once() {
    let world = World::demo().await;
    request(&world).await;
    set(&world, "2026-03-15T05:05:00Z");
    for answer in futures_util::future::join_all((0..6).map(|_| deliver(&world))).await {
        assert_eq!(answer, all_done());
    }
    assert_eq!((told(&world).len(), waits(&world)), (1, 0));
}

/// A week later: nobody has told the days before.
#[tokio::test]
async fn a_day_that_nobody_told_is_caught_up() {
    let world = World::demo().await;
    request(&world).await;
    set(&world, "2026-03-20T06:00:00Z");
    world.settle().await;
    let since: Vec<_> = told(&world).iter().map(|event| event["since"].clone()).collect();
    assert_eq!((since, waits(&world)), (vec![json!("2026-03-15")], 0));
}

#[tokio::test]
async fn a_day_that_has_not_begun_here_waits() {
    let world = World::demo().await;
    request(&world).await;
    set(&world, "2026-03-15T04:59:59Z");
    assert_ne!(deliver(&world).await, all_done());
    assert_eq!((told(&world).len(), waits(&world)), (0, 1));
}

/// Guard: an upgrade is its customer's.
#[tokio::test]
async fn an_upgrade_of_a_line_that_has_changed_hands_is_neither_shown_nor_told() {
    let world = World::demo().await;
    request(&world).await;
    let mut record = moved(&world).await;
    record.as_object_mut().unwrap().remove("upgrade");
    world.import(&[record]).await.unwrap();
    set(&world, "2026-03-15T05:05:00Z");
    assert_eq!(deliver(&world).await, all_done());
    assert_eq!((told(&world).len(), waits(&world)), (0, 0));
}

/// Guard: line, list, activation and the list of the day are one transaction.
#[tokio::test]
async fn a_crash_anywhere_leaves_it_to_the_next_delivery() {
    for steps in 1.. {
        let world = World::demo().await;
        request(&world).await;
        set(&world, "2026-03-15T05:05:00Z");
        let was_cut = CutOff::after(steps, deliver(&world)).await.is_none();
        assert_eq!(told(&world).len() + waits(&world), 1, "after {steps} steps");
        assert_eq!(deliver(&world).await, all_done());
        assert_eq!((told(&world).len(), waits(&world)), (1, 0), "after {steps} steps");
        assert!(listed(&world).await.contains("Todo Sin L\u{ed}mites"));
        if !was_cut {
            break;
        }
    }
}

/// More than one message takes.
#[tokio::test]
async fn a_long_list_goes_on_by_further_messages() {
    let world = World::demo().await;
    many(&world, 230).await;
    assert_eq!(waits(&world), 230);
    set(&world, "2026-03-15T05:05:00Z");
    world.settle().await;
    assert_eq!((told(&world).len(), waits(&world)), (230, 0));
    world.clock.set(world.clock.now() + TimeDelta::days(1));
    world.settle().await;
    assert_eq!(told(&world).len(), 230);
}

/// Many lines that wait for an upgrade, as loads have told.
async fn many(world: &World, count: usize) {
    let model = world.line_record(LINE).await;
    let line = |at| {
        let mut line = model.clone();
        line["msisdn"] = json!(format!("57310555{at:04}"));
        line["upgrade"] =
            json!({"plan": PLAN, "requested_at": "2026-03-09T15:00:00Z", "from": "2026-03-15", "open": true});
        line
    };
    world.import(&(0..count).map(line).collect::<Vec<_>>()).await.unwrap();
}

/// Rows of an earlier form, and rows that are none, before all others.
#[tokio::test]
async fn a_row_that_cannot_be_read_holds_up_no_other() {
    let world = World::demo().await;
    many(&world, 130).await;
    for at in 0..110 {
        let row = json!({
            "pk": { "S": "DUE#2026-03-15" }, "sk": { "S": format!("104#573000{at:06}#000000000001") },
            "msisdn": { "S": format!("573000{at:06}") }, "plan": { "S": PLAN }, "day": { "S": "2026-03-15" },
        });
        let put = json!({ "TableName": world.store.table(), "Item": row });
        world.store.embedded.call("PutItem", &put).unwrap();
    }
    set(&world, "2026-03-15T05:05:00Z");
    let log = log::of(world.settle()).await;
    assert_eq!((told(&world).len(), waits(&world)), (130, 110));
    assert!(log.contains("upgrades of a list cannot be read") && !log.contains("573000"), "{log}");
    assert!(world.queues.messages(DEAD_LETTERS).is_empty());
}

/// Its line cannot be read: it fails whenever it is looked at.
#[tokio::test]
async fn one_that_always_fails_fails_alone() {
    let world = World::demo().await;
    many(&world, 230).await;
    let line = json!({ "pk": { "S": "SUB#573105550003" }, "sk": { "S": "S" }, "rev": { "N": "1" } });
    world.store.embedded.call("PutItem", &json!({ "TableName": world.store.table(), "Item": line })).unwrap();
    set(&world, "2026-03-15T05:05:00Z");
    world.settle().await;
    for _ in 0..20 {
        world.clock.set(world.clock.now() + TimeDelta::minutes(10));
        world.settle().await;
    }
    assert_eq!((told(&world).len(), waits(&world)), (229, 1));
    let dead = world.queues.messages(DEAD_LETTERS);
    assert_eq!((dead.len(), world.queues.messages("Orders").len()), (1, 0));
    assert!(dead[0].body.contains("573105550003") && !dead[0].body.contains("573105550004"), "{}", dead[0].body);
}

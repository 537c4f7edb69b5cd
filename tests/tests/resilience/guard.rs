//! Limits of usage are told once in a period, whatever happens between the usage and the look.
//!
//! Guards: a limit is created where none is; it comes before the watch that lets usage pass; a watch is left only over the one
//! that was read; a look that a watch promises is in a list before the watch is on the line; what pays for a day is told of it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use local::guard::{Guard, agree};
use local::sources::CutOff;
use serde_json::{Value, json};
use tests::World;
use tests::connector::faults::Fault;
use tests::guard::LOOKS;
use tests::world::{LINE, OTHERS, PREPAID};

const DEAD_LETTERS: &str = "UsageLookDeadLetters";
/// A little more than the time for which a received message is hidden.
const HIDDEN: TimeDelta = TimeDelta::seconds(361);
/// Half of what the demo's line has included, in kilobytes, and a little.
const HALF: u64 = 6_150_000;

async fn until_quiet(world: &World) {
    for _ in 0..8 {
        world.settle().await;
        world.clock.set(world.clock.now() + HIDDEN);
    }
}

fn send(world: &World, body: &str) {
    world.queues.send(LOOKS, body.to_owned(), Default::default(), world.clock.now()).unwrap();
}

/// A message as Lambda hands it over.
fn batch(body: &str) -> Value {
    json!({ "Records": [{ "messageId": "1", "body": body }] })
}

#[tokio::test]
async fn half_of_what_is_included_is_told_once() {
    let world = World::demo().await;
    world.use_data(LINE, HALF, None).await;
    world.settle().await;
    assert_eq!(world.limits_told(), ["500101 4567 datos 50"]);
    let (event, payload) = &world.guard_events()[0];
    assert_eq!(event, "UsageThresholdReached");
    assert_eq!((&payload["customer"], &payload["plan"]), (&json!("1001"), &json!("101")));
    assert_eq!(payload["period"], json!({ "from": "2026-02-15", "to": "2026-03-14" }));
    assert_eq!((&payload["used"], &payload["of"]), (&json!(HALF), &json!(12_000 * 1_024)));
    assert!(payload["estimate"]["minor"].as_i64().unwrap() > 0, "{payload}");
    let first = world.guard_events();
    // The same message again, more usage, and the look that comes by itself.
    send(&world, &world.want_look(&[LINE, LINE]));
    world.settle().await;
    world.clock.set(world.clock.now() + TimeDelta::minutes(1));
    world.use_data(LINE, 1_000, None).await;
    world.settle().await;
    world.pass_to_next_look(LINE).await;
    assert_eq!(world.guard_events(), first, "as it was told, at its time");
    assert!(world.queues.messages(DEAD_LETTERS).is_empty());
}

#[tokio::test]
async fn what_is_too_little_to_be_looked_at_is_seen_by_the_look_of_its_hour() {
    let world = World::demo().await;
    world.use_data(LINE, HALF - 200_000, None).await;
    world.settle().await;
    assert!(world.limits_told().is_empty());
    let first = world.watch(LINE).await.unwrap();
    world.clock.set(world.clock.now() + TimeDelta::hours(3));
    for _ in 0..12 {
        world.clock.set(world.clock.now() + TimeDelta::seconds(10));
        world.use_data(LINE, 20_000, None).await;
        world.settle().await;
    }
    assert_eq!(world.watch(LINE).await.unwrap(), first, "nobody has looked");
    assert!(
        world.limits_told().is_empty() && first.next.unwrap() < world.clock.now() + TimeDelta::days(3),
        "{first:?}"
    );
    // Usage has stopped.
    world.pass_to_next_look(LINE).await;
    assert_eq!(world.limits_told(), ["500101 4567 datos 50"]);
    for _ in 0..4 {
        if world.watch(LINE).await.unwrap().next.is_some() {
            world.pass_to_next_look(LINE).await;
        }
    }
    let rests = world.watch(LINE).await.unwrap();
    assert!(rests.quiet && rests.next.is_none(), "{rests:?}");
}

#[tokio::test]
async fn hours_that_nobody_has_walked_are_walked_by_the_next_walk() {
    let world = World::demo().await;
    world.use_data(LINE, HALF - 200_000, None).await;
    world.settle().await;
    world.clock.set(world.clock.now() + TimeDelta::hours(3));
    world.use_data(LINE, 20_000, None).await;
    world.settle().await;
    let next = world.watch(LINE).await.unwrap().next.unwrap();
    world.clock.set(world.clock.now() + TimeDelta::hours(1));
    world.settle().await;
    assert!(next > world.clock.now(), "{next}");
    // The schedule was out of order for a day.
    world.clock.set(next + TimeDelta::hours(20));
    let due = |at: DateTime<Utc>| shared::events::message(&shared::domain::event::UsageLooksDue { at }, "due").unwrap();
    for _ in 0..2 {
        let answer = world.functions["usage-guard"](batch(&due(world.clock.now())), Duration::from_secs(60)).await;
        assert_eq!(answer.unwrap(), json!({ "batchItemFailures": [] }));
    }
    assert_eq!(world.queues.messages(LOOKS).len(), 1, "the second finds nothing left");
    for message in world.queues.messages(LOOKS) {
        world.functions["usage-guard"](batch(&message.body), Duration::from_secs(60)).await.unwrap();
    }
    assert!(world.watch(LINE).await.unwrap().at == world.clock.now(), "it was looked at");
}

#[tokio::test]
async fn data_roaming_is_held_until_the_customer_agrees_or_a_period_begins() {
    let world = World::demo().await;
    let (writer, country) = (&world.operator.writer, world.country());
    let now = || world.clock.now();
    let free = agree(writer, country, LINE, now()).await.unwrap_err();
    assert_eq!(free.to_string(), format!("LINE: must be a line whose data roaming is held; that of {LINE} is free"));
    world.use_data(LINE, 9 * 1_024, Some("34")).await;
    world.settle().await;
    assert_eq!(world.limits_told(), ["500101 4567 DataRoamingHeld", "500101 all amount 2000000"]);
    let shown = async || Guard::of(writer.reader(), country, LINE, now()).await.unwrap().to_string();
    assert!(shown().await.contains("data roaming: held"), "{}", shown().await);
    let held = &world.guard_events()[0].1;
    assert_eq!((&held["cap"]["minor"], &held["used"]["minor"]), (&json!(4_000_000), &json!(4_500_000)));
    assert_eq!(held["period"]["to"], json!("2026-03-14"));
    let said = agree(writer, country, LINE, now()).await.unwrap();
    assert!(said.ends_with("goes on until 2026-03-14\n"), "{said}");
    let again = agree(writer, country, LINE, now()).await.unwrap();
    assert!(again.starts_with("the customer has agreed before"), "{again}");
    assert!(shown().await.contains("data roaming: agreed"));
    let events =
        |world: &World| world.guard_events().iter().filter(|(event, _)| event.starts_with("DataRoaming")).count();
    assert_eq!(events(&world), 2);
    // More of it holds nothing a second time; a new period begins anew.
    world.use_data(LINE, 20 * 1_024, Some("34")).await;
    world.settle().await;
    assert_eq!(events(&world), 2);
    world.clock.set("2026-03-15T15:00:00Z".parse().unwrap());
    assert!(shown().await.contains("data roaming: free"), "{}", shown().await);
    world.use_data(LINE, 9 * 1_024, Some("34")).await;
    world.settle().await;
    assert_eq!(events(&world), 3);
}

#[tokio::test]
async fn a_period_has_limits_of_its_own_and_the_last_evening_is_told_in_the_next() {
    let world = World::demo().await;
    world.use_data(LINE, HALF, None).await;
    world.settle().await;
    world.clock.set("2026-03-15T04:59:00Z".parse().unwrap());
    // It arrives after midnight.
    let evening = world.clock.now();
    world.use_data(LINE, 4_000_000, None).await;
    world.clock.set(evening + TimeDelta::minutes(30));
    world.settle().await;
    assert_eq!(world.limits_told(), ["500101 4567 datos 50", "500101 4567 datos 80"]);
    world.use_data(LINE, HALF + 600_000, None).await;
    world.settle().await;
    let periods: Vec<_> = world.guard_events().iter().map(|(_, told)| told["period"]["from"].clone()).collect();
    assert_eq!(periods, ["2026-02-15", "2026-02-15", "2026-03-15"]);
}

#[tokio::test]
async fn a_line_that_moves_takes_nothing_to_its_new_contract() {
    let world = World::demo().await;
    world.use_data(LINE, HALF - 100_000, None).await;
    world.settle().await;
    let mut record = world.line_record(LINE).await;
    let other = world.line_record(OTHERS).await;
    for field in ["customer", "account", "profile", "contract"] {
        record[field] = other[field].clone();
    }
    record["identities"] = other["identities"].clone();
    world.import(&[record]).await.unwrap();
    for _ in 0..3 {
        world.clock.set(world.clock.now() + TimeDelta::hours(9));
        world.use_data(LINE, 200_000, None).await;
        world.settle().await;
    }
    assert!(world.limits_told().is_empty(), "{:?}", world.limits_told());
    let watch = world.watch(LINE).await.unwrap();
    assert_eq!(watch.contract.as_str(), "500201");
    world.use_data(LINE, HALF, None).await;
    world.settle().await;
    let own: Vec<_> = world.limits_told();
    assert!(!own.is_empty() && own.iter().all(|told| told.starts_with("500201 4567 ")), "{own:?}");
    assert!(world.guard_events().iter().all(|(_, told)| told["customer"] == "1002"));
}

#[tokio::test]
async fn usage_of_a_prepaid_line_is_not_looked_at() {
    let world = World::demo().await;
    world.use_data(PREPAID, 100 * HALF, Some("34")).await;
    world.settle().await;
    assert!(world.limits_told().is_empty() && world.watch(PREPAID).await.is_none());
}

#[tokio::test]
async fn a_look_changes_no_revision_and_a_write_of_the_line_no_watch() {
    let world = World::demo().await;
    let before = world.line(LINE).await.rev;
    world.use_data(LINE, HALF, None).await;
    world.settle().await;
    assert_eq!(world.line(LINE).await.rev, before);
    let watch = world.watch(LINE).await;
    let path = format!("/plans/subscribers/{LINE}/upgraderequest");
    world.portal().post(&path, &json!({ "planId": "104" })).await.expect(200);
    let after = world.line(LINE).await;
    assert!(after.rev > before && after.value.watch == watch && watch.is_some());
    // Loaded again it is the same line.
    let record = world.line_record(LINE).await;
    world.import(&[record]).await.unwrap();
    assert_eq!(world.line(LINE).await.value, after.value);
}

#[tokio::test(start_paused = true)]
async fn a_look_beside_a_block_loses_neither() {
    for seed in 0..12 {
        let world = World::demo().await;
        world.use_data(LINE, HALF, None).await;
        let path = format!("/billing/subscribers/{LINE}/status");
        let body = json!({ "code": "Blocked", "assetType": "SIM" });
        let portal = world.portal();
        let block = async {
            for _ in 0..seed {
                tokio::task::yield_now().await;
            }
            portal.put(&path, &body).await.expect(200)
        };
        tokio::join!(world.settle(), block);
        until_quiet(&world).await;
        let line = world.line(LINE).await.value;
        assert!(line.blocked.any() && line.watch.is_some(), "seed {seed}");
        assert_eq!(world.limits_told(), ["500101 4567 datos 50"], "seed {seed}");
    }
}

/// A world with usage that has reached three limits, and nobody has looked yet.
async fn unseen() -> World {
    let world = World::demo().await;
    world.use_all(LINE, &[(HALF, None), (9 * 1_024, Some("34"))]).await;
    world.take_in_alone().await;
    world
}

const ALL: [&str; 3] = ["500101 4567 datos 50", "500101 4567 DataRoamingHeld", "500101 all amount 2000000"];

async fn look(world: &World, body: &str) -> Value {
    world.functions["usage-guard"](batch(body), Duration::from_secs(60)).await.unwrap()
}

#[tokio::test]
async fn looks_at_once_tell_once() {
    let world = unseen().await;
    world.meter.slow_down();
    let body = world.want_look(&[LINE]);
    let (one, two, three) = tokio::join!(look(&world, &body), look(&world, &body), look(&world, &body));
    assert_eq!([one, two, three], [(); 3].map(|()| json!({ "batchItemFailures": [] })));
    assert_eq!(world.limits_told(), ALL);
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_a_limit_is_told_once() {
    for fault in Fault::ALL {
        for operation in ["BatchGetItem", "Query", "TransactWriteItems", "UpdateItem", "GetItem"] {
            for (skip, times) in [(0, 1), (0, 60), (1, 3), (2, 60)] {
                let world = unseen().await;
                world.faults.after(operation, skip, fault, times);
                world.settle().await;
                world.faults.clear();
                until_quiet(&world).await;
                assert_eq!(world.limits_told(), ALL, "{fault:?} of {operation} after {skip}, {times} times");
                assert!(world.watch(LINE).await.is_some());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_five_receives_a_look_is_a_dead_letter_and_a_redrive_does_it() {
    let world = unseen().await;
    world.faults.next("BatchGetItem", Fault::ServerError, 10_000);
    until_quiet(&world).await;
    assert_eq!(world.queues.messages(DEAD_LETTERS).len(), 1);
    world.faults.clear();
    world.queues.redrive(DEAD_LETTERS, Some(LOOKS), world.clock.now());
    world.settle().await;
    assert_eq!(world.limits_told(), ALL);
}

#[tokio::test]
async fn a_look_that_is_cut_off_anywhere_is_done_by_the_message_that_comes_back() {
    for steps in 0..200 {
        let world = unseen().await;
        let body = world.want_look(&[LINE]);
        let ended = CutOff::after(steps, look(&world, &body)).await.is_some();
        assert_eq!(look(&world, &body).await, json!({ "batchItemFailures": [] }));
        assert_eq!(world.limits_told(), ALL, "cut off after {steps}");
        assert!(world.watch(LINE).await.unwrap().next.is_some(), "cut off after {steps}");
        if ended {
            return;
        }
    }
    panic!("a look takes more steps than this test tries");
}

#[tokio::test]
async fn a_message_that_is_none_is_parked_and_a_line_that_is_none_is_let_go() {
    let world = World::demo().await;
    send(&world, "text");
    send(&world, &world.want_look(&["3000000000"]));
    world.settle().await;
    let parked = world.queues.messages(DEAD_LETTERS);
    assert_eq!(parked.len(), 1);
    assert!(parked[0].attributes["reason"].starts_with("body: "));
    assert!(world.queues.messages(LOOKS).is_empty());
}

#[tokio::test]
async fn limits_are_loaded_with_contracts_and_lines() {
    let world = World::demo().await;
    let mut record = world.line_record(LINE).await;
    record["guard"] = json!({ "percents": [10], "amounts": [700_000] });
    world.import(&[record.clone()]).await.unwrap();
    world.use_data(LINE, 1_300_000, None).await;
    world.use_data(LINE, 2 * 1_024, Some("34")).await;
    world.settle().await;
    assert_eq!(world.limits_told(), ["500101 4567 datos 10", "500101 4567 amount 700000"]);
    record["guard"] = json!({ "percents": [101] });
    let refused = world.import(&[record]).await.unwrap_err().to_string();
    assert!(refused.contains("guard.percents[0]: must be from 1 to 100"), "{refused}");
}

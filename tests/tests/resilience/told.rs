//! Upgrades that a load tells: shown and charged as those that are asked for here.
//!
//! Guards: a told upgrade of a former customer is nobody's; a record that is older than what became of its request changes
//! nothing; a day that has passed keeps its plan.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::domain::billing::plan::PlanHistory;
use tests::World;
use tests::world::LINE;

use crate::scene::moved;

const PLAN: &str = "104";

async fn set(world: &World, to: &str) {
    world.clock.set(to.parse::<DateTime<Utc>>().unwrap());
    world.forget_tokens().await;
}

async fn shown(world: &World) -> String {
    let reply = world.portal().get(&format!("/plans/subscribers/{LINE}/current")).await.expect(200);
    reply.at("/planId").as_str().unwrap().to_owned()
}

async fn charged(world: &World, contract: &str, day: &str) -> String {
    let (line, ledger) = (world.msisdn(LINE), world.ledger(contract).await);
    let history = PlanHistory::new(ledger.plans.iter().filter(|start| start.line == line), world.country().zone());
    history.plan_on(day.parse().unwrap()).unwrap().plan.to_string()
}

async fn state(world: &World) -> u16 {
    let answer = world.portal().get(&format!("/plans/subscribers/{LINE}/upgraderequest")).await;
    if answer.status() != 200 {
        return answer.status();
    }
    answer.json()["response"].as_str().unwrap().parse().unwrap()
}

/// The line's record, with an upgrade.
async fn record(world: &World, requested_at: &str, from: &str) -> Value {
    let mut record = world.line_record(LINE).await;
    record["upgrade"] = json!({ "plan": PLAN, "requested_at": requested_at, "from": from, "open": true });
    record
}

#[tokio::test]
async fn one_that_is_told_after_its_day_is_charged_from_the_day_on_which_it_is_shown() {
    let world = World::demo().await;
    set(&world, "2026-03-21T15:00:00Z").await;
    assert_eq!(shown(&world).await, "101");
    let record = record(&world, "2026-03-18T15:00:00Z", "2026-03-20").await;
    for _ in 0..2 {
        world.import(std::slice::from_ref(&record)).await.unwrap();
        assert_eq!(shown(&world).await, PLAN);
        for (day, plan) in [("2026-03-20", "101"), ("2026-03-21", PLAN), ("2026-05-01", PLAN)] {
            assert_eq!(charged(&world, "500101", day).await, plan, "{day}");
        }
    }
    set(&world, "2026-03-22T06:00:00Z").await;
    world.settle().await;
    assert_eq!((shown(&world).await, charged(&world, "500101", "2026-03-22").await), (PLAN.into(), PLAN.into()));
}

#[tokio::test]
async fn the_next_customer_has_nothing_of_it_however_often_the_record_is_loaded() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/upgraderequest");
    world.portal().post(&path, &json!({ "planId": PLAN })).await.expect(200);
    let mut record = moved(&world).await;
    world.import(&[record.clone()]).await.unwrap();
    set(&world, "2026-03-11T15:00:00Z").await;
    record["plan"] = json!("102");
    world.import(&[record]).await.unwrap();
    assert_eq!(state(&world).await, 404);
    set(&world, "2026-03-16T06:00:00Z").await;
    world.settle().await;
    assert_eq!((state(&world).await, shown(&world).await), (404, "102".to_owned()));
    assert_eq!(charged(&world, "500201", "2026-03-16").await, "102");
}

#[tokio::test]
async fn a_record_that_is_loaded_again_after_the_day_does_not_take_it_back() {
    for is_told in [true, false] {
        let world = World::demo().await;
        let mut record = record(&world, "2026-03-09T15:00:00Z", "2026-03-15").await;
        world.import(&[record.clone()]).await.unwrap();
        set(&world, "2026-03-16T15:00:00Z").await;
        if is_told {
            world.settle().await;
        }
        record["blocked"] = json!({ "sim": true });
        for _ in 0..2 {
            world.import(&[record.clone()]).await.unwrap();
            assert_eq!((shown(&world).await, state(&world).await), (PLAN.to_owned(), 200));
            for (day, plan) in [("2026-03-14", "101"), ("2026-03-15", PLAN), ("2026-03-17", PLAN)] {
                assert_eq!(charged(&world, "500101", day).await, plan, "{day}");
            }
        }
    }
}

#[tokio::test]
async fn two_changes_of_profile_on_a_day_leave_the_last_one() {
    let world = World::demo().await;
    let mut record = world.line_record(LINE).await;
    record["additional"] = json!(["201"]);
    record["additional_since"] = json!({ "201": "2026-03-01" });
    for profile in ["10010109", "10010108"] {
        record["profile"] = json!(profile);
        world.import(&[record.clone()]).await.unwrap();
    }
    let (line, ledger) = (world.msisdn(LINE), world.ledger("500101").await);
    let spans = ledger.lines.iter().filter(|span| span.line == line);
    let after: Vec<_> = spans.filter(|span| span.from == "2026-03-11".parse().unwrap()).collect();
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!((after[0].to, after[0].profile.clone().unwrap().to_string()), (None, "10010108".to_owned()));
    let spans = ledger.additional.iter().filter(|span| span.line == line && span.plan.as_str() == "201");
    let open: Vec<_> = spans.filter(|span| span.to.is_none()).map(|span| span.from.to_string()).collect();
    assert_eq!(open, ["2026-03-11"]);
}

/// How many events of a name were told, with their reasons.
fn ends(world: &World) -> Vec<String> {
    let items = world.items().into_iter().map(|item| serde_json::from_str::<Value>(&item).unwrap());
    let own = items.filter(|item| item["event"]["S"] == "UpgradeClosed");
    let payload = |item: Value| serde_json::from_str::<Value>(item["payload"]["S"].as_str().unwrap()).unwrap();
    own.map(|item| payload(item)["reason"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_that_is_overtaken_when_it_is_told_is_closed_at_once() {
    let contract = json!({
        "type": "contract", "id": "500101", "customer": "1001", "first": "2025-12-30", "cycle_day": 15,
        "last": "2026-03-14",
    });
    for (reason, is_new) in [("blocked", false), ("contract-ended", false), ("blocked", true), ("contract-ended", true)]
    {
        let world = World::demo().await;
        let mut record = record(&world, "2026-03-09T15:00:00Z", "2026-03-15").await;
        if reason == "blocked" {
            record["blocked"] = json!({ "sim": true });
        } else {
            world.import(std::slice::from_ref(&contract)).await.unwrap();
        }
        if is_new {
            record["msisdn"] = json!("573105550001");
        }
        for _ in 0..2 {
            world.import(&[record.clone()]).await.unwrap();
            assert_eq!(ends(&world), [reason]);
            assert!(world.items().iter().all(|item| !item.contains("DUE#")));
        }
        if is_new {
            assert!(world.ledger("500101").await.plans.iter().all(|start| start.plan.as_str() != PLAN));
            continue;
        }
        assert_eq!(state(&world).await, 403);
        set(&world, "2026-03-16T06:00:00Z").await;
        world.settle().await;
        assert_eq!((shown(&world).await, charged(&world, "500101", "2026-03-16").await), ("101".into(), "101".into()));
        assert_eq!(ends(&world), [reason]);
    }
}

/// Guard: what the load takes back and what it writes have keys of their own.
#[tokio::test]
async fn a_blocked_line_that_comes_to_another_contract_with_one_from_tomorrow_has_its_own_plan() {
    let world = World::demo().await;
    let mut record = record(&world, "2026-03-09T15:00:00Z", "2026-03-11").await;
    (record["contract"], record["blocked"]) = (json!("500102"), json!({ "sim": true }));
    world.import(&[record]).await.unwrap();
    assert_eq!((ends(&world), charged(&world, "500102", "2026-03-11").await), (vec!["blocked".into()], "101".into()));
}

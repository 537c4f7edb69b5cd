//! Upgrades that are overtaken before their day: closed once, with a reason, and charged for no day.
//!
//! Guards: the line is written at the revision it was loaded at, with the reason; what became of the request is created under
//! the request's key, where nothing is; the ledger's later start of the same day holds.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use local::sources::CutOff;
use serde_json::{Value, json};
use shared::domain::billing::plan::PlanHistory;
use shared::domain::catalogue::{Plan, PlanStatus};
use shared::table::Changes;
use tests::World;
use tests::connector::faults::Fault;
use tests::world::{LINE, PREPAID};

use crate::beside::import_beside;
use crate::scene::moved;

const PLAN: &str = "104";

fn upgrade() -> String {
    format!("/plans/subscribers/{LINE}/upgraderequest")
}

async fn request(world: &World) {
    world.portal().post(&upgrade(), &json!({ "planId": PLAN })).await.expect(200);
}

async fn set_status(world: &World, code: &str) -> u16 {
    let path = format!("/billing/subscribers/{LINE}/status");
    world.portal().put(&path, &json!({ "code": code, "assetType": "SIM" })).await.status()
}

async fn set(world: &World, to: &str) {
    world.clock.set(to.parse::<DateTime<Utc>>().unwrap());
    world.forget_tokens().await;
}

/// How the customer reads that the request stands.
async fn state(world: &World) -> (String, String) {
    let answer = world.portal().get(&upgrade()).await.expect(200).json();
    (answer["response"].as_str().unwrap().to_owned(), answer["message"].as_str().unwrap().to_owned())
}

/// The events about upgrades that were told: name, and reason.
fn told(world: &World) -> Vec<(String, Option<String>)> {
    let items = world.items().into_iter().map(|item| serde_json::from_str::<Value>(&item).unwrap());
    let name = |item: &Value| item["event"]["S"].as_str().unwrap_or_default().to_owned();
    let own = items.filter(|item| ["PlanUpgraded", "UpgradeClosed"].contains(&&*name(item)));
    let event = |item: Value| {
        let payload: Value = serde_json::from_str(item["payload"]["S"].as_str().unwrap()).unwrap();
        (name(&item), payload["reason"].as_str().map(str::to_owned))
    };
    own.map(event).collect()
}

fn closed(reason: &str) -> Vec<(String, Option<String>)> {
    vec![("UpgradeClosed".to_owned(), Some(reason.to_owned()))]
}

fn waits(world: &World) -> usize {
    world.items().iter().filter(|item| item.contains("DUE#")).count()
}

/// The plan that a contract is charged for on a day, and the one that the API shows today.
async fn charged(world: &World, contract: &str, day: &str) -> String {
    let (line, ledger) = (world.msisdn(LINE), world.ledger(contract).await);
    let history = PlanHistory::new(ledger.plans.iter().filter(|start| start.line == line), world.country().zone());
    history.plan_on(day.parse().unwrap()).unwrap().plan.to_string()
}

async fn shown(world: &World) -> String {
    let reply = world.portal().get(&format!("/plans/subscribers/{LINE}/current")).await.expect(200);
    reply.at("/planId").as_str().unwrap().to_owned()
}

/// The day comes, and the request has ended for this reason, once, without an effect.
async fn stays_closed(world: &World, contract: &str, plan: &str, reason: &str, words: &str) {
    let answer = ("403".to_owned(), format!("the upgrade to plan {PLAN} was closed: {words}"));
    assert_eq!(state(world).await, answer);
    assert_eq!((told(world), waits(world)), (closed(reason), 0));
    set(world, "2026-03-15T06:00:00Z").await;
    world.settle().await;
    assert_eq!(state(world).await, answer);
    assert_eq!((told(world), waits(world)), (closed(reason), 0));
    for day in ["2026-03-14", "2026-03-15", "2026-05-01"] {
        assert_eq!(charged(world, contract, day).await, plan, "{day}");
    }
    assert_eq!(shown(world).await, plan);
}

/// The wanted plan as it is, with another status.
async fn wanted(world: &World, status: PlanStatus) -> Plan {
    let catalogue = world.operator.writer.reader().catalogue_to_change().await.unwrap();
    Plan { status, ..catalogue.plan(&PLAN.parse().unwrap()).unwrap().clone() }
}

/// Its record.
async fn record_of_plan(world: &World, status: PlanStatus) -> Value {
    let mut record = json!(wanted(world, status).await);
    record.as_object_mut().unwrap().remove("prices");
    record["type"] = json!("plan");
    record
}

#[tokio::test]
async fn a_block_closes_the_upgrade_and_an_unblocked_line_may_ask_again() {
    let world = World::demo().await;
    request(&world).await;
    assert_eq!(set_status(&world, "Blocked").await, 200);
    assert_eq!(set_status(&world, "Active").await, 200);
    assert_eq!(told(&world), closed("blocked"));
    // Within the same second, and it is another request.
    request(&world).await;
    assert_eq!((state(&world).await.0, waits(&world)), ("702".to_owned(), 1));
    set(&world, "2026-03-15T06:00:00Z").await;
    world.settle().await;
    assert_eq!((state(&world).await.0, shown(&world).await), ("200".to_owned(), PLAN.to_owned()));
    assert_eq!(told(&world).len(), 2);
    assert_eq!(charged(&world, "500101", "2026-03-15").await, PLAN);
}

#[tokio::test]
async fn a_blocked_line_goes_on_with_the_plan_it_has() {
    let world = World::demo().await;
    request(&world).await;
    set_status(&world, "Blocked").await;
    stays_closed(&world, "500101", "101", "blocked", "the line was blocked").await;
}

#[tokio::test]
async fn a_block_on_the_day_is_too_late_even_before_the_day_was_told() {
    let world = World::demo().await;
    request(&world).await;
    set(&world, "2026-03-15T05:00:00Z").await;
    assert_eq!(set_status(&world, "Blocked").await, 200);
    assert_eq!((told(&world).len(), shown(&world).await), (0, PLAN.to_owned()));
    set(&world, "2026-03-15T05:05:00Z").await;
    world.settle().await;
    assert_eq!(told(&world), [("PlanUpgraded".to_owned(), None)]);
    assert_eq!((state(&world).await.0, charged(&world, "500101", "2026-03-15").await), ("200".into(), PLAN.into()));
}

#[tokio::test]
async fn a_change_of_plan_before_the_day_was_told_does_not_hide_that_it_came() {
    let world = World::demo().await;
    request(&world).await;
    set(&world, "2026-03-15T05:01:00Z").await;
    let current = format!("/plans/subscribers/{LINE}/current");
    world.portal().put(&current, &json!({ "planId": "102" })).await.expect(200);
    set(&world, "2026-03-15T05:05:00Z").await;
    world.settle().await;
    assert_eq!((told(&world), waits(&world)), (vec![("PlanUpgraded".to_owned(), None)], 0));
    assert_eq!((shown(&world).await, charged(&world, "500101", "2026-03-15").await), ("102".into(), "102".into()));
    let products = world.portal().get("/customers/1001/products?limit=2000").await.expect(200).json();
    let row = products.as_array().unwrap().iter().find(|row| row["msisdn"] == LINE).unwrap().clone();
    assert_eq!(row["planCode"], 102);
}

#[tokio::test]
async fn retirement_closes_what_is_to_come_and_leaves_what_is_in_force() {
    let world = World::demo().await;
    request(&world).await;
    world.import(&[record_of_plan(&world, PlanStatus::Retired).await]).await.unwrap();
    stays_closed(&world, "500101", "101", "retired", "the plan is no longer sold").await;

    let world = World::demo().await;
    request(&world).await;
    set(&world, "2026-03-15T05:00:00Z").await;
    world.import(&[record_of_plan(&world, PlanStatus::Retired).await]).await.unwrap();
    set(&world, "2026-03-16T06:00:00Z").await;
    world.settle().await;
    assert_eq!((state(&world).await.0, shown(&world).await), ("200".to_owned(), PLAN.to_owned()));
    assert_eq!(told(&world), [("PlanUpgraded".to_owned(), None)]);
}

/// A request of the same minute, which still found the plan on sale.
#[tokio::test]
async fn the_job_of_the_day_before_closes_what_the_load_of_a_retired_plan_did_not_find() {
    let world = World::demo().await;
    request(&world).await;
    let mut changes = Changes::new();
    changes.put_plan(&wanted(&world, PlanStatus::Retired).await).unwrap();
    world.operator.writer.load(changes).await.unwrap();
    set(&world, "2026-03-13T06:00:00Z").await;
    world.settle().await;
    assert_eq!(state(&world).await.0, "702");
    set(&world, "2026-03-14T06:00:00Z").await;
    for _ in 0..2 {
        world.settle().await;
        assert_eq!(told(&world), closed("retired"));
    }
    stays_closed(&world, "500101", "101", "retired", "the plan is no longer sold").await;
}

#[tokio::test]
async fn a_move_closes_it_and_the_next_customer_sees_nothing_of_it() {
    let world = World::demo().await;
    request(&world).await;
    let mut record = world.line_record(LINE).await;
    record["contract"] = json!("500102");
    world.import(&[record]).await.unwrap();
    stays_closed(&world, "500102", "101", "moved", "the line was moved").await;

    // The record still has the request of the customer before.
    let world = World::demo().await;
    request(&world).await;
    let record = moved(&world).await;
    assert!(record.get("upgrade").is_some());
    world.import(&[record]).await.unwrap();
    assert_eq!((told(&world), waits(&world)), (closed("moved"), 0));
    for client in ["demo-globex", "demo-portal", "demo-acme"] {
        world.client(client).get(&upgrade()).await.expect(404);
    }
    set(&world, "2026-03-15T06:00:00Z").await;
    world.settle().await;
    assert_eq!((told(&world).len(), charged(&world, "500201", "2026-03-15").await), (1, "101".to_owned()));
}

#[tokio::test]
async fn another_plan_that_is_loaded_closes_it_and_an_old_record_does_not_open_it_again() {
    let world = World::demo().await;
    request(&world).await;
    let old = world.line_record(LINE).await;
    let mut record = old.clone();
    record["plan"] = json!("102");
    record.as_object_mut().unwrap().remove("upgrade");
    world.import(&[record]).await.unwrap();
    assert_eq!(told(&world), closed("plan-changed"));
    world.import(&[old]).await.unwrap();
    stays_closed(&world, "500101", "101", "plan-changed", "the line was given another plan").await;
}

#[tokio::test]
async fn a_plan_that_is_not_open_to_another_way_of_paying_is_closed_and_one_that_is_stays_and_is_paid_so() {
    let balance = world_balance().await;
    for (open_to, stays) in [(json!(["postpaid"]), false), (json!(["postpaid", "prepaid"]), true)] {
        let world = World::demo().await;
        let mut plan = record_of_plan(&world, PlanStatus::Active).await;
        plan["open_to"] = open_to;
        world.import(&[plan]).await.unwrap();
        request(&world).await;
        let mut record = world.line_record(LINE).await;
        record["payment"] = balance.clone();
        world.import(&[record]).await.unwrap();
        if stays {
            assert_eq!(state(&world).await.0, "702");
            set(&world, "2026-03-15T06:00:00Z").await;
            world.settle().await;
            assert_eq!((state(&world).await.0, shown(&world).await), ("200".to_owned(), PLAN.to_owned()));
            let ledger = world.ledger("500101").await;
            let own = ledger.plans.iter().filter(|start| start.line == world.msisdn(LINE));
            let start = PlanHistory::new(own, world.country().zone()).plan_on("2026-03-15".parse().unwrap()).cloned();
            assert_eq!(start.map(|start| json!(start.payment)), Some(json!("prepaid")));
        } else {
            stays_closed(&world, "500101", "101", "not-open", "the plan is not open to the line's new way of paying")
                .await;
        }
    }
}

/// How a prepaid line pays.
async fn world_balance() -> Value {
    World::demo().await.line_record(PREPAID).await["payment"].clone()
}

#[tokio::test]
async fn a_contract_that_ends_first_closes_it_and_takes_no_other_request() {
    let contract = |last: &str| {
        json!({
            "type": "contract", "id": "500101", "customer": "1001", "first": "2025-12-30", "cycle_day": 15, "last": last,
        })
    };
    let world = World::demo().await;
    request(&world).await;
    world.import(&[contract("2026-03-15")]).await.unwrap();
    assert_eq!(state(&world).await.0, "702", "a day is left for it");
    world.import(&[contract("2026-03-14")]).await.unwrap();
    let refused = world.portal().post(&upgrade(), &json!({ "planId": PLAN })).await.expect(403);
    assert!(refused.text().contains("the contract ends before the upgrade begins"), "{}", refused.text());
    stays_closed(&world, "500101", "101", "contract-ended", "the contract ends before it begins").await;
}

#[tokio::test]
async fn on_the_day_on_which_the_way_of_paying_changes_the_plan_of_the_day_is_shown() {
    let world = World::demo().await;
    let mut record = world.line_record(LINE).await;
    (record["payment"], record["plan"]) = (world_balance().await, json!("109"));
    world.import(&[record]).await.unwrap();
    assert_eq!((shown(&world).await, charged(&world, "500101", "2026-03-10").await), ("101".into(), "101".into()));
    set(&world, "2026-03-11T05:00:00Z").await;
    assert_eq!((shown(&world).await, charged(&world, "500101", "2026-03-11").await), ("109".into(), "109".into()));
}

/// Guard: all of it is one transaction.
#[tokio::test]
async fn a_block_that_is_cut_off_anywhere_has_closed_all_or_nothing() {
    let mut cut = 0;
    for steps in 0.. {
        let world = World::demo().await;
        request(&world).await;
        let was_cut = CutOff::after(steps, set_status(&world, "Blocked")).await.is_none();
        cut += u32::from(was_cut);
        let is_blocked = world.line(LINE).await.blocked.any();
        let ends = told(&world).len();
        assert_eq!((ends == 1, waits(&world) == 0), (is_blocked, is_blocked), "after {steps} steps");
        assert_eq!(set_status(&world, "Blocked").await, 200);
        assert_eq!((told(&world), waits(&world)), (closed("blocked"), 0), "after {steps} steps");
        if !was_cut {
            break;
        }
    }
    assert!(cut > 4, "{cut}");
}

#[tokio::test(start_paused = true)]
async fn faults_on_the_way_close_it_once() {
    for fault in Fault::ALL {
        for times in [1, 3] {
            let world = World::demo().await;
            request(&world).await;
            world.faults.next("TransactWriteItems", fault, times);
            while set_status(&world, "Blocked").await >= 500 {}
            world.faults.clear();
            assert_eq!((told(&world), waits(&world)), (closed("blocked"), 0), "{fault:?} {times}");
            assert_eq!(charged(&world, "500101", "2026-03-15").await, "101");
        }
    }
}

/// The job and a block meet at the beginning of the day: the upgrade is in force.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_job_and_a_block_at_once_end_the_request_once() {
    for _ in 0..8 {
        let world = World::demo().await;
        request(&world).await;
        set(&world, "2026-03-15T05:05:00Z").await;
        let ((), status) = tokio::join!(world.settle(), set_status(&world, "Blocked"));
        assert_eq!(status, 200);
        world.settle().await;
        assert_eq!((told(&world), waits(&world)), (vec![("PlanUpgraded".to_owned(), None)], 0));
        assert_eq!(world.line(LINE).await.upgrade().unwrap().closed, None);
    }
}

/// Guard: a load changes the line at the revision that was loaded.
#[tokio::test]
async fn a_block_beside_a_load_that_moves_the_line_closes_it_once() {
    let world = Arc::new(World::demo().await);
    request(&world).await;
    let mut record = world.line_record(LINE).await;
    record["contract"] = json!("500102");
    let block = |world: Arc<World>| async move {
        assert_eq!(set_status(&world, "Blocked").await, 200);
    };
    import_beside(&world, &[record], block).await;
    assert_eq!((told(&world), waits(&world)), (closed("blocked"), 0));
    assert_eq!(charged(&world, "500102", "2026-03-15").await, "101");
}

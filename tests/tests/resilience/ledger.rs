//! What a contract is charged for, as dated facts: written with what they tell, once, whatever is loaded and however often.

use chrono::{NaiveDate, TimeDelta};
use local::import::ImportError;
use serde_json::json;
use shared::domain::billing::plan::PlanHistory;
use std::sync::Arc;
use tests::World;
use tests::world::LINE;

use crate::beside::import_beside;
use crate::scene::moved;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The days of the line on a contract: from, to.
async fn days(world: &World, contract: &str) -> Vec<(NaiveDate, Option<NaiveDate>)> {
    let line = world.msisdn(LINE);
    world
        .ledger(contract)
        .await
        .lines
        .iter()
        .filter(|span| span.line == line)
        .map(|span| (span.from, span.to))
        .collect()
}

/// The plan of the line on each of these days, as a contract's ledger has it.
async fn plans(world: &World, contract: &str, on: &[&str]) -> Vec<String> {
    let (line, ledger) = (world.msisdn(LINE), world.ledger(contract).await);
    let history = PlanHistory::new(ledger.plans.iter().filter(|start| start.line == line), world.country().zone());
    on.iter().map(|on| history.plan_on(day(on)).map_or("-".to_owned(), |start| start.plan.to_string())).collect()
}

async fn pass(world: &World, days: i64) {
    world.clock.set(world.clock.now() + TimeDelta::days(days));
    world.forget_tokens().await;
}

#[tokio::test]
async fn a_contract_begins_on_the_day_that_is_told_with_its_lines_and_their_first_plans() {
    let world = World::demo().await;
    let owner = world.operator.writer.reader().contract(&"500101".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((owner.customer.as_str(), owner.contract.first, owner.contract.last), ("1001", day("2025-12-30"), None));
    assert_eq!(u32::from(owner.contract.cycle.newest()), 15);
    assert_eq!(days(&world, "500101").await, [(day("2025-12-30"), None)]);
    assert_eq!(plans(&world, "500101", &["2025-12-30", "2026-03-10"]).await, ["101", "101"]);
}

#[tokio::test]
async fn plans_of_each_day_stay_whatever_comes_after() {
    let world = World::demo().await;
    let current = format!("/plans/subscribers/{LINE}/current");
    world.portal().put(&current, &json!({"planId": "100"})).await.expect(200);
    pass(&world, 1).await;
    world
        .portal()
        .post(&format!("/plans/subscribers/{LINE}/upgraderequest"), &json!({"planId": "104"}))
        .await
        .expect(200);
    let on = ["2026-03-09", "2026-03-10", "2026-03-14", "2026-03-15", "2026-05-01"];
    let expected = ["101", "100", "100", "104", "104"];
    assert_eq!(plans(&world, "500101", &on).await, expected);
    // The day comes, nothing else; then a load of before, and a change.
    pass(&world, 10).await;
    assert_eq!(world.portal().get(&current).await.at("/planId"), "104");
    assert_eq!(plans(&world, "500101", &on).await, expected);
    world.portal().put(&current, &json!({"planId": "102"})).await.expect(200);
    assert_eq!(plans(&world, "500101", &["2026-03-20", "2026-03-21", "2026-03-22"]).await, ["104", "102", "102"]);
    assert_eq!(plans(&world, "500101", &on[..4]).await, expected[..4]);
}

#[tokio::test]
async fn a_load_that_changes_nothing_adds_no_fact_and_one_that_sets_a_plan_back_adds_one() {
    let world = World::demo().await;
    let record = world.line_record(LINE).await;
    let before = world.ledger("500101").await;
    for _ in 0..2 {
        let again = json!({"type": "group", "customer": "1002", "id": format!("G-{}", world.clock.now().timestamp()), "address": "X"});
        world.import(&[record.clone(), again]).await.unwrap();
        pass(&world, 1).await;
    }
    assert_eq!(world.ledger("500101").await, before);
    world.portal().put(&format!("/plans/subscribers/{LINE}/current"), &json!({"planId": "102"})).await.expect(200);
    pass(&world, 1).await;
    world.import(&[record]).await.unwrap();
    assert_eq!(plans(&world, "500101", &["2026-03-11", "2026-03-12", "2026-03-13"]).await, ["101", "102", "101"]);
}

#[tokio::test]
async fn an_upgrade_that_is_to_come_outlives_a_load_that_does_not_know_it() {
    let world = World::demo().await;
    let record = world.line_record(LINE).await;
    let upgrade = format!("/plans/subscribers/{LINE}/upgraderequest");
    world.portal().post(&upgrade, &json!({"planId": "104"})).await.expect(200);
    world.import(&[record]).await.unwrap();
    assert_eq!(world.portal().get(&upgrade).await.at("/response"), "702");
    pass(&world, 5).await;
    assert_eq!(world.portal().get(&format!("/plans/subscribers/{LINE}/current")).await.at("/planId"), "104");
    assert_eq!(plans(&world, "500101", &["2026-03-14", "2026-03-15"]).await, ["101", "104"]);
}

#[tokio::test]
async fn a_line_that_moves_is_on_one_contract_each_day_with_its_additional_plans() {
    let world = World::demo().await;
    let body = json!({ "planId": "150", "planName": "x", "categoryName": "x", "name": "Ana Sample" });
    world.portal().post(&format!("/plans/subscribers/{LINE}/subscriptionrequests/"), &body).await.expect(200);
    world.settle().await;
    let mut record = world.line_record(LINE).await;
    record["contract"] = json!("500102");
    world.import(&[record]).await.unwrap();
    assert_eq!(days(&world, "500101").await, [(day("2025-12-30"), Some(day("2026-03-10")))]);
    assert_eq!(days(&world, "500102").await, [(day("2026-03-11"), None)]);
    let additional = async |contract: &str| {
        let spans = world.ledger(contract).await.additional;
        spans.iter().map(|span| (span.plan.to_string(), span.from, span.to)).collect::<Vec<_>>()
    };
    assert_eq!(additional("500101").await, [("150".to_owned(), day("2026-03-10"), Some(day("2026-03-10")))]);
    assert_eq!(additional("500102").await, [("150".to_owned(), day("2026-03-11"), None)]);
    assert_eq!(plans(&world, "500102", &["2026-03-11"]).await, ["101"]);
}

/// On the day of a move the line is still on the old contract; what is changed then holds on the new one.
#[tokio::test]
async fn what_is_changed_on_the_day_of_a_move_holds_on_the_new_contract() {
    let world = World::demo().await;
    let mut record = world.line_record(LINE).await;
    record["contract"] = json!("500102");
    world.import(&[record]).await.unwrap();
    let current = format!("/plans/subscribers/{LINE}/current");
    world.portal().put(&current, &json!({"planId": "102"})).await.expect(200);
    let body = json!({ "planId": "150", "planName": "x", "categoryName": "x", "name": "Ana Sample" });
    world.portal().post(&format!("/plans/subscribers/{LINE}/subscriptionrequests/"), &body).await.expect(200);
    world.settle().await;
    assert_eq!(plans(&world, "500102", &["2026-03-11", "2026-03-12"]).await, ["102", "102"]);
    assert_eq!(world.ledger("500102").await.additional[0].from, day("2026-03-11"));
}

/// An upgrade that the line takes away with it begins nothing on a contract that it comes back to.
#[tokio::test]
async fn an_upgrade_of_an_earlier_time_is_not_charged_when_the_number_comes_back() {
    let world = World::demo().await;
    let (mine, theirs) = (world.line_record(LINE).await, moved(&world).await);
    world
        .portal()
        .post(&format!("/plans/subscribers/{LINE}/upgraderequest"), &json!({"planId": "104"}))
        .await
        .expect(200);
    world.import(&[theirs]).await.unwrap();
    assert_eq!(plans(&world, "500201", &["2026-03-11", "2026-03-16"]).await, ["101", "101"]);
    pass(&world, 1).await;
    world.import(&[mine]).await.unwrap();
    pass(&world, 5).await;
    assert_eq!(world.portal().get(&format!("/plans/subscribers/{LINE}/current")).await.at("/planId"), "101");
    assert_eq!(plans(&world, "500101", &["2026-03-12", "2026-03-15", "2026-03-16"]).await, ["101", "101", "101"]);
}

/// Guard: a line that is there is changed at the revision that was loaded.
#[tokio::test]
async fn a_load_beside_a_live_change_leaves_line_and_ledger_telling_the_same() {
    let world = Arc::new(World::demo().await);
    let mut record = world.line_record(LINE).await;
    record["billing"]["address"] = json!("Calle 1");
    let change = |world: Arc<World>| async move {
        let current = format!("/plans/subscribers/{LINE}/current");
        world.portal().put(&current, &json!({"planId": "102"})).await.expect(200);
    };
    import_beside(&world, &[record], change).await;
    let line = world.line(LINE).await;
    assert_eq!(line.billing.as_ref().unwrap().address, "Calle 1");
    assert_eq!(line.plan_on(world.today()).as_str(), "101", "as the record says");
    assert_eq!(plans(&world, "500101", &["2026-03-10"]).await, ["101"], "and so the ledger");
    assert_eq!(world.ledger("500101").await.plans.iter().filter(|start| start.line == line.msisdn).count(), 3);
}

#[tokio::test]
async fn a_withdrawn_purchase_keeps_its_charge_with_the_withdrawal_beside_it() {
    let world = World::demo().await;
    let offer = format!("/plans/subscribers/{LINE}/acquiredoffers/201");
    world.portal().send("POST", &offer, &[], "").await.expect(201);
    pass(&world, 1).await;
    world.portal().send("DELETE", &offer, &[], "").await.expect(201);
    let ledger = world.ledger("500101").await;
    let [charge] = &ledger.charges[..] else { panic!("one charge") };
    let [withdrawal] = &ledger.withdrawals[..] else { panic!("one withdrawal") };
    assert_eq!((charge.day, charge.offer.as_str()), (day("2026-03-10"), "201"));
    assert_eq!((&withdrawal.charge, withdrawal.day), (&charge.id, day("2026-03-11")));
}

#[tokio::test]
async fn a_contract_changes_neither_its_customer_nor_its_first_day() {
    let world = World::demo().await;
    let contract = |customer: &str, first: &str, cycle: u32| json!({"type": "contract", "id": "500201", "customer": customer, "first": first, "cycle_day": cycle});
    let mut stolen = world.line_record(LINE).await;
    stolen["contract"] = json!("500201");
    for (record, said) in [
        (contract("1001", "2025-12-30", 15), "contract: must be one of the customer's; 500201 is customer 1002's"),
        (stolen, "contract: must be one of the customer's; 500201 is customer 1002's"),
        (contract("1002", "2026-01-01", 15), "first: must be 2025-12-30, on which 500201 has begun"),
    ] {
        let Err(ImportError::Bad(bad)) = world.import(&[record]).await else { panic!("{said}") };
        assert_eq!(bad.told, [(1, said.to_owned())]);
    }
    // A contract that a line has begun today cannot have begun before.
    let mut elsewhere = world.line_record(LINE).await;
    elsewhere["contract"] = json!("500901");
    let mut begins = contract("1001", "2026-01-01", 15);
    begins["id"] = json!("500901");
    let Err(ImportError::Bad(bad)) = world.import(&[elsewhere.clone(), begins.clone()]).await else { panic!("loaded") };
    assert_eq!(bad.told, [(2, "id: must come before the records that name the contract".to_owned())]);
    world.import(&[begins, elsewhere]).await.unwrap();
    assert_eq!(world.ledger("500901").await.contract.first, day("2026-01-01"));
    // Another cycle day is a wish beside the first one, and is told once.
    for _ in 0..2 {
        world.import(&[contract("1002", "2025-12-30", 20), world.line_record(LINE).await]).await.unwrap();
        pass(&world, 1).await;
    }
    let cycle = world.ledger("500201").await.contract.cycle;
    assert_eq!((u32::from(cycle.day), cycle.changes.len(), u32::from(cycle.newest())), (15, 1, 20));
}

/// A table of an earlier release has lines without days, and contracts that nobody has begun.
#[tokio::test]
async fn a_table_of_an_earlier_release_gets_its_ledger_from_the_next_load() {
    let world = World::demo().await;
    let record = world.line_record(LINE).await;
    let table = world.store.table();
    let key = |pk: String, sk: &str| json!({"TableName": table, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}});
    let line = world.msisdn(LINE);
    for sk in ["A".to_owned(), format!("L#{line}#2025-12-30"), format!("P#{line}#000000000001#2025-12-30")] {
        world.store.embedded.call("DeleteItem", &key("CTR#500101".to_owned(), &sk)).unwrap();
    }
    let mut update = key(format!("SUB#{line}"), "S");
    update["UpdateExpression"] = json!("REMOVE contract_since");
    world.store.embedded.call("UpdateItem", &update).unwrap();
    assert!(world.operator.writer.reader().contract(&"500101".parse().unwrap()).await.unwrap().is_none());
    let mut record = record;
    record.as_object_mut().unwrap().remove("contract_since");
    world.import(&[record]).await.unwrap();
    assert_eq!(days(&world, "500101").await, [(day("2026-03-10"), None)]);
    assert_eq!(plans(&world, "500101", &["2026-03-10"]).await, ["101"]);
    assert_eq!(world.ledger("500101").await.contract.first, day("2026-03-10"));
}

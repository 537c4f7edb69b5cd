//! What a run does.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::json;
use shared::domain::billing::page::{Became, Why};
use shared::domain::billing::pinned::Catalogues;
use shared::domain::billing::series::Given;
use shared::domain::billing::terms::Terms;
use shared::domain::billing::verify;
use shared::domain::event::{BillRunDue, Whom};
use shared::events::message;
use shared::table::Changes;
use tests::World;

/// The demo's contract with the cycle day 15.
const CONTRACT: &str = "500101";
/// A day on which it was due; so was the period before, which nobody has billed.
const DAY: &str = "2026-02-15";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// One contract by hand.
pub fn these(contract: &str) -> Whom {
    Whom::These(vec![contract.parse().unwrap()])
}

/// The numbers of all bills that a run has made, of a series.
async fn numbers(world: &World, run: &str, series: &str) -> Vec<String> {
    let mut numbers: Vec<_> = world
        .became(run)
        .await
        .into_values()
        .flat_map(|became| match became {
            Became::Billed(billed) | Became::Parked { billed, .. } => billed,
            Became::Skipped(_) => Vec::new(),
        })
        .filter_map(|billed| billed.number)
        .filter(|given| given.series.as_str() == series)
        .map(|given: Given| given.number.to_string())
        .collect();
    numbers.sort();
    numbers
}

#[tokio::test]
async fn a_day_is_run_by_its_schedule_and_its_bills_are_in_the_api() {
    let world = World::demo().await;
    world.settle().await;
    world.clock.set(at("2026-03-15T15:00:00Z"));
    world.settle().await;
    let run = world.bill_run("2026-03-15").await.unwrap();
    let report = run.closed.unwrap().report;
    assert!(report.adds_up() && report.billed > 0, "{report:?}");
    assert_eq!(report.parked(), 0, "{:?}", world.became("2026-03-15").await);
    let bills = world.bills("1001").await;
    assert!(!bills.is_empty());
    let listed = world.portal().get("/customers/CODE/1001/bills?limit=100").await.expect(200);
    let numbers: BTreeSet<String> = listed
        .at("/invoice")
        .as_array()
        .unwrap()
        .iter()
        .map(|bill| bill["invoiceNumber"].as_str().unwrap_or_default().to_owned())
        .collect();
    for bill in &bills {
        assert!(numbers.contains(bill.number.as_str()), "{} in {numbers:?}", bill.number);
    }
}

#[tokio::test]
async fn a_second_run_of_a_day_bills_nothing() {
    let world = World::demo().await;
    world.order_run("one", DAY, false, Whom::All).await;
    let bills = world.bills("1001").await;
    world.order_run("two", DAY, false, Whom::All).await;
    assert_eq!(world.bills("1001").await, bills);
    let became = world.became("two").await;
    assert!(!became.is_empty());
    assert!(became.values().all(|became| *became == Became::Skipped(Why::NotDue)), "{became:?}");
    assert!(world.bill_run("two").await.unwrap().closed.unwrap().report.adds_up());
}

#[tokio::test]
async fn numbers_follow_each_other_without_a_gap() {
    let world = World::demo().await;
    world.order_run("one", DAY, false, Whom::All).await;
    world.order_run("two", "2026-03-10", false, these("500102")).await;
    let mut all = numbers(&world, "one", "FE").await;
    assert!(all.len() > 1, "{all:?}");
    all.extend(numbers(&world, "two", "FE").await);
    let expected: Vec<_> = (1..=all.len()).map(|number| format!("FE-{number:06}")).collect();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn a_dry_run_says_what_a_run_does_and_writes_no_bill() {
    let world = World::demo().await;
    world.order_run("dry", DAY, true, Whom::All).await;
    assert!(world.bills("1001").await.is_empty());
    let unnumbered = |became: BTreeMap<String, Became>| -> BTreeMap<_, _> {
        let strip = |mut became: Became| {
            if let Became::Billed(bills) = &mut became {
                bills.iter_mut().for_each(|bill| bill.number = None);
            }
            became
        };
        became.into_iter().map(|(contract, became)| (contract, strip(became))).collect()
    };
    let dry = world.became("dry").await;
    world.order_run("real", DAY, false, Whom::All).await;
    let real = world.became("real").await;
    assert_ne!(real, dry, "a dry run has no numbers");
    assert_eq!(unnumbered(real), dry);
}

#[tokio::test]
async fn a_bill_is_verified_from_what_it_kept() {
    let world = World::demo().await;
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let reader = world.operator.writer.reader();
    let bill = &world.bills("1001").await[0];
    let issued = reader.issued(&bill.number).await.unwrap().unwrap();
    assert_eq!(issued.contract.id, bill.contract);
    let mut tariffs = Vec::new();
    for version in verify::versions(&issued.settlement).collect::<BTreeSet<_>>() {
        tariffs.push(reader.tariff_version(version).await.unwrap().unwrap());
    }
    let catalogues = Catalogues::new(world.country(), tariffs);
    let terms = Terms::of(world.country());
    assert!(verify::holds(&issued.settlement, &catalogues, &terms).unwrap());
    let mut forged = issued.settlement.clone();
    forged.looks[0].facts.as_mut().unwrap().lines[0].days[0].days.to = "2026-02-01".parse().unwrap();
    assert!(!verify::holds(&forged, &catalogues, &terms).unwrap());
}

#[tokio::test]
async fn days_without_a_run_are_run_first() {
    let world = World::demo().await;
    for (now, day) in [("2026-03-11T15:00:00Z", "2026-03-11"), ("2026-03-14T15:00:00Z", "2026-03-14")] {
        world.clock.set(at(now));
        let due = message(&BillRunDue { at: at(now) }, day).unwrap();
        world.queues.send("BillRuns", due, BTreeMap::new(), at(now));
        world.settle().await;
    }
    for day in ["2026-03-11", "2026-03-12", "2026-03-13", "2026-03-14"] {
        assert!(world.bill_run(day).await.unwrap().closed.is_some(), "{day}");
    }
    assert_eq!(world.bill_run("2026-03-09").await, None);
}

#[tokio::test]
async fn a_page_that_comes_again_changes_nothing() {
    let world = World::demo().await;
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    assert_eq!(world.bills("1001").await.len(), 2);
    let before = world.items();
    for (function, queue) in [("bill-generate", "bill-page"), ("bill-run", "close"), ("bill-run", "begin-ordered")] {
        let mut sample: serde_json::Value =
            serde_json::from_str(&tests::file(&format!("events/{function}/{queue}.json"))).unwrap();
        let body = sample["Records"][0]["body"].as_str().unwrap().replace("2026-03-15.by-hand", "one");
        sample["Records"][0]["body"] = json!(body);
        let answer = world.functions[function](sample, std::time::Duration::from_secs(30)).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
    }
    assert_eq!(world.items(), before);
    assert!(world.queues.messages("BillPageDeadLetters").is_empty());
}

/// The contracts of the bills that a list of the API shows.
async fn contracts_of(world: &World, path: &str) -> BTreeSet<String> {
    let listed = world.portal().get(path).await.expect(200);
    let bills = listed.at("/invoice");
    bills.as_array().unwrap().iter().map(|bill| bill["contract"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_father_sees_the_bills_of_its_children_and_a_group_those_of_its_contracts() {
    let world = World::demo().await;
    // The account 100101 has 500101 and 500102; 500103 is of its child, 100102.
    let child = world.portal().get("/accounts/100102").await.expect(200);
    assert_eq!(child.at("/parentAccountId"), json!("100101"), "{}", child.text());
    let group = json!({ "groupId": "together", "address": "Calle 9 # 8-7" });
    world.portal().post("/customers/CODE/1001/bills/groups", &group).await.expect(200);
    let grouped = |id: &str, day: u32| {
        json!({
            "type": "contract", "id": id, "customer": "1001", "first": "2025-12-30", "cycle_day": day, "group": "together",
        })
    };
    world.import(&[grouped("500101", 15), grouped("500103", 1)]).await.unwrap();
    // Nothing but this is charged to the child's contract.
    let debit = json!({
        "id": "device", "day": "2026-01-20", "amount": { "minor": 500_000, "currency": "COP" }, "reason": "Device",
        "tax": "standard",
    });
    let mut changes = Changes::new();
    changes.add_adjustment(&"500103".parse().unwrap(), &serde_json::from_value(debit).unwrap()).unwrap();
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
    let all = ["500101", "500102", "500103"].map(|id| id.parse().unwrap());
    world.order_run("one", DAY, false, Whom::These(all.to_vec())).await;
    let billed: BTreeSet<String> = world.bills("1001").await.iter().map(|bill| bill.contract.to_string()).collect();
    assert!(billed.contains("500101") && billed.contains("500103"), "{billed:?}");

    let father = contracts_of(&world, "/customers/NIT/900123456/bills?limit=100&start=2026-03-10").await;
    assert_eq!(father, billed);
    let one = contracts_of(&world, "/customers/CODE/1001/bills?contractNumber=500103&start=2026-03-10").await;
    assert_eq!(one, BTreeSet::from(["500103".to_owned()]));
    let together = contracts_of(&world, "/customers/CODE/1001/bills/groups/together?limit=100").await;
    assert_eq!(together, BTreeSet::from(["500101".to_owned(), "500103".to_owned()]));
    // Another customer sees none of them, whatever it calls its accounts.
    let other = contracts_of(&world, "/customers/CODE/1002/bills?limit=100&start=2026-03-10").await;
    assert!(other.is_disjoint(&billed), "{other:?}");
}

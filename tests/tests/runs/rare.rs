//! What a run seldom meets: contracts that wait for a person, that change their cycle day, that end, and very large ones.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use futures_util::FutureExt as _;
use local::bill::parked::{Verdict, judge};
use local::sources::FaultPlan;
use serde_json::{Value, json};
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::page::Became;
use shared::domain::billing::report::Report;
use shared::domain::billing::series::Series;
use shared::domain::event::Whom;
use shared::table::Changes;
use tests::World;

use crate::audit;
use crate::behaviour::these;
use crate::lab::{Lab, country, name};
use crate::simulation::send;

const CONTRACT: &str = "500101";
const DAY: &str = "2026-02-15";

pub async fn report(world: &World, run: &str) -> Report {
    let report = world.bill_run(run).await.unwrap().closed.unwrap().report;
    assert!(report.adds_up(), "{report:?}");
    report
}

/// How a run has parked a contract.
pub async fn parked(world: &World, run: &str, contract: &str) -> (String, String) {
    match world.became(run).await.remove(contract) {
        Some(Became::Parked { kind, why, .. }) => (kind, why),
        other => (format!("{other:?}"), String::new()),
    }
}

#[tokio::test]
async fn a_series_without_numbers_parks_and_the_next_one_goes_on() {
    let world = World::demo().await;
    world.use_up("FE").await;
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let (kind, why) = parked(&world, "one", CONTRACT).await;
    assert_eq!((&*kind, &*why), ("no-number", "no series of invoices that is open on 2026-03-10 has a number left"));
    assert_eq!(report(&world, "one").await.parked(), 1);
    let told: Vec<_> = world.items().into_iter().filter(|item| item.contains("\"ContractParked\"")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    // Nothing is lost by asking again in vain.
    world.order_run("two", DAY, false, Whom::Parked).await;
    assert_eq!(parked(&world, "two", CONTRACT).await.0, "no-number");
    assert_eq!(world.operator.writer.reader().parked().await.unwrap()[0].run.as_str(), "two");
    let series = json!({ "type": "series", "id": "FF", "kind": "invoice", "prefix": "FF-", "digits": 6, "first": 1, "last": 9, "authorization": "18760000002", "from": "2020-01-01", "until": "2035-12-31" });
    world.import(&[series]).await.unwrap();
    world.order_run("three", DAY, false, Whom::Parked).await;
    let bills = world.bills("1001").await;
    assert_eq!(bills.iter().map(|bill| bill.number.as_str()).collect::<Vec<_>>(), ["FF-000001", "FF-000002"]);
    assert_eq!(world.operator.writer.reader().parked().await.unwrap(), []);
    assert_eq!(world.books(CONTRACT).await.owner.parked, None);
    let told: Vec<_> = world.items().into_iter().filter(|item| item.contains("\"ContractParked\"")).collect();
    assert_eq!(told.len(), 1, "it has waited once");
}

/// Guard: the number itself is the key of a bill that was issued and of one that was imported.
#[tokio::test]
async fn a_number_of_an_imported_bill_is_not_given_to_another() {
    let world = World::demo().await;
    world.use_up("FE").await;
    let money = |minor: i64| json!({"minor": minor, "currency": "COP"});
    let old = |number: &str| {
        json!({
            "type": "bill", "number": number, "serial": "OLD", "customer": "1002", "contract": "500201",
            "subscriber": {"kind": "NIT", "number": "901987654"}, "date": "2025-12-05", "period_start": "2025-11-01",
            "period_end": "2025-11-30", "due": "2025-12-20", "amount": money(100_000), "paid": money(40_000), "name": "A",
            "address": "B", "plan": "", "services": 1,
        })
    };
    let series = |id: &str| {
        json!({
            "type": "series", "id": id, "kind": "invoice", "prefix": format!("{id}-"), "digits": 2, "first": 1, "last": 9,
            "authorization": "18760000002", "from": "2020-01-01", "until": "2035-12-31",
        })
    };
    // With other dashes and in another case it is the same number.
    world.import(&[old("GA-01"), old("ga03")]).await.unwrap();
    world.import(&[series("GA")]).await.unwrap();
    let theirs = world.bills("1002").await;
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let numbers = async || {
        let bills = world.bills("1001").await;
        bills.iter().map(|bill| bill.number.to_string()).filter(|number| number.starts_with('G')).collect::<Vec<_>>()
    };
    assert_eq!(numbers().await, ["GA-02", "GA-04"]);
    assert_eq!(world.bills("1002").await, theirs, "who has the number keeps it, and what is paid of it");
    let report = report(&world, "one").await;
    let elsewhere: Vec<_> = report.elsewhere.iter().map(|given| given.number.as_str()).collect();
    assert_eq!((elsewhere, report.unused.len(), report.used), (vec!["GA-01", "GA-03"], 0, 2));
}

#[tokio::test]
async fn very_many_numbers_of_imported_bills_park_a_contract_and_are_behind_it() {
    let world = World::demo().await;
    world.use_up("FE").await;
    let money = |minor: i64| json!({"minor": minor, "currency": "COP"});
    let old = |number: usize| {
        json!({
            "type": "bill", "number": format!("GA-{number:02}"), "serial": "OLD", "customer": "1002", "contract": "500201",
            "subscriber": {"kind": "NIT", "number": "901987654"}, "date": "2025-12-05", "period_start": "2025-11-01",
            "period_end": "2025-11-30", "due": "2025-12-20", "amount": money(100_000), "paid": money(0), "name": "A",
            "address": "B", "plan": "", "services": 1,
        })
    };
    let series = json!({
        "type": "series", "id": "GA", "kind": "invoice", "prefix": "GA-", "digits": 2, "first": 1, "last": 20,
        "authorization": "18760000002", "from": "2020-01-01", "until": "2035-12-31",
    });
    world.import(&(1..=8).map(old).collect::<Vec<_>>()).await.unwrap();
    world.import(&[series]).await.unwrap();
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let (kind, why) = parked(&world, "one", CONTRACT).await;
    assert_eq!(kind, "number-taken", "{why}");
    assert!(why.starts_with("other bills have the numbers that were given: GA-01, GA-02"), "{why}");
    assert_eq!(report(&world, "one").await.unused, [], "what others have is not declared unused");
    world.order_run("two", DAY, false, Whom::Parked).await;
    assert_eq!(world.operator.writer.reader().parked().await.unwrap(), []);
    let bills = world.bills("1001").await;
    assert!(bills.iter().any(|bill| bill.number.as_str() == "GA-10"), "{bills:?}");
}

#[tokio::test]
async fn a_series_is_used_to_its_last_number_and_its_last_day() {
    let world = World::demo().await;
    world.use_up("FE").await;
    let series = |id: &str, last: u64, until: Option<&str>| {
        json!({
            "type": "series", "id": id, "kind": "invoice", "prefix": format!("{id}-"), "digits": 1, "first": 1, "last": last,
            "authorization": format!("CAI of {id}"), "from": "2020-01-01", "until": until.unwrap_or("2035-12-31"),
        })
    };
    let ended = series("GA", 99, Some("2026-03-09"));
    world.import(&[ended, series("GB", 1, None), series("GC", 5, Some("2026-03-10"))]).await.unwrap();
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let bills = world.bills("1001").await;
    assert_eq!(bills.iter().map(|bill| bill.number.as_str()).collect::<Vec<_>>(), ["GB-1", "GC-1"]);
    assert_eq!(bills[1].authorization.as_deref(), Some("CAI of GC"));
}

/// Runs a day for the lab's contract.
async fn run(lab: &Lab, run: &str, day: &str) -> Became {
    send(lab, run, day, false, Whom::These(vec![name(0)]));
    lab.sources().settle(lab.clock.now()).await.unwrap();
    audit::ended(lab, run).await.remove(0).became
}

fn kind(became: &Became) -> &str {
    match became {
        Became::Parked { kind, .. } => kind,
        Became::Billed(_) => "billed",
        Became::Skipped(_) => "skipped",
    }
}

#[tokio::test]
async fn a_jump_that_is_right_is_billed_once_a_person_says_so() {
    let lab = Lab::new(&[1], FaultPlan::default()).await;
    lab.clock.set("2026-08-01T12:00:00Z".parse().unwrap());
    for day in ["2026-01-01", "2026-02-01", "2026-03-01"] {
        assert_eq!(kind(&run(&lab, day, day).await), "billed");
    }
    let allow = async |reason: &str| {
        judge(&lab.writer, &name(0), Verdict::Allowed, reason, lab.clock.now()).await.map(|judged| judged.to_string())
    };
    assert_eq!(allow("early").await.unwrap_err().to_string(), "CONTRACT: must be parked, which c0 is not");
    lab.adjust(0, 1, "2026-03-10".parse().unwrap(), 9_000_000).await;
    assert_eq!(kind(&run(&lab, "four", "2026-04-01").await), "jump");
    assert_eq!(allow("devices").await.unwrap(), "the next run bills the contract c0 in spite of jump: devices\n");
    assert!(lab.reader().parked().await.unwrap()[0].allowed);
    // What has grown since was not looked at.
    lab.adjust(0, 2, "2026-03-11".parse().unwrap(), 9_000_000).await;
    assert_eq!(kind(&run(&lab, "five", "2026-04-01").await), "jump");
    assert!(!lab.reader().parked().await.unwrap()[0].allowed);
    allow("more devices").await.unwrap();
    send(&lab, "dry", "2026-04-01", true, Whom::These(vec![name(0)]));
    assert_eq!(kind(&run(&lab, "six", "2026-04-01").await), "billed");
    assert_eq!(audit::came_to(&lab, "dry").await, audit::came_to(&lab, "six").await);
    // It was said of that bill, and of no other.
    let owner = lab.reader().contract(&name(0)).await.unwrap().unwrap();
    assert_eq!((owner.allowed.len(), owner.parked.is_none()), (0, true));
    audit::everything_adds_up(&lab, 1).await;
}

#[tokio::test]
async fn a_large_run_takes_numbers_ahead_and_declares_what_is_left() {
    let lab = Lab::with_large_runs(&[1; 60], FaultPlan::default()).await;
    lab.clock.set("2026-02-01T12:00:00Z".parse().unwrap());
    send(&lab, "one", "2026-01-01", false, Whom::These((0..60).map(name).collect()));
    lab.sources().settle(lab.clock.now()).await.unwrap();
    let run = lab.reader().run(&"one".parse().unwrap()).await.unwrap().unwrap().value;
    let report = run.closed.unwrap().report;
    // Pages of 25, 25 and 10: the first has taken for three.
    assert_eq!((report.used, report.taken, report.unused.len()), (60, 75, 15));
    let all: BTreeSet<_> = report.unused.iter().map(|given| given.number.to_string()).collect();
    assert_eq!((all.len(), all.first().unwrap().as_str()), (15, "FE-0061"));
    audit::everything_adds_up(&lab, 60).await;
}

#[tokio::test]
async fn a_night_that_leaves_numbers_for_less_than_two_says_so() {
    let lab = Lab::new(&[1; 4], FaultPlan::default()).await;
    lab.clock.set("2026-01-01T12:00:00Z".parse().unwrap());
    for (run, left, scarce) in [("one", 9_000, false), ("two", 7, true)] {
        let before = lab.reader().series(&"FE".parse().unwrap()).await.unwrap().unwrap();
        let mut changes = Changes::new();
        changes.update_series(&before, &Series { next: 1 + before.last - left, ..before.value.clone() }).unwrap();
        lab.commit(changes).await;
        send(&lab, run, ["2025-12-31", "2026-01-01"][usize::from(scarce)], false, Whom::All);
        lab.sources().settle(lab.clock.now()).await.unwrap();
        let run = lab.reader().run(&run.parse().unwrap()).await.unwrap().unwrap().value;
        let report = run.closed.unwrap().report;
        let expected = if scarce { vec![DocumentKind::Invoice] } else { Vec::new() };
        assert_eq!((report.scarce.clone(), report.is_clean()), (expected, !scarce), "{report:?}");
    }
}

#[tokio::test]
async fn near_the_end_of_a_series_nobody_takes_numbers_ahead() {
    let lab = Lab::with_large_runs(&[1; 30], FaultPlan::default()).await;
    lab.clock.set("2026-02-01T12:00:00Z".parse().unwrap());
    let mut series = lab.reader().series(&"FE".parse().unwrap()).await.unwrap().unwrap();
    let before = series.clone();
    series.value.next = 9_970;
    let mut changes = Changes::new();
    changes.update_series(&before, &series.value).unwrap();
    lab.commit(changes).await;
    send(&lab, "one", "2026-01-01", false, Whom::These((0..30).map(name).collect()));
    lab.sources().settle(lab.clock.now()).await.unwrap();
    let run = lab.reader().run(&"one".parse().unwrap()).await.unwrap().unwrap().value;
    let report = run.closed.unwrap().report;
    assert_eq!((report.billed, report.taken, report.parked()), (30, 30, 0));
}

#[tokio::test]
async fn another_cycle_day_acts_after_the_periods_that_are_billed() {
    let world = World::demo().await;
    let listed = async || world.books(CONTRACT).await.owner.listed.map(u32::from);
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    assert_eq!(listed().await, Some(15));
    let record = json!({
        "type": "contract", "id": CONTRACT, "customer": "1001", "first": world.ledger(CONTRACT).await.contract.first,
        "cycle_day": 20,
    });
    world.import(&[record]).await.unwrap();
    assert_eq!(listed().await, Some(15), "the period that was charged in advance stays as it is");
    world.clock.set("2026-03-15T15:00:00Z".parse().unwrap());
    world.order_run("two", "2026-03-15", false, these(CONTRACT)).await;
    assert_eq!(listed().await, Some(20));
    let all = world.items();
    let lists = all.iter().filter(|item| item.contains("\"DAY#") && item.contains(&format!("\"{CONTRACT}\"")));
    let lists: Vec<_> = lists.map(|item| serde_json::from_str::<Value>(item).unwrap()["pk"]["S"].clone()).collect();
    assert_eq!(lists.len(), 1, "{lists:?}");
    assert!(lists[0].as_str().unwrap().starts_with("DAY#20#"), "{lists:?}");
}

#[tokio::test(start_paused = true)]
async fn a_contract_that_has_ended_is_looked_at_twice_more_and_leaves_the_lists() {
    let lab = Lab::new(&[15], FaultPlan::default()).await;
    lab.clock.set("2026-08-01T03:00:00Z".parse().unwrap());
    let mut sources = lab.sources();
    let owner = lab.reader().contract(&name(0)).await.unwrap().unwrap();
    let mut after = owner.value.clone();
    after.contract.last = Some("2026-02-20".parse().unwrap());
    let mut changes = Changes::new();
    changes.update_contract(&owner, &after).unwrap();
    lab.commit(changes).await;
    for (day, due) in [
        ("2026-01-15", true),
        ("2026-02-15", true),
        ("2026-03-15", true),
        ("2026-04-15", true),
        ("2026-05-15", true),
        ("2026-06-15", false),
    ] {
        assert_eq!(lab.reader().contract(&name(0)).await.unwrap().unwrap().listed.is_some(), due, "{day}");
        send(&lab, day, day, false, Whom::All);
        sources.settle(lab.clock.now()).await.unwrap();
        let report = lab.reader().run(&day.parse().unwrap()).await.unwrap().unwrap().value.closed.unwrap().report;
        assert_eq!(report.contracts, u64::from(due), "{day}: the list of the day");
    }
    let books = lab.reader().books(&name(0), country().zone()).await.unwrap().unwrap();
    let through: NaiveDate = books.billed.through().unwrap();
    assert_eq!(through.to_string(), "2026-05-14", "the period of its end, and two more");
}

#[tokio::test]
async fn a_page_that_is_listed_again_after_it_was_done_is_forgotten() {
    let world = World::demo().await;
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let before = world.items();
    world.list_again("one").await;
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let differ =
        |items: Vec<String>| -> Vec<String> { items.into_iter().filter(|item| !before.contains(item)).collect() };
    let changed = differ(world.items());
    assert!(changed.iter().all(|item| item.contains("\"RUNS\"")), "{changed:?}");
}

#[tokio::test]
async fn what_is_larger_than_an_item_is_billed_corrected_and_verified() {
    let world = World::demo().await;
    world.fill_with_adjustments(CONTRACT, "2026-01-20", 0..3_000).await;
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let newest = || {
        world.bills("1001").map(|bills| {
            let own = bills.into_iter().filter(|bill| bill.contract.as_str() == CONTRACT);
            own.map(|bill| bill.number).max().unwrap()
        })
    };
    let reader = world.operator.writer.reader();
    let issued = reader.issued(&newest().await).await.unwrap().unwrap();
    assert!(issued.settlement.documents()[0].lines.len() > 3_000);
    assert!(world.parts() > 2, "bill and books lie in parts");
    // The next looks take the old parts of the books away.
    world.fill_with_adjustments(CONTRACT, "2026-01-21", 3_000..3_001).await;
    world.clock.set("2026-03-15T15:00:00Z".parse().unwrap());
    world.order_run("two", "2026-03-15", false, these(CONTRACT)).await;
    let issued = reader.issued(&newest().await).await.unwrap().unwrap();
    assert!(issued.settlement.documents()[0].lines.iter().any(|line| line.key.item == "a3000"));
    assert_eq!(world.books(CONTRACT).await.billed.closed().count(), 2, "the first has had its last look");
}

//! What a run seldom meets: contracts that wait for a person, that change their cycle day, that end, and very large ones.

use chrono::NaiveDate;
use futures_util::FutureExt as _;
use local::sources::FaultPlan;
use serde_json::{Value, json};
use shared::domain::billing::page::Became;
use shared::domain::billing::report::Report;
use shared::domain::event::Whom;
use shared::table::Changes;
use tests::World;

use crate::behaviour::these;
use crate::lab::{Lab, country, name};
use crate::simulation::send;

const CONTRACT: &str = "500101";
const DAY: &str = "2026-02-15";

async fn report(world: &World, run: &str) -> Report {
    let report = world.bill_run(run).await.unwrap().closed.unwrap().report;
    assert!(report.adds_up(), "{report:?}");
    report
}

/// How a run has parked a contract.
async fn parked(world: &World, run: &str, contract: &str) -> (String, String) {
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
    let series =
        json!({ "type": "series", "id": "FF", "kind": "invoice", "prefix": "FF-", "digits": 6, "first": 1, "last": 9 });
    world.import(&[series]).await.unwrap();
    world.order_run("three", DAY, false, Whom::Parked).await;
    let bills = world.bills("1001").await;
    assert_eq!(bills.iter().map(|bill| bill.number.as_str()).collect::<Vec<_>>(), ["FF-000001", "FF-000002"]);
    assert_eq!(world.operator.writer.reader().parked().await.unwrap(), []);
    assert_eq!(world.books(CONTRACT).await.owner.parked, None);
    let told: Vec<_> = world.items().into_iter().filter(|item| item.contains("\"ContractParked\"")).collect();
    assert_eq!(told.len(), 1, "it has waited once");
}

#[tokio::test]
async fn a_series_is_used_to_its_last_number_and_its_last_day() {
    let world = World::demo().await;
    world.use_up("FE").await;
    let series = |id: &str, last: u64, until: Option<&str>| {
        json!({
            "type": "series", "id": id, "kind": "invoice", "prefix": format!("{id}-"), "digits": 1, "first": 1, "last": last,
            "until": until, "authorization": format!("CAI of {id}"),
        })
    };
    let ended = series("GA", 99, Some("2026-03-09"));
    world.import(&[ended, series("GB", 1, None), series("GC", 5, Some("2026-03-10"))]).await.unwrap();
    world.order_run("one", DAY, false, these(CONTRACT)).await;
    let bills = world.bills("1001").await;
    assert_eq!(bills.iter().map(|bill| bill.number.as_str()).collect::<Vec<_>>(), ["GB-1", "GC-1"]);
    assert_eq!(bills[1].authorization.as_deref(), Some("CAI of GC"));
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

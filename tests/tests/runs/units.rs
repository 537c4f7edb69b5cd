//! What a bill costs of the table, pages, numbers and the run counted.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::json;
use shared::domain::event::Whom;
use shared::domain::usage_file::day::{DayWord, Usage};
use shared::domain::usage_file::source::Source;
use shared::table::Changes;
use tests::World;
use tests::limits::{BILL, DIVIDED};
use tests::world::LINE;

const CONTRACTS: u64 = 100;

/// Contracts of a line, a plan and two additional ones each, with calls and data on every day of three months.
pub async fn world() -> World {
    let world = World::demo().await;
    let model = world.line_record(LINE).await;
    let mut records = Vec::new();
    for at in 0..CONTRACTS {
        let (customer, contract) = (format!("7{at:05}"), format!("8{at:05}"));
        records.push(json!({
            "type": "customer", "code": customer, "name": format!("Customer {at}"), "address": "Calle 1 # 2-3, Bogotá",
            "identities": [{ "kind": "CC", "number": format!("5{at:07}") }],
        }));
        records.push(json!({
            "type": "contract", "id": contract, "customer": customer, "first": "2025-11-10", "cycle_day": 10,
        }));
        let mut line = model.clone();
        let number = world.msisdn(&number(at)).to_string();
        for (field, value) in [
            ("msisdn", json!(number)),
            ("customer", json!(customer)),
            ("contract", json!(contract)),
            ("contract_since", json!("2025-11-10")),
            ("profile", json!(format!("9{at:05}"))),
        ] {
            line[field] = value;
        }
        records.push(line);
    }
    world.import(&records).await.unwrap();
    let mut changes = Changes::new();
    for (at, day) in (0..CONTRACTS).flat_map(|at| (0..120).map(move |day| (at, day))) {
        let on = NaiveDate::from_ymd_opt(2025, 11, 10).unwrap() + Days::new(day);
        changes.put_day_word(&world.msisdn(&number(at)), &word(at, day, on)).unwrap();
    }
    world.operator.writer.load(changes).await.unwrap();
    world
}

/// Calls and data of a day: some are included, some cost something.
fn word(at: u64, day: u64, on: NaiveDate) -> DayWord {
    let abroad = ["voice.intl.europa", "voice.intl.norte", "voice.intl.andina", "voice.intl.mundo"];
    let abroad = abroad[usize::try_from(day % 4).unwrap()].parse().unwrap();
    let units = BTreeMap::from([
        ("voice.onnet".parse().unwrap(), 60 * (1 + (at + day * 7) % 40)),
        (abroad, 61 + (at * 7 + day * 13) % 600),
        ("data.home".parse().unwrap(), 100_000 + at * 1_000 + day * 777),
    ]);
    let source =
        Source { stream: "msc".parse().unwrap(), name: format!("d{day}").parse().unwrap(), sequence: 1, chunk: 0 };
    DayWord { day: on, source, usage: Usage { records: 12, units, ..Usage::default() } }
}

fn number(at: u64) -> String {
    format!("310{at:07}")
}

#[tokio::test]
async fn an_ordinary_bill_costs_no_more_than_it_may() {
    let world = world().await;
    let contracts = (0..CONTRACTS).map(|at| format!("8{at:05}").parse().unwrap());
    let all = Whom::These(contracts.collect());
    for day in ["2025-12-10", "2026-01-10", "2026-02-10"] {
        world.order_run(day, day, false, all.clone()).await;
    }
    world.clock.set(world.clock.now() + TimeDelta::minutes(1));
    world.settle().await;
    world.meter.take();
    // Two periods before the one that ends are looked at again, one of them for the last time.
    world.order_run("fourth", "2026-03-10", false, all).await;
    let report = world.bill_run("fourth").await.unwrap().closed.unwrap().report;
    assert!(report.adds_up() && report.billed == CONTRACTS, "{report:?}");
    assert_eq!(report.used, CONTRACTS, "one bill each");
    let (mut read, mut written) = (0, 0);
    for request in world.meter.take() {
        match request.operation.as_str() {
            // Contracts that are named are read to be listed; those of a day stand in its lists, forty to a unit.
            "BatchGetItem" => {}
            "GetItem" | "Query" => read += request.tenths,
            _ => written += request.tenths,
        }
    }
    let of = |tenths: u64| tenths * 10 / report.contracts;
    assert!(of(written) <= BILL.written, "{} hundredths of a write unit", of(written));
    // The event of a bill is divided among subscriptions.
    assert!(of(read) <= BILL.read + DIVIDED.read, "{} hundredths of a read unit", of(read));
}

//! What people complain of in billing systems, as far as it is about runs. The numbers are those of the project's list; the
//! others are in `shared/src/domain/billing/tests/complaints.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use local::sources::CutOff;
use serde_json::{Value, json};
use shared::domain::billing::page::PageId;
use shared::domain::event::{BillPageListed, BillRunDue, BillRunOrdered, Whom};
use shared::events::message;
use tests::World;

use crate::behaviour::these;

const CONTRACT: &str = "500101";
const DAY: &str = "2026-02-15";

fn batch(body: &str) -> Value {
    json!({ "Records": [{ "messageId": "1", "body": body }] })
}

fn page(run: &str) -> Value {
    let page = BillPageListed { run: run.parse().unwrap(), page: PageId { list: 0, page: 0 } };
    batch(&message(&page, "page").unwrap())
}

fn order(run: &str) -> Value {
    let order =
        BillRunOrdered { run: run.parse().unwrap(), day: DAY.parse().unwrap(), dry: false, whom: these(CONTRACT) };
    batch(&message(&order, "order").unwrap())
}

async fn invoke(world: &World, function: &str, event: Value) -> Value {
    world.functions[function](event, Duration::from_secs(60)).await.unwrap()
}

fn bills(world: &World) -> BTreeSet<String> {
    // Those of runs; of imported bills the table has the customer with the number.
    let is_one = |item: &String| item.contains("\"BILL#") && !item.contains("\"customer\"");
    world.items().into_iter().filter(is_one).collect()
}

#[tokio::test]
async fn complaint_1_a_job_that_is_delivered_again_bills_nothing() {
    let world = World::demo().await;
    invoke(&world, "bill-run", order("one")).await;
    invoke(&world, "bill-generate", page("one")).await;
    let before = world.items();
    assert_eq!(bills(&world).len(), 2);
    for _ in 0..3 {
        invoke(&world, "bill-generate", page("one")).await;
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn complaint_2_two_workers_at_once_make_one_bill() {
    for round in 0..5 {
        let world = World::demo().await;
        invoke(&world, "bill-run", order("one")).await;
        let workers = (0..=round).map(|_| invoke(&world, "bill-generate", page("one")));
        futures_util::future::join_all(workers).await;
        // Who was slower than the page's end has nothing to do; who was not gets the page again.
        world.settle().await;
        assert_eq!(bills(&world).len(), 2, "{round}");
        let report = world.bill_run("one").await.unwrap().closed.unwrap().report;
        assert!(report.adds_up() && report.used == 2 && report.unused.is_empty(), "{report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn complaint_3_a_run_that_is_cut_off_anywhere_and_started_again_doubles_nothing() {
    let whole = World::demo().await;
    whole.order_run("one", DAY, false, these(CONTRACT)).await;
    let mut steps = 0;
    loop {
        let world = World::demo().await;
        let first = CutOff::after(steps, invoke(&world, "bill-run", order("one"))).await;
        let second = CutOff::after(steps, invoke(&world, "bill-generate", page("one"))).await;
        // The queue still has what was not answered; here the order comes again.
        invoke(&world, "bill-run", order("one")).await;
        world.settle().await;
        assert_eq!(bills(&world), bills(&whole), "{steps}");
        assert!(world.bill_run("one").await.unwrap().closed.unwrap().report.adds_up(), "{steps}");
        if first.is_some() && second.is_some() {
            break;
        }
        steps += 1;
    }
    assert!(steps > 10, "{steps}");
}

#[tokio::test]
async fn complaint_6_the_runs_day_is_the_schedules_in_the_country_and_not_the_clocks() {
    let world = World::demo().await;
    // One minute before midnight in Bogotá is the next day in UTC already; the message is late by two days.
    world.clock.set("2026-03-17T12:00:00Z".parse().unwrap());
    let due = message(&BillRunDue { at: "2026-03-15T04:59:00Z".parse().unwrap() }, "due").unwrap();
    world.queues.send("BillRuns", due, BTreeMap::new(), world.clock.now());
    invoke(&world, "bill-run", batch(&world.queues.messages("BillRuns")[0].body)).await;
    let run = world.bill_run("2026-03-14").await.unwrap();
    assert_eq!((run.day.to_string(), run.scheduled), ("2026-03-14".to_owned(), true));
    assert_eq!(world.bill_run("2026-03-15").await, None);
}

#[tokio::test]
async fn complaint_7_a_run_is_not_clean_without_usage_that_came_the_days_before() {
    let world = World::demo().await;
    let send = async |name: &str| {
        let content = tests::file("docs/usage-files/msc.1.calls.csv");
        world.put_usage_file(&format!("inbox/0/{name}.1.calls.csv"), content.as_bytes()).await;
        world.settle().await;
    };
    send("switch/a").await;
    send("gateway/a").await;
    world.clock.set(world.clock.now() + chrono::TimeDelta::days(2));
    send("gateway/b").await;
    world.clock.set(world.clock.now() + chrono::TimeDelta::days(1));
    world.order_run("one", "2026-03-13", false, Whom::All).await;
    let report = world.bill_run("one").await.unwrap().closed.unwrap().report;
    let silent: Vec<_> = report.silent.iter().map(ToString::to_string).collect();
    assert_eq!(silent, ["switch"]);
    assert!(report.adds_up() && !report.is_clean());
}

#[tokio::test]
async fn complaint_15_a_run_by_hand_has_a_day_and_is_harmless_twice() {
    let world = World::demo().await;
    let without = json!({ "run": "one", "whom": "all" }).to_string();
    let body = json!({ "detail": { "id": "1", "type": "BillRunOrdered", "version": 1, "payload": without } });
    invoke(&world, "bill-run", batch(&body.to_string())).await;
    assert_eq!(world.queues.messages("BillRunDeadLetters").len(), 1, "an order without a day is parked");
    invoke(&world, "bill-run", order("one")).await;
    world.settle().await;
    let before = world.items();
    invoke(&world, "bill-run", order("one")).await;
    world.settle().await;
    assert_eq!(world.items(), before);
}

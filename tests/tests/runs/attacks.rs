//! Histories by which runs lost numbers, money or contracts, before they were mended.

use std::time::Duration;

use futures_util::poll;
use local::sources::{CutOff, FaultPlan};
use serde_json::{Value, json};
use shared::domain::billing::page::PageId;
use shared::domain::billing::report::Report;
use shared::domain::event::{BillPageListed, BillRunOrdered, Whom};
use shared::events::message;
use shared::table::Changes;
use tests::connector::faults::Fault;

use crate::audit;
use crate::lab::{Lab, country, name};
use crate::simulation::send;

fn batch(body: &str) -> Value {
    json!({ "Records": [{ "messageId": "1", "body": body }] })
}

fn page(run: &str) -> Value {
    let page = BillPageListed { run: run.parse().unwrap(), page: PageId { list: 0, page: 0 } };
    batch(&message(&page, "page").unwrap())
}

fn order(run: &str, day: &str) -> Value {
    let whom = Whom::These(vec![name(0)]);
    let order = BillRunOrdered { run: run.parse().unwrap(), day: day.parse().unwrap(), dry: false, whom };
    batch(&message(&order, "order").unwrap())
}

async fn invoke(lab: &Lab, function: &str, event: Value) -> Value {
    lab.functions[function](event, Duration::from_secs(60)).await.unwrap()
}

/// A lab at a time, with a contract whose cycle day is the first.
async fn lab(now: &str) -> Lab {
    let lab = Lab::new(&[1], FaultPlan::default()).await;
    lab.clock.set(now.parse().unwrap());
    lab
}

async fn report(lab: &Lab, run: &str) -> Report {
    let run = lab.reader().run(&run.parse().unwrap()).await.unwrap().unwrap().value;
    run.closed.unwrap().report
}

/// A worker holds a page that has no numbers yet; another takes numbers for it and dies; a run by hand bills the contract in
/// between, or does not.
async fn old_page_in_hand(steps: u32, cut: u64, by_hand: bool) {
    let lab = lab("2026-02-02T12:00:00Z").await;
    invoke(&lab, "bill-run", order("one", "2026-02-01")).await;
    let mut slow = Box::pin(invoke(&lab, "bill-generate", page("one")));
    let mut ended = false;
    for _ in 0..steps {
        ended = ended || poll!(&mut slow).is_ready();
        if ended {
            break;
        }
        tokio::task::yield_now().await;
    }
    CutOff::after(cut, invoke(&lab, "bill-generate", page("one"))).await;
    if by_hand {
        lab.clock.set("2026-02-02T12:00:01Z".parse().unwrap());
        invoke(&lab, "bill-run", order("two", "2026-02-01")).await;
        invoke(&lab, "bill-generate", page("two")).await;
    }
    if !ended {
        slow.await;
    }
    lab.clock.set("2026-02-02T13:00:00Z".parse().unwrap());
    invoke(&lab, "bill-generate", page("one")).await;
    let mut sources = lab.sources();
    sources.settle(lab.clock.now()).await.unwrap();
    audit::numbers_add_up(&lab).await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_with_an_old_page_in_hand_loses_no_number() {
    for steps in 0..10 {
        for cut in (0..60).step_by(5) {
            for by_hand in [false, true] {
                old_page_in_hand(steps, cut, by_hand).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_told_late_takes_back_what_was_charged_beyond_it() {
    let lab = lab("2026-08-01T03:00:00Z").await;
    let mut sources = lab.sources();
    for day in ["2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"] {
        send(&lab, day, day, false, Whom::All);
        sources.settle(lab.clock.now()).await.unwrap();
    }
    let books = lab.reader().books(&name(0), country().zone()).await.unwrap().unwrap();
    let mut after = books.owner.value.clone();
    after.contract.last = Some("2026-02-10".parse().unwrap());
    after.listed = books.billed.next_due(&after.contract);
    let mut changes = Changes::new();
    changes.update_contract(&books.owner, &after).unwrap();
    lab.commit(changes).await;
    for day in ["2026-06-01", "2026-07-01", "2026-07-31"] {
        send(&lab, &format!("{day}.late"), day, false, Whom::All);
        send(&lab, &format!("{day}.by-hand"), day, false, Whom::These(vec![name(0)]));
        sources.settle(lab.clock.now()).await.unwrap();
    }
    let books = lab.reader().books(&name(0), country().zone()).await.unwrap().unwrap();
    let beyond = books.billed.periods.iter().filter(|one| Some(one.period.start) > after.contract.last);
    for period in beyond.filter(|one| !one.is_final()) {
        let charged: i64 = period.charged.values().map(|charged| charged.amount).sum();
        assert_eq!(charged, 0, "from {}", period.period.start);
    }
    assert_eq!(books.owner.listed, None);
    assert!(books.owner.credit > 0, "what was taken back is the contract's credit");
}

#[tokio::test(start_paused = true)]
async fn a_contract_without_a_customer_takes_no_number() {
    let lab = lab("2026-02-02T12:00:00Z").await;
    lab.add_contract(1, 1, "nobody").await;
    let mut sources = lab.sources();
    for run in ["one", "two"] {
        send(&lab, run, "2026-02-01", false, Whom::These(vec![name(1)]));
        sources.settle(lab.clock.now()).await.unwrap();
        let report = report(&lab, run).await;
        assert_eq!((report.parked["no-customer"], report.taken), (1, 0), "{report:?}");
    }
    send(&lab, "dry", "2026-02-01", true, Whom::These(vec![name(1)]));
    sources.settle(lab.clock.now()).await.unwrap();
    assert_eq!(report(&lab, "dry").await.parked["no-customer"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_contract_that_could_not_be_looked_at_first_gets_all_its_numbers() {
    for skip in 0..4 {
        let lab = lab("2026-05-02T12:00:00Z").await;
        invoke(&lab, "bill-run", order("one", "2026-05-01")).await;
        lab.faults.after("Query", skip, Fault::Throttling, 3);
        invoke(&lab, "bill-generate", page("one")).await;
        lab.faults.clear();
        lab.sources().settle(lab.clock.now()).await.unwrap();
        let report = report(&lab, "one").await;
        assert_eq!((report.billed, report.parked(), report.used), (1, 0, 5), "{skip}: {report:?}");
    }
}

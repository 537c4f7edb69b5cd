//! Histories by which runs lost numbers, money or contracts, before they were mended.

use std::time::Duration;

use futures_util::poll;
use local::bill::parked::{Verdict, judge};
use local::sources::{CutOff, FaultPlan};
use serde_json::{Value, json};
use shared::domain::billing::page::{Page, PageId};
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
    page_of(run, 0)
}

fn page_of(run: &str, page: u32) -> Value {
    let page = BillPageListed { run: run.parse().unwrap(), page: PageId { list: 0, page } };
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

/// Lets work take so many steps; whether it has ended.
async fn go_on(work: &mut (impl Future<Output = Value> + Unpin), steps: u32) -> bool {
    for _ in 0..steps {
        if poll!(&mut *work).is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// A worker holds a page that has no numbers yet; another takes numbers for it and dies; a run by hand bills the contract in
/// between, or does not.
async fn old_page_in_hand(steps: u32, cut: u64, by_hand: bool) {
    let lab = lab("2026-02-02T12:00:00Z").await;
    invoke(&lab, "bill-run", order("one", "2026-02-01")).await;
    let mut slow = Box::pin(invoke(&lab, "bill-generate", page("one")));
    let ended = go_on(&mut slow, steps).await;
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

/// A worker has a page in hand while another finishes it; a late walker makes the page once more, and the worker goes on.
#[tokio::test(start_paused = true)]
async fn a_page_that_is_made_again_gives_no_number_to_who_has_the_first_one_in_hand() {
    for steps in 0..60 {
        let lab = lab("2026-02-02T12:00:00Z").await;
        invoke(&lab, "bill-run", order("one", "2026-02-01")).await;
        let (run, id) = ("one".parse().unwrap(), PageId { list: 0, page: 0 });
        let listed = lab.reader().open_page(&run, id).await.unwrap().unwrap();
        let mut slow = Box::pin(invoke(&lab, "bill-generate", page("one")));
        let ended = go_on(&mut slow, steps).await;
        invoke(&lab, "bill-generate", page("one")).await;
        if lab.reader().open_page(&run, id).await.unwrap().is_none() {
            let again = Page { at: None, taken: 0, ..listed.value.clone() };
            assert!(lab.writer.add_page(&run, id, again).await.unwrap().is_some());
        }
        if !ended {
            slow.await;
        }
        // The walker finds that it is done, or dies before that; whoever is told of the page then finds it.
        invoke(&lab, "bill-generate", page("one")).await;
        lab.sources().settle(lab.clock.now()).await.unwrap();
        audit::everything_adds_up(&lab, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_that_are_left_from_a_day_are_not_used_on_the_next() {
    let lab = Lab::with_large_runs(&[1; 50], FaultPlan::default()).await;
    lab.clock.set("2026-02-02T03:00:00Z".parse().unwrap());
    let order = |run: &str, contracts: std::ops::Range<usize>| {
        let whom = Whom::These(contracts.map(name).collect());
        let (run, day) = (run.parse().unwrap(), "2026-01-01".parse().unwrap());
        batch(&message(&BillRunOrdered { run, day, dry: false, whom }, "order").unwrap())
    };
    invoke(&lab, "bill-run", order("one", 0..50)).await;
    invoke(&lab, "bill-generate", page_of("one", 0)).await;
    // It is midnight; another run bills a contract, and then the second page comes.
    lab.clock.set("2026-02-02T06:00:00Z".parse().unwrap());
    invoke(&lab, "bill-run", order("two", 49..50)).await;
    invoke(&lab, "bill-generate", page_of("two", 0)).await;
    invoke(&lab, "bill-generate", page_of("one", 1)).await;
    lab.sources().settle(lab.clock.now()).await.unwrap();
    let window = shared::table::Window { from: shared::table::From::Record(0), limit: 1_000 };
    let all = None::<fn(&shared::domain::bill::Bill) -> bool>;
    let mut bills = lab.reader().bills(&"1".parse().unwrap(), (None, None), &window, all).await.unwrap().rows;
    bills.sort_by(|one, other| one.number.cmp(&other.number));
    assert!(bills.is_sorted_by_key(|bill| bill.date), "{bills:?}");
    assert_eq!(bills.len(), 50);
    audit::everything_adds_up(&lab, 50).await;
}

/// Two walk the list of the parked; one has read it, then somebody closes the only case, and the other one finds the list empty.
#[tokio::test(start_paused = true)]
async fn nobody_makes_a_page_behind_the_end_of_a_list() {
    let mut made = 0;
    for steps in 0..60 {
        let lab = lab("2026-02-02T12:00:00Z").await;
        lab.add_contract(1, 1, "nobody").await;
        let who = || Whom::These(vec![name(1)]);
        send(&lab, "park", "2026-02-01", false, who());
        lab.sources().settle(lab.clock.now()).await.unwrap();
        let order = BillRunOrdered {
            run: "one".parse().unwrap(),
            day: "2026-02-01".parse().unwrap(),
            dry: false,
            whom: Whom::Parked,
        };
        let order = batch(&message(&order, "order").unwrap());
        let mut late = Box::pin(invoke(&lab, "bill-run", order.clone()));
        let ended = go_on(&mut late, steps).await;
        let case = judge(&lab.writer, &name(1), Verdict::Closed, "left", lab.clock.now()).await;
        assert!(case.is_ok());
        invoke(&lab, "bill-run", order).await;
        lab.sources().settle(lab.clock.now()).await.unwrap();
        if !ended {
            late.await;
        }
        lab.clock.set("2026-02-02T13:00:00Z".parse().unwrap());
        lab.sources().settle(lab.clock.now()).await.unwrap();
        let run = lab.reader().run(&"one".parse().unwrap()).await.unwrap().unwrap().value;
        let report = run.closed.as_ref().unwrap().report.clone();
        let ended = audit::ended(&lab, "one").await.len() as u64;
        assert_eq!((report.contracts, report.pages), (ended, run.pages()), "{steps}");
        assert!(!lab.reader().has_open_pages(&run).await.unwrap());
        made += report.pages;
    }
    assert!((1..60).contains(&made), "with and without a page: {made}");
}

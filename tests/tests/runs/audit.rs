//! What must hold of a table after any history of runs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use shared::domain::bill::Bill;
use shared::domain::billing::bill::{Known, closing};
use shared::domain::billing::billed::Billed;
use shared::domain::billing::cycle::{Days, Period};
use shared::domain::billing::issued::Issued;
use shared::domain::billing::key::Key;
use shared::domain::billing::page::{Became, Ended};
use shared::domain::billing::pinned::Catalogues;
use shared::domain::billing::run::Run;
use shared::domain::billing::terms::Terms;
use shared::domain::billing::verify;
use shared::domain::ids::BillNumber;
use shared::table::{From, Wanted, Window};

use crate::lab::{Lab, country, name};

/// A partition's names in the table, by the beginning of their keys.
fn partitions(lab: &Lab, prefix: &str) -> BTreeSet<String> {
    let items = lab.items();
    let names = items.iter().filter_map(|item| item["pk"]["S"].as_str()?.strip_prefix(prefix).map(ToOwned::to_owned));
    names.collect()
}

/// The bills that runs have issued, by number.
pub async fn all_issued(lab: &Lab) -> BTreeMap<BillNumber, Issued> {
    let mut issued: BTreeMap<BillNumber, Issued> = BTreeMap::new();
    for number in partitions(lab, "BILL#") {
        let bill = lab.reader().issued(&number.parse().unwrap()).await.unwrap().unwrap();
        let own = bill.numbers.iter().find(|given| given.number.bare() == number).unwrap();
        issued.insert(own.number.clone(), bill);
    }
    issued
}

/// Every number is on one bill or declared unused, and every run adds up.
pub async fn numbers_add_up(lab: &Lab) {
    numbers_are_accounted_for(lab, &all_issued(lab).await).await;
}

/// Convergence, numbers, runs, lists and queues.
pub async fn everything_adds_up(lab: &Lab, contracts: usize) {
    it_adds_up(lab, contracts, &all_issued(lab).await).await;
}

/// The same, of what runs have issued.
pub async fn it_adds_up(lab: &Lab, contracts: usize, issued: &BTreeMap<BillNumber, Issued>) {
    bills_are_listed(lab, issued).await;
    numbers_are_accounted_for(lab, issued).await;
    let catalogues = Catalogues::new(country(), [lab.reader().tariff().await.unwrap().unwrap()]);
    for bill in issued.values() {
        assert!(verify::issued_holds(bill, &catalogues, &Terms::of(country())).unwrap(), "{:?}", bill.numbers);
    }
    for at in 0..contracts {
        bills_come_to_the_price(lab, at, issued, &catalogues).await;
    }
    for (queue, depth) in lab.queues.depths().iter().filter(|(queue, _)| queue.starts_with("Bill")) {
        assert_eq!(*depth, 0, "{queue}");
    }
}

/// The customer's list has what was issued, and nothing else.
async fn bills_are_listed(lab: &Lab, issued: &BTreeMap<BillNumber, Issued>) {
    let window = Window { from: From::Record(0), limit: 10_000 };
    let listed = lab.reader().bills(&"1".parse().unwrap(), (None, None), &window, None::<fn(&Bill) -> bool>).await;
    let mut listed = listed.unwrap().rows;
    let mut wanted: Vec<_> = issued.values().flat_map(|issued| issued.bills.clone()).collect();
    listed.sort_by(|one, other| one.number.cmp(&other.number));
    wanted.sort_by(|one, other| one.number.cmp(&other.number));
    wanted.dedup();
    // What is paid of them comes later.
    for bill in listed.iter_mut().chain(&mut wanted) {
        (bill.paid.minor, bill.paid_on, bill.credited) = (0, None, 0);
    }
    assert_eq!(listed, wanted);
}

/// Every number that a series has given out is on one bill, or declared unused by one run; runs add up.
async fn numbers_are_accounted_for(lab: &Lab, issued: &BTreeMap<BillNumber, Issued>) {
    let (first, last) = ("2025-01-01".parse().unwrap(), "2027-01-01".parse().unwrap());
    let mut runs: Vec<Run> = lab.reader().runs(first, last).await.unwrap().into_iter().map(|run| run.value).collect();
    for run in lab.items().iter().filter(|item| item["pk"]["S"] == "RUNS") {
        let id = run["sk"]["S"].as_str().unwrap().parse().unwrap();
        if !runs.iter().any(|run| run.id == id) {
            runs.push(lab.reader().run(&id).await.unwrap().unwrap().value);
        }
    }
    let mut unused = BTreeSet::new();
    let (mut used, mut total) = (0, 0);
    for run in &runs {
        let closed = run.closed.as_ref();
        assert!(closed.is_some(), "{run:?} is open");
        let report = &closed.unwrap().report;
        assert!(report.adds_up(), "{}: {report:?}", run.id);
        used += report.used;
        if !run.dry {
            total += report.invoices.total + report.credit_notes.total;
        }
        for given in &report.unused {
            assert!(unused.insert(given.number.clone()), "{} is unused twice", given.number);
        }
    }
    for series in lab.reader().all_series().await.unwrap() {
        for number in series.first..series.next {
            let number = series.number(number).unwrap();
            assert_ne!(issued.contains_key(&number), unused.contains(&number), "{number} is on a bill or unused");
        }
    }
    assert_eq!(used, issued.len() as u64, "each bill is one run's");
    let bills =
        issued.iter().flat_map(|(number, issued)| issued.bills.iter().filter(move |bill| bill.number == *number));
    assert_eq!(total, bills.map(|bill| bill.amount.minor).sum::<i64>(), "runs report what bills come to");
}

/// What all bills have charged for a period is what it costs; no period was closed twice.
async fn bills_come_to_the_price(lab: &Lab, at: usize, issued: &BTreeMap<BillNumber, Issued>, catalogues: &Catalogues) {
    let wanted = |_: &_| Wanted { days: Days { from: day("2025-01-01"), to: day("2027-01-01") }, sure_until: None };
    let statement = lab.reader().statement(&name(at), country().zone(), wanted).await.unwrap().unwrap();
    let books = &statement.books;
    let mut charged: BTreeMap<NaiveDate, BTreeMap<Key, i64>> = BTreeMap::new();
    let mut closed = BTreeSet::new();
    let own = issued.values().filter(|issued| issued.contract.id == name(at));
    let mut own: Vec<_> = own.collect();
    own.sort_by_key(|issued| issued.numbers.clone());
    own.dedup_by_key(|issued| issued.numbers.clone());
    for bill in own {
        let closes = bill.settlement.closes.unwrap();
        assert!(closed.insert(closes.start), "contract {at}: {} is closed twice", closes.start);
        for line in bill.settlement.documents().iter().flat_map(|document| &document.lines) {
            *charged.entry(line.period.start).or_default().entry(line.key.clone()).or_default() += line.amount;
        }
    }
    // Contracts that wait are billed by a later run.
    if books.owner.parked.is_some() {
        return;
    }
    let (billed, terms) = (Billed::default(), Terms::of(country()));
    let known = Known { ledger: &books.ledger, usage: &statement.usage, billed: &billed, catalogues, terms: &terms };
    let mut period = Period::containing(books.owner.contract.first, books.owner.contract.cycle.newest());
    let through = books.billed.through().unwrap();
    while period.end <= through {
        let look = closing(&known, &period).unwrap();
        let mut expected: BTreeMap<Key, i64> =
            look.changes.iter().map(|change| (change.key.clone(), change.is.unwrap_or_default())).collect();
        expected.retain(|_, amount| *amount != 0);
        let mut found = charged.remove(&period.start).unwrap_or_default();
        found.retain(|_, amount| *amount != 0);
        assert_eq!(found, expected, "contract {at}, period from {}", period.start);
        period = period.next(books.owner.contract.cycle.newest());
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What became of each contract of a run of one list.
pub async fn ended(lab: &Lab, run: &str) -> Vec<Ended> {
    let window = Window { from: From::Record(0), limit: 1_000 };
    let pages = lab.reader().done_pages(&run.parse().unwrap(), 0, &window).await.unwrap().rows;
    pages.into_iter().flat_map(|page| page.contracts).collect()
}

/// What became of each contract of a run, without the numbers that a dry run does not have.
pub async fn came_to(lab: &Lab, run: &str) -> BTreeMap<String, Became> {
    let mut contracts = ended(lab, run).await;
    for ended in &mut contracts {
        if let Became::Billed(bills) | Became::Parked { billed: bills, .. } = &mut ended.became {
            bills.iter_mut().for_each(|bill| bill.number = None);
        }
    }
    contracts.into_iter().map(|ended| (ended.contract.to_string(), ended.became)).collect()
}

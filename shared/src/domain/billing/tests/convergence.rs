//! What bills charge for a period adds up to its price, whatever the order of facts, runs and mishaps.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::super::key::Key;
use super::super::price::price;
use super::history::{History, Past, history, in_time};

/// What all bills together charge, by key.
fn billed(past: &Past) -> BTreeMap<Key, i64> {
    let lines =
        past.world.settled.iter().flat_map(|settlement| settlement.documents()).flat_map(|document| &document.lines);
    let mut sums = BTreeMap::new();
    for line in lines {
        *sums.entry(line.key.clone()).or_insert(0) += line.amount;
    }
    sums.retain(|_, amount| *amount != 0);
    sums
}

/// What the periods that are closed cost by the facts of their last look and the catalogues they are pinned to.
fn priced(past: &Past) -> BTreeMap<Key, i64> {
    let catalogues = past.world.catalogues();
    let mut sums = BTreeMap::new();
    for (start, facts) in &past.read {
        let one = past.world.billed.period(*start).unwrap();
        let catalogue = catalogues.pinned(&one.versions).unwrap();
        let charges = price(facts, &catalogue, &one.period).unwrap().charges;
        sums.extend(charges.into_iter().map(|charge| (charge.key, charge.amount)));
    }
    sums.retain(|_, amount| *amount != 0);
    sums
}

/// Those of closed periods: what is charged in advance is not settled yet.
fn closed(sums: BTreeMap<Key, i64>, past: &Past) -> BTreeMap<Key, i64> {
    sums.into_iter().filter(|(key, _)| past.read.contains_key(&key.period)).collect()
}

fn by_period(sums: BTreeMap<Key, i64>) -> BTreeMap<NaiveDate, i64> {
    let mut periods = BTreeMap::new();
    for (key, amount) in sums {
        *periods.entry(key.period).or_insert(0) += amount;
    }
    periods
}

proptest! {
    #[test]
    fn all_bills_of_a_period_add_up_to_its_price(history in history()) {
        let past = history.live(false);
        let bills = closed(billed(&past), &past);
        prop_assert_eq!(&bills, &priced(&past));
        // What is remembered says the same as the documents.
        let remembered = past.world.billed.periods.iter().flat_map(|one| &one.charged);
        let remembered = remembered.map(|(key, charged)| (key.clone(), charged.amount)).filter(|(_, amount)| *amount != 0);
        prop_assert_eq!(remembered.collect::<BTreeMap<_, _>>(), billed(&past));
    }

    #[test]
    fn periods_that_are_facts_tile(history in history()) {
        let past = history.live(false);
        let periods: Vec<_> = past.world.billed.periods.iter().map(|one| one.period).collect();
        prop_assert!(periods.windows(2).all(|two| two[0].end.succ_opt() == Some(two[1].start)));
        prop_assert!(periods.first().is_none_or(|first| first.has(past.world.ledger.contract.first)));
    }

    #[test]
    fn what_is_known_late_but_in_time_is_billed_as_if_it_had_been_known_at_once(history in in_time()) {
        let (late, at_once) = (history.live(false), history.live(true));
        prop_assert_eq!(by_period(billed(&late)), by_period(billed(&at_once)));
    }

    #[test]
    fn a_run_that_is_repeated_bills_nothing(history in history()) {
        let runs = history.runs.iter().flat_map(|run| [*run, *run]).collect();
        let (once, twice) = (history.live(false), History { runs, ..history }.live(false));
        prop_assert_eq!(billed(&once), billed(&twice));
    }
}

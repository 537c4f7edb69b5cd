//! A bill run: what it bills, in pages, and what became of every contract.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::billing::cycle::CycleDay;
use crate::domain::billing::document::DocumentKind;
use crate::domain::billing::report::Report;
use crate::domain::billing::series::Given;
use crate::domain::billing::tax::TaxTotal;
use crate::domain::ids::{ContractId, CustomerCode, RunId};

/// Into how many lists the contracts of a cycle day are divided, so that none becomes too busy to write to.
pub const SHARDS: u8 = 16;

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// The day it bills: periods that have ended before it are due.
    pub day: NaiveDate,
    /// Whether it only computes: no number is taken, and nothing is written but what would become of each contract.
    #[serde(default)]
    pub dry: bool,
    /// When it began.
    pub began: DateTime<Utc>,
    /// The lists it walks, and how far it has.
    pub lists: Vec<Listing>,
    /// What came of it, once it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    pub at: DateTime<Utc>,
    /// What became of its contracts.
    pub report: Report,
}

/// A list of contracts, and how far a run has walked it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Which list.
    #[serde(rename = "l")]
    pub list: List,
    /// How many pages it has so far.
    #[serde(rename = "p", default)]
    pub pages: u32,
    /// The last contract of the last of them.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ContractId>,
    /// Whether that was all.
    #[serde(rename = "d", default)]
    pub done: bool,
}

/// A list of contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    /// Those of a cycle day whose names fall into one shard.
    Cycle(CycleDay, u8),
    /// Those that are parked.
    Parked,
    /// These.
    These(Vec<ContractId>),
}

impl Run {
    /// The run of a day by the schedule: all contracts whose cycle day it is.
    pub fn of_day(id: RunId, day: NaiveDate, dry: bool, began: DateTime<Utc>) -> Self {
        let lists = cycle_days(day).flat_map(|day| (0..SHARDS).map(move |shard| Listing::new(List::Cycle(day, shard))));
        Self { id, day, dry, began, lists: lists.collect(), closed: None }
    }

    /// A run over one list.
    pub fn of_list(id: RunId, day: NaiveDate, dry: bool, began: DateTime<Utc>, list: List) -> Self {
        Self { id, day, dry, began, lists: vec![Listing::new(list)], closed: None }
    }

    /// Whether all pages are made.
    pub fn is_listed(&self) -> bool {
        self.lists.iter().all(|list| list.done)
    }

    /// How many pages it has so far.
    pub fn pages(&self) -> u64 {
        self.lists.iter().map(|list| u64::from(list.pages)).sum()
    }
}

impl Listing {
    const fn new(list: List) -> Self {
        Self { list, pages: 0, after: None, done: false }
    }
}

/// The cycle days that begin a period on a day: the day of the month, and on the last day of a month those that it lacks.
pub fn cycle_days(day: NaiveDate) -> impl Iterator<Item = CycleDay> {
    let is_last = day.succ_opt().is_none_or(|next| next.month() != day.month());
    let last = if is_last { 31 } else { day.day() };
    (day.day()..=last).filter_map(|day| day.try_into().ok())
}

/// Which list of its cycle day a contract is in: FNV-1a of its name.
pub fn shard(contract: &ContractId) -> u8 {
    let hash = contract.as_str().bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u8::try_from(hash % u32::from(SHARDS)).unwrap_or_default()
}

/// Which page of a run: its list's place in the run, and its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PageId {
    /// The list.
    pub list: u16,
    /// The page.
    pub page: u32,
}

/// A page of a run that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The run's day.
    pub day: NaiveDate,
    /// Whether the run only computes.
    #[serde(default)]
    pub dry: bool,
    /// Its contracts.
    pub contracts: Vec<Listed>,
    /// When its first numbers were given out: the time of issue of its bills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// How many numbers it took from a series; those that another page had returned are not counted.
    #[serde(default)]
    pub taken: u64,
}

/// A contract of a page, with the numbers that are meant for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The contract.
    #[serde(rename = "c")]
    pub contract: ContractId,
    /// Its customer.
    #[serde(rename = "u")]
    pub customer: CustomerCode,
    /// The numbers.
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Given>,
}

/// A page of a run that is done: what became of its contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DonePage {
    /// Each contract.
    pub contracts: Vec<Ended>,
    /// Numbers that were meant for it and not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Given>,
    /// How many numbers it took from a series.
    #[serde(default)]
    pub taken: u64,
    /// What the invocation that finished it had read by then, in tenths of a unit of the table.
    pub read: u64,
    /// The same of writing.
    pub write: u64,
}

/// What became of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The contract.
    #[serde(rename = "c")]
    pub contract: ContractId,
    /// What.
    #[serde(rename = "r")]
    pub became: Became,
}

/// What became of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It has bills.
    Billed(Vec<Billed>),
    /// It has none.
    Skipped(Why),
    /// It waits for a person; the bills that it has all the same, and the reason.
    Parked {
        /// What kind of reason.
        kind: String,
        /// The reason.
        why: String,
        /// Bills of older periods that were due as well.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        billed: Vec<Billed>,
    },
}

impl Became {
    /// Whether one of its bills has a number.
    pub fn has(&self, number: &Given) -> bool {
        let (Self::Billed(bills) | Self::Parked { billed: bills, .. }) = self else { return false };
        bills.iter().any(|bill| bill.number.as_ref().is_some_and(|given| given.number == number.number))
    }
}

/// A document as a run reports it. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// Its number; none in a dry run.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Given>,
    /// What kind it is.
    #[serde(rename = "k")]
    pub kind: DocumentKind,
    /// Without tax.
    #[serde(rename = "a")]
    pub net: i64,
    /// With it.
    #[serde(rename = "t")]
    pub total: i64,
    /// Its taxes.
    #[serde(rename = "x")]
    pub taxes: Vec<TaxTotal>,
}

/// Why a contract has no bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No period of it has ended that is not billed.
    NotDue,
    /// Its periods are closed, and no line is other than zero.
    Nothing,
    /// It has ended, and what is left is too small to be sent.
    TooSmall,
    /// There is no such contract.
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(day: &str) -> Vec<u32> {
        cycle_days(day.parse().unwrap()).map(u32::from).collect()
    }

    #[test]
    fn the_last_day_of_a_month_has_the_cycle_days_that_it_lacks() {
        assert_eq!(days("2026-03-15"), [15]);
        assert_eq!(days("2026-02-28"), [28, 29, 30, 31]);
        assert_eq!(days("2028-02-28"), [28]);
        assert_eq!(days("2028-02-29"), [29, 30, 31]);
        assert_eq!(days("2026-04-30"), [30, 31]);
        assert_eq!(days("2026-05-30"), [30]);
        assert_eq!(days("2026-05-31"), [31]);
    }

    #[test]
    fn shards_are_even() {
        let mut counts = [0_u32; SHARDS as usize];
        for number in 0..16_000 {
            counts[usize::from(shard(&format!("CO-{number}").parse().unwrap()))] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }
}

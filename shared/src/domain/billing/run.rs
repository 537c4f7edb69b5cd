//! A bill run: the lists it walks, and how it ended.

use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::billing::cycle::CycleDay;
use crate::domain::billing::report::{Report, Sum};
use crate::domain::event::Whom;
use crate::domain::ids::{ContractId, RunId};

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
    /// Whether the schedule has begun it; the days since the newest of these are caught up with.
    #[serde(default)]
    pub scheduled: bool,
    /// When it began.
    pub began: DateTime<Utc>,
    /// The lists it walks, and how far it has.
    pub lists: Vec<Listing>,
    /// How far it is added up, while that takes more than one message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<Sum>,
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
        Self { id, day, dry, scheduled: false, began, lists: lists.collect(), sum: None, closed: None }
    }

    /// The run of an operator's order.
    pub fn ordered(id: RunId, day: NaiveDate, dry: bool, began: DateTime<Utc>, whom: Whom) -> Self {
        match whom {
            Whom::All => Self::of_day(id, day, dry, began),
            Whom::Parked => Self::of_list(id, day, dry, began, List::Parked),
            Whom::These(contracts) => Self::of_list(id, day, dry, began, List::These(contracts)),
        }
    }

    /// A run over one list.
    fn of_list(id: RunId, day: NaiveDate, dry: bool, began: DateTime<Utc>, list: List) -> Self {
        Self { id, day, dry, scheduled: false, began, lists: vec![Listing::new(list)], sum: None, closed: None }
    }

    /// The places of its lists, by which its pages are named.
    pub fn places(&self) -> Range<u16> {
        0..u16::try_from(self.lists.len()).unwrap_or(u16::MAX)
    }

    /// Whether it bills everybody whose cycle day it is.
    pub fn is_of_day(&self) -> bool {
        self.lists.iter().all(|list| matches!(list.list, List::Cycle(..)))
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
    let hash = contract
        .as_str()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u8::try_from(hash % u32::from(SHARDS)).unwrap_or_default()
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

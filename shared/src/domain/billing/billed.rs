//! What bills have charged so far: the one thing besides facts and catalogue that the next bill depends on. Bills and
//! skips alike write it, at the contract's revision.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::cycle::{CycleDay, Period};
use crate::domain::billing::hash::Hash;
use crate::domain::billing::key::Key;
use crate::domain::billing::ledger::Contract;
use crate::domain::billing::past::PastBill;
use crate::domain::ids::BillNumber;

/// How often a period is looked at: by its own closing and by the two after it.
pub const LOOKS: u8 = 3;

/// The periods in which anything was charged, or that are closed. Their days are facts: they are never computed again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// Oldest first, without gaps.
    pub periods: Vec<BilledPeriod>,
    /// The last bills, newest last.
    #[serde(default)]
    pub past: Vec<PastBill>,
}

/// What was charged in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledPeriod {
    /// Its days.
    pub period: Period,
    /// How often closings have looked at it; 0 while only charges in advance are billed.
    pub looks: u8,
    /// The versions of the catalogue it is pinned to.
    pub versions: Vec<u32>,
    /// The digest of the facts it was priced with last.
    pub facts: Option<Hash>,
    /// What is charged, corrections included.
    pub charged: BTreeMap<Key, Charged>,
}

/// What was charged under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// The sum, in minor units.
    pub amount: i64,
    /// As the bill named it.
    pub name: String,
    /// The bill that charged it last, which a credit note names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<BillNumber>,
}

impl BilledPeriod {
    /// A period in which nothing is charged yet.
    pub const fn new(period: Period) -> Self {
        Self { period, looks: 0, versions: Vec::new(), facts: None, charged: BTreeMap::new() }
    }

    /// Whether no closing will look at it any more.
    pub const fn is_final(&self) -> bool {
        self.looks >= LOOKS
    }
}

impl Billed {
    /// The last day of the last closed period.
    pub fn through(&self) -> Option<NaiveDate> {
        self.closed().next_back().map(|billed| billed.period.end)
    }

    /// The closed periods, oldest first.
    pub fn closed(&self) -> impl DoubleEndedIterator<Item = &BilledPeriod> {
        self.periods.iter().filter(|billed| billed.looks > 0)
    }

    /// A period by its first day.
    pub fn period(&self, start: NaiveDate) -> Option<&BilledPeriod> {
        self.periods.iter().find(|billed| billed.period.start == start)
    }

    /// The oldest period that is not closed: one that is a fact, or the one that follows by the newest cycle day.
    pub fn open(&self, contract: &Contract) -> Period {
        let fact = self.periods.iter().find(|billed| billed.looks == 0).map(|billed| billed.period);
        fact.unwrap_or_else(|| self.beyond(contract))
    }

    /// The period after one that is not closed yet: a fact, or what follows by the newest cycle day.
    pub fn after(&self, period: &Period, contract: &Contract) -> Period {
        let fact = self.periods.iter().map(|billed| billed.period).find(|other| other.start > period.end);
        fact.unwrap_or_else(|| period.next(contract.cycle.newest()))
    }

    /// The first period that is no fact.
    fn beyond(&self, contract: &Contract) -> Period {
        let cycle_day = contract.cycle.newest();
        match self.periods.last() {
            Some(last) => last.period.next(cycle_day),
            None => Period::containing(contract.first, cycle_day),
        }
    }

    /// The period that a run of a day has to close: the oldest that is not closed and has ended. A contract that has ended
    /// has periods until its last one has been looked at as often as any.
    pub fn due(&self, contract: &Contract, day: NaiveDate) -> Option<Period> {
        Some(self.open(contract)).filter(|open| open.end < day && !self.is_over(contract, open))
    }

    /// The cycle day on which its next period is due; none when a contract that has ended has no more.
    pub fn next_due(&self, contract: &Contract) -> Option<CycleDay> {
        Some(self.open(contract)).filter(|open| !self.is_over(contract, open)).map(|open| open.cycle_day)
    }

    fn is_over(&self, contract: &Contract, open: &Period) -> bool {
        let beyond_end = |start: NaiveDate| contract.last.is_some_and(|last| start > last);
        let after_end = self.closed().filter(|billed| beyond_end(billed.period.start)).count();
        // What was charged beyond an end that was told late is still to be taken back.
        let owes = |billed: &BilledPeriod| {
            !billed.is_final()
                && beyond_end(billed.period.start)
                && billed.charged.values().any(|charged| charged.amount != 0)
        };
        beyond_end(open.start) && after_end + 1 >= usize::from(LOOKS) && !self.periods.iter().any(owes)
    }

    /// The closed periods that the next closing looks at again, oldest first.
    pub fn window(&self) -> impl Iterator<Item = &BilledPeriod> {
        self.closed().filter(|billed| !billed.is_final())
    }

    /// The last day of the periods that are looked at for the last time when all that are due on a day are closed; none when
    /// none is. After a contract's end it may name more of them than there are.
    pub fn last_looks(&self, contract: &Contract, day: NaiveDate) -> Option<NaiveDate> {
        let mut looked: Vec<(NaiveDate, u8)> = self.window().map(|billed| (billed.period.end, billed.looks)).collect();
        let mut open = self.open(contract);
        while open.end < day {
            looked.push((open.end, 0));
            looked.iter_mut().for_each(|(_, looks)| *looks = looks.saturating_add(1));
            open = self.after(&open, contract);
        }
        let was_due = looked.last().is_some_and(|(end, _)| self.through().is_none_or(|through| *end > through));
        looked.into_iter().filter(|(_, looks)| was_due && *looks >= LOOKS).map(|(end, _)| end).max()
    }

    /// The first day that a bill can still correct.
    pub fn window_start(&self, contract: &Contract) -> NaiveDate {
        self.window().next().map_or_else(|| self.open(contract).start, |billed| billed.period.start).max(contract.first)
    }

    /// Forgets the periods that no bill looks at any more.
    pub fn trim(&mut self) {
        let keep = self.periods.iter().position(|billed| !billed.is_final()).unwrap_or(self.periods.len());
        // The last one says where the next begins.
        self.periods.drain(..keep.min(self.periods.len().saturating_sub(1)));
    }
}

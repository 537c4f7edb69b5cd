//! Billing periods. They tile the time, without gap or overlap, and what a bill has charged in stays as it is.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::period::{cycle_day_after, cycle_day_until};
use crate::error::Invalid;

/// The day of the month on which a contract's periods begin; 29 to 31 mean the last day of a month that is shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct CycleDay(u32);

impl TryFrom<u32> for CycleDay {
    type Error = Invalid;

    fn try_from(day: u32) -> Result<Self, Invalid> {
        (1..=31)
            .contains(&day)
            .then_some(Self(day))
            .ok_or(const { Invalid::new("must be a day of the month from 1 to 31") })
    }
}

impl From<CycleDay> for u32 {
    fn from(day: CycleDay) -> Self {
        day.0
    }
}

/// The cycle day a contract began with and the changes since. Of two changes at one instant the last by id holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycle {
    /// At first.
    pub day: CycleDay,
    /// Later wishes, in any order.
    #[serde(default)]
    pub changes: Vec<CycleChange>,
}

/// A wish for another cycle day. It acts from the end of the last period in which a bill has charged anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CycleChange {
    /// When it was wished.
    pub at: DateTime<Utc>,
    /// Unique in the contract.
    pub id: String,
    /// What is wished.
    pub day: CycleDay,
}

impl Cycle {
    /// The cycle day of periods that are not facts yet.
    pub fn newest(&self) -> CycleDay {
        let last = self.changes.iter().max_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        last.map_or(self.day, |change| change.day)
    }
}

/// A billing period: whole days of the country's zone. It is nominal: that a contract begins or ends within it changes
/// what is charged, not the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day, which names it.
    pub start: NaiveDate,
    /// The last day.
    pub end: NaiveDate,
    /// How many days a month's price is for: those of the month that begins with the period on the cycle day it followed,
    /// or its own if they are more. So three days cost three days, and a full month exactly the price.
    pub month: u32,
    /// The cycle day it leads to.
    pub cycle_day: CycleDay,
}

impl Period {
    /// The period in which a contract begins.
    pub fn containing(day: NaiveDate, cycle_day: CycleDay) -> Self {
        Self::from(cycle_day_until(day, cycle_day.0), cycle_day, cycle_day)
    }

    /// The next one. Under another cycle day it goes up to the first of these, and is shorter or longer than a month.
    pub fn next(&self, cycle_day: CycleDay) -> Self {
        Self::from(self.end.succ_opt().unwrap_or(self.end), self.cycle_day, cycle_day)
    }

    fn from(start: NaiveDate, old: CycleDay, new: CycleDay) -> Self {
        let next = cycle_day_after(start, new.0);
        let length = |next: NaiveDate| next.num_days_from_ce().abs_diff(start.num_days_from_ce());
        let month = length(cycle_day_after(start, old.0)).max(length(next));
        Self { start, end: next.pred_opt().unwrap_or(start), month, cycle_day: new }
    }

    /// Whether a day lies in it.
    pub fn has(&self, day: NaiveDate) -> bool {
        self.days().has(day)
    }

    /// Its days.
    pub const fn days(&self) -> Days {
        Days { from: self.start, to: self.end }
    }
}

/// Days in a row, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

impl Days {
    /// Whether a day is one of them.
    pub fn has(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// How many they are.
    pub fn count(&self) -> u64 {
        let count = i64::from(self.to.num_days_from_ce()) - i64::from(self.from.num_days_from_ce()) + 1;
        u64::try_from(count).unwrap_or_default()
    }

    /// The days that both have. An open end is none.
    pub fn within(&self, from: NaiveDate, to: Option<NaiveDate>) -> Option<Self> {
        let both = Self { from: self.from.max(from), to: to.map_or(self.to, |to| self.to.min(to)) };
        (both.from <= both.to).then_some(both)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn cycle(day: u32) -> CycleDay {
        day.try_into().unwrap()
    }

    fn shown(period: Period) -> String {
        format!("{} {} of {}", period.start, period.end, period.month)
    }

    #[test]
    fn a_period_runs_from_a_cycle_day_to_the_day_before_the_next() {
        let of = |text, cycle_day| shown(Period::containing(day(text), cycle(cycle_day)));
        assert_eq!(of("2026-01-29", 1), "2026-01-01 2026-01-31 of 31");
        assert_eq!(of("2026-02-28", 31), "2026-02-28 2026-03-30 of 31");
        assert_eq!(of("2026-02-27", 31), "2026-01-31 2026-02-27 of 28");
        assert_eq!(of("2028-02-29", 29), "2028-02-29 2028-03-28 of 29");
        assert_eq!(of("2026-03-14", 15), "2026-02-15 2026-03-14 of 28");
    }

    #[test]
    fn rule_2_the_divisor_is_the_month_that_starts_with_the_period_on_the_old_cycle_day() {
        let february = Period::containing(day("2026-02-10"), cycle(1));
        // Shorter than a month: five days of the 31 of March, and a whole month afterwards.
        let short = february.next(cycle(6));
        assert_eq!(shown(short), "2026-03-01 2026-03-05 of 31");
        assert_eq!(shown(short.next(cycle(6))), "2026-03-06 2026-04-05 of 31");
        // Longer than the month of the old cycle day: its own days.
        let last = Period::containing(day("2026-02-27"), cycle(28));
        let long = last.next(cycle(31));
        assert_eq!(shown(long), "2026-02-28 2026-03-30 of 31");
        // The old cycle day counts even where February hides it.
        let hidden = Period::containing(day("2026-02-27"), cycle(31));
        assert_eq!(shown(hidden.next(cycle(10))), "2026-02-28 2026-03-09 of 31");
        // Three days cost three days.
        let three = Period::containing(day("2026-03-31"), cycle(1)).next(cycle(4));
        assert_eq!(shown(three), "2026-04-01 2026-04-03 of 30");
    }

    #[test]
    fn of_two_changes_the_last_by_instant_and_id_holds() {
        let change =
            |at: &str, id: &str, day| CycleChange { at: at.parse().unwrap(), id: id.to_owned(), day: cycle(day) };
        let (early, a, b) = (
            change("2026-02-01T00:00:00Z", "z", 3),
            change("2026-02-10T00:00:00Z", "a", 4),
            change("2026-02-10T00:00:00Z", "b", 5),
        );
        let newest = |changes: Vec<_>| u32::from(Cycle { day: cycle(1), changes }.newest());
        assert_eq!(newest(vec![]), 1);
        assert_eq!(newest(vec![early.clone(), a.clone(), b.clone()]), 5);
        assert_eq!(newest(vec![b, a, early]), 5);
    }

    proptest! {
        #[test]
        fn periods_tile(
            start in 0..20_000_u64,
            first in 1..=31_u32,
            changes in proptest::collection::vec(1..=31_u32, 1..30),
        ) {
            let begin = day("1999-01-01") + chrono::Days::new(start);
            let mut period = Period::containing(begin, cycle(first));
            prop_assert!(period.has(begin));
            for cycle_day in changes {
                let next = period.next(cycle(cycle_day));
                prop_assert_eq!(next.start, period.end + chrono::Days::new(1));
                prop_assert!(next.start <= next.end);
                prop_assert!(next.days().count() <= u64::from(next.month) && (28..=31).contains(&next.month));
                if cycle_day == u32::from(period.cycle_day) {
                    prop_assert_eq!(next.days().count(), u64::from(next.month));
                }
                let after = next.end + chrono::Days::new(1);
                prop_assert_eq!(after.day(), cycle_day.min(u32::from(after.num_days_in_month())));
                period = next;
            }
        }
    }
}

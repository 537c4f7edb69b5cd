//! Values that hold from a day on, until the next one begins. Nothing of the past is ever rewritten.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::Invalid;

/// A value with its first day.
pub trait Dated {
    /// The first day on which it holds.
    fn begins(&self) -> NaiveDate;
}

/// Values by first day, each until the day before the next; no two begin on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<T>", bound(deserialize = "T: Dated + Deserialize<'de>"))]
pub struct Timeline<T>(Vec<T>);

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Dated> TryFrom<Vec<T>> for Timeline<T> {
    type Error = Invalid;

    fn try_from(mut values: Vec<T>) -> Result<Self, Invalid> {
        values.sort_by_key(Dated::begins);
        let apart = values.windows(2).all(|two| two[0].begins() < two[1].begins());
        apart.then_some(Self(values)).ok_or(const { Invalid::new("two values begin on the same day") })
    }
}

impl<T> Timeline<T> {
    /// Whether there is no value at all.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All values, by their first days.
    pub fn values(&self) -> &[T] {
        &self.0
    }
}

impl<T: Dated> Timeline<T> {
    /// Adds a value; one that begins on the same day gives way to it.
    pub fn set(&mut self, value: T) {
        match self.0.binary_search_by_key(&value.begins(), Dated::begins) {
            Ok(at) => self.0[at] = value,
            Err(at) => self.0.insert(at, value),
        }
    }

    /// The value of a day; none before the first begins.
    pub fn on(&self, day: NaiveDate) -> Option<&T> {
        let begun = self.0.partition_point(|value| value.begins() <= day);
        self.0[..begun].last()
    }

    /// The days from `first` to `last`, cut where the value changes: value, first and last day of each part.
    pub fn parts(&self, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = (Option<&T>, NaiveDate, NaiveDate)> {
        let mut next = (first <= last).then_some(first);
        std::iter::from_fn(move || {
            let begin = next?;
            let begun = self.0.partition_point(|value| value.begins() <= begin);
            let changes = self.0.get(begun).map(Dated::begins).filter(|day| *day <= last);
            next = changes;
            let end = changes.and_then(|day| day.pred_opt()).unwrap_or(last);
            Some((self.0[..begun].last(), begin, end))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    struct Value {
        from: NaiveDate,
        value: u32,
    }

    impl Dated for Value {
        fn begins(&self) -> NaiveDate {
            self.from
        }
    }

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn timeline(days: &[u32]) -> Timeline<Value> {
        days.iter().map(|from| Value { from: day(*from), value: *from }).collect::<Vec<_>>().try_into().unwrap()
    }

    #[test]
    fn a_value_holds_until_the_next_begins() {
        let values = timeline(&[20, 5]);
        let on = |at| values.on(day(at)).map(|value| value.value);
        assert_eq!([on(4), on(5), on(19), on(20), on(31)], [None, Some(5), Some(5), Some(20), Some(20)]);
    }

    #[test]
    fn days_are_cut_where_the_value_changes() {
        let parts = |days: &[u32], first, last| {
            let values = timeline(days);
            let parts = values.parts(day(first), day(last));
            parts.map(|(value, a, b)| (value.map(|value| value.value), a, b)).collect::<Vec<_>>()
        };
        assert_eq!(
            parts(&[5, 20], 1, 31),
            [(None, day(1), day(4)), (Some(5), day(5), day(19)), (Some(20), day(20), day(31))]
        );
        assert_eq!(parts(&[5, 20], 6, 19), [(Some(5), day(6), day(19))]);
        assert_eq!(parts(&[], 6, 6), [(None, day(6), day(6))]);
        assert_eq!(parts(&[5], 7, 6), []);
    }

    #[test]
    fn a_value_is_added_in_its_place_and_takes_the_one_of_its_day() {
        let mut values = timeline(&[5, 20]);
        values.set(Value { from: day(10), value: 1 });
        values.set(Value { from: day(20), value: 2 });
        let on = |at| values.on(day(at)).map(|value| value.value);
        assert_eq!([on(4), on(9), on(10), on(19), on(20)], [None, Some(5), Some(1), Some(1), Some(2)]);
    }

    #[test]
    fn two_values_of_one_day_are_refused() {
        let json = |days: [u32; 2]| {
            let values = days.map(|from| Value { from: day(from), value: 0 });
            serde_json::from_str::<Timeline<Value>>(&serde_json::to_string(&values).unwrap())
        };
        assert!(json([4, 3]).is_ok());
        assert!(json([3, 3]).unwrap_err().to_string().contains("begin on the same day"));
    }
}

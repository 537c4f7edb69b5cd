//! What the words of several sources on a line's day add up to.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::source::{Source, counting};
use crate::domain::billing::class::Class;
use crate::domain::billing::rating::Rated;
use crate::domain::ids::AppName;

/// Records and chargeable units of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many records.
    pub records: u64,
    /// Units by class.
    pub units: BTreeMap<Class, u64>,
    /// Kilobytes by app, to show how data was shared out.
    pub apps: BTreeMap<AppName, u64>,
}

impl Usage {
    /// Adds a record; none for one that costs nothing.
    pub fn add(&mut self, rated: Option<Rated>) {
        self.records += 1;
        if let Some(Rated { class, units }) = rated.filter(|rated| rated.units > 0) {
            *self.units.entry(class).or_default() += units;
        }
    }

    /// Adds what an app has used.
    pub fn add_app(&mut self, app: &AppName, kilobytes: u64) {
        let sum = self.apps.entry(app.clone()).or_default();
        *sum = sum.saturating_add(kilobytes);
    }

    /// Takes a record out again that was added.
    fn remove(&mut self, Counted { rated, app }: &Counted) {
        self.records = self.records.saturating_sub(1);
        let Some(Rated { class, units }) = rated else { return };
        if let Some(sum) = self.units.get_mut(class) {
            *sum = sum.saturating_sub(*units);
        }
        if let Some(sum) = app.as_ref().and_then(|app| self.apps.get_mut(app)) {
            *sum = sum.saturating_sub(*units);
        }
    }

    fn add_all(&mut self, other: &Self) {
        self.records += other.records;
        for (class, units) in &other.units {
            *self.units.entry(*class).or_default() += units;
        }
        other.apps.iter().for_each(|(app, kilobytes)| self.add_app(app, *kilobytes));
    }
}

/// One source's word on a line's day: all that it tells, also what others tell too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayWord {
    /// The day, in the country's zone, on which the records begin.
    pub day: NaiveDate,
    /// Who says so.
    pub source: Source,
    /// What.
    pub usage: Usage,
}

/// A record that several sources tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRecord {
    /// The day on which it begins.
    pub day: NaiveDate,
    /// Who tells it, and what each makes of it.
    pub tellings: BTreeMap<Source, Counted>,
}

/// What a source makes of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// What it counts as; none for what costs nothing.
    pub rated: Option<Rated>,
    /// The app of a data session.
    pub app: Option<AppName>,
}

impl From<Option<Rated>> for Counted {
    fn from(rated: Option<Rated>) -> Self {
        Self { rated, app: None }
    }
}

/// The usage of each day. A source that counts is added whole. Of the sources that count and tell the same record, only
/// the first by rank keeps it.
///
/// However many words are missing yet, nothing counts twice: a record is taken out of a source only while both the
/// source and another one before it count.
pub fn sum(words: &[DayWord], shared: &[SharedRecord]) -> BTreeMap<NaiveDate, Usage> {
    let mut by_day: BTreeMap<NaiveDate, Vec<&DayWord>> = BTreeMap::new();
    for word in words {
        by_day.entry(word.day).or_default().push(word);
    }
    let day = |(day, words): (NaiveDate, Vec<&DayWord>)| {
        let newest = counting(words.iter().map(|word| &word.source));
        let words: BTreeMap<&Source, &DayWord> =
            words.into_iter().filter(|word| newest.has(&word.source)).map(|word| (&word.source, word)).collect();
        let mut usage = Usage::default();
        words.values().for_each(|word| usage.add_all(&word.usage));
        for record in shared.iter().filter(|record| record.day == day) {
            let told = record.tellings.iter().filter(|(source, _)| words.contains_key(source));
            let mut told: Vec<_> = told.collect();
            told.sort_by_key(|(source, _)| source.rank());
            told.iter().skip(1).for_each(|(_, counted)| usage.remove(counted));
        }
        usage.units.retain(|_, units| *units > 0);
        usage.apps.retain(|_, kilobytes| *kilobytes > 0);
        (day, usage)
    };
    by_day.into_iter().map(day).filter(|(_, usage)| usage.records > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, sequence: u32, chunk: u32) -> Source {
        Source { stream: "s".parse().unwrap(), name: name.parse().unwrap(), sequence, chunk }
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 10).unwrap()
    }

    fn rated(units: u64) -> Option<Rated> {
        Some(Rated { class: "voice.onnet".parse().unwrap(), units })
    }

    fn word(source: Source, units: &[u64]) -> DayWord {
        let mut usage = Usage::default();
        units.iter().for_each(|units| usage.add(rated(*units)));
        DayWord { day: day(), source, usage }
    }

    fn total(words: &[DayWord], shared: &[SharedRecord]) -> (u64, u64) {
        let sum = sum(words, shared);
        let usage = sum.get(&day()).cloned().unwrap_or_default();
        (usage.records, usage.units.values().sum())
    }

    #[test]
    fn sources_are_added_and_the_newest_version_of_each_counts() {
        let words = [word(source("a", 1, 0), &[60]), word(source("b", 1, 0), &[10]), word(source("b", 1, 1), &[1])];
        assert_eq!(total(&words, &[]), (3, 71));
        let corrected = [words.to_vec(), vec![word(source("b", 2, 0), &[])]].concat();
        assert_eq!(total(&corrected, &[]), (1, 60));
        let empty = [word(source("a", 1, 0), &[])];
        assert!(sum(&empty, &[]).is_empty());
    }

    #[test]
    fn a_record_of_several_counts_as_the_first_tells_it() {
        let tellings = [(source("a", 2, 0), rated(60)), (source("b", 1, 0), rated(70)), (source("b", 1, 4), rated(80))];
        let tellings = tellings.map(|(source, rated)| (source, Counted::from(rated)));
        let shared = [SharedRecord { day: day(), tellings: tellings.into() }];
        let (a, b, more) =
            (word(source("a", 2, 0), &[60]), word(source("b", 1, 0), &[70]), word(source("b", 1, 4), &[80]));
        assert_eq!(total(&[a.clone(), b.clone(), more.clone()], &shared), (1, 60));
        assert_eq!(total(&[b.clone(), more.clone()], &shared), (1, 70), "the first has not said anything yet");
        assert_eq!(total(std::slice::from_ref(&more), &shared), (1, 80));
        let dropped = word(source("a", 3, 0), &[]);
        assert_eq!(total(&[a, b, more, dropped], &shared), (1, 70), "the first does not say so any more");
    }

    #[test]
    fn what_costs_nothing_is_a_record_too() {
        let mut usage = Usage::default();
        usage.add(None);
        usage.add(rated(0));
        assert_eq!(usage, Usage { records: 2, ..Usage::default() });
    }
}

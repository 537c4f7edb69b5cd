//! Day totals: what a source of usage records says of a line's day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::class::Class;
use crate::domain::billing::rating::Rated;
use crate::domain::ids::{AppName, SourceId};
use crate::domain::msisdn::Msisdn;

/// One source's word on the usage of a line on a day. Line, day and source name it, so a second delivery overwrites
/// itself; the sources of a day are added when it is priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayTotal {
    /// The line.
    pub line: Msisdn,
    /// The day, in the country's zone, on which the records begin.
    pub day: NaiveDate,
    /// Which file says so.
    pub source: SourceId,
    /// How many records it has.
    #[serde(default)]
    pub records: u64,
    /// Chargeable units by class.
    pub units: BTreeMap<Class, u64>,
    /// Kilobytes by app, to be shown; they cost nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apps: BTreeMap<AppName, u64>,
}

impl DayTotal {
    /// A day without records.
    pub const fn new(line: Msisdn, day: NaiveDate, source: SourceId) -> Self {
        Self { line, day, source, records: 0, units: BTreeMap::new(), apps: BTreeMap::new() }
    }

    /// Counts a record, none for one that costs nothing.
    pub fn add(&mut self, rated: Option<Rated>) {
        self.records += 1;
        if let Some(Rated { class, units }) = rated.filter(|rated| rated.units > 0) {
            let total = self.units.entry(class).or_default();
            *total = total.saturating_add(units);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_second_call_is_counted_and_costs_nothing() {
        let mut total =
            DayTotal::new("573001234567".parse().unwrap(), "2026-01-01".parse().unwrap(), "f1".parse().unwrap());
        let class = "voice.onnet".parse().unwrap();
        total.add(Some(Rated { class, units: 60 }));
        total.add(Some(Rated { class, units: 0 }));
        total.add(None);
        let json = serde_json::to_value(&total).unwrap();
        let expected = serde_json::json!({ "line": "573001234567", "day": "2026-01-01", "source": "f1", "records": 3, "units": { "voice.onnet": 60 } });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<DayTotal>(expected).unwrap(), total);
    }
}

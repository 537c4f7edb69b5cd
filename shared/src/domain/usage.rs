//! What a line's data traffic adds up to, by hour and by app.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, Timelike, Utc};

use super::ids::{AppName, SourceId};
use super::period::Hour;

/// Why a report is refused that does not fit into one answer.
pub const TOO_MUCH: &str = "the period has more usage than fits into one answer, ask for a shorter one";

/// One source's count of an app's traffic in an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// When.
    pub hour: Hour,
    /// Which app.
    pub app: AppName,
    /// The source file.
    pub source: SourceId,
    /// Upstream and downstream.
    pub bytes: u64,
    /// When the file was ingested.
    pub ingested_at: DateTime<Utc>,
}

/// Rows, with totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<Row> {
    /// Sorted by date, hour and app.
    pub rows: Vec<Row>,
    /// The total. Byte sums are `u128`: it would take 2^64 records of the largest size to overflow, so adding cannot
    /// fail or saturate.
    pub total_bytes: u128,
    /// The latest ingest time among the records; none without usage.
    pub last_ingest: Option<DateTime<Utc>>,
}

/// The traffic of an app in an hour, summed over its sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourRow {
    /// When; [`local_date_hour`](super::period::local_date_hour) shows it in the country's zone.
    pub hour: Hour,
    /// Which app.
    pub app: AppName,
    /// Upstream and downstream.
    pub bytes: u128,
}

/// The granularity of [`shares`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// One row per day and app.
    Day,
    /// One row per hour and app.
    Hour,
}

/// The traffic of an app in a day or hour, and its share of the period's total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRow {
    /// The day, in the country's zone.
    pub date: NaiveDate,
    /// The hour of that day, 0 to 23; none for rows by day.
    pub hour: Option<u32>,
    /// Which app.
    pub app: AppName,
    /// Upstream and downstream.
    pub bytes: u128,
    /// Share of the period's total.
    pub percentage: Share,
}

/// A percentage in hundredths of a percent; `Display` has two decimals: `33.34`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Share(u32);

impl Share {
    /// The whole, in hundredths of a percent.
    pub const WHOLE: u32 = 10_000;

    /// The share in hundredths of a percent, 0 to 10,000.
    pub fn hundredths(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// One row per hour and app, summed over sources.
pub fn by_hour(records: impl IntoIterator<Item = Traffic>) -> Report<HourRow> {
    let sums = Sums::of(records, |hour| hour);
    let row = |((hour, app), bytes)| HourRow { hour, app, bytes };
    Report { rows: sums.bytes.into_iter().map(row).collect(), total_bytes: sums.total, last_ingest: sums.last_ingest }
}

/// Each row's share of the period's total, by largest remainder: shares are rounded down to hundredths of a percent,
/// and the missing hundredths go to the rows with the largest remainders; ties go to the row with more bytes, then the
/// earlier one, then the first app by name. So they add up to exactly 100.00.
///
/// Records of zero bytes alone make rows of 0.00 each.
pub fn shares(
    records: impl IntoIterator<Item = Traffic>,
    resolution: Resolution,
    zone: FixedOffset,
) -> Report<ShareRow> {
    let sums = Sums::of(records, |hour| {
        let local = hour.start().with_timezone(&zone);
        (local.date_naive(), (resolution == Resolution::Hour).then(|| local.hour()))
    });
    let percentages = divide(&sums.bytes.values().copied().collect::<Vec<_>>(), sums.total);
    let rows = sums.bytes.into_iter().zip(percentages);
    let row = |((((date, hour), app), bytes), percentage)| ShareRow { date, hour, app, bytes, percentage };
    Report { rows: rows.map(row).collect(), total_bytes: sums.total, last_ingest: sums.last_ingest }
}

/// Distributes the whole among parts, given in the order that breaks ties.
fn divide(parts: &[u128], total: u128) -> Vec<Share> {
    if total == 0 {
        return vec![Share::default(); parts.len()];
    }
    // Sums stay far below 2^114, so ten thousand times as much still fits.
    let whole = u128::from(Share::WHOLE);
    let mut shares: Vec<_> = parts.iter().map(|bytes| bytes * whole / total).collect();
    let missing = whole - shares.iter().sum::<u128>();
    let mut losers: Vec<_> = (0..parts.len()).collect();
    // Stable, so that equals keep their order.
    losers.sort_by_key(|&at| Reverse((parts[at] * whole % total, parts[at])));
    for (at, _) in losers.into_iter().zip(0..missing) {
        shares[at] += 1;
    }
    shares.into_iter().map(|hundredths| Share(u32::try_from(hundredths).unwrap_or(Share::WHOLE))).collect()
}

/// Bytes by time and app, in that order.
struct Sums<Time> {
    bytes: BTreeMap<(Time, AppName), u128>,
    total: u128,
    last_ingest: Option<DateTime<Utc>>,
}

impl<Time: Ord> Sums<Time> {
    fn of(records: impl IntoIterator<Item = Traffic>, time: impl Fn(Hour) -> Time) -> Self {
        let mut sums = Self { bytes: BTreeMap::new(), total: 0, last_ingest: None };
        for record in records {
            let bytes = u128::from(record.bytes);
            *sums.bytes.entry((time(record.hour), record.app)).or_default() += bytes;
            sums.total += bytes;
            sums.last_ingest = sums.last_ingest.max(Some(record.ingested_at));
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    fn bogota() -> FixedOffset {
        FixedOffset::west_opt(5 * 3600).unwrap()
    }

    fn traffic(hour: &str, app: &str, source: &str, bytes: u64) -> Traffic {
        let hour: Hour = hour.parse().unwrap();
        let (app, source) = (app.parse().unwrap(), source.parse().unwrap());
        Traffic { hour, app, source, bytes, ingested_at: hour.start() }
    }

    fn shown(report: &Report<ShareRow>) -> Vec<String> {
        let hour = |row: &ShareRow| row.hour.map(|hour| format!("T{hour:02}")).unwrap_or_default();
        report.rows.iter().map(|row| format!("{}{} {} {}", row.date, hour(row), row.app, row.percentage)).collect()
    }

    #[test]
    fn the_sources_of_one_hour_and_app_are_one_row() {
        let report = by_hour([
            traffic("2026-11-20T14", "Mapas", "b", 1),
            traffic("2026-11-20T13", "Video", "a", 2),
            traffic("2026-11-20T13", "Mapas", "a", 3),
            traffic("2026-11-20T13", "Video", "b", u64::MAX),
        ]);
        let rows: Vec<_> = report.rows.iter().map(|row| format!("{} {} {}", row.hour, row.app, row.bytes)).collect();
        let expected = ["2026-11-20T13 Mapas 3", "2026-11-20T13 Video 18446744073709551617", "2026-11-20T14 Mapas 1"];
        assert_eq!(rows, expected);
        assert_eq!(report.total_bytes, u128::from(u64::MAX) + 6);
        assert_eq!(report.last_ingest.map(Hour::of), Some("2026-11-20T14".parse().unwrap()));
    }

    #[test]
    fn no_usage_is_an_empty_report() {
        assert_eq!(by_hour([]), Report { rows: vec![], total_bytes: 0, last_ingest: None });
        assert_eq!(shares([], Resolution::Day, bogota()), Report { rows: vec![], total_bytes: 0, last_ingest: None });
    }

    #[test]
    fn usage_of_zero_bytes_has_shares_of_zero() {
        let records = ["A", "B"].map(|app| traffic("2026-11-20T13", app, "a", 0));
        assert_eq!(shown(&shares(records, Resolution::Day, bogota())), ["2026-11-20 A 0.00", "2026-11-20 B 0.00"]);
    }

    #[test]
    fn three_thirds_are_the_whole() {
        let records = ["C", "A", "B"].map(|app| traffic("2026-11-20T13", app, "a", 5));
        let expected = ["2026-11-20 A 33.34", "2026-11-20 B 33.33", "2026-11-20 C 33.33"];
        assert_eq!(shown(&shares(records, Resolution::Day, bogota())), expected);
    }

    #[test]
    fn among_equal_remainders_more_bytes_come_first() {
        // 20,000 bytes: one hundredth of a percent is two bytes, so every odd part leaves the same remainder.
        let records =
            [("A", 1), ("B", 9_997), ("C", 10_002)].map(|(app, bytes)| traffic("2026-11-20T13", app, "a", bytes));
        let expected = ["2026-11-20 A 0.00", "2026-11-20 B 49.99", "2026-11-20 C 50.01"];
        assert_eq!(shown(&shares(records, Resolution::Day, bogota())), expected);
    }

    #[test]
    fn days_are_those_of_the_country() {
        let records = || {
            [
                traffic("2026-11-20T04", "A", "a", 1),
                traffic("2026-11-20T05", "A", "a", 1),
                traffic("2026-11-20T06", "A", "a", 2),
            ]
        };
        let by_day = shares(records(), Resolution::Day, bogota());
        assert_eq!(shown(&by_day), ["2026-11-19 A 25.00", "2026-11-20 A 75.00"]);
        let by_hour = shares(records(), Resolution::Hour, bogota());
        assert_eq!(shown(&by_hour), ["2026-11-19T23 A 25.00", "2026-11-20T00 A 25.00", "2026-11-20T01 A 50.00"]);
    }

    #[test]
    fn one_row_has_everything() {
        let report = shares([traffic("2026-11-20T13", "A", "a", u64::MAX)], Resolution::Hour, bogota());
        assert_eq!(shown(&report), ["2026-11-20T08 A 100.00"]);
    }

    fn some_traffic() -> impl Strategy<Value = Vec<Traffic>> {
        let bytes = prop_oneof![0..4_u64, 0..1_000_000_u64, any::<u64>()];
        let record = (0..72_i64, "[A-E]", "[a-c]", bytes, 0..100_i64);
        let record = record.prop_map(|(hour, app, source, bytes, later)| Traffic {
            hour: Hour::of(DateTime::UNIX_EPOCH + chrono::Duration::hours(hour)),
            app: app.parse().unwrap(),
            source: source.parse().unwrap(),
            bytes,
            ingested_at: DateTime::UNIX_EPOCH + chrono::Duration::hours(hour + later),
        });
        proptest::collection::vec(record, 0..60)
    }

    fn resolution() -> impl Strategy<Value = Resolution> {
        prop_oneof![Just(Resolution::Day), Just(Resolution::Hour)]
    }

    proptest! {
        #[test]
        fn shares_sum_to_exactly_the_whole(records in some_traffic(), resolution in resolution()) {
            let report = shares(records, resolution, bogota());
            let sum: u32 = report.rows.iter().map(|row| row.percentage.hundredths()).sum();
            prop_assert_eq!(sum, if report.total_bytes > 0 { Share::WHOLE } else { 0 });
            prop_assert_eq!(report.rows.iter().map(|row| row.bytes).sum::<u128>(), report.total_bytes);
        }

        #[test]
        fn each_share_is_within_a_hundredth_of_the_exact_one(records in some_traffic(), resolution in resolution()) {
            let report = shares(records, resolution, bogota());
            for row in report.rows.iter().filter(|_| report.total_bytes > 0) {
                let shown: Decimal = row.percentage.to_string().parse().unwrap();
                prop_assert_eq!(shown * Decimal::ONE_HUNDRED, Decimal::from(row.percentage.hundredths()));
                // |share / 10,000 - bytes / total| < 1 / 10,000, without dividing.
                let given = u128::from(row.percentage.hundredths()) * report.total_bytes;
                prop_assert!(given.abs_diff(row.bytes * u128::from(Share::WHOLE)) < report.total_bytes);
            }
        }

        #[test]
        fn the_order_of_records_does_not_matter(
            (records, shuffled) in some_traffic().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            resolution in resolution(),
        ) {
            prop_assert_eq!(by_hour(records.clone()), by_hour(shuffled.clone()));
            prop_assert_eq!(shares(records, resolution, bogota()), shares(shuffled, resolution, bogota()));
        }

        #[test]
        fn a_record_split_over_two_sources_is_the_same_usage(
            records in some_traffic(),
            at in any::<proptest::sample::Index>(),
            part in any::<u64>(),
            resolution in resolution(),
        ) {
            let mut split = records.clone();
            if !split.is_empty() {
                let first = at.get(&records).clone();
                let moved = part % first.bytes.saturating_add(1);
                split[at.index(records.len())].bytes -= moved;
                split.push(Traffic { source: "elsewhere".parse().unwrap(), bytes: moved, ..first });
            }
            prop_assert_eq!(by_hour(records.clone()), by_hour(split.clone()));
            prop_assert_eq!(shares(records, resolution, bogota()), shares(split, resolution, bogota()));
        }

        #[test]
        fn rows_are_sorted_and_unique(records in some_traffic(), resolution in resolution()) {
            let hours = by_hour(records.clone()).rows;
            prop_assert!(hours.is_sorted_by(|a, b| (a.hour, &a.app) < (b.hour, &b.app)));
            let parts = shares(records, resolution, bogota()).rows;
            prop_assert!(parts.is_sorted_by(|a, b| (a.date, a.hour, &a.app) < (b.date, b.hour, &b.app)));
        }
    }
}

//! Months, and the bill cycles that follow them.

use chrono::{DateTime, Datelike, FixedOffset, Months, NaiveDate, NaiveTime, Utc};

use super::{EARLIEST, in_zone, latest};

/// The same day a number of months later (earlier if negative). A day that the month does not have becomes its last: a
/// month after 31 January is the end of February. Clamped to the years 1970 to 9999.
pub fn add_months(date: NaiveDate, months: i32) -> NaiveDate {
    let (first, last) = (EARLIEST.date_naive(), latest().date_naive());
    let distance = Months::new(months.unsigned_abs());
    let moved = if months < 0 {
        date.checked_sub_months(distance).unwrap_or(first)
    } else {
        date.checked_add_months(distance).unwrap_or(last)
    };
    moved.clamp(first, last)
}

/// The start of the next bill cycle: the first midnight in the zone, strictly after now, of the contract's cycle day.
/// In a month without that day it is the last one. A cycle day is clamped to 1 to 31.
pub fn cycle_start_after(now: DateTime<Utc>, cycle_day: u32, zone: FixedOffset) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    in_zone(cycle_day_after(today, cycle_day).and_time(NaiveTime::MIN), zone)
}

/// The first cycle day strictly after a day.
pub fn cycle_day_after(day: NaiveDate, cycle_day: u32) -> NaiveDate {
    let this_month = cycle_day_of_month(day, cycle_day);
    if this_month > day { this_month } else { cycle_day_of_month(add_months(day, 1), cycle_day) }
}

/// The last cycle day that is not after a day.
pub fn cycle_day_until(day: NaiveDate, cycle_day: u32) -> NaiveDate {
    let this_month = cycle_day_of_month(day, cycle_day);
    if this_month <= day { this_month } else { cycle_day_of_month(add_months(day, -1), cycle_day) }
}

/// The cycle day in the month of this day.
fn cycle_day_of_month(day: NaiveDate, cycle_day: u32) -> NaiveDate {
    let cycle_day = cycle_day.clamp(1, 31).min(u32::from(day.num_days_in_month()));
    day.with_day(cycle_day).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use proptest::prelude::*;

    use super::super::{Edge, date, instant, rfc3339};
    use super::*;

    fn bogota() -> FixedOffset {
        FixedOffset::west_opt(5 * 3600).unwrap()
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last() {
        let cases = [
            ("2026-11-20", 1, "2026-12-20"),
            ("2026-12-31", 1, "2027-01-31"),
            ("2027-01-31", 1, "2027-02-28"),
            ("2028-01-31", 1, "2028-02-29"),
            ("2027-03-31", -1, "2027-02-28"),
            ("2026-11-20", 0, "2026-11-20"),
            ("2026-11-20", 14, "2028-01-20"),
            ("9999-12-20", 1, "9999-12-31"),
            ("1970-01-10", -1, "1970-01-01"),
            ("2026-11-20", i32::MAX, "9999-12-31"),
            ("2026-11-20", i32::MIN, "1970-01-01"),
        ];
        for (from, months, to) in cases {
            assert_eq!(add_months(date(from).unwrap(), months).to_string(), to, "{from} and {months} months");
        }
    }

    #[test]
    fn the_next_cycle_starts_at_midnight_of_the_country() {
        let cases = [
            ("2026-11-20T13:00:00", 21, "2026-11-21T00:00:00-05:00"),
            ("2026-11-20T13:00:00", 20, "2026-12-20T00:00:00-05:00"),
            ("2026-11-20T00:00:00", 20, "2026-12-20T00:00:00-05:00"),
            ("2026-11-19T23:59:59.999999999", 20, "2026-11-20T00:00:00-05:00"),
            // Already the 20th in UTC, still the 19th in Bogotá.
            ("2026-11-20T03:00:00Z", 20, "2026-11-20T00:00:00-05:00"),
            ("2027-02-10T00:00:00", 31, "2027-02-28T00:00:00-05:00"),
            ("2027-02-28T00:00:00", 31, "2027-03-31T00:00:00-05:00"),
            ("2027-01-31T12:00:00", 30, "2027-02-28T00:00:00-05:00"),
            ("2028-02-01T00:00:00", 29, "2028-02-29T00:00:00-05:00"),
            ("2026-12-31T12:00:00", 1, "2027-01-01T00:00:00-05:00"),
        ];
        for (now, cycle_day, next) in cases {
            let now = instant(now, bogota(), Edge::Start).unwrap();
            assert_eq!(
                rfc3339(cycle_start_after(now, cycle_day, bogota()), bogota()),
                next,
                "{now} and day {cycle_day}"
            );
        }
    }

    proptest! {
        #[test]
        fn cycles_follow_each_other(seconds in 0..250_000_000_000_i64, cycle_day in 1..=31_u32, hours in -12..=12_i32) {
            let zone = FixedOffset::east_opt(hours * 3600).unwrap();
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let next = cycle_start_after(now, cycle_day, zone);
            prop_assert!(next > now && next - now <= Duration::days(31));
            let local = next.with_timezone(&zone);
            prop_assert_eq!(local.time(), NaiveTime::MIN);
            prop_assert_eq!(local.day(), cycle_day.min(u32::from(local.num_days_in_month())));
            // Nothing lies between now and the next start.
            prop_assert_eq!(cycle_start_after(next - Duration::nanoseconds(1), cycle_day, zone), next);
        }

        #[test]
        fn a_day_lies_from_one_cycle_day_to_the_next(days in 100..2_900_000_i64, cycle_day in 1..=31_u32) {
            let day = EARLIEST.date_naive() + Duration::days(days);
            let (start, next) = (cycle_day_until(day, cycle_day), cycle_day_after(day, cycle_day));
            prop_assert!(start <= day && day < next);
            prop_assert_eq!(cycle_day_after(start, cycle_day), next);
            prop_assert_eq!(cycle_day_until(next - Duration::days(1), cycle_day), start);
        }

        #[test]
        fn a_month_later_is_in_the_next_month(days in 0..2_900_000_i64, months in -240..240_i32) {
            let day = EARLIEST.date_naive() + Duration::days(days);
            let moved = add_months(day, months);
            let count = |day: NaiveDate| day.year() * 12 + day.month0().cast_signed();
            if moved > EARLIEST.date_naive() && moved < latest().date_naive() {
                prop_assert_eq!(count(moved), count(day) + months);
                prop_assert_eq!(moved.day(), day.day().min(u32::from(moved.num_days_in_month())));
            }
        }
    }
}

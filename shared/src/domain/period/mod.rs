//! Days, instants and spans, in the country's zone. The current time is always an argument.
//!
//! Everything is within the years 1970 to 9999, so that times as text have a fixed width and sort.

mod cycle;
mod hour;
mod parse;

use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Utc};

use crate::error::Invalid;

pub use cycle::{add_months, cycle_day_after, cycle_day_until, cycle_start_after};
pub use hour::{Hour, local_date_hour};
pub use parse::{Edge, date, instant};

/// The last second of the year 9999, UTC, since the epoch.
const LAST_SECOND: i64 = 253_402_300_799;

/// The earliest instant supported.
const EARLIEST: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The latest instant supported, also "without end".
fn latest() -> DateTime<Utc> {
    DateTime::from_timestamp(LAST_SECOND, 999_999_999).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A local time in this zone as an instant, clamped to the years 1970 to 9999 in UTC.
fn in_zone(local: chrono::NaiveDateTime, zone: FixedOffset) -> DateTime<Utc> {
    // With a fixed offset a local time is exactly one instant.
    let exact = zone.from_local_datetime(&local).single().map(|time| time.to_utc());
    exact.unwrap_or(latest()).clamp(EARLIEST, latest())
}

/// The first midnight in the zone at or after an instant: when a change that acts by whole days takes effect.
pub fn midnight_from(instant: DateTime<Utc>, zone: FixedOffset) -> DateTime<Utc> {
    let local = instant.with_timezone(&zone).naive_local();
    let today = local.date().and_time(NaiveTime::MIN);
    let first = if local == today { today } else { today.checked_add_days(Days::new(1)).unwrap_or(local) };
    in_zone(first, zone)
}

/// The midnight in the zone with which a day begins.
pub fn midnight_of(day: NaiveDate, zone: FixedOffset) -> DateTime<Utc> {
    in_zone(day.and_time(NaiveTime::MIN), zone)
}

/// An instant in an answer: RFC 3339 in the country's zone, to the second.
pub fn rfc3339(instant: DateTime<Utc>, zone: FixedOffset) -> String {
    instant.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// A span of time, from its start to just before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Span {
    /// From start to end.
    ///
    /// # Errors
    /// When the end is before the start.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, Invalid> {
        let ordered = start <= end;
        ordered.then_some(Self { start, end }).ok_or(const { Invalid::new("must not be after the end") })
    }

    /// The span of this length up to now. A negative length counts as zero.
    pub fn last(now: DateTime<Utc>, length: Duration) -> Self {
        let start = now.checked_sub_signed(length).unwrap_or(EARLIEST).min(now);
        Self { start, end: now }
    }

    /// The span, if it is no longer than this many days of 24 hours. That many calendar days fit, because they end at
    /// the last instant of a day.
    ///
    /// # Errors
    /// When it is longer.
    pub fn at_most(self, days: u32) -> Result<Self, Invalid> {
        if self.end.signed_duration_since(self.start) <= Duration::days(i64::from(days)) {
            return Ok(self);
        }
        Err(Invalid(format!("must be a period of at most {days} days").into()))
    }

    /// The part of the span from an instant on, if any.
    pub fn not_before(self, instant: DateTime<Utc>) -> Option<Self> {
        (instant < self.end).then(|| Self { start: self.start.max(instant), end: self.end })
    }

    /// The start.
    pub fn start(self) -> DateTime<Utc> {
        self.start
    }

    /// The end, the first instant that is not in it.
    pub fn end(self) -> DateTime<Utc> {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bogota() -> FixedOffset {
        FixedOffset::west_opt(5 * 3600).unwrap()
    }

    fn days(start: &str, end: &str) -> Result<Span, Invalid> {
        Span::new(instant(start, bogota(), Edge::Start)?, instant(end, bogota(), Edge::End)?)
    }

    #[test]
    fn a_span_starts_before_it_ends() {
        assert!(days("2026-11-20", "2026-11-20").is_ok());
        assert!(days("2026-11-21", "2026-11-20").is_err());
        assert!(days("2026-11-20T10:00:00", "2026-11-20T10:00:00").is_ok());
        assert!(days("2026-11-20T10:00:01", "2026-11-20T10:00:00").is_err());
    }

    #[test]
    fn a_month_of_31_days_fits_into_31_days() {
        assert!(days("2026-10-01", "2026-10-31").unwrap().at_most(31).is_ok());
        let longer = days("2026-10-01", "2026-11-01").unwrap().at_most(31);
        assert_eq!(longer.unwrap_err().to_string(), "must be a period of at most 31 days");
        assert!(days("2026-10-01T00:00:00", "2026-11-01T00:00:00").unwrap().at_most(31).is_ok());
        assert!(days("2026-10-01T00:00:00", "2026-11-01T00:00:00.000000001").unwrap().at_most(31).is_err());
    }

    #[test]
    fn the_last_day_ends_now() {
        let now = instant("2026-11-20T13:00:00Z", bogota(), Edge::Start).unwrap();
        let span = Span::last(now, Duration::hours(24));
        assert_eq!(rfc3339(span.start(), bogota()), "2026-11-19T08:00:00-05:00");
        assert_eq!(span.end(), now);
        assert_eq!(Span::last(now, Duration::hours(-1)).start(), now);
        assert_eq!(Span::last(now, Duration::MAX).start(), EARLIEST);
    }

    #[test]
    fn a_change_by_whole_days_acts_from_midnight_in_the_zone() {
        let at = |text| instant(text, bogota(), Edge::Start).unwrap();
        for (given, midnight) in [
            ("2026-11-20T00:00:00", "2026-11-20T00:00:00"),
            ("2026-11-20T00:00:00.001", "2026-11-21T00:00:00"),
            ("2026-11-20T23:59:59", "2026-11-21T00:00:00"),
            ("2026-11-21T04:59:59Z", "2026-11-21T00:00:00"),
            ("2026-12-31T12:00:00", "2027-01-01T00:00:00"),
        ] {
            assert_eq!(midnight_from(at(given), bogota()), at(midnight), "{given}");
        }
        assert_eq!(midnight_from(latest(), bogota()), latest());
    }

    #[test]
    fn what_lies_before_an_instant_is_cut_off() {
        let span = days("2026-11-20", "2026-11-21").unwrap();
        assert_eq!(span.not_before(span.start() - Duration::days(1)), Some(span));
        let cut = days("2026-11-21", "2026-11-21").unwrap();
        assert_eq!(span.not_before(cut.start()), Some(cut));
        let last = span.end() - Duration::nanoseconds(1);
        assert_eq!(span.not_before(last).map(Span::start), Some(last));
        assert_eq!(span.not_before(span.end()), None);
    }

    #[test]
    fn an_instant_is_shown_in_the_zone() {
        let now = instant("2026-11-20T03:04:05.678Z", bogota(), Edge::Start).unwrap();
        assert_eq!(rfc3339(now, bogota()), "2026-11-19T22:04:05-05:00");
        assert_eq!(rfc3339(now, FixedOffset::east_opt(0).unwrap()), "2026-11-20T03:04:05+00:00");
    }
}

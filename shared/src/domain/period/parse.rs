//! Parsing of days and instants: RFC 3339, and what else of ISO 8601 clients send.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};

use super::{EARLIEST, in_zone, latest};
use crate::error::Invalid;

const DATE: Invalid = Invalid::new("must be a date: YYYY-MM-DD, from 1970 to 9999");
const INSTANT: Invalid = Invalid::new("must be RFC 3339, such as 2026-11-20T13:00:00-05:00, or a date");
const LEAP_SECOND: Invalid = Invalid::new("must not have a leap second (60), use 59");

/// The last nanosecond of a second.
const LAST_NANOSECOND: u32 = 999_999_999;

/// Which instant of the day a bare date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The first.
    Start,
    /// The last. A period ends just before its end, and everything begins at a whole second, so it has the whole day.
    End,
}

impl Edge {
    fn of(self, day: NaiveDate, zone: FixedOffset) -> DateTime<Utc> {
        let last = NaiveTime::from_hms_nano_opt(23, 59, 59, LAST_NANOSECOND).unwrap_or(NaiveTime::MIN);
        let time = match self {
            Self::Start => NaiveTime::MIN,
            Self::End => last,
        };
        in_zone(day.and_time(time), zone)
    }
}

/// Parses a date, `YYYY-MM-DD` only.
///
/// # Errors
/// Any other form, a day that does not exist, a year before 1970.
pub fn date(text: &str) -> Result<NaiveDate, Invalid> {
    let [year, month, day] = fields(text, '-', [4, 2, 2]).ok_or(DATE)?;
    if year < 1970 {
        return Err(DATE);
    }
    let year = i32::try_from(year).map_err(|_| DATE)?;
    NaiveDate::from_ymd_opt(year, month, day).ok_or(const { Invalid::new("must be a day of the calendar") })
}

/// Parses an instant: an RFC 3339 date-time (`T`, `t` or a blank between; seconds and fraction optional) with an offset
/// (`Z`, `+05:00`, `+0500`, `-05`), or without one and then in the zone; or a bare date, which means the given edge of
/// that day in the zone.
///
/// A blank in place of the offset's plus is read as plus, which is how an unencoded `+` arrives in a query string.
///
/// # Errors
/// Any other form, a time that does not exist, a leap second, an instant outside the years 1970 to 9999 (UTC).
pub fn instant(text: &str, zone: FixedOffset, edge: Edge) -> Result<DateTime<Utc>, Invalid> {
    let (day, rest) = text.split_at_checked(10).ok_or(INSTANT)?;
    let day = date(day)?;
    if rest.is_empty() {
        return Ok(edge.of(day, zone));
    }
    let rest = rest.strip_prefix(['T', 't', ' ']).ok_or(INSTANT)?;
    let offset_at = rest.find(|c: char| !matches!(c, '0'..='9' | ':' | '.' | ','));
    let (time, offset) = rest.split_at(offset_at.unwrap_or(rest.len()));
    let zone = if offset.is_empty() { zone } else { read_offset(offset).ok_or(INSTANT)? };
    let local = day.and_time(read_time(time)?);
    let exact = zone.from_local_datetime(&local).single().ok_or(INSTANT)?.to_utc();
    let known = (EARLIEST..=latest()).contains(&exact);
    known.then_some(exact).ok_or(const { Invalid::new("must lie in the years 1970 to 9999 (UTC)") })
}

/// Parses `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`; a comma may replace the point.
fn read_time(text: &str) -> Result<NaiveTime, Invalid> {
    let (clock, fraction) = match text.split_once(['.', ',']) {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let parts = match fields(clock, ':', [2, 2, 2]) {
        None if fraction.is_none() => fields(clock, ':', [2, 2]).map(|[hour, minute]| [hour, minute, 0]),
        parts => parts,
    };
    let [hour, minute, second] = parts.ok_or(INSTANT)?;
    if second == 60 {
        return Err(LEAP_SECOND);
    }
    let nanosecond = fraction.map_or(Some(0), read_fraction).ok_or(INSTANT)?;
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanosecond);
    time.ok_or(const { Invalid::new("must have a time from 00:00:00 to 23:59:59") })
}

/// Parses the fraction as nanoseconds; what is finer is cut off.
fn read_fraction(digits: &str) -> Option<u32> {
    let kept = digits.get(..9).unwrap_or(digits);
    let [value] = fields(kept, '.', [kept.len()])?;
    let missing = 9_u32.checked_sub(u32::try_from(kept.len()).ok()?)?;
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    value.checked_mul(10_u32.pow(missing)).filter(|_| all)
}

/// Parses `Z`, `+HH:MM`, `+HHMM` or `+HH`.
fn read_offset(text: &str) -> Option<FixedOffset> {
    if matches!(text, "Z" | "z") {
        return FixedOffset::east_opt(0);
    }
    let (east, digits) = match text.strip_prefix(['+', ' ']) {
        Some(digits) => (1, digits),
        None => (-1, text.strip_prefix('-')?),
    };
    let [hours, minutes] = match digits.len() {
        2 => fields(digits, ':', [2]).map(|[hours]| [hours, 0]),
        4 => fields(digits, ':', [4]).map(|[both]| [both / 100, both % 100]),
        _ => fields(digits, ':', [2, 2]),
    }?;
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    (hours < 24 && minutes < 60).then(|| FixedOffset::east_opt(east * seconds)).flatten()
}

/// Splits a text into numbers of exactly these widths, ASCII digits only.
fn fields<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut values = [0; N];
    for (value, width) in values.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *value = part.parse().ok()?;
    }
    parts.next().is_none().then_some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rfc3339;
    use super::*;

    fn bogota() -> FixedOffset {
        FixedOffset::west_opt(5 * 3600).unwrap()
    }

    fn read(text: &str) -> Result<String, Invalid> {
        instant(text, bogota(), Edge::Start).map(|time| time.to_rfc3339())
    }

    #[test]
    fn a_date_has_one_form() {
        assert_eq!(date("2028-02-29").unwrap().to_string(), "2028-02-29");
        assert!(date("1970-01-01").is_ok() && date("9999-12-31").is_ok());
        let bad = [
            "",
            "2026-11-2",
            "2026-11-200",
            "26-11-20",
            "02026-11-20",
            "+2026-11-20",
            "-2026-11-20",
            "2026/11/20",
            "20261120",
            "2026-11-20 ",
            " 2026-11-20",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-10-00",
            "2026-11-31",
            "1969-12-31",
            "0000-01-01",
            "10000-01-01",
            "٢٠٢٦-11-20",
            "2026-11-20T00:00",
            "2026-1a-20",
        ];
        for text in bad {
            assert!(date(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_usual_form_of_an_instant_is_read() {
        let same = [
            "2026-11-20T13:00:00-05:00",
            "2026-11-20T13:00:00-0500",
            "2026-11-20T13:00:00-05",
            "2026-11-20T13:00-05",
            "2026-11-20T18:00:00Z",
            "2026-11-20t18:00:00z",
            "2026-11-20 18:00Z",
            "2026-11-20T13:00:00",
            "2026-11-20 13:00",
            "2026-11-20T23:30:00+05:30",
            "2026-11-20T23:30:00 05:30",
            "2026-11-20T23:00:00 0500",
            "2026-11-20T18:00:00.000Z",
            "2026-11-20T18:00:00,0Z",
            "2026-11-20T18:00:00-00:00",
            "2026-11-21T00:00 06",
        ];
        for text in same {
            assert_eq!(read(text).as_deref(), Ok("2026-11-20T18:00:00+00:00"), "{text}");
        }
        assert_eq!(read("2026-11-20T18:00:00.5Z").as_deref(), Ok("2026-11-20T18:00:00.500+00:00"));
        assert_eq!(read("2026-11-20T18:00:00.000000001Z").as_deref(), Ok("2026-11-20T18:00:00.000000001+00:00"));
    }

    #[test]
    fn anything_else_is_refused() {
        let bad = [
            "",
            "2026",
            "2026-11-20T",
            "2026-11-20 ",
            "2026-11-20Z",
            "2026-11-20T13",
            "2026-11-20T13Z",
            "2026-11-20T1:00",
            "2026-11-20T13:0",
            "2026-11-20T130000",
            "2026-11-20T24:00:00",
            "2026-11-20T23:60",
            "2026-11-20T23:59:61",
            "2026-11-20T13:00.5",
            "2026-11-20T13:00:00.",
            "2026-11-20T13:00:00.123456789x",
            "2026-11-20T13:00:00..1",
            "2026-11-20T13:00:00+",
            "2026-11-20T13:00:00 ",
            "2026-11-20T13:00:00+5",
            "2026-11-20T13:00:00+24:00",
            "2026-11-20T13:00:00+05:60",
            "2026-11-20T13:00:00+05:0",
            "2026-11-20T13:00:00+05:00:00",
            "2026-11-20T13:00:00ZZ",
            "2026-11-20T13:00:00 Z",
            "2026-11-20T13:00:00  05:00",
            "2026-11-20TT13:00",
            "2026-11-20X13:00",
            "2026-11-20T13:00:00−05:00",
            "2026-11-20T13:00:00é",
            "2026-11-2é",
            "20-11-2026",
            "2026-02-30T10:00",
            "1970-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "1763643600",
            "é026-11-20T13:00",
        ];
        for text in bad {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_fraction_may_be_finer_than_a_nanosecond() {
        assert_eq!(read("2026-11-20T13:00:00.1234567891Z"), read("2026-11-20T13:00:00.123456789Z"));
        assert_eq!(read("2026-11-20T13:00:00.000000000000000000000000001Z"), read("2026-11-20T13:00:00Z"));
    }

    #[test]
    fn a_leap_second_is_refused_by_name() {
        assert_eq!(read("2016-12-31T23:59:60Z"), Err(LEAP_SECOND));
        assert_eq!(read("2026-11-20T13:00:60.5"), Err(LEAP_SECOND));
    }

    #[test]
    fn a_bare_date_is_an_edge_of_that_day_in_the_zone() {
        let edge = |text, edge| instant(text, bogota(), edge).map(|time| time.to_rfc3339());
        assert_eq!(edge("2026-11-20", Edge::Start).as_deref(), Ok("2026-11-20T05:00:00+00:00"));
        assert_eq!(edge("2026-11-20", Edge::End).as_deref(), Ok("2026-11-21T04:59:59.999999999+00:00"));
        // Common spellings of "for ever" stay within the supported years.
        assert_eq!(edge("9999-12-31", Edge::End).as_deref(), Ok("9999-12-31T23:59:59.999999999+00:00"));
    }

    proptest! {
        #[test]
        fn an_instant_reads_as_it_is_shown(seconds in 0..=super::super::LAST_SECOND, hours in -12..=14_i32) {
            let zone = FixedOffset::east_opt(hours * 3600).unwrap();
            let time = DateTime::from_timestamp(seconds, 0).unwrap();
            let shown = rfc3339(time, zone);
            if shown.len() == 25 && !shown.starts_with("1969") {
                prop_assert_eq!(instant(&shown, bogota(), Edge::Start), Ok(time));
                prop_assert_eq!(instant(&shown.replace('+', " "), bogota(), Edge::End), Ok(time));
                prop_assert_eq!(instant(&shown[..19], zone, Edge::End), Ok(time));
            }
        }

        #[test]
        fn no_text_upsets_the_reader(text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ]?[0-9:.,]{0,12}[Zz+ -]?[0-9:]{0,6}") {
            if let Ok(time) = instant(&text, bogota(), Edge::Start) {
                prop_assert!((EARLIEST..=latest()).contains(&time));
            }
        }

        #[test]
        fn arbitrary_text_is_never_a_panic(text in any::<String>()) {
            prop_assert_eq!(date(&text).is_ok(), text.len() == 10 && instant(&text, bogota(), Edge::End).is_ok());
        }
    }
}

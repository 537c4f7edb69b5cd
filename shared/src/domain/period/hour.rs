//! An hour, the granularity of usage.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, FixedOffset, Utc};
use serde::{Deserialize, Serialize, Serializer};

use super::{EARLIEST, Span, date, latest};
use crate::error::Invalid;

const FORM: Invalid = Invalid::new("must be an hour: YYYY-MM-DDTHH, in UTC");
const TOLD: Invalid =
    Invalid::new("must be a full hour as RFC 3339, such as 2026-11-20T13:00:00-05:00, or YYYY-MM-DDTHH in UTC");
const SECONDS: i64 = 3600;

/// A full hour of UTC, counted from the epoch. Its text `2026-11-20T13` has a fixed width, so it sorts by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Hour(i64);

impl Hour {
    /// The hour of an instant, clamped to the years 1970 to 9999.
    pub fn of(instant: DateTime<Utc>) -> Self {
        Self(instant.clamp(EARLIEST, latest()).timestamp().div_euclid(SECONDS))
    }

    /// The first and last hour that begin within a span, if any.
    pub fn begun_in(span: Span) -> Option<(Self, Self)> {
        let (first, last) = (Self::not_before(span.start()), Self(Self::not_before(span.end()).0 - 1));
        (first <= last).then_some((first, last))
    }

    /// The first hour that begins at an instant or after it.
    fn not_before(instant: DateTime<Utc>) -> Self {
        let hour = Self::of(instant);
        if hour.start() < instant { Self(hour.0 + 1) } else { hour }
    }

    /// Parses an hour as a file tells it: an instant of RFC 3339 at a full hour, or the hour's own text, in UTC.
    ///
    /// # Errors
    /// Any other form, an instant without offset, minutes or seconds.
    pub fn told(text: &str) -> Result<Self, Invalid> {
        if let Ok(hour) = text.parse() {
            return Ok(hour);
        }
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| TOLD)?.to_utc();
        let hour = Self::of(instant);
        (hour.start() == instant).then_some(hour).ok_or(TOLD)
    }

    /// Its first instant.
    pub fn start(self) -> DateTime<Utc> {
        EARLIEST + Duration::hours(self.0)
    }
}

/// The date (`YYYY-MM-DD`) and hour (`00` to `23`) in the zone at the start of this hour. All our zones are whole hours
/// off UTC.
pub fn local_date_hour(hour: Hour, zone: FixedOffset) -> (String, String) {
    let local = hour.start().with_timezone(&zone);
    (local.format("%Y-%m-%d").to_string(), local.format("%H").to_string())
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.start().format("%Y-%m-%dT%H"))
    }
}

impl FromStr for Hour {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (day, hour) = text.split_once('T').ok_or(FORM)?;
        let two_digits = hour.len() == 2 && hour.bytes().all(|byte| byte.is_ascii_digit());
        let hour = hour.parse().ok().filter(|_| two_digits).ok_or(FORM)?;
        let start = date(day).map_err(|_| FORM)?.and_hms_opt(hour, 0, 0).ok_or(FORM)?;
        Ok(Self::of(start.and_utc()))
    }
}

impl TryFrom<String> for Hour {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl Serialize for Hour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::LAST_SECOND;
    use super::*;

    #[test]
    fn an_hour_has_one_text() {
        let hour: Hour = "2026-11-20T13".parse().unwrap();
        assert_eq!(hour.to_string(), "2026-11-20T13");
        assert_eq!(hour.start().to_rfc3339(), "2026-11-20T13:00:00+00:00");
        assert_eq!(serde_json::to_string(&hour).unwrap(), "\"2026-11-20T13\"");
        assert_eq!(serde_json::from_str::<Hour>("\"2026-11-20T13\"").unwrap(), hour);
        let bad = [
            "",
            "T",
            "2026-11-20",
            "2026-11-20T",
            "2026-11-20T24",
            "2026-11-20T1",
            "2026-11-20T+1",
            "2026-11-20t13",
            "2026-11-20 13",
            "2026-11-31T13",
            "2026-11-20T13:00",
            "2026-11-20T013",
            "10000-01-01T00",
            "2026-11-20T１",
        ];
        for text in bad {
            assert!(text.parse::<Hour>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_hour_is_in_a_span_when_it_begins_before_its_end() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let within = |start: &str, end: &str| {
            Hour::begun_in(Span::new(at(start), at(end)).unwrap()).map(|(first, last)| format!("{first} {last}"))
        };
        let ten_to_noon = Some("2026-11-20T10 2026-11-20T11".to_owned());
        assert_eq!(within("2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"), ten_to_noon);
        assert_eq!(within("2026-11-20T09:00:00.000000001Z", "2026-11-20T11:00:00.000000001Z"), ten_to_noon);
        assert_eq!(within("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"), None);
        assert_eq!(within("2026-11-20T10:00:01Z", "2026-11-20T11:00:00Z"), None);
    }

    #[test]
    fn an_hour_is_told_with_an_offset_or_in_utc() {
        for text in
            ["2026-11-20T13", "2026-11-20T13:00:00Z", "2026-11-20T08:00:00-05:00", "2026-11-20T18:30:00.0+05:30"]
        {
            assert_eq!(Hour::told(text).map(|hour| hour.to_string()).as_deref(), Ok("2026-11-20T13"), "{text}");
        }
        for text in ["", "2026-11-20T13:00:00", "2026-11-20T13:30:00Z", "2026-11-20T13:00:01Z", "2026-11-20"] {
            assert_eq!(Hour::told(text), Err(TOLD), "{text}");
        }
    }

    #[test]
    fn the_clocks_of_the_country_show_another_hour() {
        let hour = "2026-11-20T03".parse().unwrap();
        let shown = |hours| local_date_hour(hour, FixedOffset::east_opt(hours * 3600).unwrap());
        assert_eq!(shown(-5), ("2026-11-19".into(), "22".into()));
        assert_eq!(shown(-3), ("2026-11-20".into(), "00".into()));
    }

    #[test]
    fn beyond_the_years_we_speak_of_is_their_edge() {
        assert_eq!(Hour::of(DateTime::<Utc>::MAX_UTC).to_string(), "9999-12-31T23");
        assert_eq!(Hour::of(DateTime::<Utc>::MIN_UTC).to_string(), "1970-01-01T00");
    }

    proptest! {
        #[test]
        fn hours_sort_as_their_texts(a in 0..=LAST_SECOND, b in 0..=LAST_SECOND) {
            let [a, b] = [a, b].map(|seconds| Hour::of(DateTime::from_timestamp(seconds, 0).unwrap()));
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
            prop_assert_eq!(a.to_string().parse(), Ok(a));
            prop_assert_eq!(a.to_string().len(), 13);
        }

        #[test]
        fn an_hour_holds_its_instants(seconds in 0..=LAST_SECOND) {
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            let start = Hour::of(instant).start();
            prop_assert!(start <= instant && instant < start + Duration::hours(1));
        }
    }
}

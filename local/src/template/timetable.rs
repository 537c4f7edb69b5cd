//! When a schedule is due: `rate(…)` and `cron(…)` of EventBridge Scheduler, in a time zone.
//!
//! Of cron's fields, numbers, names, `*`, `?`, lists, ranges and steps are played; `L`, `W` and `#` are not, nor is
//! `at(…)`. Where a zone's clocks skip a time, it is skipped; where they show it twice, the first counts.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::intrinsic::Reason;

/// How far ahead a time is looked for: the days to a 29 February over a century without one.
const HORIZON: u64 = 8 * 366;
/// The months and the days of a week as cron names them.
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timetable {
    /// From its creation on, again and again after this time.
    Rate(TimeDelta),
    /// At these times of a zone.
    Cron(Box<Cron>),
}

/// The fields of a cron expression, each the numbers that fit, and the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    /// None for any.
    days: Option<Vec<u32>>,
    months: Vec<u32>,
    /// From Sunday, which is 1; none for any.
    weekdays: Option<Vec<u32>>,
    years: Vec<u32>,
    zone: Tz,
}

impl Timetable {
    /// Reads `rate(…)` or `cron(…)`.
    ///
    /// # Errors
    /// What is malformed, or not played.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, Reason> {
        let zone: Tz = zone.parse().map_err(|_| format!("ScheduleExpressionTimezone: no zone is called {zone}"))?;
        let inside = |kind: &str| expression.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')');
        let read = match (inside("rate"), inside("cron")) {
            (Some(rate), _) => every(rate),
            (_, Some(cron)) => Cron::parse(cron, zone).map(|cron| Self::Cron(Box::new(cron))),
            _ => Err("only rate(…) and cron(…) are played".to_owned()),
        };
        read.map_err(|reason| format!("ScheduleExpression: {expression}: {reason}"))
    }

    /// The first time that it is due, when it is created at this time.
    pub fn first(&self, created: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Rate(_) => Some(created),
            Self::Cron(cron) => cron.after(created),
        }
    }

    /// The time after this one.
    pub fn after(&self, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Rate(period) => last.checked_add_signed(*period),
            Self::Cron(cron) => cron.after(last),
        }
    }
}

fn every(rate: &str) -> Result<Timetable, Reason> {
    let (number, unit) = rate.split_once(' ').ok_or("it must be rate(number unit)")?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0).ok_or("it must be a number above zero")?;
    let period = match unit {
        "minute" | "minutes" => TimeDelta::try_minutes(number),
        "hour" | "hours" => TimeDelta::try_hours(number),
        "day" | "days" => TimeDelta::try_days(number),
        _ => return Err("its unit must be minutes, hours or days".to_owned()),
    };
    period.map(Timetable::Rate).ok_or_else(|| "it is too long".to_owned())
}

impl Cron {
    fn parse(text: &str, zone: Tz) -> Result<Self, Reason> {
        let fields: Vec<_> = text.split_whitespace().collect();
        let &[minutes, hours, days, months, weekdays, years] = fields.as_slice() else {
            return Err("it must have six fields: minutes, hours, day, month, day of the week, year".to_owned());
        };
        if (days == "?") == (weekdays == "?") {
            return Err("one of day and day of the week must be ?".to_owned());
        }
        let any = |field: &str, lowest, highest, names: &[&str]| match field {
            "?" => Ok(None),
            field => numbers(field, lowest, highest, names).map(Some),
        };
        Ok(Self {
            minutes: numbers(minutes, 0, 59, &[])?,
            hours: numbers(hours, 0, 23, &[])?,
            days: any(days, 1, 31, &[])?,
            months: numbers(months, 1, 12, &MONTHS)?,
            weekdays: any(weekdays, 1, 7, &WEEKDAYS)?,
            years: numbers(years, 1970, 2199, &[])?,
            zone,
        })
    }

    fn after(&self, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let from = last.with_timezone(&self.zone).date_naive();
        let days = (0..HORIZON).map_while(|ahead| from.checked_add_days(Days::new(ahead)));
        days.filter(|day| self.is_on(*day)).find_map(|day| self.times(day).find(|time| *time > last))
    }

    fn is_on(&self, day: NaiveDate) -> bool {
        let is_one = |all: &Option<Vec<u32>>, one: u32| all.as_ref().is_none_or(|all| all.contains(&one));
        u32::try_from(day.year()).is_ok_and(|year| self.years.contains(&year))
            && self.months.contains(&day.month())
            && is_one(&self.days, day.day())
            && is_one(&self.weekdays, day.weekday().number_from_sunday())
    }

    /// The times of a day, in order.
    fn times(&self, day: NaiveDate) -> impl Iterator<Item = DateTime<Utc>> {
        let times = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
        times.filter_map(move |(hour, minute)| {
            let local = day.and_time(NaiveTime::from_hms_opt(hour, minute, 0)?);
            self.zone.from_local_datetime(&local).earliest().map(|time| time.to_utc())
        })
    }
}

/// The numbers of a field, ascending.
fn numbers(field: &str, lowest: u32, highest: u32, names: &[&str]) -> Result<Vec<u32>, Reason> {
    let wrong = |part: &str| format!("{part} is not played, or not from {lowest} to {highest}");
    let number = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + lowest);
        let plain = text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        named.or(plain).filter(|number| (lowest..=highest).contains(number))
    };
    let mut all = Vec::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step: usize = match step {
            None => 1,
            Some(step) => step.parse().ok().filter(|step| *step > 0).ok_or_else(|| wrong(part))?,
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (Some(lowest), Some(highest)),
            Some((from, to)) => (number(from), number(to)),
            // `5/15` goes on to the end.
            None if part.contains('/') => (number(range), Some(highest)),
            None => (number(range), number(range)),
        };
        let (from, to) = from.zip(to).filter(|(from, to)| from <= to).ok_or_else(|| wrong(part))?;
        all.extend((from..=to).step_by(step));
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// The next times of an expression.
    fn next(expression: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let table = Timetable::parse(expression, zone).unwrap();
        let times = std::iter::successors(table.first(at(from)), |last| table.after(*last));
        times.take(count).map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).collect()
    }

    #[test]
    fn a_time_of_the_country_is_due_at_that_time_there() {
        let expected = ["2026-03-11T06:15:00Z", "2026-03-12T06:15:00Z"];
        assert_eq!(next("cron(15 1 * * ? *)", "America/Bogota", "2026-03-10T06:15:00Z", 2), expected);
        let before = next("cron(15 1 * * ? *)", "America/Bogota", "2026-03-10T06:14:59Z", 1);
        assert_eq!(before, ["2026-03-10T06:15:00Z"]);
        // Saint Sylvester in Paraguay is the next year in UTC.
        let last = next("cron(0 22 31 DEC ? 2026)", "America/Asuncion", "2026-03-10T00:00:00Z", 2);
        assert_eq!(last, ["2027-01-01T01:00:00Z"]);
    }

    #[test]
    fn lists_ranges_steps_and_names() {
        let of = |fields: &str| next(&format!("cron({fields})"), "UTC", "2026-03-10T12:00:00Z", 4).join(" ");
        assert_eq!(
            of("0/20 8,17 * * ? *"),
            "2026-03-10T17:00:00Z 2026-03-10T17:20:00Z 2026-03-10T17:40:00Z 2026-03-11T08:00:00Z"
        );
        assert_eq!(
            of("0 6 ? * MON-FRI/2 *"),
            "2026-03-11T06:00:00Z 2026-03-13T06:00:00Z 2026-03-16T06:00:00Z 2026-03-18T06:00:00Z"
        );
        assert_eq!(of("0 0 29 2 ? 2027-2029"), "2028-02-29T00:00:00Z");
        assert_eq!(of("0 0 ? * 1 *").split(' ').next(), Some("2026-03-15T00:00:00Z"));
        assert_eq!(of("*/30 * 10 mar ? 2026").split(' ').next(), Some("2026-03-10T12:30:00Z"));
    }

    #[test]
    fn a_time_that_clocks_skip_is_skipped_and_one_they_show_twice_is_due_once() {
        let new_york = |fields: &str, from: &str| next(&format!("cron({fields})"), "America/New_York", from, 2);
        let spring = new_york("30 2 * * ? *", "2026-03-07T12:00:00Z");
        assert_eq!(spring, ["2026-03-09T06:30:00Z", "2026-03-10T06:30:00Z"]);
        let autumn = new_york("30 1 * * ? *", "2026-11-01T04:00:00Z");
        assert_eq!(autumn, ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]);
    }

    #[test]
    fn a_rate_counts_from_its_creation() {
        let expected = ["2026-03-10T12:00:07Z", "2026-03-10T12:05:07Z", "2026-03-10T12:10:07Z"];
        assert_eq!(next("rate(5 minutes)", "UTC", "2026-03-10T12:00:07Z", 3), expected);
        assert_eq!(next("rate(1 day)", "UTC", "2026-03-10T12:00:07Z", 2)[1], "2026-03-11T12:00:07Z");
    }

    #[test]
    fn what_is_not_played_is_an_error() {
        for (expression, reason) in [
            ("at(2026-03-10T12:00:00)", "only rate(…) and cron(…) are played"),
            ("rate(0 minutes)", "above zero"),
            ("rate(5 weeks)", "its unit"),
            ("rate(5)", "rate(number unit)"),
            ("cron(0 0 * * ?)", "six fields"),
            ("cron(0 0 * * * *)", "one of day and day of the week must be ?"),
            ("cron(0 0 ? * ? *)", "one of day and day of the week must be ?"),
            ("cron(0 0 L * ? *)", "L is not played"),
            ("cron(0 0 15W * ? *)", "15W is not played"),
            ("cron(0 0 ? * 2#1 *)", "2#1 is not played"),
            ("cron(60 0 * * ? *)", "not from 0 to 59"),
            ("cron(+5 0 * * ? *)", "not from 0 to 59"),
            ("cron(0/0 0 * * ? *)", "0/0 is not played"),
            ("cron(30-10 0 * * ? *)", "30-10 is not played"),
            ("cron(0 0 ? * 0 *)", "not from 1 to 7"),
        ] {
            let error = Timetable::parse(expression, "UTC").unwrap_err();
            assert!(error.starts_with("ScheduleExpression: ") && error.contains(reason), "{expression}: {error}");
        }
        assert!(Timetable::parse("rate(1 day)", "America/Bogotá").unwrap_err().contains("no zone is called"));
    }
}

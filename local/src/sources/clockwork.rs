//! The template's schedules, on the bundle's clock. When the clock jumps, every time in between is due once, in order.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use shared::files::object::Digest;

use crate::template::{EXECUTION, SCHEDULED, Schedule, Target};

/// After how long Lambda invokes a function again that has failed asynchronously: twice, then no more.
const AGAIN: [TimeDelta; 2] = [TimeDelta::minutes(1), TimeDelta::minutes(2)];

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The schedule's place in the template.
    pub name: String,
    /// Whom it tells.
    pub target: Target,
    /// What it says.
    pub input: String,
    attempt: usize,
}

/// All schedules and their next times.
pub struct Clockwork {
    schedules: Vec<(Schedule, Option<DateTime<Utc>>)>,
    again: Vec<(DateTime<Utc>, Due)>,
    count: u64,
}

impl Clockwork {
    /// Schedules that are created at this time. What was due before it is not told.
    pub fn new(schedules: &[Schedule], now: DateTime<Utc>) -> Self {
        let enabled = schedules.iter().filter(|schedule| schedule.is_enabled);
        let schedules = enabled.map(|schedule| (schedule.clone(), schedule.times.first(now))).collect();
        Self { schedules, again: Vec::new(), count: 0 }
    }

    /// What was due first and is not told yet.
    pub fn take(&mut self, now: DateTime<Utc>) -> Option<Due> {
        let times = self.schedules.iter().enumerate().filter_map(|(at, (_, next))| Some((next.as_ref().copied()?, at)));
        let next = times.min().filter(|(time, _)| *time <= now);
        let again = self.again.iter().enumerate().map(|(at, (time, _))| (*time, at)).min();
        let again = again.filter(|(time, _)| *time <= now && next.is_none_or(|(other, _)| time <= &other));
        if let Some((_, at)) = again {
            return Some(self.again.remove(at).1);
        }
        let (time, at) = next?;
        let (schedule, next) = self.schedules.get_mut(at)?;
        *next = schedule.times.after(time);
        let schedule = schedule.clone();
        Some(self.due(&schedule, time))
    }

    fn due(&mut self, schedule: &Schedule, time: DateTime<Utc>) -> Due {
        let Schedule { name, target, input, .. } = schedule;
        self.count += 1;
        let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut id = Digest::default();
        id.update(format!("{name} {time} {}", self.count).as_bytes());
        let id = id.finish();
        let input = input.replace(SCHEDULED, &time).replace(EXECUTION, id.get(..32).unwrap_or_default());
        Due { name: name.clone(), target: target.clone(), input, attempt: 0 }
    }

    /// Tells the same later, because the function failed; not for ever.
    pub fn put_back(&mut self, due: Due, now: DateTime<Utc>) {
        match AGAIN.get(due.attempt) {
            Some(wait) => self.again.push((now + *wait, Due { attempt: due.attempt + 1, ..due })),
            None => tracing::error!(schedule = due.name, "failed three times; it is not tried again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Timetable;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn schedule(name: &str, expression: &str) -> Schedule {
        Schedule {
            name: name.to_owned(),
            times: Timetable::parse(expression, "America/Bogota").unwrap(),
            input: format!("{name} {SCHEDULED}"),
            target: Target::Queue("Orders".to_owned()),
            is_enabled: true,
        }
    }

    fn told(clockwork: &mut Clockwork, now: &str) -> Vec<String> {
        std::iter::from_fn(|| clockwork.take(at(now))).map(|due| due.input).collect()
    }

    #[test]
    fn a_jump_over_several_times_tells_each_once_in_order() {
        let schedules = [schedule("a", "cron(0 1 * * ? *)"), schedule("b", "cron(0 13 * * ? *)")];
        let mut clockwork = Clockwork::new(&schedules, at("2026-03-10T15:00:00Z"));
        assert!(told(&mut clockwork, "2026-03-10T17:59:59Z").is_empty());
        let expected = ["b 2026-03-10T18:00:00Z", "a 2026-03-11T06:00:00Z", "b 2026-03-11T18:00:00Z"];
        assert_eq!(told(&mut clockwork, "2026-03-11T20:00:00Z"), expected);
        assert!(told(&mut clockwork, "2026-03-11T20:00:00Z").is_empty());
    }

    #[test]
    fn a_schedule_that_is_disabled_tells_nothing() {
        let schedules = [Schedule { is_enabled: false, ..schedule("a", "rate(1 minute)") }];
        let mut clockwork = Clockwork::new(&schedules, at("2026-03-10T15:00:00Z"));
        assert!(told(&mut clockwork, "2026-03-11T15:00:00Z").is_empty());
    }

    #[test]
    fn what_failed_is_told_twice_more_with_the_same_words() {
        let mut clockwork = Clockwork::new(&[schedule("a", "cron(0 11 10 3 ? 2026)")], at("2026-03-10T15:00:00Z"));
        let mut now = at("2026-03-10T16:00:00Z");
        let first = clockwork.take(now).unwrap();
        clockwork.put_back(first.clone(), now);
        for wait in AGAIN {
            assert_eq!(clockwork.take(now + wait - TimeDelta::seconds(1)), None);
            now += wait;
            let again = clockwork.take(now).unwrap();
            assert_eq!(again.input, first.input);
            clockwork.put_back(again, now);
        }
        assert_eq!(clockwork.take(now + TimeDelta::days(1)), None);
    }

    #[test]
    fn each_execution_has_an_id_of_its_own() {
        let schedule = Schedule { input: EXECUTION.to_owned(), ..schedule("a", "rate(1 minute)") };
        let mut clockwork = Clockwork::new(&[schedule], at("2026-03-10T15:00:00Z"));
        let ids = told(&mut clockwork, "2026-03-10T15:02:00Z");
        assert!(ids.len() == 3 && ids[0] != ids[1] && ids[1] != ids[2] && ids.iter().all(|id| id.len() == 32));
    }
}

//! Made-up orders of usage, looks and walks of the lists: every limit that is reached is told in the end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use super::{LINE, at, catalogues, day, day_of, ledger, number, used, usual, who};
use crate::domain::billing::billed::Billed;
use crate::domain::billing::ledger::Ledger;
use crate::domain::billing::usage::DayTotal;
use crate::domain::guard::look::{Left, View, period_of, periods};
use crate::domain::guard::threshold::Subject;
use crate::domain::guard::watch::{Line, Watch, is_due};
use crate::domain::usage_file::day::Usage;

/// A line in a company that takes usage in and looks at it, as slowly and as often as it likes.
struct Company {
    ledger: Ledger,
    now: DateTime<Utc>,
    usage: Vec<DayTotal>,
    watch: Option<Watch>,
    lists: BTreeSet<DateTime<Utc>>,
    walked: DateTime<Utc>,
    asked: Vec<DateTime<Utc>>,
    told: BTreeSet<String>,
    looks: u32,
}

impl Company {
    fn new(start: DateTime<Utc>) -> Self {
        Self {
            ledger: ledger(&[LINE]),
            now: start,
            usage: Vec::new(),
            watch: None,
            lists: BTreeSet::new(),
            walked: start,
            asked: Vec::new(),
            told: BTreeSet::new(),
            looks: 0,
        }
    }

    fn look(&mut self) {
        self.looks += 1;
        let (subject, limits) = (Subject::Line(number(LINE)), usual());
        let today = day_of(self.now);
        let all = periods(&Billed::default(), &self.ledger.contract, today);
        let (ledger, usage) = (self.ledger.clone(), self.usage.clone());
        let view =
            View { subject: &subject, ledger: &ledger, usage: &usage, catalogues: catalogues(), limits: &limits };
        for period in &all {
            let seen = view.see(period).unwrap();
            for passed in seen.passed(self.now) {
                self.told.insert(format!("{} {}", passed.period.from, passed.threshold));
            }
            if period == all.last().unwrap() {
                let (contract, plans) = who();
                let left = Left { contract: &contract, plans: &plans, before: self.watch.as_ref(), now: self.now };
                if let Some(after) = seen.watch(left, None) {
                    self.lists.extend(after.next.filter(|_| after.listed));
                    self.watch = Some(after);
                }
            }
        }
    }

    /// Time passes, with an hour's list now and then.
    fn pass(&mut self, minutes: u64) {
        let end = self.now + TimeDelta::minutes(i64::try_from(minutes).unwrap());
        while let Some(hour) = self.lists.iter().copied().find(|hour| *hour > self.walked && *hour <= end) {
            self.now = hour.max(self.now);
            self.walked = hour;
            if self.watch.as_ref().is_some_and(|watch| watch.listed && watch.next == Some(hour)) {
                self.look();
            }
        }
        self.now = end;
    }

    /// A file is read, written, and what is due is asked for; in between others look.
    fn take(&mut self, (ago, class, units): (u64, &str, u64), looks: u64) {
        let (watch, read_at) = (self.watch.clone(), self.now);
        for _ in 0..looks {
            self.pass(1);
            self.look();
        }
        let on = day_of(read_at) - chrono::Days::new(ago);
        let on = on.format("%m-%d").to_string();
        self.usage.push(used(LINE, &on, class, units));
        let usage = Usage { records: 1, units: BTreeMap::from([(class.parse().unwrap(), units)]), ..Usage::default() };
        let (contract, plans) = who();
        let line = Line { watch: watch.as_ref(), contract: &contract, plans: &plans };
        if is_due(line, &[(day(&on), &usage)], day_of(read_at), read_at) {
            self.asked.push(self.now);
        }
    }

    /// Takes the messages that wait, each as often as it comes.
    fn answer(&mut self, times: u64) {
        for _ in 0..self.asked.len() as u64 * times {
            self.look();
        }
        self.asked.clear();
    }

    /// The limits that all usage has reached in the period of a day.
    fn reached(&self, today: NaiveDate) -> BTreeSet<String> {
        let (subject, limits) = (Subject::Line(number(LINE)), usual());
        let period = period_of(&Billed::default(), &self.ledger.contract, today).unwrap();
        let view = View {
            subject: &subject,
            ledger: &self.ledger,
            usage: &self.usage,
            catalogues: catalogues(),
            limits: &limits,
        };
        let passed = view.see(&period).unwrap().passed(self.now);
        passed.iter().map(|passed| format!("{} {}", passed.period.from, passed.threshold)).collect()
    }
}

fn histories() -> impl Strategy<Value = Vec<(u64, u64, u64, &'static str, u64, u64, u64)>> {
    let class = prop::sample::select(vec!["voice.onnet", "data.home"]);
    let units = prop_oneof![3 => 1..200_u64, 2 => 1..2_000_u64, 1 => 1..400_000_u64];
    let minutes = prop_oneof![2 => 1..90_u64, 2 => 1..1_500_u64, 1 => 1..10_000_u64];
    let one = (minutes, 0..2_u64, 0..3_u64, class, units, 0..3_u64, 0..8_u64);
    proptest::collection::vec(one, 1..40)
}

proptest! {
    #[test]
    fn every_limit_that_is_reached_is_told_in_the_end(history in histories()) {
        let mut company = Company::new(at("03-01T00:30"));
        for (minutes, ago, looks, class, units, times, waits) in history {
            company.pass(minutes);
            if waits > 0 {
                company.answer(times.max(1));
            }
            let ago = if day_of(company.now) == day("03-01") { 0 } else { ago };
            if company.now > at("05-30T00:00") {
                break;
            }
            company.take((ago, class, units), looks);
        }
        company.answer(1);
        let (today, end) = (day_of(company.now), company.now);
        // No more is used; the lists are walked until the line rests, or the period is over for good.
        for _ in 0..60 {
            company.pass(24 * 60);
        }
        let missing: Vec<_> = company.reached(today).difference(&company.told).cloned().collect();
        prop_assert!(missing.is_empty(), "{missing:?} at {end}: {:?}", company.watch);
        let rests = company.watch.as_ref().is_none_or(|watch| !watch.listed);
        prop_assert!(rests, "looks go on for ever: {:?}", company.watch);
    }
}

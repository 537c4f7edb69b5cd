//! A look at a subject: what its running period costs by what is known, which limits are reached, when to look again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};

use super::gauge::{Gauge, gauges, usage_cost};
use super::limits::Watched;
use super::threshold::{Passed, Subject, Threshold};
use super::watch::{APART, Room, SOON, Watch, late_until, minutes};
use crate::domain::billing::billed::Billed;
use crate::domain::billing::class::{Class, Family, Place};
use crate::domain::billing::cycle::{Days, Period};
use crate::domain::billing::facts::Facts;
use crate::domain::billing::hash::Hash;
use crate::domain::billing::ledger::{Contract, Ledger};
use crate::domain::billing::parked::Parked;
use crate::domain::billing::pinned::Catalogues;
use crate::domain::billing::price::price;
use crate::domain::billing::tariff::Rate;
use crate::domain::billing::usage::DayTotal;
use crate::domain::ids::{ContractId, PlanId};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::period::{Hour, midnight_of};

/// The shortest and the longest time to the next look, in hours.
const SHORTEST: u64 = 1;
const LONGEST: u64 = 7 * 24;
/// The pace of a period is not believed before so many hours of it.
const ENOUGH: u64 = 24;
/// The next look comes when this part of what is left is used, at the period's pace.
const PART: (u64, u64) = (3, 4);
/// A price of less than a coin is taken so many times, to be compared with an amount.
const FINE: u64 = 1_000;
/// The last look at a period comes some hours after its end, when the usage of its last evening has come. It is the first one
/// at the next period. Lines are spread over the hours that follow, as all of a cycle day have the same end.
const AFTER_END: u64 = 6;
const SPREAD: u64 = 10;

/// The period of a day, as bills have or will have it; none before the contract's first and after the last that is known.
pub fn period_of(billed: &Billed, contract: &Contract, day: NaiveDate) -> Option<Period> {
    let fact = billed.periods.iter().map(|billed| billed.period).find(|period| period.has(day));
    fact.or_else(|| {
        let mut open = billed.open(contract);
        while open.end < day {
            open = billed.after(&open, contract);
        }
        Some(open).filter(|open| open.has(day))
    })
}

/// The periods that a look on a day is about: the running one last, and before it in its first days the one before, whose last
/// usage is still to come.
pub fn periods(billed: &Billed, contract: &Contract, today: NaiveDate) -> Vec<Period> {
    let Some(running) = period_of(billed, contract, today) else { return Vec::new() };
    let before = running.start.pred_opt().filter(|_| today < late_until(running.start));
    before.and_then(|day| period_of(billed, contract, day)).into_iter().chain([running]).collect()
}

/// The part of a ledger that is a line's: what is charged for it alone.
#[must_use]
pub fn of_line(ledger: &Ledger, line: &Msisdn) -> Ledger {
    Ledger {
        contract: ledger.contract.clone(),
        lines: ledger.lines.iter().filter(|span| span.line == *line).cloned().collect(),
        plans: ledger.plans.iter().filter(|start| start.line == *line).cloned().collect(),
        additional: ledger.additional.iter().filter(|span| span.line == *line).cloned().collect(),
        services: Vec::new(),
        charges: ledger.charges.iter().filter(|charge| charge.line.as_ref() == Some(line)).cloned().collect(),
        withdrawals: ledger.withdrawals.clone(),
        adjustments: Vec::new(),
    }
}

/// What a look knows.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Whose usage it is.
    pub subject: &'a Subject,
    /// Its ledger.
    pub ledger: &'a Ledger,
    /// Its usage.
    pub usage: &'a [DayTotal],
    /// The rates.
    pub catalogues: &'a Catalogues,
    /// What it is held against.
    pub limits: &'a Watched,
}

/// What a look has seen of a period.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    view: View<'a>,
    /// The period.
    pub period: Period,
    /// What it costs: all fees of the period, and the usage that is known. Tax is not in it.
    pub estimate: Money,
    /// What usage beyond all that is included has cost, in minor units.
    pub cost: u64,
    /// All limits, and how far they are.
    pub gauges: Vec<Gauge>,
    facts: Hash,
    begun: NaiveDate,
}

impl<'a> View<'a> {
    /// Looks at a period. It is priced as a bill prices it, to its end: included units and fees are those of the whole period,
    /// by the plans that are known, and only usage is what it is so far.
    ///
    /// # Errors
    /// Why a bill would park it.
    pub fn see(self, period: &Period) -> Result<Seen<'a>, Parked> {
        let zone = self.catalogues.country.zone();
        let facts = Facts::clip(self.ledger, self.usage, period, zone)?;
        let pinned = self.catalogues.pinned(&[])?;
        let priced = price(&facts, &pinned, period)?;
        let sum = priced.charges.iter().map(|charge| charge.amount).fold(0, i64::saturating_add);
        let days = facts.lines.iter().flat_map(|line| &line.days);
        Ok(Seen {
            view: self,
            period: *period,
            estimate: Money { minor: sum, currency: facts.currency },
            cost: usage_cost(&priced),
            gauges: gauges(&priced, self.limits, &pinned),
            facts: facts.hash(),
            begun: days.map(|part| part.days.from).min().unwrap_or(period.start),
        })
    }
}

/// The line, or contract, that a watch is left on.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a> {
    /// The contract that pays.
    pub contract: &'a ContractId,
    /// The plans of a line, the main one first.
    pub plans: &'a [PlanId],
    /// What the look before has left.
    pub before: Option<&'a Watch>,
    /// When this look began.
    pub now: DateTime<Utc>,
}

impl Seen<'_> {
    /// The limits that are reached, as they are kept.
    pub fn passed(&self, at: DateTime<Utc>) -> Vec<Passed> {
        let passed = self.gauges.iter().filter(|gauge| gauge.is_passed());
        let kept = passed.map(|gauge| Passed {
            subject: self.view.subject.clone(),
            period: self.period.days(),
            threshold: gauge.threshold.clone(),
            used: gauge.used,
            of: gauge.of,
            estimate: self.estimate,
            at,
        });
        kept.collect()
    }

    /// What is left until the next limits. `also` is money that may be spent besides, of a limit of the whole contract.
    pub fn rooms(&self, also: Option<u64>) -> Vec<Room> {
        let open = || self.gauges.iter().filter(|gauge| !gauge.is_passed());
        let mut rooms: Vec<Room> = Vec::new();
        for gauge in open().filter(|gauge| !gauge.counts_money()) {
            add(&mut rooms, Room { of: gauge.families.clone(), left: gauge.left() });
        }
        for gauge in open() {
            let counts = |family: Family| match gauge.threshold {
                Threshold::Allowance { .. } => false,
                Threshold::Amount(_) => true,
                Threshold::RoamingCap(_) => family.has(Class::Data(Place::Roaming)),
            };
            self.money(&mut rooms, gauge.left(), counts);
        }
        if let Some(left) = also {
            self.money(&mut rooms, left, |_| true);
        }
        rooms
    }

    /// An amount as units of the classes that cost, for whoever knows units alone: of all zones at the dearest one's price, so that
    /// it stays small whatever the rates are. Of all lines together it stays money.
    fn money(&self, rooms: &mut Vec<Room>, left: u64, counts: impl Fn(Family) -> bool) {
        if self.view.subject.line().is_none() {
            return add(rooms, Room { of: Vec::new(), left });
        }
        let rates = self.view.catalogues.newest().into_iter().flat_map(|tariff| {
            let own = self.view.ledger.plans.iter().filter_map(move |start| tariff.plans.get(&start.plan));
            own.flat_map(|plan| &plan.rates).chain(&tariff.rates)
        });
        for rate in rates.filter(|rate| counts(rate.classes)) {
            if let Some(units) = self.units(rate, left) {
                add(rooms, Room { of: vec![rate.classes.of_all_zones()], left: units });
            }
        }
    }

    /// How many units cost an amount, at the dearest price of the period; none when they are free.
    fn units(&self, rate: &Rate, left: u64) -> Option<u64> {
        let prices = rate.prices.parts(self.period.start, self.period.end).filter_map(|(price, _, _)| price);
        let units = prices.filter_map(|price| {
            let many = price.per.get().checked_mul(FINE)?;
            let cost = u128::try_from(price.of(many).rounded(self.estimate.currency).ok()?.minor).ok()?;
            let units = (u128::from(left) * u128::from(many)).checked_div(cost)?;
            Some(u64::try_from(units).unwrap_or(u64::MAX))
        });
        units.min()
    }

    /// When to look again: when most of what is left of some limit is used at the period's pace, or at that since the look before,
    /// whichever is the faster; soon after the period's end at the latest.
    fn next(&self, now: DateTime<Utc>, zone: FixedOffset, before: Option<&Watch>) -> DateTime<Utc> {
        let begun = minutes(midnight_of(self.begun, zone), now).max(ENOUGH * 60);
        let until = |left: u64, used: u64, minutes: u64| {
            let left = u128::from(left) * u128::from(minutes) * u128::from(PART.0);
            let used = u128::from(used.max(1)) * u128::from(PART.1) * 60;
            u64::try_from(left / used).unwrap_or(LONGEST)
        };
        let open = self.gauges.iter().filter(|gauge| !gauge.is_passed() && gauge.used > 0);
        let paces = open.flat_map(|gauge| {
            let lately = before.map(|before| {
                let used = before.used.get(&gauge.threshold.meter()).copied().unwrap_or_default();
                until(gauge.left(), gauge.used.saturating_sub(used), minutes(before.at, now).max(SOON))
            });
            [Some(until(gauge.left(), gauge.used, begun)), lately]
        });
        let ahead = paces.flatten().min().unwrap_or(LONGEST).clamp(SHORTEST, LONGEST);
        // A full hour that has not begun: its list is still to be walked.
        let next = Hour::of(add_hours(now, ahead + 1)).start();
        next.min(self.last_look(zone))
    }

    /// When the period's last usage has come.
    fn last_look(&self, zone: FixedOffset) -> DateTime<Utc> {
        let end = self.period.end.succ_opt().unwrap_or(self.period.end);
        let number = self.view.subject.to_string().bytes().map(u64::from).fold(0, u64::wrapping_add);
        add_hours(midnight_of(end, zone), AFTER_END + number % SPREAD)
    }

    /// The watch that the look leaves. None when it has found nothing new so soon after the one before that that one's holds.
    pub fn watch(&self, left: Left<'_>, also: Option<u64>) -> Option<Watch> {
        let Left { contract, plans, before, now } = left;
        let zone = self.view.catalogues.country.zone();
        let before = before.filter(|before| {
            before.contract == *contract && before.plans == plans && before.period == self.period.days()
        });
        let quiet = before.is_some_and(|before| before.seen == self.facts);
        let is_apart = before.is_none_or(|before| now >= before.at + APART);
        if quiet && !is_apart {
            return None;
        }
        let rooms = self.rooms(also);
        let rests = quiet && before.is_some_and(|before| before.quiet);
        let next = (!rests).then(|| self.next(now, zone, before));
        Some(Watch {
            contract: contract.clone(),
            plans: plans.to_vec(),
            period: self.period.days(),
            at: now,
            listed: next.is_some() && !rooms.is_empty(),
            next,
            quiet,
            rooms,
            seen: self.facts,
            cost: self.cost,
            used: self.used(),
            lines: self.lines(),
        })
    }

    fn used(&self) -> BTreeMap<String, u64> {
        let used = self.gauges.iter().filter(|gauge| gauge.used > 0);
        used.map(|gauge| (gauge.threshold.meter(), gauge.used)).collect()
    }

    /// How many lines a contract as a whole has in the period; none of a line.
    fn lines(&self) -> u64 {
        if self.view.subject.line().is_some() {
            return 0;
        }
        let spans = self.view.ledger.lines.iter();
        let own = spans.filter(|span| self.period.days().within(span.from, span.to).is_some());
        own.map(|span| &span.line).collect::<BTreeSet<_>>().len() as u64
    }
}

/// The watch of a look that could see nothing: it is tried again the day after.
pub fn blind(left: Left<'_>, period: &Period) -> Watch {
    blind_of(left, period.days())
}

fn blind_of(left: Left<'_>, period: Days) -> Watch {
    Watch {
        contract: left.contract.clone(),
        plans: left.plans.to_vec(),
        period,
        at: left.now,
        next: Some(Hour::of(add_hours(left.now, ENOUGH)).start()),
        listed: true,
        quiet: false,
        rooms: Vec::new(),
        seen: Hash::default(),
        cost: 0,
        used: BTreeMap::new(),
        lines: 0,
    }
}

/// The watch of a line that no contract pays on a day: nothing can be reached before its contract begins, or in a week, so that
/// usage is let pass. `first` is the contract's first day, if it is known; otherwise it may be tomorrow.
pub fn asleep(left: Left<'_>, today: NaiveDate, first: Option<NaiveDate>) -> Watch {
    let until = add_hours(left.now, LONGEST);
    let week = today.checked_add_days(chrono::Days::new(LONGEST / 24)).unwrap_or(today);
    let to = match first {
        Some(first) if first > today => first.pred_opt().unwrap_or(today).min(week),
        Some(_) => week,
        None => today,
    };
    let period = Days { from: today, to };
    Watch { period, next: Some(until), listed: false, ..blind_of(left, period) }
}

/// Adds a room; of two of the same classes the smaller one.
fn add(rooms: &mut Vec<Room>, room: Room) {
    match rooms.iter_mut().find(|own| own.of == room.of) {
        Some(own) => own.left = own.left.min(room.left),
        None => rooms.push(room),
    }
}

fn add_hours(at: DateTime<Utc>, hours: u64) -> DateTime<Utc> {
    let hours = i64::try_from(hours).ok().and_then(TimeDelta::try_hours).unwrap_or_default();
    at.checked_add_signed(hours).unwrap_or(at)
}

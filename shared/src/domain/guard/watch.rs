//! What a look leaves on a line: how much may be used until the next limit, and when to look again.
//!
//! Usage is added up by nobody. Whoever takes some in asks of it alone whether the line is due ([`is_due`]), and what is too
//! little for that is seen by the next look. So the rule is: whenever a watch lets usage pass, a look comes later, by the
//! list of its hour ([`Watch::listed`]). A line rests, without a place in a list, only after two looks at least an hour apart
//! that found nothing new; from the first of them on any usage is due, and who has read the watch before that has written
//! its usage long before the second.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::billing::class::Family;
use crate::domain::billing::cycle::Days;
use crate::domain::billing::hash::Hash;
use crate::domain::ids::{ContractId, PlanId};
use crate::domain::usage_file::day::Usage;

/// Usage of a part of what is left, at once, is a reason to look: so few of them lead up to a limit.
const SHARE: u64 = 4;
/// Looks are so far apart, unless much is used at once.
pub(super) const APART: TimeDelta = TimeDelta::hours(1);
/// Usage that would come to so many times what is left by the next look is a reason to look.
const MUCH: u128 = 4;
/// Minutes within which usage tells no pace: that of a moment is taken for that of so long.
pub(super) const SOON: u64 = 5;
/// How late the list of an hour may be, before usage is looked at without it.
const PATIENCE: TimeDelta = TimeDelta::hours(2);
/// For how many days of a period usage of the one before is still looked at.
const LATE_DAYS: u64 = 2;

/// What the last look has seen of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The contract that paid.
    pub contract: ContractId,
    /// The plans of a line, the main one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<PlanId>,
    /// The period that was running.
    pub period: Days,
    /// When the look began.
    pub at: DateTime<Utc>,
    /// When the next one is due. None for a subject that rests until it is used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
    /// Whether the list of that hour has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
    /// Whether there was nothing new: then any usage is due.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
    /// What was left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<Room>,
    /// The digest of the facts that were seen.
    pub seen: Hash,
    /// What usage beyond all that is included had cost, in minor units.
    #[serde(default)]
    pub cost: u64,
    /// What was used, by the meter of each limit ([`Threshold::meter`](super::threshold::Threshold::meter)): the pace from look to
    /// look comes from it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub used: BTreeMap<String, u64>,
    /// How many lines a contract as a whole has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lines: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// How much of some classes may be used until a limit is reached at the earliest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The classes; none where it is money.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<Family>,
    /// How many units of them, or minor units.
    pub left: u64,
}

impl Room {
    /// Whether so much of it, at once, is a reason to look.
    const fn is_taken_by(&self, units: u64) -> bool {
        units > 0 && units >= self.left.div_ceil(SHARE)
    }

    fn taken(&self, used: &[(NaiveDate, &Usage)]) -> u64 {
        let units = used.iter().flat_map(|(_, usage)| &usage.units);
        let own = units.filter(|(class, _)| self.of.iter().any(|family| family.has(**class)));
        own.map(|(_, units)| *units).fold(0, u64::saturating_add)
    }
}

/// The first day of a period on which nothing of the period before is looked at any more.
pub fn late_until(start: NaiveDate) -> NaiveDate {
    start.checked_add_days(chrono::Days::new(LATE_DAYS)).unwrap_or(start)
}

/// A line as it is when usage of it arrives.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// What the last look has left.
    pub watch: Option<&'a Watch>,
    /// The contract that pays.
    pub contract: &'a ContractId,
    /// Its plans, the main one first.
    pub plans: &'a [PlanId],
}

/// Whether a line has to be looked at because of some usage, by day in the country.
pub fn is_due(line: Line<'_>, used: &[(NaiveDate, &Usage)], today: NaiveDate, now: DateTime<Utc>) -> bool {
    let used: Vec<_> = used.iter().copied().filter(|(_, usage)| usage.units.values().any(|units| *units > 0)).collect();
    if used.is_empty() {
        return false;
    }
    let Some(watch) = line.watch else { return true };
    let Days { from, to } = watch.period;
    if watch.contract != *line.contract || watch.plans != line.plans || today > to {
        return true;
    }
    if today < late_until(from) && used.iter().any(|(day, _)| *day < from) {
        return true;
    }
    let own: Vec<_> = used.into_iter().filter(|(day, _)| watch.period.has(*day)).collect();
    !own.is_empty()
        && (watch.is_over(now) || watch.rooms.iter().any(|room| watch.is_taken(room, room.taken(&own), now)))
}

impl Watch {
    /// Whether so much of a room, at once, is a reason to look: because it is much of what is left, or because so much again and
    /// again, as often as since the last look, would be several times that before the next look comes.
    pub fn is_taken(&self, room: &Room, units: u64, now: DateTime<Utc>) -> bool {
        let ahead = self.next.map_or(0, |next| minutes(now, next));
        let since = minutes(self.at, now).max(SOON);
        let coming = u128::from(units) * u128::from(ahead);
        room.is_taken_by(units) || units > 0 && coming >= u128::from(room.left) * u128::from(since) * MUCH
    }

    /// Whether a contract as a whole has to be looked at because some of its lines have spent so much: at once where that is much
    /// of what is left; within the hour where it would be, if all lines spend like these.
    pub fn is_spent(&self, spent: u64, of: u64, now: DateTime<Utc>) -> bool {
        let all = spent.saturating_mul(self.lines.max(of)) / of.max(1);
        let may = now >= self.at + APART;
        self.rooms.iter().any(|room| room.is_taken_by(spent) || may && self.is_taken(room, all, now))
    }

    /// Whether any usage, now, has to be looked at.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        let patience = if self.listed { PATIENCE } else { TimeDelta::zero() };
        self.quiet || self.next.is_none_or(|next| now >= next + patience)
    }
}

/// Whole minutes from one time to another; none back.
pub(super) fn minutes(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_minutes()).unwrap_or_default()
}

//! How far usage is from a limit.

use super::limits::Watched;
use super::threshold::Threshold;
use crate::domain::billing::allowance::Served;
use crate::domain::billing::class::{Class, Family, Place};
use crate::domain::billing::pinned::Pinned;
use crate::domain::billing::price::{Charge, Priced, Source};

/// Usage and a limit. Both are units of an allowance, or minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauge {
    /// The limit.
    pub threshold: Threshold,
    /// What is used.
    pub used: u64,
    /// From where on the limit is reached.
    pub level: u64,
    /// Of how much: all units of the allowance, or the limit.
    pub of: u64,
    /// The classes whose units count, of an allowance.
    pub families: Vec<Family>,
}

impl Gauge {
    /// Whether the limit is reached.
    pub const fn is_passed(&self) -> bool {
        self.used >= self.level
    }

    /// What is left until it is reached.
    pub const fn left(&self) -> u64 {
        self.level.saturating_sub(self.used)
    }

    /// Whether it counts money.
    pub const fn counts_money(&self) -> bool {
        !matches!(self.threshold, Threshold::Allowance { .. })
    }
}

/// What usage beyond all that is included has cost, in minor units.
pub fn usage_cost(priced: &Priced) -> u64 {
    sum(priced, |_| true)
}

fn roaming_data_cost(priced: &Priced) -> u64 {
    sum(priced, |class| class == Class::Data(Place::Roaming))
}

fn sum(priced: &Priced, counts: impl Fn(Class) -> bool) -> u64 {
    let of = |charge: &Charge| match charge.source {
        Source::Usage { class, .. } if counts(class) => u64::try_from(charge.amount).unwrap_or_default(),
        _ => 0,
    };
    priced.charges.iter().map(of).fold(0, u64::saturating_add)
}

/// The limits of what a period was priced to.
pub fn gauges(priced: &Priced, limits: &Watched, catalogue: &Pinned<'_>) -> Vec<Gauge> {
    let mut gauges: Vec<_> = priced.served.iter().flat_map(|served| of_allowance(served, limits, catalogue)).collect();
    let money = |threshold, used, level| Gauge { threshold, used, level, of: level, families: Vec::new() };
    let cost = usage_cost(priced);
    gauges.extend(limits.amounts.iter().map(|amount| money(Threshold::Amount(*amount), cost, amount.minor())));
    let roaming = roaming_data_cost(priced);
    gauges.extend(limits.roaming_cap.map(|cap| money(Threshold::RoamingCap(cap), roaming, cap.minor())));
    folded(gauges)
}

/// One gauge for each limit: a line may have a plan as its main one and as an additional one in one period, and the allowance of
/// both is one to whoever is told.
fn folded(gauges: Vec<Gauge>) -> Vec<Gauge> {
    let mut folded: Vec<Gauge> = Vec::with_capacity(gauges.len());
    for gauge in gauges {
        match folded.iter_mut().find(|own| own.threshold == gauge.threshold) {
            Some(own) => {
                own.used = own.used.saturating_add(gauge.used);
                own.level = own.level.saturating_add(gauge.level);
                own.of = own.of.saturating_add(gauge.of);
            }
            None => folded.push(gauge),
        }
    }
    folded
}

/// The limits of an allowance. One without end is never used up, and one of nothing was never there.
fn of_allowance(served: &Served, limits: &Watched, catalogue: &Pinned<'_>) -> Vec<Gauge> {
    let Some(units) = served.units.filter(|units| *units > 0) else { return Vec::new() };
    let used = served.used.iter().map(|(_, units)| *units).fold(0, u64::saturating_add);
    let plan = catalogue.plan(&served.plan);
    let allowance = plan.and_then(|plan| plan.allowances.iter().find(|own| own.id == served.allowance));
    let families = allowance.map(|allowance| allowance.classes.clone()).unwrap_or_default();
    let of = |percent| Gauge {
        threshold: Threshold::Allowance { plan: served.plan.clone(), allowance: served.allowance.clone(), percent },
        used,
        level: percent.of(units),
        of: units,
        families: families.clone(),
    };
    limits.percents.iter().copied().map(of).collect()
}

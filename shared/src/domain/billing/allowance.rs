//! Included units: which usage of a line they serve, and what is left to be paid.
//!
//! A plan's allowance in a period is its units prorated by the plan's days and rounded up, once per line. It serves usage
//! of these days alone: the plan's allowances in their order, in each the classes in their order, days ascending. So what
//! is left lies on the latest days, and is paid at their prices. Lines do not share.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::class::Class;
use crate::domain::billing::cycle::{Days, Period};
use crate::domain::billing::facts::LineFacts;
use crate::domain::billing::pinned::Pinned;
use crate::domain::billing::tariff::{Allowance, NoPrice};
use crate::domain::ids::{AllowanceId, PlanId};
use crate::domain::msisdn::Msisdn;

/// What became of an allowance in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The line.
    pub line: Msisdn,
    /// The plan.
    pub plan: PlanId,
    /// The allowance.
    pub allowance: AllowanceId,
    /// How many units it had; without end when absent.
    pub units: Option<u64>,
    /// What it served, by class.
    pub used: Vec<(Class, u64)>,
}

/// Usage that no allowance serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess<'a> {
    /// The main plan of its day, which prices it.
    pub plan: &'a PlanId,
    /// Of which class.
    pub class: Class,
    /// When.
    pub day: NaiveDate,
    /// How many units.
    pub units: u64,
}

/// Serves a line's usage from the allowances of its plans, the main plans' first.
///
/// # Errors
/// Usage on a day without a plan; a plan that no catalogue has.
pub fn serve<'a>(
    line: &'a LineFacts,
    period: &Period,
    catalogue: &Pinned<'_>,
) -> Result<(Vec<Served>, Vec<Excess<'a>>), NoPrice> {
    let mut left = line.usage.clone();
    let mut served = Vec::new();
    for (plan, days) in plans(line) {
        let lacking = || NoPrice { of: format!("plan {plan}"), day: days[0].from };
        for allowance in &catalogue.plan(plan).ok_or_else(lacking)?.allowances {
            let units = allowance.units.map(|units| prorated(units, &days, period));
            let used = draw(&mut left, allowance, &days, units);
            let (line, plan, allowance) = (line.line.clone(), plan.clone(), allowance.id.clone());
            served.push(Served { line, plan, allowance, units, used });
        }
    }
    let excess = left.into_iter().filter(|(_, _, units)| *units > 0).map(|(class, day, units)| {
        let plan = line.days.iter().find(|part| part.days.has(day)).and_then(|part| part.plan.as_ref());
        let plan = plan.ok_or_else(|| NoPrice { of: format!("{class} without a plan"), day })?;
        Ok(Excess { plan, class, day, units })
    });
    Ok((served, excess.collect::<Result<_, _>>()?))
}

/// The plans of a line with their days: main plans, then additional ones, both by id.
fn plans(line: &LineFacts) -> Vec<(&PlanId, Vec<Days>)> {
    let main = line.days.iter().filter_map(|part| Some((part.plan.as_ref()?, part.days)));
    let additional = line.additional.iter().map(|(plan, days)| (plan, *days));
    [main.collect(), additional.collect()].into_iter().flat_map(by_plan).collect()
}

/// Days by plan.
pub fn by_plan(mut parts: Vec<(&PlanId, Days)>) -> Vec<(&PlanId, Vec<Days>)> {
    parts.sort();
    parts
        .chunk_by(|one, other| one.0 == other.0)
        .map(|parts| (parts[0].0, parts.iter().map(|(_, days)| *days).collect()))
        .collect()
}

/// A month's units over some of a period's days, rounded up.
fn prorated(units: u64, days: &[Days], period: &Period) -> u64 {
    let days: u64 = days.iter().map(Days::count).sum();
    let exact = (u128::from(units) * u128::from(days)).div_ceil(u128::from(period.month.max(1)));
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// Takes from the usage what an allowance serves. `left` is sorted by class and day.
fn draw(
    left: &mut [(Class, NaiveDate, u64)],
    allowance: &Allowance,
    days: &[Days],
    units: Option<u64>,
) -> Vec<(Class, u64)> {
    let mut rest = units.unwrap_or(u64::MAX);
    let mut used: Vec<(Class, u64)> = Vec::new();
    for family in &allowance.classes {
        for (class, day, open) in left.iter_mut() {
            if rest == 0 || *open == 0 || !family.has(*class) || !days.iter().any(|part| part.has(*day)) {
                continue;
            }
            let taken = rest.min(*open);
            *open -= taken;
            rest -= if units.is_some() { taken } else { 0 };
            match used.last_mut() {
                Some((last, sum)) if last == class => *sum += taken,
                _ => used.push((*class, taken)),
            }
        }
    }
    used
}

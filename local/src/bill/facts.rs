//! The facts that a line of a bill depends on, as the bill has kept them.

use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;
use shared::domain::billing::allowance::Served;
use shared::domain::billing::cycle::Days;
use shared::domain::billing::document::Line;
use shared::domain::billing::facts::{Facts, LineDays, LineFacts};
use shared::domain::billing::key::{Key, Kind};
use shared::domain::billing::ledger::{Adjustment, OneOff, ServiceSpan};
use shared::domain::billing::look::Look;
use shared::domain::ids::PlanId;
use shared::domain::msisdn::Msisdn;

/// Days in words.
pub(super) fn span(days: &Days) -> String {
    format!("{} to {}", days.from, days.to)
}

/// The facts that the bill has kept of what a line charges.
#[derive(Debug, Default, Serialize)]
pub struct LineFactsShown {
    /// Days of lines with plan and profile.
    days: Vec<OfLine>,
    /// Days of an additional plan.
    additional: Vec<OfPlan>,
    /// Days of the service.
    services: Vec<ServiceSpan>,
    /// Units of the class by day.
    usage: Vec<OfDay>,
    /// Included units that have served the class.
    included: Vec<Served>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase: Option<OneOff>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustment: Option<Adjustment>,
}

/// Days of a line on which nothing changes.
#[derive(Debug, Serialize)]
struct OfLine {
    line: Msisdn,
    #[serde(flatten)]
    days: LineDays,
}

/// Days of an additional plan.
#[derive(Debug, Serialize)]
struct OfPlan {
    plan: PlanId,
    days: Days,
}

/// Units of a day.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OfDay {
    /// The day.
    pub day: NaiveDate,
    /// Units of the class.
    pub units: u64,
}

impl LineFactsShown {
    /// Those of a look.
    pub fn of(look: &Look, line: &Line) -> Self {
        let Some(facts) = &look.facts else { return LineFactsShown::default() };
        let Key { kind, item, what, .. } = &line.key;
        let own = facts.lines.iter().find(|one| one.line.as_str() == item);
        let is_plan = |days: &LineDays, plan: &str| days.plan.as_ref().is_some_and(|own| own.as_str() == plan);
        let none = LineFactsShown::default();
        match kind {
            Kind::Plan => LineFactsShown {
                days: days_of(facts, |one, days| one.line.as_str() == item && is_plan(days, what)),
                ..none
            },
            Kind::Additional => {
                let additional =
                    own.into_iter().flat_map(|own| &own.additional).filter(|(plan, _)| plan.as_str() == what);
                LineFactsShown {
                    additional: additional.map(|(plan, days)| OfPlan { plan: plan.clone(), days: *days }).collect(),
                    ..none
                }
            }
            Kind::Service => service(facts, item),
            Kind::Usage => {
                let Some((plan, class)) = what.split_once(':') else { return none };
                let days = days_of(facts, |one, days| one.line.as_str() == item && is_plan(days, plan));
                let usage = own.into_iter().flat_map(|own| &own.usage);
                let usage = usage
                    .filter(|(of, day, _)| of.to_string() == class && days.iter().any(|part| part.days.days.has(*day)));
                let usage = usage.map(|(_, day, units)| OfDay { day: *day, units: *units }).collect();
                let serves = |served: &&Served| {
                    served.line.as_str() == item && served.used.iter().any(|(of, _)| of.to_string() == class)
                };
                LineFactsShown { included: look.served.iter().filter(serves).cloned().collect(), days, usage, ..none }
            }
            Kind::OneOff => {
                LineFactsShown { purchase: facts.charges.iter().find(|one| one.id == *item).cloned(), ..none }
            }
            Kind::Adjustment => {
                let adjustment = facts.adjustments.iter().find(|one| one.id.as_str() == item).cloned();
                LineFactsShown { adjustment, ..none }
            }
        }
    }

    /// The line, where it is one line's usage.
    pub fn line(&self) -> Option<&Msisdn> {
        self.days.first().map(|one| &one.line)
    }

    /// Units of the class by day.
    pub fn usage(&self) -> &[OfDay] {
        &self.usage
    }
}

/// Some days of lines.
fn days_of(facts: &Facts, wanted: impl Fn(&LineFacts, &LineDays) -> bool) -> Vec<OfLine> {
    let all = facts.lines.iter().flat_map(|one| one.days.iter().map(move |days| (one, days)));
    all.filter(|(one, days)| wanted(one, days))
        .map(|(one, days)| OfLine { line: one.line.clone(), days: days.clone() })
        .collect()
}

/// A service's days, and those of the lines that it counts.
fn service(facts: &Facts, item: &str) -> LineFactsShown {
    let (service, profile) = item.split_once(':').map_or((item, None), |(service, profile)| (service, Some(profile)));
    let is_it = |span: &&ServiceSpan| {
        span.service.as_str() == service && span.profile.as_ref().map(|profile| profile.as_str()) == profile
    };
    let services: Vec<_> = facts.services.iter().filter(is_it).cloned().collect();
    let counts_lines = services.iter().any(|span| span.fixed.is_none());
    let is_of = |days: &LineDays| {
        profile.is_none_or(|profile| days.profile.as_ref().is_some_and(|own| own.as_str() == profile))
    };
    let days = if counts_lines { days_of(facts, |_, days| is_of(days)) } else { Vec::new() };
    LineFactsShown { days, services, ..LineFactsShown::default() }
}

impl fmt::Display for LineFactsShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |text: Option<&str>| text.unwrap_or("-").to_owned();
        for OfLine { line, days: LineDays { days, plan, profile } } in &self.days {
            let (plan, profile) =
                (name(plan.as_ref().map(PlanId::as_str)), name(profile.as_ref().map(|own| own.as_str())));
            writeln!(f, "Line       {line} {}: plan {plan}, profile {profile}", span(days))?;
        }
        for OfPlan { plan, days } in &self.additional {
            writeln!(f, "Plan       {plan} {}", span(days))?;
        }
        for one in &self.services {
            let price =
                one.price.map_or_else(|| "the catalogue's price".to_owned(), |price| format!("agreed price {price}"));
            let pieces = one.fixed.map_or_else(|| "one for each line".to_owned(), |fixed| format!("{fixed} pieces"));
            let days = Days { from: one.from, to: one.to.unwrap_or(one.from) };
            writeln!(f, "Service    {} {}: {price}, {pieces}", one.service, span(&days))?;
        }
        for Served { plan, allowance, units, used, .. } in &self.included {
            let units = units.map_or_else(|| "no limit".to_owned(), |units| format!("{units} units"));
            let used: Vec<_> = used.iter().map(|(class, units)| format!("{units} of {class}")).collect();
            writeln!(f, "Included   {plan} {allowance}, {units}: used {}", used.join(", "))?;
        }
        for OfDay { day, units } in &self.usage {
            writeln!(f, "Usage      {day} {units} units")?;
        }
        if let Some(OneOff { id, offer, name, day, price, .. }) = &self.purchase {
            writeln!(f, "Purchase   {id}: {offer} {name}, {day}, {price}")?;
        }
        if let Some(Adjustment { id, day, amount, reason, .. }) = &self.adjustment {
            writeln!(f, "Credit     {id}: {day}, {amount}, {reason}")?;
        }
        Ok(())
    }
}

//! The facts of a period: a ledger and its usage, clipped to the period's days.
//!
//! Everything that a period's price depends on is here and nothing else, in one order, whatever order it was read in. So
//! the hash of these facts says whether the period has to be priced again, and the facts kept with a bill prove it.

use chrono::{FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::domain::billing::class::Class;
use crate::domain::billing::cycle::{Days, Period};
use crate::domain::billing::hash::{Feed, Hash};
use crate::domain::billing::ledger::{AdditionalSpan, Adjustment, Ledger, LineSpan, OneOff, ServiceSpan};
use crate::domain::billing::parked::Parked;
use crate::domain::billing::plan::{PlanHistory, PlanStart};
use crate::domain::billing::usage::DayTotal;
use crate::domain::contract::PaymentKind;
use crate::domain::ids::{PlanId, ProfileId};
use crate::domain::money::Currency;
use crate::domain::msisdn::Msisdn;

/// What is known of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// What everything is charged in.
    pub currency: Currency,
    /// The lines, by number.
    pub lines: Vec<LineFacts>,
    /// The services, clipped.
    pub services: Vec<ServiceSpan>,
    /// The purchases that are on a bill.
    pub charges: Vec<OneOff>,
    /// The operator's credits and debits.
    pub adjustments: Vec<Adjustment>,
}

/// What is known of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFacts {
    /// The line.
    pub line: Msisdn,
    /// Its days with the contract, cut where plan or profile change. Prepaid days are none of them: they bring nothing
    /// to a bill.
    pub days: Vec<LineDays>,
    /// The same days of its additional plans.
    pub additional: Vec<(PlanId, Days)>,
    /// Its usage on these days: class, day, units.
    #[serde(with = "runs")]
    pub usage: Vec<(Class, NaiveDate, u64)>,
}

/// Usage as bills keep it: for each class its first day, and the units of each day from then on, none where nothing is known.
mod runs {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::domain::billing::class::Class;

    type Run = (Class, NaiveDate, Vec<Option<u64>>);

    pub fn serialize<S: Serializer>(usage: &[(Class, NaiveDate, u64)], serializer: S) -> Result<S::Ok, S::Error> {
        let mut runs: Vec<Run> = Vec::new();
        for (class, day, units) in usage {
            match runs.last_mut().filter(|(of, first, _)| of == class && first <= day) {
                Some((_, first, days)) => {
                    let gap = day.signed_duration_since(*first).num_days();
                    days.resize(usize::try_from(gap).unwrap_or(days.len()).max(days.len()), None);
                    days.push(Some(*units));
                }
                None => runs.push((*class, *day, vec![Some(*units)])),
            }
        }
        runs.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Class, NaiveDate, u64)>, D::Error> {
        let runs = Vec::<Run>::deserialize(deserializer)?;
        let of_run = |(class, first, days): Run| {
            let days = first.iter_days().zip(days);
            days.filter_map(move |(day, units)| Some((class, day, units?))).collect::<Vec<_>>()
        };
        Ok(runs.into_iter().flat_map(of_run).collect())
    }
}

/// Days of a line on which nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDays {
    /// The days.
    pub days: Days,
    /// The main plan; none where the ledger has none for the line.
    pub plan: Option<PlanId>,
    /// The profile.
    pub profile: Option<ProfileId>,
}

impl Facts {
    /// The facts of a period, as a ledger and day totals tell them. `zone` is the country's.
    ///
    /// # Errors
    /// Facts that contradict each other; amounts in another currency.
    pub fn clip(ledger: &Ledger, usage: &[DayTotal], period: &Period, zone: FixedOffset) -> Result<Self, Parked> {
        let contract = &ledger.contract;
        let mut facts = Self {
            currency: contract.currency,
            lines: Vec::new(),
            services: Vec::new(),
            charges: Vec::new(),
            adjustments: Vec::new(),
        };
        let Some(days) = period.days().within(contract.first, contract.last) else { return Ok(facts) };
        facts.lines = lines(ledger, usage, days, zone)?;
        facts.services = services(&ledger.services, days)?;
        facts.charges = charges(ledger, days, period)?;
        facts.adjustments = ledger.adjustments.iter().filter(|one| days.has(one.day)).cloned().collect();
        facts.adjustments.sort_by(|one, other| one.id.cmp(&other.id));
        for Adjustment { id, amount, .. } in &facts.adjustments {
            in_currency(id.as_str(), amount.currency, contract.currency)?;
        }
        Ok(facts)
    }

    /// The digest that says whether anything of a period has changed.
    pub fn hash(&self) -> Hash {
        let mut feed = Feed::default();
        feed.text(self.currency.code);
        for line in &self.lines {
            feed.tag(b'L').text(line.line.as_str());
            for LineDays { days, plan, profile } in &line.days {
                feed.tag(b'D')
                    .days(*days)
                    .maybe(plan.as_ref().map(PlanId::as_str))
                    .maybe(profile.as_ref().map(ProfileId::as_str));
            }
            for (plan, days) in &line.additional {
                feed.tag(b'A').days(*days).text(plan.as_str());
            }
            for (class, day, units) in &line.usage {
                feed.tag(b'U').class(*class).day(*day).number(*units);
            }
        }
        for service in &self.services {
            let to = service.to.unwrap_or(service.from);
            feed.tag(b'S').text(service.service.as_str()).maybe(service.profile.as_ref().map(ProfileId::as_str));
            feed.days(Days { from: service.from, to }).maybe(service.price.map(|price| price.to_string()).as_deref());
            feed.number(service.fixed.map_or(u64::MAX, u64::from));
        }
        for one in &self.charges {
            feed.tag(b'C').text(&one.id).maybe(one.line.as_ref().map(Msisdn::as_str)).text(one.offer.as_str());
            feed.day(one.day).money(one.price.minor).text(one.tax.as_str()).text(&one.name);
        }
        for one in &self.adjustments {
            feed.tag(b'X').text(one.id.as_str()).day(one.day).money(one.amount.minor).text(one.tax.as_str());
            feed.text(&one.reason).maybe(one.corrects.as_ref().map(|bill| bill.as_str()));
        }
        feed.end()
    }
}

/// Facts with a line, so that those of one are found together.
trait OfLine {
    fn line(&self) -> &Msisdn;
}

impl OfLine for LineSpan {
    fn line(&self) -> &Msisdn {
        &self.line
    }
}

impl OfLine for PlanStart {
    fn line(&self) -> &Msisdn {
        &self.line
    }
}

impl OfLine for AdditionalSpan {
    fn line(&self) -> &Msisdn {
        &self.line
    }
}

impl OfLine for DayTotal {
    fn line(&self) -> &Msisdn {
        &self.line
    }
}

/// Facts sorted by line.
struct ByLine<'a, T>(Vec<&'a T>);

impl<'a, T: OfLine> ByLine<'a, T> {
    fn new(facts: impl Iterator<Item = &'a T>) -> Self {
        let mut facts: Vec<_> = facts.collect();
        facts.sort_by(|one, other| one.line().cmp(other.line()));
        Self(facts)
    }

    fn of(&self, line: &Msisdn) -> &[&'a T] {
        let from = self.0.partition_point(|fact| fact.line() < line);
        let count = self.0[from..].iter().take_while(|fact| fact.line() == line).count();
        &self.0[from..from + count]
    }
}

fn lines(ledger: &Ledger, usage: &[DayTotal], days: Days, zone: FixedOffset) -> Result<Vec<LineFacts>, Parked> {
    let spans = ByLine::new(ledger.lines.iter().filter(|span| days.within(span.from, span.to).is_some()));
    let plans = ByLine::new(ledger.plans.iter());
    let additional = ByLine::new(ledger.additional.iter().filter(|span| days.within(span.from, span.to).is_some()));
    let usage = ByLine::new(usage.iter().filter(|total| days.has(total.day)));
    let by_line = spans.0.chunk_by(|one, other| one.line == other.line);
    by_line
        .map(|spans| {
            let line = &spans[0].line;
            let own = line_days(spans, plans.of(line), days, zone)?;
            let additional = additional_days(additional.of(line), &own)?;
            let usage = line_usage(usage.of(line), &own);
            Ok(LineFacts { line: line.clone(), days: own, additional, usage })
        })
        .collect()
}

/// The days of a line, without those that are prepaid.
fn line_days(
    spans: &[&LineSpan],
    plans: &[&PlanStart],
    days: Days,
    zone: FixedOffset,
) -> Result<Vec<LineDays>, Parked> {
    let history = PlanHistory::new(plans.iter().copied(), zone);
    let mut own = Vec::new();
    let spans = apart(spans.iter().filter_map(|span| Some((days.within(span.from, span.to)?, *span))), || {
        spans[0].line.to_string()
    })?;
    for (days, span) in spans {
        if plans.is_empty() {
            own.push(LineDays { days, plan: None, profile: span.profile.clone() });
        }
        let parts = history.parts(days).into_iter().filter(|(start, _)| start.payment == PaymentKind::Postpaid);
        own.extend(parts.map(|(start, days)| LineDays {
            days,
            plan: Some(start.plan.clone()),
            profile: span.profile.clone(),
        }));
    }
    Ok(own)
}

fn additional_days(spans: &[&AdditionalSpan], own: &[LineDays]) -> Result<Vec<(PlanId, Days)>, Parked> {
    let mut all = Vec::new();
    let mut spans = spans.to_vec();
    spans.sort_by(|one, other| one.plan.cmp(&other.plan));
    for spans in spans.chunk_by(|one, other| one.plan == other.plan) {
        let plan = &spans[0].plan;
        let parts = spans
            .iter()
            .flat_map(|span| own.iter().filter_map(|part| Some((part.days.within(span.from, span.to)?, ()))));
        let parts = apart(parts, || format!("{plan} of {}", spans[0].line))?;
        all.extend(parts.into_iter().map(|(days, ())| (plan.clone(), days)));
    }
    Ok(all)
}

/// The usage of a line on its own days, the sources of a day added.
fn line_usage(totals: &[&DayTotal], own: &[LineDays]) -> Vec<(Class, NaiveDate, u64)> {
    let totals = totals.iter().filter(|total| own.iter().any(|part| part.days.has(total.day)));
    let mut rows: Vec<_> =
        totals.flat_map(|total| total.units.iter().map(|(class, units)| (*class, total.day, *units))).collect();
    rows.sort_unstable();
    rows.dedup_by(|(class, day, units), (first_class, first_day, sum)| {
        let same = (&class, &day) == (&first_class, &first_day);
        if same {
            *sum = sum.saturating_add(*units);
        }
        same
    });
    rows.retain(|(_, _, units)| *units > 0);
    rows
}

fn services(spans: &[ServiceSpan], days: Days) -> Result<Vec<ServiceSpan>, Parked> {
    let clipped = spans.iter().filter_map(|span| Some((span, days.within(span.from, span.to)?)));
    let mut clipped: Vec<_> =
        clipped.map(|(span, days)| ServiceSpan { from: days.from, to: Some(days.to), ..span.clone() }).collect();
    clipped.sort_by(|one, other| {
        (&one.service, &one.profile, one.from).cmp(&(&other.service, &other.profile, other.from))
    });
    for two in clipped.windows(2) {
        let same = (&two[0].service, &two[0].profile) == (&two[1].service, &two[1].profile);
        if same && two[0].to.is_none_or(|to| to >= two[1].from) {
            return Err(Parked::Overlap(two[0].service.to_string()));
        }
    }
    Ok(clipped)
}

/// What was bought in a period and not withdrawn. What a prepaid balance has paid is on no bill.
fn charges(ledger: &Ledger, days: Days, period: &Period) -> Result<Vec<OneOff>, Parked> {
    let cancelled = |one: &OneOff| {
        let own = ledger.withdrawals.iter().filter(|withdrawal| withdrawal.charge == one.id);
        own.into_iter().any(|withdrawal| withdrawal.reason.is_some() || period.has(withdrawal.day))
    };
    let bought = ledger.charges.iter().filter(|one| days.has(one.day) && one.purse == PaymentKind::Postpaid);
    let mut bought: Vec<_> = bought.filter(|one| !cancelled(one)).cloned().collect();
    bought.sort_by(|one, other| one.id.cmp(&other.id));
    for one in &bought {
        in_currency(&one.id, one.price.currency, ledger.contract.currency)?;
    }
    Ok(bought)
}

fn in_currency(what: &str, found: Currency, expected: Currency) -> Result<(), Parked> {
    if found == expected { Ok(()) } else { Err(Parked::Currency { what: what.to_owned(), found, expected }) }
}

/// Days in order.
///
/// # Errors
/// When one day is among them twice.
fn apart<T>(parts: impl Iterator<Item = (Days, T)>, what: impl Fn() -> String) -> Result<Vec<(Days, T)>, Parked> {
    let mut parts: Vec<_> = parts.collect();
    parts.sort_by_key(|(days, _)| days.from);
    let twice = parts.windows(2).any(|two| two[0].0.to >= two[1].0.from);
    if twice { Err(Parked::Overlap(what())) } else { Ok(parts) }
}

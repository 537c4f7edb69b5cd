//! Rate sheets: a catalogue grows line by line, each with one dated value, as people write and read them.
//!
//! A sheet makes a new version of the catalogue; the versions before stay as they are, and so do the periods that were
//! closed with them. `docs/catalogue.md` has a whole catalogue as a sheet.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::billing::class::Family;
use crate::domain::billing::dated::Timeline;
use crate::domain::billing::exact::Price;
use crate::domain::billing::rating::{Increment, Step};
use crate::domain::billing::tariff::{
    Allowance, Charged, MonthlyPrice, PlanTariff, Rate, ServiceTariff, Tariff, UnitPrice,
};
use crate::domain::billing::tax::{RateFrom, TaxRate};
use crate::domain::billing::zone::{Prefix, Zone, Zones};
use crate::domain::fiscal::issuer::Issuer;
use crate::domain::ids::{AllowanceId, Partnum, PlanId, TaxClass};
use crate::error::Invalid;

/// A line of a rate sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// What a plan costs from a day on.
    PlanPrice(PlanPrice),
    /// What a service costs from a day on.
    ServicePrice(ServicePrice),
    /// What a plan includes.
    Allowance(PlanAllowance),
    /// What usage costs from a day on.
    Rate(UsagePrice),
    /// Which zone a prefix belongs to from a day on.
    Zone(ZonePrefix),
    /// How calls are counted from a day on.
    Increment(IncrementStep),
    /// What a tax class is from a day on.
    TaxRate(ClassRate),
    /// Who issues the bills from a day on.
    Issuer(Box<Issuer>),
}

/// What a plan costs from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PlanPrice {
    /// The plan.
    pub plan: PlanId,
    /// The first day.
    pub from: NaiveDate,
    /// The price of a whole month.
    pub price: Price,
    /// As bills name it; needed with its first price.
    #[serde(default)]
    pub name: Option<String>,
    /// When it is charged; in arrears unless it is said once.
    #[serde(default)]
    pub charged: Option<Charged>,
    /// How it is taxed; as usual unless it is said once.
    #[serde(default)]
    pub tax: Option<TaxClass>,
}

/// What a service costs from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServicePrice {
    /// The service.
    pub service: Partnum,
    /// The first day.
    pub from: NaiveDate,
    /// The price of a whole month, for a line.
    pub price: Price,
    /// As bills name it; needed with its first price.
    #[serde(default)]
    pub name: Option<String>,
    /// When it is charged; in arrears unless it is said once.
    #[serde(default)]
    pub charged: Option<Charged>,
    /// How it is taxed; as usual unless it is said once.
    #[serde(default)]
    pub tax: Option<TaxClass>,
}

/// What a plan includes each month. Allowances are used in the order in which they were told first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PlanAllowance {
    /// The plan.
    pub plan: PlanId,
    /// Unique in the plan; told again, it takes the place of what it was.
    pub id: AllowanceId,
    /// How many seconds, messages or kilobytes; without end when absent.
    #[serde(default)]
    pub units: Option<u64>,
    /// The classes that share it, in the order in which they use it.
    pub classes: Vec<Family>,
}

/// What usage costs from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UsagePrice {
    /// Whose usage.
    pub classes: Family,
    /// The plan it is for; all plans when absent.
    #[serde(default)]
    pub plan: Option<PlanId>,
    /// The first day.
    pub from: NaiveDate,
    /// The price.
    pub price: Price,
    /// How many units cost it.
    #[serde(default = "one")]
    pub per: NonZeroU64,
    /// How it is taxed; as usual unless it is said once.
    #[serde(default)]
    pub tax: Option<TaxClass>,
}

const fn one() -> NonZeroU64 {
    NonZeroU64::MIN
}

/// Which zone a prefix belongs to from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ZonePrefix {
    /// Numbers abroad, or networks visited.
    pub sheet: ZoneSheet,
    /// The first digits, calling code first; none for all numbers.
    pub prefix: String,
    /// The first day.
    pub from: NaiveDate,
    /// The zone; when absent, a shorter prefix decides again.
    #[serde(default)]
    pub zone: Option<Zone>,
}

/// Which zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ZoneSheet {
    /// Of the number that is called.
    International,
    /// Of the network that is visited.
    Roaming,
}

/// How calls are counted from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IncrementStep {
    /// Whose calls.
    pub classes: Family,
    /// The first day.
    pub from: NaiveDate,
    /// The least seconds that a call counts.
    pub minimum: u32,
    /// The seconds to whose multiple a longer one is rounded up.
    pub step: NonZeroU32,
}

/// What a tax class is from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClassRate {
    /// The class.
    pub class: TaxClass,
    /// The first day.
    pub from: NaiveDate,
    /// Its taxes, such as `IVA19+INC4`.
    pub rate: TaxRate,
}

impl Tariff {
    /// The catalogue with the lines of a sheet, under the next version; itself where they say nothing new.
    ///
    /// Of two lines that say something of the same day the later one counts.
    ///
    /// # Errors
    /// The lines that cannot be taken, by their tags, and why.
    pub fn grown<'a, T: Copy>(
        &self,
        lines: impl IntoIterator<Item = (T, &'a Entry)>,
    ) -> Result<Self, Vec<(T, Invalid)>> {
        let mut grown = self.clone();
        let (mut refused, mut zones) = (Vec::new(), Vec::new());
        for (tag, entry) in lines {
            match entry {
                Entry::Zone(zone) => zones.push((tag, zone)),
                entry => refused.extend(grown.take(entry).err().map(|reason| (tag, reason))),
            }
        }
        for (of, own) in [
            (ZoneSheet::International, &mut grown.rating.international),
            (ZoneSheet::Roaming, &mut grown.rating.roaming),
        ] {
            let lines = zones.iter().filter(|(_, zone)| zone.sheet == of);
            match with_prefixes(own, lines.copied()) {
                Ok(zones) => *own = zones,
                Err(wrong) => refused.extend(wrong),
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        if grown != *self {
            grown.version = grown.version.saturating_add(1);
        }
        Ok(grown)
    }

    fn take(&mut self, entry: &Entry) -> Result<(), Invalid> {
        match entry {
            Entry::PlanPrice(entry) => {
                let PlanPrice { plan, from, price, name, charged, tax } = entry.clone();
                let own = match self.plans.get_mut(&plan) {
                    Some(own) => own,
                    None => self.plans.entry(plan).or_insert(new_plan(needed(name.clone())?)),
                };
                own.name = name.unwrap_or_else(|| own.name.clone());
                own.charged = charged.unwrap_or(own.charged);
                own.tax = tax.unwrap_or_else(|| own.tax.clone());
                own.monthly.set(MonthlyPrice { from, price });
            }
            Entry::ServicePrice(entry) => {
                let ServicePrice { service, from, price, name, charged, tax } = entry.clone();
                let own = match self.services.get_mut(&service) {
                    Some(own) => own,
                    None => self.services.entry(service).or_insert(new_service(needed(name.clone())?)),
                };
                own.name = name.unwrap_or_else(|| own.name.clone());
                own.charged = charged.unwrap_or(own.charged);
                own.tax = tax.unwrap_or_else(|| own.tax.clone());
                own.monthly.set(MonthlyPrice { from, price });
            }
            Entry::Allowance(entry) => {
                let PlanAllowance { plan, id, units, classes } = entry.clone();
                let allowances = &mut self.plan(&plan)?.allowances;
                let allowance = Allowance { id, units, classes };
                match allowances.iter_mut().find(|own| own.id == allowance.id) {
                    Some(own) => *own = allowance,
                    None => allowances.push(allowance),
                }
            }
            Entry::Rate(entry) => {
                let UsagePrice { classes, plan, from, price, per, tax } = entry.clone();
                let rates = match plan {
                    Some(plan) => &mut self.plan(&plan)?.rates,
                    None => &mut self.rates,
                };
                let at = rates.iter().position(|own| own.classes == classes).unwrap_or_else(|| {
                    rates.push(Rate { classes, tax: TaxClass::default(), prices: Timeline::default() });
                    rates.len() - 1
                });
                let own = &mut rates[at];
                own.tax = tax.unwrap_or_else(|| own.tax.clone());
                own.prices.set(UnitPrice { from, price, per });
            }
            Entry::Increment(entry) => {
                let IncrementStep { classes, from, minimum, step } = *entry;
                let increments = &mut self.rating.increments;
                let at = increments.iter().position(|own| own.classes == classes).unwrap_or_else(|| {
                    increments.push(Increment { classes, steps: Timeline::default() });
                    increments.len() - 1
                });
                increments[at].steps.set(Step { from, minimum, step });
            }
            Entry::TaxRate(entry) => {
                let ClassRate { class, from, rate } = entry.clone();
                self.taxes.entry(class).or_default().set(RateFrom { from, rate });
            }
            Entry::Issuer(issuer) => self.issuer.set((**issuer).clone()),
            Entry::Zone(_) => {}
        }
        Ok(())
    }

    fn plan(&mut self, id: &PlanId) -> Result<&mut PlanTariff, Invalid> {
        self.plans.get_mut(id).ok_or(const { Invalid::new("plan: must have a price; its plan_price comes first") })
    }
}

/// A sheet of zones with further lines, all at once: one by one they would be looked up in a tree that is built each time.
fn with_prefixes<'a, T: Copy>(
    own: &Zones,
    lines: impl Iterator<Item = (T, &'a ZonePrefix)>,
) -> Result<Zones, Vec<(T, Invalid)>> {
    let all: Vec<Prefix> = own.clone().into();
    let mut all: BTreeMap<_, _> = all.into_iter().map(|line| ((line.prefix, line.from), line.zone)).collect();
    let mut refused = Vec::new();
    let mut last = None;
    for (tag, ZonePrefix { prefix, from, zone, .. }) in lines {
        last = Some(tag);
        let line = Prefix { prefix: prefix.clone(), from: *from, zone: *zone };
        match Zones::try_from(vec![line]) {
            Ok(_) => {
                all.insert((prefix.clone(), *from), *zone);
            }
            Err(reason) => refused.push((tag, reason)),
        }
    }
    let Some(last) = last else { return Ok(own.clone()) };
    if !refused.is_empty() {
        return Err(refused);
    }
    let sheet = all.into_iter().map(|((prefix, from), zone)| Prefix { prefix, from, zone });
    Zones::try_from(sheet.collect::<Vec<_>>()).map_err(|reason| vec![(last, reason)])
}

fn needed(name: Option<String>) -> Result<String, Invalid> {
    name.ok_or(const { Invalid::new("name: must be given with the first price") })
}

fn new_plan(name: String) -> PlanTariff {
    PlanTariff {
        name,
        charged: Charged::default(),
        tax: TaxClass::default(),
        monthly: Timeline::default(),
        allowances: Vec::new(),
        rates: Vec::new(),
    }
}

fn new_service(name: String) -> ServiceTariff {
    ServiceTariff { name, charged: Charged::default(), tax: TaxClass::default(), monthly: Timeline::default() }
}

#[cfg(test)]
mod tests;

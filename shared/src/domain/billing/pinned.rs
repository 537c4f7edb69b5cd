//! The versions of the catalogue a period is priced with. A closing pins one; what it lacks comes from the newest, which
//! is then pinned, too. So a new version never changes what a closed period costs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::billing::class::Class;
use crate::domain::billing::cycle::Days;
use crate::domain::billing::dated::{Dated, Timeline};
use crate::domain::billing::parked::Parked;
use crate::domain::billing::tariff::{MonthlyPrice, NoPrice, PlanTariff, Rate, ServiceTariff, Tariff, UnitPrice};
use crate::domain::billing::tax::{RateFrom, TaxRate};
use crate::domain::billing::terms::tax_rates;
use crate::domain::country::Country;
use crate::domain::ids::{Partnum, PlanId, TaxClass};

/// All versions of the catalogue.
#[derive(Debug, Clone)]
pub struct Catalogues {
    /// The country's.
    pub country: &'static Country,
    versions: BTreeMap<u32, Arc<Tariff>>,
    own_rates: Vec<(TaxClass, TaxRate)>,
}

impl Catalogues {
    /// Versions of a country's catalogue.
    pub fn new(country: &'static Country, versions: impl IntoIterator<Item = impl Into<Arc<Tariff>>>) -> Self {
        let versions = versions.into_iter().map(Into::into).map(|tariff| (tariff.version, tariff)).collect();
        Self { country, versions, own_rates: tax_rates(country) }
    }

    /// The versions, by number.
    pub const fn versions(&self) -> &BTreeMap<u32, Arc<Tariff>> {
        &self.versions
    }

    /// The newest version.
    pub fn newest(&self) -> Option<&Tariff> {
        self.versions.values().next_back().map(AsRef::as_ref)
    }

    /// The view of a period that is pinned to these versions; of one that is pinned to none, the newest.
    ///
    /// # Errors
    /// A version that is missing.
    pub fn pinned(&self, versions: &[u32]) -> Result<Pinned<'_>, Parked> {
        let newest = self.versions.values().next_back().ok_or(Parked::NoVersion(0))?;
        let mut all: Vec<&Tariff> = Vec::with_capacity(versions.len() + 1);
        for version in versions {
            all.push(self.versions.get(version).ok_or(Parked::NoVersion(*version))?);
        }
        let pins = all.len().max(1);
        if all.iter().all(|tariff| tariff.version != newest.version) {
            all.push(newest);
        }
        Ok(Pinned { all, pins, newest_used: Cell::new(false), catalogues: self })
    }
}

/// The catalogue as one period sees it.
#[derive(Debug)]
pub struct Pinned<'a> {
    /// The pinned versions in the order in which they were pinned, then the newest.
    all: Vec<&'a Tariff>,
    pins: usize,
    newest_used: Cell<bool>,
    catalogues: &'a Catalogues,
}

impl<'a> Pinned<'a> {
    /// The versions that are pinned now: those from before, and the newest if something came from it.
    pub fn versions(&self) -> Vec<u32> {
        let count = if self.newest_used.get() { self.all.len() } else { self.pins };
        self.all[..count].iter().map(|tariff| tariff.version).collect()
    }

    /// The first answer of a version, in order.
    fn first<T>(&self, ask: impl Fn(&'a Tariff) -> Option<T>) -> Option<T> {
        let (at, found) = self.all.iter().enumerate().find_map(|(at, tariff)| Some((at, ask(tariff)?)))?;
        self.used(at);
        Some(found)
    }

    fn used(&self, at: usize) {
        if at >= self.pins {
            self.newest_used.set(true);
        }
    }

    /// A plan.
    pub fn plan(&self, id: &PlanId) -> Option<&'a PlanTariff> {
        self.first(|tariff| tariff.plans.get(id))
    }

    /// A service.
    pub fn service(&self, id: &Partnum) -> Option<&'a ServiceTariff> {
        self.first(|tariff| tariff.services.get(id))
    }

    /// The price of usage that nothing includes.
    ///
    /// # Errors
    /// When the day has none.
    pub fn rate(&self, plan: &PlanId, class: Class, day: NaiveDate) -> Result<(&'a Rate, &'a UnitPrice), NoPrice> {
        self.first(|tariff| tariff.rate(tariff.plans.get(plan)?, class, day))
            .ok_or_else(|| NoPrice { of: format!("{class} with plan {plan}"), day })
    }

    /// A plan's monthly price, by days.
    ///
    /// # Errors
    /// A day without a price.
    pub fn plan_prices(&self, id: &PlanId, days: Days) -> Result<Vec<(MonthlyPrice, Days)>, NoPrice> {
        let timeline = |tariff: &'a Tariff| tariff.plans.get(id).map(|plan| &plan.monthly);
        self.by_days(0, &timeline, days, &|| format!("plan {id}"))
    }

    /// A service's monthly price, by days.
    ///
    /// # Errors
    /// A day without a price.
    pub fn service_prices(&self, id: &Partnum, days: Days) -> Result<Vec<(MonthlyPrice, Days)>, NoPrice> {
        let timeline = |tariff: &'a Tariff| tariff.services.get(id).map(|service| &service.monthly);
        self.by_days(0, &timeline, days, &|| format!("service {id}"))
    }

    /// The rate of a tax class on a day.
    ///
    /// # Errors
    /// A class without a rate.
    pub fn tax_rate(&self, class: &TaxClass, day: NaiveDate) -> Result<TaxRate, NoPrice> {
        let own = self.own_rate(class);
        let rate = self.first(|tariff| match tariff.taxes.get(class) {
            Some(rates) => rates.on(day).map(|dated| &dated.rate),
            None => own,
        });
        rate.cloned().ok_or_else(|| NoPrice { of: format!("tax class {class}"), day })
    }

    /// What the country's law says of a tax class. It holds for every version that does not name the class, so a version
    /// that is the first to name it changes nothing of the periods before.
    fn own_rate(&self, class: &TaxClass) -> Option<&'a TaxRate> {
        self.catalogues.own_rates.iter().find(|(own, _)| own == class).map(|(_, rate)| rate)
    }

    /// The rate of a tax class, by days.
    ///
    /// # Errors
    /// A class without a rate.
    pub fn tax_rates(&self, class: &TaxClass, days: Days) -> Result<Vec<(TaxRate, Days)>, NoPrice> {
        let timeline = |tariff: &'a Tariff| tariff.taxes.get(class);
        let first_names_it = self.all.first().is_some_and(|tariff| timeline(tariff).is_some());
        if let Some(own) = self.own_rate(class).filter(|_| !first_names_it) {
            return Ok(vec![(own.clone(), days)]);
        }
        let rates = self.by_days(0, &timeline, days, &|| format!("tax class {class}"))?;
        Ok(rates.into_iter().map(|(RateFrom { rate, .. }, days)| (rate, days)).collect())
    }

    /// The values of days, each from the first version that has one for it.
    fn by_days<T: Dated + Clone + 'a>(
        &self,
        at: usize,
        timeline: &impl Fn(&'a Tariff) -> Option<&'a Timeline<T>>,
        days: Days,
        what: &impl Fn() -> String,
    ) -> Result<Vec<(T, Days)>, NoPrice> {
        let Some(tariff) = self.all.get(at) else { return Err(NoPrice { of: what(), day: days.from }) };
        let Some(own) = timeline(tariff) else { return self.by_days(at + 1, timeline, days, what) };
        let mut values = Vec::with_capacity(1);
        for (value, from, to) in own.parts(days.from, days.to) {
            match value {
                Some(value) => {
                    self.used(at);
                    values.push((value.clone(), Days { from, to }));
                }
                None => values.extend(self.by_days(at + 1, timeline, Days { from, to }, what)?),
            }
        }
        Ok(values)
    }
}

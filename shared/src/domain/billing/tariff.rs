//! The catalogue as bills see it: what plans, services and usage cost, from which day on.
//!
//! A period uses the price of each of its days. Retired plans and services stay readable for ever, for somebody may still
//! have them; a day without a price is an error and never free.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::class::{Class, Family};
use crate::domain::billing::dated::{Dated, Timeline};
use crate::domain::billing::exact::{Exact, Price};
use crate::domain::billing::rating::Rating;
use crate::domain::billing::tax::RateFrom;
use crate::domain::fiscal::issuer::Issuer;
use crate::domain::ids::{AllowanceId, Partnum, PlanId, TaxClass};

/// One version of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// Its number; a higher one is newer. A bill is computed with the version that its closing has pinned.
    pub version: u32,
    /// Zones and increments.
    #[serde(default)]
    pub rating: Rating,
    /// Main and additional plans.
    #[serde(default)]
    pub plans: BTreeMap<PlanId, PlanTariff>,
    /// Services of a contract.
    #[serde(default)]
    pub services: BTreeMap<Partnum, ServiceTariff>,
    /// Prices of usage for all plans that have none of their own.
    #[serde(default)]
    pub rates: Vec<Rate>,
    /// Tax classes, by day; the country's own where they are not named here.
    #[serde(default)]
    pub taxes: BTreeMap<TaxClass, Timeline<RateFrom>>,
    /// Who issues the bills, by day.
    #[serde(default, skip_serializing_if = "Timeline::is_empty")]
    pub issuer: Timeline<Issuer>,
}

/// When a monthly price goes on a bill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charged {
    /// With the bill that closes the period before, and settled with the next.
    Advance,
    /// With the bill that closes the period.
    #[default]
    Arrears,
}

/// What a plan costs and includes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanTariff {
    /// As a bill names it.
    pub name: String,
    /// When its fee is charged.
    #[serde(default)]
    pub charged: Charged,
    /// How its fee is taxed.
    #[serde(default)]
    pub tax: TaxClass,
    /// What a month costs.
    pub monthly: Timeline<MonthlyPrice>,
    /// What is included, in the order in which it is used.
    #[serde(default)]
    pub allowances: Vec<Allowance>,
    /// What usage costs that nothing includes; [`Tariff::rates`] for the classes it does not name.
    #[serde(default)]
    pub rates: Vec<Rate>,
}

/// What a service costs. The price is for one line, or for one piece where a fixed number is agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceTariff {
    /// As a bill names it.
    pub name: String,
    /// When it is charged.
    #[serde(default)]
    pub charged: Charged,
    /// How it is taxed.
    #[serde(default)]
    pub tax: TaxClass,
    /// What a month costs.
    pub monthly: Timeline<MonthlyPrice>,
}

/// A month's price from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthlyPrice {
    /// The first day.
    pub from: NaiveDate,
    /// The price of a whole month.
    pub price: Price,
}

impl Dated for MonthlyPrice {
    fn begins(&self) -> NaiveDate {
        self.from
    }
}

/// Units that a plan includes each month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Unique in the plan.
    pub id: AllowanceId,
    /// How many units of a class: seconds, messages, kilobytes. Without end when absent.
    pub units: Option<u64>,
    /// The classes that share it, in the order in which they use it.
    pub classes: Vec<Family>,
}

impl Allowance {
    /// Whether usage of a class is included, as far as it lasts.
    pub fn has(&self, class: Class) -> bool {
        self.classes.iter().any(|family| family.has(class))
    }
}

/// What the units of the classes of a family cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Whose units.
    pub classes: Family,
    /// How they are taxed.
    #[serde(default)]
    pub tax: TaxClass,
    /// By day.
    pub prices: Timeline<UnitPrice>,
}

/// The price of usage from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitPrice {
    /// The first day.
    pub from: NaiveDate,
    /// The price.
    pub price: Price,
    /// How many units cost it: 60 for a price per minute, 1,024 for one per megabyte.
    #[serde(default = "one")]
    pub per: NonZeroU64,
}

const fn one() -> NonZeroU64 {
    NonZeroU64::MIN
}

impl Dated for UnitPrice {
    fn begins(&self) -> NaiveDate {
        self.from
    }
}

impl UnitPrice {
    /// What so many units cost, exactly.
    pub const fn of(&self, units: u64) -> Exact {
        self.price.part(units, self.per.get())
    }
}

/// The most specific of some rates that has a price for a class on a day.
fn narrowest(rates: &[Rate], class: Class, day: NaiveDate) -> Option<(&Rate, &UnitPrice)> {
    let own = rates.iter().filter(|rate| rate.classes.has(class));
    let priced = own.filter_map(|rate| Some((rate, rate.prices.on(day)?)));
    priced.max_by_key(|(rate, _)| rate.classes.precision())
}

impl Tariff {
    /// What usage of a class costs on a day with a plan, where nothing includes it: the plan's own price, else the one
    /// for all plans, of each the one for the most specific family.
    pub fn rate<'a>(&'a self, plan: &'a PlanTariff, class: Class, day: NaiveDate) -> Option<(&'a Rate, &'a UnitPrice)> {
        narrowest(&plan.rates, class, day).or_else(|| narrowest(&self.rates, class, day))
    }

    /// The price that the call detail shows for usage of a class: that of the main plan, where it counts from the first
    /// unit. None where one of the line's plans includes units of the class, for there the bill alone knows it.
    ///
    /// # Errors
    /// When the day has no plan or no price.
    pub fn first_unit(
        &self,
        main: &PlanId,
        additional: &[&PlanId],
        class: Class,
        day: NaiveDate,
    ) -> Result<Option<&UnitPrice>, NoPrice> {
        let none = || NoPrice { of: format!("{class} with plan {main}"), day };
        let plan = self.plans.get(main).ok_or_else(none)?;
        let others = additional.iter().filter_map(|id| self.plans.get(*id));
        let included = others.chain([plan]).any(|plan| plan.allowances.iter().any(|allowance| allowance.has(class)));
        if included {
            return Ok(None);
        }
        self.rate(plan, class, day).map(|(_, price)| Some(price)).ok_or_else(none)
    }
}

/// Something has no price on a day on which it must be charged. It parks what asks for it, and is never free.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{of} has no price on {day}")]
pub struct NoPrice {
    /// What.
    pub of: String,
    /// When.
    pub day: NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tariff() -> Tariff {
        serde_json::from_value(serde_json::json!({
            "version": 1,
            "plans": {
                "BASIC": {
                    "name": "Básico",
                    "monthly": [{ "from": "2026-01-01", "price": "30.00" }],
                    "allowances": [{ "id": "minutes", "units": 6000, "classes": ["voice.onnet", "voice.offnet"] }],
                    "rates": [{ "classes": "voice.intl", "prices": [{ "from": "2026-02-01", "price": "0.90", "per": 60 }] }],
                },
                "EXTRA": { "name": "Extra", "monthly": [], "allowances": [{ "id": "sms", "units": null, "classes": ["sms"] }] },
            },
            "rates": [
                { "classes": "voice", "prices": [{ "from": "2026-01-01", "price": "1.20", "per": 60 }] },
                { "classes": "sms", "prices": [{ "from": "2026-01-01", "price": "0.05" }] },
            ],
        }))
        .unwrap()
    }

    fn first_unit(plans: &[&str], class: &str, day: &str) -> Result<Option<String>, NoPrice> {
        let plans: Vec<PlanId> = plans.iter().map(|id| id.parse().unwrap()).collect();
        let (tariff, day) = (tariff(), day.parse().unwrap());
        let found =
            tariff.first_unit(&plans[0], &plans[1..].iter().collect::<Vec<_>>(), class.parse().unwrap(), day)?;
        Ok(found.map(|price| format!("{} per {}", price.price, price.per)))
    }

    #[test]
    fn usage_that_no_plan_includes_has_the_price_of_the_day() {
        let abroad = |day| first_unit(&["BASIC"], "voice.intl.norte", day).unwrap().unwrap();
        assert_eq!(abroad("2026-01-31"), "1.2 per 60", "the plan's own price has not begun");
        assert_eq!(abroad("2026-02-01"), "0.9 per 60");
        assert_eq!(first_unit(&["BASIC"], "sms.onnet", "2026-01-01").unwrap().unwrap(), "0.05 per 1");
    }

    #[test]
    fn usage_that_a_plan_includes_shows_no_price() {
        assert_eq!(first_unit(&["BASIC"], "voice.onnet", "2026-01-31"), Ok(None));
        assert_eq!(first_unit(&["BASIC", "EXTRA"], "sms.onnet", "2026-01-31"), Ok(None));
    }

    #[test]
    fn a_day_without_a_price_is_never_free() {
        let lacking = first_unit(&["BASIC"], "data.home", "2026-01-31").unwrap_err();
        assert_eq!(lacking.to_string(), "data.home with plan BASIC has no price on 2026-01-31");
        assert!(first_unit(&["BASIC"], "sms.onnet", "2025-12-31").is_err());
        assert!(first_unit(&["OTHER"], "sms.onnet", "2026-01-31").is_err());
    }
}

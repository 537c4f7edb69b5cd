//! The document's names.

use chrono::NaiveDate;
use serde::Serialize;
use shared::domain::billing::class::Unit;
use shared::domain::billing::cycle::Days;
use shared::domain::country::Country;
use shared::domain::guard::limits::Watched;
use shared::domain::guard::look::Seen;
use shared::domain::guard::standing::{DataRoaming, Quantity, Standing, next_look};
use shared::domain::guard::threshold::{Agreement, Threshold};
use shared::domain::money::Money;
use shared::domain::period::rfc3339;
use shared::domain::subscriber::Subscriber;
use shared::http::Amount;
use shared::table::Running;

/// `Limits`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_charges: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_id: Option<&'static str>,
    limits: Vec<Limit>,
    data_roaming: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agreed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_look_at: Option<String>,
}

impl Limits {
    /// A line without a period that runs.
    pub fn of_nothing() -> Self {
        Self {
            period: None,
            estimate: None,
            usage_charges: None,
            currency_id: None,
            limits: Vec::new(),
            data_roaming: DataRoaming::None.as_str(),
            agreed_at: None,
            next_look_at: None,
        }
    }

    /// A line in its period, with what a look has seen of it, unless it cannot be priced.
    pub fn of(
        line: &Subscriber,
        Running { books, period, told, .. }: &Running,
        limits: &Watched,
        seen: Option<&Seen<'_>>,
        country: &Country,
    ) -> Self {
        let zone = country.zone();
        let data_roaming = told.data_roaming(limits);
        let agreement = told.agreement.as_ref().filter(|_| data_roaming == DataRoaming::Agreed);
        Self {
            period: Some(Period::of(period.days())),
            estimate: seen.map(|seen| Amount(seen.estimate)),
            usage_charges: seen.map(|seen| Amount(Money::of_minor(seen.cost, seen.estimate.currency))),
            currency_id: Some(books.owner.contract.currency.code),
            limits: told.standings(seen).iter().map(|standing| Limit::of(standing, country)).collect(),
            data_roaming: data_roaming.as_str(),
            agreed_at: agreement.map(|agreement| rfc3339(agreement.at, zone)),
            next_look_at: next_look(line.watch.as_ref(), &line.contract).map(|at| rfc3339(at, zone)),
        }
    }
}

/// `Period`
#[derive(Debug, Serialize)]
struct Period {
    from: NaiveDate,
    to: NaiveDate,
}

impl Period {
    const fn of(Days { from, to }: Days) -> Self {
        Self { from, to }
    }
}

/// `Limit`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Limit {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u8>,
    used: Count,
    of: Count,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told_at: Option<String>,
}

impl Limit {
    fn of(standing: &Standing, country: &Country) -> Self {
        let (kind, share) = match &standing.threshold {
            Threshold::Allowance { plan, allowance, percent } => ("allowance", Some((plan, allowance, *percent))),
            Threshold::Amount(_) => ("amount", None),
            Threshold::RoamingCap(_) => ("roaming-cap", None),
        };
        Self {
            kind,
            plan: share.map(|(plan, ..)| plan.to_string()),
            allowance: share.map(|(_, allowance, _)| allowance.to_string()),
            percent: share.map(|(.., percent)| percent.into()),
            used: Count::of(standing.used),
            of: Count::of(standing.of),
            unit: standing.unit.map(Unit::as_str),
            told_at: standing.told.map(|at| rfc3339(at, country.zone())),
        }
    }
}

/// Units as a whole number, money with the currency's digits.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Count {
    Units(u64),
    Money(Amount),
}

impl Count {
    const fn of(quantity: Quantity) -> Self {
        match quantity {
            Quantity::Units(units) => Self::Units(units),
            Quantity::Money(money) => Self::Money(Amount(money)),
        }
    }
}

/// `Roaming`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Roaming {
    period: Period,
    data_roaming: &'static str,
    agreed_at: String,
}

impl Roaming {
    /// What the customer has agreed to.
    pub fn of(agreement: &Agreement, country: &Country) -> Self {
        Self {
            period: Period::of(agreement.period),
            data_roaming: DataRoaming::Agreed.as_str(),
            agreed_at: rfc3339(agreement.at, country.zone()),
        }
    }
}

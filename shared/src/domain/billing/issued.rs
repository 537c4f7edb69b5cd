//! A bill in full, as it is kept for ever: what it charges, the facts it was computed from, and who made it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::bill::Bill;
use crate::domain::billing::bill::{Outcome, Settlement};
use crate::domain::billing::class::Class;
use crate::domain::billing::cycle::Period;
use crate::domain::billing::document::{Document, Section};
use crate::domain::billing::follow::Follow;
use crate::domain::billing::key::Kind;
use crate::domain::billing::ledger::Contract;
use crate::domain::billing::past::PastBill;
use crate::domain::billing::series::Given;
use crate::domain::billing::terms::Terms;
use crate::domain::billing::text;
use crate::domain::billing::usage::DayTotal;
use crate::domain::customer::Customer;
use crate::domain::fiscal::authority::FiscalState;
use crate::domain::fiscal::declared::Declared;
use crate::domain::identity::Identity;
use crate::domain::ids::{AppName, CustomerCode, GroupId, RunId};
use crate::domain::money::Money;
use crate::error::Invalid;

/// How long a customer has to pay.
const TIME_TO_PAY: TimeDelta = TimeDelta::days(15);

/// What a run has issued for a contract at once: mostly one bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The run.
    pub run: RunId,
    /// When the numbers were given out, which is the time of issue.
    pub at: DateTime<Utc>,
    /// Whose it is.
    pub customer: CustomerCode,
    /// The contract as it was.
    pub contract: Contract,
    /// The numbers of the settlement's documents, in their order.
    pub numbers: Vec<Given>,
    /// The same documents as the customer's list of bills shows them when they are new.
    pub bills: Vec<Bill>,
    /// What the tax office knows them by, in the same order; empty where the catalogue names no issuer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declared: Vec<Declared>,
    /// Whether their documents are made before anybody asks for them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub document_at_once: bool,
    /// Data by app in the period that is closed, in kilobytes, most first; nothing where no usage file tells it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<(AppName, u64)>,
    /// The bills before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<PastBill>,
    /// What the documents follow from, when they are left out of what is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow: Option<Follow>,
    /// What was computed, with the facts it came from. Looks that found nothing new are left out.
    pub settlement: Settlement,
}

impl Issued {
    /// Leaves out the looks that found nothing new, for nothing follows from them, and the digests of facts that are there; finds
    /// what its documents follow from, by the terms they were made by.
    #[must_use]
    pub fn shortened(mut self, terms: &Terms) -> Self {
        let looks = &mut self.settlement.looks;
        looks.retain(|look| look.facts.is_some() || !look.changes.is_empty());
        looks.iter_mut().filter(|look| look.facts.is_some()).for_each(|look| look.hash = None);
        self.follow = Follow::of(&self.settlement, terms);
        self
    }

    /// The same as it is kept: without documents that follow from the rest.
    #[must_use]
    pub fn to_keep(&self) -> Self {
        let mut kept = self.clone();
        if kept.follow.is_some() {
            kept.settlement.outcome = Outcome::Billed(Vec::new());
        }
        kept
    }

    /// The whole of one that was kept.
    ///
    /// # Errors
    /// When its documents do not follow from it.
    pub fn whole(mut self) -> Result<Self, Invalid> {
        if let Some(follow) = &self.follow
            && self.settlement.documents().is_empty()
        {
            self.settlement.outcome = Outcome::Billed(follow.documents(&self.settlement)?);
        }
        Ok(self)
    }
}

/// So many apps a bill names.
const APPS: usize = 7;

/// How the data of a period was shared out among apps, most first, and what is left of it.
pub fn apps(usage: &[DayTotal], period: &Period) -> Vec<(AppName, u64)> {
    let (mut sums, mut data) = (BTreeMap::<&AppName, u64>::new(), 0_u64);
    for total in usage.iter().filter(|total| period.has(total.day)) {
        for (app, kilobytes) in &total.apps {
            let sum = sums.entry(app).or_default();
            *sum = sum.saturating_add(*kilobytes);
        }
        let units = total.units.iter().filter(|(class, _)| matches!(class, Class::Data(_)));
        data = units.fold(data, |sum, (_, units)| sum.saturating_add(*units));
    }
    let mut apps: Vec<_> = sums.into_iter().map(|(app, kilobytes)| (app.clone(), kilobytes)).collect();
    apps.retain(|(_, kilobytes)| *kilobytes > 0);
    apps.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
    apps.truncate(APPS);
    let named = apps.iter().fold(0_u64, |sum, (_, kilobytes)| sum.saturating_add(*kilobytes));
    let rest = data.saturating_sub(named);
    apps.extend(text::OTHER_APPS.parse().ok().filter(|_| rest > 0 && named > 0).map(|others| (others, rest)));
    apps
}

/// What a bill shows beside its document.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// Who pays.
    pub customer: &'a Customer,
    /// The document by which the tax office knows who pays.
    pub buyer: Option<&'a Identity>,
    /// The contract.
    pub contract: &'a Contract,
    /// The billing group it is sent with.
    pub group: Option<(&'a GroupId, &'a str)>,
    /// The day of issue.
    pub date: NaiveDate,
    /// The period it closes.
    pub period: &'a Period,
    /// How it stands with the tax office, which must agree to it.
    pub fiscal: Option<FiscalState>,
}

/// A document as the customer's list of bills shows it. Nothing of it is paid.
pub fn bill(document: &Document, number: &Given, declared: Option<&Declared>, shown: &Shown<'_>) -> Bill {
    let Shown { customer, contract, group, date, period, .. } = *shown;
    // What says who somebody is, before what they have.
    let says_who = |own: &&Identity| own.is_document();
    let first = || customer.identities.iter().find(says_who).or_else(|| customer.identities.first());
    let subscriber = shown.buyer.or_else(first).cloned();
    let by_code = || Identity::plain("CODE", customer.code.to_string());
    let zero = Money { minor: 0, currency: contract.currency };
    Bill {
        number: number.number.clone(),
        serial: number.series.to_string(),
        customer: customer.code.clone(),
        contract: contract.id.clone(),
        subscriber: subscriber.unwrap_or_else(by_code),
        group: group.map(|(id, _)| id.clone()),
        date,
        period_start: period.start,
        period_end: period.end,
        due: date + TIME_TO_PAY,
        amount: Money { minor: document.total, currency: contract.currency },
        paid: zero,
        credited: 0,
        paid_on: None,
        name: customer.name.clone(),
        address: group.map_or(&*customer.address, |(_, address)| address).to_owned(),
        contact: String::new(),
        phone: String::new(),
        plan: plan(document),
        description: String::new(),
        authorization: number.authorization.clone(),
        tax_id: declared.and_then(|declared| declared.code.clone()),
        fiscal: declared.and_then(|_| shown.fiscal.clone()),
        has_document: true,
        services: document.lines.iter().filter(|line| line.section == Section::Recurring).count() as u64,
    }
}

/// The plans that it charges, each once.
fn plan(document: &Document) -> String {
    let mut names: Vec<&str> = Vec::new();
    for line in document.lines.iter().filter(|line| line.key.kind == Kind::Plan && line.section == Section::Recurring) {
        let name = line.text.split(',').next().unwrap_or_default().split(" (").next().unwrap_or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match &names[..] {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, rest @ ..] => format!("{first} + {}", rest.len()),
    }
}

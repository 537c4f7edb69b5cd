//! The ledger of a contract: the contract itself, and beside it dated facts, written in the transactions of what they tell.
//!
//! A fact's key is made of what it tells, so a repeated step writes the same item. The only change a fact ever sees is its last
//! day; the start of a coming plan also goes again, or is paid in another way, while its day has not come.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::billing::billed::Billed;
use crate::domain::billing::ledger::{AdditionalSpan, Adjustment, Ledger, LineSpan, OneOff, Withdrawal};
use crate::domain::billing::owner::ContractOwner;
use crate::domain::billing::plan::PlanStart;
use crate::domain::contract::PaymentKind;
use crate::domain::ids::{ContractId, OfferId, PlanId, ProfileId, TaxClass};
use crate::domain::line_facts::Fact;
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::service_facts::{ServiceFacts, Spans};
use crate::domain::subscriber::Subscriber;
use crate::error::{Error, Result};
use crate::table::item::{self, Item, Stored, stored, text_of, value, values};
use crate::table::keys::{self, PK, SK};
use crate::table::packed::parts_of;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// The books of a contract: all that billing knows of it but usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    /// The contract, at its revision.
    pub owner: Stored<ContractOwner>,
    /// Its facts.
    pub ledger: Ledger,
    /// What bills have charged so far.
    pub billed: Billed,
    /// Where that lies beside the contract's item, if it does: the digest and the number of parts.
    pub(super) parts: Option<(String, usize)>,
}

impl Books {
    /// Whether nothing was ever charged, or is to be charged.
    pub fn is_blank(&self) -> bool {
        let Self { owner, ledger, billed, .. } = self;
        let Ledger { contract: _, lines, plans, additional, services, charges, withdrawals, adjustments } = ledger;
        let of_lines = lines.is_empty() && plans.is_empty() && additional.is_empty() && services.is_empty();
        let of_people = charges.is_empty() && withdrawals.is_empty() && adjustments.is_empty();
        of_lines && of_people && *billed == Billed::default() && owner.settled.is_none() && owner.credit == 0
    }
}

/// A one-off charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The line that caused it.
    pub msisdn: Msisdn,
    /// The offer it pays.
    pub offer: OfferId,
    /// Its name on the bill.
    pub name: String,
    /// How much, tax not included.
    pub amount: Money,
    /// Since when it is owed.
    pub at: DateTime<Utc>,
}

/// When a charge was given up.
#[derive(Serialize, Deserialize)]
struct Withdrawn {
    at: DateTime<Utc>,
}

/// A plan start as its item holds it. Earlier releases have called the plan `to`, and have not kept how it is paid.
#[derive(Serialize, Deserialize)]
struct Start {
    at: DateTime<Utc>,
    #[serde(alias = "to")]
    plan: PlanId,
    #[serde(default = "postpaid")]
    payment: PaymentKind,
}

const fn postpaid() -> PaymentKind {
    PaymentKind::Postpaid
}

impl Reader {
    /// A contract. One strong get of `CTR#contract`: one unit.
    pub async fn contract(&self, id: &ContractId) -> Result<Option<Stored<ContractOwner>>> {
        self.get(keys::contract(id), Freshness::Strong).await?.map(stored).transpose()
    }

    /// The last day of a contract that has one. One get of `CTR#contract`, half a unit.
    pub async fn last_day(&self, id: &ContractId) -> Result<Option<NaiveDate>> {
        let owner: Option<ContractOwner> =
            self.get(keys::contract(id), Freshness::Eventual).await?.map(value).transpose()?;
        Ok(owner.and_then(|owner| owner.contract.last))
    }

    /// The contracts among these that exist, in no order. One batch of strong reads per hundred, one unit each.
    pub async fn contracts(&self, ids: impl IntoIterator<Item = &ContractId>) -> Result<Vec<Stored<ContractOwner>>> {
        let items = self.batch(ids.into_iter().map(keys::contract)).await?;
        items.into_iter().map(stored).collect()
    }

    /// A contract with its whole ledger, as [`Reader::books`] reads it.
    pub async fn ledger(&self, id: &ContractId, zone: FixedOffset) -> Result<Option<(Stored<ContractOwner>, Ledger)>> {
        Ok(self.books(id, zone).await?.map(|Books { owner, ledger, .. }| (owner, ledger)))
    }

    /// All that billing knows of a contract but usage. One strong query of `CTR#contract`, one unit per 4 KB (some thirty
    /// facts); one request per megabyte. What bills have charged takes another query where it is larger than an item.
    pub async fn books(&self, id: &ContractId, zone: FixedOffset) -> Result<Option<Books>> {
        let mut items = self.query(keys::ledger(id), Freshness::Strong, Order::Ascending).await?.into_iter();
        let Some(owner) = items.next().filter(|item| text_of(item, SK) == Some(keys::CONTRACT)) else {
            return Ok(None);
        };
        let billed = self.unpacked(&owner).await?.unwrap_or_default();
        let parts = parts_of(&owner);
        let owner: Stored<ContractOwner> = stored(owner)?;
        let mut ledger = Ledger {
            contract: owner.contract.clone(),
            lines: Vec::new(),
            plans: Vec::new(),
            additional: Vec::new(),
            services: Vec::new(),
            charges: Vec::new(),
            withdrawals: Vec::new(),
            adjustments: Vec::new(),
        };
        let mut services = Spans::default();
        for item in items {
            add(&mut ledger, &mut services, item, zone)?;
        }
        ledger.services = services.into_ledger().map_err(|invalid| invalid.field("price"))?;
        Ok(Some(Books { owner, ledger, billed, parts }))
    }

    /// The charges of a contract that were not withdrawn. One query.
    pub async fn charges(&self, contract: &ContractId) -> Result<Vec<Charge>> {
        let items = self.query(keys::charges(contract), Freshness::Strong, Order::Ascending).await?;
        let is_withdrawal = |item: &Item| text_of(item, SK).is_some_and(|sk| sk.ends_with(keys::WITHDRAWAL));
        // A withdrawal comes right after its charge.
        let followed = items.iter().skip(1).map(is_withdrawal).chain([false]);
        let stands: Vec<_> = followed.zip(&items).map(|(followed, item)| !followed && !is_withdrawal(item)).collect();
        values(items.into_iter().zip(stands).filter(|(_, stands)| *stands).map(|(item, _)| item).collect())
    }

    /// All plan starts of a contract, by line and revision. One query.
    pub async fn plan_starts(&self, contract: &ContractId) -> Result<Vec<PlanStart>> {
        let items = self.query(keys::plan_starts(contract), Freshness::Strong, Order::Ascending).await?;
        items.into_iter().map(start).collect()
    }
}

fn add(ledger: &mut Ledger, services: &mut Spans, item: Item, zone: FixedOffset) -> Result<()> {
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let sk = text_of(&item, SK).unwrap_or_default().to_owned();
    if let Some(charge) = sk.strip_prefix(keys::CHARGE) {
        match charge.strip_suffix(keys::WITHDRAWAL) {
            Some(charge) => {
                let Withdrawn { at } = value(item)?;
                ledger.withdrawals.push(Withdrawal { charge: charge.to_owned(), day: day(at), reason: None });
            }
            None => ledger.charges.push(one_off(charge, value(item)?, zone)),
        }
    } else if sk.starts_with(keys::LINE) {
        ledger.lines.push(fact(item)?);
    } else if sk.starts_with(keys::ADDITIONAL) {
        ledger.additional.push(fact(item)?);
    } else if sk.starts_with(keys::PLAN_START) {
        ledger.plans.push(start(item)?);
    } else if sk.starts_with(keys::SERVICES) {
        let profile = keys::read_service_facts(&sk);
        let profile = profile.ok_or_else(|| Error::internal("an unreadable key of a change of services"))?;
        services.add(&profile, value(item)?);
    } else if sk.starts_with(keys::ADJUSTMENT) {
        ledger.adjustments.push(fact(item)?);
    }
    Ok(())
}

fn one_off(id: &str, charge: Charge, zone: FixedOffset) -> OneOff {
    let Charge { msisdn, offer, name, amount, at } = charge;
    OneOff {
        id: id.to_owned(),
        line: Some(msisdn),
        offer,
        name,
        day: at.with_timezone(&zone).date_naive(),
        price: amount,
        tax: TaxClass::default(),
        purse: PaymentKind::Postpaid,
    }
}

/// A fact whose item has all of it, and its key besides.
fn fact<T: DeserializeOwned>(mut item: Item) -> Result<T> {
    item.retain(|name, _| name != PK && name != SK);
    value(item)
}

fn start(item: Item) -> Result<PlanStart> {
    let place = text_of(&item, SK).and_then(keys::read_plan_start);
    let (line, revision) = place.ok_or_else(|| Error::internal("an unreadable key of a plan start"))?;
    let Start { at, plan, payment } = value(item)?;
    Ok(PlanStart { line, at, id: format!("{revision:012}"), plan, payment })
}

impl Changes {
    /// Adds a contract, if it is not there, and lists it by its cycle day.
    pub fn add_contract(&mut self, owner: &ContractOwner) -> Result<()> {
        self.create(item::first(keys::contract(&owner.contract.id), owner)?);
        self.list_contract(None, owner)
    }

    /// The contract becomes `after`, if nobody has changed it since it was loaded; another cycle day moves it to another list.
    pub fn update_contract(&mut self, before: &Stored<ContractOwner>, after: &ContractOwner) -> Result<()> {
        self.update(keys::contract(&before.contract.id), before, after)?;
        self.list_contract(before.listed, after)
    }

    /// Keeps that a line has a main plan from an instant on; the change of the line makes it so, at the revision that the start
    /// is named by.
    pub fn add_plan_start(&mut self, line: &Stored<Subscriber>, start: &PlanStart, zone: FixedOffset) -> Result<()> {
        self.put_plan_start(&line.contract, start, zone)
    }

    fn put_plan_start(&mut self, contract: &ContractId, start: &PlanStart, zone: FixedOffset) -> Result<()> {
        let day = start.at.with_timezone(&zone).date_naive();
        let revision = start.id.parse().map_err(|_| Error::internal("a plan start that no revision names"))?;
        let key = keys::plan_start(contract, &start.line, revision, day);
        let start = Start { at: start.at, plan: start.plan.clone(), payment: start.payment };
        self.put(item::item(key, &start)?);
        Ok(())
    }

    /// Takes a plan start of a coming day back.
    pub(super) fn delete_plan_start(&mut self, contract: &ContractId, line: &Msisdn, revision: u64, day: NaiveDate) {
        self.delete(keys::plan_start(contract, line, revision, day), false);
    }

    /// Keeps a fact about a line, or its new last day.
    pub fn put_fact(&mut self, contract: &ContractId, fact: &Fact, zone: FixedOffset) -> Result<()> {
        match fact {
            Fact::Line(span) => self.put_line_span(contract, span),
            Fact::Additional(span) => self.put_additional_span(contract, span),
            Fact::Plan(start) => self.put_plan_start(contract, start, zone),
        }
    }

    fn put_line_span(&mut self, contract: &ContractId, span: &LineSpan) -> Result<()> {
        self.put(item::item(keys::line_span(contract, span), span)?);
        Ok(())
    }

    /// Keeps the days of an additional plan.
    pub fn put_additional_span(&mut self, contract: &ContractId, span: &AdditionalSpan) -> Result<()> {
        self.put(item::item(keys::additional_span(contract, span), span)?);
        Ok(())
    }

    /// Keeps what a change of a profile's services means for the contract that pays them, beside that change at its
    /// revision.
    pub fn add_service_facts(
        &mut self,
        contract: &ContractId,
        profile: &ProfileId,
        revision: u64,
        facts: &ServiceFacts,
    ) -> Result<()> {
        if !facts.is_empty() {
            self.put(item::item(keys::service_facts(contract, profile, revision), facts)?);
        }
        Ok(())
    }

    /// Adds an operator's credit or debit, if the contract has none of this id.
    pub fn add_adjustment(&mut self, contract: &ContractId, adjustment: &Adjustment) -> Result<()> {
        self.create(item::item(keys::adjustment(contract, &adjustment.id), adjustment)?);
        Ok(())
    }

    /// Keeps a charge that was made with the subscriber's revision.
    pub(super) fn add_charge(&mut self, contract: &ContractId, revision: u64, charge: &Charge) -> Result<()> {
        self.create(item::item(keys::charge(contract, &charge.msisdn, revision), charge)?);
        Ok(())
    }

    /// Keeps that a charge was given up. The charge stays: a bill may have it already.
    pub(super) fn add_withdrawal(
        &mut self,
        contract: &ContractId,
        msisdn: &Msisdn,
        revision: u64,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.put(item::item(keys::withdrawal(contract, msisdn, revision), &Withdrawn { at })?);
        Ok(())
    }
}

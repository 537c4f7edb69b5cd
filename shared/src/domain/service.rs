//! Services: those of the catalogue, and those of a profile. Changes to a profile's services are methods of
//! [`Services`]; what they mean for the contract's ledger is in [`service_facts`](super::service_facts). [`Totals`] is their
//! cost, which is never stored.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::ids::Partnum;
use crate::domain::money::{Currency, Money};
use crate::domain::profile::{Line, ProvisioningState};
use crate::error::{Error, Invalid, Refusal, Result};

/// Most services of a profile: they are one item of the table.
pub const MOST: usize = 500;
/// Most bytes of them, of the 400 KB of an item.
pub const MOST_BYTES: usize = 390_000;
/// Most bytes of a service in the item besides its texts: names, numbers, its state, and what the ledger has in its place.
const BESIDES_TEXTS: usize = 400;

/// What a 404 for a service names, in the catalogue or on a profile.
pub const NOT_FOUND: Error = Error::NotFound("the service");

/// A service of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueService {
    /// Its part number.
    pub partnum: Partnum,
    /// Its number in the catalogue.
    pub id: u64,
    /// Main type.
    pub kind: String,
    /// Subtype.
    pub subtype: String,
    /// Display category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Description for the customer.
    pub description: String,
    /// Monthly price per line, tax not included.
    pub price: Money,
    /// Monthly price per line, tax included.
    pub tax_price: Money,
    /// Its object type in the billing system.
    pub poid_type: String,
}

/// A service of a profile, with the catalogue's data at the time it was requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Unique on the profile, never reused.
    pub id: u64,
    /// Its part number.
    pub partnum: Partnum,
    /// Its number in the catalogue.
    pub service: u64,
    /// Main type.
    pub kind: String,
    /// Subtype.
    pub subtype: String,
    /// Display category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Description for the customer.
    pub description: String,
    /// Monthly price per line, tax not included.
    pub price: Money,
    /// Monthly price per line, tax included.
    pub tax_price: Money,
    /// Its state.
    pub status: ProvisioningState,
    /// The first day it is charged, for one that began before it was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// What the contract's ledger has in this place: while a change is pending, the service before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) charged: Option<Charged>,
}

/// A service as the ledger of a contract charges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// Which service.
    pub service: Partnum,
    /// Its monthly price per line, tax not included, as it was agreed.
    pub price: Money,
}

impl Service {
    /// A newly requested service; `charged` is what the ledger has in its place.
    fn asked_for(id: u64, wanted: &CatalogueService, charged: Option<Charged>) -> Self {
        Self {
            id,
            partnum: wanted.partnum.clone(),
            service: wanted.id,
            kind: wanted.kind.clone(),
            subtype: wanted.subtype.clone(),
            category: wanted.category.clone(),
            description: wanted.description.clone(),
            price: wanted.price,
            tax_price: wanted.tax_price,
            status: ProvisioningState::InProcess,
            since: None,
            charged,
        }
    }

    /// Most bytes that it takes in the item, in any state: a character may be four.
    fn bytes(&self) -> usize {
        let category = self.category.as_ref().map_or(0, String::len);
        let texts =
            [self.kind.len(), self.subtype.len(), self.description.len(), self.partnum.as_str().len(), category];
        BESIDES_TEXTS + texts.iter().sum::<usize>()
    }

    /// Active, or requested.
    pub(super) fn stays(&self) -> bool {
        self.status != ProvisioningState::ToBeRemoved
    }
}

/// All services of a profile. Of those not marked for removal, no two are the same catalogue service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// The highest id ever used.
    last_id: u64,
    /// By id.
    pub(super) list: Vec<Service>,
}

impl Services {
    /// A new profile's services.
    pub fn new(list: Vec<Service>) -> Self {
        Self { last_id: list.iter().map(|service| service.id).max().unwrap_or(0), list }
    }

    /// The highest id ever used; none is used again after a load either.
    pub(super) const fn last_id(&self) -> u64 {
        self.last_id
    }

    /// These, with the ids that `before` has used.
    pub(super) fn after(mut self, before: &Self) -> Self {
        self.last_id = self.last_id.max(before.last_id);
        self
    }

    /// All services, in any state.
    pub fn list(&self) -> &[Service] {
        &self.list
    }

    /// The services that are billed.
    pub fn active(&self) -> impl Iterator<Item = &Service> {
        self.list.iter().filter(|service| service.status == ProvisioningState::Active)
    }

    /// Most bytes that they take as an item, now and when what is pending is carried out.
    pub fn bytes(&self) -> usize {
        self.list.iter().map(Service::bytes).sum()
    }

    /// Whether a profile can have as many, and as large ones.
    ///
    /// # Errors
    /// 403 for more than [`MOST`], or than [`MOST_BYTES`].
    pub fn fitting(&self) -> Result<(), Refusal> {
        if self.list.len() > MOST || self.bytes() > MOST_BYTES {
            return Err(Refusal::new("the profile has as many services as it can have"));
        }
        Ok(())
    }

    /// Requests services. Those already there stay; those marked for removal are requested again. Returns how many were
    /// newly requested.
    ///
    /// # Errors
    /// 403 when the profile would have more than it can have ([`fitting`](Self::fitting)).
    pub fn add(&mut self, wanted: &[&CatalogueService]) -> Result<usize, Refusal> {
        let mut added = 0;
        for wanted in wanted {
            if self.list.iter().any(|service| service.partnum == wanted.partnum && service.stays()) {
                continue;
            }
            match self.list.iter_mut().find(|service| service.partnum == wanted.partnum) {
                Some(service) => *service = Service::asked_for(service.id, wanted, service.charged.take()),
                None => {
                    self.last_id += 1;
                    self.list.push(Service::asked_for(self.last_id, wanted, None));
                }
            }
            added += 1;
        }
        self.fitting()?;
        Ok(added)
    }

    /// Marks services for removal. Returns how many were newly marked.
    ///
    /// # Errors
    /// 404 when the profile does not have one of them. Some may be marked by then, so the changes must be discarded.
    pub fn mark(&mut self, partnums: &[Partnum]) -> Result<usize> {
        let mut marked = 0;
        for partnum in partnums {
            let mut found = self.list.iter_mut().filter(|service| service.partnum == *partnum).peekable();
            found.peek().ok_or(NOT_FOUND)?;
            for service in found.filter(|service| service.stays()) {
                service.status = ProvisioningState::ToBeRemoved;
                marked += 1;
            }
        }
        Ok(marked)
    }

    /// Replaces services, named by their ids, with others of the catalogue. One that is already the requested service
    /// stays. Returns how many were replaced.
    ///
    /// # Errors
    /// 404 for an id the profile does not have, 403 when it would have a service twice, or more than it can have. The
    /// changes must be discarded then.
    pub fn replace(&mut self, rows: &[(u64, &CatalogueService)]) -> Result<usize> {
        let mut replaced = 0;
        for (id, wanted) in rows {
            let service = self.list.iter_mut().find(|service| service.id == *id).ok_or(NOT_FOUND)?;
            if service.partnum != wanted.partnum || !service.stays() {
                *service = Service::asked_for(*id, wanted, service.charged.take());
                replaced += 1;
            }
        }
        let mut staying = self.list.iter().filter(|service| service.stays());
        let mut seen = BTreeSet::new();
        if !staying.all(|service| seen.insert(&service.partnum)) {
            return Err(Error::refused("the profile has one of the services already"));
        }
        if replaced > 0 {
            self.fitting()?;
        }
        Ok(replaced)
    }
}

/// A profile's counts and cost, derived from its lines and services whenever shown, so they cannot drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Active lines.
    pub lines: u64,
    /// Active services.
    pub services: u64,
    /// The sum of the active services' prices as they are shown, in whole units, tax not included.
    pub value: Money,
    /// The sum of their prices with tax, likewise, times the active lines.
    pub total_value: Money,
}

impl Totals {
    /// Adds up what is shown: whoever adds up the rows finds the totals.
    ///
    /// # Errors
    /// Different currencies or an overflow: the data is wrong.
    pub fn of(lines: &[Line], services: &Services, currency: Currency) -> Result<Self, Invalid> {
        let lines = lines.iter().map(|line| u64::from(line.status == ProvisioningState::Active)).sum();
        let mut totals = Self { lines, services: 0, value: Money::zero(currency), total_value: Money::zero(currency) };
        for service in services.active() {
            totals.services += 1;
            totals.value = totals.value.checked_add(service.price.in_whole_units()?)?;
            totals.total_value = totals.total_value.checked_add(service.tax_price.in_whole_units()?)?;
        }
        totals.total_value = totals.total_value.checked_times(lines)?;
        Ok(totals)
    }
}

#[cfg(test)]
mod tests;

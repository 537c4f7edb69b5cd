//! Services: what the catalogue sells to profiles, and what a profile has of it. What is done to the services of a
//! profile is a method of [`Services`]; what they cost together is [`Totals`], which is never stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::ids::Partnum;
use crate::domain::money::{Currency, Money};
use crate::domain::profile::{Line, ProvisioningState};
use crate::error::{Error, Invalid, Refusal, Result};

/// The most services of one profile: all of them are one item of the table.
pub const MOST: usize = 500;

/// A service that the catalogue or the profile does not have.
pub const NOT_FOUND: Error = Error::NotFound("the service");

/// A service as the catalogue sells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueService {
    /// Its catalogue code.
    pub partnum: Partnum,
    /// Its number in the catalogue.
    pub id: u64,
    /// Main kind.
    pub kind: String,
    /// Kind within the main one.
    pub subtype: String,
    /// Group for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What the customer reads.
    pub description: String,
    /// The price of a month for one line, tax not included.
    pub price: Money,
    /// The same with tax.
    pub tax_price: Money,
    /// Kind of object it is for the billing system.
    pub poid_type: String,
}

/// A service on a profile, with the catalogue's data of the day it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Unique on the profile, and never given twice.
    pub id: u64,
    /// Its catalogue code.
    pub partnum: Partnum,
    /// Its number in the catalogue.
    pub service: u64,
    /// Main kind.
    pub kind: String,
    /// Kind within the main one.
    pub subtype: String,
    /// Group for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What the customer reads.
    pub description: String,
    /// The price of a month for one line, tax not included.
    pub price: Money,
    /// The same with tax.
    pub tax_price: Money,
    /// Its state.
    pub status: ProvisioningState,
}

impl Service {
    /// A service that has just been asked for.
    fn asked_for(id: u64, wanted: &CatalogueService) -> Self {
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
        }
    }

    /// Active, or about to be.
    fn stays(&self) -> bool {
        self.status != ProvisioningState::ToBeRemoved
    }
}

/// All services of a profile. Of those that stay no two are the same service of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// The highest id that was ever given.
    last_id: u64,
    /// By id.
    list: Vec<Service>,
}

impl Services {
    /// The services a profile begins with.
    pub fn new(list: Vec<Service>) -> Self {
        Self { last_id: list.iter().map(|service| service.id).max().unwrap_or(0), list }
    }

    /// The services, whatever their state.
    pub fn list(&self) -> &[Service] {
        &self.list
    }

    /// The services that are paid for.
    pub fn active(&self) -> impl Iterator<Item = &Service> {
        self.list.iter().filter(|service| service.status == ProvisioningState::Active)
    }

    /// Asks for services; those that are there already stay as they are, those to be removed are in process again.
    /// Answers how many were asked for anew.
    ///
    /// # Errors
    /// 403 when the profile would have more than [`MOST`].
    pub fn add(&mut self, wanted: &[&CatalogueService]) -> Result<usize, Refusal> {
        let mut added = 0;
        for wanted in wanted {
            if self.list.iter().any(|service| service.partnum == wanted.partnum && service.stays()) {
                continue;
            }
            match self.list.iter_mut().find(|service| service.partnum == wanted.partnum) {
                Some(service) => *service = Service::asked_for(service.id, wanted),
                None => {
                    self.last_id += 1;
                    self.list.push(Service::asked_for(self.last_id, wanted));
                }
            }
            added += 1;
        }
        if self.list.len() > MOST {
            return Err(Refusal::new("the profile has as many services as it can have"));
        }
        Ok(added)
    }

    /// Marks services for removal. Answers how many were not marked before.
    ///
    /// # Errors
    /// 404 when the profile does not have one of them; the others may be marked then, so what was changed must not be
    /// kept.
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

    /// Puts another service of the catalogue in the place of each one named by its id. What is that service already
    /// stays as it is. Answers how many were replaced.
    ///
    /// # Errors
    /// 404 for an id the profile does not have, 403 when the profile would have a service twice; what was changed must
    /// not be kept then.
    pub fn replace(&mut self, rows: &[(u64, &CatalogueService)]) -> Result<usize> {
        let mut replaced = 0;
        for (id, wanted) in rows {
            let service = self.list.iter_mut().find(|service| service.id == *id).ok_or(NOT_FOUND)?;
            if service.partnum != wanted.partnum || !service.stays() {
                *service = Service::asked_for(*id, wanted);
                replaced += 1;
            }
        }
        let mut staying = self.list.iter().filter(|service| service.stays());
        let mut seen = BTreeSet::new();
        if staying.all(|service| seen.insert(&service.partnum)) {
            Ok(replaced)
        } else {
            Err(Error::refused("the profile has one of the services already"))
        }
    }

    /// Carries out what was asked for: what is in process becomes active, what is to be removed disappears. Answers
    /// how many of each.
    pub fn complete(&mut self) -> (usize, usize) {
        let before = self.list.len();
        self.list.retain(Service::stays);
        let removed = before - self.list.len();
        let mut activated = 0;
        for service in self.list.iter_mut().filter(|service| service.status == ProvisioningState::InProcess) {
            service.status = ProvisioningState::Active;
            activated += 1;
        }
        (activated, removed)
    }
}

/// What a profile has and costs. Derived from its lines and services whenever it is shown, so it cannot drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Active lines.
    pub lines: u64,
    /// Active services.
    pub services: u64,
    /// The sum of the active services' prices.
    pub value: Money,
    /// The sum of their prices with tax, for all active lines.
    pub total_value: Money,
}

impl Totals {
    /// Adds up.
    ///
    /// # Errors
    /// Amounts of another currency, or more than fits: the data is wrong.
    pub fn of(lines: &[Line], services: &Services, currency: Currency) -> Result<Self, Invalid> {
        let lines = lines.iter().map(|line| u64::from(line.status == ProvisioningState::Active)).sum();
        let mut totals = Self { lines, services: 0, value: Money::zero(currency), total_value: Money::zero(currency) };
        for service in services.active() {
            totals.services += 1;
            totals.value = totals.value.checked_add(service.price)?;
            totals.total_value = totals.total_value.checked_add(service.tax_price)?;
        }
        totals.total_value = totals.total_value.checked_times(lines)?;
        Ok(totals)
    }
}

#[cfg(test)]
mod tests;

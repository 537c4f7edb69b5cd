//! The contracts that records name: each is in the ledger before anything is charged to it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use shared::domain::billing::cycle::{Cycle, CycleChange, CycleDay};
use shared::domain::billing::ledger::Contract;
use shared::domain::billing::owner::ContractOwner;
use shared::domain::contract::Payment;
use shared::domain::ids::{ContractId, CustomerCode, GroupId};
use shared::error::Error;
use shared::retry::pause;
use shared::table::{Changes, Stored};

use super::lines::{PAUSE, ROUNDS};
use super::step::Step;
use super::{Import, keeps_changing};

/// What the records of a step say of a contract.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) customer: CustomerCode,
    pub(super) cycle_day: Option<CycleDay>,
    pub(super) first: Option<NaiveDate>,
    pub(super) last: Option<NaiveDate>,
    pub(super) group: Option<GroupId>,
    pub(super) document_at_once: bool,
}

impl Step {
    /// The contracts of its records. A contract's own record counts before what lines and profiles say.
    pub(super) fn contracts(&self) -> BTreeMap<ContractId, Named> {
        let mut named = BTreeMap::new();
        for line in self.lines.values() {
            let cycle_day = match line.payment {
                Payment::Postpaid { cycle_day } => cycle_day.try_into().ok(),
                Payment::Prepaid { .. } => None,
            };
            let by_line = Named::by(&line.customer, cycle_day);
            let known = named.entry(line.contract.clone()).or_insert_with(|| by_line.clone());
            known.cycle_day = by_line.cycle_day.or(known.cycle_day);
        }
        for record in self.profiles.values() {
            let profile = &record.profile;
            let cycle_day = profile.cycle.try_into().ok();
            named.entry(profile.contract.clone()).or_insert_with(|| Named::by(&profile.customer, cycle_day));
        }
        for record in self.contracts.values() {
            let own = Named {
                customer: record.customer.clone(),
                cycle_day: Some(record.cycle_day),
                first: Some(record.first),
                last: record.last,
                group: record.group.clone(),
                document_at_once: record.document_at_once,
            };
            named.insert(record.id.clone(), own);
        }
        named
    }
}

impl Named {
    fn by(customer: &CustomerCode, cycle_day: Option<CycleDay>) -> Self {
        Self { customer: customer.clone(), cycle_day, first: None, last: None, group: None, document_at_once: false }
    }

    /// The contract as it becomes; `revision` names a wish for another cycle day.
    fn over(&self, before: &Stored<ContractOwner>, import: &Import<'_>) -> ContractOwner {
        let mut after = before.value.clone();
        let cycle = &mut after.contract.cycle;
        if let Some(day) = self.cycle_day.filter(|day| *day != cycle.newest()) {
            let id = format!("{:012}", before.next_rev());
            cycle.changes.push(CycleChange { at: import.clock.now(), id, day });
        }
        // Only a contract's own record says when it begins, and so when it ends and who its bills are sent with.
        if self.first.is_some() {
            after.contract.last = self.last;
            after.group.clone_from(&self.group);
            after.document_at_once = self.document_at_once;
        }
        after
    }
}

impl Import<'_> {
    /// Adds those that are not there, from the day that is told or from today on; changes those that are.
    ///
    /// Of two who add or change a contract at once one looks again; done twice, nothing is different the second time.
    pub(super) async fn load_contracts(&self, named: &BTreeMap<ContractId, Named>) -> Result<(), Error> {
        let known = self.writer.reader().contracts(named.keys()).await?;
        let known: BTreeMap<_, _> = known.into_iter().map(|owner| (owner.contract.id.clone(), owner)).collect();
        for (id, named) in named {
            self.load_contract(id, named, known.get(id).cloned()).await?;
            if let Some(last) = named.last {
                self.close_upgrades_beyond(last, id).await?;
            }
        }
        Ok(())
    }

    async fn load_contract(
        &self,
        id: &ContractId,
        named: &Named,
        mut before: Option<Stored<ContractOwner>>,
    ) -> Result<(), Error> {
        for round in 0..ROUNDS {
            let mut changes = Changes::new();
            match &before {
                None => changes.add_contract(&self.begin(id, named)?)?,
                Some(before) => {
                    let mut after = named.over(before, self);
                    if after == before.value && after.listed.is_some() {
                        return Ok(());
                    }
                    after.listed = self.next_due(&after.contract).await?;
                    if after == before.value {
                        return Ok(());
                    }
                    changes.update_contract(before, &after)?;
                }
            }
            match self.writer.commit(changes, None, self.clock.now()).await {
                Err(Error::Stale) => pause(PAUSE, round).await,
                done => return done.map(drop),
            }
            before = self.writer.reader().contract(id).await?;
        }
        Err(keeps_changing())
    }

    /// The cycle day on which a run has to find it, by what bills have charged: a wish for another day acts after the last
    /// period that is a fact. Contracts of earlier releases are in no list yet.
    async fn next_due(&self, contract: &Contract) -> Result<Option<CycleDay>, Error> {
        let books = self.writer.reader().books(&contract.id, self.country.zone()).await?;
        Ok(books.and_then(|books| books.billed.next_due(contract)))
    }

    fn begin(&self, id: &ContractId, named: &Named) -> Result<ContractOwner, Error> {
        let first_of_month = || CycleDay::try_from(1).map_err(|invalid| invalid.field("cycle_day"));
        let day = named.cycle_day.map_or_else(first_of_month, Ok)?;
        let contract = Contract {
            id: id.clone(),
            first: named.first.unwrap_or_else(|| self.today()),
            last: named.last,
            currency: self.country.currency,
            cycle: Cycle { day, changes: Vec::new() },
        };
        let owner = ContractOwner::new(named.customer.clone(), contract, named.group.clone());
        Ok(ContractOwner { document_at_once: named.document_at_once, ..owner })
    }
}

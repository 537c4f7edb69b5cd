//! The contracts that records name: each is in the ledger before anything is charged to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;
use shared::domain::billing::cycle::{Cycle, CycleChange, CycleDay};
use shared::domain::billing::ledger::Contract;
use shared::domain::billing::owner::ContractOwner;
use shared::domain::contract::Payment;
use shared::domain::guard::limits::Limits;
use shared::domain::ids::{ContractId, CustomerCode, GroupId};
use shared::error::Error;
use shared::table::{Changes, Stored};

use super::Import;
use super::step::Kinds;
use super::thing::Told;
use super::units::{Decided, Failed, Unit, at, each, read};

/// What the records of a step say of a contract.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) customer: CustomerCode,
    pub(super) cycle_day: Option<CycleDay>,
    pub(super) first: Option<NaiveDate>,
    pub(super) last: Option<NaiveDate>,
    pub(super) group: Option<GroupId>,
    pub(super) document_at_once: bool,
    pub(super) guard: Option<Limits>,
}

impl Kinds {
    /// The contracts of its records, each with the line that names it first. A contract's own record, in whatever step of the
    /// file, counts before what lines and profiles say; `told` are those that have one.
    pub(super) fn named(&self, told: &BTreeSet<ContractId>) -> Vec<Told<(ContractId, Named)>> {
        let mut named: BTreeMap<ContractId, Told<Named>> = BTreeMap::new();
        for Told { line: number, value: line } in &self.lines {
            let cycle_day = match line.payment {
                Payment::Postpaid { cycle_day } if !told.contains(&line.contract) => cycle_day.try_into().ok(),
                Payment::Postpaid { .. } | Payment::Prepaid { .. } => None,
            };
            let by_line = || Told { line: *number, value: Named::by(&line.customer, cycle_day) };
            let known = named.entry(line.contract.clone()).or_insert_with(by_line);
            known.value.cycle_day = cycle_day.or(known.value.cycle_day);
        }
        for Told { line, value: record } in &self.profiles {
            let profile = &record.profile;
            let cycle_day = profile.cycle.try_into().ok().filter(|_| !told.contains(&profile.contract));
            let by_profile = || Told { line: *line, value: Named::by(&profile.customer, cycle_day) };
            named.entry(profile.contract.clone()).or_insert_with(by_profile);
        }
        for Told { line, value: record } in self.contracts.values() {
            let own = Named {
                customer: record.customer.clone(),
                cycle_day: Some(record.cycle_day),
                first: Some(record.first),
                last: record.last,
                group: record.group.clone(),
                document_at_once: record.document_at_once,
                guard: record.guard.clone(),
            };
            named.insert(record.id.clone(), Told { line: *line, value: own });
        }
        named.into_iter().map(|(id, Told { line, value })| Told { line, value: (id, value) }).collect()
    }
}

impl Named {
    fn by(customer: &CustomerCode, cycle_day: Option<CycleDay>) -> Self {
        let customer = customer.clone();
        Self { customer, cycle_day, first: None, last: None, group: None, document_at_once: false, guard: None }
    }

    /// The contract as it becomes; `revision` names a wish for another cycle day.
    fn over(&self, before: &Stored<ContractOwner>, import: &Import<'_>) -> ContractOwner {
        let mut after = before.value.clone();
        let cycle = &mut after.contract.cycle;
        if let Some(day) = self.cycle_day.filter(|day| *day != cycle.newest()) {
            let id = format!("{:012}", before.next_rev());
            cycle.changes.push(CycleChange { at: import.clock.now(), id, day });
        }
        // Only a contract's own record says when it begins, and so when it ends, who its bills are sent with, and what guards it.
        if self.first.is_some() {
            after.contract.last = self.last;
            after.group.clone_from(&self.group);
            after.document_at_once = self.document_at_once;
            after.guard.clone_from(&self.guard);
        }
        after
    }
}

impl Import<'_> {
    /// Adds those that are not there, from the day that is told or from today on; changes those that are.
    ///
    /// Of two who add or change a contract at once one looks again; done twice, nothing is different the second time.
    pub(super) async fn load_contracts(&self, named: Vec<Told<(ContractId, Named)>>) -> Result<(), Failed> {
        let guarded = named.iter().filter(|told| told.value.1.guard.is_some());
        // Limits that are taken away give way to the usual ones, which may be the stricter.
        let guarded: Mutex<BTreeSet<_>> = Mutex::new(guarded.map(|told| told.value.0.clone()).collect());
        let ends: Vec<_> = named.iter().filter_map(|told| Some((told.value.1.last?, told.value.0.clone()))).collect();
        self.settle(named, async |named| {
            let reader = self.writer.reader();
            let ids = named.iter().map(|told| &told.value.0);
            let known = read(ids, async |part| reader.contracts(part).await).await?;
            let known: BTreeMap<_, _> = known.into_iter().map(|owner| (owner.contract.id.clone(), owner)).collect();
            let decide = async |Told { line, value: (id, named) }: &Told<(ContractId, Named)>| {
                if named.first.is_some() && known.get(id).is_some_and(|before| before.guard != named.guard) {
                    guarded.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
                }
                let changes = self.decided(id, named, known.get(id)).await.map_err(at(*line))?;
                Ok(Unit { line: *line, changes })
            };
            Ok(Decided { change: each(named, decide).await?, ..Decided::default() })
        })
        .await?;
        for id in guarded.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.forget_watches(&id).await?;
        }
        for (last, id) in ends {
            self.close_upgrades_beyond(last, &id).await?;
        }
        Ok(())
    }

    async fn decided(
        &self,
        id: &ContractId,
        named: &Named,
        before: Option<&Stored<ContractOwner>>,
    ) -> Result<Changes, Error> {
        let mut changes = Changes::new();
        let Some(before) = before else {
            changes.add_contract(&self.begin(id, named)?)?;
            return Ok(changes);
        };
        let mut after = named.over(before, self);
        if after == before.value && after.listed.is_some() {
            return Ok(changes);
        }
        after.listed = self.next_due(&after.contract).await?;
        if after != before.value {
            changes.update_contract(before, &after)?;
        }
        Ok(changes)
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
        Ok(ContractOwner { document_at_once: named.document_at_once, guard: named.guard.clone(), ..owner })
    }
}

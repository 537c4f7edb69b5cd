//! A step of a load: the records of some lines, set together.
//!
//! Of several records of one thing only the last one of a step is set, so what the table has before the step is what the
//! record's old place is, and no record leaves something behind for the next one to miss. The order in which kinds are set
//! is the order in which they need each other, after what is taken away; a step that was cut off is done again whole.

use std::collections::{BTreeMap, BTreeSet};

use shared::domain::account::Account;
use shared::domain::bill::Bill;
use shared::domain::billing::series::Series;
use shared::domain::billing::tariff::Tariff;
use shared::domain::catalogue::{Plan, PlanStatus};
use shared::domain::customer::Customer;
use shared::domain::document::Document;
use shared::domain::ids::{ContractId, PlanId};
use shared::domain::recording::Recording;
use shared::domain::site::Site;
use shared::domain::subscriber::Subscriber;
use shared::table::{Changes, Put};

use super::Import;
use super::rates::prices;
use super::record::{ClientRecord, ContractRecord, GroupRecord, ProfileLineRecord, ProfileRecord, Record};
use super::thing::{Thing, Told};
use super::units::{Failed, Unit, at, each};
use crate::operate::{self, Credentials};

/// The records of a step, the last one of each thing.
#[derive(Default)]
pub(super) struct Step {
    told: BTreeMap<Thing, Told<Record>>,
}

/// The same by kind, in the order of their lines.
#[derive(Default)]
pub(super) struct Kinds {
    gone: Vec<Told<Thing>>,
    /// What is set whatever is there.
    plain: Vec<Unit>,
    plans: Vec<Told<Plan>>,
    clients: Vec<Told<ClientRecord>>,
    groups: Vec<Told<GroupRecord>>,
    recordings: Vec<Told<Recording>>,
    bills: Vec<Told<Bill>>,
    documents: Vec<Told<Document>>,
    pub(super) contracts: BTreeMap<ContractId, Told<ContractRecord>>,
    series: Vec<Told<Series>>,
    customers: Vec<Told<Customer>>,
    accounts: Vec<Told<Account>>,
    pub(super) profiles: Vec<Told<ProfileRecord>>,
    pub(super) lines: Vec<Told<Subscriber>>,
    listed: Vec<Told<ProfileLineRecord>>,
    sites: Vec<Told<Site>>,
}

impl Step {
    /// Adds a line's record. Rates are added before the first step.
    pub(super) fn add(&mut self, line: u64, record: Record) {
        if let Some(thing) = record.thing() {
            self.told.insert(thing, Told { line, value: record });
        }
    }

    /// The step, by kind.
    pub(super) fn sorted(self) -> Result<Kinds, Failed> {
        let mut told: Vec<_> = self.told.into_values().collect();
        told.sort_by_key(|told| told.line);
        let mut kinds = Kinds::default();
        for Told { line, value } in told {
            kinds.add(line, value)?;
        }
        Ok(kinds)
    }
}

impl Kinds {
    fn add(&mut self, line: u64, record: Record) -> Result<(), Failed> {
        match record {
            Record::Tariff(_) | Record::Sheet(_) => {}
            Record::Client(value) => self.clients.push(Told { line, value }),
            Record::Plan(value) => self.plans.push(Told { line, value }),
            Record::Customer(value) => self.customers.push(Told { line, value }),
            Record::Contract(value) => {
                self.contracts.insert(value.id.clone(), Told { line, value });
            }
            Record::Account(value) => self.accounts.push(Told { line, value: *value }),
            Record::Profile(value) => self.profiles.push(Told { line, value: *value }),
            Record::Subscriber(value) => self.lines.push(Told { line, value: *value }),
            Record::ProfileLine(value) => self.listed.push(Told { line, value }),
            Record::Site(value) => self.sites.push(Told { line, value }),
            Record::Series(value) => self.series.push(Told { line, value: *value }),
            Record::Group(value) => self.groups.push(Told { line, value }),
            Record::Bill(value) => self.bills.push(Told { line, value: *value }),
            Record::Recording(value) => self.recordings.push(Told { line, value: *value }),
            Record::Document(value) => self.documents.push(Told { line, value }),
            Record::Remove(value) => self.gone.push(Told { line, value }),
            record => {
                let changes = plain(&record).map_err(at(line))?;
                self.plain.push(Unit { line, changes });
            }
        }
        Ok(())
    }
}

/// What a record sets that needs to know nothing of what is there.
pub(super) fn plain(record: &Record) -> Result<Changes, shared::error::Error> {
    let mut changes = Changes::new();
    match record {
        Record::Offer(offer) => changes.put_offer(offer)?,
        Record::Service(service) => changes.put_service(service)?,
        Record::Product(product) => changes.put_product(product)?,
        Record::Call(record) => changes.put_call(&record.msisdn, &record.call)?,
        Record::Usage(usage) => changes.put_traffic(&usage.msisdn.clone(), &usage.clone().into()),
        _ => {}
    }
    Ok(changes)
}

impl Import<'_> {
    /// Sets the records of a step. `rates` are the newest, whose prices plans show; `told` are the contracts that have a record of
    /// their own in the file.
    pub(super) async fn load(
        &self,
        step: Step,
        rates: &Tariff,
        told: &BTreeSet<ContractId>,
    ) -> Result<Vec<Credentials>, Failed> {
        let kinds = step.sorted()?;
        let contracts = kinds.named(told);
        self.remove(kinds.gone).await?;
        self.load_customers(&kinds.customers).await?;
        self.load_contracts(contracts).await?;
        self.load_series(&kinds.series).await?;
        let retired = self.load_plans(kinds.plans, rates).await?;
        self.set(kinds.plain).await?;
        self.load_groups(kinds.groups).await?;
        self.load_bills(kinds.bills).await?;
        self.load_documents(kinds.documents).await?;
        self.close_upgrades_to(&retired).await?;
        self.load_accounts(kinds.accounts).await?;
        self.load_profiles(kinds.profiles).await?;
        self.load_lines(kinds.lines).await?;
        self.load_listed(kinds.listed).await?;
        self.load_sites(kinds.sites).await?;
        self.load_recordings(kinds.recordings).await?;
        self.load_clients(kinds.clients).await
    }

    /// Sets plans, and tells which main plans are not sold any more.
    async fn load_plans(&self, plans: Vec<Told<Plan>>, rates: &Tariff) -> Result<BTreeSet<PlanId>, Failed> {
        let (mut retired, mut units) = (BTreeSet::new(), Vec::new());
        for Told { line, value: mut plan } in plans {
            plan.prices = prices(rates, &plan).map_err(at(line))?;
            if plan.status == PlanStatus::Retired && plan.is_main() {
                retired.insert(plan.id.clone());
            }
            let mut changes = Changes::new();
            changes.put_plan(&plan).map_err(at(line))?;
            units.push(Unit { line, changes });
        }
        self.set(units).await?;
        Ok(retired)
    }

    /// Creates clients that are not there.
    async fn load_clients(&self, clients: Vec<Told<ClientRecord>>) -> Result<Vec<Credentials>, Failed> {
        let create = async |Told { line, value }: Told<ClientRecord>| {
            operate::create(self.writer, self.ring, value, self.clock.now()).await.map_err(at(line))
        };
        let made = each(clients, create).await?;
        Ok(made.into_iter().filter(|(_, put)| *put == Put::Created).map(|(credentials, _)| credentials).collect())
    }
}

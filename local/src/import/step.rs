//! A step of a load: the records of some lines, set together.
//!
//! Of several records of one thing only the last one of a step is set, so what the table has before the step is what the
//! record's old place is, and no record leaves something behind for the next one to miss. The order in which kinds are set
//! is the order in which they need each other; a step that was cut off is done again whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use shared::domain::account::Account;
use shared::domain::bill::Bill;
use shared::domain::billing::series::Series;
use shared::domain::billing::tariff::Tariff;
use shared::domain::catalogue::PlanStatus;
use shared::domain::customer::{BillingGroup, Customer};
use shared::domain::ids::{AccountId, ContractId, CustomerCode, PlanId, ProfileId, SeriesId};
use shared::domain::msisdn::Msisdn;
use shared::domain::profile::Line;
use shared::domain::recording::Recording;
use shared::domain::site::Site;
use shared::domain::subscriber::Subscriber;
use shared::error::Error;
use shared::table::{Changes, ImportProgress, Put, SitePlace};

use super::Import;
use super::rates::prices;
use super::record::{ClientRecord, ContractRecord, GroupRecord, ProfileRecord, Record};
use crate::operate::{self, Credentials};

/// Bills that are looked for at once.
const AT_ONCE: usize = 16;

/// The records of a step.
#[derive(Default)]
pub(super) struct Step {
    /// What is set whatever is there.
    changes: Changes,
    /// Plans among it that are not sold any more.
    retired: BTreeSet<PlanId>,
    clients: Vec<ClientRecord>,
    recordings: Vec<Recording>,
    bills: Vec<Bill>,
    pub(super) contracts: BTreeMap<ContractId, ContractRecord>,
    series: BTreeMap<SeriesId, Series>,
    pub(super) customers: BTreeMap<CustomerCode, Customer>,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) profiles: BTreeMap<ProfileId, ProfileRecord>,
    pub(super) lines: BTreeMap<Msisdn, Subscriber>,
    pub(super) listed: BTreeMap<(ProfileId, Msisdn), Line>,
    pub(super) sites: BTreeMap<SitePlace, Site>,
}

impl Step {
    /// `rates` are the newest, whose prices plans show.
    pub(super) fn add(&mut self, record: Record, rates: &Tariff, now: DateTime<Utc>) -> Result<(), Error> {
        match record {
            Record::Client(client) => self.clients.push(client),
            Record::Plan(mut plan) => {
                plan.prices = prices(rates, &plan)?;
                match plan.status {
                    PlanStatus::Retired if plan.is_main() => self.retired.insert(plan.id.clone()),
                    _ => self.retired.remove(&plan.id),
                };
                self.changes.put_plan(&plan)?;
            }
            Record::Offer(offer) => self.changes.put_offer(&offer)?,
            // Versions of the rates are added before the first step.
            Record::Tariff(_) | Record::Sheet(_) => {}
            Record::Service(service) => self.changes.put_service(&service)?,
            Record::Customer(customer) => {
                self.customers.insert(customer.code.clone(), customer);
            }
            Record::Contract(record) => {
                self.contracts.insert(record.id.clone(), record);
            }
            Record::Account(account) => {
                self.accounts.insert(account.id.clone(), *account);
            }
            Record::Profile(record) => {
                self.profiles.insert(record.profile.id.clone(), *record);
            }
            Record::Subscriber(line) => {
                self.lines.insert(line.msisdn.clone(), *line);
            }
            Record::ProfileLine(record) => {
                self.listed.insert((record.profile, record.line.msisdn.clone()), record.line);
            }
            Record::Site(site) => {
                self.sites.insert(SitePlace::of(&site), site);
            }
            Record::Series(series) => {
                self.series.insert(series.id.clone(), *series);
            }
            Record::Group(GroupRecord { customer, id, address }) => {
                self.changes.put_group(&customer, &BillingGroup { id, address, since: None })?;
            }
            Record::Bill(bill) => {
                self.changes.put_bill(&bill, now)?;
                self.bills.push(*bill);
            }
            Record::Product(product) => self.changes.put_product(&product)?,
            Record::Call(record) => self.changes.put_call(&record.msisdn, &record.call)?,
            Record::Recording(recording) => self.recordings.push(*recording),
            Record::Document(document) => self.changes.put_document(&document)?,
            Record::Usage(usage) => self.changes.put_traffic(&usage.msisdn.clone(), &usage.into()),
        }
        Ok(())
    }
}

impl Import<'_> {
    /// Bills that were loaded before with another customer or day leave their old places.
    async fn make_room(&self, bills: &[Bill]) -> Result<(), Error> {
        for some in bills.chunks(AT_ONCE) {
            let found = try_join_all(some.iter().map(|bill| self.writer.reader().displaced(bill))).await?;
            for displaced in found.into_iter().flatten() {
                let mut changes = Changes::new();
                changes.remove_displaced(&displaced);
                self.writer.commit(changes, None, self.clock.now()).await?;
            }
        }
        Ok(())
    }

    /// Sets the records of a step, then remembers that it is done.
    pub(super) async fn load(&self, step: Step, digest: &str, lines: u64) -> Result<Vec<Credentials>, Error> {
        self.load_customers(&step.customers).await?;
        self.load_contracts(&step.contracts()).await?;
        self.load_series(&step.series).await?;
        self.make_room(&step.bills).await?;
        self.writer.load(step.changes).await?;
        self.close_upgrades_to(&step.retired, digest).await?;
        self.load_accounts(&step.accounts).await?;
        self.load_profiles(step.profiles).await?;
        self.load_lines(step.lines).await?;
        self.load_listed(step.listed).await?;
        self.load_sites(&step.sites).await?;
        let mut created = Vec::new();
        for client in step.clients {
            let (credentials, put) = operate::create(self.writer, self.ring, client, self.clock.now()).await?;
            if put == Put::Created {
                created.push(credentials);
            }
        }
        for recording in &step.recordings {
            self.writer.create_recording(recording, self.clock.now()).await?;
        }
        let mut progress = Changes::new();
        progress.put_import_progress(digest, &ImportProgress { lines })?;
        self.writer.load(progress).await?;
        Ok(created)
    }
}

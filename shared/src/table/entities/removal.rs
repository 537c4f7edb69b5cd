//! What an import takes away. Each removes all places of a thing that this table knows; removed again, nothing changes.
//!
//! What others have made of a thing stays: purchases, charges, payments and bills that were issued here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::account::Account;
use crate::domain::billing::owner::ContractOwner;
use crate::domain::billing::series::Series;
use crate::domain::customer::Customer;
use crate::domain::ids::{
    AppName, CallId, ClientId, ContractId, CustomerCode, GroupId, OfferId, Partnum, PlanId, RecordId, SourceId,
};
use crate::domain::msisdn::Msisdn;
use crate::domain::period::Hour;
use crate::domain::profile::Profile;
use crate::domain::recording::Recording;
use crate::domain::site::Site;
use crate::domain::subscriber::Subscriber;
use crate::domain::usage::Traffic;
use crate::error::Result;
use crate::table::item::{self, Stored, values};
use crate::table::{Changes, Reader, keys};

/// What is left of a line that was taken away: whoever has the number next sees nothing of before, and no revision comes twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerLine {
    /// The number.
    pub msisdn: Msisdn,
    /// When it was taken away.
    pub at: DateTime<Utc>,
    /// The line's last revision.
    pub revision: u64,
}

impl Reader {
    /// What is left of those of many numbers that were lines, in no order. One batch of strong reads for each hundred, a unit
    /// each.
    pub async fn former_lines(&self, numbers: impl IntoIterator<Item = &Msisdn>) -> Result<Vec<FormerLine>> {
        values(self.batch(numbers.into_iter().map(keys::former_line)).await?)
    }
}

impl Changes {
    /// Removes a client: its tokens are refused within the authorizer's cache time.
    pub fn remove_client(&mut self, id: &ClientId) {
        self.delete(keys::client(id), false);
        self.delete(keys::client_name(id), false);
    }

    /// Removes a plan from the catalogue.
    pub fn remove_plan(&mut self, id: &PlanId) {
        self.delete(keys::plan(id), false);
    }

    /// Removes an offer from the catalogue. Whoever has bought it keeps it.
    pub fn remove_offer(&mut self, id: &OfferId) {
        self.delete(keys::offer(id), false);
    }

    /// Removes a service from the catalogue. Profiles that have it keep it.
    pub fn remove_service(&mut self, partnum: &Partnum) {
        self.delete(keys::catalogue_service(partnum), false);
    }

    /// Removes the line that was loaded, if nobody has changed it since, and keeps that there was one.
    pub fn remove_subscriber(&mut self, before: &Stored<Subscriber>, now: DateTime<Utc>) -> Result<()> {
        let Subscriber { msisdn, .. } = &before.value;
        let former = FormerLine { msisdn: msisdn.clone(), at: now, revision: before.next_rev() };
        self.delete_at(keys::subscriber(msisdn), before.rev);
        self.put(item::item(keys::former_line(msisdn), &former)?);
        Ok(())
    }

    /// Removes what one source tells of an app's traffic in an hour.
    pub fn remove_traffic(&mut self, msisdn: &Msisdn, (hour, app, source): (Hour, &AppName, &SourceId)) {
        let traffic =
            Traffic { hour, app: app.clone(), source: source.clone(), bytes: 0, ingested_at: DateTime::UNIX_EPOCH };
        self.delete(keys::traffic(msisdn, &traffic), false);
    }

    /// Removes a call of a line, whoever tells it.
    pub fn remove_call(&mut self, msisdn: &Msisdn, start: DateTime<Utc>, id: &RecordId) {
        self.delete(keys::call(msisdn, start, id), false);
    }

    /// Removes a customer with its identities. Its bills, groups and products are in its partition, and unreachable.
    pub fn remove_customer(&mut self, customer: &Customer) {
        customer.identities.iter().for_each(|identity| self.remove_identity(identity, &customer.code));
        self.delete(keys::customer(&customer.code), false);
    }

    /// Removes a contract that nothing was written on, if nobody has changed it since it was loaded.
    pub fn remove_contract(&mut self, before: &Stored<ContractOwner>) {
        let id: &ContractId = &before.contract.id;
        self.delete_at(keys::contract(id), before.rev);
        before.listed.into_iter().for_each(|day| self.delete(keys::cycle(day, id), false));
    }

    /// Removes a series, if nobody has taken a number of it since it was loaded.
    pub fn remove_series(&mut self, before: &Stored<Series>) {
        self.delete_at(keys::series(&before.id), before.rev);
    }

    /// Removes a billing group, if there is one. Its bills stay.
    pub fn remove_group_if_any(&mut self, customer: &CustomerCode, id: &GroupId) {
        self.delete(keys::group(customer, id), false);
    }

    /// Removes an account and its copy.
    pub fn remove_account(&mut self, before: &Account) {
        self.delete(keys::account(&before.id), false);
        self.delete(keys::document_account(&before.document, &before.id), false);
    }

    /// Removes a profile and its place in its account. Its services have an item of their own, which stays: their revisions name
    /// what the ledger has.
    pub fn remove_profile(&mut self, before: &Profile) {
        self.delete(keys::profile(&before.id), false);
        self.delete(keys::account_profile(&before.account, &before.id), false);
    }

    /// Removes a site.
    pub fn remove_site(&mut self, site: &Site) {
        self.delete(keys::site(&site.document, &site.id), false);
    }

    /// Removes a kept recording and its place in its extension's list, if nobody has changed it since it was loaded. Its files
    /// are in the bucket still.
    pub fn remove_recording(&mut self, kept: &Stored<Recording>) {
        let id: CallId = kept.id;
        self.delete_at(keys::recording(id), kept.rev);
        self.delete(keys::recording_of_extension(kept), false);
    }
}

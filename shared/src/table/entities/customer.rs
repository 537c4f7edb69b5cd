//! A customer's partition: groups before the owner, bills and products after it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::bill::Bill;
use crate::domain::customer::{BillingGroup, Customer, Product};
use crate::domain::identity::Identity;
use crate::domain::ids::{ContractId, CustomerCode, GroupId};
use crate::domain::msisdn::Msisdn;
use crate::domain::owned::{Owned, Sight};
use crate::error::Result;
use crate::table::item::{self, Stored, stored, text_of, value};
use crate::table::keys::{self, SK};
use crate::table::page::Sieve;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Paged, Reader, Window};

/// Age at which an identity is looked up again.
const FRESH: Duration = Duration::seconds(60);
/// Most identities in the cache; a full cache is emptied.
const KEPT: usize = 10_000;

/// A customer with its billing groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerGroups {
    /// The customer.
    pub customer: Customer,
    /// Its groups, by id.
    pub groups: Vec<Stored<BillingGroup>>,
    /// The group that was created last.
    newest: Option<Stored<NewestGroup>>,
}

/// The billing group of a customer that was created last. Each creation changes it at the revision it was loaded at, so no
/// two at once exceed the number of groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct NewestGroup {
    group: GroupId,
}

impl Owned for CustomerGroups {
    fn customer(&self) -> &CustomerCode {
        &self.customer.code
    }
}

impl CustomerGroups {
    /// The group with this id.
    pub fn group(&self, id: &GroupId) -> Option<&Stored<BillingGroup>> {
        self.groups.iter().find(|group| group.id == *id)
    }
}

#[derive(Serialize, Deserialize)]
struct Means {
    customer: CustomerCode,
}

type Known = HashMap<Identity, (DateTime<Utc>, BTreeSet<CustomerCode>)>;

/// Cached customers by identity, shared by all requests of a process. For reads only: a write asks the table.
#[derive(Clone, Default)]
pub struct IdentityCache(Arc<Mutex<Known>>);

impl IdentityCache {
    /// The customers with an identity that the caller sees. Half a unit for one eventual
    /// query, if none is cached: who sees none of them learns nothing from how long it takes.
    pub async fn customers(
        &self,
        reader: &Reader,
        identity: &Identity,
        now: DateTime<Utc>,
        sight: &impl Sight,
    ) -> Result<BTreeSet<CustomerCode>> {
        let seen = |customers: BTreeSet<CustomerCode>| -> BTreeSet<_> {
            customers.into_iter().filter(|customer| sight.sees(customer)).collect()
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(identity).cloned();
        let known = known.filter(|(read_at, _)| *read_at <= now && now - *read_at < FRESH);
        let known = known.map(|(_, customers)| seen(customers)).filter(|customers| !customers.is_empty());
        if let Some(customers) = known {
            return Ok(customers);
        }
        let found = reader.identified(identity, Freshness::Eventual).await?;
        if !found.is_empty() {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= KEPT {
                known.clear();
            }
            known.insert(identity.clone(), (now, found.clone()));
        }
        Ok(seen(found))
    }
}

impl Reader {
    /// The customers with an identity, now. One strong query of `ID#kind#number`, one unit.
    ///
    /// The customer's own item decides: older imports have left identities behind that it no longer has.
    pub async fn customers_by(&self, identity: &Identity) -> Result<BTreeSet<CustomerCode>> {
        self.identified(identity, Freshness::Strong).await
    }

    async fn identified(&self, identity: &Identity, freshness: Freshness) -> Result<BTreeSet<CustomerCode>> {
        let items = self.query(keys::identities(identity), freshness, Order::Ascending).await?;
        items.into_iter().map(|item| value::<Means>(item).map(|means| means.customer)).collect()
    }

    /// A customer. One strong get.
    pub async fn customer(&self, code: &CustomerCode) -> Result<Option<Customer>> {
        self.get(keys::customer(code), Freshness::Strong).await?.map(value).transpose()
    }

    /// The customers among these that exist, in no order. One batch of strong reads per hundred, one unit each.
    pub async fn customers(&self, codes: impl IntoIterator<Item = &CustomerCode>) -> Result<Vec<Customer>> {
        let items = self.batch(codes.into_iter().map(keys::customer)).await?;
        items.into_iter().map(value).collect()
    }

    /// The billing groups among these, each with its customer's, in their order. One batch of strong reads per hundred, one unit
    /// each.
    pub async fn groups_at(&self, groups: &[(&CustomerCode, &GroupId)]) -> Result<Vec<Option<Stored<BillingGroup>>>> {
        let keys: Vec<_> = groups.iter().map(|(customer, id)| keys::group(customer, id)).collect();
        let mut found: HashMap<_, _> =
            self.batch(keys.iter().cloned()).await?.into_iter().map(|item| (item::key_of(&item), item)).collect();
        keys.iter().map(|key| found.remove(key).map(stored).transpose()).collect()
    }

    /// A line in the list of products. One strong get.
    pub async fn product(
        &self,
        customer: &CustomerCode,
        contract: &ContractId,
        msisdn: &Msisdn,
    ) -> Result<Option<Product>> {
        let Some(key) = keys::product_of(customer, contract, msisdn) else { return Ok(None) };
        self.get(key, Freshness::Strong).await?.map(value).transpose()
    }

    /// A customer and its billing groups. One strong query.
    pub async fn customer_and_groups(&self, code: &CustomerCode) -> Result<Option<CustomerGroups>> {
        self.customer_and_groups_at(code, Freshness::Strong).await
    }

    /// The same as a bill is addressed: a change of a moment ago may not be on it. One query, half a unit.
    pub async fn addressee(&self, code: &CustomerCode) -> Result<Option<CustomerGroups>> {
        self.customer_and_groups_at(code, Freshness::Eventual).await
    }

    async fn customer_and_groups_at(
        &self,
        code: &CustomerCode,
        freshness: Freshness,
    ) -> Result<Option<CustomerGroups>> {
        let mut items = self.query(keys::groups_and_customer(code), freshness, Order::Ascending).await?;
        // The customer comes last; without it there is none.
        let Some(owner) = items.pop_if(|item| text_of(item, SK) == Some(&keys::customer(code).sk)) else {
            return Ok(None);
        };
        let customer = value(owner)?;
        let newest = items.iter().position(|item| text_of(item, SK) == Some(keys::NEWEST_GROUP));
        let newest = newest.map(|at| stored(items.remove(at))).transpose()?;
        Ok(Some(CustomerGroups { customer, groups: items.into_iter().map(stored).collect::<Result<_>>()?, newest }))
    }

    /// A page of a customer's bills of a range of days, newest first, filtered. One query per page, half a unit per 4
    /// KB.
    pub async fn bills(
        &self,
        code: &CustomerCode,
        days: (Option<NaiveDate>, Option<NaiveDate>),
        window: &Window,
        pass: Option<impl Fn(&Bill) -> bool>,
    ) -> Result<Paged<Bill>> {
        let sieve = if pass.is_some() { Sieve::Some } else { Sieve::All };
        let (first, last) = days;
        self.page(keys::bills(code, first, last), Freshness::Eventual, window, sieve, |item| {
            let bill: Bill = value(item)?;
            Ok(pass.as_ref().is_none_or(|pass| pass(&bill)).then_some(bill))
        })
        .await
    }

    /// A page of a customer's products, by contract and line. One query, half a unit per 4 KB.
    pub async fn products(&self, code: &CustomerCode, window: &Window) -> Result<Paged<Product>> {
        self.page(keys::products(code), Freshness::Eventual, window, Sieve::All, |item| value(item).map(Some)).await
    }
}

impl Changes {
    /// Sets a customer with all its identities, unconditionally; imports only.
    pub fn put_customer(&mut self, customer: &Customer) -> Result<()> {
        for identity in &customer.identities {
            let means = Means { customer: customer.code.clone() };
            self.put(item::item(keys::identity(identity, &customer.code), &means)?);
        }
        self.put(item::item(keys::customer(&customer.code), customer)?);
        Ok(())
    }

    /// Creates a billing group; an id that is taken, and another creation since the customer was loaded, make the commit
    /// stale.
    pub fn create_group(&mut self, of: &CustomerGroups, group: &BillingGroup) -> Result<()> {
        let customer = &of.customer.code;
        self.create(item::first(keys::group(customer, &group.id), group)?);
        let (key, newest) = (keys::newest_group(customer), NewestGroup { group: group.id.clone() });
        match &of.newest {
            None => self.create(item::first(key, &newest)?),
            Some(before) => self.update(key, before, &newest)?,
        }
        Ok(())
    }

    /// Sets a billing group that is new, unconditionally; imports only.
    pub fn put_group(&mut self, customer: &CustomerCode, group: &BillingGroup, now: DateTime<Utc>) -> Result<()> {
        self.put(item::imported(keys::group(customer, &group.id), group, now)?);
        Ok(())
    }

    /// Replaces the group, if it has not changed since it was loaded.
    pub fn update_group(
        &mut self,
        customer: &CustomerCode,
        before: &Stored<BillingGroup>,
        after: &BillingGroup,
    ) -> Result<()> {
        self.update(keys::group(customer, &before.id), before, after)
    }

    /// Removes a group; if it is gone already, the commit is stale. Its bills stay.
    pub fn remove_group(&mut self, customer: &CustomerCode, id: &GroupId) {
        self.delete(keys::group(customer, id), true);
    }

    /// Sets a line of the list of products, unconditionally; imports only.
    pub fn put_product(&mut self, product: &Product) -> Result<()> {
        self.put(item::item(keys::product(product), product)?);
        Ok(())
    }

    /// Removes a line from a customer's list of products.
    pub fn remove_product(&mut self, customer: &CustomerCode, contract: &ContractId, msisdn: &Msisdn) {
        if let Some(key) = keys::product_of(customer, contract, msisdn) {
            self.delete(key, false);
        }
    }

    /// Removes an identity that the customer no longer has.
    pub fn remove_identity(&mut self, identity: &Identity, customer: &CustomerCode) {
        self.delete(keys::identity(identity, customer), false);
    }
}

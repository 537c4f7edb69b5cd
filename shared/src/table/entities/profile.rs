//! A profile's partition: its lines, the profile itself, and all its services in one item.
//!
//! Because the services are one item with a revision, any change of them is all or nothing, and two changes at once
//! never undo each other.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::account::Account;
use crate::domain::ids::{ContractId, CustomerCode, Partnum, ProfileId};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::owned::Owned;
use crate::domain::profile::{Line, Profile};
use crate::domain::service::{Service, Services};
use crate::error::Result;
use crate::table::item::{self, Item, Stored, key_of, stored, text_of, value, values};
use crate::table::keys::{self, SK};
use crate::table::read::{Freshness, Order, Paged, Sieve, Window};
use crate::table::{Changes, Reader};

/// What a contract pays every month for a profile, once for each of the profile's active lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecurringCharges {
    /// The profile.
    pub profile: ProfileId,
    /// Its active services.
    pub services: Vec<RecurringCharge>,
    /// Since when these are the ones.
    pub at: DateTime<Utc>,
}

/// One service that is paid every month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecurringCharge {
    /// Its catalogue code.
    pub partnum: Partnum,
    /// What the bill calls it.
    pub name: String,
    /// The price for one line, tax not included.
    pub price: Money,
}

impl RecurringCharges {
    fn of(profile: &Profile, services: &Services, at: DateTime<Utc>) -> Self {
        let charge = |service: &Service| RecurringCharge {
            partnum: service.partnum.clone(),
            name: service.description.clone(),
            price: service.price,
        };
        Self { profile: profile.id.clone(), services: services.active().map(charge).collect(), at }
    }
}

/// A line in a profile, and whose it is: not told by older loads. A profile that changes hands does not show lines that have
/// not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedLine {
    /// The line.
    #[serde(flatten)]
    pub line: Line,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerCode>,
}

impl ListedLine {
    fn is_of(&self, profile: &Profile) -> bool {
        self.customer.as_ref().is_none_or(|customer| *customer == profile.customer)
    }
}

/// A profile with a page of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileLines {
    /// The profile.
    pub profile: Profile,
    /// Lines of its customer.
    pub lines: Paged<Line>,
}

impl Owned for ProfileLines {
    fn customer(&self) -> &CustomerCode {
        self.profile.customer()
    }
}

/// A profile's partition, taken apart.
#[derive(Default)]
struct Parts {
    lines: Vec<ListedLine>,
    profile: Option<Profile>,
    services: Option<Stored<Services>>,
}

impl Parts {
    fn of(items: Vec<Item>) -> Result<Self> {
        let mut parts = Self::default();
        for item in items {
            match text_of(&item, SK) {
                Some(keys::PROFILE) => parts.profile = Some(value(item)?),
                Some(keys::PROFILE_SERVICES) => parts.services = Some(stored(item)?),
                _ => parts.lines.push(value(item)?),
            }
        }
        Ok(parts)
    }
}

/// A profile that never had a service has no item for them.
fn or_none(services: Option<Stored<Services>>) -> Stored<Services> {
    services.unwrap_or_else(|| Stored { value: Services::default(), rev: 0 })
}

impl Reader {
    /// A profile. One eventual get of `PROF#profile`: half a unit.
    pub async fn profile(&self, id: &ProfileId) -> Result<Option<Profile>> {
        self.get(keys::profile(id), Freshness::Eventual).await?.map(value).transpose()
    }

    /// Those of many profiles that are there, in no order. One batch of strong reads for each hundred, one unit each.
    pub async fn profiles(&self, ids: impl IntoIterator<Item = &ProfileId>) -> Result<Vec<Profile>> {
        let items = self.batch(ids.into_iter().map(keys::profile)).await?;
        values(items)
    }

    /// A profile and its services. One strong query of `PROF#profile`, a unit for each 4 KB.
    pub async fn profile_and_services(&self, id: &ProfileId) -> Result<(Option<Profile>, Stored<Services>)> {
        let items = self.query(keys::profile_and_services(id), Freshness::Strong, Order::Ascending).await?;
        let parts = Parts::of(items)?;
        Ok((parts.profile, or_none(parts.services)))
    }

    /// A profile with its lines, by number, and its services. One strong query of `PROF#profile`, a unit for each 4 KB;
    /// one request for each megabyte (some five thousand lines).
    pub async fn whole_profile(&self, id: &ProfileId) -> Result<(Option<Profile>, Vec<Line>, Services)> {
        let items = self.query(keys::whole_profile(id), Freshness::Strong, Order::Ascending).await?;
        let parts = Parts::of(items)?;
        let lines =
            parts.lines.into_iter().filter(|listed| parts.profile.as_ref().is_some_and(|own| listed.is_of(own)));
        let lines = lines.map(|listed| listed.line).collect();
        Ok((parts.profile, lines, or_none(parts.services).value))
    }

    /// A profile and a page of its lines, by number. One eventual get of the profile and at the same time one eventual query
    /// of `PROF#profile`, half a unit for each 4 KB of the page; another query when the page has lines that the profile must
    /// not show.
    pub async fn profile_and_lines(&self, id: &ProfileId, window: &Window) -> Result<Option<ProfileLines>> {
        let (profile, listed) = tokio::join!(self.profile(id), self.listed_lines(id, window, |_| true));
        let Some(profile) = profile? else { return Ok(None) };
        let mut listed = listed?;
        if !listed.rows.iter().all(|listed| listed.is_of(&profile)) {
            listed = self.listed_lines(id, window, |listed| listed.is_of(&profile)).await?;
        }
        let rows = listed.rows.into_iter().map(|listed| listed.line).collect();
        Ok(Some(ProfileLines { profile, lines: Paged { rows, next: listed.next } }))
    }

    async fn listed_lines(
        &self,
        id: &ProfileId,
        window: &Window,
        passes: impl Fn(&ListedLine) -> bool,
    ) -> Result<Paged<ListedLine>> {
        let read = |item| value(item).map(|listed: ListedLine| Some(listed).filter(|listed| passes(listed)));
        self.page(keys::profile_lines(id), Freshness::Eventual, window, Sieve::All, read).await
    }

    /// All lines of a profile, whosever they are. One strong query of `PROF#profile`, a unit for each 4 KB.
    pub async fn lines_listed_in(&self, id: &ProfileId) -> Result<Vec<ListedLine>> {
        let items = self.query(keys::profile_lines(id), Freshness::Strong, Order::Ascending).await?;
        items.into_iter().map(value).collect()
    }

    /// A line of a profile. One strong get.
    pub async fn listed_line(&self, profile: &ProfileId, msisdn: &Msisdn) -> Result<Option<ListedLine>> {
        self.get(keys::profile_line(profile, msisdn), Freshness::Strong).await?.map(value).transpose()
    }

    /// Those of an account's profiles that say themselves that they are the account's, each with its services, in the order
    /// of the list. One batch of strong reads for each fifty profiles, a unit for each profile and for each 4 KB of its
    /// services.
    pub async fn purchased(&self, account: &Account, list: &[Profile]) -> Result<Vec<(Profile, Stored<Services>)>> {
        let places = |listed: &Profile| [keys::profile(&listed.id), keys::profile_services(&listed.id)];
        let mut items: HashMap<_, _> = HashMap::new();
        for item in self.batch(list.iter().flat_map(places)).await? {
            items.insert(key_of(&item), item);
        }
        let mut found = Vec::new();
        for [profile, services] in list.iter().map(places) {
            let profile: Option<Profile> = items.remove(&profile).map(value).transpose()?;
            let services = items.remove(&services).map(stored).transpose().map(or_none)?;
            found.extend(profile.filter(|own| account.has(own)).map(|own| (own, services)));
        }
        Ok(found)
    }

    /// What a contract pays every month, profile by profile. One query.
    pub async fn recurring_charges(&self, contract: &ContractId) -> Result<Vec<RecurringCharges>> {
        let range = keys::all_recurring_charges(contract);
        let items = self.query(range, Freshness::Strong, Order::Ascending).await?;
        values(items)
    }
}

impl Changes {
    /// Sets a profile, its place in its account, its services and what its contract pays for them, whatever they were.
    pub fn put_profile(&mut self, profile: &Profile, services: &Services, now: DateTime<Utc>) -> Result<()> {
        self.put(item::item(keys::profile(&profile.id), profile)?);
        self.put(item::item(keys::account_profile(&profile.account, &profile.id), profile)?);
        self.put(item::imported(keys::profile_services(&profile.id), services, now)?);
        self.put_recurring_charges(profile, services, now)
    }

    /// Takes away what is kept of a profile under the account and the contract it had, where it has others now. To be
    /// written before the profile itself, which is what tells of the old places.
    pub fn move_profile(&mut self, before: &Profile, after: &Profile) {
        if before.account != after.account {
            self.delete(keys::account_profile(&before.account, &before.id), false);
        }
        if before.contract != after.contract {
            self.delete(keys::recurring_charges(&before.contract, &before.id), false);
        }
    }

    /// Sets a line of a profile, whatever it was: writing it again changes nothing.
    pub fn put_profile_line(&mut self, profile: &ProfileId, listed: &ListedLine) -> Result<()> {
        self.put(item::item(keys::profile_line(profile, &listed.line.msisdn), listed)?);
        Ok(())
    }

    /// Takes a line out of a profile.
    pub fn remove_profile_line(&mut self, profile: &ProfileId, msisdn: &Msisdn) {
        self.delete(keys::profile_line(profile, msisdn), false);
    }

    /// The services of a profile become `after`, if nobody has changed them since they were loaded.
    pub fn update_services(&mut self, profile: &Profile, before: &Stored<Services>, after: &Services) -> Result<()> {
        let key = keys::profile_services(&profile.id);
        match before.rev {
            0 => self.create(item::first(key, after)?),
            _ => self.update(key, before, after)?,
        }
        Ok(())
    }

    /// Sets what the profile's contract pays every month. Whole, so that doing it again changes nothing.
    pub fn put_recurring_charges(&mut self, profile: &Profile, services: &Services, at: DateTime<Utc>) -> Result<()> {
        let charges = RecurringCharges::of(profile, services, at);
        self.put(item::item(keys::recurring_charges(&profile.contract, &profile.id), &charges)?);
        Ok(())
    }
}

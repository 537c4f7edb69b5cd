//! A profile's partition: its lines, the profile itself, and all its services in one item.
//!
//! The services are one item with a revision, so a change of them is all or nothing, and concurrent changes never undo
//! each other.

use std::collections::HashMap;

use crate::domain::account::Account;
use crate::domain::ids::{CustomerCode, ProfileId};
use crate::domain::msisdn::Msisdn;
use crate::domain::owned::{Owned, Sight};
use crate::domain::profile::{Line, Profile, TOO_LARGE};
use crate::domain::service::Services;
use crate::error::{Invalid, Result};
use crate::table::item::{self, Item, Stored, key_of, stored, text, text_of, value, values};
use crate::table::keys::{self, SK};
use crate::table::page::{Paged, Window};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// A line of a profile, with its customer, which older imports did not set. A profile that changed hands does not show
/// lines that did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedLine {
    /// The line.
    pub line: Line,
    /// Its customer.
    pub customer: Option<CustomerCode>,
}

/// Most megabytes of a whole profile: twice what an answer holds.
const MEGABYTES: usize = 12;

/// The attribute with a listed line's customer, beside the line's own.
const CUSTOMER: &str = "customer";

impl ListedLine {
    fn of(item: Item) -> Result<Self> {
        let customer = text_of(&item, CUSTOMER).map(str::parse).transpose();
        let customer = customer.map_err(|invalid: Invalid| invalid.field(CUSTOMER))?;
        Ok(Self { line: value(item)?, customer })
    }

    fn is_of(&self, profile: &Profile) -> bool {
        self.customer.as_ref().is_none_or(|customer| *customer == profile.customer)
    }
}

/// A profile with a page of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileLines {
    /// The profile.
    pub profile: Profile,
    /// Lines of the profile's customer.
    pub lines: Paged<Line>,
}

impl Owned for ProfileLines {
    fn customer(&self) -> &CustomerCode {
        self.profile.customer()
    }
}

/// The items of a profile's partition.
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
                _ => parts.lines.push(ListedLine::of(item)?),
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

    /// The profiles among these that exist, in no order. One batch of strong reads per hundred, one unit each.
    pub async fn profiles(&self, ids: impl IntoIterator<Item = &ProfileId>) -> Result<Vec<Profile>> {
        let items = self.batch(ids.into_iter().map(keys::profile)).await?;
        values(items)
    }

    /// A profile and its services. One strong query of `PROF#profile`, one unit per 4 KB.
    pub async fn profile_and_services(&self, id: &ProfileId) -> Result<(Option<Profile>, Stored<Services>)> {
        let items = self.query(keys::profile_and_services(id), Freshness::Strong, Order::Ascending).await?;
        let parts = Parts::of(items)?;
        Ok((parts.profile, or_none(parts.services)))
    }

    /// A profile with its lines, by number, and its services. One strong query of `PROF#profile`, one unit per 4 KB;
    /// one request per megabyte (some five thousand lines).
    ///
    /// # Errors
    /// 403 for a profile that is more than an answer holds.
    pub async fn whole_profile(&self, id: &ProfileId) -> Result<(Option<Profile>, Vec<Line>, Services)> {
        let items = self.query_within(keys::whole_profile(id), Freshness::Strong, MEGABYTES).await?;
        let parts = Parts::of(items.ok_or(TOO_LARGE)?)?;
        let lines =
            parts.lines.into_iter().filter(|listed| parts.profile.as_ref().is_some_and(|own| listed.is_of(own)));
        let lines = lines.map(|listed| listed.line).collect();
        Ok((parts.profile, lines, or_none(parts.services).value))
    }

    /// A profile that the caller sees and a page of its lines, by number. One eventual get of the profile, beside or after
    /// it one eventual query of `PROF#profile`, half a unit per 4 KB of the page; another query when the page has lines
    /// that must not be shown.
    pub async fn profile_and_lines(
        &self,
        id: &ProfileId,
        window: &Window,
        sight: &impl Sight,
    ) -> Result<Option<ProfileLines>> {
        let range = (keys::profile_lines(id), window);
        let found = self.owner_and_list(sight, self.profile(id), range, ListedLine::of, ListedLine::is_of).await?;
        Ok(found.map(|(profile, lines)| ProfileLines { profile, lines: lines.map(|listed| listed.line) }))
    }

    /// All lines of a profile, of any customer. One strong query of `PROF#profile`, one unit per 4 KB.
    pub async fn lines_listed_in(&self, id: &ProfileId) -> Result<Vec<ListedLine>> {
        let items = self.query(keys::profile_lines(id), Freshness::Strong, Order::Ascending).await?;
        items.into_iter().map(ListedLine::of).collect()
    }

    /// A line of a profile. One strong get.
    pub async fn listed_line(&self, profile: &ProfileId, msisdn: &Msisdn) -> Result<Option<ListedLine>> {
        self.get(keys::profile_line(profile, msisdn), Freshness::Strong).await?.map(ListedLine::of).transpose()
    }

    /// Of a page of an account's list the profiles whose own items name that account, each with its services, in the order
    /// of the list. As [`profiles_and_services`](Self::profiles_and_services).
    pub async fn purchased(&self, account: &Account, list: &[Profile]) -> Result<Vec<(Profile, Stored<Services>)>> {
        let found = self.profiles_and_services(list.iter().map(|listed| &listed.id)).await?;
        let found = found.into_iter().filter_map(|(profile, services)| Some((profile?, services)));
        Ok(found.filter(|(own, _)| account.has(own)).collect())
    }

    /// Profiles, as far as they exist, each with its services, in this order. Two batches of strong reads for each hundred,
    /// one unit for each profile and for each 4 KB of its services.
    ///
    /// A batch is no snapshot: the services come first, so that of a profile that moves in between the services are not at
    /// their revision any more.
    pub async fn profiles_and_services<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a ProfileId> + Clone,
    ) -> Result<Vec<(Option<Profile>, Stored<Services>)>> {
        let mut items: HashMap<_, _> = HashMap::new();
        for keys in [
            ids.clone().into_iter().map(keys::profile_services).collect::<Vec<_>>(),
            ids.clone().into_iter().map(keys::profile).collect(),
        ] {
            items.extend(self.batch(keys).await?.into_iter().map(|item| (key_of(&item), item)));
        }
        let mut found = Vec::new();
        for id in ids {
            let profile = items.remove(&keys::profile(id)).map(value).transpose()?;
            let services = items.remove(&keys::profile_services(id)).map(stored).transpose()?;
            found.push((profile, or_none(services)));
        }
        Ok(found)
    }
}

impl Changes {
    /// Sets a profile and its place in its account, unconditionally; it leaves the account that it had `before`.
    pub fn put_profile(&mut self, before: Option<&Profile>, profile: &Profile) -> Result<()> {
        self.put(item::item(keys::profile(&profile.id), profile)?);
        self.put(item::item(keys::account_profile(&profile.account, &profile.id), profile)?);
        if let Some(before) = before.filter(|before| before.account != profile.account) {
            self.delete(keys::account_profile(&before.account, &before.id), false);
        }
        Ok(())
    }

    /// Sets a line of a profile, unconditionally.
    pub fn put_profile_line(&mut self, profile: &ProfileId, listed: &ListedLine) -> Result<()> {
        let ListedLine { line, customer } = listed;
        let mut item = item::item(keys::profile_line(profile, &line.msisdn), line)?;
        item.extend(customer.as_ref().map(|customer| (CUSTOMER.to_owned(), text(customer.as_str()))));
        self.put(item);
        Ok(())
    }

    /// Removes a line from a profile.
    pub fn remove_profile_line(&mut self, profile: &ProfileId, msisdn: &Msisdn) {
        self.delete(keys::profile_line(profile, msisdn), false);
    }

    /// Replaces the services of a profile, if they have not changed since they were loaded.
    pub fn update_services(&mut self, profile: &Profile, before: &Stored<Services>, after: &Services) -> Result<()> {
        let key = keys::profile_services(&profile.id);
        match before.rev {
            0 => self.create(item::first(key, after)?),
            _ => self.update(key, before, after)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The size of a value in an item: texts and names in bytes, a number by its digits at most, three bytes and one for
    /// each element of what holds others.
    fn size(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(digits) => digits.len() + 2,
            AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
            AttributeValue::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>(),
            _ => 1,
        }
    }

    proptest! {
        #[test]
        fn services_take_no_more_bytes_than_they_are_counted_as(text in "[a\u{e9}\u{1F600}]{0,64}", count in 0..4_u64) {
            let price = json!({"minor": i64::MAX, "currency": "COP"});
            let charged = json!({"service": "p".repeat(64), "price": price});
            let service = |id: u64| {
                let service = json!({
                    "id": u64::MAX - id, "partnum": "p".repeat(64), "service": u64::MAX, "kind": text, "subtype": text,
                    "category": text, "description": text, "price": price, "tax_price": price, "status": "I",
                    "since": "2026-01-01", "charged": charged,
                });
                serde_json::from_value(service).unwrap()
            };
            let services = Services::new((0..count).map(service).collect());
            let item = item::first(keys::profile_services(&"1".repeat(18).parse().unwrap()), &services).unwrap();
            let taken = item.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>();
            // Beside the list: key, revision, the highest id.
            prop_assert!(taken <= services.bytes() + 200, "{taken} bytes, counted as {}", services.bytes());
        }
    }
}

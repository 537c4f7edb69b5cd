//! Corporate accounts: an account's partition, and its place in the list of its customer's document.
//!
//! An account and its copy in that list change together, at the revision that was loaded.

use chrono::{DateTime, Utc};

use crate::domain::account::{Account, Purchase};
use crate::domain::event::PurchaseCompleted;
use crate::domain::identity::Identity;
use crate::domain::ids::AccountId;
use crate::domain::owned::Sight;
use crate::domain::profile::Profile;
use crate::domain::purchase::MOST_PROFILES;
use crate::error::Result;
use crate::table::item::{self, Item, Stored, stored, text_of, value, values};
use crate::table::keys::{self, SK};
use crate::table::page::{From, Paged, Sieve, Window};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// Profiles of an account that are read at a time: a purchase changes no more at once.
const STRETCH: usize = MOST_PROFILES;

impl Reader {
    /// An account. One eventual get of `ACCT#account`: half a unit while the item stays under 4 KB.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        self.get(keys::account(id), Freshness::Eventual).await?.map(value).transpose()
    }

    /// The accounts among these that exist, in no order. One batch of strong reads per hundred, one unit each.
    pub async fn accounts(&self, ids: impl IntoIterator<Item = &AccountId>) -> Result<Vec<Account>> {
        let items = self.batch(ids.into_iter().map(keys::account)).await?;
        values(items)
    }

    /// The same, for a change.
    pub async fn accounts_to_change(&self, ids: impl IntoIterator<Item = &AccountId>) -> Result<Vec<Stored<Account>>> {
        self.batch(ids.into_iter().map(keys::account)).await?.into_iter().map(stored).collect()
    }

    /// An account that the caller sees and a page of the copies of its profiles, by id, for display. One eventual get of
    /// the account, beside or after it one eventual query of `ACCT#account`, half a unit per 4 KB of the page.
    pub async fn account_and_profiles(
        &self,
        id: &AccountId,
        window: &Window,
        sight: &impl Sight,
    ) -> Result<Option<(Account, Paged<Profile>)>> {
        let range = (keys::account_profiles(id), window);
        let is_of = |copy: &Profile, account: &Account| account.has(copy);
        self.owner_and_list(sight, self.account(id), range, value, is_of).await
    }

    /// An account for a change, with the first copies of its profiles. One strong query of `ACCT#account`, one unit per
    /// 4 KB.
    pub async fn account_to_change(&self, id: &AccountId) -> Result<(Option<Stored<Account>>, Paged<Profile>)> {
        let window = Window { from: From::Record(0), limit: STRETCH + 1 };
        let (mut account, mut profiles) = (None, Paged::empty());
        let found =
            self.page(keys::account_and_profiles(id), Freshness::Strong, &window, Sieve::All, |item| Ok(Some(item)));
        let Paged { rows, places, next } = found.await?;
        for (item, place) in rows.into_iter().zip(places) {
            if text_of(&item, SK).is_some_and(|sk| sk.starts_with(keys::ACCOUNT_PROFILE)) {
                profiles.rows.push(value(item)?);
                profiles.places.push(place);
            } else {
                account = Some(stored(item)?);
            }
        }
        profiles.next = next;
        Ok((account, profiles))
    }

    /// The next copies of an account's profiles, after a position. One strong query.
    pub async fn profiles_to_change(&self, id: &AccountId, after: String) -> Result<Paged<Profile>> {
        let window = Window { from: From::After(after), limit: STRETCH };
        let read = |item| value(item).map(Some);
        self.page(keys::account_profiles(id), Freshness::Strong, &window, Sieve::All, read).await
    }

    /// The profiles that an account lists, whoever owns them now. One strong query, one unit per 4 KB.
    pub async fn profiles_listed_in(&self, id: &AccountId) -> Result<Vec<Profile>> {
        let mut items = self.query(keys::account_and_profiles(id), Freshness::Strong, Order::Ascending).await?;
        items.retain(|item| text_of(item, SK).is_some_and(|sk| sk.starts_with(keys::ACCOUNT_PROFILE)));
        items.into_iter().map(value).collect()
    }

    /// A page of the accounts of a document whose customer the caller sees, by id. One eventual query of
    /// `DOC#kind#number`, half a unit for each 4 KB.
    pub async fn accounts_of(
        &self,
        document: &Identity,
        window: &Window,
        sight: &impl Sight,
    ) -> Result<Paged<Account>> {
        let read = |item| value(item).map(|account: Account| Some(account).filter(|own| sight.sees(&own.customer)));
        self.page(keys::document_accounts(document), Freshness::Eventual, window, Sieve::All, read).await
    }

    /// All completed purchases of an account, oldest first. One query.
    pub async fn purchases(&self, account: &AccountId) -> Result<Vec<Purchase>> {
        let items = self.query(keys::purchases(account), Freshness::Strong, Order::Ascending).await?;
        values(items)
    }
}

impl Changes {
    /// Sets an account and its copy, unconditionally.
    pub fn put_account(&mut self, account: &Account, now: DateTime<Utc>) -> Result<()> {
        self.put(item::imported(keys::account(&account.id), account, now)?);
        self.put_document_owner(&account.document, &account.customer)?;
        self.put(copy(account)?);
        Ok(())
    }

    /// The account becomes what an import tells, if nobody has changed it since it was loaded; it leaves the list of the document
    /// that it had before.
    pub fn reload_account(&mut self, before: &Stored<Account>, after: &Account) -> Result<()> {
        self.update_account(before, after)?;
        self.put_document_owner(&after.document, &after.customer)?;
        if keys::document_account(&before.document, &before.id) != keys::document_account(&after.document, &after.id) {
            self.delete(keys::document_account(&before.document, &before.id), false);
        }
        Ok(())
    }

    /// Replaces the account and its copy, if it has not changed since it was loaded.
    pub fn update_account(&mut self, before: &Stored<Account>, after: &Account) -> Result<()> {
        self.update(keys::account(&before.id), before, after)?;
        self.put(copy(after)?);
        Ok(())
    }

    /// Adds a purchase and its event. Both are one item, so neither exists without the other, nor twice.
    pub fn add_purchase(&mut self, account: &Stored<Account>, purchase: &Purchase) -> Result<()> {
        let mut item = item::item(keys::purchase(&account.id, account.next_rev()), purchase)?;
        let event = PurchaseCompleted {
            account: &account.id,
            customer: &account.customer,
            consultant: purchase.consultant_id,
            profiles: &purchase.profiles,
            at: purchase.at,
        };
        item::tell(&mut item, &event, purchase.at)?;
        self.create(item);
        Ok(())
    }
}

fn copy(account: &Account) -> Result<Item> {
    item::item(keys::document_account(&account.document, &account.id), account)
}

//! What changes hands, and what its old place is left with: nothing.
//!
//! A record that moves something is one transaction: what it sets and what it takes away go through together, beside
//! live writes or a crash as well. A record that moves nothing is set in a batch with others, for a tenth of the time.

use std::collections::{BTreeMap, BTreeSet};

use shared::domain::account::Account;
use shared::domain::customer::Customer;
use shared::domain::ids::{AccountId, CustomerCode, Extension, ProfileId};
use shared::domain::msisdn::Msisdn;
use shared::domain::profile::Line;
use shared::domain::site::Site;
use shared::error::Error;
use shared::table::{Changes, ListedLine, SitePlace};

use super::Import;

impl Import<'_> {
    /// Identities that a customer no longer has go first: after a crash the customer still tells which they were.
    pub(super) async fn load_customers(&self, customers: &BTreeMap<CustomerCode, Customer>) -> Result<(), Error> {
        let (mut gone, mut set) = (Changes::new(), Changes::new());
        for before in self.writer.reader().customers(customers.keys()).await? {
            let after = customers.get(&before.code);
            let lost = before.identities.iter().filter(|own| after.is_some_and(|after| !after.is_known_by(own)));
            lost.for_each(|identity| gone.remove_identity(identity, &before.code));
        }
        for customer in customers.values() {
            set.put_customer(customer)?;
        }
        self.writer.load(gone).await?;
        self.writer.load(set).await
    }

    /// An account that moves leaves the list of its old document.
    pub(super) async fn load_accounts(&self, accounts: &BTreeMap<AccountId, Account>) -> Result<(), Error> {
        let now = self.clock.now();
        let before = self.writer.reader().accounts(accounts.keys()).await?;
        let before: BTreeMap<_, _> = before.into_iter().map(|account| (account.id.clone(), account)).collect();
        let mut plain = Changes::new();
        for (id, after) in accounts {
            let moved =
                before.get(id).filter(|before| before.customer != after.customer || before.document != after.document);
            let Some(before) = moved else {
                plain.put_account(after, now)?;
                continue;
            };
            let mut changes = Changes::new();
            changes.move_account(before, after);
            changes.put_account(after, now)?;
            self.writer.commit(changes, None, now).await?;
        }
        self.writer.load(plain).await
    }

    /// The lines of profiles, each with the customer its own record names.
    pub(super) async fn load_listed(&self, listed: BTreeMap<(ProfileId, Msisdn), Line>) -> Result<(), Error> {
        let numbers: BTreeSet<_> = listed.keys().map(|(_, number)| number).collect();
        let known = self.writer.reader().subscribers(numbers).await?;
        let owners: BTreeMap<_, _> = known.iter().map(|line| (&line.msisdn, &line.customer)).collect();
        let mut changes = Changes::new();
        for ((profile, number), line) in &listed {
            let customer = owners.get(number).map(|customer| (*customer).clone());
            changes.put_profile_line(profile, &ListedLine { line: line.clone(), customer })?;
        }
        self.writer.load(changes).await
    }

    /// An extension belongs to the site that named it last. A site gives back those that it no longer names, and one that
    /// another site names now is taken from its old site's list.
    pub(super) async fn load_sites(&self, sites: &BTreeMap<SitePlace, Site>) -> Result<(), Error> {
        let reader = self.writer.reader();
        let named: BTreeSet<_> = sites.values().flat_map(numbers).collect();
        let before: BTreeMap<_, _> =
            reader.sites_at(sites.keys()).await?.into_iter().map(|site| (SitePlace::of(&site), site)).collect();
        let lost: BTreeSet<_> = before.values().flat_map(numbers).filter(|number| !named.contains(number)).collect();
        let mut gone = Changes::new();
        for owner in reader.extensions(&lost.into_iter().collect::<Vec<_>>()).await? {
            let mut former = before.values().filter(|site| numbers(site).any(|number| number == owner.number));
            let its_own = |site: &Site| owner.site.as_ref().is_none_or(|place| *place == SitePlace::of(site));
            if former.any(|site| site.customer == owner.customer && its_own(site)) {
                gone.remove_extension(owner.number);
            }
        }
        self.writer.load(gone).await?;
        let mut set = Changes::new();
        for site in self.old_sites(sites, named).await? {
            set.put_site_alone(&site)?;
        }
        for site in sites.values() {
            set.put_site(site)?;
        }
        self.writer.load(set).await
    }

    /// The sites outside of this step whose extensions it names, without them.
    async fn old_sites(
        &self,
        sites: &BTreeMap<SitePlace, Site>,
        named: BTreeSet<Extension>,
    ) -> Result<Vec<Site>, Error> {
        let reader = self.writer.reader();
        let owners = reader.extensions(&named.iter().copied().collect::<Vec<_>>()).await?;
        let places: BTreeSet<_> = owners.into_iter().filter_map(|owner| owner.site).collect();
        let elsewhere: Vec<_> = places.iter().filter(|place| !sites.contains_key(*place)).collect();
        let mut old = reader.sites_at(elsewhere).await?;
        for site in &mut old {
            site.extensions.retain(|extension| !named.contains(&extension.number));
        }
        Ok(old)
    }
}

fn numbers(site: &Site) -> impl Iterator<Item = Extension> {
    site.extensions.iter().map(|extension| extension.number)
}

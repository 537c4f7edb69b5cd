//! What changes hands, and what its old place is left with: nothing.
//!
//! A record that moves something is one transaction: what it sets and what it takes away go through together, beside
//! live writes or a crash as well. A record that moves nothing is set in a batch with others, for a tenth of the time.

use std::collections::{BTreeMap, BTreeSet};

use shared::domain::account::Account;
use shared::domain::customer::Customer;
use shared::domain::ids::{CustomerCode, Extension};
use shared::domain::msisdn::Msisdn;
use shared::domain::site::Site;
use shared::table::{Changes, ListedLine, SitePlace};

use super::Import;
use super::record::ProfileLineRecord;
use super::thing::Told;
use super::units::{Decided, Failed, Unit, at, read};

impl Import<'_> {
    /// Identities that a customer no longer has go first: after a crash the customer still tells which they were.
    pub(super) async fn load_customers(&self, customers: &[Told<Customer>]) -> Result<(), Failed> {
        let reader = self.writer.reader();
        let codes = customers.iter().map(|told| &told.value.code);
        let before = read(codes, async |part| reader.customers(part).await).await?;
        let before: BTreeMap<_, _> = before.iter().map(|customer| (&customer.code, customer)).collect();
        let (mut gone, mut set, mut unnamed) = (Vec::new(), Vec::new(), Vec::new());
        for Told { line, value: after } in customers {
            let mut changes = Changes::new();
            let had = before.get(&after.code).into_iter().flat_map(|before| &before.identities);
            for lost in had.filter(|own| !after.is_known_by(own)) {
                changes.remove_identity(lost, &after.code);
                let number = lost.number.parse::<Msisdn>().ok().filter(|_| lost.kind.eq_ignore_ascii_case("MSISDN"));
                unnamed.extend(number.map(|number| Told { line: *line, value: (after.code.clone(), number) }));
            }
            gone.push(Unit { line: *line, changes });
            let mut changes = Changes::new();
            changes.put_customer(after).map_err(at(*line))?;
            set.push(Unit { line: *line, changes });
        }
        self.set(gone).await?;
        self.unname(unnamed).await?;
        self.set(set).await
    }

    /// A number that its customer's record no longer has names nobody, though the line stays its customer's.
    async fn unname(&self, numbers: Vec<Told<(CustomerCode, Msisdn)>>) -> Result<(), Failed> {
        self.settle(numbers, async |numbers| {
            let reader = self.writer.reader();
            let wanted = numbers.iter().map(|told| &told.value.1);
            let lines = read(wanted, async |part| reader.subscribers(part).await).await?;
            let mut decided = Decided::default();
            for Told { line, value: (customer, number) } in numbers {
                let own = lines.iter().find(|own| own.msisdn == *number && own.customer == *customer);
                let Some(before) = own.filter(|own| !own.names_nobody) else { continue };
                let mut changes = Changes::new();
                let mut after = before.value.clone();
                after.names_nobody = true;
                changes.update_subscriber(before, &after).map_err(at(*line))?;
                decided.change(*line, changes);
            }
            Ok(decided)
        })
        .await
    }

    /// An account that moves leaves the list of its old document.
    pub(super) async fn load_accounts(&self, accounts: Vec<Told<Account>>) -> Result<(), Failed> {
        self.settle(accounts, async |accounts| {
            let reader = self.writer.reader();
            let ids = accounts.iter().map(|told| &told.value.id);
            let before = read(ids, async |part| reader.accounts_to_change(part).await).await?;
            let before: BTreeMap<_, _> = before.iter().map(|account| (&account.id, account)).collect();
            let mut decided = Decided::default();
            for Told { line, value: after } in accounts {
                let mut changes = Changes::new();
                match before.get(&after.id) {
                    None => {
                        changes.put_account(after, self.clock.now()).map_err(at(*line))?;
                        decided.set(*line, changes);
                    }
                    Some(before) if before.value == *after => {}
                    Some(before) => {
                        changes.reload_account(before, after).map_err(at(*line))?;
                        decided.change(*line, changes);
                    }
                }
            }
            Ok(decided)
        })
        .await
    }

    /// The lines of profiles, each with the customer its own record names.
    pub(super) async fn load_listed(&self, listed: Vec<Told<ProfileLineRecord>>) -> Result<(), Failed> {
        let reader = self.writer.reader();
        let numbers: BTreeSet<_> = listed.iter().map(|told| &told.value.line.msisdn).collect();
        let known = read(numbers, async |part| reader.subscribers(part).await).await?;
        let owners: BTreeMap<_, _> = known.iter().map(|line| (&line.msisdn, &line.customer)).collect();
        let mut units = Vec::new();
        for Told { line: number, value: ProfileLineRecord { profile, line } } in &listed {
            let customer = owners.get(&line.msisdn).map(|customer| (*customer).clone());
            let mut changes = Changes::new();
            let listed = ListedLine { line: line.clone(), customer };
            changes.put_profile_line(profile, &listed).map_err(at(*number))?;
            units.push(Unit { line: *number, changes });
        }
        self.set(units).await
    }

    /// An extension belongs to the site that named it last. A site gives back those that it no longer names, and one that
    /// another site names now is taken from its old site's list.
    pub(super) async fn load_sites(&self, sites: Vec<Told<Site>>) -> Result<(), Failed> {
        let sites = last_ones(sites);
        let reader = self.writer.reader();
        let places: BTreeMap<_, _> = sites.iter().map(|told| (SitePlace::of(&told.value), told.line)).collect();
        let named: BTreeSet<_> = sites.iter().flat_map(|told| numbers(&told.value)).collect();
        let before: Vec<Site> = read(places.keys(), async |part| reader.sites_at(part).await).await?;
        let lost = before.iter().flat_map(numbers).filter(|number| !named.contains(number)).collect();
        let mut gone = Changes::new();
        self.give_back(lost, &before, &mut gone).await?;
        self.writer.load(gone).await?;
        let mut set = Vec::new();
        for site in self.old_sites(&places, &named).await? {
            let mut changes = Changes::new();
            changes.put_site_alone(&site)?;
            set.push(Unit { line: 0, changes });
        }
        for Told { line, value: site } in &sites {
            let mut changes = Changes::new();
            changes.put_site(site).map_err(at(*line))?;
            set.push(Unit { line: *line, changes });
        }
        self.set(set).await
    }

    /// Extensions that sites no longer have; one that another site, or customer, has by now is that one's.
    pub(super) async fn give_back(
        &self,
        lost: BTreeSet<Extension>,
        former: &[Site],
        gone: &mut Changes,
    ) -> Result<(), Failed> {
        let reader = self.writer.reader();
        for owner in read(lost, async |part: Vec<_>| reader.extensions(&part).await).await? {
            let mut former = former.iter().filter(|site| numbers(site).any(|number| number == owner.number));
            let its_own = |site: &Site| owner.site.as_ref().is_none_or(|place| *place == SitePlace::of(site));
            if former.any(|site| site.customer == owner.customer && its_own(site)) {
                gone.remove_extension(owner.number);
            }
        }
        Ok(())
    }

    /// The sites outside of this step whose extensions it names, without them.
    async fn old_sites(
        &self,
        sites: &BTreeMap<SitePlace, u64>,
        named: &BTreeSet<Extension>,
    ) -> Result<Vec<Site>, Failed> {
        let reader = self.writer.reader();
        let owners = read(named.iter().copied(), async |part: Vec<_>| reader.extensions(&part).await).await?;
        let places: BTreeSet<_> = owners.into_iter().filter_map(|owner| owner.site).collect();
        let elsewhere = places.iter().filter(|place| !sites.contains_key(*place));
        let mut old = read(elsewhere, async |part| reader.sites_at(part).await).await?;
        for site in &mut old {
            site.extensions.retain(|extension| !named.contains(&extension.number));
        }
        Ok(old)
    }
}

/// Of several sites that name an extension the last one has it.
fn last_ones(mut sites: Vec<Told<Site>>) -> Vec<Told<Site>> {
    let mut taken = BTreeSet::new();
    for site in sites.iter_mut().rev() {
        site.value.extensions.retain(|extension| taken.insert(extension.number));
    }
    sites
}

fn numbers(site: &Site) -> impl Iterator<Item = Extension> {
    site.extensions.iter().map(|extension| extension.number)
}

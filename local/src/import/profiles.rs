//! Profiles with their services: new ones, changed ones, and those that move to another customer, account or contract.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use shared::domain::ids::{CustomerCode, ProfileId};
use shared::domain::profile::Profile;
use shared::domain::service::Services;
use shared::error::Error;
use shared::retry::pause;
use shared::table::{Changes, ListedLine, Stored};

use super::lines::{AT_ONCE, MOST_ITEMS, PAUSE, ROUNDS};
use super::record::ProfileRecord;
use super::{Import, keeps_changing};

/// Items of a new profile: its own, its place in its account, its services, and what they mean for the ledger.
const ITEMS: usize = 4;
/// The most services in one transaction of 4 MB, whatever their texts; a profile has at most 500.
const MOST_SERVICES: usize = 1_000;

impl Import<'_> {
    /// New profiles in transactions of many; each that is there, and changes, in one of its own.
    ///
    /// A profile that moves leaves the list of its old account, and its old contract pays for it until today. Its lines are
    /// shown when they are the new customer's, too.
    pub(super) async fn load_profiles(&self, profiles: BTreeMap<ProfileId, ProfileRecord>) -> Result<(), Error> {
        let before = self.writer.reader().profiles_and_services(profiles.keys()).await?;
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for (before, record) in before.into_iter().zip(profiles.into_values()) {
            match before {
                (None, services) if services.rev == 0 => new.push(record),
                before => known.push((before, record)),
            }
        }
        self.add_profiles(new).await?;
        let mut known = known.into_iter().peekable();
        while known.peek().is_some() {
            let some = known.by_ref().take(AT_ONCE);
            try_join_all(some.map(|(before, record)| self.change_profile(before, record))).await?;
        }
        Ok(())
    }

    async fn add_profiles(&self, profiles: Vec<ProfileRecord>) -> Result<(), Error> {
        let now = self.clock.now();
        let (mut changes, mut listed) = (Changes::new(), 0);
        let none = Stored { value: Services::default(), rev: 0 };
        for ProfileRecord { profile, services } in profiles {
            listed += services.len();
            if changes.len() + ITEMS > MOST_ITEMS || listed > MOST_SERVICES {
                self.writer.commit(std::mem::take(&mut changes), None, now).await?;
                listed = services.len();
            }
            changes.put_profile(None, &profile)?;
            let (services, facts) = Services::new(services).loaded_over(&none, self.today());
            changes.update_services(&profile, &none, &services)?;
            changes.add_service_facts(&profile.contract, &profile.id, none.next_rev(), &facts)?;
        }
        self.writer.commit(changes, None, now).await.map(drop)
    }

    /// At the revision of the services that were loaded: a purchase that comes first is looked at again, one that comes
    /// later finds another revision and is decided again. So the services and their ledger tell the same.
    async fn change_profile(
        &self,
        mut before: (Option<Profile>, Stored<Services>),
        record: ProfileRecord,
    ) -> Result<(), Error> {
        let ProfileRecord { profile, services } = record;
        if let Some(before) = before.0.as_ref().filter(|before| before.customer != profile.customer) {
            self.name_the_owner_of_lines(&profile.id, &before.customer).await?;
        }
        for round in 0..ROUNDS {
            let Some(changes) = self.changed(&before, &profile, Services::new(services.clone()))? else {
                return Ok(());
            };
            match self.writer.commit(changes, None, self.clock.now()).await {
                Err(Error::Stale) => pause(PAUSE, round).await,
                done => return done.map(drop),
            }
            let again = self.writer.reader().profiles_and_services([&profile.id]).await?.pop();
            let Some(again) = again else { break };
            before = again;
        }
        Err(keeps_changing())
    }

    /// What a load changes of a profile; none if nothing.
    fn changed(
        &self,
        (was, had): &(Option<Profile>, Stored<Services>),
        profile: &Profile,
        services: Services,
    ) -> Result<Option<Changes>, Error> {
        let (today, revision) = (self.today(), had.next_rev());
        let mut changes = Changes::new();
        let left = was.as_ref().map(|was| &was.contract).filter(|left| **left != profile.contract);
        let (services, facts) = match left {
            // A move acts from the next midnight on.
            Some(_) => services.brought(had, today.succ_opt().unwrap_or(today)),
            None => services.loaded_over(had, today),
        };
        if (was.as_ref(), &had.value) == (Some(profile), &services) {
            return Ok(None);
        }
        if let Some(left) = left {
            changes.add_service_facts(left, &profile.id, revision, &had.ended(today))?;
        }
        changes.add_service_facts(&profile.contract, &profile.id, revision, &facts)?;
        changes.put_profile(was.as_ref(), profile)?;
        changes.update_services(profile, had, &services)?;
        Ok(Some(changes))
    }

    /// Older loads have not said whose the lines of a profile are: they are of the customer who has had it.
    async fn name_the_owner_of_lines(&self, profile: &ProfileId, customer: &CustomerCode) -> Result<(), Error> {
        let mut changes = Changes::new();
        for listed in self.writer.reader().lines_listed_in(profile).await? {
            if listed.customer.is_none() {
                changes.put_profile_line(profile, &ListedLine { customer: Some(customer.clone()), ..listed })?;
            }
        }
        self.writer.load(changes).await
    }
}

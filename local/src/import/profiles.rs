//! Profiles with their services: new ones, changed ones, and those that move to another customer, account or contract.

use shared::domain::ids::{CustomerCode, ProfileId};
use shared::domain::profile::Profile;
use shared::domain::service::Services;
use shared::error::Error;
use shared::table::{Changes, ListedLine, Stored};

use super::Import;
use super::record::ProfileRecord;
use super::thing::Told;
use super::units::{Decided, Failed, at, read};

impl Import<'_> {
    /// Each profile that is new or changes is set with its services and what they mean for the ledger, in one transaction at the
    /// revision of the services that were loaded: a purchase that comes first is looked at again, one that comes later finds
    /// another revision and is decided again. So the services and their ledger tell the same.
    ///
    /// A profile that moves leaves the list of its old account, and its old contract pays for it until today. Its lines are
    /// shown when they are the new customer's, too.
    pub(super) async fn load_profiles(&self, profiles: Vec<Told<ProfileRecord>>) -> Result<(), Failed> {
        self.settle(profiles, async |profiles| {
            let reader = self.writer.reader();
            let ids = profiles.iter().map(|told| &told.value.profile.id);
            let before = read(ids, async |part: Vec<&ProfileId>| reader.profiles_and_services(part).await).await?;
            let mut decided = Decided::default();
            for (Told { line, value }, before) in profiles.iter().zip(before) {
                let ProfileRecord { profile, services } = value;
                if let Some(owner) = before.0.as_ref().filter(|before| before.customer != profile.customer) {
                    self.name_the_owner_of_lines(&profile.id, &owner.customer).await.map_err(at(*line))?;
                }
                let changes = self.changed(&before, profile, Services::new(services.clone())).map_err(at(*line))?;
                decided.change(*line, changes);
            }
            Ok(decided)
        })
        .await
    }

    /// What a load changes of a profile.
    fn changed(
        &self,
        (was, had): &(Option<Profile>, Stored<Services>),
        profile: &Profile,
        services: Services,
    ) -> Result<Changes, Error> {
        let (today, revision) = (self.today(), had.next_rev());
        let mut changes = Changes::new();
        let left = was.as_ref().map(|was| &was.contract).filter(|left| **left != profile.contract);
        let (services, facts) = match left {
            // A move acts from the next midnight on.
            Some(_) => services.brought(had, today.succ_opt().unwrap_or(today)),
            None => services.loaded_over(had, today),
        };
        if (was.as_ref(), &had.value) == (Some(profile), &services) {
            return Ok(changes);
        }
        if let Some(left) = left {
            changes.add_service_facts(left, &profile.id, revision, &had.ended(today))?;
        }
        changes.add_service_facts(&profile.contract, &profile.id, revision, &facts)?;
        changes.put_profile(was.as_ref(), profile)?;
        changes.update_services(profile, had, &services)?;
        Ok(changes)
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

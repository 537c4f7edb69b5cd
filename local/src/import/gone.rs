//! What `remove` records take away: a thing with all its places. What is not there is gone already, so removing it again, after a
//! crash as well, changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use shared::domain::billing::owner::ContractOwner;
use shared::domain::catalogue::PlanStatus;
use shared::domain::identity::Identity;
use shared::domain::ids::{ContractId, ProfileId, SiteId};
use shared::domain::msisdn::Msisdn;
use shared::domain::service::Services;
use shared::error::{Error, Invalid};
use shared::table::{Books, Changes, Numbered, SitePlace, Stored};

use super::Import;
use super::thing::{Thing, Told};
use super::units::{Decided, Failed, Unit, at, each};

impl Import<'_> {
    /// Takes things away, each at its revision where several change it.
    pub(super) async fn remove(&self, gone: Vec<Told<Thing>>) -> Result<(), Failed> {
        let (plans, gone): (Vec<_>, Vec<_>) =
            gone.into_iter().partition(|told| matches!(told.value, Thing::Plan { .. }));
        self.settle(gone, async |gone| {
            let remove = async |told: &Told<Thing>| {
                let changes = self.removed(&told.value).await.map_err(|failed| Failed {
                    line: failed.line.or(Some(told.line)).filter(|_| !matches!(failed.cause, Error::Unavailable(_))),
                    ..failed
                })?;
                Ok(Unit { line: told.line, changes })
            };
            Ok(Decided { change: each(gone, remove).await?, ..Decided::default() })
        })
        .await?;
        self.retire(plans).await
    }

    async fn removed(&self, thing: &Thing) -> Result<Changes, Failed> {
        let reader = self.writer.reader();
        let mut changes = Changes::new();
        match thing {
            // See `retire`.
            Thing::Plan { .. } => {}
            Thing::Client { id } => changes.remove_client(id),
            Thing::Offer { id } => changes.remove_offer(id),
            Thing::Service { partnum } => changes.remove_service(partnum),
            Thing::Usage { msisdn, hour, app, source } => changes.remove_traffic(msisdn, (*hour, app, source)),
            Thing::Call { msisdn, start, id } => changes.remove_call(msisdn, *start, id),
            Thing::Group { customer, id } => changes.remove_group_if_any(customer, id),
            Thing::ProfileLine { profile, msisdn } => changes.remove_profile_line(profile, msisdn),
            Thing::Product { customer, contract, msisdn } => {
                let contract =
                    contract.to_string().parse().map_err(|invalid: Invalid| Failed::from(invalid.field("contract")))?;
                changes.remove_product(customer, &contract, msisdn);
            }
            Thing::Subscriber { msisdn } => changes = self.removed_line(msisdn).await?,
            Thing::Customer { code } => {
                reader.customer(code).await?.iter().for_each(|customer| changes.remove_customer(customer));
            }
            Thing::Contract { id } => {
                if let Some(unused) = self.unused(id).await? {
                    changes.remove_contract(&unused);
                }
            }
            Thing::Series { id } => {
                let series = reader.series(id).await?.filter(|series| series.next == series.first);
                series.iter().for_each(|series| changes.remove_series(series));
            }
            Thing::Bill { number } => {
                // Under another spelling nothing was loaded.
                match reader.numbered(&[number]).await?.first() {
                    Some(Numbered::Imported(bill)) if bill.number == *number => changes.remove_bill(bill),
                    _ => {}
                }
            }
            Thing::Account { id } => {
                reader.accounts([id]).await?.iter().for_each(|account| changes.remove_account(account));
            }
            Thing::Profile { id } => changes = self.removed_profile(id).await?,
            Thing::Recording { id } => {
                let kept = reader.recording(*id).await?.filter(|recording| recording.is_kept());
                kept.iter().for_each(|recording| changes.remove_recording(recording));
            }
            Thing::Site { document, id } => changes = self.removed_site(document, id).await?,
            Thing::Document { customer, name } => {
                let found = reader.documents_at(&[(customer, name)]).await?;
                found.iter().flatten().for_each(|document| changes.remove_document(document));
            }
        }
        Ok(changes)
    }

    /// The line with its places. Its contract is charged for it until today; an upgrade that was to come is closed.
    async fn removed_line(&self, msisdn: &Msisdn) -> Result<Changes, Failed> {
        let mut changes = Changes::new();
        let (now, zone) = (self.clock.now(), self.country.zone());
        let Some(before) = self.writer.reader().subscriber(msisdn).await? else { return Ok(changes) };
        if let Some(closed) = before.closed_by_removal(now, zone) {
            changes.add_closed_upgrade(&closed)?;
        }
        for (contract, fact) in before.facts_of_removal(self.today()) {
            changes.put_fact(&contract, &fact, zone)?;
        }
        self.release_roaming(&before, &mut changes).await?;
        changes.remove_profile_line(&before.profile, msisdn);
        changes.remove_product(&before.customer, &before.contract, msisdn);
        let identity = Identity::plain("MSISDN", msisdn.to_string());
        changes.remove_identity(&identity, &before.customer);
        changes.remove_subscriber(&before, now)?;
        Ok(changes)
    }

    /// The profile and its list of lines. Its contract is charged for its services until today.
    async fn removed_profile(&self, id: &ProfileId) -> Result<Changes, Failed> {
        let reader = self.writer.reader();
        let (profile, had) = reader.profile_and_services(id).await?;
        let mut changes = Changes::new();
        let Some(profile) = profile else { return Ok(changes) };
        let mut listed = Changes::new();
        for line in reader.lines_listed_in(id).await? {
            listed.remove_profile_line(id, &line.line.msisdn);
        }
        self.writer.load(listed).await?;
        let (none, facts) = Services::default().loaded_over(&had, self.today());
        if had.rev > 0 {
            changes.add_service_facts(&profile.contract, id, had.next_rev(), &facts)?;
            changes.update_services(&profile, &had, &none)?;
        }
        changes.remove_profile(&profile);
        Ok(changes)
    }

    async fn removed_site(&self, document: &Identity, id: &SiteId) -> Result<Changes, Failed> {
        let place = SitePlace { document: document.clone(), id: id.clone() };
        let former = self.writer.reader().sites_at([&place]).await?;
        let numbers = former.iter().flat_map(|site| &site.extensions).map(|extension| extension.number).collect();
        let mut extensions = Changes::new();
        self.give_back(numbers, &former, &mut extensions).await?;
        self.writer.load(extensions).await?;
        let mut changes = Changes::new();
        former.iter().for_each(|site| changes.remove_site(site));
        Ok(changes)
    }

    /// A contract on which nothing was written.
    pub(super) async fn unused(&self, id: &ContractId) -> Result<Option<Stored<ContractOwner>>, Error> {
        let books = self.writer.reader().books(id, self.country.zone()).await?;
        Ok(books.filter(Books::is_blank).map(|books| books.owner))
    }

    /// Plans that are taken away are retired: somebody may have them for ever.
    async fn retire(&self, plans: Vec<Told<Thing>>) -> Result<(), Failed> {
        if plans.is_empty() {
            return Ok(());
        }
        let catalogue = self.writer.reader().catalogue_to_change().await?;
        let mut known: BTreeMap<_, _> = catalogue.plans.into_iter().map(|plan| (plan.id.clone(), plan)).collect();
        let (mut units, mut retired) = (Vec::new(), BTreeSet::new());
        for Told { line, value } in plans {
            let Thing::Plan { id } = value else { continue };
            let Some(mut plan) = known.remove(&id) else { continue };
            plan.status = PlanStatus::Retired;
            let mut changes = Changes::new();
            changes.put_plan(&plan).map_err(at(line))?;
            units.push(Unit { line, changes });
            retired.extend(plan.is_main().then_some(id));
        }
        self.set(units).await?;
        Ok(self.close_upgrades_to(&retired).await?)
    }
}

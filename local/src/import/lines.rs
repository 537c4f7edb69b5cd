//! Lines: new ones, changed ones, and those that move to another customer, profile or contract.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use shared::domain::catalogue::Catalogue;
use shared::domain::closed_upgrade::ClosedUpgrade;
use shared::domain::coming_plan::ComingPlan;
use shared::domain::customer::Product;
use shared::domain::identity::Identity;
use shared::domain::ids::ContractId;
use shared::domain::line_facts::Fact;
use shared::domain::subscriber::Subscriber;
use shared::error::Error;
use shared::table::{Changes, FormerLine, ListedLine, Stored};

use super::Import;
use super::thing::Told;
use super::units::{Decided, Failed, Unit, at, each, read};

/// Days that fulfilment looks back.
const CAUGHT_UP: TimeDelta = TimeDelta::days(7);

impl Import<'_> {
    /// Each line that is new or changes is set in one transaction with what it means for the ledger, and with all its places.
    ///
    /// At the revision that was loaded: a write that comes first is looked at again, one that comes later finds another
    /// revision and is decided again, by its old owner on a line that is not its own any more. So the line and its ledger
    /// tell the same, beside live writes as well. An upgrade that the load overtakes is closed in the same transaction; loaded
    /// again, the line has none to close.
    pub(super) async fn load_lines(&self, lines: Vec<Told<Subscriber>>) -> Result<(), Failed> {
        self.settle(lines, async |lines| {
            let reader = self.writer.reader();
            let numbers = || lines.iter().map(|told| &told.value.msisdn);
            let before = read(numbers(), async |part| reader.subscribers(part).await).await?;
            let before: BTreeMap<_, _> = before.iter().map(|line| (&line.msisdn, line)).collect();
            let new = numbers().filter(|number| !before.contains_key(number));
            let former = read(new, async |part| reader.former_lines(part).await).await?;
            let former: BTreeMap<_, _> = former.iter().map(|former| (&former.msisdn, former)).collect();
            let needs = |told: &Told<Subscriber>| {
                before.get(&told.value.msisdn).is_some_and(|before| {
                    moves(before, &told.value) || before.payment.kind() != told.value.payment.kind()
                })
            };
            let catalogue = match lines.iter().any(needs) {
                true => self.priced_catalogue().await?,
                false => Catalogue::default(),
            };
            // Midnight may come between two rounds, and in none.
            let now = self.clock.now();
            let decide = async |told: &Told<Subscriber>| {
                let Told { line: number, value: line } = told;
                let changes = match before.get(&line.msisdn) {
                    Some(before) => self.changed_line(before, line, &catalogue, now).await,
                    None => self.new_line(line, former.get(&line.msisdn).copied(), now).await,
                };
                Ok(Unit { line: *number, changes: changes.map_err(at(*number))? })
            };
            Ok(Decided { change: each(lines, decide).await?, ..Decided::default() })
        })
        .await
    }

    /// The catalogue with the prices of today.
    async fn priced_catalogue(&self) -> Result<Catalogue, Error> {
        Ok(self.writer.reader().catalogue_to_change().await?.on(self.today()))
    }

    /// A line whose number had one before that was taken away begins after it: with a later revision, and without its past.
    async fn new_line(
        &self,
        line: &Subscriber,
        former: Option<&FormerLine>,
        now: DateTime<Utc>,
    ) -> Result<Changes, Error> {
        let zone = self.country.zone();
        let today = now.with_timezone(&zone).date_naive();
        let last = former.map_or(0, |former| former.revision);
        let revision = last + 1;
        let mut line = line.clone();
        line.since = line.since.max(former.map(|former| former.at));
        let mut after = line.loaded_over(None, revision, now, zone);
        if let Some(former) = former {
            if after.since == Some(former.at) {
                after.since_revision = Some(last);
            }
            // The day on which it was taken away is its former contract's to its end, with all usage.
            let gone = former.at.with_timezone(&zone).date_naive();
            after.contract_since = after.contract_since.max(gone.succ_opt());
        }
        let mut changes = Changes::new();
        let refused = self.close_told(&mut after, revision, now).await?;
        changes.put_subscriber_after(last, &after, now)?;
        put_facts(&mut changes, &after.facts_of_load(None, revision, now, zone), zone)?;
        if let Some(coming) = still_to_tell(&after, today) {
            changes.put_coming_plan(&coming)?;
        }
        if let Some(refused) = refused {
            changes.add_refused_upgrade(&refused)?;
        }
        Ok(changes)
    }

    async fn changed_line(
        &self,
        before: &Stored<Subscriber>,
        line: &Subscriber,
        catalogue: &Catalogue,
        now: DateTime<Utc>,
    ) -> Result<Changes, Error> {
        let zone = self.country.zone();
        let today = now.with_timezone(&zone).date_naive();
        let revision = before.next_rev();
        let mut after = line.clone().loaded_over(Some(&before.value), revision, now, zone);
        after.close_unless_open_to(catalogue, before, today);
        let mut changes = Changes::new();
        if let Some(refused) = self.close_told(&mut after, revision, now).await? {
            changes.add_refused_upgrade(&refused)?;
        }
        if let Some(coming) = still_to_tell(&after, today) {
            changes.put_coming_plan(&coming)?;
        }
        if let Some(closed) = after.closed_by_load(before, now, today) {
            changes.add_closed_upgrade(&closed)?;
        }
        if after == before.value {
            return Ok(changes);
        }
        changes.update_subscriber(before, &after)?;
        put_facts(&mut changes, &after.facts_of_load(Some(&before.value), revision, now, zone), zone)?;
        if moves(before, &after) {
            self.move_places(before, &after, (catalogue, today), &mut changes).await?;
        }
        if before.contract != after.contract {
            self.release_roaming(before, &mut changes).await?;
        }
        Ok(changes)
    }

    /// Closes an upgrade that a load tells and that cannot come any more, as a request for it would be refused.
    async fn close_told(
        &self,
        line: &mut Subscriber,
        revision: u64,
        now: DateTime<Utc>,
    ) -> Result<Option<ClosedUpgrade>, Error> {
        let zone = self.country.zone();
        if line.told_upgrade(revision, now.with_timezone(&zone).date_naive()).is_none() {
            return Ok(None);
        }
        let owner = self.writer.reader().contract(&line.contract).await?;
        let last = owner.and_then(|owner| owner.contract.last);
        Ok(line.close_told(revision, last, now, zone))
    }

    /// All places of a line that moves.
    async fn move_places(
        &self,
        before: &Subscriber,
        after: &Subscriber,
        on: (&Catalogue, NaiveDate),
        changes: &mut Changes,
    ) -> Result<(), Error> {
        self.move_listing(before, after, changes).await?;
        self.move_product(before, after, on, changes).await?;
        if before.customer != after.customer {
            let identity = Identity::plain("MSISDN", before.msisdn.to_string());
            changes.remove_identity(&identity, &before.customer);
        }
        Ok(())
    }

    /// The line's place in its profile. What the new profile says of it already counts.
    async fn move_listing(&self, before: &Subscriber, after: &Subscriber, changes: &mut Changes) -> Result<(), Error> {
        let reader = self.writer.reader();
        let (old, new) = tokio::try_join!(
            reader.listed_line(&before.profile, &before.msisdn),
            reader.listed_line(&after.profile, &after.msisdn)
        )?;
        if before.profile != after.profile {
            changes.remove_profile_line(&before.profile, &before.msisdn);
        }
        if let Some(ListedLine { line, .. }) = new.or(old) {
            changes.put_profile_line(&after.profile, &ListedLine { line, customer: Some(after.customer.clone()) })?;
        }
        Ok(())
    }

    /// The line's place in its customer's list of products, under the new customer's name and address. What the new list
    /// says of it already counts. A customer who is not known yet has neither, until its record names the product again.
    async fn move_product(
        &self,
        before: &Subscriber,
        after: &Subscriber,
        (catalogue, today): (&Catalogue, NaiveDate),
        changes: &mut Changes,
    ) -> Result<(), Error> {
        // As the list names contracts: a number that is written in another way is the same place.
        let place = |line: &Subscriber| (line.customer.clone(), line.contract.as_str().parse::<u64>().ok());
        if place(before) == place(after) {
            return Ok(());
        }
        let reader = self.writer.reader();
        let (old, new, owner) = tokio::try_join!(
            reader.product(&before.customer, &before.contract, &before.msisdn),
            reader.product(&after.customer, &after.contract, &after.msisdn),
            reader.customer(&after.customer)
        )?;
        changes.remove_product(&before.customer, &before.contract, &before.msisdn);
        let (_, contract) = place(after);
        if let (Some(mut product), None, Some(contract)) = (old, new, contract) {
            if before.customer != after.customer {
                (product.name, product.address) = owner.map(|owner| (owner.name, owner.address)).unwrap_or_default();
            }
            product = Product { customer: after.customer.clone(), contract, ..product };
            catalogue.plan(after.next_plan_on(today)).into_iter().for_each(|plan| product.show(plan));
            changes.put_product(&product)?;
        }
        Ok(())
    }
}

/// An upgrade that a load tells and whose fulfilment still has to find it.
fn still_to_tell(line: &Subscriber, today: NaiveDate) -> Option<ComingPlan> {
    line.coming_plan().filter(|coming| coming.day + CAUGHT_UP > today)
}

fn put_facts(changes: &mut Changes, facts: &[(ContractId, Fact)], zone: FixedOffset) -> Result<(), Error> {
    facts.iter().try_for_each(|(contract, fact)| changes.put_fact(contract, fact, zone))
}

fn moves(before: &Subscriber, after: &Subscriber) -> bool {
    (&before.customer, &before.profile, &before.contract) != (&after.customer, &after.profile, &after.contract)
}

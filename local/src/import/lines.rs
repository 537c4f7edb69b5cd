//! Lines: new ones, changed ones, and those that move to another customer, profile or contract.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use futures_util::future::try_join_all;
use shared::domain::catalogue::Catalogue;
use shared::domain::closed_upgrade::ClosedUpgrade;
use shared::domain::coming_plan::ComingPlan;
use shared::domain::customer::Product;
use shared::domain::identity::Identity;
use shared::domain::ids::ContractId;
use shared::domain::line_facts::Fact;
use shared::domain::msisdn::Msisdn;
use shared::domain::subscriber::Subscriber;
use shared::error::Error;
use shared::retry::pause;
use shared::table::{Changes, ListedLine, Stored};

use super::{Import, keeps_changing};

/// The most items of one transaction, and a few less.
pub(super) const MOST_ITEMS: usize = 90;

/// How many lines, or profiles, are changed at once.
pub(super) const AT_ONCE: usize = 16;
/// The revision of a new line, as far as its ledger is concerned.
const FIRST: u64 = 1;

/// Days that fulfilment looks back.
const CAUGHT_UP: TimeDelta = TimeDelta::days(7);

/// How often a line is looked at again that somebody else changes at the same time.
pub(super) const ROUNDS: u32 = 20;
/// The shortest wait before that.
pub(super) const PAUSE: Duration = Duration::from_millis(1);

impl Import<'_> {
    /// New lines in transactions of many with what they mean for the ledger; each that is there, and changes, in one of its
    /// own.
    pub(super) async fn load_lines(&self, lines: BTreeMap<Msisdn, Subscriber>) -> Result<(), Error> {
        let before = self.writer.reader().subscribers(lines.keys()).await?;
        let mut before: BTreeMap<_, _> = before.into_iter().map(|line| (line.msisdn.clone(), line)).collect();
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for (msisdn, line) in lines {
            match before.remove(&msisdn) {
                Some(before) => known.push((before, line)),
                None => new.push(line),
            }
        }
        self.add_lines(new).await?;
        let needs = |(before, line): &(Stored<Subscriber>, Subscriber)| {
            moves(before, line) || before.payment.kind() != line.payment.kind()
        };
        let catalogue = match known.iter().any(needs) {
            true => self.priced_catalogue().await?,
            false => Catalogue::default(),
        };
        let mut known = known.into_iter().peekable();
        while known.peek().is_some() {
            let some = known.by_ref().take(AT_ONCE);
            try_join_all(some.map(|(before, line)| self.change_line(before, line, &catalogue))).await?;
        }
        Ok(())
    }

    /// The catalogue with the prices of today.
    async fn priced_catalogue(&self) -> Result<Catalogue, Error> {
        Ok(self.writer.reader().catalogue_to_change().await?.on(self.today()))
    }

    async fn add_lines(&self, lines: Vec<Subscriber>) -> Result<(), Error> {
        let (now, zone) = (self.clock.now(), self.country.zone());
        let today = now.with_timezone(&zone).date_naive();
        let mut changes = Changes::new();
        for line in lines {
            let mut after = line.loaded_over(None, FIRST, now, zone);
            let refused = self.close_told(&mut after, FIRST, now).await?;
            let facts = after.facts_of_load(None, FIRST, now, zone);
            if changes.len() + facts.len() >= MOST_ITEMS {
                self.writer.commit(std::mem::take(&mut changes), None, now).await?;
            }
            changes.put_subscriber(None, &after, now)?;
            put_facts(&mut changes, &facts, zone)?;
            if let Some(coming) = still_to_tell(&after, today) {
                changes.put_coming_plan(&coming)?;
            }
            if let Some(refused) = refused {
                changes.add_refused_upgrade(&refused)?;
            }
        }
        self.writer.commit(changes, None, now).await.map(drop)
    }

    /// At the revision that was loaded: a write that comes first is looked at again, one that comes later finds another
    /// revision and is decided again, by its old owner on a line that is not its own any more. So the line and its ledger
    /// tell the same, beside live writes as well. An upgrade that the load overtakes is closed in the same transaction; loaded
    /// again, the line has none to close.
    async fn change_line(
        &self,
        mut before: Stored<Subscriber>,
        line: Subscriber,
        catalogue: &Catalogue,
    ) -> Result<(), Error> {
        let zone = self.country.zone();
        for round in 0..ROUNDS {
            // Midnight may come between two rounds, and in none.
            let now = self.clock.now();
            let today = now.with_timezone(&zone).date_naive();
            let revision = before.next_rev();
            let mut after = line.clone().loaded_over(Some(&before.value), revision, now, zone);
            after.close_unless_open_to(catalogue, &before, today);
            let mut changes = Changes::new();
            if let Some(refused) = self.close_told(&mut after, revision, now).await? {
                changes.add_refused_upgrade(&refused)?;
            }
            if let Some(coming) = still_to_tell(&after, today) {
                changes.put_coming_plan(&coming)?;
            }
            if let Some(closed) = after.closed_by_load(&before, now, today) {
                changes.add_closed_upgrade(&closed)?;
            }
            if after == before.value {
                return self.writer.load(changes).await;
            }
            changes.update_subscriber(&before, &after)?;
            put_facts(&mut changes, &after.facts_of_load(Some(&before.value), revision, now, zone), zone)?;
            if moves(&before, &after) {
                self.move_places(&before, &after, (catalogue, today), &mut changes).await?;
            }
            match self.writer.commit(changes, None, now).await {
                Err(Error::Stale) => pause(PAUSE, round).await,
                done => return done.map(drop),
            }
            let Some(again) = self.writer.reader().subscriber(&line.msisdn).await? else { break };
            before = again;
        }
        Err(keeps_changing())
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
            let identity = Identity { kind: "MSISDN".to_owned(), number: before.msisdn.to_string() };
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

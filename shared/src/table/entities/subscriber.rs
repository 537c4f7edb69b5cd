//! A subscriber's partition, and what its contract will be billed for.
//!
//! Every change of a line goes through its owner item at the revision it was loaded at, so two changes of one line
//! never both win, and an item written beside the owner takes the new revision into its key, so a repeated step
//! writes the same item.

use std::collections::HashSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::domain::catalogue::AcquisitionMethod;
use crate::domain::event::{
    Requested, SubscriberStatusChanged, SubscriptionActivated, SubscriptionRequested, UpgradeRequested,
};
use crate::domain::ids::OfferId;
use crate::domain::msisdn::Msisdn;
use crate::domain::status::StatusChange;
use crate::domain::subscriber::{Acquisition, Activation, PlanRequest, RequestKind, Subscriber};
use crate::error::Result;
use crate::table::item::{self, Item, Stored, key_of, number, stored, value, values};
use crate::table::keys::{self, Key, TTL};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Charge, Reader};

/// Acquisitions are kept for so long after their end.
const KEPT_AFTER_END: Duration = Duration::days(90);

/// An item of a subscriber's partition together with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    key: Key,
    /// What is there.
    pub value: T,
}

impl Reader {
    /// A subscriber. One strong get of `SUB#msisdn`: one unit while the item stays under 4 KB.
    pub async fn subscriber(&self, msisdn: &Msisdn) -> Result<Option<Stored<Subscriber>>> {
        self.get(keys::subscriber(msisdn), Freshness::Strong).await?.map(stored).transpose()
    }

    /// The newest acquisition of an offer by a line's present customer, ended ones included. One strong query of one item:
    /// behind another customer's there is none.
    pub async fn newest_acquisition(&self, line: &Subscriber, offer: &OfferId) -> Result<Option<Entry<Acquisition>>> {
        let range = keys::acquisitions(&line.msisdn, offer);
        let newest = self.query(range, Freshness::Strong, Order::Last).await?.pop();
        let newest: Option<Entry<Acquisition>> = newest.map(entry).transpose()?;
        Ok(newest.filter(|newest| line.has_bought(&newest.value, newest.rev())))
    }

    /// The line that a request was made for, and whether the plan that it asks for has begun to run. One strong read of both,
    /// two units.
    pub async fn requested(&self, request: &Requested) -> Result<(Option<Stored<Subscriber>>, bool)> {
        let activation = keys::activation(&request.msisdn, request.revision, &request.plan);
        let [line, activation] = self.pair([keys::subscriber(&request.msisdn), activation]).await?;
        Ok((line.map(stored).transpose()?, activation.is_some()))
    }

    /// Those of many lines that are there, in no order. One batch of strong reads for each hundred, one unit each.
    pub async fn subscribers(&self, numbers: impl IntoIterator<Item = &Msisdn>) -> Result<Vec<Stored<Subscriber>>> {
        let items = self.batch(numbers.into_iter().map(keys::subscriber)).await?;
        items.into_iter().map(stored).collect()
    }

    /// Those of many numbers that are lines, in no order. Half a unit each. Those that do not seem to be are asked for
    /// again, strongly, for one unit each: they may be lines since a moment.
    pub async fn lines(&self, numbers: impl Iterator<Item = &Msisdn> + Clone) -> Result<Vec<Subscriber>> {
        let keys = numbers.clone().map(keys::subscriber);
        let mut lines: Vec<Subscriber> = values(self.batch_at(keys, Freshness::Eventual).await?)?;
        let found: HashSet<_> = lines.iter().map(|line| line.msisdn.clone()).collect();
        let rest: Vec<_> = numbers.filter(|number| !found.contains(*number)).map(keys::subscriber).collect();
        if !rest.is_empty() {
            lines.extend(values(self.batch(rest).await?)?);
        }
        Ok(lines)
    }

    /// All status changes of a line, oldest first. One query.
    pub async fn status_changes(&self, msisdn: &Msisdn) -> Result<Vec<StatusChange>> {
        values(self.query(keys::status_changes(msisdn), Freshness::Strong, Order::Ascending).await?)
    }

    /// All requests of a line, oldest first. One query.
    pub async fn requests(&self, msisdn: &Msisdn) -> Result<Vec<PlanRequest>> {
        values(self.query(keys::requests(msisdn), Freshness::Strong, Order::Ascending).await?)
    }

    /// All activations of additional plans of a line, oldest request first. One query.
    pub async fn activations(&self, msisdn: &Msisdn) -> Result<Vec<Activation>> {
        values(self.query(keys::activations(msisdn), Freshness::Strong, Order::Ascending).await?)
    }

    /// All acquisitions of one offer by a line, oldest first. One query.
    pub async fn acquisitions(&self, msisdn: &Msisdn, offer: &OfferId) -> Result<Vec<Acquisition>> {
        values(self.query(keys::acquisitions(msisdn, offer), Freshness::Strong, Order::Ascending).await?)
    }
}

impl Changes {
    /// Sets a subscriber, whatever it has become since `before`. Its revision is a later one than what was there.
    pub fn put_subscriber(
        &mut self,
        before: Option<&Stored<Subscriber>>,
        after: &Subscriber,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.put_subscriber_after(before.map_or(0, |before| before.rev), after, now)
    }

    /// The same over a line whose last revision is known.
    pub fn put_subscriber_after(&mut self, last: u64, after: &Subscriber, now: DateTime<Utc>) -> Result<()> {
        self.put(item::imported_after(last + 1, keys::subscriber(&after.msisdn), after, now)?);
        Ok(())
    }

    /// The line becomes `after`, if nobody has changed it since it was loaded.
    pub fn update_subscriber(&mut self, before: &Stored<Subscriber>, after: &Subscriber) -> Result<()> {
        self.update(keys::subscriber(&before.msisdn), before, after)
    }

    /// Keeps a status change, with the event that tells the world: both come from one item, so there is never one
    /// without the other, nor a second one.
    pub fn add_status_change(&mut self, line: &Stored<Subscriber>, change: &StatusChange) -> Result<()> {
        let mut item = item::item(keys::status_change(&line.msisdn, line.next_rev()), change)?;
        let (code, asset) = change.blocked.status();
        let event = SubscriberStatusChanged {
            msisdn: &line.msisdn,
            customer: &line.customer,
            code: code.as_str(),
            asset: asset.as_str(),
            reason: change.reason.as_deref(),
            at: change.at,
        };
        item::tell(&mut item, &event, change.at)?;
        self.create(item);
        Ok(())
    }

    /// Keeps an acquisition and, when the next bill pays for it, the charge.
    pub fn add_acquisition(&mut self, line: &Stored<Subscriber>, bought: &Acquisition, on_bill: bool) -> Result<()> {
        let revision = line.next_rev();
        let mut item = item::item(keys::acquisition(&line.msisdn, &bought.offer, revision), bought)?;
        item.insert(TTL.to_owned(), number((bought.ends_at + KEPT_AFTER_END).timestamp()));
        self.create(item);
        if on_bill {
            let charge = Charge {
                msisdn: line.msisdn.clone(),
                offer: bought.offer.clone(),
                name: bought.name.clone(),
                amount: bought.price,
                at: bought.at,
            };
            self.add_charge(&line.contract, revision, &charge)?;
        }
        Ok(())
    }

    /// Takes an acquisition back. Its charge, if a bill pays for it, gets a withdrawal beside it on the contract that the
    /// line had when it bought; nothing is deleted that a bill may have charged.
    pub fn drop_acquisition(
        &mut self,
        line: &Stored<Subscriber>,
        bought: &Entry<Acquisition>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if let Some(revision) = bought.rev().filter(|_| bought.value.method == AcquisitionMethod::NextInvoice) {
            let contract = bought.value.contract.as_ref().unwrap_or(&line.contract);
            self.add_withdrawal(contract, &line.msisdn, revision, now)?;
        }
        self.delete(bought.key.clone(), true);
        Ok(())
    }

    /// Keeps a request, with the event that order fulfilment waits for.
    pub fn add_request(&mut self, line: &Stored<Subscriber>, request: &PlanRequest) -> Result<()> {
        let revision = line.next_rev();
        let mut item = item::item(keys::request(&line.msisdn, revision, &request.plan), request)?;
        let event = Requested {
            msisdn: line.msisdn.clone(),
            customer: line.customer.clone(),
            plan: request.plan.clone(),
            revision,
            at: request.at,
        };
        match request.kind {
            RequestKind::Upgrade => item::tell(&mut item, &UpgradeRequested(event), request.at)?,
            RequestKind::Subscription => item::tell(&mut item, &SubscriptionRequested(event), request.at)?,
        }
        self.create(item);
        Ok(())
    }

    /// Keeps that an additional plan runs, with the event that tells the world. There is one for each request.
    pub fn add_activation(
        &mut self,
        line: &Stored<Subscriber>,
        request: &Requested,
        since: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let activation =
            Activation { plan: request.plan.clone(), contract: line.contract.clone(), since, requested_at: request.at };
        let mut item = item::item(keys::activation(&line.msisdn, request.revision, &request.plan), &activation)?;
        let event = SubscriptionActivated {
            msisdn: &line.msisdn,
            customer: &line.customer,
            contract: &line.contract,
            plan: &request.plan,
            since,
            requested_at: request.at,
        };
        item::tell(&mut item, &event, now)?;
        self.create(item);
        self.put_additional_span(&line.contract, &line.additional_span(since, &request.plan, None))
    }
}

impl<T> Entry<T> {
    /// The subscriber's revision that made the item: the last part of its key.
    fn rev(&self) -> Option<u64> {
        self.key.sk.rsplit('#').next()?.parse().ok()
    }
}

fn entry<T: serde::de::DeserializeOwned>(item: Item) -> Result<Entry<T>> {
    Ok(Entry { key: key_of(&item), value: value(item)? })
}

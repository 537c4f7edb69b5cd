//! Upgrades by their first day, so that whoever makes them visible or closes them finds them; and what has become of them.
//!
//! A request ends once. What has become of it is one item under the request's key, created where none is, in a transaction
//! that takes the request off the list of its day.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::closed_upgrade::ClosedUpgrade;
use crate::domain::coming_plan::ComingPlan;
use crate::domain::event::{Event, PlanUpgraded, UpgradeClosed};
use crate::domain::ids::PlanId;
use crate::domain::overtaken::Overtaken;
use crate::domain::subscriber::Subscriber;
use crate::error::{Cause, Error, Result};
use crate::retry::pause;
use crate::table::item::{self, Stored, stored, value};
use crate::table::keys::{self, Range};
use crate::table::page::{Sieve, Window};
use crate::table::read::Freshness;
use crate::table::{Changes, Reader, Writer};

/// How often an upgrade is looked at again that somebody else changes at the same time.
const ROUNDS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(2);

/// A page of a list of upgrades. A row that cannot be read holds up no other: it is counted, and told in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComingPlans {
    /// Those that can be read.
    pub coming: Vec<ComingPlan>,
    /// Rows that cannot.
    pub unreadable: usize,
    /// The position after which the next page begins, if any.
    pub next: Option<String>,
}

impl Reader {
    /// Upgrades of a day, by plan and line. One query, half a unit for each 4 KB.
    pub async fn coming_plans(&self, day: NaiveDate, window: &Window) -> Result<ComingPlans> {
        self.coming(keys::coming_plans(day), Freshness::Eventual, window).await
    }

    /// Those to a plan, by line. One strong query, a unit for each 4 KB.
    pub async fn coming_plans_of(&self, day: NaiveDate, plan: &PlanId, window: &Window) -> Result<ComingPlans> {
        self.coming(keys::coming_plans_of(day, plan), Freshness::Strong, window).await
    }

    async fn coming(&self, range: Range, freshness: Freshness, window: &Window) -> Result<ComingPlans> {
        let list = range.pk.clone();
        let read = |item| Ok(Some(value(item).ok()));
        let page = self.page::<Option<ComingPlan>>(range, freshness, window, Sieve::All, read).await?;
        let rows = page.rows.len();
        let coming: Vec<_> = page.rows.into_iter().flatten().collect();
        let unreadable = rows - coming.len();
        if unreadable > 0 {
            tracing::error!(list, unreadable, "upgrades of a list cannot be read");
        }
        Ok(ComingPlans { coming, unreadable, next: page.next })
    }

    /// The line of an upgrade, and whether the request has ended. One strong read of both, two units.
    pub async fn line_of_upgrade(&self, coming: &ComingPlan) -> Result<(Option<Stored<Subscriber>>, bool)> {
        let ended = keys::upgrade(&coming.msisdn, coming.revision, &coming.plan);
        let [line, ended] = self.pair([keys::subscriber(&coming.msisdn), ended]).await?;
        Ok((line.map(stored).transpose()?, ended.is_some()))
    }
}

impl Writer {
    /// Closes an upgrade of the list, if its line still waits for it. Says whether it did.
    ///
    /// The line at the revision it was loaded at, the start of the plan, which goes, what has become of the request with its
    /// event, and the row of the list are one transaction. So a second call finds nothing to close, of two at once one decides
    /// again, and a crash leaves all or nothing, with the row in the list.
    pub async fn close_upgrade(
        &self,
        coming: &ComingPlan,
        reason: Overtaken,
        now: DateTime<Utc>,
        zone: FixedOffset,
    ) -> Result<bool> {
        for round in 0..ROUNDS {
            let (line, has_ended) = self.reader().line_of_upgrade(coming).await?;
            let waits = |line: &Stored<Subscriber>| {
                !has_ended && line.customer == coming.customer && line.upgrade().is_some_and(|own| own.is(coming))
            };
            let Some(line) = line.filter(waits) else { return Ok(false) };
            let mut after = line.value.clone();
            let Some(closed) = after.close_upgrade(reason, now, zone) else { return Ok(false) };
            let mut changes = Changes::new();
            changes.update_subscriber(&line, &after)?;
            changes.add_closed_upgrade(&closed)?;
            match self.commit(changes, None, now).await {
                Err(Error::Stale) => pause(PAUSE, round).await,
                done => return done.map(|_| true),
            }
        }
        Err(Error::Unavailable(Cause::text("a line keeps changing")))
    }
}

impl Changes {
    /// Lists an upgrade under its first day. Listed again it is the same.
    pub fn put_coming_plan(&mut self, coming: &ComingPlan) -> Result<()> {
        let key = keys::coming_plan(coming.day, &coming.plan, &coming.msisdn, coming.revision);
        self.put(item::item(key, coming)?);
        Ok(())
    }

    /// Takes an upgrade from the list, if it is there.
    pub fn delete_coming_plan(&mut self, coming: &ComingPlan) {
        self.delete(keys::coming_plan(coming.day, &coming.plan, &coming.msisdn, coming.revision), false);
    }

    /// Keeps that an upgrade has come true, with the event that tells the world, and takes it from the list.
    pub fn add_upgrade(&mut self, coming: &ComingPlan, now: DateTime<Utc>) -> Result<()> {
        let event = PlanUpgraded {
            msisdn: &coming.msisdn,
            customer: &coming.customer,
            contract: &coming.contract,
            plan: &coming.plan,
            since: coming.day,
            requested_at: coming.requested_at,
        };
        self.end_request(coming, coming, &event, now)
    }

    /// Keeps that an upgrade was closed before its day, with the event that tells the world, and takes it from the list of that
    /// day and from the ledger, where no day has begun with it.
    pub fn add_closed_upgrade(&mut self, closed: &ClosedUpgrade) -> Result<()> {
        let ComingPlan { contract, msisdn, revision, day, .. } = &closed.upgrade;
        self.delete_plan_start(contract, msisdn, *revision, *day);
        self.add_refused_upgrade(closed)
    }

    /// The same for an upgrade that is closed as it is told: the ledger does not have it.
    pub fn add_refused_upgrade(&mut self, closed: &ClosedUpgrade) -> Result<()> {
        let ClosedUpgrade { upgrade, reason, at } = closed;
        let event = UpgradeClosed {
            msisdn: &upgrade.msisdn,
            customer: &upgrade.customer,
            contract: &upgrade.contract,
            plan: &upgrade.plan,
            reason: *reason,
            requested_at: upgrade.requested_at,
            at: *at,
        };
        self.end_request(upgrade, closed, &event, *at)
    }

    fn end_request<E: Event>(
        &mut self,
        coming: &ComingPlan,
        end: &impl Serialize,
        event: &E,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let mut item = item::item(keys::upgrade(&coming.msisdn, coming.revision, &coming.plan), end)?;
        item::tell(&mut item, event, at)?;
        self.create(item);
        self.delete_coming_plan(coming);
        Ok(())
    }
}

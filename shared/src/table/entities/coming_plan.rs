//! Upgrades by their first day, so that whoever makes them visible finds them; and those that have come true.

use chrono::NaiveDate;

use crate::domain::coming_plan::ComingPlan;
use crate::domain::event::PlanUpgraded;
use crate::domain::subscriber::Subscriber;
use crate::error::Result;
use crate::table::item::{self, Stored, stored, value};
use crate::table::keys;
use crate::table::read::{Freshness, From, Sieve, Window};
use crate::table::{Changes, Reader};

impl Reader {
    /// The first upgrades of a day, by line, and whether there are more. One query, half a unit for each 4 KB.
    pub async fn coming_plans(&self, day: NaiveDate, most: usize) -> Result<(Vec<ComingPlan>, bool)> {
        let window = Window { from: From::Record(0), limit: most };
        let read = |item| value(item).map(Some);
        let page = self.page(keys::coming_plans(day), Freshness::Eventual, &window, Sieve::All, read).await?;
        Ok((page.rows, page.next.is_some()))
    }

    /// The line of an upgrade, and whether the upgrade was told. One strong read of both, two units.
    pub async fn line_of_upgrade(&self, coming: &ComingPlan) -> Result<(Option<Stored<Subscriber>>, bool)> {
        let told = keys::upgrade(&coming.msisdn, coming.requested_at, &coming.plan);
        let [line, told] = self.pair([keys::subscriber(&coming.msisdn), told]).await?;
        Ok((line.map(stored).transpose()?, told.is_some()))
    }
}

impl Changes {
    /// Lists an upgrade under its first day. Listed again it is the same.
    pub fn put_coming_plan(&mut self, coming: &ComingPlan) -> Result<()> {
        self.put(item::item(keys::coming_plan(coming.day, &coming.msisdn, coming.requested_at), coming)?);
        Ok(())
    }

    /// Takes an upgrade from the list, if it is there.
    pub fn delete_coming_plan(&mut self, coming: &ComingPlan) {
        self.delete(keys::coming_plan(coming.day, &coming.msisdn, coming.requested_at), false);
    }

    /// Keeps that an upgrade has come true, with the event that tells the world. There is one for each request.
    pub fn add_upgrade(&mut self, line: &Stored<Subscriber>, coming: &ComingPlan) -> Result<()> {
        let key = keys::upgrade(&coming.msisdn, coming.requested_at, &coming.plan);
        let mut item = item::item(key, coming)?;
        let event = PlanUpgraded {
            msisdn: &line.msisdn,
            customer: &line.customer,
            contract: &line.contract,
            plan: &coming.plan,
            since: coming.day,
            requested_at: coming.requested_at,
        };
        item::tell(&mut item, &event)?;
        self.create(item);
        Ok(())
    }
}

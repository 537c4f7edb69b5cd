//! Upgrades that a load overtakes by what it says of plans and contracts, not of lines.
//!
//! What is loaded is set first, so whoever requests an upgrade afterwards is refused; then those that wait are closed, each in
//! a transaction of its own. A load that is cut off in between does both again.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use futures_util::future::try_join_all;
use shared::domain::coming_plan::ComingPlan;
use shared::domain::ids::{ContractId, PlanId};
use shared::domain::overtaken::Overtaken;
use shared::error::Error;
use shared::table::{From, Window};

use super::Import;

/// Days that are looked through: no upgrade that is requested waits longer. What a load has told for a later day order
/// fulfilment closes the day before.
const AHEAD: u64 = 31;
/// Lists, and upgrades, that are worked on at once.
const AT_ONCE: usize = 16;
/// Upgrades that are read at once.
const PAGE: usize = 100;

impl Import<'_> {
    /// Closes all upgrades to plans that are not sold any more.
    pub(super) async fn close_upgrades_to(&self, retired: &BTreeSet<PlanId>) -> Result<(), Error> {
        let days = || (1..=AHEAD).filter_map(|ahead| self.today().checked_add_days(Days::new(ahead)));
        let lists: Vec<_> = retired.iter().flat_map(|plan| days().map(move |day| (day, plan))).collect();
        for some in lists.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|(day, plan)| self.close_list(*day, plan))).await?;
        }
        Ok(())
    }

    /// Closed ones leave the list. One that stays is looked at by its line's own day.
    async fn close_list(&self, day: NaiveDate, plan: &PlanId) -> Result<(), Error> {
        let mut window = Window { from: From::Record(0), limit: PAGE };
        loop {
            let page = self.writer.reader().coming_plans_of(day, plan, &window).await?;
            self.close_all(&page.coming, Overtaken::Retired).await?;
            let Some(next) = page.next else { return Ok(()) };
            window.from = From::After(next);
        }
    }

    /// Closes the upgrades of a contract's lines whose day comes after its last one.
    pub(super) async fn close_upgrades_beyond(&self, last: NaiveDate, id: &ContractId) -> Result<(), Error> {
        let Some((_, ledger)) = self.writer.reader().ledger(id, self.country.zone()).await? else { return Ok(()) };
        let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&self.country.zone()).date_naive();
        let starts = ledger.plans.iter().filter(|start| day(start.at) > last.max(self.today()));
        let lines: BTreeSet<_> = starts.map(|start| &start.line).collect();
        let lines = self.writer.reader().subscribers(lines).await?;
        let coming = lines.iter().filter(|line| line.contract == *id).filter_map(|line| line.coming_plan());
        let coming: Vec<_> = coming.filter(|coming| coming.day > last).collect();
        self.close_all(&coming, Overtaken::ContractEnded).await
    }

    async fn close_all(&self, coming: &[ComingPlan], reason: Overtaken) -> Result<(), Error> {
        let (now, zone) = (self.clock.now(), self.country.zone());
        for some in coming.chunks(AT_ONCE) {
            let close = some.iter().map(|coming| self.writer.close_upgrade(coming, reason, now, zone));
            try_join_all(close).await?;
        }
        Ok(())
    }
}

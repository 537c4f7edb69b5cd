//! Upgrades whose first day has come, and those of tomorrow that cannot come.
//!
//! The plan itself comes true by its day, on the line and in the ledger, whether anybody does anything or not. What is left is
//! to show it where a copy of it lies, in the list of products, and to tell of it.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use futures_util::future::join_all;
use shared::domain::catalogue::PlanStatus;
use shared::domain::coming_plan::ComingPlan;
use shared::domain::event::DayBegan;
use shared::domain::overtaken::Overtaken;
use shared::domain::subscriber::Subscriber;
use shared::error::{Cause, Error, Result};
use shared::events::{Outcome, Record};
use shared::queue::CONTINUED;
use shared::retry::pause;
use shared::table::{Changes, Stored};

use crate::OrderFulfilment;

/// Upgrades of one message; the rest is left to the next message.
const PAGE: usize = 100;
/// How many are fulfilled at once.
const AT_ONCE: usize = 8;
/// Days that are looked at: a day that nobody told is caught up by the next ones.
const WEEK: u64 = 7;
/// How often an upgrade is looked at again that somebody else changes at the same time.
const ROUNDS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(2);

/// `DayBegan`: the upgrades of the day, and those of the days before that are left; then those of tomorrow to plans that are
/// retired by now.
///
/// Each is one transaction: the line at the revision it was loaded at, the list of products, what became of the request with
/// its event under the request's key, and the row of the day's list, which goes. So a second message, two at once and a crash
/// in the middle of the list leave each upgrade told once: what became of it is found, or is in the way.
pub async fn begin(app: &OrderFulfilment, record: &Record) -> Result<Outcome> {
    let DayBegan { at } = record.payload()?;
    let day = at.with_timezone(&record.country.zone()).date_naive();
    if day > record.today() {
        return Err(Error::Unavailable(Cause::text("the day has not begun by this clock")));
    }
    let mut work = Work { app, record, done: 0, left: PAGE, failed: None };
    let days = (0..WEEK).rev().filter_map(|back| day.checked_sub_days(Days::new(back)));
    let has_more = work.tell(days).await? || work.close().await?;
    if has_more && work.done > 0 {
        app.own_queue.send(&record.again(), CONTINUED).await?;
    }
    // One that fails holds up no other. It brings the message back, and in the end to the dead letters.
    match work.failed {
        Some(error) => Err(error),
        None if work.done > 0 => Ok(Outcome::Applied),
        None => Ok(Outcome::Duplicate),
    }
}

/// The work of one message.
struct Work<'a> {
    app: &'a OrderFulfilment,
    record: &'a Record,
    done: usize,
    left: usize,
    failed: Option<Error>,
}

impl Work<'_> {
    /// Tells the upgrades of days. Says whether there are more.
    async fn tell(&mut self, days: impl Iterator<Item = NaiveDate>) -> Result<bool> {
        for day in days {
            let (coming, has_more) = self.app.base.reader().coming_plans(day, self.left).await?;
            self.each(&coming, Step::Tell).await;
            if has_more || self.left == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Closes the upgrades of tomorrow to retired plans. The load that retires a plan closes them itself; left is what was
    /// requested while this was under way, or a load that was cut off for good. Says whether there are more.
    async fn close(&mut self) -> Result<bool> {
        let (app, record) = (self.app, self.record);
        let (reader, zone) = (app.base.reader(), record.country.zone());
        let Some(tomorrow) = record.today().succ_opt() else { return Ok(false) };
        let catalogue = app.catalogue.get(reader, record.now, zone).await?;
        for plan in catalogue.plans.iter().filter(|plan| plan.status == PlanStatus::Retired && plan.is_main()) {
            let (coming, has_more) = reader.coming_plans_of(tomorrow, &plan.id, self.left).await?;
            self.each(&coming, Step::Close).await;
            if has_more || self.left == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a step with each, several at a time.
    async fn each(&mut self, coming: &[ComingPlan], step: Step) {
        let (app, record) = (self.app, self.record);
        self.left -= coming.len();
        for some in coming.chunks(AT_ONCE) {
            let work: Vec<_> = some.iter().map(|coming| step.take(app, record, coming)).collect();
            for result in join_all(work).await {
                match result {
                    Ok(has_changed) => self.done += usize::from(has_changed),
                    Err(error) => self.failed = Some(error),
                }
            }
        }
    }
}

/// What is done with an upgrade of a list.
#[derive(Clone, Copy)]
enum Step {
    Tell,
    Close,
}

impl Step {
    /// Says whether it has changed anything.
    async fn take(self, app: &OrderFulfilment, record: &Record, coming: &ComingPlan) -> Result<bool> {
        let (table, zone) = (&app.base.table, record.country.zone());
        match self {
            Self::Tell => fulfil(app, record, coming).await.map(|()| true),
            Self::Close => table.close_upgrade(coming, Overtaken::Retired, record.now, zone).await,
        }
    }
}

async fn fulfil(app: &OrderFulfilment, record: &Record, coming: &ComingPlan) -> Result<()> {
    for round in 0..ROUNDS {
        match once(app, record, coming).await {
            Err(Error::Stale) => pause(PAUSE, round).await,
            done => return done,
        }
    }
    Err(Error::Unavailable(Cause::text("a line keeps changing")))
}

/// Who closes a request does so before its day, and keeps that. So one whose day has come and of which nothing is kept is in force,
/// whatever the line has become since.
async fn once(app: &OrderFulfilment, record: &Record, coming: &ComingPlan) -> Result<()> {
    let (line, has_ended) = app.base.reader().line_of_upgrade(coming).await?;
    let mut changes = Changes::new();
    match line {
        Some(line) if !has_ended => {
            changes.add_upgrade(coming)?;
            if line.customer == coming.customer {
                show(app, record, &line, &mut changes).await?;
            }
        }
        _ => changes.delete_coming_plan(coming),
    }
    app.base.table.commit(changes, None, record.now).await.map(drop)
}

/// The line with what has come true written down, and its plan in the list of products.
async fn show(app: &OrderFulfilment, record: &Record, line: &Stored<Subscriber>, changes: &mut Changes) -> Result<()> {
    let reader = app.base.reader();
    changes.update_subscriber(line, &line.settled(record.today()))?;
    let catalogue = app.catalogue.get(reader, record.now, record.country.zone());
    let product = reader.product(&line.customer, &line.contract, &line.msisdn);
    let (catalogue, product) = tokio::try_join!(catalogue, product)?;
    if let Some((mut product, plan)) = product.zip(catalogue.plan(line.next_plan_on(record.today()))) {
        product.show(plan);
        changes.put_product(&product)?;
    }
    Ok(())
}

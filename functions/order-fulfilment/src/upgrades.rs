//! Upgrades whose first day has come, and those of tomorrow that cannot come.
//!
//! The plan itself comes true by its day, on the line and in the ledger, whether anybody does anything or not. What is left is
//! to show it where a copy of it lies, in the list of products, and to tell of it.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use shared::domain::catalogue::PlanStatus;
use shared::domain::coming_plan::ComingPlan;
use shared::domain::ids::PlanId;
use shared::domain::overtaken::Overtaken;
use shared::domain::subscriber::Subscriber;
use shared::error::{Cause, Error, Result};
use shared::events::{Outcome, Record};
use shared::queue::CONTINUED;
use shared::retry::pause;
use shared::table::{Changes, ComingPlans, From, Stored, Window};

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

/// `DayBegan` as the scheduler sends it, and as this function goes on with it.
#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    at: DateTime<Utc>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Place>,
    /// What has failed before, and nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
}

/// The upgrades of a day that are told; or those of a day to a retired plan, which are closed after all that are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct List {
    retired: Option<PlanId>,
    day: NaiveDate,
}

/// A place in a list: its beginning, or after a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    list: List,
    after: Option<String>,
}

/// An upgrade that has failed, and of which list.
#[derive(Debug, Serialize, Deserialize)]
struct Failed {
    list: List,
    upgrade: ComingPlan,
}

/// `DayBegan`: the upgrades of the day, and those of the days before that are left; then those of tomorrow to plans that are
/// retired by now.
///
/// Each is one transaction: the line at the revision it was loaded at, the list of products, what became of the request with
/// its event under the request's key, and the row of the day's list, which goes. So a second message, two at once and a crash
/// in the middle of the list leave each upgrade told once: what became of it is found, or is in the way.
///
/// A long list goes on by a message that tells the place. One that fails holds up no other and is no reason to send that
/// message twice: what has failed of a page that is not the last one is a message of its own, which sends none. It comes back,
/// and in the end to the dead letters.
pub async fn begin(app: &OrderFulfilment, record: &Record) -> Result<Outcome> {
    let Begun { at, from, failed } = record.payload()?;
    let day = at.with_timezone(&record.country.zone()).date_naive();
    if day > record.today() {
        return Err(Error::Unavailable(Cause::text("the day has not begun by this clock")));
    }
    let mut work = Work { app, record, done: 0, left: PAGE, failed: Vec::new(), error: None };
    let next = if failed.is_empty() { work.page(day, from).await? } else { work.again(failed).await };
    match (next, work.error) {
        (Some(place), error) => {
            if error.is_some() {
                let own = Begun { at, from: None, failed: work.failed };
                app.own_queue.send(&record.again_with(&own)?, CONTINUED).await?;
            }
            let rest = Begun { at, from: Some(place), failed: Vec::new() };
            app.own_queue.send(&record.again_with(&rest)?, CONTINUED).await?;
            Ok(Outcome::Applied)
        }
        (None, Some(error)) => Err(error),
        (None, None) if work.done > 0 => Ok(Outcome::Applied),
        (None, None) => Ok(Outcome::Duplicate),
    }
}

/// The work of one message.
struct Work<'a> {
    app: &'a OrderFulfilment,
    record: &'a Record,
    done: usize,
    left: usize,
    failed: Vec<Failed>,
    error: Option<Error>,
}

impl Work<'_> {
    /// Takes a page of the lists, and says where the next one begins.
    async fn page(&mut self, day: NaiveDate, from: Option<Place>) -> Result<Option<Place>> {
        for list in self.lists(day).await? {
            let after = match &from {
                Some(place) if list < place.list => continue,
                Some(place) if list == place.list => place.after.clone(),
                _ => None,
            };
            if self.left == 0 {
                return Ok(Some(Place { list, after }));
            }
            let window = Window { from: after.map_or(From::Record(0), From::After), limit: self.left };
            let page = self.read(&list, &window).await?;
            self.left = self.left.saturating_sub(page.coming.len() + page.unreadable);
            self.each(&list, page.coming).await;
            if page.next.is_some() {
                return Ok(Some(Place { list, after: page.next }));
            }
        }
        Ok(None)
    }

    /// The days to tell, in order, then tomorrow's retired plans. The load that retires a plan closes its upgrades itself;
    /// left is what was requested while this was under way, or a load that was cut off for good.
    async fn lists(&self, day: NaiveDate) -> Result<Vec<List>> {
        let (app, record) = (self.app, self.record);
        let days = (0..WEEK).rev().filter_map(|back| day.checked_sub_days(Days::new(back)));
        let mut lists: Vec<_> = days.map(|day| List { retired: None, day }).collect();
        if let Some(tomorrow) = record.today().succ_opt() {
            let catalogue = app.catalogue.get(app.base.reader(), record.now, record.country.zone()).await?;
            let retired = catalogue.plans.iter().filter(|plan| plan.status == PlanStatus::Retired && plan.is_main());
            lists.extend(retired.map(|plan| List { retired: Some(plan.id.clone()), day: tomorrow }));
        }
        lists.sort();
        Ok(lists)
    }

    async fn read(&self, list: &List, window: &Window) -> Result<ComingPlans> {
        let reader = self.app.base.reader();
        match &list.retired {
            None => reader.coming_plans(list.day, window).await,
            Some(plan) => reader.coming_plans_of(list.day, plan, window).await,
        }
    }

    /// What has failed before. There is no next page.
    async fn again(&mut self, failed: Vec<Failed>) -> Option<Place> {
        for Failed { list, upgrade } in failed {
            self.each(&list, vec![upgrade]).await;
        }
        None
    }

    /// Tells or closes each, several at a time.
    async fn each(&mut self, list: &List, coming: Vec<ComingPlan>) {
        let (app, record) = (self.app, self.record);
        let mut coming = coming.into_iter().peekable();
        while coming.peek().is_some() {
            let some = coming.by_ref().take(AT_ONCE);
            let work = some.map(|upgrade| async move { (list.end(app, record, &upgrade).await, upgrade) });
            for (result, upgrade) in join_all(work).await {
                match result {
                    Ok(has_changed) => self.done += usize::from(has_changed),
                    Err(error) => {
                        self.failed.push(Failed { list: list.clone(), upgrade });
                        self.error = Some(error);
                    }
                }
            }
        }
    }
}

impl List {
    /// Says whether it has changed anything.
    async fn end(&self, app: &OrderFulfilment, record: &Record, coming: &ComingPlan) -> Result<bool> {
        let (table, zone) = (&app.base.table, record.country.zone());
        match self.retired {
            None => fulfil(app, record, coming).await.map(|()| true),
            Some(_) => table.close_upgrade(coming, Overtaken::Retired, record.now, zone).await,
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
            changes.add_upgrade(coming, record.now)?;
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

//! Upgrades whose first day has come.
//!
//! The plan itself comes true by its day, on the line and in the ledger, whether anybody does anything or not. What is left is
//! to show it where a copy of it lies, in the list of products, and to tell of it.

use std::time::Duration;

use chrono::Days;
use futures_util::future::join_all;
use shared::domain::coming_plan::ComingPlan;
use shared::domain::event::DayBegan;
use shared::error::{Cause, Error, Result};
use shared::events::{Outcome, Record};
use shared::queue::CONTINUED;
use shared::retry::pause;
use shared::table::Changes;

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

/// `DayBegan`: the upgrades of the day, and those of the days before that are left.
///
/// Each is one transaction: the line at the revision it was loaded at, the list of products, the upgrade with its event under
/// the key of its request, and the row of the day's list, which goes. So a second message, two at once and a crash in the
/// middle of the list leave each upgrade told once: that it was told is found, or is in the way.
pub async fn begin(app: &OrderFulfilment, record: &Record) -> Result<Outcome> {
    let DayBegan { at } = record.payload()?;
    let day = at.with_timezone(&record.country.zone()).date_naive();
    if day > record.today() {
        return Err(Error::Unavailable(Cause::text("the day has not begun by this clock")));
    }
    let (mut done, mut left, mut failed) = (0, PAGE, None);
    for back in (0..WEEK).rev() {
        let Some(on) = day.checked_sub_days(Days::new(back)) else { continue };
        let (coming, more) = app.base.reader().coming_plans(on, left).await?;
        left -= coming.len();
        for some in coming.chunks(AT_ONCE) {
            let work: Vec<_> = some.iter().map(|coming| fulfil(app, record, coming)).collect();
            for result in join_all(work).await {
                match result {
                    Ok(()) => done += 1,
                    Err(error) => failed = Some(error),
                }
            }
        }
        if more || left == 0 {
            if done > 0 {
                app.own_queue.send(&record.again(), CONTINUED).await?;
            }
            break;
        }
    }
    // One that fails holds up no other. It brings the message back, and in the end to the dead letters.
    match failed {
        Some(error) => Err(error),
        None if done > 0 => Ok(Outcome::Applied),
        None => Ok(Outcome::Duplicate),
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

async fn once(app: &OrderFulfilment, record: &Record, coming: &ComingPlan) -> Result<()> {
    let reader = app.base.reader();
    let mut changes = Changes::new();
    changes.delete_coming_plan(coming);
    let (line, is_told) = reader.line_of_upgrade(coming).await?;
    let upgraded = line.as_ref().filter(|_| !is_told).and_then(|line| line.upgraded(coming, record.today()));
    if let Some((line, upgraded)) = line.as_ref().zip(upgraded) {
        changes.update_subscriber(line, &upgraded)?;
        changes.add_upgrade(line, coming)?;
        let catalogue = app.catalogue.get(reader, record.now, record.country.zone());
        let product = reader.product(&line.customer, &line.contract, &line.msisdn);
        let (catalogue, product) = tokio::try_join!(catalogue, product)?;
        if let Some((mut product, plan)) = product.zip(catalogue.plan(&coming.plan)) {
            product.show(plan);
            changes.put_product(&product)?;
        }
    }
    app.base.table.commit(changes, None, record.now).await.map(drop)
}

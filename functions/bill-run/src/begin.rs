//! Runs that begin: a day's by the schedule, others by an operator's order.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use shared::domain::billing::run::Run;
use shared::domain::event::{BillRunDue, BillRunOrdered};
use shared::domain::ids::RunId;
use shared::error::{Cause, Error, Result};
use shared::events::{Outcome, Record, tell_if_done};
use shared::queue::CONTINUED;
use shared::table::{Changes, Stored};

use crate::BillRun;
use crate::walk::{Walked, send_open, walk};

/// How far back days without a run are looked for: more than a month, so that no cycle day is left out.
const BACK: u64 = 40;

/// `BillRunDue`: the run of the scheduled day, after those of the days since the newest run that have none.
///
/// A run is created once, under the name of its day, and so is each of its pages, so a second message, two at once and a
/// crash go on where the first has come to.
pub async fn day(app: &BillRun, record: &Record) -> Result<Outcome> {
    let BillRunDue { at } = record.payload()?;
    let day = at.with_timezone(&record.country.zone()).date_naive();
    if day > record.today() {
        return Err(Error::Unavailable(Cause::text("the day has not begun by this clock")));
    }
    let Some(first) = day.checked_sub_days(Days::new(BACK)) else {
        return Ok(Outcome::Parked("a day outside of the calendar".to_owned()));
    };
    let known = app.base.reader().runs(first, day).await?;
    let mut known: BTreeMap<NaiveDate, Stored<Run>> = known
        .into_iter()
        .filter(|run| name(run.day).is_ok_and(|name| name == run.id))
        .map(|run| (run.day, run))
        .collect();
    let newest = known.values().filter(|run| run.scheduled && run.day < day).map(|run| run.day).next_back();
    let missing = newest.map_or(day, |newest| newest.succ_opt().unwrap_or(day));
    let open = known.values().filter(|run| run.scheduled && run.closed.is_none()).map(|run| run.day).min();
    let mut next = open.map_or(missing, |open| open.min(missing));
    let mut did = false;
    while next <= day {
        let run = match known.remove(&next) {
            Some(run) => run,
            None => {
                let run = Run::of_day(name(next)?, next, false, record.now);
                create(app, record, Run { scheduled: true, ..run }).await?
            }
        };
        if run.is_listed() {
            go_on(app, &run).await?;
        } else {
            did = true;
            if walk(app, run, record).await? == Walked::Part {
                app.own_queue.send(&record.again(), CONTINUED).await?;
                break;
            }
        }
        next = next.succ_opt().ok_or_else(|| Error::internal("a day outside of the calendar"))?;
    }
    Ok(if did { Outcome::Applied } else { Outcome::Duplicate })
}

/// `BillRunOrdered`: the run, under the name it was ordered by; safe to repeat as [`day`] is.
pub async fn ordered(app: &BillRun, record: &Record) -> Result<Outcome> {
    let BillRunOrdered { run, day, dry, whom } = record.payload()?;
    if day > record.today() {
        return Ok(Outcome::Parked("the day of the run lies in the future".to_owned()));
    }
    let wanted = Run::ordered(run, day, dry, record.now, whom);
    let run = match app.base.reader().run(&wanted.id).await? {
        Some(run) if run.is_listed() => return go_on(app, &run).await.map(|()| Outcome::Duplicate),
        Some(run) => run,
        None => create(app, record, wanted).await?,
    };
    if walk(app, run, record).await? == Walked::Part {
        app.own_queue.send(&record.again(), CONTINUED).await?;
    }
    Ok(Outcome::Applied)
}

/// A run whose pages are all made and that is not closed goes on: its open pages are sent again, for their messages may be
/// dead by now; and when none is open, who finished the last one may have died before it was told.
async fn go_on(app: &BillRun, run: &Run) -> Result<()> {
    if run.closed.is_some() {
        return Ok(());
    }
    send_open(app, run).await?;
    tell_if_done(app.base.reader(), &app.own_queue, run).await
}

/// The name of a day's run.
pub fn name(day: NaiveDate) -> Result<RunId> {
    day.to_string().parse::<RunId>().map_err(|invalid| invalid.field("run"))
}

async fn create(app: &BillRun, record: &Record, run: Run) -> Result<Stored<Run>> {
    let mut changes = Changes::new();
    changes.add_run(&run)?;
    app.base.table.commit(changes, None, record.now).await?;
    Ok(Stored { value: run, rev: 1 })
}

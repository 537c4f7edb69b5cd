//! Runs that end.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{Days, NaiveDate};
use shared::domain::billing::report::Report;
use shared::domain::billing::run::{Closed, Run};
use shared::domain::event::{BillPagesDone, BillRunClosed};
use shared::domain::ids::StreamId;
use shared::error::{Error, Result};
use shared::events::{Outcome, Record};
use shared::table::{Changes, From, Stored, Window};

use crate::BillRun;

/// The run's day and the one before it, in days before the run's.
const LATELY: Range<u64> = 0..2;
/// The days whose streams are expected to go on.
const BEFORE: Range<u64> = 2..9;
/// Pages that are read at once.
const STRETCH: usize = 500;

/// `BillPagesDone`: the run is closed with what its pages came to.
///
/// The run at the revision it was loaded at, and the event of its closing, are one transaction, so it is closed and told once.
/// Pages that are done do not change any more: whoever adds them up gets the same.
pub async fn close(app: &BillRun, record: &Record) -> Result<Outcome> {
    let BillPagesDone { run: id } = record.payload()?;
    let reader = app.base.reader();
    let Some(run) = reader.run(&id).await? else {
        return Ok(Outcome::Parked("there is no such run".to_owned()));
    };
    // Whoever makes the last page, and whoever finishes the last open one, tells it again.
    if run.closed.is_some() || !run.is_listed() || reader.has_open_pages(&id).await? {
        return Ok(Outcome::Duplicate);
    }
    let mut report = report(app, &run).await?;
    if !run.dry {
        report.silent = silent(app, run.day).await?;
    }
    let at = record.now;
    let event = BillRunClosed {
        run: &id,
        day: run.day,
        contracts: report.contracts,
        billed: report.billed,
        skipped: report.skipped(),
        parked: report.parked(),
        silent: &report.silent,
        at,
    };
    let mut changes = Changes::new();
    changes.add_closing(&run, &event)?;
    let after = Run { closed: Some(Closed { at, report }), ..run.value.clone() };
    changes.update_run(&run, &after)?;
    app.base.table.commit(changes, None, record.now).await?;
    Ok(Outcome::Applied)
}

/// The streams of usage files that have come in on one of the days before the last two, and not since.
async fn silent(app: &BillRun, day: NaiveDate) -> Result<BTreeSet<StreamId>> {
    let streams = async |back: Range<u64>| {
        let mut streams = BTreeSet::new();
        for day in back.filter_map(|back| day.checked_sub_days(Days::new(back))) {
            streams.extend(app.base.reader().streams(day).await?);
        }
        Ok::<_, Error>(streams)
    };
    let lately = streams(LATELY).await?;
    Ok(streams(BEFORE).await?.into_iter().filter(|stream| !lately.contains(stream)).collect())
}

async fn report(app: &BillRun, run: &Stored<Run>) -> Result<Report> {
    let reader = app.base.reader();
    let mut report = Report::default();
    let mut window = Window { limit: STRETCH, from: From::Record(0) };
    loop {
        let pages = reader.done_pages(&run.id, &window).await?;
        pages.rows.iter().for_each(|(_, page)| report.add(page));
        let Some(next) = pages.next else { break };
        window.from = From::After(next);
    }
    report.unused = reader.all_free_numbers(&run.id).await?;
    Ok(report)
}

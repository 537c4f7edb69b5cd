//! Runs that end.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{Days, NaiveDate};
use futures_util::future::{try_join, try_join_all};
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::report::Report;
use shared::domain::billing::run::{Closed, Run};
use shared::domain::billing::series::is_scarce;
use shared::domain::event::{BillPagesDone, BillRunClosed};
use shared::domain::ids::StreamId;
use shared::error::{Error, Result};
use shared::events::{Outcome, Record};
use shared::invocation::ring;
use shared::queue::CONTINUED;
use shared::table::Changes;

use crate::{BillRun, CONTRACTS_PARKED, SERIES_NEAR_END, USAGE_SILENT};

/// The run's day and the one before it, in days before the run's.
const LATELY: Range<u64> = 0..2;
/// The days whose streams are expected to go on.
const BEFORE: Range<u64> = 2..9;

/// `BillPagesDone`: the run is closed with what its pages came to.
///
/// A run of very many pages is added up by several messages; it remembers how far. The run at the revision it was loaded at,
/// and the event of its closing, are one transaction, so it is closed and told once. Pages that are done do not change any more: whoever adds them up gets the same.
pub async fn close(app: &BillRun, record: &Record) -> Result<Outcome> {
    let BillPagesDone { run: id } = record.payload()?;
    let reader = app.base.reader();
    let Some(run) = reader.run(&id).await? else {
        return Ok(Outcome::Parked("there is no such run".to_owned()));
    };
    // Whoever makes the last page, and whoever finishes the last open one, tells it again.
    if run.closed.is_some() || !run.is_listed() || reader.has_open_pages(&run).await? {
        return Ok(Outcome::Duplicate);
    }
    let mut sum = run.sum.clone().unwrap_or_default();
    if !reader.add_up(&run, &mut sum, app.stretches).await? {
        let mut changes = Changes::new();
        changes.update_run(&run, &Run { sum: Some(sum), ..run.value.clone() })?;
        app.base.table.commit(changes, None, record.now).await?;
        app.own_queue.send(&record.again(), CONTINUED).await?;
        return Ok(Outcome::Applied);
    }
    let mut report = sum.report;
    if run.is_of_day() && !run.dry {
        report.silent = silent(app, run.day).await?;
        report.scarce = scarce(app, &report, record.today()).await?;
        tell_of(&run, &report);
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
    let after = Run { sum: None, closed: Some(Closed { at, report }), ..run.value.clone() };
    changes.update_run(&run, &after)?;
    app.base.table.commit(changes, None, record.now).await?;
    Ok(Outcome::Applied)
}

/// Logs what somebody has to look at, for alarms. Before the run is closed: a crash in between rings twice, and never not at all.
fn tell_of(run: &Run, report: &Report) {
    for kind in &report.scarce {
        let kind = match kind {
            DocumentKind::Invoice => "invoice",
            DocumentKind::CreditNote => "credit-note",
        };
        ring(SERIES_NEAR_END, &kind);
    }
    if report.parked() > 0 {
        ring(CONTRACTS_PARKED, &format_args!("{}: {}", run.id, report.parked()));
    }
    if !report.silent.is_empty() {
        let silent: Vec<&str> = report.silent.iter().map(StreamId::as_str).collect();
        ring(USAGE_SILENT, &silent.join(" "));
    }
}

/// The kinds of documents of which the series are near their end.
async fn scarce(app: &BillRun, report: &Report, today: NaiveDate) -> Result<Vec<DocumentKind>> {
    let series = app.base.reader().all_series().await?;
    let series = || series.iter().map(|series| &series.value);
    let used = [(DocumentKind::Invoice, report.invoices.count), (DocumentKind::CreditNote, report.credit_notes.count)];
    let scarce = used.into_iter().filter(|(kind, used)| is_scarce(series(), *kind, *used, today));
    Ok(scarce.map(|(kind, _)| kind).collect())
}

/// The streams of usage files that have come in on one of the days before the last two, and not since.
async fn silent(app: &BillRun, day: NaiveDate) -> Result<BTreeSet<StreamId>> {
    let streams = async |back: Range<u64>| {
        let days = back.filter_map(|back| day.checked_sub_days(Days::new(back)));
        let streams = try_join_all(days.map(|day| app.base.reader().streams(day))).await?;
        Ok::<BTreeSet<_>, Error>(streams.into_iter().flatten().collect())
    };
    let (lately, before) = try_join(streams(LATELY), streams(BEFORE)).await?;
    Ok(before.difference(&lately).cloned().collect())
}

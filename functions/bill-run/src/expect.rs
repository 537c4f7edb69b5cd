//! Runs that should have ended.

use chrono::Days;
use shared::domain::event::BillRunExpected;
use shared::error::Result;
use shared::events::{Outcome, Record};
use shared::invocation::ring;

use crate::begin::name;
use crate::{BillRun, RUN_NOT_CLOSED};

/// How many days back runs are looked at: one that nobody has closed for a week is known.
const BACK: u64 = 6;

/// `BillRunExpected`: the log says which runs of the last days are open, and whether the day's own was never begun; an alarm
/// counts it.
///
/// It only reads, so a second delivery says the same again.
pub async fn closed(app: &BillRun, record: &Record) -> Result<Outcome> {
    let BillRunExpected { at } = record.payload()?;
    let day = at.with_timezone(&record.country.zone()).date_naive();
    let runs = app.base.reader().runs(day.checked_sub_days(Days::new(BACK)).unwrap_or(day), day).await?;
    let own = name(day)?;
    if !runs.iter().any(|run| run.id == own) {
        ring(RUN_NOT_CLOSED, &own);
    }
    for run in runs.iter().filter(|run| run.scheduled && run.closed.is_none()) {
        ring(RUN_NOT_CLOSED, &run.id);
    }
    Ok(Outcome::Applied)
}

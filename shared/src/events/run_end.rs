//! How a bill run comes to its end: whoever leaves it without open pages tells bill-run.

use super::message;
use crate::domain::billing::page::PageId;
use crate::domain::billing::run::Run;
use crate::domain::event::BillPagesDone;
use crate::domain::ids::RunId;
use crate::error::Result;
use crate::queue::{CONTINUED, Queue};
use crate::table::Reader;

/// Tells bill-run by its queue that a run may be closed, if all its pages are made and none is open. Told twice it changes
/// nothing.
///
/// Whoever makes the last page asks after it is made, and whoever finishes a page after that is written. So the last of them
/// finds none open.
///
/// # Errors
/// An unavailable store or queue.
pub async fn tell_if_done(reader: &Reader, runs: &Queue, run: &Run) -> Result<()> {
    if run.is_listed() && !reader.has_open_pages(run).await? {
        runs.send(&message(&BillPagesDone { run: run.id.clone() }, &format!("{}:done", run.id))?, CONTINUED).await?;
    }
    Ok(())
}

/// The same by whoever has finished a page. While its list has open ones, that is one query of two items.
///
/// # Errors
/// As [`tell_if_done`].
pub async fn tell_if_last(reader: &Reader, runs: &Queue, run: &RunId, page: PageId) -> Result<()> {
    if reader.has_open_page(run, page.list).await? {
        return Ok(());
    }
    match reader.run(run).await? {
        Some(run) => tell_if_done(reader, runs, &run).await,
        None => Ok(()),
    }
}

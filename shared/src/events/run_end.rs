//! How a bill run comes to its end: whoever leaves it without open pages tells bill-run.

use super::message;
use crate::domain::event::BillPagesDone;
use crate::domain::ids::RunId;
use crate::error::Result;
use crate::queue::Queue;
use crate::table::Reader;

/// The group of messages with which a function goes on with what it has begun.
const CONTINUED: &str = "continued";

/// Tells bill-run by its queue that a run may be closed, if no page of it is open. Told twice it changes nothing.
///
/// # Errors
/// An unavailable store or queue.
pub async fn tell_if_done(reader: &Reader, runs: &Queue, run: &RunId) -> Result<()> {
    if !reader.has_open_pages(run).await? {
        runs.send(&message(&BillPagesDone { run: run.clone() }, &format!("{run}:done"))?, CONTINUED).await?;
    }
    Ok(())
}

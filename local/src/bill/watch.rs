//! A run while it is under way: how far it is, and the messages it goes on by, where they are lost.

use std::time::Duration;

use futures_util::future::try_join_all;
use indicatif::{ProgressBar, ProgressStyle};
use shared::domain::billing::run::Run;
use shared::domain::ids::RunId;
use shared::table::{From, Reader, Window};
use tokio::time::{Instant, sleep};

use super::order::{BY_HAND, Order, RUNS};
use crate::failure::Failure;
use crate::queues::site::Site;
use crate::words::count;

/// The queue that bill-generate takes pages from.
const PAGES: &str = "BillPages";
/// Looks in a row that may fail.
const PATIENT: u32 = 5;
/// How many open pages the table tells at once.
const TOLD: usize = 100;

/// How long is waited for a run of somebody else, and how often is looked.
const LONGEST: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(500);

/// A run that is watched.
pub struct Watch<'a> {
    reader: &'a Reader,
    site: &'a Site,
    order: &'a Order,
    id: &'a RunId,
    /// How often is looked.
    pace: Duration,
    /// How long nothing may move, with all queues empty, until the messages count as lost. SQS's counts lag on AWS.
    patience: Duration,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Pages it has so far.
    pub made: u64,
    /// Pages that are done, at least.
    pub done: u64,
}

/// What a watch has seen so far.
struct Seen {
    progress: Progress,
    /// Since when nothing has moved.
    since: Instant,
    /// At which progress the order was given again.
    told: Option<Progress>,
}

/// What a look has found.
enum Look {
    Closed(Box<Run>),
    Open,
    Stuck(Failure),
}

impl<'a> Watch<'a> {
    /// Of a run that was ordered.
    pub const fn new(reader: &'a Reader, site: &'a Site, order: &'a Order, id: &'a RunId) -> Self {
        let (pace, patience) = match site.is_deployed() {
            true => (Duration::from_secs(2), Duration::from_secs(120)),
            false => (Duration::from_millis(300), Duration::from_millis(600)),
        };
        Self { reader, site, order, id, pace, patience }
    }

    /// The same, looking as often as this, and waiting so long for messages that may be lost.
    #[must_use]
    pub const fn every(self, pace: Duration, patience: Duration) -> Self {
        Self { pace, patience, ..self }
    }

    /// The run once it is closed; until then a bar shows how far it is.
    ///
    /// A local server that was killed has lost its queues, but not the run. So when the queues are empty and the run does
    /// not go on, it is ordered again: bill-run goes on with what is left of it.
    ///
    /// # Errors
    /// When it does not go on after that either; when table or queues do not answer.
    pub async fn until_closed(&self) -> Result<Run, Failure> {
        let bar = bar();
        let mut seen = Seen { progress: Progress::default(), since: Instant::now(), told: None };
        let mut failures = 0;
        let ended = loop {
            match self.look(&bar, &mut seen).await {
                Ok(Look::Closed(run)) => break Ok(*run),
                Ok(Look::Stuck(failure)) => break Err(failure),
                Ok(Look::Open) => failures = 0,
                // A table or server that is busy answers the next time.
                Err(_) if failures < PATIENT => failures += 1,
                Err(failure) => break Err(failure),
            }
            sleep(self.pace).await;
        };
        bar.finish_and_clear();
        ended
    }

    async fn look(&self, bar: &ProgressBar, seen: &mut Seen) -> Result<Look, Failure> {
        let run = self.reader.run(self.id).await?.map(|run| run.value);
        let progress = match &run {
            Some(run) if run.closed.is_some() => return Ok(Look::Closed(Box::new(run.clone()))),
            Some(run) => Progress::of(self.reader, run).await?,
            None => Progress::default(),
        };
        show(bar, progress, run.as_ref());
        if progress != seen.progress || !self.is_idle().await? {
            (seen.progress, seen.since) = (progress, Instant::now());
        } else if seen.since.elapsed() >= self.patience {
            // It may have gone on, or come to its end, before the queues were looked at.
            let has_moved = self.reader.run(self.id).await?.map(|run| run.value) != run;
            if !has_moved {
                if seen.told == Some(progress) {
                    return Ok(Look::Stuck(self.stuck(progress, run.is_some())));
                }
                self.site.send(RUNS, BY_HAND, &[self.order.message(self.id)?]).await?;
                seen.told = Some(progress);
            }
            seen.since = Instant::now();
        }
        Ok(Look::Open)
    }

    /// Whether no message of any run is under way. A page that is done may tell it between the first two looks, so a third one
    /// goes back to where that lies.
    async fn is_idle(&self) -> Result<bool, Failure> {
        for queue in [RUNS, PAGES, RUNS] {
            if !self.site.queue(queue).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn stuck(&self, progress: Progress, is_there: bool) -> Failure {
        let id = self.id;
        if !is_there {
            return Failure::new(format!(
                "bill-run did not take the order of the run {id}: `queue show BillRunDeadLetters` says why"
            ));
        }
        let open = progress.made.saturating_sub(progress.done);
        let (what, queue) = match open {
            0 => ("all its pages are done".to_owned(), "BillRunDeadLetters"),
            open => (format!("{} open", count(open, "page")), "BillPageDeadLetters"),
        };
        Failure::new(format!(
            "the run {id} does not go on: {what}, and no message is under way; `queue show {queue}` says why. When that is \
             mended, the same command goes on"
        ))
    }
}

impl Progress {
    /// Of a run. Of a list with more than a hundred open pages it is what is done for certain: the pages before the first open
    /// one. A query for each list.
    ///
    /// # Errors
    /// An unavailable store.
    pub async fn of(reader: &Reader, run: &Run) -> Result<Self, Failure> {
        let lists = run.places().zip(&run.lists).filter(|(_, list)| list.pages > 0);
        let done = lists.map(|(place, list)| async move {
            let window = Window { limit: TOLD, from: From::Record(0) };
            let open = reader.open_pages(&run.id, place, &window).await?;
            let done = match (open.next, open.rows.first()) {
                (Some(_), Some(first)) => u64::from(first.page),
                _ => u64::from(list.pages).saturating_sub(open.rows.len() as u64),
            };
            Ok::<_, Failure>(done)
        });
        Ok(Self { made: run.pages(), done: try_join_all(done).await?.into_iter().sum() })
    }
}

/// A run that somebody else has ordered, a schedule say, once it is there and closed; until then a bar shows how far it is.
///
/// # Errors
/// When it is not closed after [`LONGEST`]; when the table does not answer.
pub async fn closed(reader: &Reader, id: &RunId) -> Result<Run, Failure> {
    let (bar, begun) = (bar(), Instant::now());
    while begun.elapsed() < LONGEST {
        let run = reader.run(id).await?.map(|run| run.value);
        let progress = match &run {
            Some(run) if run.closed.is_some() => {
                bar.finish_and_clear();
                return Ok(run.clone());
            }
            Some(run) => Progress::of(reader, run).await?,
            None => Progress::default(),
        };
        show(&bar, progress, run.as_ref());
        sleep(LOOK).await;
    }
    bar.finish_and_clear();
    Err(Failure::new(format!("the run {id} is not closed after ten minutes; `bill status {id}` says how far it is")))
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} pages{msg}, {per_sec}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, progress: Progress, run: Option<&Run>) {
    bar.set_message(match run {
        None => ", waiting for bill-run",
        Some(run) if !run.is_listed() => ", more are listed",
        Some(_) => "",
    });
    bar.set_length(progress.made);
    // What an earlier command has seen done says nothing about the rate.
    if bar.position() == 0 && progress.done > 0 {
        bar.set_position(progress.done);
        bar.reset_eta();
    }
    bar.set_position(progress.done);
}

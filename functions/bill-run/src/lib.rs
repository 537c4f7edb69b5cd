//! Begins the bill run of a day, divides its contracts into pages, and closes it when it is known what became of each.
//!
//! bill-generate bills the pages (docs/decisions/0016-bill-runs.md).

mod begin;
mod close;
mod expect;
mod walk;

use shared::domain::event::{BillPagesDone, BillRunDue, BillRunExpected, BillRunOrdered};
use shared::error::Result;
use shared::events::{Consumer, Outcome, Record, Source, source};
use shared::invocation::Base;
use shared::queue::Queue;

/// The function: its store, the queue it goes on by, the queue of pages, and where it leaves what it cannot do.
pub struct BillRun {
    base: Base,
    own_queue: Queue,
    pages: Queue,
    dead_letters: Queue,
    /// Stretches of pages that one message adds up.
    stretches: usize,
}

/// What the log says when there are numbers for less than two more runs; metrics of the template count these words and the next.
pub const SERIES_NEAR_END: &str = "the series of bill numbers are near their end";
/// When the run of a day has left contracts that wait for a person.
pub const CONTRACTS_PARKED: &str = "contracts of a bill run are parked";
/// When streams of usage files have come in before, and not on a run's day and the one before it.
pub const USAGE_SILENT: &str = "streams of usage files are silent";
/// When the run of a day is not closed by the hour that the template sets.
pub const RUN_NOT_CLOSED: &str = "a bill run is not closed";
/// Of 500 pages each: some seconds, a small part of the function's time.
const STRETCHES: usize = 200;

impl BillRun {
    /// The function over this store.
    pub const fn new(base: Base, own_queue: Queue, pages: Queue, dead_letters: Queue) -> Self {
        Self { base, own_queue, pages, dead_letters, stretches: STRETCHES }
    }

    /// The same, adding up so many stretches of pages by one message.
    #[must_use]
    pub fn with_stretches(self, stretches: usize) -> Self {
        Self { stretches, ..self }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Begin the run of a day, and of the days before that have none.
    BeginDay,
    /// Look whether the runs of the last days are closed.
    ExpectClosed,
    /// Begin a run that an operator wants.
    BeginOrdered,
    /// Close a run whose pages are all done.
    Close,
}

impl Consumer for BillRun {
    type Op = Op;

    const NAME: &'static str = "bill-run";

    const SOURCES: &'static [Source<Op>] = &[
        source::<BillRunDue, _>(Op::BeginDay),
        source::<BillRunExpected, _>(Op::ExpectClosed),
        source::<BillRunOrdered, _>(Op::BeginOrdered),
        source::<BillPagesDone, _>(Op::Close),
    ];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, op: Op, record: &Record) -> Result<Outcome> {
        match op {
            Op::BeginDay => begin::day(self, record).await,
            Op::ExpectClosed => expect::closed(self, record).await,
            Op::BeginOrdered => begin::ordered(self, record).await,
            Op::Close => close::close(self, record).await,
        }
    }
}

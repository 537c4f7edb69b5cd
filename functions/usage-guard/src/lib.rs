//! Looks at lines while their period runs: which limits their usage has reached, and when to look again
//! (docs/decisions/0039-bill-shock-guard.md).
//!
//! [`look`] is one look; [`walk`] finds those whose hour has come.

mod contract;
mod look;
mod walk;

use shared::domain::event::{UsageLookWanted, UsageLooksDue};
use shared::error::Result;
use shared::events::{Consumer, Outcome, Record, Source, source};
use shared::invocation::Base;
use shared::queue::Queue;
use shared::table::TariffCache;

/// The function: its store, the queue it goes on by, and where it leaves what it cannot do.
pub struct UsageGuard {
    base: Base,
    own_queue: Queue,
    dead_letters: Queue,
    tariffs: TariffCache,
}

impl UsageGuard {
    /// The function over this store.
    pub fn new(base: Base, own_queue: Queue, dead_letters: Queue) -> Self {
        Self { base, own_queue, dead_letters, tariffs: TariffCache::default() }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Look at lines and contracts.
    Look,
    /// Have those looked at whose hour has come.
    WalkLists,
}

impl Consumer for UsageGuard {
    type Op = Op;

    const NAME: &'static str = "usage-guard";

    const SOURCES: &'static [Source<Op>] =
        &[source::<UsageLookWanted, _>(Op::Look), source::<UsageLooksDue, _>(Op::WalkLists)];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, op: Op, record: &Record) -> Result<Outcome> {
        match op {
            Op::Look => look::look(self, record).await,
            Op::WalkLists => walk::walk(self, record).await,
        }
    }
}

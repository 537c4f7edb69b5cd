//! Bills the contracts of a page of a bill run: each once, whatever fails (docs/decisions/0016-bill-runs.md).
//!
//! [`page`] is the way of a page: its contracts are computed ([`contract`]), numbers are taken for their documents ([`numbers`]),
//! each contract is committed ([`commit`]), and what became of them ends the page.

mod catalogues;
mod commit;
mod contract;
mod fiscal;
mod numbers;
mod page;

use std::sync::Arc;

use futures_util::lock::Mutex;
use shared::auth::RingCache;
use shared::domain::event::BillPageListed;
use shared::domain::fiscal::keys::FiscalKeys;
use shared::error::Result;
use shared::events::{Consumer, Outcome, Record, Source, source};
use shared::invocation::Base;
use shared::queue::Queue;

use crate::catalogues::KnownCatalogues;

/// The function: its store, the queue of bill-run, and where it leaves what it cannot do.
pub struct BillGenerate {
    base: Base,
    runs: Queue,
    dead_letters: Queue,
    catalogues: KnownCatalogues,
    /// What codes on bills are made with.
    keys: RingCache<FiscalKeys>,
    /// From which page on a list takes numbers ahead of its pages.
    ahead_from: u32,
    /// Held by whoever has a contract of very many lines in memory.
    alone: Arc<Mutex<()>>,
}

/// A run of 100,000 contracts has so many pages a list; up to that the series keep up.
const AHEAD_FROM: u32 = 256;

impl BillGenerate {
    /// The function over this store.
    pub fn new(base: Base, keys: RingCache<FiscalKeys>, runs: Queue, dead_letters: Queue) -> Self {
        let catalogues = KnownCatalogues::default();
        Self { base, runs, dead_letters, catalogues, keys, ahead_from: AHEAD_FROM, alone: Arc::default() }
    }

    /// The same, with lists that take numbers ahead from this page on.
    #[must_use]
    pub fn taking_ahead_from(self, page: u32) -> Self {
        Self { ahead_from: page, ..self }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Bill the contracts of a page.
    BillPage,
}

impl Consumer for BillGenerate {
    type Op = Op;

    const NAME: &'static str = "bill-generate";

    const SOURCES: &'static [Source<Op>] = &[source::<BillPageListed, _>(Op::BillPage)];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, op: Op, record: &Record) -> Result<Outcome> {
        match op {
            Op::BillPage => page::bill(self, record).await,
        }
    }
}

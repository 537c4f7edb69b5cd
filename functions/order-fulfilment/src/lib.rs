//! Carries out what subscribers have asked for. Additional plans begin to run as soon as the request arrives; an upgrade comes
//! true by its day, and is made visible and told when that has begun.

mod subscription;
mod upgrades;

use shared::domain::event::{DayBegan, SubscriptionRequested};
use shared::error::Result;
use shared::events::{Consumer, Outcome, Record, Source, source};
use shared::invocation::Base;
use shared::queue::Queue;
use shared::table::CatalogueCache;

/// The function: its store, the queue it goes on by, and where it leaves what it cannot carry out.
pub struct OrderFulfilment {
    base: Base,
    own_queue: Queue,
    dead_letters: Queue,
    catalogue: CatalogueCache,
}

impl OrderFulfilment {
    /// The function over this store.
    pub fn new(base: Base, own_queue: Queue, dead_letters: Queue) -> Self {
        Self { base, own_queue, dead_letters, catalogue: CatalogueCache::default() }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Let an additional plan run.
    ActivateSubscription,
    /// Make the upgrades of a day visible, and tell of them.
    BeginDay,
}

impl Consumer for OrderFulfilment {
    type Op = Op;

    const NAME: &'static str = "order-fulfilment";

    const SOURCES: &'static [Source<Op>] =
        &[source::<SubscriptionRequested, _>(Op::ActivateSubscription), source::<DayBegan, _>(Op::BeginDay)];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, op: Op, record: &Record) -> Result<Outcome> {
        match op {
            Op::ActivateSubscription => subscription::activate(self, record).await,
            Op::BeginDay => upgrades::begin(self, record).await,
        }
    }
}

//! Carries out what subscribers have asked for. Additional plans begin to run as soon as the request arrives; an upgrade
//! is carried out with the next bill cycle.

mod subscription;

use shared::domain::event::SubscriptionRequested;
use shared::error::Result;
use shared::events::{Consumer, Outcome, Record, Source, source};
use shared::invocation::Base;
use shared::queue::Queue;

/// The function: its store, and where it leaves what it cannot carry out.
pub struct OrderFulfilment {
    base: Base,
    dead_letters: Queue,
}

impl OrderFulfilment {
    /// The function over this store.
    pub const fn new(base: Base, dead_letters: Queue) -> Self {
        Self { base, dead_letters }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Let an additional plan run.
    ActivateSubscription,
}

impl Consumer for OrderFulfilment {
    type Op = Op;

    const NAME: &'static str = "order-fulfilment";

    const SOURCES: &'static [Source<Op>] = &[source::<SubscriptionRequested, _>(Op::ActivateSubscription)];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, op: Op, record: &Record) -> Result<Outcome> {
        match op {
            Op::ActivateSubscription => subscription::activate(self, record).await,
        }
    }
}

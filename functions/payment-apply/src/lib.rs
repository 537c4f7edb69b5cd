//! Applies payments to bills, each once (docs/payments.md).

mod apply;

use shared::domain::event::PaymentReceived;
use shared::error::Result;
use shared::events::{Consumer, Outcome, Record, Source, source};
use shared::invocation::Base;
use shared::queue::Queue;

/// The function: its store, and where it leaves what it cannot apply.
pub struct PaymentApply {
    base: Base,
    dead_letters: Queue,
}

impl PaymentApply {
    /// The function over this store.
    pub const fn new(base: Base, dead_letters: Queue) -> Self {
        Self { base, dead_letters }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Apply a payment to its bill.
    ApplyPayment,
}

impl Consumer for PaymentApply {
    type Op = Op;

    const NAME: &'static str = "payment-apply";

    const SOURCES: &'static [Source<Op>] = &[source::<PaymentReceived, _>(Op::ApplyPayment)];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, op: Op, record: &Record) -> Result<Outcome> {
        match op {
            Op::ApplyPayment => apply::apply(self, record).await,
        }
    }
}

//! Delivers events to clients' subscriptions, per Standard Webhooks (docs/events.md).
//!
//! Its one queue has two kinds of messages. An event of the bus is divided ([`fan_out`]): a message for each subscription that
//! may want it goes back into the queue. Such a message is delivered ([`deliver`]): one request to the subscription's address.
//! A message of a subscription that fails is not tried but put off, as a new message with a delay: one that was received and
//! is hidden would count among those in flight, of which a queue has 120,000 at most.
//!
//! **Why none is lost.** A message leaves the queue after its successors are in it, or its request was answered. A crash between
//! brings it again, so a subscription may be told twice, by the same `webhook-id`, which is the event's own.
//!
//! **Why none waits for another.** Messages are of their subscription's group, and SQS serves groups in turn; a request has ten
//! seconds; the requests of a batch are made side by side; one that fails once is left alone for a while.

mod deliver;
mod fan_out;
mod known;

use shared::auth::{PublicRing, RingCache};
use shared::domain::event::{
    BillGenerated, BillPaid, PlanUpgraded, PurchaseCompleted, RecordingErased, SubscriberStatusChanged,
    SubscriptionActivated, SubscriptionRequested, UpgradeClosed, UpgradeRequested, WebhookDue,
};
use shared::error::Result;
use shared::events::{Consumer, Outcome, Record, Source, source};
use shared::invocation::Base;
use shared::outside::Outside;
use shared::queue::Queue;

use known::Known;

/// What it says in the log when it gives a subscription up; a metric of the template counts it.
pub const HOOK_DISABLED: &str = "a subscription to events was given up";

/// The function: its store, the keys of secrets, the way out, its queue, and where it leaves what it cannot read.
pub struct WebhookDeliver {
    base: Base,
    rings: RingCache<PublicRing>,
    outside: Outside,
    queue: Queue,
    dead_letters: Queue,
    known: Known,
}

impl WebhookDeliver {
    /// The function over this store; `queues` are its own and that of its dead letters.
    pub fn new(base: Base, rings: RingCache<PublicRing>, outside: Outside, queues: (Queue, Queue)) -> Self {
        let (queue, dead_letters) = queues;
        Self { base, rings, outside, queue, dead_letters, known: Known::default() }
    }
}

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Divide an event among subscriptions.
    FanOut,
    /// Tell a subscription of an event.
    Deliver,
}

impl Consumer for WebhookDeliver {
    type Op = Op;

    const NAME: &'static str = "webhook-deliver";

    /// A batch of the queue.
    const AT_ONCE: usize = 10;

    const SOURCES: &'static [Source<Op>] = &[
        source::<SubscriberStatusChanged<'_>, _>(Op::FanOut),
        source::<PurchaseCompleted<'_>, _>(Op::FanOut),
        source::<RecordingErased<'_>, _>(Op::FanOut),
        source::<UpgradeRequested, _>(Op::FanOut),
        source::<SubscriptionRequested, _>(Op::FanOut),
        source::<SubscriptionActivated<'_>, _>(Op::FanOut),
        source::<PlanUpgraded<'_>, _>(Op::FanOut),
        source::<UpgradeClosed<'_>, _>(Op::FanOut),
        source::<BillGenerated<'_>, _>(Op::FanOut),
        source::<BillPaid<'_>, _>(Op::FanOut),
        source::<WebhookDue, _>(Op::Deliver),
    ];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, op: Op, record: &Record) -> Result<Outcome> {
        match op {
            Op::FanOut => fan_out::fan_out(self, record).await,
            Op::Deliver => deliver::deliver(self, record).await,
        }
    }
}

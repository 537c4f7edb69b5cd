//! A function that takes events from a queue.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use aws_lambda_events::sqs::SqsMessage;
use futures_util::{StreamExt as _, stream};

use super::record::Record;
use super::{Batch, BatchAnswer};
use crate::clock::Deadline;
use crate::error::{Cause, Error, Result};
use crate::invocation::{self, Base, LogLine, RESERVE};
use crate::queue::Queue;
use crate::retry::pause;

/// How often a record is decided again because somebody else changed what it had loaded.
const ATTEMPTS: u32 = 8;
/// The longest wait before the second attempt.
const PAUSE: Duration = Duration::from_millis(2);

/// One kind of event that a consumer takes.
#[derive(Debug, Clone, Copy)]
pub struct Source<Op: 'static> {
    /// The event's name.
    pub event: &'static str,
    /// The newest version of its payload that the consumer knows.
    pub version: u32,
    /// What is done with it.
    pub op: Op,
}

/// A row of a consumer's table: the event `E`.
pub const fn source<E: crate::domain::event::Event, Op>(op: Op) -> Source<Op> {
    Source { event: E::NAME, version: E::VERSION, op }
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its effect is in the table.
    Applied,
    /// Its effect was there before.
    Duplicate,
    /// It waits in the queue as another message, for this reason.
    PutOff(String),
    /// It is not wanted any more, which is no fault: it leaves the queue, for this reason.
    Dropped(&'static str),
    /// It can have no effect, and trying again would not help. It is kept in the dead-letter queue with the reason, for a
    /// person to decide.
    Parked(String),
}

/// A function that consumes a queue.
///
/// Why a record is neither lost nor counted twice: it leaves the queue only after [`Consumer::handle`] has answered, so a
/// crash before that brings it again; and `handle` must find an effect that is there already and answer
/// [`Outcome::Duplicate`].
pub trait Consumer: Send + Sync + 'static {
    /// What it does with records. `handle` matches on them, so a forgotten one does not compile.
    type Op: Copy + Debug + Send + Sync + 'static;

    /// The events it takes. The rule in `template.yaml` that fills its queue names the same.
    const SOURCES: &'static [Source<Self::Op>];

    /// Its name in the log.
    const NAME: &'static str;

    /// How many records of a batch are handled at the same time.
    const AT_ONCE: usize = 1;

    /// What it starts from.
    fn base(&self) -> &Base;

    /// Where parked records go.
    fn dead_letters(&self) -> &Queue;

    /// Handles a record. It is run again from the start when it answers [`Error::Stale`]. What passes
    /// ([`Error::Unavailable`]) and what is a fault of the program ([`Error::Internal`]) sends the record back to the queue;
    /// any other error parks it.
    fn handle(&self, op: Self::Op, record: &Record) -> impl Future<Output = Result<Outcome>> + Send;
}

/// Handles a batch and names the messages that go back to the queue. The others leave it.
pub async fn consume<C: Consumer>(consumer: &C, batch: Batch, deadline: Deadline) -> BatchAnswer {
    let mut answer = BatchAnswer::default();
    // Collected, because a stream of borrowed work is nothing that can be sent to another thread.
    let handled: Vec<_> = batch.records.iter().map(|message| has_left(consumer, message, deadline)).collect();
    let left: Vec<_> = stream::iter(handled).buffered(C::AT_ONCE).collect().await;
    for (message, _) in batch.records.into_iter().zip(left).filter(|(_, has_left)| !has_left) {
        answer.add_failure(message.message_id.unwrap_or_default());
    }
    answer
}

/// Handles one message, with a log line of its own. Whether it may leave the queue.
async fn has_left<C: Consumer>(consumer: &C, message: &SqsMessage, deadline: Deadline) -> bool {
    let mut line = LogLine { function: C::NAME, message_id: message.message_id.clone(), ..LogLine::default() };
    let ended = invocation::run(deadline, one(consumer, message, deadline, &mut line)).await;
    match &ended.result {
        Ok(Outcome::Applied) => line.outcome = Some("applied"),
        Ok(Outcome::Duplicate) => line.outcome = Some("duplicate"),
        Ok(Outcome::PutOff(reason)) => {
            line.outcome = Some("put off");
            line.reason = Some(reason.clone());
        }
        Ok(Outcome::Dropped(reason)) => {
            line.outcome = Some("dropped");
            line.reason = Some((*reason).to_owned());
        }
        Ok(Outcome::Parked(reason)) => {
            line.outcome = Some("parked");
            line.reason = Some(reason.clone());
        }
        Err(error) => {
            line.outcome = Some("returned");
            line.reason = Some(error.to_string());
        }
    }
    ended.log(&line);
    ended.result.is_ok()
}

async fn one<C: Consumer>(
    consumer: &C,
    message: &SqsMessage,
    deadline: Deadline,
    line: &mut LogLine,
) -> Result<Outcome> {
    if deadline.left() <= RESERVE {
        return Err(Error::Unavailable(Cause::text("no time left for this record")));
    }
    let outcome = match handled(consumer, message, deadline, line).await {
        Err(again) if again.may_pass() => return Err(again),
        Err(never) => Outcome::Parked(never.to_string()),
        Ok(outcome) => outcome,
    };
    if let Outcome::Parked(reason) = &outcome {
        // If this fails, the record goes back and is parked by the next delivery. A crash after it parks the record twice:
        // whoever sends it on again has its second effect found by `handle`.
        consumer.dead_letters().send(message.body.as_deref().unwrap_or_default(), reason).await?;
    }
    Ok(outcome)
}

async fn handled<C: Consumer>(
    consumer: &C,
    message: &SqsMessage,
    deadline: Deadline,
    line: &mut LogLine,
) -> Result<Outcome> {
    let Base { country, clock, .. } = consumer.base();
    let record = Record::read(message, clock.now(), country)?;
    let source = C::SOURCES.iter().find(|source| source.event == record.event);
    let source = source.ok_or_else(|| Error::invalid("type", "is no event that this function takes"))?;
    if record.version > source.version {
        // Told by a newer release than this function's, which will be replaced, too.
        return Err(Error::Unavailable(Cause::text("the event's version is newer than this function knows")));
    }
    line.op = format!("{:?}", source.op);
    for attempt in 0..ATTEMPTS {
        match consumer.handle(source.op, &record).await {
            Err(Error::Stale) if deadline.left() > RESERVE => pause(PAUSE, attempt).await,
            result => return result,
        }
    }
    Err(Error::Stale)
}

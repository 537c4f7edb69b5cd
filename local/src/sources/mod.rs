//! The event half, which AWS runs around the functions: the pipe publishes the table's stream on the bus, rules send events
//! to queues, functions are invoked with what the queues hold, schedules tell functions and queues. As the template
//! declares it, on the bundle's clock.
//!
//! Played: filters, input template, patterns, batch size, visibility time-out, receive count, partial batch responses,
//! retention, and the queues' dead letters. A message that is not answered for is delivered again. Under a plan of faults
//! ([`FaultPlan`]), also: duplicates, another order, delays, answers that are lost, functions that are cut off, several
//! at one queue whose steps come in any order. Not played: the pipe's and the rules' own retries and dead letters, the age of
//! the stream.

mod bucket_events;
mod bus;
mod clockwork;
mod faults;
mod pattern;
mod pipe;
mod queue;
mod sqs;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::dynamo::{Embedded, EngineError};
use crate::files::{Bucket, Created};
use crate::gateway::Function;
use crate::template::{self, Target, Template};
pub use bucket_events::created;
pub use bus::Bus;
use clockwork::Clockwork;
use faults::Halting;
pub use faults::{CutOff, FaultPlan, Odds, Random};
pub use pattern::matches;
use pipe::Pipe;
pub use queue::{Message, Queues, Standing};
pub use sqs::OLDEST;

/// Polling interval while the bundle serves.
const PACE: Duration = Duration::from_millis(200);
/// Most rounds of [`Sources::settle`], for events that cause each other without end.
const ROUNDS: u32 = 10_000;

/// Everything between the table's stream and the functions.
pub struct Sources {
    settings: template::Sources,
    timeouts: BTreeMap<String, Duration>,
    functions: BTreeMap<String, Function>,
    queues: Queues,
    bus: Bus,
    pipe: Option<Pipe>,
    bucket: Option<Bucket>,
    clockwork: Clockwork,
}

impl Sources {
    /// The template's sources over a table's stream and these functions. `queues` are the ones that functions send to;
    /// their time is the one at which the schedules begin.
    pub fn new(
        template: &Template,
        embedded: &Embedded,
        queues: Queues,
        functions: BTreeMap<String, Function>,
    ) -> Self {
        let clockwork = Clockwork::new(&template.sources.schedules, queues.now());
        let settings = template.sources.clone();
        let pipe = settings.pipe.clone().map(|pipe| Pipe::new(embedded.clone(), &template.table.name, pipe));
        let timeouts = template.functions.iter().map(|(name, function)| (name.clone(), function.timeout)).collect();
        let bus = Bus::new(settings.rules.clone(), queues.clone());
        Self { settings, timeouts, functions, queues, bus, pipe, bucket: None, clockwork }
    }

    /// The same with a bucket whose new objects are told to the queues that the template names. As on AWS, a first message
    /// of each has no records.
    #[must_use]
    pub fn with_bucket(self, bucket: &Bucket, now: DateTime<Utc>) -> Self {
        for told in &self.settings.notifications {
            self.queues.send(&told.queue, bucket_events::test(now), BTreeMap::new(), now);
        }
        Self { bucket: Some(bucket.clone()), ..self }
    }

    /// The same with somebody who sees every event on the bus.
    #[must_use]
    pub fn with_witness(self, witness: fn(&Value)) -> Self {
        Self { bus: self.bus.with_witness(witness), ..self }
    }

    /// Tells new objects to the queues that the template names; whether there were any.
    fn notify(&self, now: DateTime<Utc>) -> bool {
        let created = self.bucket.as_ref().map(Bucket::take_created).unwrap_or_default();
        for Created { key, tag } in &created {
            for told in self.settings.notifications.iter().filter(|told| key.starts_with(&told.prefix)) {
                let body = bucket_events::created(key, tag.as_deref(), now);
                self.queues.send(&told.queue, body, BTreeMap::new(), now);
            }
        }
        !created.is_empty()
    }

    /// The queues.
    pub const fn queues(&self) -> &Queues {
        &self.queues
    }

    /// Moves what can move at this time: new stream records to the queues, then one batch of each queue to its
    /// function. Returns whether anything moved.
    ///
    /// # Errors
    /// When the table's stream cannot be read.
    pub async fn step(&mut self, now: DateTime<Utc>) -> Result<bool, EngineError> {
        let events = self.pipe.as_mut().map(Pipe::take).transpose()?.unwrap_or_default();
        let mut moved = !events.is_empty();
        for event in events {
            self.bus.publish(event, now);
        }
        moved |= self.notify(now);
        moved |= self.tell(now).await;
        moved |= self.deliver_all(now).await;
        Ok(moved)
    }

    /// Steps until nothing moves at this time. A returned message is hidden until its visibility time-out has passed.
    ///
    /// # Errors
    /// When the table's stream cannot be read.
    pub async fn settle(&mut self, now: DateTime<Utc>) -> Result<(), EngineError> {
        for _ in 0..ROUNDS {
            if !self.step(now).await? {
                return Ok(());
            }
        }
        Err(EngineError("the queues do not settle".to_owned()))
    }

    /// Steps forever at the time of `clock`, until the future is dropped.
    pub async fn run(mut self, clock: impl Fn() -> DateTime<Utc>) {
        loop {
            match self.step(clock()).await {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(PACE).await,
                Err(error) => {
                    tracing::error!(%error, "the event sources stand still for a moment");
                    tokio::time::sleep(PACE * 10).await;
                }
            }
        }
    }

    /// The bus.
    pub const fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Tells the first of what the schedules have due; whether there was anything.
    async fn tell(&mut self, now: DateTime<Utc>) -> bool {
        let Some(due) = self.clockwork.take(now) else { return false };
        match &due.target {
            Target::Queue(queue) => {
                self.queues.send(queue, due.input.clone(), BTreeMap::new(), now);
            }
            Target::Function(function) => {
                for _ in 0..self.queues.faults().copies() {
                    let event = serde_json::from_str(&due.input).unwrap_or_default();
                    if self.invoke(function, event).await.is_none() {
                        self.clockwork.put_back(due.clone(), now);
                    }
                }
            }
        }
        true
    }

    /// A function's answer; none when it has failed or took too long, which is logged, or when the faults have it that it
    /// was cut off or its answer is lost.
    async fn invoke(&self, name: &str, event: Value) -> Option<Value> {
        let function = self.functions.get(name)?;
        let timeout = self.timeouts.get(name).copied().unwrap_or_default();
        let faults = self.queues.faults();
        let work = Halting { work: function(event, timeout), plan: faults.clone() };
        let work = CutOff::after(faults.steps(), tokio::time::timeout(timeout, work));
        match work.await {
            Some(Ok(Ok(_))) if faults.loses_answer() => None,
            Some(Ok(Ok(answer))) => Some(answer),
            Some(Ok(Err(error))) => {
                tracing::error!(function = name, error, "function error");
                None
            }
            Some(Err(_elapsed)) => {
                tracing::error!(function = name, "the function took too long");
                None
            }
            None => None,
        }
    }

    /// Invokes each function with a batch of its queue, all at once; whether there were any. The faults may have several at
    /// one queue, each with a batch of its own.
    async fn deliver_all(&self, now: DateTime<Utc>) -> bool {
        let mut work = Vec::new();
        for mapping in self.settings.mappings.iter().filter(|mapping| self.functions.contains_key(&mapping.function)) {
            for _ in 0..self.queues.faults().workers() {
                let batch = self.queues.receive(&mapping.queue, mapping.batch, now);
                if !batch.is_empty() {
                    work.push(self.deliver(mapping, batch));
                }
            }
        }
        let moved = !work.is_empty();
        join_all(work).await;
        moved
    }

    /// Invokes a function with a batch of its queue. Messages it does not report as failed are deleted; when the
    /// invocation fails, the whole batch stays.
    async fn deliver(&self, mapping: &template::Mapping, batch: Vec<Message>) {
        let records: Vec<_> = batch.iter().map(|message| message.record(&mapping.queue)).collect();
        if let Some(answer) = self.invoke(&mapping.function, json!({ "Records": records })).await {
            let failed = answer["batchItemFailures"].as_array().cloned().unwrap_or_default();
            let stays = |id: &str| failed.iter().any(|failure| failure["itemIdentifier"] == id);
            let done = batch.iter().filter(|message| !stays(&message.id)).map(|message| message.id.as_str());
            self.queues.delete(&mapping.queue, done);
        }
    }
}

/// Empty queues, as the template declares them.
pub fn queues(template: &Template, clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>) -> Queues {
    Queues::new(template.sources.queues.clone(), clock)
}

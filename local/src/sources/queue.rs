//! Standard SQS queues, on the bundle's clock. A message is delivered again until it is deleted.
//! What the SDK's client asks of them is in `sqs.rs`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::faults::FaultPlan;
use crate::template::QueueSettings;

/// A message, as last received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it says.
    pub body: String,
    /// Its message attributes, names and text values.
    pub attributes: BTreeMap<String, String>,
    /// When it was sent.
    pub sent: DateTime<Utc>,
    /// Its receive count.
    pub receives: u32,
    /// The queue it was received from in vain, if the redrive policy brought it here.
    pub died_in: Option<String>,
    visible: DateTime<Utc>,
    /// Whether it is received and not given back.
    taken: bool,
}

impl Message {
    /// What deletes it or gives it back, until it is received again.
    pub fn receipt(&self) -> String {
        format!("{}-{}", self.id, self.receives)
    }

    /// Its record in an invocation's event.
    pub fn record(&self, queue: &str) -> Value {
        let attribute = |(name, text): (&String, &String)| {
            (
                name.clone(),
                json!({ "stringValue": text, "dataType": "String", "stringListValues": [], "binaryListValues": [] }),
            )
        };
        let attributes: serde_json::Map<_, _> = self.attributes.iter().map(attribute).collect();
        json!({
            "messageId": self.id,
            "receiptHandle": self.receipt(),
            "body": self.body,
            "attributes": {
                "ApproximateReceiveCount": self.receives.to_string(),
                "SentTimestamp": self.sent.timestamp_millis().to_string(),
            },
            "messageAttributes": attributes,
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
            "awsRegion": "us-east-1",
        })
    }
}

/// A queue as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its settings.
    pub settings: QueueSettings,
    /// Messages that can be received.
    pub waiting: usize,
    /// Messages that were received and are hidden.
    pub in_flight: usize,
    /// Messages that cannot be received yet.
    pub delayed: usize,
    /// When the oldest message was sent.
    pub oldest: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Queue {
    settings: QueueSettings,
    messages: Vec<Message>,
}

/// All queues of the bundle. Clones share the same messages.
#[derive(Clone)]
pub struct Queues {
    queues: Arc<Mutex<(BTreeMap<String, Queue>, u64)>>,
    /// What was moved, the newest first.
    moves: Arc<Mutex<Vec<Value>>>,
    faults: FaultPlan,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queues")
    }
}

impl Queues {
    /// Empty queues. `clock` dates what functions send.
    pub fn new(settings: BTreeMap<String, QueueSettings>, clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>) -> Self {
        let queue = |(name, settings)| (name, Queue { settings, messages: Vec::new() });
        let queues = Arc::new(Mutex::new((settings.into_iter().map(queue).collect(), 0)));
        Self { queues, moves: Arc::default(), faults: FaultPlan::default(), clock }
    }

    /// The same with faults.
    #[must_use]
    pub fn with_faults(self, faults: FaultPlan) -> Self {
        Self { faults, ..self }
    }

    /// What goes wrong.
    pub(super) const fn faults(&self) -> &FaultPlan {
        &self.faults
    }

    fn all(&self) -> MutexGuard<'_, (BTreeMap<String, Queue>, u64)> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message and returns its id; none if there is no such queue.
    pub fn send(
        &self,
        queue: &str,
        body: String,
        attributes: BTreeMap<String, String>,
        now: DateTime<Utc>,
    ) -> Option<String> {
        self.send_later(queue, body, attributes, Duration::zero(), now)
    }

    /// Sends a message that can be received after `delay`. A second copy has an id of its own, which is not returned.
    pub fn send_later(
        &self,
        queue: &str,
        body: String,
        attributes: BTreeMap<String, String>,
        delay: Duration,
        now: DateTime<Utc>,
    ) -> Option<String> {
        let (queues, last) = &mut *self.all();
        let queue = queues.get_mut(queue)?;
        let id = |number: u64| format!("00000000-0000-4000-8000-{number:012x}");
        let first = id(*last + 1);
        let (sent, receives, died_in, taken) = (now, 0, None, false);
        let message = Message { id: String::new(), body, attributes, sent, receives, died_in, visible: now, taken };
        for _ in 0..self.faults.copies() {
            *last += 1;
            let visible = now + delay + self.faults.delay();
            queue.messages.push(Message { id: id(*last), visible, ..message.clone() });
        }
        Some(first)
    }

    /// Receives up to `most` visible messages and hides them. One whose receives are used up goes to the dead-letter
    /// queue instead.
    pub fn receive(&self, name: &str, most: usize, now: DateTime<Utc>) -> Vec<Message> {
        self.receive_for(name, most, None, now)
    }

    /// The same, hiding them for another time than the queue's own.
    pub fn receive_for(&self, name: &str, most: usize, hidden: Option<Duration>, now: DateTime<Utc>) -> Vec<Message> {
        let (queues, _) = &mut *self.all();
        let Some(queue) = queues.get_mut(name) else { return Vec::new() };
        queue.expire(now);
        self.faults.shuffle(&mut queue.messages);
        let QueueSettings { visibility, redrive, .. } = queue.settings.clone();
        let hidden = hidden.unwrap_or_else(|| span(visibility));
        let (mut received, mut dead) = (Vec::new(), Vec::new());
        let spent = |message: &Message| redrive.as_ref().is_some_and(|(most, _)| message.receives >= *most);
        queue.messages.retain_mut(|message| {
            if message.visible > now || received.len() == most {
                return true;
            }
            if spent(message) {
                dead.push(Message { died_in: Some(name.to_owned()), taken: false, ..message.clone() });
                return false;
            }
            message.receives += 1;
            let hidden = if self.faults.redelivers() { Duration::zero() } else { hidden };
            (message.visible, message.taken) = (now + hidden, true);
            received.push(message.clone());
            true
        });
        if let Some((_, target)) = redrive {
            let target = queues.get_mut(&target).map(|target| &mut target.messages);
            // A message keeps its first sending time, so that its age goes on counting.
            target.into_iter().for_each(|target| target.append(&mut dead));
        }
        received
    }

    /// Hides a received message for so long from now on. False when it is not hidden any more.
    pub fn hide(&self, queue: &str, receipt: &str, hidden: Duration, now: DateTime<Utc>) -> bool {
        let (queues, _) = &mut *self.all();
        let mut messages = queues.get_mut(queue).into_iter().flat_map(|queue| &mut queue.messages);
        let found = messages.find(|message| message.receipt() == receipt && message.taken && message.visible > now);
        found.map(|message| message.visible = now + hidden).is_some()
    }

    /// Deletes a message, unless it was received again since.
    pub fn delete_received(&self, queue: &str, receipt: &str) {
        let (queues, _) = &mut *self.all();
        if let Some(queue) = queues.get_mut(queue) {
            queue.messages.retain(|message| message.receipt() != receipt);
        }
    }

    /// The names of all queues.
    pub fn names(&self) -> Vec<String> {
        self.all().0.keys().cloned().collect()
    }

    /// A queue as it stands at this time.
    pub fn standing(&self, name: &str, now: DateTime<Utc>) -> Option<Standing> {
        let (queues, _) = &mut *self.all();
        let queue = queues.get_mut(name)?;
        queue.expire(now);
        let count = |which: fn(&Message) -> bool| {
            queue.messages.iter().filter(|message| message.visible > now && which(message)).count()
        };
        let (in_flight, delayed) = (count(|message| message.taken), count(|message| !message.taken));
        Some(Standing {
            settings: queue.settings.clone(),
            waiting: queue.messages.len() - in_flight - delayed,
            in_flight,
            delayed,
            oldest: queue.messages.iter().map(|message| message.sent).min(),
        })
    }

    /// Deletes messages by their ids.
    pub fn delete<'a>(&self, queue: &str, ids: impl Iterator<Item = &'a str>) {
        let (queues, _) = &mut *self.all();
        let Some(queue) = queues.get_mut(queue) else { return };
        for id in ids {
            queue.messages.retain(|message| message.id != id);
        }
    }

    /// All messages of a queue, hidden ones included.
    pub fn messages(&self, queue: &str) -> Vec<Message> {
        self.all().0.get(queue).map(|queue| queue.messages.clone()).unwrap_or_default()
    }

    /// The number of messages of each queue.
    pub fn depths(&self) -> BTreeMap<String, usize> {
        self.all().0.iter().map(|(name, queue)| (name.clone(), queue.messages.len())).collect()
    }

    /// Moves the visible messages of a dead-letter queue to another queue, or each to the one it died in, as new ones:
    /// with a new sending time, and no receives. Returns how many; what has nowhere to go stays.
    pub fn redrive(&self, from: &str, to: Option<&str>, now: DateTime<Utc>) -> usize {
        let (queues, _) = &mut *self.all();
        let Some(source) = queues.get_mut(from) else { return 0 };
        let messages = std::mem::take(&mut source.messages);
        let (mut moved, mut stay) = (0, Vec::new());
        for message in messages {
            let target = to.or(message.died_in.as_deref()).filter(|_| message.visible <= now);
            match target.and_then(|target| queues.get_mut(target)) {
                Some(target) => {
                    let (receives, died_in, taken) = (0, None, false);
                    target.messages.push(Message { receives, died_in, taken, sent: now, visible: now, ..message });
                    moved += 1;
                }
                None => stay.push(message),
            }
        }
        // None was added meanwhile: the queues are locked.
        queues.get_mut(from).into_iter().for_each(|source| source.messages.append(&mut stay));
        moved
    }

    /// Remembers a move task.
    pub(super) fn note_move(&self, task: Value) {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner).insert(0, task);
    }

    /// The move tasks from a queue, the newest first.
    pub(super) fn moves(&self, source: &str) -> Vec<Value> {
        let moves = self.moves.lock().unwrap_or_else(PoisonError::into_inner);
        moves.iter().filter(|task| task["SourceArn"] == source).cloned().collect()
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }
}

impl Queue {
    /// Drops what is older than the retention.
    fn expire(&mut self, now: DateTime<Utc>) {
        let retention = span(self.settings.retention);
        self.messages.retain(|message| now - message.sent < retention);
    }
}

fn span(time: std::time::Duration) -> Duration {
    Duration::from_std(time).unwrap_or(Duration::MAX)
}

//! Standard SQS queues, on the bundle's clock. A message is delivered again until it is deleted; none is duplicated.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::in_process::{self, Service, error_body};
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
    visible: DateTime<Utc>,
}

impl Message {
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
            "receiptHandle": format!("{}-{}", self.id, self.receives),
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

#[derive(Debug)]
struct Queue {
    settings: QueueSettings,
    messages: Vec<Message>,
}

/// All queues of the bundle. Clones share the same messages.
#[derive(Clone)]
pub struct Queues {
    queues: Arc<Mutex<(BTreeMap<String, Queue>, u64)>>,
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
        Self { queues: Arc::new(Mutex::new((settings.into_iter().map(queue).collect(), 0))), clock }
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
        let (queues, last) = &mut *self.all();
        let queue = queues.get_mut(queue)?;
        *last += 1;
        let id = format!("00000000-0000-4000-8000-{last:012x}");
        queue.messages.push(Message { id: id.clone(), body, attributes, sent: now, receives: 0, visible: now });
        Some(id)
    }

    /// Receives up to `most` visible messages and hides them. One whose receives are used up goes to the dead-letter
    /// queue instead.
    pub fn receive(&self, name: &str, most: usize, now: DateTime<Utc>) -> Vec<Message> {
        let (queues, _) = &mut *self.all();
        let Some(queue) = queues.get_mut(name) else { return Vec::new() };
        let QueueSettings { visibility, retention, redrive } = queue.settings.clone();
        let span = |time| Duration::from_std(time).unwrap_or(Duration::MAX);
        queue.messages.retain(|message| now - message.sent < span(retention));
        let (mut received, mut dead) = (Vec::new(), Vec::new());
        let spent = |message: &Message| redrive.as_ref().is_some_and(|(most, _)| message.receives >= *most);
        queue.messages.retain_mut(|message| {
            if message.visible > now || received.len() == most {
                return true;
            }
            if spent(message) {
                dead.push(message.clone());
                return false;
            }
            message.receives += 1;
            message.visible = now + span(visibility);
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

    /// Moves all messages of a dead-letter queue to another queue, as a redrive does, with a new receive count. Returns
    /// how many.
    pub fn redrive(&self, from: &str, to: &str, now: DateTime<Utc>) -> usize {
        let (queues, _) = &mut *self.all();
        if !queues.contains_key(to) {
            return 0;
        }
        let mut messages = queues.get_mut(from).map(|queue| std::mem::take(&mut queue.messages)).unwrap_or_default();
        for message in &mut messages {
            (message.receives, message.visible, message.sent) = (0, now, now);
        }
        let count = messages.len();
        queues.get_mut(to).into_iter().for_each(|queue| queue.messages.append(&mut messages));
        count
    }

    /// A connector for the SDK's client.
    pub fn connector(&self) -> SharedHttpConnector {
        in_process::connector(Arc::new(self.clone()))
    }

    fn send_message(&self, request: &Value) -> Option<Value> {
        // A queue's URL ends in its name.
        let queue = request["QueueUrl"].as_str()?.rsplit('/').next()?;
        let body = request["MessageBody"].as_str()?.to_owned();
        let attributes = request["MessageAttributes"].as_object().into_iter().flatten();
        let text = |value: &Value| value["StringValue"].as_str().unwrap_or_default().to_owned();
        let attributes = attributes.map(|(name, value)| (name.clone(), text(value))).collect();
        Some(json!({ "MessageId": self.send(queue, body, attributes, (self.clock)())? }))
    }
}

impl Service for Queues {
    fn prefixes(&self) -> &'static [&'static str] {
        &["AmazonSQS."]
    }

    fn content_type(&self) -> &'static str {
        "application/x-amz-json-1.0"
    }

    fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        if target != "AmazonSQS.SendMessage" {
            return (400, error_body("com.amazonaws.sqs#UnsupportedOperation", target));
        }
        let answer = serde_json::from_slice(body).ok().and_then(|request| self.send_message(&request));
        match answer {
            Some(answer) => (200, answer.to_string().into_bytes()),
            None => (400, error_body("com.amazonaws.sqs#QueueDoesNotExist", "there is no such queue")),
        }
    }
}

//! The bus: events go to the queues of every rule that matches them. The pipe publishes on it, and programs do by what the SDK's
//! client asks (`PutEvents`).

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::pattern::matches;
use super::queue::Queues;
use crate::in_process::{Service, error_body};
use crate::template::Rule;

/// Most events of one request.
const MOST: usize = 10;

/// The bus over the bundle's queues.
#[derive(Clone)]
pub struct Bus {
    rules: Vec<Rule>,
    queues: Queues,
    witness: Option<fn(&Value)>,
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bus")
    }
}

impl Bus {
    /// The template's rules over these queues.
    pub const fn new(rules: Vec<Rule>, queues: Queues) -> Self {
        Self { rules, queues, witness: None }
    }

    /// The same with somebody who sees every event.
    pub(super) fn with_witness(self, witness: fn(&Value)) -> Self {
        Self { witness: Some(witness), ..self }
    }

    /// Sends an event to the queues of every rule that matches it. It is dated by who publishes it, or now.
    pub fn publish(&self, event: Value, now: DateTime<Utc>) {
        let mut event = event;
        if event["time"].is_null() {
            event["time"] = json!(now.to_rfc3339_opts(SecondsFormat::Secs, true));
        }
        if let Some(witness) = self.witness {
            witness(&event);
        }
        for rule in self.rules.iter().filter(|rule| matches(&rule.pattern, &event)) {
            for queue in &rule.queues {
                self.queues.send(queue, event.to_string(), BTreeMap::new(), now);
            }
        }
    }

    /// One of the events of a request: its id, or why it is none.
    fn put(&self, entry: &Value, now: DateTime<Utc>) -> Value {
        let detail = entry["Detail"].as_str().and_then(|detail| serde_json::from_str::<Value>(detail).ok());
        let Some(detail) = detail.filter(Value::is_object) else {
            return json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed." });
        };
        let seconds = entry["Time"].as_f64().map(|seconds| format!("{seconds:.0}"));
        let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds.parse().ok()?, 0));
        let time = time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
        let event = json!({
            "version": "0", "id": detail["id"], "source": entry["Source"], "account": "000000000000",
            "region": "us-east-1", "resources": [], "detail-type": entry["DetailType"], "time": time, "detail": detail,
        });
        self.publish(event, now);
        json!({ "EventId": detail["id"] })
    }
}

impl Service for Bus {
    fn prefixes(&self) -> &'static [&'static str] {
        &["AWSEvents."]
    }

    fn content_type(&self) -> &'static str {
        "application/x-amz-json-1.1"
    }

    fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let entries = request["Entries"].as_array().filter(|entries| (1..=MOST).contains(&entries.len()));
        match (target, entries) {
            ("AWSEvents.PutEvents", Some(entries)) => {
                let now = self.queues.now();
                let answers: Vec<_> = entries.iter().map(|entry| self.put(entry, now)).collect();
                let failed = answers.iter().filter(|answer| answer["EventId"].is_null()).count();
                (200, json!({ "FailedEntryCount": failed, "Entries": answers }).to_string().into_bytes())
            }
            ("AWSEvents.PutEvents", None) => (400, error_body("ValidationException", "1 to 10 entries")),
            _ => (400, error_body("UnknownOperationException", target)),
        }
    }
}

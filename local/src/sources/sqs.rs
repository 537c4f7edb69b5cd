//! What SQS answers about the bundle's queues, to the functions that send and to the operator's commands.
//!
//! Not played: waiting for a message (`WaitTimeSeconds`), the checksums of bodies, batches, FIFO queues. A move of dead
//! letters is done at once, so its task is never seen running.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};

use super::queue::{Message, Queues, Standing};
use crate::in_process::{self, Service, error_body};

/// What the ARNs of the queues begin with.
const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:";
/// What their URLs begin with; nobody connects to them.
const URL: &str = "https://sqs.us-east-1.amazonaws.com/000000000000/";
/// An attribute that SQS does not have: there, only CloudWatch knows the age.
pub const OLDEST: &str = "ApproximateAgeOfOldestMessage";

/// An error's code and text.
type Refusal = (&'static str, String);

impl Queues {
    /// A connector for the SDK's client.
    pub fn connector(&self) -> SharedHttpConnector {
        in_process::connector(Arc::new(self.clone()))
    }

    /// The SDK's client, in process.
    pub fn client(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&in_process::settings(in_process::http_client(self.connector())))
    }

    fn carry_out(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        let now = self.now();
        match operation {
            "ListQueues" => Ok(self.listed(request["QueueNamePrefix"].as_str().unwrap_or_default())),
            "GetQueueUrl" => {
                let name = text(request, "QueueName")?;
                self.standing(&name, now).map(|_| json!({ "QueueUrl": format!("{URL}{name}") })).ok_or_else(unknown)
            }
            "ListMessageMoveTasks" => Ok(json!({ "Results": self.moves(&text(request, "SourceArn")?) })),
            "StartMessageMoveTask" => self.start_move(request, now),
            _ => self.on_queue(operation, request, now),
        }
    }

    /// The operations that name a queue by its URL, which ends in its name.
    fn on_queue(&self, operation: &str, request: &Value, now: DateTime<Utc>) -> Result<Value, Refusal> {
        let url = text(request, "QueueUrl")?;
        let name = url.rsplit('/').next().unwrap_or_default();
        let standing = self.standing(name, now).ok_or_else(unknown)?;
        match operation {
            "SendMessage" => {
                let (body, attributes) = (text(request, "MessageBody")?, sent_attributes(request));
                let delay = Duration::seconds(whole(request, "DelaySeconds", 0..=900)?.unwrap_or(0));
                let id = self.send_later(name, body, attributes, delay, now).ok_or_else(unknown)?;
                Ok(json!({ "MessageId": id }))
            }
            "GetQueueAttributes" => Ok(described(name, &standing, request, now)),
            "ReceiveMessage" => {
                let most = whole(request, "MaxNumberOfMessages", 1..=10)?.unwrap_or(1);
                let hidden = whole(request, "VisibilityTimeout", 0..=43_200)?.map(Duration::seconds);
                let messages = self.receive_for(name, usize::try_from(most).unwrap_or(1), hidden, now);
                let messages: Vec<_> = messages.iter().map(|message| received(message, request)).collect();
                Ok(if messages.is_empty() { json!({}) } else { json!({ "Messages": messages }) })
            }
            "DeleteMessage" => {
                self.delete_received(name, &text(request, "ReceiptHandle")?);
                Ok(json!({}))
            }
            "ChangeMessageVisibility" => {
                let seconds = whole(request, "VisibilityTimeout", 0..=43_200)?.unwrap_or(0);
                match self.hide(name, &text(request, "ReceiptHandle")?, Duration::seconds(seconds), now) {
                    true => Ok(json!({})),
                    false => Err(("MessageNotInflight", "the message is not in flight".to_owned())),
                }
            }
            _ => Err(("UnsupportedOperation", operation.to_owned())),
        }
    }

    fn listed(&self, prefix: &str) -> Value {
        let names = self.names().into_iter().filter(|name| name.starts_with(prefix));
        json!({ "QueueUrls": names.map(|name| format!("{URL}{name}")).collect::<Vec<_>>() })
    }

    fn start_move(&self, request: &Value, now: DateTime<Utc>) -> Result<Value, Refusal> {
        let source = text(request, "SourceArn")?;
        let from = source.strip_prefix(ARN).unwrap_or_default();
        let to = request["DestinationArn"].as_str().map(|arn| arn.strip_prefix(ARN).unwrap_or_default());
        for name in [Some(from), to].into_iter().flatten() {
            let found = self.standing(name, now).is_some();
            found.then_some(()).ok_or_else(|| ("ResourceNotFoundException", format!("{name}: no such queue")))?;
        }
        let names = self.names();
        let mut policies = names.iter().filter_map(|name| self.standing(name, now)?.settings.redrive);
        if !policies.any(|(_, dead_letters)| dead_letters == from) {
            let reason = "Source queue must be configured as a Dead Letter Queue.";
            return Err(("InvalidParameterValueException", reason.to_owned()));
        }
        let standing = self.standing(from, now).map_or(0, |standing| standing.waiting);
        let moved = self.redrive(from, to, now);
        let status = if moved == standing { "COMPLETED" } else { "FAILED" };
        let handle = format!("{from}-{}", now.timestamp_micros());
        self.note_move(json!({
            "TaskHandle": handle,
            "Status": status,
            "SourceArn": source,
            "DestinationArn": request["DestinationArn"],
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": standing,
            "StartedTimestamp": now.timestamp_millis(),
        }));
        Ok(json!({ "TaskHandle": handle }))
    }
}

fn unknown() -> Refusal {
    ("QueueDoesNotExist", "The specified queue does not exist.".to_owned())
}

fn text(request: &Value, field: &str) -> Result<String, Refusal> {
    let missing = || ("MissingParameter", format!("The request must contain the parameter {field}."));
    request[field].as_str().map(str::to_owned).ok_or_else(missing)
}

fn whole(request: &Value, field: &str, range: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, Refusal> {
    let wrong = || ("InvalidParameterValue", format!("{field} must be from {} to {}", range.start(), range.end()));
    match &request[field] {
        Value::Null => Ok(None),
        given => given.as_i64().filter(|number| range.contains(number)).map(Some).ok_or_else(wrong),
    }
}

fn sent_attributes(request: &Value) -> BTreeMap<String, String> {
    let attributes = request["MessageAttributes"].as_object().into_iter().flatten();
    let text = |value: &Value| value["StringValue"].as_str().unwrap_or_default().to_owned();
    attributes.map(|(name, value)| (name.clone(), text(value))).collect()
}

/// Whether a list of names, under any of these fields, has this one or all.
fn asks_for(request: &Value, fields: &[&str], name: &str) -> bool {
    let names = fields.iter().flat_map(|field| request[*field].as_array().into_iter().flatten());
    names.filter_map(Value::as_str).any(|asked| asked == "All" || asked == ".*" || asked == name)
}

fn described(name: &str, standing: &Standing, request: &Value, now: DateTime<Utc>) -> Value {
    let Standing { settings, waiting, in_flight, delayed, oldest } = standing;
    let mut all = BTreeMap::from([
        ("QueueArn", format!("{ARN}{name}")),
        ("ApproximateNumberOfMessages", waiting.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
        ("VisibilityTimeout", settings.visibility.as_secs().to_string()),
        ("MessageRetentionPeriod", settings.retention.as_secs().to_string()),
    ]);
    all.extend(oldest.map(|sent| (OLDEST, (now - sent).num_seconds().to_string())));
    all.extend(settings.redrive.as_ref().map(|(most, dead)| {
        let policy = json!({ "deadLetterTargetArn": format!("{ARN}{dead}"), "maxReceiveCount": most });
        ("RedrivePolicy", policy.to_string())
    }));
    all.retain(|attribute, _| asks_for(request, &["AttributeNames"], attribute));
    json!({ "Attributes": all })
}

fn received(message: &Message, request: &Value) -> Value {
    let mut answer = json!({ "MessageId": message.id, "ReceiptHandle": message.receipt(), "Body": message.body });
    let mut system = BTreeMap::from([
        ("ApproximateReceiveCount", message.receives.to_string()),
        ("SentTimestamp", message.sent.timestamp_millis().to_string()),
    ]);
    system.extend(message.died_in.iter().map(|queue| ("DeadLetterQueueSourceArn", format!("{ARN}{queue}"))));
    system.retain(|name, _| asks_for(request, &["MessageSystemAttributeNames", "AttributeNames"], name));
    let attributes = message.attributes.iter().filter(|(name, _)| asks_for(request, &["MessageAttributeNames"], name));
    let attribute =
        |(name, text): (&String, &String)| (name.clone(), json!({ "StringValue": text, "DataType": "String" }));
    let attributes: Map<_, _> = attributes.map(attribute).collect();
    if !system.is_empty() {
        answer["Attributes"] = json!(system);
    }
    if !attributes.is_empty() {
        answer["MessageAttributes"] = attributes.into();
    }
    answer
}

impl Service for Queues {
    fn prefixes(&self) -> &'static [&'static str] {
        &["AmazonSQS."]
    }

    fn content_type(&self) -> &'static str {
        "application/x-amz-json-1.0"
    }

    fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let operation = target.strip_prefix("AmazonSQS.").unwrap_or_default();
        let request = serde_json::from_slice(body).unwrap_or_default();
        match self.carry_out(operation, &request) {
            Ok(answer) => (200, answer.to_string().into_bytes()),
            Err((code, reason)) => (400, error_body(&format!("com.amazonaws.sqs#{code}"), &reason)),
        }
    }
}

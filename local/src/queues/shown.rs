//! Queues and messages as text and as JSON.

use std::fmt::Write;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use shared::queue::REASON;

use super::site::Queue;
use crate::failure::Failure;
use crate::print;
use crate::sources::OLDEST;

/// What the bus says of an event that it could not deliver.
const BUS_REASON: &str = "ERROR_MESSAGE";

/// The queues, one a line.
///
/// # Errors
/// None of its own.
pub fn list(queues: &[Queue], json: bool) -> Result<String, Failure> {
    let rows = rows(queues);
    if json {
        return print::json(&Value::Array(rows));
    }
    let rows = rows.iter().map(|row| {
        let dead = match row["dead_letters"]["queue"].as_str() {
            Some(name) => format!("{} in {name}", row["dead_letters"]["waiting"]),
            None => "-".to_owned(),
        };
        let age = row["oldest_seconds"].as_u64().map_or_else(|| "-".to_owned(), age);
        let (name, count) = (row["queue"].as_str().unwrap_or_default(), |field: &str| row[field].to_string());
        [name.to_owned(), count("waiting"), count("in_flight"), count("delayed"), age, dead]
    });
    let head = ["queue", "waiting", "in flight", "delayed", "oldest", "dead letters"];
    Ok(print::list(head, rows, &[1, 2, 3, 4], "no queues"))
}

/// The queues, an object each.
pub fn rows(queues: &[Queue]) -> Vec<Value> {
    queues.iter().map(|queue| row(queue, queues)).collect()
}

fn row(queue: &Queue, all: &[Queue]) -> Value {
    let count = |queue: &Queue, attribute: &str| queue.number(attribute).unwrap_or(0);
    let dead = queue.dead_letters().and_then(|arn| all.iter().find(|one| one.arn() == arn));
    json!({
        "queue": queue.name,
        "waiting": count(queue, "ApproximateNumberOfMessages"),
        "in_flight": count(queue, "ApproximateNumberOfMessagesNotVisible"),
        "delayed": count(queue, "ApproximateNumberOfMessagesDelayed"),
        "oldest_seconds": queue.number(OLDEST),
        "dead_letters": dead.map(|dead| {
            json!({ "queue": dead.name, "waiting": count(dead, "ApproximateNumberOfMessages") })
        }),
    })
}

/// The largest unit and the next: `2d 3h`.
fn age(seconds: u64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let at = units.iter().position(|(_, length)| seconds >= *length).unwrap_or(units.len() - 1);
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, length) in units.iter().skip(at).take(2) {
        parts.push(format!("{}{unit}", rest / length));
        rest %= length;
    }
    parts.join(" ")
}

/// Messages, with what is known of why they are there.
///
/// # Errors
/// None of its own.
pub fn messages(messages: &[Message], json: bool) -> Result<String, Failure> {
    let all: Vec<_> = messages.iter().map(message).collect();
    if json {
        return print::json(&Value::Array(all));
    }
    let mut text = String::new();
    for one in &all {
        let field = |name: &str| one[name].as_str().unwrap_or("-");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  sent {}  received {} times", field("id"), field("sent"), one["receives"]);
        if let Some(reason) = one["reason"].as_str() {
            let _ = writeln!(text, "  {reason}");
        }
        for (name, value) in one["attributes"].as_object().into_iter().flatten().filter(|(name, _)| *name != REASON) {
            let _ = writeln!(text, "  {name}: {}", value.as_str().unwrap_or_default());
        }
        let _ = writeln!(text, "  {}\n", field("body"));
    }
    Ok(text)
}

fn message(message: &Message) -> Value {
    let system = |name| message.attributes.as_ref().and_then(|all| all.get(&name)).cloned();
    let receives = system(MessageSystemAttributeName::ApproximateReceiveCount).and_then(|count| count.parse().ok());
    let receives: u64 = receives.unwrap_or(0);
    let sent = system(MessageSystemAttributeName::SentTimestamp).and_then(|millis| millis.parse().ok());
    let sent = sent.and_then(DateTime::<Utc>::from_timestamp_millis);
    let died_in = system(MessageSystemAttributeName::DeadLetterQueueSourceArn);
    let attributes: std::collections::BTreeMap<_, _> = message
        .message_attributes
        .iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.string_value.clone().unwrap_or_default()))
        .collect();
    let died = died_in.map(|arn| format!("received in vain from {}", arn.rsplit(':').next().unwrap_or_default()));
    let bus = attributes.get(BUS_REASON).map(|reason| format!("the bus could not deliver it: {reason}"));
    let reason = attributes.get(REASON).map(|reason| format!("parked: {reason}")).or(bus).or(died);
    json!({
        "id": message.message_id,
        "sent": sent.map(|sent| sent.to_rfc3339_opts(SecondsFormat::Secs, true)),
        "receives": receives,
        "reason": reason,
        "attributes": attributes,
        "body": message.body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_two_units() {
        let ages = [(0, "0s"), (59, "59s"), (61, "1m 1s"), (3_600, "1h 0m"), (90_000, "1d 1h"), (864_000, "10d 0h")];
        for (seconds, expected) in ages {
            assert_eq!(age(seconds), expected);
        }
    }

    #[test]
    fn a_message_says_why_it_is_there() {
        use aws_sdk_sqs::types::MessageAttributeValue;
        let attribute =
            |text: &str| MessageAttributeValue::builder().data_type("String").string_value(text).build().unwrap();
        let plain = || Message::builder().message_id("1").body("b");
        let reason = |built: Message| message(&built)["reason"].clone();
        assert_eq!(reason(plain().build()), Value::Null);
        let died = "arn:aws:sqs:us-east-1:000000000000:Orders";
        let dead = plain().attributes(MessageSystemAttributeName::DeadLetterQueueSourceArn, died);
        assert_eq!(reason(dead.clone().build()), "received in vain from Orders");
        let parked = dead.message_attributes(REASON, attribute("why"));
        assert_eq!(reason(parked.build()), "parked: why");
        let bus = plain().message_attributes(BUS_REASON, attribute("no permission"));
        assert_eq!(reason(bus.build()), "the bus could not deliver it: no permission");
    }
}

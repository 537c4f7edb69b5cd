//! What a bucket tells a queue, as S3 writes it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use crate::files::BUCKET;

/// The message about a new object, with its tag where that is known. The key is encoded as a form is: `+` stands for a blank.
pub fn created(key: &str, tag: Option<&str>, now: DateTime<Utc>) -> String {
    let key: String = form_urlencoded::byte_serialize(key.as_bytes()).collect();
    // Slashes stay as they are.
    let key = key.replace("%2F", "/");
    let mut object = json!({ "key": key });
    if let Some(tag) = tag {
        object["eTag"] = json!(tag);
    }
    json!({ "Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": now.to_rfc3339_opts(SecondsFormat::Millis, true),
        "eventName": "ObjectCreated:Put",
        "s3": { "s3SchemaVersion": "1.0", "bucket": { "name": BUCKET }, "object": object },
    }] })
    .to_string()
}

/// The first message after a bucket was told of a queue.
pub fn test(now: DateTime<Utc>) -> String {
    let time = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": time, "Bucket": BUCKET }).to_string()
}

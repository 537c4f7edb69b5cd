//! A function that takes the objects that are put into a folder of the bucket.

use std::future::Future;

use aws_lambda_events::sqs::SqsMessage;
use serde::{Deserialize, Serialize};

use super::record::unreadable;
use super::{Batch, BatchAnswer};
use crate::clock::Deadline;
use crate::error::{Cause, Error, Result};
use crate::invocation::{self, Base, LogLine, RESERVE};
use crate::queue::Queue;

/// An object to take, or to go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// The digest of its content, in a message with which the function goes on. While the object is still the one that was read, it
    /// is not surveyed again for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The tag of what was put there, as the bucket's message has it: another content may have been put there since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// All of it is in the table.
    Applied,
    /// It was there before.
    Duplicate,
    /// The time ran short; a message that goes on with it is in the queue.
    Continued,
    /// Nothing of it is taken, and trying again would not help. It has been said why.
    Refused(String),
}

/// A function whose queue is filled by the bucket.
///
/// Why an object is neither lost nor counted twice: its message leaves the queue only after [`Inbox::take`] has answered,
/// so a crash before that brings it again; and `take` must find what it has done before.
pub trait Inbox: Send + Sync + 'static {
    /// Its name in the log.
    const NAME: &'static str;

    /// What it starts from.
    fn base(&self) -> &Base;

    /// Where messages go that no trying again would help.
    fn dead_letters(&self) -> &Queue;

    /// Takes an object, or goes on with it. What passes ([`Error::Unavailable`], [`Error::Stale`]) and what is a fault of
    /// the program ([`Error::Internal`]) sends the message back to the queue; any other error parks it.
    fn take(&self, object: &Object, deadline: Deadline) -> impl Future<Output = Result<Taken>> + Send;
}

/// Takes the objects of a batch and names the messages that go back to the queue. The others leave it.
pub async fn receive<I: Inbox>(inbox: &I, batch: Batch, deadline: Deadline) -> BatchAnswer {
    let mut answer = BatchAnswer::default();
    for message in batch.records {
        if !has_left(inbox, &message, deadline).await {
            answer.add_failure(message.message_id.unwrap_or_default());
        }
    }
    answer
}

/// Handles one message; whether it may leave the queue. Each object has a log line of its own.
async fn has_left<I: Inbox>(inbox: &I, message: &SqsMessage, deadline: Deadline) -> bool {
    let body = message.body.as_deref().unwrap_or_default();
    let mut left = true;
    for object in objects(body) {
        let mut line = LogLine { function: I::NAME, message_id: message.message_id.clone(), ..LogLine::default() };
        let ended = invocation::run(deadline, one(inbox, body, object, deadline)).await;
        let (outcome, reason) = match &ended.result {
            Ok(Taken::Applied) => ("applied", None),
            Ok(Taken::Duplicate) => ("duplicate", None),
            Ok(Taken::Continued) => ("continued", None),
            Ok(Taken::Refused(reason)) => ("refused", Some(reason.clone())),
            Err(error) => ("returned", Some(error.to_string())),
        };
        (line.outcome, line.reason) = (Some(outcome), reason);
        ended.log(&line);
        left &= ended.result.is_ok();
    }
    left
}

async fn one<I: Inbox>(inbox: &I, body: &str, object: Result<Object>, deadline: Deadline) -> Result<Taken> {
    if deadline.left() <= RESERVE {
        return Err(Error::Unavailable(Cause::text("no time left for this object")));
    }
    let taken = match object {
        Ok(object) => inbox.take(&object, deadline).await,
        Err(error) => Err(error),
    };
    match taken {
        Err(again) if again.may_pass() => Err(again),
        Err(never) => {
            // If this fails, the message goes back and is parked by the next delivery. A crash after it parks it twice:
            // whoever sends it on again has what was done found by `take`.
            inbox.dead_letters().send(body, &never.to_string()).await?;
            Ok(Taken::Refused(never.to_string()))
        }
        done => done,
    }
}

/// What the bucket, or the function itself, puts into the queue.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "Records", default)]
    records: Vec<Created>,
    /// The bucket's first message after it was told of the queue has this and no records.
    #[serde(rename = "Event", default)]
    test: Option<String>,
    #[serde(default)]
    object: Option<Object>,
}

#[derive(Deserialize)]
struct Created {
    s3: Where,
}

#[derive(Deserialize)]
struct Where {
    object: Named,
}

#[derive(Deserialize)]
struct Named {
    key: String,
    #[serde(rename = "eTag", default)]
    tag: Option<String>,
}

/// The body of a message with which a function goes on.
pub fn continuation(object: &Object) -> String {
    serde_json::json!({ "object": object }).to_string()
}

/// The objects that a message names.
fn objects(body: &str) -> Vec<Result<Object>> {
    let body: Body = match serde_json::from_str(body) {
        Ok(body) => body,
        Err(error) => return vec![Err(unreadable("body", &error))],
    };
    let created = body.records.into_iter().map(|created| created.s3.object);
    let created = created.map(|Named { key, tag }| Ok(Object { key: decoded(&key), digest: None, tag }));
    let mut objects: Vec<_> = body.object.into_iter().map(Ok).chain(created).collect();
    if objects.is_empty() && body.test.as_deref() != Some("s3:TestEvent") {
        objects.push(Err(Error::invalid("body", "names no object")));
    }
    objects
}

/// A key as the bucket's messages have it: percent-encoded, and `+` for a blank.
fn decoded(key: &str) -> String {
    form_urlencoded::parse(key.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(body: &str) -> Vec<Result<String, String>> {
        let key = |object: Result<Object>| object.map(|object| object.key).map_err(|error| error.to_string());
        objects(body).into_iter().map(key).collect()
    }

    #[test]
    fn a_key_is_decoded() {
        let body = r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"inbox/a+b%C3%A9%2B%26%3D.csv","size":1}}}]}"#;
        assert_eq!(keys(body), [Ok("inbox/a bé+&=.csv".to_owned())]);
    }

    #[test]
    fn a_message_tells_what_was_put() {
        let body = r#"{"Records":[{"s3":{"object":{"key":"a","eTag":"900150983cd24fb0d6963f7d28e17f72"}}}]}"#;
        let tags: Vec<_> = objects(body).into_iter().map(|object| object.unwrap().tag).collect();
        assert_eq!(tags, [Some("900150983cd24fb0d6963f7d28e17f72".to_owned())]);
    }

    #[test]
    fn the_first_message_of_a_bucket_names_nothing() {
        assert_eq!(keys(r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#), []);
        for body in ["", "{}", "[]", "text", r#"{"Event":"other"}"#, r#"{"Records":[]}"#, r#"{"Records":[{}]}"#] {
            let [Err(reason)] = &keys(body)[..] else { panic!("{body}") };
            assert!(reason.starts_with("body: "), "{reason}");
        }
    }

    #[test]
    fn a_function_goes_on_with_what_it_has_written() {
        let object = Object { key: "inbox/é".to_owned(), digest: Some("d".to_owned()), tag: None };
        let read = objects(&continuation(&object));
        assert_eq!(read.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [object]);
    }
}

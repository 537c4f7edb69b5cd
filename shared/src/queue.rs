//! A queue to send to.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use chrono::TimeDelta;

use crate::error::{Cause, Error, Result};
use crate::table::spent;

/// The group of messages with which a function goes on with what it has begun.
pub const CONTINUED: &str = "continued";

/// The message attribute with the reason for parking.
pub const REASON: &str = "reason";

/// The longest delay of a message, in seconds.
const MOST_DELAY: i32 = 900;

/// A queue, by its URL.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue with this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Sends a message with a reason. A retry may send it twice.
    ///
    /// # Errors
    /// 503 when the queue does not answer in time.
    pub async fn send(&self, body: &str, reason: &str) -> Result<()> {
        let reason = MessageAttributeValue::builder().data_type("String").string_value(reason).build();
        let reason = reason.map_err(|error| Error::internal(error.to_string()))?;
        let request = self.client.send_message().queue_url(&self.url).message_body(body);
        let sent = spent::request(request.message_attributes(REASON, reason).send()).await?;
        sent.map(|_| ()).map_err(|error| Error::Unavailable(Cause::new(&error)))
    }

    /// The same of a group, for a message that can be received after `delay`, fifteen minutes at most; the time is rounded up to
    /// whole seconds. A retry may send it twice.
    ///
    /// # Errors
    /// 503 when the queue does not answer in time.
    pub async fn send_later(&self, group: &str, body: &str, delay: TimeDelta) -> Result<()> {
        let seconds = delay.num_milliseconds().max(0).div_euclid(1_000).saturating_add(1);
        let delay = i32::try_from(seconds).unwrap_or(i32::MAX).min(MOST_DELAY);
        let request = self.client.send_message().queue_url(&self.url).message_body(body).message_group_id(group);
        let sent = spent::request(request.delay_seconds(delay).send()).await?;
        sent.map(|_| ()).map_err(|error| Error::Unavailable(Cause::new(&error)))
    }

    /// Sends a message of a group: however many messages another group has in the queue, those of this one do not wait behind
    /// all of them (the fair queues of Amazon SQS). A retry may send it twice.
    ///
    /// # Errors
    /// 503 when the queue does not answer in time.
    pub async fn send_for(&self, group: &str, body: &str) -> Result<()> {
        let request = self.client.send_message().queue_url(&self.url).message_body(body).message_group_id(group);
        let sent = spent::request(request.send()).await?;
        sent.map(|_| ()).map_err(|error| Error::Unavailable(Cause::new(&error)))
    }
}

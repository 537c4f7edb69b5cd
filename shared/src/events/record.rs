//! One event as a consumer sees it.

use aws_lambda_events::sqs::SqsMessage;
use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::country::Country;
use crate::domain::event::Event;
use crate::error::{Error, Result};

/// An event from the bus, with the time and the country it is handled in.
#[derive(Debug)]
pub struct Record {
    /// The event's own id: however often and by whatever way it comes, this stays.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// The version of its payload.
    pub version: u32,
    /// When the bus had it; the time of handling where no bus has carried it.
    pub told: DateTime<Utc>,
    /// The time of handling; everything in it happens at this time.
    pub now: DateTime<Utc>,
    /// The deployment's country.
    pub country: &'static Country,
    payload: String,
}

/// What the bus puts into a queue, as far as it is of use here.
#[derive(Deserialize)]
struct FromBus {
    detail: Detail,
    #[serde(default)]
    time: Option<String>,
}

/// What the pipe makes of an item that tells an event (`EventPipe` in `template.yaml`).
#[derive(Deserialize)]
struct Detail {
    id: String,
    #[serde(rename = "type")]
    event: String,
    version: Version,
    payload: String,
}

/// A number of the table, which a stream tells as text. Whether the pipe's template hands it on as text or as a number is
/// the pipe's affair.
#[derive(Deserialize)]
#[serde(untagged)]
enum Version {
    Number(u32),
    Text(String),
}

impl Record {
    /// Reads a message.
    ///
    /// # Errors
    /// 400 for a message that is no event of ours.
    pub(super) fn read(message: &SqsMessage, now: DateTime<Utc>, country: &'static Country) -> Result<Self> {
        let body = message.body.as_deref().unwrap_or_default();
        let FromBus { detail, time } = serde_json::from_str(body).map_err(|error| unreadable("body", &error))?;
        let Detail { id, event, version, payload } = detail;
        let version = match version {
            Version::Number(version) => version,
            Version::Text(text) => text.parse().map_err(|_| Error::invalid("version", "must be a number"))?,
        };
        let told = time.and_then(|time| time.parse().ok()).unwrap_or(now);
        Ok(Self { id, event, version, told, now, country, payload })
    }

    /// Today's date in the country.
    pub fn today(&self) -> NaiveDate {
        self.now.with_timezone(&self.country.zone()).date_naive()
    }

    /// The same event as a message, for a function that goes on with it.
    pub fn again(&self) -> String {
        let Self { id, event, version, payload, .. } = self;
        json!({ "detail": { "id": id, "type": event, "version": version, "payload": payload } }).to_string()
    }

    /// The same event as a message that tells where to go on.
    ///
    /// # Errors
    /// 500 for a payload that is no JSON.
    pub fn again_with(&self, payload: &impl Serialize) -> Result<String> {
        let payload = serde_json::to_string(payload).map_err(|error| Error::internal(error.to_string()))?;
        let Self { id, event, version, .. } = self;
        Ok(json!({ "detail": { "id": id, "type": event, "version": version, "payload": payload } }).to_string())
    }

    /// The payload as it was told, JSON as text.
    pub fn text(&self) -> &str {
        &self.payload
    }

    /// The payload.
    ///
    /// # Errors
    /// 400 when it is not what the event's name and version say.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.payload).map_err(|error| unreadable("payload", &error))
    }
}

/// An event as a message of a queue, from one function to another. `id` is the event's own: the same however often it is
/// sent.
///
/// # Errors
/// 500 for a payload that is no JSON.
pub fn message<E: Event>(event: &E, id: &str) -> Result<String> {
    let payload = serde_json::to_string(event).map_err(|error| Error::internal(error.to_string()))?;
    let detail = json!({ "id": id, "type": E::NAME, "version": E::VERSION, "payload": payload });
    Ok(json!({ "detail-type": E::NAME, "source": "selfcare", "detail": detail }).to_string())
}

/// Where a text stops being what it should be. The reason goes into the log and beside the message, so it quotes nothing.
pub(super) fn unreadable(field: &'static str, error: &serde_json::Error) -> Error {
    Error::invalid(field, format!("unreadable at line {}, column {}", error.line(), error.column()))
}

//! Stored answers to writes with an `Idempotency-Key`, for 24 hours.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::ClientId;
use crate::error::{Error, Result};
use crate::table::item::{self, Item, number, number_of, value};
use crate::table::keys::{self, TTL};

/// How long an answer is kept.
pub const KEPT: Duration = Duration::hours(24);

/// A caller's key for one write, with the digest of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The client.
    pub client: ClientId,
    /// The key as sent: 1 to 255 visible ASCII characters.
    pub key: String,
    /// SHA-256 over operation, path variables, query and body.
    pub digest: String,
}

/// A stored answer, complete enough to be replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

#[derive(Serialize, Deserialize)]
struct Record {
    digest: String,
    #[serde(flatten)]
    answer: StoredAnswer,
}

impl StoredAnswer {
    pub(in crate::table) fn item(&self, key: &IdempotencyKey, now: DateTime<Utc>) -> Result<Item> {
        let record = Record { digest: key.digest.clone(), answer: self.clone() };
        let mut item = item::item(keys::stored_answer(&key.client, &key.key), &record)?;
        item.insert(TTL.to_owned(), number((now + KEPT).timestamp()));
        Ok(item)
    }

    /// Reads a stored answer: none when it has expired, [`Error::KeyReused`] when it belongs to another request.
    pub(in crate::table) fn read(item: &Item, key: &IdempotencyKey, now: DateTime<Utc>) -> Result<Option<Self>> {
        if number_of::<i64>(item, TTL).is_none_or(|ttl| ttl <= now.timestamp()) {
            return Ok(None);
        }
        let record: Record = value(item.clone())?;
        if record.digest == key.digest { Ok(Some(record.answer)) } else { Err(Error::KeyReused) }
    }
}

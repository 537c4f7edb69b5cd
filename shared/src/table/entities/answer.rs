//! Stored answers to writes with an `Idempotency-Key`, for 24 hours.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::ClientId;
use crate::error::{Error, Result};
use crate::table::item::{self, Item, number, number_of, text, text_of, value};
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

/// The attribute with the request's digest, beside the answer's own.
const DIGEST: &str = "digest";

impl StoredAnswer {
    pub(in crate::table) fn item(&self, key: &IdempotencyKey, now: DateTime<Utc>) -> Result<Item> {
        let mut item = item::item(keys::stored_answer(&key.client, &key.key), self)?;
        item.insert(DIGEST.to_owned(), text(&key.digest));
        item.insert(TTL.to_owned(), number((now + KEPT).timestamp()));
        Ok(item)
    }

    /// Reads a stored answer: none when it has expired, [`Error::KeyReused`] when it belongs to another request.
    pub(in crate::table) fn read(item: &Item, key: &IdempotencyKey, now: DateTime<Utc>) -> Result<Option<Self>> {
        if number_of::<i64>(item, TTL).is_none_or(|ttl| ttl <= now.timestamp()) {
            return Ok(None);
        }
        if text_of(item, DIGEST) != Some(&key.digest) {
            return Err(Error::KeyReused);
        }
        value(item.clone()).map(Some)
    }
}

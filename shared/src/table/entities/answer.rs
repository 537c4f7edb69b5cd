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
    /// SHA-256 over operation, path variables, and what query and body say.
    pub digest: String,
    /// The same over the bytes of query and body. Answers that a release has stored which compared bytes are known by it; a
    /// day after that release is gone there are none.
    pub of_bytes: String,
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
        let stored = text_of(item, DIGEST);
        if stored != Some(&key.digest) && stored != Some(&key.of_bytes) {
            return Err(Error::KeyReused);
        }
        value(item.clone()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_by_what_was_said_and_by_its_bytes() {
        let key = |digest: &str, of_bytes: &str| IdempotencyKey {
            client: "c".parse().unwrap(),
            key: "k".to_owned(),
            digest: digest.to_owned(),
            of_bytes: of_bytes.to_owned(),
        };
        let now = DateTime::UNIX_EPOCH;
        let answer = StoredAnswer { status: 200, body: "{}".to_owned() };
        let item = answer.item(&key("said", "bytes"), now).unwrap();
        assert_eq!(StoredAnswer::read(&item, &key("said", "other bytes"), now).unwrap(), Some(answer.clone()));
        assert!(matches!(StoredAnswer::read(&item, &key("else", "bytes"), now), Err(Error::KeyReused)));
        // One that was stored when bytes were compared.
        let former = answer.item(&key("bytes", ""), now).unwrap();
        assert_eq!(StoredAnswer::read(&former, &key("said", "bytes"), now).unwrap(), Some(answer));
    }
}

//! DynamoDB items, encoded from values and decoded.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keys::{Key, PK, REV, SK};
use crate::domain::event::Event;
use crate::domain::ids::CustomerCode;
use crate::domain::owned::Owned;
use crate::error::{Cause, Error, Result};

/// The attributes of an event: its name, id, version, when it was told (epoch seconds), and its payload as JSON text. The
/// pipe in `template.yaml` names them, too.
pub(super) const EVENT: &str = "event";
pub(super) const EVENT_ID: &str = "event_id";
pub(super) const EVENT_VERSION: &str = "event_version";
pub(super) const EVENT_AT: &str = "event_at";
pub(super) const PAYLOAD: &str = "payload";

/// An item as the SDK's type.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Something loaded that several writers may change, with its revision. A write based on it succeeds only at the same
/// revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// The value.
    pub value: T,
    /// Its revision.
    pub rev: u64,
}

impl<T> Stored<T> {
    /// The revision after a write based on this. Items written beside it have it in their keys, so a repeated step
    /// writes the same items.
    pub const fn next_rev(&self) -> u64 {
        self.rev + 1
    }
}

impl<T> std::ops::Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Owned> Owned for Stored<T> {
    fn customer(&self) -> &CustomerCode {
        self.value.customer()
    }
}

/// A complete item: key and attributes.
pub(super) fn item<T: Serialize>(key: Key, value: &T) -> Result<Item> {
    let mut item = encode(value)?;
    item.extend(bare(key));
    Ok(item)
}

/// An item with only a key.
pub(super) fn bare(key: Key) -> Item {
    Item::from([(PK.to_owned(), text(key.pk)), (SK.to_owned(), text(key.sk))])
}

/// The first revision of an item that several writers change.
pub(super) fn first<T: Serialize>(key: Key, value: &T) -> Result<Item> {
    at_revision(key, value, 1)
}

/// An item that several writers change, as an import sets it. The time is its revision, so a write decided on the state
/// before the import fails.
pub(super) fn imported<T: Serialize>(key: Key, value: &T, now: DateTime<Utc>) -> Result<Item> {
    imported_after(0, key, value, now)
}

/// The same, at this revision at least: whatever the clocks say, no revision is used twice.
pub(super) fn imported_after<T: Serialize>(rev: u64, key: Key, value: &T, now: DateTime<Utc>) -> Result<Item> {
    at_revision(key, value, rev.max(now.timestamp_millis().unsigned_abs()))
}

/// A revision to begin with, of an item that may be created again after it was removed.
pub(super) fn random_revision() -> Result<u64> {
    let mut bytes = [0; 4];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::internal("no random bytes for a revision"))?;
    Ok(u64::from(u32::from_le_bytes(bytes)) + 1)
}

fn at_revision<T: Serialize>(key: Key, value: &T, rev: u64) -> Result<Item> {
    let mut item = item(key, value)?;
    item.insert(REV.to_owned(), number(rev));
    Ok(item)
}

/// The attributes of a value, without its key.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Item> {
    serde_dynamo::to_item(value).map_err(|error| unreadable(&error))
}

/// Decodes an item.
pub(super) fn value<T: DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::from_item(item).map_err(|error| unreadable(&error))
}

/// Decodes items.
pub(super) fn values<T: DeserializeOwned>(items: Vec<Item>) -> Result<Vec<T>> {
    items.into_iter().map(value).collect()
}

/// Decodes an item that several writers change, with its revision.
pub(super) fn stored<T: DeserializeOwned>(item: Item) -> Result<Stored<T>> {
    let rev = number_of(&item, REV).unwrap_or(0);
    Ok(Stored { value: value(item)?, rev })
}

/// An item that cannot be decoded: a defect or bad data, never the caller's fault.
fn unreadable(error: &serde_dynamo::Error) -> Error {
    Error::Internal(Cause::new(error))
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl std::fmt::Display + Copy) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn bytes(value: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

pub(super) fn bytes_of<'a>(item: &'a Item, name: &str) -> Option<&'a [u8]> {
    item.get(name)?.as_b().ok().map(AsRef::as_ref)
}

pub(super) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn number_of<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// The first bytes of a text's SHA-256.
pub(super) fn short_digest(of: &str) -> [u8; 8] {
    let mut short = [0; 8];
    let whole = digest(&SHA256, of.as_bytes());
    short.iter_mut().zip(whole.as_ref()).for_each(|(short, byte)| *short = *byte);
    short
}

/// Half of the SHA-256 of some bytes, as hexadecimal digits.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The item's key.
pub(super) fn key_of(item: &Item) -> Key {
    let part = |name| text_of(item, name).unwrap_or_default().to_owned();
    Key { pk: part(PK), sk: part(SK) }
}

/// Attaches an event to an item: once the item is created, the table's stream carries it to the bus. The event's id is
/// a digest of the item's key, so it stays the same however often it is published. `at` is when it is told, for who
/// publishes again what was told since some time ([`walk`](super::walk)).
pub(super) fn tell<E: Event>(item: &mut Item, event: &E, at: DateTime<Utc>) -> Result<()> {
    let payload = serde_json::to_string(event).map_err(|error| Error::internal(error.to_string()))?;
    let Key { pk, sk } = key_of(item);
    let id = digest_of(format!("{pk} {sk}").as_bytes());
    item.insert(EVENT.to_owned(), text(E::NAME));
    item.insert(EVENT_ID.to_owned(), text(id));
    item.insert(EVENT_VERSION.to_owned(), number(E::VERSION));
    item.insert(EVENT_AT.to_owned(), number(at.timestamp()));
    item.insert(PAYLOAD.to_owned(), text(payload));
    Ok(())
}

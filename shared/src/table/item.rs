//! Items as the SDK carries them, made from values and read back.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keys::{Key, PK, REV, SK};
use crate::domain::event::Event;
use crate::domain::ids::CustomerCode;
use crate::domain::owned::Owned;
use crate::error::{Cause, Error, Result};

/// An item as the SDK carries it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Something loaded that several writers may change, with the revision it was loaded at. A write made from it goes
/// through only if the revision is still the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// What was loaded.
    pub value: T,
    /// The revision it was loaded at.
    pub rev: u64,
}

impl<T> Stored<T> {
    /// The revision a write made from this will have. Items written beside it use it in their keys, so a repeated
    /// attempt at the same step writes the same items.
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

/// A complete item: the attributes of a value, and its key.
pub(super) fn item<T: Serialize>(key: Key, value: &T) -> Result<Item> {
    let mut item = encode(value)?;
    item.extend(bare(key));
    Ok(item)
}

/// An item that is its key and nothing else.
pub(super) fn bare(key: Key) -> Item {
    Item::from([(PK.to_owned(), text(key.pk)), (SK.to_owned(), text(key.sk))])
}

/// A complete first revision of an item that several writers change.
pub(super) fn first<T: Serialize>(key: Key, value: &T) -> Result<Item> {
    at_revision(key, value, 1)
}

/// A complete item that several writers change, as an import sets it. The time is its revision, so a write that was
/// decided on the state before the import does not go through after it.
pub(super) fn imported<T: Serialize>(key: Key, value: &T, now: DateTime<Utc>) -> Result<Item> {
    imported_after(0, key, value, now)
}

/// The same at this revision at least: whatever the clocks say, no revision is given twice.
pub(super) fn imported_after<T: Serialize>(rev: u64, key: Key, value: &T, now: DateTime<Utc>) -> Result<Item> {
    at_revision(key, value, rev.max(now.timestamp_millis().unsigned_abs()))
}

fn at_revision<T: Serialize>(key: Key, value: &T, rev: u64) -> Result<Item> {
    let mut item = item(key, value)?;
    item.insert(REV.to_owned(), number(rev));
    Ok(item)
}

/// The attributes of a value, keys not included.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Item> {
    serde_dynamo::to_item(value).map_err(|error| unreadable(&error))
}

/// An item as the value its key says it is.
pub(super) fn value<T: DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::from_item(item).map_err(|error| unreadable(&error))
}

/// Items as the values their keys say they are.
pub(super) fn values<T: DeserializeOwned>(items: Vec<Item>) -> Result<Vec<T>> {
    items.into_iter().map(value).collect()
}

/// An item that several writers change, with its revision.
pub(super) fn stored<T: DeserializeOwned>(item: Item) -> Result<Stored<T>> {
    let rev = number_of(&item, REV).unwrap_or(0);
    Ok(Stored { value: value(item)?, rev })
}

/// An item that does not read as what its key says: a programming or data error, never the caller's.
fn unreadable(error: &serde_dynamo::Error) -> Error {
    Error::Internal(Cause::new(error))
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl std::fmt::Display + Copy) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn number_of<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// The item's place.
pub(super) fn key_of(item: &Item) -> Key {
    let part = |name| text_of(item, name).unwrap_or_default().to_owned();
    Key { pk: part(PK), sk: part(SK) }
}

/// Makes an item tell an event: the table's stream carries it to the bus when the item is new. The event's id is made of
/// the item's place, so it stays the same however often and by whatever way the event is published.
pub(super) fn tell<E: Event>(item: &mut Item, event: &E) -> Result<()> {
    let payload = serde_json::to_string(event).map_err(|error| Error::internal(error.to_string()))?;
    let Key { pk, sk } = key_of(item);
    let digest = digest(&SHA256, format!("{pk} {sk}").as_bytes());
    let id: String = digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    item.insert("event".to_owned(), text(E::NAME));
    item.insert("event_id".to_owned(), text(id));
    item.insert("event_version".to_owned(), number(E::VERSION));
    item.insert("payload".to_owned(), text(payload));
    Ok(())
}

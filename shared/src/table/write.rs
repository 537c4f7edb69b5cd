//! Writing: all changes of a request are committed in one transaction, or none is.
//!
//! Why a write is neither doubled nor lost:
//! - **Retry.** All attempts at a transaction carry one token, so one that was committed but whose answer was lost is
//!   not committed again. A conflict says nothing of earlier attempts, so the same transaction is sent again; only a
//!   failed condition is a reason to decide again. A caller's retry with an `Idempotency-Key` finds the stored answer,
//!   which is written in the same transaction as the effect.
//! - **Race.** What was loaded is changed only at its revision ([`Changes::update`]); what is new is created only where
//!   nothing is ([`Changes::create`]). The loser gets [`Error::Stale`] and decides again.
//! - **Crash.** One transaction: there is no half.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put as SdkPut, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::entities::answer::{IdempotencyKey, StoredAnswer};
use super::item::{self, Item, Stored, encode, number};
use super::keys::{self, Key, PK, REV, TTL};
use super::read::Freshness;
use super::spent::{self, Side};
use super::{Reader, store_error};
use crate::error::{Cause, Error, Result};

/// How often a transaction is sent again that met another one or a busy partition: for about a second.
const AGAIN: u32 = 8;
/// Longest wait before the second attempt.
const PAUSE: Duration = Duration::from_millis(8);

/// Read and write access to the table.
#[derive(Clone)]
pub struct Writer {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) reader: Reader,
}

/// Whether an item was created or already existed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is new.
    Created,
    /// It existed; nothing was changed.
    AlreadyThere,
}

/// The result of a commit.
#[derive(Debug)]
pub enum Committed {
    /// Changes and answer are committed.
    Done,
    /// An equal request committed before; this is its answer.
    Before(StoredAnswer),
}

/// The changes of one request, collected first and then committed together.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    items: Vec<Change>,
}

#[derive(Debug, Clone)]
pub(super) enum Change {
    Create(Item),
    Put(Item),
    Update { key: Key, set: Item, removed: Vec<String>, rev: u64 },
    Delete { key: Key, must_exist: bool },
    DeleteAt { key: Key, rev: u64 },
    Absent(Key),
}

impl Changes {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are no changes.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items it touches; a transaction takes a hundred.
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Creates an item; if its key is taken, the whole commit is [`Error::Stale`].
    pub(super) fn create(&mut self, item: Item) {
        self.items.push(Change::Create(item));
    }

    /// Sets an item, unconditionally.
    pub(super) fn put(&mut self, item: Item) {
        self.items.push(Change::Put(item));
    }

    /// Turns the item loaded as `before` into `after`, if it is still at its revision. Only attributes that differ are
    /// written, so those that a newer version of the program keeps there stay.
    pub(super) fn update<T: Serialize>(&mut self, key: Key, before: &Stored<T>, after: &T) -> Result<()> {
        let old = encode(&before.value)?;
        let mut set = encode(after)?;
        let removed = old.keys().filter(|name| !set.contains_key(*name)).cloned().collect();
        set.retain(|name, value| old.get(name) != Some(value));
        self.items.push(Change::Update { key, set, removed, rev: before.rev });
        Ok(())
    }

    /// The same, and sets attributes besides, or removes them, that the value itself does not have.
    pub(super) fn update_with<T: Serialize>(
        &mut self,
        key: Key,
        before: &Stored<T>,
        after: &T,
        (also, gone): (Item, Vec<String>),
    ) -> Result<()> {
        self.update(key, before, after)?;
        if let Some(Change::Update { set, removed, .. }) = self.items.last_mut() {
            set.extend(also);
            removed.extend(gone);
        }
        Ok(())
    }

    /// Sets attributes of the item that was loaded at a revision, if it is still at it.
    pub(super) fn replace(&mut self, key: Key, set: Item, rev: u64) {
        self.items.push(Change::Update { key, set, removed: Vec::new(), rev });
    }

    /// Removes an item; with `must_exist`, an item that is gone makes the whole commit [`Error::Stale`].
    pub(super) fn delete(&mut self, key: Key, must_exist: bool) {
        self.items.push(Change::Delete { key, must_exist });
    }

    /// Removes the item that was loaded at a revision, if it is still at it.
    pub(super) fn delete_at(&mut self, key: Key, rev: u64) {
        self.items.push(Change::DeleteAt { key, rev });
    }

    /// Changes nothing; if the key is taken, the whole commit is [`Error::Stale`].
    pub(super) fn absent(&mut self, key: Key) {
        self.items.push(Change::Absent(key));
    }

    pub(super) fn into_items(self) -> Vec<Change> {
        self.items
    }

    pub(super) fn items(&self) -> &[Change] {
        &self.items
    }

    /// Adds those of another.
    pub fn append(&mut self, other: Self) {
        self.items.extend(other.items);
    }
}

impl Writer {
    /// A writer of this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = table.into();
        Self { reader: Reader::new(client.clone(), table.clone()), client, table }
    }

    /// A reader of the same table.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The stored answer under this key, unless it is older than 24 h. One get.
    pub async fn answered_before(&self, key: &IdempotencyKey, now: DateTime<Utc>) -> Result<Option<StoredAnswer>> {
        let place = keys::stored_answer(&key.client, &key.key);
        let item = self.reader.get(place, Freshness::Strong).await?;
        item.map(|item| StoredAnswer::read(&item, key, now)).transpose().map(Option::flatten)
    }

    /// Commits the changes, and the answer under the caller's key, in one transaction.
    pub async fn commit(
        &self,
        changes: Changes,
        answer: Option<(&IdempotencyKey, &StoredAnswer)>,
        now: DateTime<Utc>,
    ) -> Result<Committed> {
        if changes.is_empty() && answer.is_none() {
            return Ok(Committed::Done);
        }
        let mut items = changes.into_items().into_iter().map(|change| self.item(change)).collect::<Result<Vec<_>>>()?;
        if let Some((key, answer)) = answer {
            items.push(self.answer_item(key, answer, now)?);
        }
        let token = Token::new()?;
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(token.text())
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut attempt = 0;
        loop {
            let error = match spent::request(request.clone().send()).await? {
                Ok(output) => {
                    spent::enter(Side::Write, output.consumed_capacity());
                    return Ok(Committed::Done);
                }
                Err(error) => error,
            };
            let Some(reasons) = cancelled(&error) else { return Err(store_error(&error)) };
            match why_cancelled(reasons, answer.map(|(key, _)| key), now) {
                Err(Error::Unavailable(_)) if attempt < AGAIN => spent::pause(PAUSE, attempt).await?,
                result => return result,
            }
            attempt += 1;
        }
    }

    fn item(&self, change: Change) -> Result<TransactWriteItem> {
        let built = match change {
            Change::Create(item) => SdkPut::builder()
                .table_name(&self.table)
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(#p)")
                .expression_attribute_names("#p", PK)
                .build()
                .map(|put| TransactWriteItem::builder().put(put)),
            Change::Put(item) => SdkPut::builder()
                .table_name(&self.table)
                .set_item(Some(item))
                .build()
                .map(|put| TransactWriteItem::builder().put(put)),
            Change::Update { key, set, removed, rev } => {
                self.update_item(key, set, &removed, rev).map(|update| TransactWriteItem::builder().update(update))
            }
            Change::Delete { key, must_exist } => {
                let delete = Delete::builder().table_name(&self.table).set_key(Some(item::bare(key)));
                let delete = if must_exist {
                    delete.condition_expression("attribute_exists(#p)").expression_attribute_names("#p", PK)
                } else {
                    delete
                };
                delete.build().map(|delete| TransactWriteItem::builder().delete(delete))
            }
            Change::DeleteAt { key, rev } => Delete::builder()
                .table_name(&self.table)
                .set_key(Some(item::bare(key)))
                .condition_expression("#rev = :old")
                .expression_attribute_names("#rev", REV)
                .expression_attribute_values(":old", number(rev))
                .build()
                .map(|delete| TransactWriteItem::builder().delete(delete)),
            Change::Absent(key) => ConditionCheck::builder()
                .table_name(&self.table)
                .set_key(Some(item::bare(key)))
                .condition_expression("attribute_not_exists(#p)")
                .expression_attribute_names("#p", PK)
                .build()
                .map(|check| TransactWriteItem::builder().condition_check(check)),
        };
        Ok(built.map_err(|error| Error::internal(error.to_string()))?.build())
    }

    fn update_item(
        &self,
        key: Key,
        set: Item,
        removed: &[String],
        rev: u64,
    ) -> Result<Update, aws_sdk_dynamodb::error::BuildError> {
        let mut set = set;
        set.insert(REV.to_owned(), number(rev + 1));
        let Assignments { expression, mut names, mut values } = Assignments::of(set, removed);
        names.insert("#rev".to_owned(), REV.to_owned());
        // An item that nobody has changed since it was created may have none.
        let condition = if rev == 0 {
            names.insert("#p".to_owned(), PK.to_owned());
            "attribute_exists(#p) AND attribute_not_exists(#rev)"
        } else {
            values.insert(":old".to_owned(), number(rev));
            "#rev = :old"
        };
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(item::bare(key)))
            .update_expression(expression)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .build()
    }

    /// Stores the answer, if there is none or the old one has expired but was not swept yet.
    fn answer_item(
        &self,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
        now: DateTime<Utc>,
    ) -> Result<TransactWriteItem> {
        let put = SdkPut::builder()
            .table_name(&self.table)
            .set_item(Some(answer.item(key, now)?))
            .condition_expression("attribute_not_exists(#p) OR #t <= :now")
            .expression_attribute_names("#p", PK)
            .expression_attribute_names("#t", TTL)
            .expression_attribute_values(":now", number(now.timestamp()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// An update expression with its names and values.
pub(super) struct Assignments {
    pub(super) expression: String,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Item,
}

impl Assignments {
    /// Sets some attributes and removes others.
    pub(super) fn of(set: Item, removed: &[String]) -> Self {
        let (mut expression, mut names, mut values) = (String::new(), HashMap::new(), Item::new());
        for (at, (name, value)) in set.into_iter().enumerate() {
            expression.push_str(if at == 0 { "SET " } else { ", " });
            expression.push_str(&format!("#s{at} = :s{at}"));
            names.insert(format!("#s{at}"), name);
            values.insert(format!(":s{at}"), value);
        }
        for (at, name) in removed.iter().enumerate() {
            expression.push_str(if at == 0 { " REMOVE " } else { ", " });
            expression.push_str(&format!("#r{at}"));
            names.insert(format!("#r{at}"), name.clone());
        }
        Self { expression, names, values }
    }
}

/// The transaction's token, the same for every attempt.
struct Token([u8; 16]);

impl Token {
    fn new() -> Result<Self> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::internal("no random bytes for a token"))?;
        Ok(Self(bytes))
    }

    fn text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn cancelled<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => Some(cancelled.cancellation_reasons()),
        _ => None,
    }
}

/// The stored answer is the transaction's last item. If it exists, an equal request has won and its answer counts; any
/// other failed condition means deciding again on fresh data. A conflict is retried.
fn why_cancelled(
    reasons: &[CancellationReason],
    key: Option<&IdempotencyKey>,
    now: DateTime<Utc>,
) -> Result<Committed> {
    let answer = key.and(reasons.last()).filter(|reason| reason.code() == Some("ConditionalCheckFailed"));
    if let (Some(key), Some(item)) = (key, answer.and_then(CancellationReason::item)) {
        return StoredAnswer::read(item, key, now)?.map(Committed::Before).ok_or(Error::Stale);
    }
    let codes: Vec<_> = reasons.iter().filter_map(CancellationReason::code).filter(|code| *code != "None").collect();
    let all = |known: &[&str]| !codes.is_empty() && codes.iter().all(|code| known.contains(code));
    if all(&["ConditionalCheckFailed"]) {
        Err(Error::Stale)
    } else if all(&[
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
    ]) {
        Err(Error::Unavailable(Cause::text(format!("the store cancelled a transaction: {codes:?}"))))
    } else {
        Err(Error::internal(format!("the store refused a transaction: {codes:?}")))
    }
}

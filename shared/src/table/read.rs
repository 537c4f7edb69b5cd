//! The three kinds of read request. The access patterns built from them are in `entities/`.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};

use super::item::{self, Item, key_of, text};
use super::keys::{Key, PK, Range, SK};
use super::spent::{self, Side};
use super::store_error;
use crate::error::{Cause, Error, Result};

/// Read access to the table. A function that only reads gets this, and a role to match.
#[derive(Clone)]
pub struct Reader {
    pub(super) client: Client,
    pub(super) table: String,
}

/// Consistency of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Strongly consistent; one unit per 4 KB.
    Strong,
    /// Eventually consistent; half the price.
    Eventual,
}

/// The order of a range, and how much of it is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    /// All, in ascending order.
    Ascending,
    /// Only the last item.
    Last,
}

impl Reader {
    /// A reader of this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Opens the connection by reading a key that no item has. Best effort, bounded by `limit`; the result is ignored.
    pub async fn warm_up(&self, limit: std::time::Duration) {
        let _ = tokio::time::timeout(limit, self.get(super::keys::nowhere(), Freshness::Eventual)).await;
    }

    /// One item. One request; one unit per 4 KB when strong, half when eventual.
    pub(super) async fn get(&self, key: Key, freshness: Freshness) -> Result<Option<Item>> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item::bare(key)))
            .consistent_read(freshness == Freshness::Strong)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        let output = spent::request(request).await?.map_err(|error| store_error(&error))?;
        spent::enter(Side::Read, output.consumed_capacity.as_ref());
        Ok(output.item)
    }

    /// Two items in one request, in the order of the keys. A key that the store leaves unread is asked for again.
    pub(super) async fn pair(&self, keys: [Key; 2]) -> Result<[Option<Item>; 2]> {
        let mut items = self.hundred(keys.iter().cloned().map(item::bare).collect(), Freshness::Strong).await?;
        let mut take = |key: &Key| items.iter().position(|item| key_of(item) == *key).map(|at| items.swap_remove(at));
        Ok([take(&keys[0]), take(&keys[1])])
    }

    /// The items among these that exist, in no order. One request per hundred; keys that the store leaves unread are
    /// asked for again.
    pub(super) async fn batch(&self, keys: impl IntoIterator<Item = Key>) -> Result<Vec<Item>> {
        self.batch_at(keys, Freshness::Strong).await
    }

    /// The same, as fresh as is asked for.
    pub(super) async fn batch_at(
        &self,
        keys: impl IntoIterator<Item = Key>,
        freshness: Freshness,
    ) -> Result<Vec<Item>> {
        let keys: Vec<_> = keys.into_iter().map(item::bare).collect();
        let mut items = Vec::new();
        for part in keys.chunks(BATCH) {
            items.extend(self.hundred(part.to_vec(), freshness).await?);
        }
        Ok(items)
    }

    /// The items of one batch. The store may leave keys unread, because the answer grew too large or a partition is
    /// busy; they are asked for again, after waits that grow, as long as there is time.
    async fn hundred(&self, mut left: Vec<Item>, freshness: Freshness) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        for round in 0..ROUNDS {
            if left.is_empty() {
                return Ok(items);
            }
            if round > 0 {
                spent::pause(PAUSE, round - 1).await?;
            }
            let strong = freshness == Freshness::Strong;
            let wanted = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(strong).build();
            let request = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted.map_err(|error| Error::internal(error.to_string()))?)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send();
            let output = spent::request(request).await?.map_err(|error| store_error(&error))?;
            spent::enter(Side::Read, output.consumed_capacity());
            items.extend(output.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            let unread = output.unprocessed_keys.unwrap_or_default().remove(&self.table);
            left = unread.map(|unread| unread.keys).unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(items);
        }
        Err(Error::Unavailable(Cause::text("the store keeps leaving keys of a batch unread")))
    }

    /// A query of a range of one partition.
    pub(super) fn within(&self, range: &Range, freshness: Freshness) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#p = :p AND #s BETWEEN :from AND :to")
            .expression_attribute_names("#p", PK)
            .expression_attribute_names("#s", SK)
            .expression_attribute_values(":p", text(&range.pk))
            .expression_attribute_values(":from", text(&range.from))
            .expression_attribute_values(":to", text(&range.to))
            .consistent_read(freshness == Freshness::Strong)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// The items of a range of one partition. One request per megabyte.
    pub(super) async fn query(&self, range: Range, freshness: Freshness, order: Order) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut from_key = None;
        loop {
            let request = self
                .within(&range, freshness)
                .scan_index_forward(matches!(order, Order::Ascending))
                .set_limit(matches!(order, Order::Last).then_some(1))
                .set_exclusive_start_key(from_key.take())
                .send();
            let output = spent::request(request).await?.map_err(|error| store_error(&error))?;
            spent::enter(Side::Read, output.consumed_capacity.as_ref());
            items.extend(output.items.unwrap_or_default());
            // A page may be empty and yet not the last one.
            match (order, output.last_evaluated_key) {
                (Order::Last, _) if !items.is_empty() => return Ok(items),
                (_, Some(key)) => from_key = Some(key),
                (_, None) => return Ok(items),
            }
        }
    }
}

/// Most items of one batch.
const BATCH: usize = 100;
/// How often the keys of a batch are asked for at most: for some three seconds, unless an invocation ends before.
const ROUNDS: u32 = 10;
/// Longest wait before the second request for them.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

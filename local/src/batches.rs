//! Batches of the embedded DynamoDB, each written at once.
//!
//! The engine commits every item of a batch for itself, and waits for the disk as often: a batch of 25 takes as long as 25 writes.
//! As a transaction it is one commit. What DynamoDB promises of a batch is less than what a transaction does, so nobody can
//! tell; where the transaction does not go through, the batch is left to the engine.

use std::collections::HashMap;

use dynoxide::Database;
use dynoxide::actions::batch_write_item::{BatchWriteItemRequest, BatchWriteItemResponse, WriteRequest};
use dynoxide::actions::transact_write_items::{
    TransactDelete, TransactPut, TransactWriteItem, TransactWriteItemsRequest,
};
use dynoxide::types::ConsumedCapacity;

/// The answer to a batch that was written at once; none for one that the engine has to answer for itself.
pub fn at_once(db: &Database, body: &[u8]) -> Option<Vec<u8>> {
    let batch: BatchWriteItemRequest = serde_json::from_slice(body).ok()?;
    let wanted = batch.return_consumed_capacity.clone();
    if wanted.as_deref().is_some_and(|wanted| wanted == "INDEXES") || batch.return_item_collection_metrics.is_some() {
        return None;
    }
    let mut items = Vec::new();
    for (table, requests) in batch.request_items {
        for request in requests {
            items.push(part(&table, request)?);
        }
    }
    // More is no batch, and the engine says so.
    if items.is_empty() || items.len() > 25 {
        return None;
    }
    let request = TransactWriteItemsRequest {
        transact_items: items,
        return_consumed_capacity: wanted,
        ..TransactWriteItemsRequest::default()
    };
    let written = db.transact_write_items(request).ok()?;
    let consumed_capacity = written.consumed_capacity.map(|all| all.into_iter().map(half).collect());
    let answer = BatchWriteItemResponse { unprocessed_items: HashMap::new(), consumed_capacity, ..Default::default() };
    serde_json::to_vec(&answer).ok()
}

fn part(table: &str, request: WriteRequest) -> Option<TransactWriteItem> {
    let table_name = table.to_owned();
    match (request.put_request, request.delete_request) {
        (Some(put), None) => {
            let put = TransactPut { table_name, item: put.item, ..TransactPut::default() };
            Some(TransactWriteItem { put: Some(put), ..TransactWriteItem::default() })
        }
        (None, Some(delete)) => {
            let delete = TransactDelete { table_name, key: delete.key, ..TransactDelete::default() };
            Some(TransactWriteItem { delete: Some(delete), ..TransactWriteItem::default() })
        }
        _ => None,
    }
}

/// A write in a transaction is charged twice.
#[expect(clippy::float_arithmetic, reason = "the protocol has units as floats; halves of whole numbers are exact")]
fn half(consumed: ConsumedCapacity) -> ConsumedCapacity {
    let halved = consumed.capacity_units / 2.0;
    ConsumedCapacity { capacity_units: halved, write_capacity_units: None, ..consumed }
}

//! Loading many items, and how far that has come.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, ReturnConsumedCapacity, WriteRequest};
use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error, Result};
use crate::retry::pause;
use crate::table::item::{self, Item, key_of, value};
use crate::table::keys::{self, Key};
use crate::table::read::Freshness;
use crate::table::spent::{self, Side};
use crate::table::write::Change;
use crate::table::{Changes, Reader, Writer, store_error};

/// The most items the store takes in one batch.
const BATCH: usize = 25;
/// How often what a batch left over is sent again.
const ROUNDS: u32 = 8;
/// The longest wait before the second round.
const PAUSE: Duration = Duration::from_millis(100);

/// How far an import file has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress {
    /// Lines done.
    pub lines: u64,
}

impl Reader {
    /// How far the file with this digest has been read. One get.
    pub async fn import_progress(&self, digest: &str) -> Result<ImportProgress> {
        let item = self.get(keys::import(digest), Freshness::Strong).await?;
        let progress = item.map(value).transpose()?;
        Ok(progress.unwrap_or_default())
    }
}

impl Changes {
    /// Remembers how far a file has been read. Writing it again changes nothing.
    pub fn put_import_progress(&mut self, digest: &str, progress: &ImportProgress) -> Result<()> {
        self.put(item::item(keys::import(digest), progress)?);
        Ok(())
    }
}

impl Writer {
    /// Writes items that are set whole and deletes others, whatever was there, in batches and not in one transaction: a
    /// retry or a crash in the middle is mended by running the same load again, because every item overwrites itself.
    /// Changes that depend on what was there are refused.
    pub async fn load(&self, changes: Changes) -> Result<()> {
        let mut items = HashMap::new();
        for change in changes.into_items() {
            // A batch takes a key once; of two changes of one key the later one counts.
            match change {
                Change::Put(item) => items.insert(key_of(&item), Some(item)),
                Change::Delete { key, must_exist: false } => items.insert(key, None),
                _ => return Err(Error::internal("a load takes whole items only")),
            };
        }
        let requests: Vec<_> = items.into_iter().map(write_request).collect::<Result<_>>()?;
        for batch in requests.chunks(BATCH) {
            self.load_batch(batch.to_vec()).await?;
        }
        Ok(())
    }

    async fn load_batch(&self, mut left: Vec<WriteRequest>) -> Result<()> {
        for round in 0..ROUNDS {
            let request = self
                .client
                .batch_write_item()
                .request_items(&self.table, left)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send();
            let output = spent::request(request).await?.map_err(|error| store_error(&error))?;
            spent::enter(Side::Write, output.consumed_capacity());
            left = output.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            pause(PAUSE, round).await;
        }
        Err(Error::Unavailable(Cause::text("the store keeps leaving items of a batch unwritten")))
    }
}

/// The request that puts an item, or deletes what is under the key.
fn write_request((key, item): (Key, Option<Item>)) -> Result<WriteRequest> {
    let unfit = |error: BuildError| Error::internal(error.to_string());
    let request = WriteRequest::builder();
    let request = match item {
        Some(item) => request.put_request(PutRequest::builder().set_item(Some(item)).build().map_err(unfit)?),
        None => {
            let delete = DeleteRequest::builder().set_key(Some(item::bare(key))).build();
            request.delete_request(delete.map_err(unfit)?)
        }
    };
    Ok(request.build())
}

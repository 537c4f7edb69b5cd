//! Loading many items, how far that has come, and who may.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, ReturnConsumedCapacity, WriteRequest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error, Result};
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

/// Which import is loading.
const DIGEST: &str = "digest";
/// Until when nobody else may, in epoch seconds.
const UNTIL: &str = "until";
/// How long an import that was cut off keeps others out.
const LEASE: Duration = Duration::from_secs(120);

impl Writer {
    /// Takes or keeps the lease under which a file is loaded: two loads at once would each set what the other has read.
    /// The same file may take it again, so what was cut off goes on at once. Whether it was taken. One write.
    ///
    /// Repeated after a lost answer it is the file's own and is taken again; of two at once the condition lets one through;
    /// after a crash it ends by itself.
    pub async fn lease_for_import(&self, digest: &str, now: DateTime<Utc>) -> Result<bool> {
        let until = now.timestamp().saturating_add_unsigned(LEASE.as_secs());
        let mut lease = item::bare(keys::import_lease());
        lease.insert(DIGEST.to_owned(), item::text(digest));
        lease.insert(UNTIL.to_owned(), item::number(until));
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(lease))
            .condition_expression("attribute_not_exists(#d) OR #d = :digest OR #u <= :now")
            .expression_attribute_names("#d", DIGEST)
            .expression_attribute_names("#u", UNTIL)
            .expression_attribute_values(":digest", item::text(digest))
            .expression_attribute_values(":now", item::number(now.timestamp()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        match spent::request(request).await? {
            Ok(output) => {
                spent::enter(Side::Write, output.consumed_capacity.as_ref());
                Ok(true)
            }
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(false)
            }
            Err(error) => Err(store_error(&error)),
        }
    }

    /// Gives the lease back, if it is this file's. One write; what fails here only lets others wait for its end.
    pub async fn end_import(&self, digest: &str) -> Result<()> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(item::bare(keys::import_lease())))
            .condition_expression("#d = :digest")
            .expression_attribute_names("#d", DIGEST)
            .expression_attribute_values(":digest", item::text(digest))
            .send();
        match spent::request(request).await? {
            Err(error)
                if !error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Err(store_error(&error))
            }
            _ => Ok(()),
        }
    }

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
            spent::pause(PAUSE, round).await?;
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

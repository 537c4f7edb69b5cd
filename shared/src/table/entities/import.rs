//! Loading many items, how far that has come, and who may.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, ReturnConsumedCapacity, WriteRequest};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::{Cause, Error, Result};
use crate::table::item::{self, Item, key_of, number_of, text_of};
use crate::table::keys::{self, Key};
use crate::table::read::Freshness;
use crate::table::spent::{self, Side};
use crate::table::write::Change;
use crate::table::{Changes, Reader, Writer, store_error};

/// The most items the store takes in one batch.
const BATCH: usize = 25;
/// Batches that are under way at once.
const AT_ONCE: usize = 16;
/// How often what a batch left over is sent again.
const ROUNDS: u32 = 8;
/// The longest wait before the second round.
const PAUSE: Duration = Duration::from_millis(100);

/// Which import is loading.
const DIGEST: &str = "digest";
/// Until when nobody else may, in epoch seconds.
const UNTIL: &str = "until";
/// How many of its lines are done.
const LINES: &str = "lines";
/// How long an import that was cut off keeps others out.
pub const IMPORT_LEASE: Duration = Duration::from_secs(120);

impl Reader {
    /// How many lines of the file with this digest an import has done that was cut off; none once it has ended, or another
    /// file has been loaded since. One get.
    pub async fn import_progress(&self, digest: &str) -> Result<u64> {
        let lease = self.get(keys::import_lease(), Freshness::Strong).await?;
        let own = lease.filter(|lease| text_of(lease, DIGEST) == Some(digest));
        Ok(own.and_then(|lease| number_of(&lease, LINES)).unwrap_or(0))
    }
}

impl Writer {
    /// Takes or keeps the lease under which a file is loaded, and remembers how many of its lines are done: two loads at once
    /// would each set what the other has read. The same file may take it again, so what was cut off goes on at once. Whether
    /// it was taken. One write.
    ///
    /// Repeated after a lost answer it is the file's own and is taken again; of two at once the condition lets one through;
    /// after a crash it ends by itself.
    pub async fn lease_for_import(&self, digest: &str, lines: u64, now: DateTime<Utc>) -> Result<bool> {
        let until = now.timestamp().saturating_add_unsigned(IMPORT_LEASE.as_secs());
        let mut lease = item::bare(keys::import_lease());
        lease.insert(DIGEST.to_owned(), item::text(digest));
        lease.insert(UNTIL.to_owned(), item::number(until));
        lease.insert(LINES.to_owned(), item::number(lines));
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

    /// Gives the lease back, if it is this file's, and forgets how far the file was: given again, it is loaded again. One
    /// write; what fails here only lets others wait for its end.
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

    /// Writes items that are set whole and deletes others, as [`load_all`](Self::load_all) does.
    pub async fn load(&self, changes: Changes) -> Result<()> {
        self.load_all(vec![changes]).await.map_err(|Unloaded { cause, .. }| cause)
    }

    /// Writes items that are set whole and deletes others, whatever was there, in batches, many at once, and not in one
    /// transaction: a retry or a crash in the middle is mended by running the same load again, because every item overwrites
    /// itself. Of two changes of one key the later part's counts. Changes that depend on what was there are refused.
    ///
    /// # Errors
    /// With the part that the store refuses, if it is one of them: a batch that is refused is written again part by part.
    pub async fn load_all(&self, parts: Vec<Changes>) -> Result<(), Unloaded> {
        let mut items = HashMap::new();
        for (part, changes) in parts.into_iter().enumerate() {
            for change in changes.into_items() {
                match change {
                    Change::Put(item) => items.insert(key_of(&item), (part, Some(item))),
                    Change::Delete { key, must_exist: false } => items.insert(key, (part, None)),
                    _ => return Err(Unloaded::all(Error::internal("a load takes whole items only"))),
                };
            }
        }
        let mut requests: Vec<_> = items
            .into_iter()
            .map(|(key, (part, item))| Ok((part, write_request(key, item)?)))
            .collect::<Result<_>>()
            .map_err(Unloaded::all)?;
        // What lies under neighbouring parts is sent together.
        requests.sort_by_key(|(part, _)| *part);
        let batches: Vec<_> = requests.chunks(BATCH).map(<[_]>::to_vec).collect();
        let sent = batches.into_iter().map(|batch| self.load_parts(batch));
        stream::iter(sent).buffer_unordered(AT_ONCE).try_collect::<()>().await
    }

    async fn load_parts(&self, batch: Vec<(usize, WriteRequest)>) -> Result<(), Unloaded> {
        let refused = match self.load_batch(batch.iter().map(|(_, request)| request.clone()).collect()).await {
            Ok(()) => return Ok(()),
            Err(Error::Unavailable(cause)) => return Err(Unloaded::all(Error::Unavailable(cause))),
            Err(refused) => refused,
        };
        let parts: BTreeSet<_> = batch.iter().map(|(part, _)| *part).collect();
        for part in parts {
            let own = batch.iter().filter(|(of, _)| *of == part).map(|(_, request)| request.clone()).collect();
            self.load_batch(own).await.map_err(|cause| Unloaded { part: Some(part), cause })?;
        }
        Err(Unloaded::all(refused))
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

/// A load that has stopped.
#[derive(Debug)]
pub struct Unloaded {
    /// The part that the store refuses; none when it is no single one's fault.
    pub part: Option<usize>,
    /// Why.
    pub cause: Error,
}

impl Unloaded {
    const fn all(cause: Error) -> Self {
        Self { part: None, cause }
    }
}

/// The request that puts an item, or deletes what is under the key.
fn write_request(key: Key, item: Option<Item>) -> Result<WriteRequest> {
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

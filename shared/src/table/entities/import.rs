//! Loading many items, how far that has come, and who may.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, ReturnConsumedCapacity, ReturnValue, WriteRequest};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::{Cause, Error, Result};
use crate::table::item::{self, Item, key_of, number_of, text_of};
use crate::table::keys::{self, Key};
use crate::table::spent::{self, Side};
use crate::table::write::Change;
use crate::table::{Changes, Writer, store_error};

/// The most items the store takes in one batch.
const BATCH: usize = 25;
/// Batches that are under way at once.
const AT_ONCE: usize = 16;
/// How often what a batch left over is sent again.
const ROUNDS: u32 = 8;
/// The longest wait before the second round.
const PAUSE: Duration = Duration::from_millis(100);

/// Which file is loaded.
const DIGEST: &str = "digest";
/// By whom; nobody when that one has stopped.
const OWNER: &str = "owner";
/// Until when nobody else may, in epoch seconds.
const UNTIL: &str = "until";
/// How many of its lines are done.
const LINES: &str = "lines";
/// How long an import that was cut off keeps others out.
pub const IMPORT_LEASE: Duration = Duration::from_secs(120);

/// An import: a file, and who loads it.
#[derive(Debug, Clone, Copy)]
pub struct Importing<'a> {
    /// What the file is known by.
    pub digest: &'a str,
    /// A random name of the process, which no other has: two may load the same file.
    pub owner: &'a str,
}

/// Whether the lease is this import's.
const IS_OWN: &str = "#d = :digest AND #o = :owner";

impl Writer {
    /// Takes the lease under which a file is loaded: two loads at once would each set what the other has read. How many lines of
    /// the file an import has done that was cut off, if no other file was loaded since; none when somebody else loads. One
    /// write.
    ///
    /// It is free when there is none, when it has ended, for the import whose it is, and for the same file when whoever had it has
    /// [left](Self::leave_import) it. Of two who take it at once the condition lets one through, with the same file as well.
    /// Repeated after a lost answer it is the own one, and after a crash it ends by itself: either may forget how far the file
    /// was, which is then loaded from its beginning, and that sets the same.
    pub async fn begin_import(&self, import: Importing<'_>, now: DateTime<Utc>) -> Result<Option<u64>> {
        let free =
            "attribute_not_exists(#d) OR #u <= :now OR (#d = :digest AND (#o = :owner OR attribute_not_exists(#o)))";
        let request = self
            .lease(import, 0, now)
            .condition_expression(free)
            .expression_attribute_names("#u", UNTIL)
            .expression_attribute_values(":now", item::number(now.timestamp()))
            .return_values(ReturnValue::AllOld);
        let before = leased(request).await?.map(|output| output.attributes.unwrap_or_default());
        let own = before.as_ref().filter(|before| text_of(before, DIGEST) == Some(import.digest));
        let done = own.and_then(|before| number_of(before, LINES)).unwrap_or(0);
        Ok(before.is_some().then_some(done))
    }

    /// Keeps the lease, and remembers how many lines of the file are done. Whether it is the own one still; if not, nothing may be
    /// loaded any more. One write.
    ///
    /// Repeated it says the same; one that has ended and that somebody else has taken since, or given back, is not taken again.
    pub async fn keep_import(&self, import: Importing<'_>, lines: u64, now: DateTime<Utc>) -> Result<bool> {
        let request = self.lease(import, lines, now).condition_expression(IS_OWN);
        Ok(leased(request).await?.is_some())
    }

    /// The lease as it becomes, if its condition holds.
    fn lease(&self, import: Importing<'_>, lines: u64, now: DateTime<Utc>) -> PutItemFluentBuilder {
        let until = now.timestamp().saturating_add_unsigned(IMPORT_LEASE.as_secs());
        let mut lease = item::bare(keys::import_lease());
        lease.insert(DIGEST.to_owned(), item::text(import.digest));
        lease.insert(OWNER.to_owned(), item::text(import.owner));
        lease.insert(UNTIL.to_owned(), item::number(until));
        lease.insert(LINES.to_owned(), item::number(lines));
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(lease))
            .expression_attribute_names("#d", DIGEST)
            .expression_attribute_names("#o", OWNER)
            .expression_attribute_values(":digest", item::text(import.digest))
            .expression_attribute_values(":owner", item::text(import.owner))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// Leaves an import that has stopped, if the lease is its own: the same file goes on where it was, at once; others wait for
    /// the lease's end. One write; what fails here only lets the same file wait, too.
    pub async fn leave_import(&self, import: Importing<'_>) -> Result<()> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::bare(keys::import_lease())))
            .update_expression("REMOVE #o")
            .condition_expression(IS_OWN)
            .expression_attribute_names("#d", DIGEST)
            .expression_attribute_names("#o", OWNER)
            .expression_attribute_values(":digest", item::text(import.digest))
            .expression_attribute_values(":owner", item::text(import.owner))
            .send();
        let is_anothers = UpdateItemError::is_conditional_check_failed_exception;
        match spent::request(request).await? {
            Err(error) if !error.as_service_error().is_some_and(is_anothers) => Err(store_error(&error)),
            _ => Ok(()),
        }
    }

    /// Gives the lease back, if it is this import's, and forgets how far the file was: given again, it is loaded again. One
    /// write; what fails here only lets others wait for its end.
    pub async fn end_import(&self, import: Importing<'_>) -> Result<()> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(item::bare(keys::import_lease())))
            .condition_expression(IS_OWN)
            .expression_attribute_names("#d", DIGEST)
            .expression_attribute_names("#o", OWNER)
            .expression_attribute_values(":digest", item::text(import.digest))
            .expression_attribute_values(":owner", item::text(import.owner))
            .send();
        let is_anothers = DeleteItemError::is_conditional_check_failed_exception;
        match spent::request(request).await? {
            Err(error) if !error.as_service_error().is_some_and(is_anothers) => Err(store_error(&error)),
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

/// Writes the lease; nothing when it is somebody else's.
async fn leased(request: PutItemFluentBuilder) -> Result<Option<PutItemOutput>> {
    match spent::request(request.send()).await? {
        Ok(output) => {
            spent::enter(Side::Write, output.consumed_capacity.as_ref());
            Ok(Some(output))
        }
        Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
            Ok(None)
        }
        Err(error) => Err(store_error(&error)),
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

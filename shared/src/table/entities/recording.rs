//! Recordings: one item by call, and a list by extension.
//!
//! The item by call is authoritative; the list holds copies of kept recordings only.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::call::Direction;
use crate::domain::event::RecordingErased;
use crate::domain::identity::Identity;
use crate::domain::ids::{CallId, ClientId, CustomerCode, Extension, SiteId};
use crate::domain::owned::Owned;
use crate::domain::period::Span;
use crate::domain::recording::{Recording, RecordingState};
use crate::error::{Error, Result};
use crate::table::item::{self, Stored, stored, value, values};
use crate::table::keys;
use crate::table::page::Sieve;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Paged, Put, Reader, Window, Writer};

/// An extension and its customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionOwner {
    /// The extension.
    pub number: Extension,
    /// Whose it is.
    pub customer: CustomerCode,
    /// The site that has it; not set by older imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SitePlace>,
}

/// The place of a site: its id is unique under its document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SitePlace {
    /// The document the customer is known by.
    pub document: Identity,
    /// Which of its sites.
    pub id: SiteId,
}

impl Owned for ExtensionOwner {
    fn customer(&self) -> &CustomerCode {
        &self.customer
    }
}

/// Who had a recording erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The recording.
    pub call: CallId,
    /// The client that asked for it.
    pub client: ClientId,
    /// When it began: since then nobody can play the recording.
    pub at: DateTime<Utc>,
}

impl Reader {
    /// The known extensions among these. One strong batch for up to a hundred, one unit each.
    pub async fn extensions(&self, numbers: &[Extension]) -> Result<Vec<ExtensionOwner>> {
        let items = self.batch(numbers.iter().map(|number| keys::extension(*number))).await?;
        values(items)
    }

    /// A page of an extension's recordings in a span, by direction and customer, newest first. One query of
    /// `EXT#extension` per megabyte (some three thousand); half a unit per 4 KB read.
    ///
    /// A position in any extension's list means the same time and call, so one cursor serves the lists of many
    /// extensions.
    pub async fn recordings(
        &self,
        extension: Extension,
        span: Span,
        window: &Window,
        direction: Option<Direction>,
        passes: impl Fn(&CustomerCode) -> bool,
    ) -> Result<Paged<Recording>> {
        let range = keys::recordings_of_extension(extension, span);
        let Some(range) = range else { return Ok(Paged::empty()) };
        let read = |item| -> Result<Option<Recording>> {
            let recording: Recording = value(item)?;
            let fits = direction.is_none_or(|direction| recording.direction == direction);
            Ok(Some(recording).filter(|recording| fits && passes(&recording.customer)))
        };
        // An extension seldom had other customers, so only the direction filters out many.
        let sieve = if direction.is_some() { Sieve::Some } else { Sieve::All };
        self.page(range, Freshness::Eventual, window, sieve, read).await
    }

    /// The recordings among these that are known, erased ones included, in no order. One batch of strong reads per hundred, one
    /// unit each.
    pub async fn recordings_at(&self, ids: impl IntoIterator<Item = &CallId>) -> Result<Vec<Stored<Recording>>> {
        let keys = ids.into_iter().map(|id| keys::recording(*id));
        self.batch(keys).await?.into_iter().map(stored).collect()
    }

    /// The erasures that began on a day, in UTC, done or not. One strong query of `ERASE#day` per megabyte (some three thousand); a
    /// unit per 4 KB.
    pub async fn erasures(&self, day: NaiveDate) -> Result<Vec<Erasure>> {
        values(self.query(keys::erasures(day), Freshness::Strong, Order::Ascending).await?)
    }

    /// A recording, erased ones included. One strong get of `REC#call`, one unit.
    pub async fn recording(&self, id: CallId) -> Result<Option<Stored<Recording>>> {
        self.get(keys::recording(id), Freshness::Strong).await?.map(stored).transpose()
    }
}

impl Changes {
    /// Sets the customer of an extension.
    pub fn put_extension(&mut self, owner: &ExtensionOwner) -> Result<()> {
        self.put(item::item(keys::extension(owner.number), owner)?);
        Ok(())
    }

    /// Removes the customer of an extension. Recordings stay with their customers.
    pub fn remove_extension(&mut self, number: Extension) {
        self.delete(keys::extension(number), false);
    }

    /// Registers a recording, if there is none of its call, erased or not, and lists it unless it is erased.
    pub fn create_recording(&mut self, recording: &Recording) -> Result<()> {
        self.create(item::first(keys::recording(recording.id), recording)?);
        if recording.is_kept() {
            self.put(item::item(keys::recording_of_extension(recording), recording)?);
        }
        Ok(())
    }

    /// Marks a recording as erasing at the revision that was loaded, removes it from its extension's list and adds the
    /// event. From here on nobody can play it. Its files still exist.
    pub fn begin_erasing(&mut self, kept: &Stored<Recording>, client: &ClientId, at: DateTime<Utc>) -> Result<()> {
        self.update(keys::recording(kept.id), kept, &kept.in_state(RecordingState::Erasing))?;
        self.delete(keys::recording_of_extension(kept), false);
        let erasure = Erasure { call: kept.id, client: client.clone(), at };
        let mut item = item::item(keys::erasure(at.date_naive(), kept.id, kept.next_rev()), &erasure)?;
        let event = RecordingErased { call: kept.id, customer: &kept.customer, extension: kept.extension, at };
        item::tell(&mut item, &event, at)?;
        self.create(item);
        Ok(())
    }

    /// Marks the recording as erased: its files are deleted.
    pub fn end_erasing(&mut self, erasing: &Stored<Recording>) -> Result<()> {
        self.update(keys::recording(erasing.id), erasing, &erasing.in_state(RecordingState::Erased))
    }
}

impl Writer {
    /// Registers a recording whose files are in the bucket, and lists it unless it is erased, in one transaction. One that exists, erased
    /// or not, stays as it is, so a repeated import brings nothing back.
    pub async fn create_recording(&self, recording: &Recording, now: DateTime<Utc>) -> Result<Put> {
        let mut changes = Changes::new();
        changes.create_recording(recording)?;
        match self.commit(changes, None, now).await {
            Ok(_) => Ok(Put::Created),
            Err(Error::Stale) => Ok(Put::AlreadyThere),
            Err(error) => Err(error),
        }
    }
}

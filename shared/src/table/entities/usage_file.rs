//! Usage files: how far each is taken in, and which arrived when.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::event::UsageFileIngested;
use crate::domain::ids::{FileName, StreamId};
use crate::domain::usage_file::progress::{Counts, Progress};
use crate::error::{Error, Result};
use crate::table::item::{self, stored, text_of, value, values};
use crate::table::keys::{self, SK};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader, Stored};

/// A file that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// The stream of files.
    pub stream: StreamId,
    /// The file.
    pub name: FileName,
    /// Its version.
    pub sequence: u32,
    /// SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// When it was first seen.
    pub at: DateTime<Utc>,
    /// Why nothing of it was taken, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A version that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingested {
    /// SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// What became of its records.
    pub counts: Counts,
    /// When it was done.
    pub at: DateTime<Utc>,
}

/// What became of a file that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// The file.
    pub arrival: Arrival,
    /// Its version, if it was taken in.
    pub ingested: Option<Ingested>,
    /// How far the newest version of the file is.
    pub newest: Option<Progress>,
}

impl Reader {
    /// How far a file is. One get, strong.
    pub async fn usage_file(&self, stream: &StreamId, name: &FileName) -> Result<Option<Stored<Progress>>> {
        let item = self.get(keys::usage_file(stream, name), Freshness::Strong).await?;
        item.map(stored).transpose()
    }

    /// The streams of which files arrived on a day. One query, half a unit for some thirty files.
    pub async fn streams(&self, day: NaiveDate) -> Result<BTreeSet<StreamId>> {
        let items = self.query(keys::arrivals(day), Freshness::Eventual, Order::Ascending).await?;
        let arrivals: Vec<Arrival> = values(items)?;
        Ok(arrivals.into_iter().map(|arrival| arrival.stream).collect())
    }

    /// The files that arrived on a day and what became of each. One query, and a batch for each fifty of them.
    pub async fn usage_files(&self, day: NaiveDate) -> Result<Vec<Fate>> {
        let arrivals: Vec<Arrival> =
            values(self.query(keys::arrivals(day), Freshness::Eventual, Order::Ascending).await?)?;
        let mut fates = Vec::new();
        for arrival in arrivals {
            let Arrival { stream, name, sequence, .. } = &arrival;
            let place = [keys::usage_file(stream, name), keys::usage_file_version(stream, name, *sequence)];
            let (mut ingested, mut newest) = (None, None);
            for item in self.batch(place.clone()).await? {
                if text_of(&item, SK) == Some(place[0].sk.as_str()) {
                    newest = Some(value(item)?);
                } else {
                    ingested = Some(value::<Ingested>(item)?).filter(|one| one.digest == arrival.digest);
                }
            }
            fates.push(Fate { arrival, ingested, newest });
        }
        Ok(fates)
    }
}

impl Changes {
    /// A file's first version. If the file is there, the whole commit is [`Error::Stale`].
    ///
    /// # Errors
    /// None of its own.
    pub fn create_usage_file(&mut self, stream: &StreamId, name: &FileName, progress: &Progress) -> Result<()> {
        self.create(item::first(keys::usage_file(stream, name), progress)?);
        Ok(())
    }

    /// Sets how far a file is, at the revision it was loaded at: of two who did the same chunk one counts it, and a crash
    /// before it means that the chunk is done again, which writes the same.
    ///
    /// # Errors
    /// None of its own.
    pub fn update_usage_file(
        &mut self,
        stream: &StreamId,
        name: &FileName,
        before: &Stored<Progress>,
        after: &Progress,
    ) -> Result<()> {
        self.update(keys::usage_file(stream, name), before, after)
    }

    /// Adds the version that was taken in and tells of it; in the transaction that ends its file's work, so it is told
    /// once.
    ///
    /// # Errors
    /// 500 for a file that is not done.
    pub fn add_ingested(&mut self, stream: &StreamId, name: &FileName, done: &Progress) -> Result<()> {
        let at = done.finished.ok_or_else(|| Error::internal("a file that is not done is told"))?;
        let (sequence, counts) = (done.version.sequence, done.counts);
        let ingested = Ingested { digest: done.version.digest.clone(), counts, at };
        let mut item = item::item(keys::usage_file_version(stream, name, sequence), &ingested)?;
        let Counts { accepted, duplicate, replaced, rejected, removed } = counts;
        let read = counts.read();
        let event =
            UsageFileIngested { stream, name, sequence, read, accepted, duplicate, replaced, rejected, removed, at };
        item::tell(&mut item, &event, at)?;
        self.create(item);
        Ok(())
    }

    /// Lists a file among those that arrived on a day. It overwrites itself.
    ///
    /// # Errors
    /// None of its own.
    pub fn put_arrival(&mut self, day: NaiveDate, arrival: &Arrival) -> Result<()> {
        let Arrival { stream, name, sequence, digest, .. } = arrival;
        self.put(item::item(keys::arrival(day, stream, name, *sequence, digest), arrival)?);
        Ok(())
    }
}

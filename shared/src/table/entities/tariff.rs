//! The rates of the catalogue, version by version.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

use crate::domain::billing::tariff::Tariff;
use crate::error::{Cause, Error, Result};
use crate::table::item::{self, text, text_of};
use crate::table::keys;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// How long rates may be used before they are read again.
const FRESH: Duration = Duration::seconds(60);
/// The rates as JSON text: a sheet of zones has thousands of rows, which as attributes would take three times the room.
const JSON: &str = "json";

type Cached = Option<(DateTime<Utc>, Arc<Tariff>)>;

/// The newest rates in memory, shared by all work of a process.
#[derive(Clone, Default)]
pub struct TariffCache(Arc<Mutex<Cached>>);

impl TariffCache {
    /// The newest rates, at most 60 s old; rates of nothing where there are none. One query when they have to be read.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn get(&self, reader: &Reader, now: DateTime<Utc>) -> Result<Arc<Tariff>> {
        if let Some((read_at, tariff)) = &*self.slot()
            && *read_at <= now
            && now - *read_at < FRESH
        {
            return Ok(Arc::clone(tariff));
        }
        let tariff = Arc::new(reader.tariff().await?.unwrap_or_default());
        *self.slot() = Some((now, Arc::clone(&tariff)));
        Ok(tariff)
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Cached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// The newest rates. One query of one item, half a unit for each 4 KB.
    pub async fn tariff(&self) -> Result<Option<Tariff>> {
        let item = self.query(keys::tariffs(), Freshness::Eventual, Order::Last).await?.pop();
        let read = |item| {
            let json = text_of(&item, JSON).unwrap_or_default();
            serde_json::from_str(json).map_err(|error| Error::Internal(Cause::new(&error)))
        };
        item.map(read).transpose()
    }
}

impl Changes {
    /// Sets a version of the rates, whatever it was: writing it again changes nothing.
    ///
    /// # Errors
    /// None of its own.
    pub fn put_tariff(&mut self, tariff: &Tariff) -> Result<()> {
        let json = serde_json::to_string(tariff).map_err(|error| Error::Internal(Cause::new(&error)))?;
        let mut item = item::bare(keys::tariff(tariff.version));
        item.insert(JSON.to_owned(), text(json));
        self.put(item);
        Ok(())
    }
}

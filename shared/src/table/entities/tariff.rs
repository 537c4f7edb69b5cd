//! The rates of the catalogue, version by version.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::billing::tariff::Tariff;
use crate::error::{Cause, Error, Result};
use crate::table::entities::cached::Cached;
use crate::table::item::{self, text, text_of};
use crate::table::keys;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// The rates as JSON text: a sheet of zones has thousands of rows, which as attributes would take three times the room.
const JSON: &str = "json";

/// The newest rates in memory.
pub type TariffCache = Cached<Tariff>;

impl TariffCache {
    /// The newest rates, at most 60 s old; rates of nothing where there are none. One query when they have to be read.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn get(&self, reader: &Reader, now: DateTime<Utc>) -> Result<Arc<Tariff>> {
        self.or(now, async { Ok(reader.tariff().await?.unwrap_or_default()) }).await
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

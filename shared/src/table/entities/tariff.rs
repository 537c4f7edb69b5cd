//! The rates of the catalogue, version by version.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::billing::tariff::Tariff;
use crate::error::{Cause, Error, Result};
use crate::table::entities::cached::Cached;
use crate::table::item::{self, Item, bytes, bytes_of, text_of};
use crate::table::keys;
use crate::table::packed::{PACKED, pack, unpack};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// The most bytes of packed rates: a sheet of zones has tens of thousands of rows, and an item at most 400 KB, keys included.
const LARGEST: usize = 400_000;
/// The rates as plain text, as earlier releases have kept it.
const JSON: &str = "json";

/// The newest rates in memory.
pub type TariffCache = Cached<Tariff>;

impl TariffCache {
    /// The newest rates, at most 60 s old; rates of nothing where there are none. One query when they have to be read.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn get(&self, reader: &Reader, now: DateTime<Utc>) -> Result<Arc<Tariff>> {
        self.or(now, DateTime::UNIX_EPOCH, async { Ok(reader.tariff().await?.unwrap_or_default()) }).await
    }
}

impl Reader {
    /// A version of the rates. One strong get, one unit for each 4 KB.
    pub async fn tariff_version(&self, version: u32) -> Result<Option<Tariff>> {
        self.get(keys::tariff(version), Freshness::Strong).await?.as_ref().map(read).transpose()
    }

    /// The newest rates. One strong query of one item, one unit for each 4 KB.
    pub async fn tariff(&self) -> Result<Option<Tariff>> {
        let item = self.query(keys::tariffs(), Freshness::Strong, Order::Last).await?.pop();
        item.as_ref().map(read).transpose()
    }
}

impl Changes {
    /// Adds a version of the rates, if nobody has: bills are pinned to versions, so none ever says something else.
    ///
    /// # Errors
    /// 400 when they are larger than an item.
    pub fn add_tariff(&mut self, tariff: &Tariff) -> Result<()> {
        let packed = pack(tariff)?;
        if packed.len() > LARGEST {
            return Err(Error::invalid(
                "rates",
                "are larger than the table takes; leave out what no bill needs any more",
            ));
        }
        let mut item = item::bare(keys::tariff(tariff.version));
        item.insert(PACKED.to_owned(), bytes(packed));
        self.create(item);
        Ok(())
    }
}

fn read(item: &Item) -> Result<Tariff> {
    match bytes_of(item, PACKED) {
        Some(packed) => unpack(packed),
        None => serde_json::from_str(text_of(item, JSON).unwrap_or_default())
            .map_err(|error| Error::Internal(Cause::new(&error))),
    }
}

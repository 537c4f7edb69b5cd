//! The rates of the catalogue, version by version.

use std::sync::Arc;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::domain::billing::tariff::Tariff;
use crate::error::{Cause, Error, Result};
use crate::table::entities::cached::Cached;
use crate::table::item::{self, Item, text_of};
use crate::table::keys;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// The rates as compressed JSON text: a sheet of zones has tens of thousands of rows, and an item at most 400 KB.
const PACKED: &str = "gz";
/// The most bytes of that: an item has at most 400 KB, keys included.
const LARGEST: usize = 400_000;
/// The same as plain text, as earlier releases have kept it.
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
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        serde_json::to_writer(&mut packed, tariff).map_err(|error| Error::Internal(Cause::new(&error)))?;
        let packed = packed.finish().map_err(|error| Error::Internal(Cause::new(&error)))?;
        if packed.len() > LARGEST {
            return Err(Error::invalid(
                "rates",
                "are larger than the table takes; leave out what no bill needs any more",
            ));
        }
        let mut item = item::bare(keys::tariff(tariff.version));
        item.insert(PACKED.to_owned(), AttributeValue::B(Blob::new(packed)));
        self.create(item);
        Ok(())
    }
}

fn read(item: &Item) -> Result<Tariff> {
    let packed = item.get(PACKED).and_then(|packed| packed.as_b().ok());
    let read = match packed {
        Some(packed) => serde_json::from_reader(GzDecoder::new(packed.as_ref())),
        None => serde_json::from_str(text_of(item, JSON).unwrap_or_default()),
    };
    read.map_err(|error| Error::Internal(Cause::new(&error)))
}

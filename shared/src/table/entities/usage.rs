//! Data usage by hour and app.

use chrono::{DateTime, FixedOffset, Utc};

use crate::domain::ids::CustomerCode;
use crate::domain::msisdn::Msisdn;
use crate::domain::period::{Hour, Span};
use crate::domain::usage::Traffic;
use crate::error::{Error, Result};
use crate::table::item::{self, Item, number, number_of, text_of};
use crate::table::keys::{self, SK};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Past, Reader};

/// The bytes. Short names: there are many of these items.
const BYTES: &str = "b";
/// When they were ingested, in epoch seconds.
const INGESTED: &str = "i";

impl Reader {
    /// A line and its customer's traffic of the hours that begin in a span, by hour, app and source. One get of the line,
    /// and at the same time one query for each megabyte (some ten thousand rows), half a unit for each 4 KB.
    pub async fn traffic(
        &self,
        msisdn: &Msisdn,
        span: Span,
        zone: FixedOffset,
        sees: impl Fn(&CustomerCode) -> bool,
    ) -> Result<Option<Past<Vec<Traffic>>>> {
        self.past(msisdn, span, zone, sees, |own| async move {
            let Some((first, last)) = own.and_then(Hour::begun_in) else { return Ok(Vec::new()) };
            let range = keys::traffic_between(msisdn, first, last);
            let items = self.query(range, Freshness::Eventual, Order::Ascending).await?;
            items.iter().map(|item| read(item).ok_or_else(|| Error::internal("an unreadable usage item"))).collect()
        })
        .await
    }
}

impl Changes {
    /// Sets what one source tells of one app in one hour. A second delivery overwrites itself.
    pub fn put_traffic(&mut self, msisdn: &Msisdn, traffic: &Traffic) {
        let mut item = item::bare(keys::traffic(msisdn, traffic));
        item.insert(BYTES.to_owned(), number(traffic.bytes));
        item.insert(INGESTED.to_owned(), number(traffic.ingested_at.timestamp()));
        self.put(item);
    }
}

fn read(item: &Item) -> Option<Traffic> {
    let (hour, app, source) = keys::read_traffic(text_of(item, SK)?)?;
    let ingested_at: DateTime<Utc> = DateTime::from_timestamp(number_of(item, INGESTED)?, 0)?;
    Some(Traffic { hour, app: app.parse().ok()?, source, bytes: number_of(item, BYTES)?, ingested_at })
}

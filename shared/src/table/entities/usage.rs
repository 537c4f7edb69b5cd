//! Data usage by hour and app.

use chrono::{DateTime, FixedOffset, Utc};

use crate::domain::msisdn::Msisdn;
use crate::domain::owned::Sight;
use crate::domain::period::{Hour, Span};
use crate::domain::usage::{TOO_MUCH, Traffic};
use crate::domain::usage_file::hour::{HourWord, traffic};
use crate::error::{Error, Result};
use crate::table::item::{self, Item, number, number_of, text_of};
use crate::table::keys::{self, SK, TrafficTeller};
use crate::table::read::Freshness;
use crate::table::{Changes, Past, Reader};

/// The bytes. Short names: there are many of these items.
const BYTES: &str = "b";
/// Most megabytes of one report: some four hundred thousand rows, far more than an answer holds.
const MEGABYTES: usize = 40;
/// When they were ingested, in epoch seconds.
const INGESTED: &str = "i";

impl Reader {
    /// A line that the caller sees and its customer's traffic of the hours that begin in a span, by hour, app and source.
    /// One get of the line, and beside or after it one query for each megabyte (some ten thousand rows), half a unit for
    /// each 4 KB.
    ///
    /// # Errors
    /// [`Past::found`] has a 400 for a period with more than can be read for one answer.
    pub async fn traffic(
        &self,
        msisdn: &Msisdn,
        span: Span,
        zone: FixedOffset,
        sight: &impl Sight,
    ) -> Result<Option<Past<Vec<Traffic>>>> {
        self.past(msisdn, span, zone, sight, |own| async move {
            let Some((first, last)) = own.and_then(Hour::begun_in) else { return Ok(Vec::new()) };
            let range = keys::traffic_between(msisdn, first, last);
            let items = self.query_within(range, Freshness::Eventual, MEGABYTES).await?;
            let items = items.ok_or_else(|| Error::invalid("startDate", TOO_MUCH))?;
            let (mut rows, mut words) = (Vec::new(), Vec::new());
            for item in &items {
                match read(item).ok_or_else(|| Error::internal("an unreadable usage item"))? {
                    Told::Import(row) => rows.push(row),
                    Told::File(word) => words.push(word),
                }
            }
            rows.extend(traffic(&words));
            Ok(rows)
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

/// An item of traffic, by who tells it.
pub(super) enum Told {
    /// An import.
    Import(Traffic),
    /// A part of a usage file.
    File(HourWord),
}

/// Reads an item of traffic.
pub(super) fn read(item: &Item) -> Option<Told> {
    let (hour, app, told_by) = keys::read_traffic(text_of(item, SK)?)?;
    let ingested_at: DateTime<Utc> = DateTime::from_timestamp(number_of(item, INGESTED)?, 0)?;
    let app = (!app.is_empty()).then(|| app.parse()).transpose().ok()?;
    Some(match told_by {
        TrafficTeller::Import(source) => {
            Told::Import(Traffic { hour, app: app?, source, bytes: number_of(item, BYTES)?, ingested_at })
        }
        TrafficTeller::File(source) => {
            Told::File(HourWord { hour, app, source, sessions: packed::sessions(item)?, ingested_at })
        }
    })
}

/// The item of an hour as a part of a usage file tells it.
pub(super) fn hour_item(msisdn: &Msisdn, word: &HourWord) -> Item {
    let mut item = item::bare(keys::hour_word(msisdn, word.hour, word.app.as_ref(), &word.source));
    item.insert(INGESTED.to_owned(), number(word.ingested_at.timestamp()));
    packed::insert(&mut item, &word.sessions);
    item
}

/// Sessions as bytes: there may be thousands in an hour, and an item is paid for by its size.
mod packed {
    use aws_sdk_dynamodb::primitives::Blob;
    use aws_sdk_dynamodb::types::AttributeValue;

    use crate::domain::billing::class::Place;
    use crate::domain::usage_file::hour::Session;
    use crate::table::item::Item;

    /// The packed sessions.
    const SESSIONS: &str = "s";
    /// Digest, place, six bytes of a number.
    const LENGTH: usize = 8 + 1 + 6;

    /// Adds sessions to an item.
    pub fn insert(item: &mut Item, sessions: &[Session]) {
        let pack = |session: &Session| {
            let mut bytes = [0; LENGTH];
            bytes[..8].copy_from_slice(&session.digest);
            bytes[8] = u8::from(session.place == Place::Roaming);
            bytes[9..].copy_from_slice(&session.bytes.to_be_bytes()[2..]);
            bytes
        };
        let packed: Vec<_> = sessions.iter().flat_map(pack).collect();
        if !packed.is_empty() {
            item.insert(SESSIONS.to_owned(), AttributeValue::B(Blob::new(packed)));
        }
    }

    /// Reads them back.
    pub fn sessions(item: &Item) -> Option<Vec<Session>> {
        let Some(packed) = item.get(SESSIONS) else { return Some(Vec::new()) };
        let (sessions, rest) = packed.as_b().ok()?.as_ref().as_chunks::<LENGTH>();
        let unpack = |bytes: &[u8; LENGTH]| {
            let [digest @ .., _, _, _, _, _, _, _] = bytes;
            let mut number = [0; 8];
            number[2..].copy_from_slice(&bytes[9..]);
            let place = if bytes[8] == 0 { Place::Home } else { Place::Roaming };
            Session { digest: *digest, bytes: u64::from_be_bytes(number), place }
        };
        rest.is_empty().then(|| sessions.iter().map(unpack).collect())
    }
}

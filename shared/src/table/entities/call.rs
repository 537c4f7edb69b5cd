//! Calls of a line.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::billing::class::Class;
use crate::domain::billing::rating::Rated;
use crate::domain::call::{Call, CallType, ServiceType};
use crate::domain::ids::{Dialled, RecordId};
use crate::domain::money::{Currency, Money};
use crate::domain::msisdn::Msisdn;
use crate::domain::owned::Sight;
use crate::domain::period::Span;
use crate::domain::usage_file::source::{Source, counting};
use crate::error::{Error, Result};
use crate::table::item::{self, Item, text_of, value};
use crate::table::keys::{self, Key, SK};
use crate::table::page::Sieve;
use crate::table::read::Freshness;
use crate::table::{Changes, Paged, Past, Reader, Window, Writer};

/// What an item holds besides its key, under short names: there are many of these items, and a page of them is paid
/// for by its size.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(rename = "s")]
    seconds: u32,
    #[serde(rename = "a")]
    calling: Dialled,
    #[serde(rename = "b")]
    called: Dialled,
    #[serde(rename = "o")]
    company: String,
    #[serde(rename = "p")]
    place: String,
    #[serde(rename = "k")]
    kind: CallType,
    #[serde(rename = "r", default, skip_serializing_if = "std::ops::Not::not")]
    roaming: bool,
    #[serde(rename = "v")]
    service: ServiceType,
    #[serde(rename = "as")]
    air_seconds: u32,
    #[serde(rename = "am")]
    air_minor: i64,
    #[serde(rename = "is")]
    interconnection_seconds: u32,
    #[serde(rename = "im")]
    interconnection_minor: i64,
    #[serde(rename = "m")]
    minor: i64,
    #[serde(rename = "c")]
    currency: Currency,
    /// What a usage file's telling is counted as; an import counts nothing.
    #[serde(rename = "cl", default, skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    units: Option<u64>,
}

impl Record {
    fn of(call: &Call, rated: Option<Rated>) -> Result<Self> {
        let currency = call.amount.currency;
        if [call.air_amount, call.interconnection_amount].iter().any(|amount| amount.currency != currency) {
            return Err(Error::internal("the amounts of a call are of two currencies"));
        }
        Ok(Self {
            seconds: call.seconds,
            calling: call.calling,
            called: call.called,
            company: call.company.clone(),
            place: call.place.clone(),
            kind: call.kind,
            roaming: call.roaming,
            service: call.service,
            air_seconds: call.air_seconds,
            air_minor: call.air_amount.minor,
            interconnection_seconds: call.interconnection_seconds,
            interconnection_minor: call.interconnection_amount.minor,
            minor: call.amount.minor,
            currency,
            class: rated.map(|rated| rated.class),
            units: rated.map(|rated| rated.units),
        })
    }

    fn rated(&self) -> Option<Rated> {
        self.class.zip(self.units).map(|(class, units)| Rated { class, units })
    }
}

impl Reader {
    /// A line that the caller sees and a window of its customer's calls that begin in a span, oldest first. One get of the
    /// line, and beside or after it one query of `CALL#msisdn` for each megabyte (some seven thousand calls); half a unit
    /// for each 4 KB of the window, and of what an index skips.
    pub async fn calls(
        &self,
        msisdn: &Msisdn,
        span: Span,
        zone: FixedOffset,
        window: &Window,
        sight: &impl Sight,
    ) -> Result<Option<Past<Paged<Call>>>> {
        self.past(msisdn, span, zone, sight, |own| async move {
            let range = own.and_then(|own| keys::calls(msisdn, own));
            let Some(range) = range else { return Ok(Paged::empty()) };
            self.page(range, Freshness::Eventual, window, Sieve::All, read).await
        })
        .await
    }
}

impl Changes {
    /// Sets a call of a line. A second delivery of the record overwrites itself.
    ///
    /// # Errors
    /// 500 for amounts of two currencies: a call is charged in one.
    pub fn put_call(&mut self, msisdn: &Msisdn, call: &Call) -> Result<()> {
        let record = Record::of(call, None)?;
        self.put(item::item(keys::call(msisdn, call.start, &call.id), &record)?);
        Ok(())
    }
}

/// What a usage file says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// It happened, and is counted as this.
    Told(Option<Rated>),
    /// A corrected version has nothing to say of it any more.
    Silent,
}

impl Writer {
    /// Adds what a part of a usage file tells of a call, and answers what others had told before. One request, a unit.
    ///
    /// The item keeps each teller's word under an attribute of its own, and which of them is shown is decided when it is
    /// read. So a retry and a second delivery write the same again; of two tellers at once neither overwrites the other,
    /// and the store tells the later one of the earlier one; and there is nothing in between for a crash.
    ///
    /// # Errors
    /// 500 for amounts of two currencies: a call is charged in one.
    pub async fn tell_call(
        &self,
        msisdn: &Msisdn,
        call: &Call,
        rated: Option<Rated>,
        source: &Source,
    ) -> Result<BTreeMap<Source, Telling>> {
        let word = AttributeValue::M(item::encode(&Record::of(call, rated)?)?);
        let set = Item::from([(keys::source(source), word)]);
        let before = self.set(keys::call(msisdn, call.start, &call.id), set, &[]).await?;
        tellings(&before)
    }

    /// Takes back what an older version of a file told of a call: it tells nothing of it any more. One request, a unit or
    /// two.
    ///
    /// The newer version's silence stays beside the others' words, so a late writer of the older version is not heard.
    /// Doing it again, and in any order with what others tell, ends the same.
    pub async fn silence_call(
        &self,
        msisdn: &Msisdn,
        call: (DateTime<Utc>, &RecordId),
        old: &Source,
        new: &Source,
    ) -> Result<()> {
        let set = Item::from([(keys::source(new), AttributeValue::Null(true))]);
        self.set(keys::call(msisdn, call.0, call.1), set, &[keys::source(old)]).await.map(|_| ())
    }

    /// Forgets what an older version of a file told of a call that its newer version tells too. One request, a unit.
    /// Doing it again changes nothing: the newer word alone is heard, with or without the older one.
    pub async fn forget_telling(&self, msisdn: &Msisdn, call: (DateTime<Utc>, &RecordId), old: &Source) -> Result<()> {
        self.set(keys::call(msisdn, call.0, call.1), Item::new(), &[keys::source(old)]).await.map(|_| ())
    }
}

impl Reader {
    /// What usage files say of some calls of lines; of unknown ones nothing. One request for each hundred, a
    /// unit each.
    pub async fn tellings(
        &self,
        calls: impl IntoIterator<Item = (&Msisdn, DateTime<Utc>, &RecordId)>,
    ) -> Result<BTreeMap<(Msisdn, DateTime<Utc>, RecordId), BTreeMap<Source, Telling>>> {
        let named = |(msisdn, start, id): (&Msisdn, DateTime<Utc>, &RecordId)| {
            (keys::call(msisdn, start, id), (msisdn.clone(), start, id.clone()))
        };
        let mut names: HashMap<Key, _> = calls.into_iter().map(named).collect();
        let mut told = BTreeMap::new();
        for item in self.batch(names.keys().cloned().collect::<Vec<_>>()).await? {
            if let Some(name) = names.remove(&item::key_of(&item)) {
                told.insert(name, tellings(&item)?);
            }
        }
        Ok(told)
    }
}

/// The words of usage files in an item.
fn words(item: &Item) -> impl Iterator<Item = (Source, &AttributeValue)> {
    item.iter().filter_map(|(name, word)| Some((keys::read_source(name)?, word)))
}

fn tellings(item: &Item) -> Result<BTreeMap<Source, Telling>> {
    let telling = |(source, word): (Source, &AttributeValue)| match word.as_m() {
        Ok(word) => value::<Record>(word.clone()).map(|record| (source, Telling::Told(record.rated()))),
        Err(_) => Ok((source, Telling::Silent)),
    };
    words(item).map(telling).collect()
}

/// The word that is shown: of each file the newest version, of those that tell the call the first by rank. Without any,
/// what an import says.
fn shown(item: Item) -> Result<Option<Record>> {
    let words: Vec<_> = words(&item).collect();
    let newest = counting(words.iter().map(|(source, _)| source));
    let told = words.iter().filter(|(source, _)| newest.has(source));
    let told = told.filter_map(|(source, word)| Some((source.rank(), word.as_m().ok()?)));
    match told.min_by_key(|(rank, _)| *rank) {
        Some((_, word)) => value(word.clone()).map(Some),
        None if item.contains_key(IMPORTED) => value(item).map(Some),
        None => Ok(None),
    }
}

/// An attribute that every imported call has.
const IMPORTED: &str = "s";

/// Reads a call; none where nobody tells it any more.
fn read(item: Item) -> Result<Option<Call>> {
    let place = text_of(&item, SK).and_then(keys::read_call);
    let (start, id) = place.ok_or_else(|| Error::internal("an unreadable key of a call"))?;
    let Some(record) = shown(item)? else { return Ok(None) };
    let money = |minor| Money { minor, currency: record.currency };
    Ok(Some(Call {
        id,
        start,
        seconds: record.seconds,
        calling: record.calling,
        called: record.called,
        air_seconds: record.air_seconds,
        air_amount: money(record.air_minor),
        interconnection_seconds: record.interconnection_seconds,
        interconnection_amount: money(record.interconnection_minor),
        amount: money(record.minor),
        kind: record.kind,
        roaming: record.roaming,
        service: record.service,
        company: record.company,
        place: record.place,
    }))
}

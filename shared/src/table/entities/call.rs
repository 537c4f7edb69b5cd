//! Calls of a line.

use chrono::FixedOffset;
use serde::{Deserialize, Serialize};

use crate::domain::call::{Call, CallType, ServiceType};
use crate::domain::ids::{CustomerCode, Dialled};
use crate::domain::money::{Currency, Money};
use crate::domain::msisdn::Msisdn;
use crate::domain::period::Span;
use crate::error::{Error, Result};
use crate::table::item::{self, Item, text_of, value};
use crate::table::keys::{self, SK};
use crate::table::read::{Freshness, Sieve};
use crate::table::{Changes, Paged, Past, Reader, Window};

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
}

impl Reader {
    /// A line and a window of its customer's calls that begin in a span, oldest first. One get of the line, and at the same
    /// time one query of `CALL#msisdn` for each megabyte (some seven thousand calls); half a unit for each 4 KB of the
    /// window, and of what an index skips.
    pub async fn calls(
        &self,
        msisdn: &Msisdn,
        span: Span,
        zone: FixedOffset,
        window: &Window,
        sees: impl Fn(&CustomerCode) -> bool,
    ) -> Result<Option<Past<Paged<Call>>>> {
        self.past(msisdn, span, zone, sees, |own| async move {
            let range = own.and_then(|own| keys::calls(msisdn, own));
            let Some(range) = range else { return Ok(Paged { rows: Vec::new(), next: None }) };
            self.page(range, Freshness::Eventual, window, Sieve::All, |item| read(item).map(Some)).await
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
        let currency = call.amount.currency;
        if [call.air_amount, call.interconnection_amount].iter().any(|amount| amount.currency != currency) {
            return Err(Error::internal("the amounts of a call are of two currencies"));
        }
        let record = Record {
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
        };
        self.put(item::item(keys::call(msisdn, call.start, &call.id), &record)?);
        Ok(())
    }
}

fn read(item: Item) -> Result<Call> {
    let place = text_of(&item, SK).and_then(keys::read_call);
    let (start, id) = place.ok_or_else(|| Error::internal("an unreadable key of a call"))?;
    let record: Record = value(item)?;
    let money = |minor| Money { minor, currency: record.currency };
    Ok(Call {
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
    })
}

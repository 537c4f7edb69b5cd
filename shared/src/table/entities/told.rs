//! What usage files tell of lines' days and hours, and what several of them tell.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::usage::{Told, hour_item, read};
use crate::domain::billing::class::Class;
use crate::domain::billing::rating::Rated;
use crate::domain::ids::{AppName, RecordId};
use crate::domain::msisdn::Msisdn;
use crate::domain::period::Hour;
use crate::domain::usage_file::day::{Counted, DayWord, SharedRecord, Usage, sum};
use crate::domain::usage_file::hour::{HourWord, SessionDigest, Tellings};
use crate::domain::usage_file::source::Source;
use crate::error::{Error, Result};
use crate::table::item::{self, Item, text_of, value};
use crate::table::keys::{self, Key, OfDay, SK};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader, Writer};

/// What a day's item holds, under short names.
#[derive(Serialize, Deserialize)]
struct Day {
    #[serde(rename = "n")]
    records: u64,
    #[serde(rename = "u", default, skip_serializing_if = "BTreeMap::is_empty")]
    units: BTreeMap<Class, u64>,
    #[serde(rename = "a", default, skip_serializing_if = "BTreeMap::is_empty")]
    apps: BTreeMap<AppName, u64>,
}

/// What a source makes of a record that others tell too.
#[derive(Serialize, Deserialize)]
struct Telling {
    #[serde(rename = "cl", default, skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(rename = "u", default)]
    units: u64,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    app: Option<AppName>,
}

/// A digest of a session's id, for the hour that it starts in.
pub fn session_digest(id: &RecordId) -> SessionDigest {
    item::short_digest(id.as_str())
}

impl Changes {
    /// Sets what a part of a usage file tells of a line's day. It overwrites itself.
    ///
    /// # Errors
    /// None of its own.
    pub fn put_day_word(&mut self, msisdn: &Msisdn, word: &DayWord) -> Result<()> {
        let Usage { records, units, apps } = word.usage.clone();
        let day = Day { records, units, apps };
        self.put(item::item(keys::day_word(msisdn, word.day, &word.source), &day)?);
        Ok(())
    }

    /// Sets what a part of a usage file tells of a line's hour. It overwrites itself.
    pub fn put_hour_word(&mut self, msisdn: &Msisdn, word: &HourWord) {
        self.put(hour_item(msisdn, word));
    }

    /// Removes what an older version told of a day, if it is there.
    pub fn delete_day_word(&mut self, msisdn: &Msisdn, day: NaiveDate, source: &Source) {
        self.delete(keys::day_word(msisdn, day, source), false);
    }

    /// Removes what an older version told of an hour, if it is there.
    pub fn delete_hour_word(&mut self, msisdn: &Msisdn, hour: Hour, app: &AppName, source: &Source) {
        self.delete(keys::hour_word(msisdn, hour, Some(app), source), false);
    }
}

impl Writer {
    /// Adds to a call that several sources tell what these make of it. One request, a unit.
    ///
    /// Each source has an attribute of its own, and what it says is a function of its file. So doing it again, by whoever
    /// of them and in whatever order, writes the same.
    pub async fn share_call(
        &self,
        msisdn: &Msisdn,
        day: NaiveDate,
        call: (DateTime<Utc>, &RecordId),
        tellings: &Tellings,
    ) -> Result<()> {
        self.share(keys::shared_call(msisdn, day, call.0, call.1), tellings).await
    }

    /// The same for a session.
    pub async fn share_session(
        &self,
        msisdn: &Msisdn,
        day: NaiveDate,
        session: (Hour, SessionDigest),
        tellings: &Tellings,
    ) -> Result<()> {
        self.share(keys::shared_session(msisdn, day, session.0, session.1), tellings).await
    }

    async fn share(&self, key: Key, tellings: &Tellings) -> Result<()> {
        let word = |(source, Counted { rated, app }): (&Source, &Counted)| {
            let telling = Telling {
                class: rated.map(|rated| rated.class),
                units: rated.map(|rated| rated.units).unwrap_or_default(),
                app: app.clone(),
            };
            Ok((keys::source(source), AttributeValue::M(item::encode(&telling)?)))
        };
        let set = tellings.iter().map(word).collect::<Result<Item>>()?;
        self.set(key, set, &[]).await.map(|_| ())
    }
}

impl Reader {
    /// The words of usage files on a line's hours, from one to another. One query for each megabyte, a unit for each 4 KB.
    ///
    /// It reads strongly: of two that write their words first and read then, at least one sees the other's.
    pub async fn hour_words(&self, msisdn: &Msisdn, first: Hour, last: Hour) -> Result<Vec<HourWord>> {
        let items = self.query(keys::traffic_between(msisdn, first, last), Freshness::Strong, Order::Ascending).await?;
        let word = |item: &Item| match read(item) {
            Some(Told::File(word)) => Some(Ok(word)),
            Some(Told::Import(_)) => None,
            None => Some(Err(Error::internal("an unreadable usage item"))),
        };
        items.iter().filter_map(word).collect()
    }

    /// The words of usage files on a line's days, from one to another, and the records that several of them tell. One
    /// query, half a unit for each 4 KB, a whole one when strong.
    async fn days(
        &self,
        msisdn: &Msisdn,
        (first, last): (NaiveDate, NaiveDate),
        freshness: Freshness,
    ) -> Result<(Vec<DayWord>, Vec<SharedRecord>)> {
        let (mut words, mut shared) = (Vec::new(), Vec::new());
        for item in self.query(keys::days_between(msisdn, first, last), freshness, Order::Ascending).await? {
            let place = text_of(&item, SK).and_then(keys::read_day);
            match place.ok_or_else(|| Error::internal("an unreadable key of a day's usage"))? {
                (day, OfDay::Word(source)) => {
                    let Day { records, units, apps } = value(item)?;
                    words.push(DayWord { day, source, usage: Usage { records, units, apps } });
                }
                (day, OfDay::Shared) => shared.push(SharedRecord { day, tellings: read_tellings(&item)? }),
            }
        }
        Ok((words, shared))
    }

    /// The words of usage files on a line's days, strongly.
    pub async fn day_words(&self, msisdn: &Msisdn, first: NaiveDate, last: NaiveDate) -> Result<Vec<DayWord>> {
        self.days(msisdn, (first, last), Freshness::Strong).await.map(|(words, _)| words)
    }

    /// The usage of a line, day by day, each record once. One query, half a unit for each 4 KB: a month of one file a day
    /// is one unit.
    pub async fn usage_by_day(
        &self,
        msisdn: &Msisdn,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<BTreeMap<NaiveDate, Usage>> {
        self.usage_by_day_at(msisdn, first, last, Freshness::Eventual).await
    }

    /// The same, as fresh as is asked for; a strong query takes twice the units.
    pub(super) async fn usage_by_day_at(
        &self,
        msisdn: &Msisdn,
        first: NaiveDate,
        last: NaiveDate,
        freshness: Freshness,
    ) -> Result<BTreeMap<NaiveDate, Usage>> {
        let (words, shared) = self.days(msisdn, (first, last), freshness).await?;
        Ok(sum(&words, &shared))
    }
}

fn read_tellings(item: &Item) -> Result<Tellings> {
    let words = item.iter().filter_map(|(name, word)| Some((keys::read_source(name)?, word.as_m().ok()?)));
    let telling = |(source, word): (Source, &Item)| {
        let Telling { class, units, app } = value(word.clone())?;
        Ok((source, Counted { rated: class.map(|class| Rated { class, units }), app }))
    };
    words.map(telling).collect()
}

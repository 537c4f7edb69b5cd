//! Series of bill numbers. One that is there stays as it is: nothing that a file says takes numbers back.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::series::Series;
use shared::domain::country::Country;
use shared::domain::fiscal::numbering::has_its_days;
use shared::domain::ids::SeriesId;
use shared::error::Error;
use shared::retry::pause;
use shared::table::{Changes, Reader, Writer};

use super::Import;
use super::thing::{Thing, Told};
use super::units::{Failed, PAUSE, ROUNDS, at, keeps_changing};

/// A series of bill numbers as a file tells it.
#[derive(Debug, Clone, Deserialize)]
pub struct SeriesRecord {
    /// Its id.
    pub id: SeriesId,
    /// For which documents: `invoice` or `credit-note`.
    pub kind: DocumentKind,
    /// What stands before the digits.
    #[serde(default)]
    pub prefix: String,
    /// How many digits a number has at least.
    pub digits: u8,
    /// The first number.
    pub first: u64,
    /// The last number.
    pub last: u64,
    /// The tax office's authorisation.
    #[serde(default)]
    pub authorization: Option<String>,
    /// The first day on which it may be used.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day on which it may be used.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

impl From<SeriesRecord> for Series {
    fn from(record: SeriesRecord) -> Self {
        let SeriesRecord { id, kind, prefix, digits, first, last, authorization, from, until } = record;
        Self { id, kind, prefix, digits, first, last, next: first, authorization, from, until }
    }
}

/// Why a series cannot be added to those that there are; none for one that is there as it is.
pub fn complaint(series: &Series, known: &[Series], country: &Country) -> Option<String> {
    if let Some(own) = known.iter().find(|own| own.id == series.id) {
        let same = Series { next: own.next, ..series.clone() } == *own;
        return (!same).then(|| format!("id: must be new, the series {} says something else already", own.id));
    }
    if series.authorization.is_some()
        && let Err(missing) = has_its_days(country, series.from.is_some(), series.until.is_some())
    {
        return Some(missing.to_string());
    }
    let other = known.iter().find(|other| series.overlaps(other, country))?;
    Some(format!("first: must be another, the series {} has numbers of this one", other.id))
}

/// Complaints of the series of a file, by line. Those that the file takes away count for nothing.
pub(super) async fn complaints(
    wanted: &[(u64, Series)],
    gone: &BTreeMap<Thing, u64>,
    reader: &Reader,
    country: &Country,
) -> Result<Vec<(u64, String)>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let stays = |series: &Series| !gone.contains_key(&Thing::Series { id: series.id.clone() });
    let known = reader.all_series().await?.into_iter().map(|series| series.value);
    let mut known: Vec<Series> = known.filter(stays).collect();
    let mut found = Vec::new();
    for (number, series) in wanted.iter().filter(|(_, series)| stays(series)) {
        match complaint(series, &known, country) {
            Some(complaint) => found.push((*number, complaint)),
            None => known.push(series.clone()),
        }
    }
    Ok(found)
}

/// Adds a series, unless it is there; whether it is new. Each look at those that there are holds for as long as no other is added, so
/// of two at once that share a number the second is refused.
///
/// # Errors
/// What keeps it from being added ([`complaint`]), as an invalid field; an unavailable store.
pub async fn add(
    writer: &Writer,
    series: &Series,
    country: &Country,
    clock: &shared::clock::Clock,
) -> Result<bool, Error> {
    let reader = writer.reader();
    for round in 0..ROUNDS {
        let newest = reader.newest_series().await?;
        let known: Vec<Series> = reader.all_series().await?.into_iter().map(|series| series.value).collect();
        if let Some(complaint) = complaint(series, &known, country) {
            let (field, reason) = complaint.split_once(": ").unwrap_or(("id", &complaint));
            return Err(Error::invalid(field.to_owned(), reason.to_owned()));
        }
        if known.iter().any(|own| own.id == series.id) {
            return Ok(false);
        }
        let mut changes = Changes::new();
        changes.add_series(newest.as_ref(), series)?;
        match writer.commit(changes, None, clock.now()).await {
            Err(Error::Stale) => pause(PAUSE, round).await,
            done => return done.map(|_| true),
        }
    }
    Err(keeps_changing())
}

impl Import<'_> {
    /// Adds those that are not there.
    pub(super) async fn load_series(&self, series: &[Told<Series>]) -> Result<(), Failed> {
        for Told { line, value } in series {
            add(self.writer, value, self.country, self.clock).await.map_err(at(*line))?;
        }
        Ok(())
    }
}

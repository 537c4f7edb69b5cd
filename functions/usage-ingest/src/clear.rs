//! Clearing away what an older version of a file has told, after its newer version was written.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use shared::domain::ids::RecordId;
use shared::domain::msisdn::Msisdn;
use shared::domain::usage_file::day::{DayWord, Usage};
use shared::domain::usage_file::hour::HourWord;
use shared::domain::usage_file::name::FileKind;
use shared::domain::usage_file::progress::{Counts, Version};
use shared::domain::usage_file::source::Source;
use shared::error::Result;
use shared::events::together;
use shared::table::{Changes, Telling};

use crate::UsageIngest;
use crate::chunk::Chunk;
use crate::known::Known;
use crate::sessions::{DayHours, grouped, sessions};

/// Clears a chunk of an older version. Where the newer version has nothing to say, that it is silent is written down, and
/// then what the older one said is removed.
///
/// The silence outlives the removal: a late writer of the older version brings back nothing that is heard. Nothing depends
/// on what was cleared before, so doing it again, after a crash anywhere or by two at once, ends the same.
pub async fn clear(app: &UsageIngest, chunk: &Chunk, newer: &Version, known: &mut Known) -> Result<Counts> {
    let silent = Source { sequence: newer.sequence, chunk: 0, ..chunk.source.clone() };
    let removed = match chunk.kind() {
        FileKind::Calls => calls(app, chunk, &silent, known).await?,
        FileKind::Sessions => traffic(app, chunk, &silent, known).await?,
    };
    Ok(Counts { removed, ..Counts::default() })
}

/// Whether a source is a version of the file that is newer than the one to be cleared.
fn speaks(source: &Source, silent: &Source) -> bool {
    source.file() == silent.file() && source.sequence >= silent.sequence
}

type OneCall = (Msisdn, DateTime<Utc>, RecordId);

async fn calls(app: &UsageIngest, chunk: &Chunk, silent: &Source, known: &mut Known) -> Result<u64> {
    let (records, _) = chunk.calls();
    known.learn(&app.base, records.iter().map(|(_, record)| &record.msisdn)).await?;
    let records = records.into_iter().map(|(_, record)| record);
    let own = records.filter(|record| known.line(&record.msisdn).is_some());
    let calls: BTreeSet<OneCall> = own.map(|record| (record.msisdn, record.start, record.id)).collect();
    let days: BTreeSet<_> = calls.iter().map(|(msisdn, start, _)| (msisdn.clone(), chunk.day(*start))).collect();
    close(app, chunk, silent, days).await?;
    let places = calls.iter().map(|(msisdn, start, id)| (msisdn, *start, id));
    let told = app.base.reader().tellings(places).await?;
    let one = |call| one(app, chunk, call, told.get(call).cloned().unwrap_or_default(), silent);
    let cleared = together::all(calls.iter().map(one)).await?;
    Ok(cleared.iter().filter(|silenced| **silenced).count() as u64)
}

/// Clears one call. Whether the newer version does not tell it.
async fn one(
    app: &UsageIngest,
    chunk: &Chunk,
    (msisdn, start, id): &OneCall,
    before: BTreeMap<Source, Telling>,
    silent: &Source,
) -> Result<bool> {
    let told = |(source, telling): (&Source, &Telling)| speaks(source, silent) && matches!(telling, Telling::Told(_));
    if !before.iter().any(told) {
        app.base.table.silence_call(msisdn, (*start, id), &chunk.source, silent).await?;
        return Ok(true);
    }
    if before.contains_key(&chunk.source) {
        app.base.table.forget_telling(msisdn, (*start, id), &chunk.source).await?;
    }
    Ok(false)
}

async fn traffic(app: &UsageIngest, chunk: &Chunk, silent: &Source, known: &mut Known) -> Result<u64> {
    let (records, _) = chunk.sessions();
    known.learn(&app.base, records.iter().map(|(_, record)| &record.msisdn)).await?;
    let grouped = grouped(chunk, records, known, None);
    close(app, chunk, silent, grouped.days.keys().cloned().collect()).await?;
    let cleared =
        together::all(grouped.days.iter().map(|((msisdn, _), hours)| hours_of(app, chunk, msisdn, hours, silent)));
    let cleared = cleared.await?;
    Ok(cleared.iter().sum())
}

/// Clears the hours of a line's day. How many sessions of them the newer version does not tell.
async fn hours_of(app: &UsageIngest, chunk: &Chunk, msisdn: &Msisdn, hours: &DayHours, silent: &Source) -> Result<u64> {
    let (Some((first, _)), Some((last, _))) = (hours.first_key_value(), hours.last_key_value()) else { return Ok(0) };
    let words = app.base.reader().hour_words(msisdn, *first, *last).await?;
    let newer: Vec<_> = words.iter().filter(|word| speaks(&word.source, silent)).collect();
    let mut changes = Changes::new();
    for (hour, apps) in hours {
        if !newer.iter().any(|word| word.hour == *hour) {
            let (source, ingested_at) = (silent.clone(), chunk.started);
            changes
                .put_hour_word(msisdn, &HourWord { hour: *hour, app: None, source, sessions: Vec::new(), ingested_at });
        }
        apps.keys().for_each(|app| changes.delete_hour_word(msisdn, *hour, app, &chunk.source));
    }
    app.base.table.load(changes).await?;
    let told: BTreeSet<_> = newer.iter().flat_map(|word| word.sessions.iter().map(|one| one.digest)).collect();
    Ok(sessions(hours).filter(|session| !told.contains(&session.digest)).count() as u64)
}

/// Clears what the chunk's records added up to on these days. This comes before the records: whoever tells one of them
/// after it was cleared does not learn of it, and must not be counted beside a day that still has it.
async fn close(app: &UsageIngest, chunk: &Chunk, silent: &Source, days: BTreeSet<(Msisdn, NaiveDate)>) -> Result<()> {
    together::all(days.iter().map(|(msisdn, day)| close_day(app, chunk, silent, msisdn, *day))).await.map(|_| ())
}

async fn close_day(app: &UsageIngest, chunk: &Chunk, silent: &Source, msisdn: &Msisdn, day: NaiveDate) -> Result<()> {
    let words = app.base.reader().day_words(msisdn, day, day).await?;
    let mut changes = Changes::new();
    if !words.iter().any(|word| speaks(&word.source, silent)) {
        changes.put_day_word(msisdn, &DayWord { day, source: silent.clone(), usage: Usage::default() })?;
    }
    changes.delete_day_word(msisdn, day, &chunk.source);
    app.base.table.load(changes).await
}

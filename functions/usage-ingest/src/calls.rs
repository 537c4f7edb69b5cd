//! A chunk of calls.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use shared::domain::billing::class::{Class, Reach, Unit};
use shared::domain::billing::rating::{Contact, Rated};
use shared::domain::billing::tariff::Tariff;
use shared::domain::call::{Call, CallType};
use shared::domain::ids::RecordId;
use shared::domain::money::Money;
use shared::domain::msisdn::Msisdn;
use shared::domain::records::row::Reject;
use shared::domain::usage_file::call::CallRecord;
use shared::domain::usage_file::day::{DayWord, Usage};
use shared::domain::usage_file::hour::Tellings;
use shared::domain::usage_file::progress::Counts;
use shared::domain::usage_file::source::Source;
use shared::error::Result;
use shared::events::together;
use shared::table::{Changes, Telling};

use crate::UsageIngest;
use crate::chunk::{Chunk, Rejects};
use crate::known::{Known, Line};
use crate::watch;

/// Writes a chunk: first each call, and beside it who else tells it; then what all of them add up to, line by line and day
/// by day; then whose usage has to be looked at; then the rejects. In this order a record is marked as shared before a second word
/// counts it.
///
/// All of it is a function of the chunk. A second time, after a crash anywhere or by two at once, it writes the same items.
pub async fn write(app: &UsageIngest, chunk: &Chunk, known: &mut Known) -> Result<Counts> {
    let tariff = app.tariffs.get(app.base.reader(), app.base.clock.now()).await?;
    let (records, mut rejects) = chunk.calls();
    known.learn(&app.base, records.iter().map(|(_, record)| &record.msisdn)).await?;
    let (calls, repeated) = priced(app, chunk, records, known, &tariff, &mut rejects);
    let told = together::all(calls.iter().map(|call| tell(app, chunk, call))).await?;
    let mut changes = Changes::new();
    let days = days(&calls);
    for ((msisdn, day), usage) in &days {
        changes.put_day_word(msisdn, &DayWord { day: *day, source: chunk.source.clone(), usage: usage.clone() })?;
    }
    app.base.table.load(changes).await?;
    watch::tell(app, chunk, known, &days).await?;
    let count = |kind| told.iter().filter(|told| **told == kind).count() as u64;
    let counts = Counts {
        accepted: count(Told::First),
        duplicate: count(Told::Also) + repeated,
        replaced: count(Told::Again),
        rejected: rejects.count(),
        removed: 0,
    };
    rejects.write(&app.files).await?;
    Ok(counts)
}

/// A call that is to be written.
struct Priced {
    msisdn: Msisdn,
    call: Call,
    day: NaiveDate,
    rated: Option<Rated>,
}

/// The calls of the chunk that count, each once, and how many it tells again.
fn priced(
    app: &UsageIngest,
    chunk: &Chunk,
    records: Vec<(usize, CallRecord)>,
    known: &Known,
    tariff: &Tariff,
    rejects: &mut Rejects<'_>,
) -> (Vec<Priced>, u64) {
    let (mut calls, mut repeated) = (Vec::new(), 0);
    let mut seen: HashSet<(Msisdn, DateTime<Utc>, RecordId)> = HashSet::new();
    for (at, record) in records {
        let Some(line) = known.line(&record.msisdn) else {
            rejects.add(at, Reject::column("msisdn", "must be a line of ours"));
            continue;
        };
        let day = chunk.day(record.start);
        match tariff.rating.contact(&contact(&record), day, app.base.country) {
            Err(unrated) => rejects.add(at, Reject { column: None, reason: unrated.to_string().into() }),
            Ok(_) if !seen.insert((record.msisdn.clone(), record.start, record.id.clone())) => repeated += 1,
            Ok(rated) => {
                let price = price(app, tariff, line, rated, day);
                let (msisdn, call) = (record.msisdn.clone(), call(record, rated, price));
                calls.push(Priced { msisdn, call, day, rated });
            }
        }
    }
    (calls, repeated)
}

fn contact(record: &CallRecord) -> Contact {
    Contact {
        service: record.service,
        direction: record.direction,
        told: record.kind,
        other: record.other(),
        visited: record.visited,
        seconds: record.seconds.into(),
    }
}

/// What a call costs from its first unit on. Nothing where the bill alone knows it, because units are included, and where
/// a day lacks a price: the bill will say so.
fn price(app: &UsageIngest, tariff: &Tariff, line: &Line, rated: Option<Rated>, day: NaiveDate) -> Money {
    let currency = app.base.country.currency;
    let additional: Vec<_> = line.additional.iter().collect();
    let cost = |Rated { class, units }: Rated| {
        let price = tariff.first_unit(&line.main, &additional, class, day).ok().flatten()?;
        price.of(units).rounded(currency).ok()
    };
    rated.and_then(cost).unwrap_or(Money { minor: 0, currency })
}

/// The call as it is shown. What the network says of its price is shown in the place of ours.
fn call(record: CallRecord, rated: Option<Rated>, price: Money) -> Call {
    let told = record.told;
    let nothing = Money { minor: 0, ..price };
    let timed = rated.filter(|rated| rated.class.unit() == Unit::Second).map(|rated| rated.units);
    let seconds = timed.and_then(|units| u32::try_from(units).ok()).unwrap_or_default();
    Call {
        id: record.id,
        start: record.start,
        seconds: record.seconds,
        calling: record.calling,
        called: record.called,
        company: record.company,
        place: record.place,
        kind: kind(record.kind, rated),
        roaming: record.visited.is_some() || record.kind == CallType::Roaming,
        service: record.service,
        air_seconds: told.air_seconds.unwrap_or(seconds),
        air_amount: told.air_amount.unwrap_or(price),
        interconnection_seconds: told.interconnection_seconds.unwrap_or_default(),
        interconnection_amount: told.interconnection_amount.unwrap_or(nothing),
        amount: told.amount.unwrap_or(price),
    }
}

/// What a call is charged as: the network's word, else what it was rated as.
const fn kind(told: CallType, rated: Option<Rated>) -> CallType {
    match (told, rated) {
        (CallType::Unknown, Some(Rated { class: Class::Contact(_, reach), .. })) => match reach {
            Reach::OnNet => CallType::OnNet,
            Reach::OffNet => CallType::OffNet,
            Reach::ClosedGroup => CallType::ClosedGroup,
            Reach::International(_) => CallType::International,
            Reach::Roaming(_) => CallType::Roaming,
        },
        _ => told,
    }
}

/// Who told a call before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Nobody.
    First,
    /// Another file, or another part of this one.
    Also,
    /// An older version of this file.
    Again,
}

/// Writes one call, and where others tell it too, who they are and what each makes of it.
async fn tell(app: &UsageIngest, chunk: &Chunk, priced: &Priced) -> Result<Told> {
    let Priced { msisdn, call, day, rated } = priced;
    let table = &app.base.table;
    let before = table.tell_call(msisdn, call, *rated, &chunk.source).await?;
    let others: Tellings = before
        .iter()
        .filter_map(|(source, told)| other(&chunk.source, source, *told))
        .map(|(source, rated)| (source, rated.into()))
        .collect();
    if !others.is_empty() {
        let mut tellings = others;
        tellings.insert(chunk.source.clone(), (*rated).into());
        table.share_call(msisdn, *day, (call.start, &call.id), &tellings).await?;
        return Ok(Told::Also);
    }
    let older = before.iter().any(|(source, told)| {
        source.file() == chunk.source.file()
            && source.sequence < chunk.source.sequence
            && matches!(told, Telling::Told(_))
    });
    Ok(if older { Told::Again } else { Told::First })
}

/// What another source tells. Older versions of the own file are none: what they tell is replaced.
fn other(own: &Source, source: &Source, told: Telling) -> Option<(Source, Option<Rated>)> {
    let older = source.file() == own.file() && source.sequence != own.sequence;
    match told {
        Telling::Told(rated) if source != own && !older => Some((source.clone(), rated)),
        _ => None,
    }
}

/// What the chunk's calls add up to.
fn days(calls: &[Priced]) -> BTreeMap<(&Msisdn, NaiveDate), Usage> {
    let mut days: BTreeMap<_, Usage> = BTreeMap::new();
    for Priced { msisdn, day, rated, .. } in calls {
        days.entry((msisdn, *day)).or_default().add(*rated);
    }
    days
}

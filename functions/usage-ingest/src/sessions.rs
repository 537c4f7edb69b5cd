//! A chunk of data sessions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use shared::domain::billing::class::Place;
use shared::domain::ids::AppName;
use shared::domain::msisdn::Msisdn;
use shared::domain::period::Hour;
use shared::domain::records::row::Reject;
use shared::domain::usage_file::day::{DayWord, Usage};
use shared::domain::usage_file::hour::{HourWord, Session, SessionDigest, shared};
use shared::domain::usage_file::progress::Counts;
use shared::domain::usage_file::session::SessionRecord;
use shared::error::Result;
use shared::events::together;
use shared::table::{Changes, session_digest};

use crate::UsageIngest;
use crate::chunk::{Chunk, Rejects};
use crate::known::Known;
use crate::watch;

/// The sessions of one line's day, hour by hour.
pub type DayHours = BTreeMap<Hour, BTreeMap<AppName, Vec<Session>>>;

/// The sessions of a chunk, each once.
#[derive(Debug, Default)]
pub struct Grouped {
    /// By line and day.
    pub days: BTreeMap<(Msisdn, NaiveDate), DayHours>,
    /// How many the chunk tells again.
    pub repeated: u64,
}

/// Writes a chunk: first what it tells of each line's hours; then it looks, strongly, who else tells the same sessions, and
/// writes that down; then what the sessions add up to, line by line and day by day; then whose usage has to be looked at; then
/// the rejects.
///
/// Of two at once at least one sees the other, because both write before they look; and whoever sees it writes the same.
/// All of it is a function of the chunk and of what other files say. A second time, after a crash anywhere or by two at
/// once, it writes the same items.
pub async fn write(app: &UsageIngest, chunk: &Chunk, known: &mut Known) -> Result<Counts> {
    let (records, mut rejects) = chunk.sessions();
    known.learn(&app.base, records.iter().map(|(_, record)| &record.msisdn)).await?;
    let grouped = grouped(chunk, records, known, Some(&mut rejects));
    let mut changes = Changes::new();
    for ((msisdn, _), hours) in &grouped.days {
        words(chunk, hours).for_each(|word| changes.put_hour_word(msisdn, &word));
    }
    app.base.table.load(changes).await?;
    let counts = together::all(grouped.days.iter().map(|(key, hours)| mark(app, chunk, key, hours))).await?;
    let mut changes = Changes::new();
    let days: BTreeMap<_, _> =
        grouped.days.iter().map(|((msisdn, day), hours)| ((msisdn, *day), usage(hours))).collect();
    for ((msisdn, day), usage) in &days {
        changes.put_day_word(msisdn, &DayWord { day: *day, source: chunk.source.clone(), usage: usage.clone() })?;
    }
    app.base.table.load(changes).await?;
    watch::tell(app, chunk, known, &days).await?;
    let sum = |of: fn(&Counts) -> u64| counts.iter().map(of).sum::<u64>();
    let counts = Counts {
        accepted: sum(|counts| counts.accepted),
        duplicate: sum(|counts| counts.duplicate) + grouped.repeated,
        replaced: sum(|counts| counts.replaced),
        rejected: rejects.count(),
        removed: 0,
    };
    rejects.write(&app.files).await?;
    Ok(counts)
}

/// What the sessions of a day add up to.
fn usage(hours: &DayHours) -> Usage {
    let mut usage = Usage::default();
    for (app, sessions) in hours.values().flatten() {
        for rated in sessions.iter().map(Session::rated) {
            usage.add(Some(rated));
            usage.add_app(app, rated.units);
        }
    }
    usage
}

/// The sessions of the chunk by line, day, hour and app; a session that it tells twice in an hour counts once. A number
/// that is no line is rejected.
pub fn grouped(
    chunk: &Chunk,
    records: Vec<(usize, SessionRecord)>,
    known: &Known,
    mut rejects: Option<&mut Rejects<'_>>,
) -> Grouped {
    let mut grouped = Grouped::default();
    let mut seen: BTreeSet<(Msisdn, Hour, SessionDigest)> = BTreeSet::new();
    for (at, record) in records {
        if known.line(&record.msisdn).is_none() {
            if let Some(rejects) = &mut rejects {
                rejects.add(at, Reject::column("msisdn", "must be a line of ours"));
            }
            continue;
        }
        let (hour, digest) = (Hour::of(record.start), session_digest(&record.id));
        if !seen.insert((record.msisdn.clone(), hour, digest)) {
            grouped.repeated += 1;
            continue;
        }
        let place = if record.visited.is_some() { Place::Roaming } else { Place::Home };
        let day = grouped.days.entry((record.msisdn, chunk.day(record.start))).or_default();
        let app = day.entry(hour).or_default().entry(record.app).or_default();
        app.push(Session { digest, bytes: record.bytes, place });
    }
    grouped
}

fn words<'c>(chunk: &'c Chunk, hours: &'c DayHours) -> impl Iterator<Item = HourWord> + 'c {
    let of_hour = |(hour, apps): (&'c Hour, &'c BTreeMap<AppName, Vec<Session>>)| {
        apps.iter().map(|(app, sessions)| HourWord {
            hour: *hour,
            app: Some(app.clone()),
            source: chunk.source.clone(),
            sessions: sessions.clone(),
            ingested_at: chunk.started,
        })
    };
    hours.iter().flat_map(of_hour)
}

/// All sessions of a day.
pub fn sessions(hours: &DayHours) -> impl Iterator<Item = &Session> {
    hours.values().flat_map(BTreeMap::values).flatten()
}

/// Looks who else tells the sessions of a line's day, and writes it down.
async fn mark(
    app: &UsageIngest,
    chunk: &Chunk,
    (msisdn, day): &(Msisdn, NaiveDate),
    hours: &DayHours,
) -> Result<Counts> {
    let (Some((first, _)), Some((last, _))) = (hours.first_key_value(), hours.last_key_value()) else {
        return Ok(Counts::default());
    };
    let words = app.base.reader().hour_words(msisdn, *first, *last).await?;
    let shared = shared(&words, &chunk.source);
    for (session, tellings) in &shared {
        app.base.table.share_session(msisdn, *day, *session, tellings).await?;
    }
    let older =
        |word: &&HourWord| word.source.file() == chunk.source.file() && word.source.sequence < chunk.source.sequence;
    let replaced: BTreeSet<_> = words
        .iter()
        .filter(older)
        .flat_map(|word| word.sessions.iter().map(|session| (word.hour, session.digest)))
        .collect();
    let mut counts = Counts::default();
    for (hour, session) in hours.iter().flat_map(|(hour, apps)| apps.values().flatten().map(|one| (*hour, one.digest)))
    {
        let count = match (shared.contains_key(&(hour, session)), replaced.contains(&(hour, session))) {
            (true, _) => &mut counts.duplicate,
            (false, true) => &mut counts.replaced,
            (false, false) => &mut counts.accepted,
        };
        *count += 1;
    }
    Ok(counts)
}

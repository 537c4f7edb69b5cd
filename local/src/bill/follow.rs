//! From a line of usage to the records it counts: the calls or the traffic of its days.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Days as Count, NaiveDate};
use serde::Serialize;
use shared::domain::billing::class::{Class, Unit};
use shared::domain::billing::cycle::Days;
use shared::domain::billing::rating::Rated;
use shared::domain::call::Call;
use shared::domain::country::Country;
use shared::domain::ids::CustomerCode;
use shared::domain::msisdn::Msisdn;
use shared::domain::owned::{Everybody, Owned as _};
use shared::domain::period::{Span, midnight_of, rfc3339};
use shared::domain::usage_file::source::{Source, counting};
use shared::table::{From, Reader, Telling, Window};

use super::facts::OfDay;
use crate::failure::Failure;
use crate::print::{row, table};

/// Calls that are read at once.
const STRETCH: usize = 500;
/// Most calls that are shown.
const MOST: usize = 2_000;

/// The records of some days.
#[derive(Debug, Default, Serialize)]
pub struct Followed {
    /// Units of the class on these days, as the bill has kept them.
    units: u64,
    /// The calls that are counted as the class.
    calls: Vec<Counted>,
    /// What they add up to.
    sum: u64,
    /// Bytes by day and app, which are not told apart by class.
    traffic: Vec<Bytes>,
    /// Why there is less than one may expect.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What an app has moved on a day.
#[derive(Debug, Serialize)]
struct Bytes {
    day: NaiveDate,
    app: String,
    bytes: u64,
}

/// A call with what it is counted as.
#[derive(Debug, Serialize)]
struct Counted {
    start: String,
    id: String,
    calling: String,
    called: String,
    seconds: u32,
    units: u64,
    /// The usage file that tells of it: stream, name and version.
    file: String,
}

/// The records of a line's usage of a class, on the days on which units are paid. `usage` are the bill's own day totals.
///
/// # Errors
/// An unavailable store.
pub async fn usage(
    reader: &Reader,
    country: &Country,
    customer: &CustomerCode,
    line: &Msisdn,
    (class, days, usage): (Class, Days, &[OfDay]),
) -> Result<Followed, Failure> {
    let units = usage.iter().filter(|one| days.has(one.day)).map(|one| one.units).sum();
    let after = days.to.checked_add_days(Count::new(1)).unwrap_or(days.to);
    let (start, end) = (midnight_of(days.from, country.zone()), midnight_of(after, country.zone()));
    let span = Span::new(start, end).map_err(Failure::new)?;
    let followed = Followed { units, ..Followed::default() };
    match class.unit() {
        Unit::Kilobyte => traffic(reader, country, (customer, line), span, followed).await,
        Unit::Second | Unit::Message => calls(reader, country, (customer, line), (class, span), followed).await,
    }
}

async fn calls(
    reader: &Reader,
    country: &Country,
    (customer, line): (&CustomerCode, &Msisdn),
    (class, span): (Class, Span),
    mut followed: Followed,
) -> Result<Followed, Failure> {
    let zone = country.zone();
    let mut window = Window { limit: STRETCH, from: From::Record(0) };
    loop {
        let past = reader.calls(line, span, zone, &window, &Everybody).await?;
        let Some(past) = past.filter(|past| past.customer() == customer) else {
            return Ok(Followed { note: Some(elsewhere(line)), ..followed });
        };
        let page = past.found()?;
        let named = page.rows.iter().map(|call| (line, call.start, &call.id));
        let told = reader.tellings(named).await?;
        for call in &page.rows {
            let words = told.get(&(line.clone(), call.start, call.id.clone()));
            let Some((source, rated)) = words.and_then(counted).filter(|(_, rated)| rated.class == class) else {
                continue;
            };
            followed.sum = followed.sum.saturating_add(rated.units);
            if followed.calls.len() < MOST {
                followed.calls.push(shown(call, rated, source, country));
            } else {
                followed.note = Some(format!("only the first {MOST} calls are shown"));
            }
        }
        let Some(next) = page.next else { return Ok(followed) };
        window.from = From::After(next);
    }
}

/// The word that counts of those that usage files say of a call, and what it is counted as.
fn counted(words: &BTreeMap<Source, Telling>) -> Option<(&Source, Rated)> {
    let newest = counting(words.keys());
    let told = words.iter().filter(|(source, _)| newest.has(source));
    let told = told.filter_map(|(source, word)| match word {
        Telling::Told(rated) => Some((source, *rated)),
        Telling::Silent => None,
    });
    let (source, rated) = told.min_by_key(|(source, _)| source.rank())?;
    Some((source, rated?))
}

fn shown(call: &Call, rated: Rated, source: &Source, country: &Country) -> Counted {
    Counted {
        start: rfc3339(call.start, country.zone()),
        id: call.id.to_string(),
        calling: call.calling.to_string(),
        called: call.called.to_string(),
        seconds: call.seconds,
        units: rated.units,
        file: format!("{}/{}.{}", source.stream, source.name, source.sequence),
    }
}

async fn traffic(
    reader: &Reader,
    country: &Country,
    (customer, line): (&CustomerCode, &Msisdn),
    span: Span,
    followed: Followed,
) -> Result<Followed, Failure> {
    let zone = country.zone();
    let past = reader.traffic(line, span, zone, &Everybody).await?;
    let Some(past) = past.filter(|past| past.customer() == customer) else {
        return Ok(Followed { note: Some(elsewhere(line)), ..followed });
    };
    let mut bytes: BTreeMap<(NaiveDate, String), u64> = BTreeMap::new();
    for row in past.found()? {
        let day = row.hour.start().with_timezone(&zone).date_naive();
        let sum = bytes.entry((day, row.app.to_string())).or_default();
        *sum = sum.saturating_add(row.bytes);
    }
    let traffic = bytes.into_iter().map(|((day, app), bytes)| Bytes { day, app, bytes }).collect();
    let note = Some(
        "each session is rounded up to a KB of 1,024 bytes, and traffic at home and abroad is added here".to_owned(),
    );
    Ok(Followed { traffic, note, ..followed })
}

fn elsewhere(line: &Msisdn) -> String {
    format!("the line {line} is not the customer's any more, and its records go with it")
}

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.calls.is_empty() {
            let head = row(["Calls", "id", "from", "to", "seconds", "units", "file"]);
            let rows = self.calls.iter().map(|call| {
                let (seconds, units) = (call.seconds.to_string(), call.units.to_string());
                let names = [&call.start, &call.id, &call.calling, &call.called, &seconds, &units, &call.file];
                names.map(Clone::clone).to_vec()
            });
            f.write_str(&table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), &[4, 5]))?;
        }
        for Bytes { day, app, bytes } in &self.traffic {
            writeln!(f, "Traffic    {day} {app}: {bytes} bytes")?;
        }
        if self.traffic.is_empty() {
            writeln!(f, "Units      {} by these calls, {} on the bill's days", self.sum, self.units)?;
        } else {
            writeln!(f, "Units      {} on the bill's days", self.units)?;
        }
        self.note.as_ref().map_or(Ok(()), |note| writeln!(f, "Note       {note}"))
    }
}

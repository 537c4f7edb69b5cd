//! Keys of what lines have used, and of the files that tell it.

use chrono::{DateTime, NaiveDate, Utc};

use super::{AFTER, Key, Range, below, escaped, key};
use crate::domain::ids::{AppName, FileName, RecordId, SourceId, StreamId};
use crate::domain::msisdn::Msisdn;
use crate::domain::period::Hour;
use crate::domain::usage::Traffic;
use crate::domain::usage_file::hour::SessionDigest;
use crate::domain::usage_file::source::Source;

fn usage(msisdn: &Msisdn) -> String {
    format!("USE#{msisdn}")
}

/// A source as a part of a key or as the name of an attribute.
pub fn source(source: &Source) -> String {
    let Source { stream, name, sequence, chunk } = source;
    format!("{stream}#{name}#{sequence:06}#{chunk:06}")
}

/// Takes it apart again.
pub fn read_source(text: &str) -> Option<Source> {
    let [stream, name, sequence, chunk] = text.split('#').collect::<Vec<_>>()[..] else { return None };
    let (stream, name) = (stream.parse().ok()?, name.parse().ok()?);
    Some(Source { stream, name, sequence: sequence.parse().ok()?, chunk: chunk.parse().ok()? })
}

/// An app's traffic in an hour, as an import tells it. A second delivery overwrites itself.
pub fn traffic(msisdn: &Msisdn, traffic: &Traffic) -> Key {
    let Traffic { hour, app, source, .. } = traffic;
    key(usage(msisdn), format!("{hour}#{}#{source}", escaped(app.as_str())))
}

/// An app's sessions in an hour, as one source tells them; without an app, that it has nothing to say of the hour.
pub fn hour_word(msisdn: &Msisdn, hour: Hour, app: Option<&AppName>, told_by: &Source) -> Key {
    let app = app.map(|app| escaped(app.as_str())).unwrap_or_default();
    key(usage(msisdn), format!("{hour}#{app}#{}", source(told_by)))
}

/// All traffic of a line from one hour to another, both included.
pub fn traffic_between(msisdn: &Msisdn, first: Hour, last: Hour) -> Range {
    Range { pk: usage(msisdn), from: format!("{first}#"), to: format!("{last}{AFTER}") }
}

/// What tells traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrafficTeller {
    /// An import.
    Import(SourceId),
    /// A part of a usage file.
    File(Source),
}

/// Takes the sort key of a traffic item apart again: hour, app and who tells it.
pub fn read_traffic(sk: &str) -> Option<(Hour, String, TrafficTeller)> {
    let mut parts = sk.splitn(3, '#');
    let hour = parts.next()?.parse().ok()?;
    let app = parts.next()?.replace("%23", "#").replace("%25", "%");
    let told_by = parts.next()?;
    let told_by = match read_source(told_by) {
        Some(source) => TrafficTeller::File(source),
        None => TrafficTeller::Import(told_by.parse().ok()?),
    };
    Some((hour, app, told_by))
}

/// What one source tells of a day's usage.
pub fn day_word(msisdn: &Msisdn, day: NaiveDate, told_by: &Source) -> Key {
    key(usage(msisdn), format!("T#{day}#{}", source(told_by)))
}

/// A call that several sources tell.
pub fn shared_call(msisdn: &Msisdn, day: NaiveDate, start: DateTime<Utc>, record: &RecordId) -> Key {
    key(usage(msisdn), format!("T#{day}#C#{}#{record}", start.format("%Y-%m-%dT%H:%M:%S")))
}

/// A session that several sources tell.
pub fn shared_session(msisdn: &Msisdn, day: NaiveDate, hour: Hour, session: SessionDigest) -> Key {
    key(usage(msisdn), format!("T#{day}#S#{hour}#{:016x}", u64::from_be_bytes(session)))
}

/// The usage of a line from one day to another, both included: words and what several of them share.
pub fn days_between(msisdn: &Msisdn, first: NaiveDate, last: NaiveDate) -> Range {
    Range { pk: usage(msisdn), from: format!("T#{first}#"), to: format!("T#{last}{AFTER}") }
}

/// What an item of a day is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfDay {
    /// A source's word.
    Word(Source),
    /// A record that several sources tell.
    Shared,
}

/// Takes the sort key of an item of a day apart again.
pub fn read_day(sk: &str) -> Option<(NaiveDate, OfDay)> {
    let (day, rest) = sk.strip_prefix("T#")?.split_once('#')?;
    Some((day.parse().ok()?, read_source(rest).map_or(OfDay::Shared, OfDay::Word)))
}

fn file(stream: &StreamId, name: &FileName) -> String {
    format!("FILE#{stream}#{name}")
}

/// A usage file: the owner of its partition.
pub fn usage_file(stream: &StreamId, name: &FileName) -> Key {
    key(file(stream, name), "F")
}

/// A version of a usage file that was taken in completely.
pub fn usage_file_version(stream: &StreamId, name: &FileName, sequence: u32) -> Key {
    key(file(stream, name), format!("V#{sequence:06}"))
}

/// The arrival of a file on a day.
pub fn arrival(day: NaiveDate, stream: &StreamId, name: &FileName, sequence: u32, digest: &str) -> Key {
    let digest = digest.get(..8).unwrap_or(digest);
    key(format!("FILES#{day}"), format!("{stream}#{name}#{sequence:06}#{digest}"))
}

/// All files that arrived on a day.
pub fn arrivals(day: NaiveDate) -> Range {
    super::whole(&format!("FILES#{day}"))
}

/// The rates of the catalogue, version by version.
pub fn tariffs() -> Range {
    below("TARIFF".to_owned(), "V")
}

/// A version of the catalogue's rates.
pub fn tariff(version: u32) -> Key {
    key("TARIFF", format!("V#{version:010}"))
}

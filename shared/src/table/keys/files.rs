//! Keys of calls, recordings, sites and documents.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};

use super::{AFTER, Key, Range, below, customer_partition, escaped, key, padded};
use crate::domain::document::Document;
use crate::domain::identity::Identity;
use crate::domain::ids::{CallId, CustomerCode, DocumentName, Extension, RecordId, SiteId};
use crate::domain::msisdn::Msisdn;
use crate::domain::period::Span;
use crate::domain::recording::Recording;

/// A time of a fixed width, to the second; what begins within a second belongs to it.
fn second(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The first and the last whole second that begin in a span, as keys tell time; none in a span without one.
fn seconds_of(span: Span) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let whole = |at: DateTime<Utc>| {
        let begun = i64::from(at.timestamp_subsec_nanos() > 0);
        DateTime::from_timestamp(at.timestamp() + begun, 0).unwrap_or(at)
    };
    let (first, end) = (whole(span.start()), whole(span.end()));
    (first < end).then(|| (first, end - Duration::seconds(1)))
}

/// A call. A second delivery of its record overwrites itself.
pub fn call(msisdn: &Msisdn, start: DateTime<Utc>, record: &RecordId) -> Key {
    key(format!("CALL#{msisdn}"), format!("{}#{record}", second(start)))
}

/// The calls of a line that begin in a span, oldest first; none for a span without a whole second.
pub fn calls(msisdn: &Msisdn, span: Span) -> Option<Range> {
    let (first, last) = seconds_of(span)?;
    let (from, to) = (format!("{}#", second(first)), format!("{}{AFTER}", second(last)));
    Some(Range { pk: format!("CALL#{msisdn}"), from, to })
}

/// Takes the sort key of a call apart again.
pub fn read_call(sk: &str) -> Option<(DateTime<Utc>, RecordId)> {
    let (time, record) = sk.split_once('#')?;
    let start = NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S").ok()?;
    Some((start.and_utc(), record.parse().ok()?))
}

fn extension_partition(extension: Extension) -> String {
    format!("EXT#{extension}")
}

/// An extension: the owner of its partition.
pub fn extension(extension: Extension) -> Key {
    key(extension_partition(extension), "E")
}

/// The last second that keys tell of, the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// The seconds from a time to the end of time, so that text order is newest first.
fn seconds_to_go(at: DateTime<Utc>) -> String {
    format!("{:012}", (LAST_SECOND - at.timestamp()).max(0))
}

/// A recording in the list of its extension.
pub fn recording_of_extension(recording: &Recording) -> Key {
    let Recording { extension, start, id, .. } = recording;
    key(extension_partition(*extension), format!("R#{}#{id}", seconds_to_go(*start)))
}

/// The recordings of an extension that begin in a span, newest first; none for a span without a whole second.
pub fn recordings_of_extension(extension: Extension, span: Span) -> Option<Range> {
    let (first, last) = seconds_of(span)?;
    let (from, to) = (format!("R#{}#", seconds_to_go(last)), format!("R#{}{AFTER}", seconds_to_go(first)));
    Some(Range { pk: extension_partition(extension), from, to })
}

/// A recording.
pub fn recording(id: CallId) -> Key {
    key(format!("REC#{id}"), "R")
}

/// The erasure that made the recording's revision `rev`, on the day, in UTC, on which it began.
pub fn erasure(day: NaiveDate, id: CallId, rev: u64) -> Key {
    key(format!("ERASE#{day}"), format!("{id}#{}", padded(rev)))
}

/// All erasures that began on a day, in UTC.
pub fn erasures(day: NaiveDate) -> Range {
    super::whole(&format!("ERASE#{day}"))
}

/// A document's kind is compared without case.
pub(super) fn documented(by: &Identity) -> String {
    format!("DOC#{}#{}", escaped(&by.kind.to_uppercase()), escaped(&by.number))
}

/// The customer a document belongs to: the owner of its partition, after its sites and before its files.
pub fn documented_customer(by: &Identity) -> Key {
    key(documented(by), DOCUMENTED_CUSTOMER)
}

/// The sort key of a documented customer.
pub const DOCUMENTED_CUSTOMER: &str = "C";

/// One of the customers that a document number belongs to.
pub fn one_documented_customer(by: &Identity, customer: &CustomerCode) -> Key {
    key(documented(by), format!("{DOCUMENTED_CUSTOMER}#{customer}"))
}

/// The customer a document belongs to, and after it all that its number belongs to.
pub fn documented_customers(by: &Identity) -> Range {
    let pk = documented(by);
    Range { pk, from: DOCUMENTED_CUSTOMER.to_owned(), to: format!("{DOCUMENTED_CUSTOMER}{AFTER}") }
}

/// A site of a customer.
pub fn site(by: &Identity, id: &SiteId) -> Key {
    key(documented(by), format!("B#{id}"))
}

/// All sites of a customer, by their ids.
pub fn sites(by: &Identity) -> Range {
    below(documented(by), "B")
}

/// A document of a customer.
pub fn document(document: &Document) -> Key {
    let Document { document: by, created, name, .. } = document;
    key(documented(by), format!("D#{}#{name}", second(*created)))
}

/// Where a customer's document of a name is.
pub fn document_place(customer: &CustomerCode, name: &DocumentName) -> Key {
    key(customer_partition(customer), format!("D#{name}"))
}

/// All documents of a document number, by age.
pub fn documents(by: &Identity) -> Range {
    below(documented(by), "D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_the_seconds_that_begin_in_it() {
        let at = |text: &str| format!("2026-03-09T10:00:{text}Z").parse::<DateTime<Utc>>().unwrap();
        let seconds = |start: &str, end: &str| {
            let of = |at: DateTime<Utc>| at.format("%S%.f").to_string();
            seconds_of(Span::new(at(start), at(end)).unwrap()).map(|(first, last)| (of(first), of(last)))
        };
        let some = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        assert_eq!(seconds("00", "03"), some("00", "02"));
        assert_eq!(seconds("00", "03.000000001"), some("00", "03"));
        assert_eq!(seconds("00.5", "01.2"), some("01", "01"));
        for (start, end) in [("00", "00"), ("00.5", "00.9"), ("00.5", "01"), ("00.5", "00.5")] {
            assert_eq!(seconds(start, end), None, "{start} {end}");
        }
    }
}

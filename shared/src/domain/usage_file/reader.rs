//! From a line to a record, whatever it is written as.

use super::call::{self, CallRecord};
use super::name::{FileKind, Format, UsageFile};
use super::session::{self, SessionRecord};
use crate::domain::country::Country;
use crate::domain::records::csv::{Cutter, Header};
use crate::domain::records::json;
use crate::domain::records::lines::Line;
use crate::domain::records::row::{Columns, Reject, Row};
use crate::error::Invalid;

/// Reads the lines of one file.
pub struct RecordReader {
    header: Option<Header>,
    cutter: Cutter,
    country: &'static Country,
}

impl RecordReader {
    /// For a file; `header` is its first line where it has one.
    ///
    /// # Errors
    /// A header that does not fit the kind of records; none where there has to be one.
    pub fn new(file: &UsageFile, header: Option<&str>, country: &'static Country) -> Result<Self, Invalid> {
        let columns = match file.kind {
            FileKind::Calls => &call::COLUMNS,
            FileKind::Sessions => &session::COLUMNS,
        };
        let header = match (file.format, header) {
            (Format::Ndjson, _) => None,
            (Format::Csv, Some(line)) => Some(Header::read(line, columns)?),
            (Format::Csv, None) => return Err(const { Invalid::new("the header is missing") }),
        };
        Ok(Self { header, cutter: Cutter::default(), country })
    }

    /// Reads a call.
    ///
    /// # Errors
    /// Why the line is none.
    pub fn call(&mut self, line: &Line) -> Result<CallRecord, Reject> {
        let country = self.country;
        self.read(line, &call::COLUMNS, |row| CallRecord::read(row, country))
    }

    /// Reads a session.
    ///
    /// # Errors
    /// Why the line is none.
    pub fn session(&mut self, line: &Line) -> Result<SessionRecord, Reject> {
        let country = self.country;
        self.read(line, &session::COLUMNS, |row| SessionRecord::read(row, country))
    }

    fn read<T>(
        &mut self,
        line: &Line,
        columns: &'static Columns,
        record: impl FnOnce(&Row<'_>) -> Result<T, Reject>,
    ) -> Result<T, Reject> {
        if line.too_long {
            return Err(const { Reject::line("is longer than 65536 bytes") });
        }
        let text = std::str::from_utf8(&line.bytes).map_err(|_| const { Reject::line("is not UTF-8") })?;
        match &self.header {
            Some(header) => record(&header.row(text, &mut self.cutter)?),
            None => record(&json::row(text, columns)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> UsageFile {
        UsageFile::of_key(&format!("inbox/h/s/{name}")).unwrap()
    }

    fn reader(name: &str, header: Option<&str>) -> Result<RecordReader, Invalid> {
        RecordReader::new(&file(name), header, Country::by_code("co").unwrap())
    }

    fn line(bytes: &[u8]) -> Line {
        Line { number: 1, bytes: bytes.to_vec(), too_long: false }
    }

    #[test]
    fn both_ways_of_writing_give_the_same_record() {
        let mut csv = reader("a.1.calls.csv", Some("called,start,msisdn,id,seconds")).unwrap();
        let mut json = reader("a.1.calls.ndjson", None).unwrap();
        let one = csv.call(&line(b"123,2026-03-10T10:00:00-05:00,+573001234567,r1,\"61\"")).unwrap();
        let two = json.call(&line(
            br#"{"id":"r1","msisdn":3001234567,"start":"2026-03-10T15:00:00Z","seconds":61,"called":123}"#,
        ));
        assert_eq!(two.unwrap(), one);
        let mut csv = reader("a.1.sessions.csv", Some("id,msisdn,start,app,bytes")).unwrap();
        assert_eq!(csv.session(&line(b"s,3001234567,2026-03-10 10:00:00,Mapas,7")).unwrap().bytes, 7);
    }

    #[test]
    fn a_header_belongs_to_its_kind() {
        assert!(reader("a.1.sessions.csv", Some("called,start,msisdn,id")).is_err());
        assert!(reader("a.1.calls.csv", None).is_err());
    }

    #[test]
    fn what_is_no_text_is_no_record() {
        let mut reader = reader("a.1.calls.ndjson", None).unwrap();
        let reason = |reader: &mut RecordReader, line: &Line| reader.call(line).unwrap_err().to_string();
        assert_eq!(reason(&mut reader, &line(b"\xff\xfe")), "is not UTF-8");
        assert_eq!(reason(&mut reader, &line(b"{\"id\":")), "is no JSON object");
        let long = Line { too_long: true, ..line(b"{}") };
        assert_eq!(reason(&mut reader, &long), "is longer than 65536 bytes");
    }
}

//! Records of data sessions.

use chrono::{DateTime, Utc};

use super::call::{currency, ended, line, number};
use crate::domain::country::Country;
use crate::domain::ids::{AppName, Dialled, RecordId};
use crate::domain::msisdn::Msisdn;
use crate::domain::records::row::{Columns, Reject, Row, required};

/// The columns of a session.
pub static COLUMNS: Columns =
    Columns { names: &["id", "msisdn", "start", "app", "bytes", "seconds", "end", "visited", "currency"], required: 5 };
const ID: usize = 0;
const MSISDN: usize = 1;
const START: usize = 2;
const APP: usize = 3;
const BYTES: usize = 4;
const SECONDS: usize = 5;
const END: usize = 6;
const VISITED: usize = 7;
const CURRENCY: usize = 8;

/// The longest session; gateways close a record of a session that goes on after a day at the latest, and a week is a
/// mistake.
const LONGEST: u64 = 7 * 24 * 60 * 60;
/// The most bytes of a session: a terabyte.
const MOST: u64 = 1 << 40;

/// A data session, as its record tells. It counts in the hour in which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// The record's own name.
    pub id: RecordId,
    /// The line.
    pub msisdn: Msisdn,
    /// When it began.
    pub start: DateTime<Utc>,
    /// What it was used for.
    pub app: AppName,
    /// Up and down together.
    pub bytes: u64,
    /// For a line abroad: the network visited.
    pub visited: Option<Dialled>,
}

impl SessionRecord {
    /// Reads a row.
    ///
    /// # Errors
    /// The first column that is wrong, and why.
    pub fn read(row: &Row<'_>, country: &Country) -> Result<Self, Reject> {
        let columns = &COLUMNS;
        let msisdn = line(row, columns, MSISDN, country)?;
        let start = required(row.time(columns, START, country.zone())?, "start")?;
        row.number(columns, SECONDS, LONGEST)?;
        ended(row, columns, END, start, country.zone(), LONGEST)?;
        currency(row, columns, CURRENCY, country)?;
        Ok(Self {
            id: required(row.get(columns, ID)?, "id")?,
            msisdn,
            start,
            app: required(row.get(columns, APP)?, "app")?,
            bytes: required(row.number(columns, BYTES, MOST)?, "bytes")?,
            visited: row.read(columns, VISITED, number)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::records::json;

    fn read(line: &str) -> Result<SessionRecord, String> {
        let row = json::row(line, &COLUMNS).map_err(|reject| reject.to_string())?;
        SessionRecord::read(&row, Country::by_code("co").unwrap()).map_err(|reject| reject.to_string())
    }

    const SESSION: &str = r#""id":"s1","msisdn":"3001234567","start":"2026-03-10T23:30:00""#;

    #[test]
    fn a_session_has_an_app_and_bytes() {
        let session = read(&format!(r#"{{{SESSION},"app":"Vídeo","bytes":"1025","visited":34}}"#)).unwrap();
        assert_eq!((session.app.as_str(), session.bytes), ("Vídeo", 1_025));
        assert_eq!(session.start.to_rfc3339(), "2026-03-11T04:30:00+00:00");
        assert_eq!(session.visited.map(u64::from), Some(34));
    }

    #[test]
    fn a_record_that_cannot_be_is_refused() {
        for (more, reason) in [
            (r#""app":"A""#, "bytes: must be given"),
            (r#""bytes":1"#, "app: must be given"),
            (r#""app":"A","bytes":-1"#, "bytes: must be a whole number"),
            (r#""app":"A","bytes":1099511627777"#, "bytes: must be at most"),
            (r#""app":"A","bytes":1,"seconds":604801"#, "seconds: must be at most"),
            (r#""app":"A","bytes":1,"end":"2026-03-10T23:29:59""#, "end: must not be before the start"),
            (r#""app":"A","bytes":1,"currency":"EUR""#, "currency: must be the country"),
        ] {
            let found = read(&format!("{{{SESSION},{more}}}")).unwrap_err();
            assert!(found.starts_with(reason), "{more}: {found}");
        }
    }
}

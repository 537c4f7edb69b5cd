//! How a usage file is called: `inbox/<hash>/<stream>/<name>.<sequence>.<kind>.<format>[.gz]`.

use crate::domain::ids::{FileName, StreamId};
use crate::domain::records::key::{InboxKey, is_dots};
use crate::error::Invalid;

/// The folder usage files are put into.
pub const INBOX: &str = "inbox/";
/// The highest sequence; it has a fixed width in keys.
const LAST_SEQUENCE: u32 = 999_999;

const FORM: Invalid = Invalid::new(
    "a usage file is called inbox/<hash>/<stream>/<name>.<sequence>.<calls|sessions>.<csv|ndjson>, with .gz when compressed",
);

/// What a file's records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Calls and messages.
    Calls,
    /// Data sessions.
    Sessions,
}

impl FileKind {
    /// The word in the file's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Sessions => "sessions",
        }
    }
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values after RFC 4180, with a header; a field holds no line break.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// A usage file, as its name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFile {
    /// The stream of files it belongs to.
    pub stream: StreamId,
    /// Its name in the stream.
    pub name: FileName,
    /// Its version; a higher one replaces a lower one.
    pub sequence: u32,
    /// What its records are.
    pub kind: FileKind,
    /// How they are written.
    pub format: Format,
    /// Whether they are compressed with gzip.
    pub gzip: bool,
}

impl UsageFile {
    /// Reads an object's key, as the bucket knows it.
    ///
    /// # Errors
    /// Any other form.
    pub fn of_key(key: &str) -> Result<Self, Invalid> {
        let InboxKey { stream, file, gzip } = InboxKey::read(key, INBOX).ok_or(FORM)?;
        let [format, kind, sequence, name] = file.rsplitn(4, '.').collect::<Vec<_>>()[..] else { return Err(FORM) };
        let format = match format {
            "csv" => Format::Csv,
            "ndjson" => Format::Ndjson,
            _ => return Err(FORM),
        };
        let kind = match kind {
            "calls" => FileKind::Calls,
            "sessions" => FileKind::Sessions,
            _ => return Err(FORM),
        };
        let digits = sequence.bytes().all(|byte| byte.is_ascii_digit());
        let sequence = sequence.parse().ok().filter(|at| digits && (1..=LAST_SEQUENCE).contains(at)).ok_or(FORM)?;
        if is_dots(name) {
            return Err(FORM);
        }
        Ok(Self { stream, name: name.parse()?, sequence, kind, format, gzip })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_tells_everything() {
        let file = UsageFile::of_key("inbox/3f2a/msc-1/2026-03-10.voice.7.calls.csv.gz").unwrap();
        assert_eq!((file.stream.as_str(), file.name.as_str(), file.sequence), ("msc-1", "2026-03-10.voice", 7));
        assert_eq!((file.kind, file.format, file.gzip), (FileKind::Calls, Format::Csv, true));
        let file = UsageFile::of_key("inbox/0/pgw/a.000002.sessions.ndjson").unwrap();
        assert_eq!((file.sequence, file.kind, file.format, file.gzip), (2, FileKind::Sessions, Format::Ndjson, false));
    }

    #[test]
    fn another_form_is_refused() {
        for key in [
            "",
            "inbox/a.1.calls.csv",
            "inbox/h/a.1.calls.csv",
            "inbox/h/s/a.calls.csv",
            "inbox/h/s/a.0.calls.csv",
            "inbox/h/s/a.+1.calls.csv",
            "inbox/h/s/a.1000000.calls.csv",
            "inbox/h/s/a.1.faxes.csv",
            "inbox/h/s/a.1.calls.xml",
            "inbox/h/s/a.1.calls.csv.zip",
            "inbox/h/s/a b.1.calls.csv",
            "inbox/h/s/x/a.1.calls.csv",
            "inbox/h/s/.1.calls.csv",
            "inbox/h/s/...1.calls.csv",
            "inbox/h/../a.1.calls.csv",
            "inbox//s/a.1.calls.csv",
            "inbox/h h/s/a.1.calls.csv",
            "outbox/h/s/a.1.calls.csv",
        ] {
            assert!(UsageFile::of_key(key).is_err(), "{key}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(key in any::<String>()) {
            let _ = UsageFile::of_key(&key);
            let _ = UsageFile::of_key(&format!("inbox/{key}.1.calls.csv"));
        }
    }
}

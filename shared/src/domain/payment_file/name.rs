//! How a payment file is called: `payments/<hash>/<stream>/<name>.csv[.gz]`.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{FileName, StreamId};
use crate::domain::records::key::{InboxKey, is_dots};
use crate::error::Invalid;

/// The folder payment files are put into.
pub const INBOX: &str = "payments/";

const FORM: Invalid =
    Invalid::new("a payment file is called payments/<hash>/<stream>/<name>.csv, with .gz when compressed");

/// A payment file, as its name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFile {
    /// The stream of files it belongs to: a bank, say.
    pub stream: StreamId,
    /// Its name in the stream.
    pub name: FileName,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
}

impl PaymentFile {
    /// Reads an object's key, as the bucket knows it.
    ///
    /// # Errors
    /// Any other form.
    pub fn of_key(key: &str) -> Result<Self, Invalid> {
        let InboxKey { stream, file, gzip } = InboxKey::read(key, INBOX).ok_or(FORM)?;
        let name = file.strip_suffix(".csv").filter(|name| !is_dots(name)).ok_or(FORM)?;
        Ok(Self { stream, name: name.parse()?, gzip })
    }
}

/// One content of a payment file. Another content under the same name is another file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileId {
    /// The stream of files.
    pub stream: StreamId,
    /// The file.
    pub name: FileName,
    /// SHA-256 of the object, in hexadecimal.
    pub digest: String,
}

impl FileId {
    /// Enough of the digest to tell the contents of one name apart.
    pub fn short(&self) -> &str {
        self.digest.get(..16).unwrap_or(&self.digest)
    }

    /// A row of it, by the number of its line.
    pub fn row(&self, line: u64) -> RowId {
        RowId { stream: self.stream.clone(), name: self.name.clone(), digest: self.short().to_owned(), line }
    }
}

/// A row of a payment file, as a payment remembers who told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowId {
    /// The stream of files.
    pub stream: StreamId,
    /// The file.
    pub name: FileName,
    /// The beginning of the digest of its content.
    pub digest: String,
    /// The number of the row's line.
    pub line: u64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_tells_stream_and_name() {
        let file = PaymentFile::of_key("payments/3f2a/bank-1/2026-03-10.morning.csv.gz").unwrap();
        assert_eq!((file.stream.as_str(), file.name.as_str(), file.gzip), ("bank-1", "2026-03-10.morning", true));
        assert!(!PaymentFile::of_key("payments/0/b/a.csv").unwrap().gzip);
    }

    #[test]
    fn another_form_is_refused() {
        for key in [
            "",
            "payments/a.csv",
            "payments/h/a.csv",
            "payments/h/s/a.ndjson",
            "payments/h/s/a.csv.zip",
            "payments/h/s/.csv",
            "payments/h/s/...csv",
            "payments/h/../a.csv",
            "payments/../s/a.csv",
            "payments/h/s/a b.csv",
            "payments/h/s/x/a.csv",
            "payments//s/a.csv",
            "inbox/h/s/a.csv",
        ] {
            assert!(PaymentFile::of_key(key).is_err(), "{key}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(key in any::<String>()) {
            let _ = PaymentFile::of_key(&format!("payments/{key}.csv"));
        }
    }
}

//! A first look at an object: what it is, before anything of it is taken.

use chrono::{DateTime, Utc};
use shared::domain::country::Country;
use shared::domain::usage_file::name::{Format, UsageFile};
use shared::domain::usage_file::progress::Version;
use shared::domain::usage_file::reader::RecordReader;
use shared::error::{Error, Result};
use shared::files::content::{Content, Known};
use shared::files::{Files, ObjectKey};

/// What an object is.
pub struct Survey {
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
    /// Its first line, where that names the columns; why it does not, if so.
    pub header: Result<Option<String>, String>,
    /// What it is known by.
    pub known: Known,
}

/// Looks at an object. It is read whole.
///
/// # Errors
/// As for its content.
pub async fn survey(files: &Files, key: &ObjectKey, file: &UsageFile, country: &'static Country) -> Result<Survey> {
    let mut content = Content::digested(files, key.clone(), file.gzip);
    let header = match file.format {
        Format::Ndjson => Ok(None),
        Format::Csv => match content.entry().await? {
            None => Err("the file is empty, it has not even a header".to_owned()),
            Some(entry) => {
                String::from_utf8(entry.line.bytes).map(Some).map_err(|_| "the header is not UTF-8".to_owned())
            }
        },
    };
    let header = header.and_then(|header| {
        let read = RecordReader::new(file, header.as_deref(), country);
        read.map(|_| header).map_err(|invalid| invalid.to_string())
    });
    Ok(Survey { digest: content.digest().await?, header, known: content.identity() })
}

/// Whether the object of an older version is still there and what it was.
///
/// # Errors
/// When the bucket does not answer.
pub async fn is_kept(files: &Files, version: &Version) -> Result<bool> {
    let (key, file) = ObjectKey::usage_file(&version.key).map_err(|invalid| invalid.field("key"))?;
    match Content::digested(files, key, file.gzip).digest().await {
        Ok(digest) => Ok(digest == version.digest),
        Err(Error::Invalid { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The version that a survey has found.
pub fn version(file: &UsageFile, key: &ObjectKey, survey: &Survey, chunk_records: u32, now: DateTime<Utc>) -> Version {
    Version {
        sequence: file.sequence,
        key: key.to_string(),
        digest: survey.digest.clone(),
        header: survey.header.clone().unwrap_or_default(),
        chunk_records,
        started: now,
    }
}

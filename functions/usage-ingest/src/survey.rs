//! A first look at an object: what it is, before anything of it is taken.

use chrono::{DateTime, Utc};
use shared::domain::country::Country;
use shared::domain::usage_file::name::{Format, UsageFile};
use shared::domain::usage_file::progress::Version;
use shared::domain::usage_file::reader::RecordReader;
use shared::error::{Error, Result};
use shared::files::content::Content;
use shared::files::object::Known;
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

/// Whether the object of a version is still there and what it was. If so the version is known by it from now on: the same content
/// may have been put again.
///
/// # Errors
/// When the bucket does not answer.
pub async fn find(files: &Files, version: &mut Version) -> Result<bool> {
    let (key, file) = ObjectKey::usage_file(&version.key).map_err(|invalid| invalid.field("key"))?;
    let mut content = Content::digested(files, key, file.gzip);
    match content.digest().await {
        Ok(digest) if digest == version.digest => know(version, content.identity()),
        Ok(_) | Err(Error::Invalid { .. }) => return Ok(false),
        Err(error) => return Err(error),
    }
    Ok(true)
}

/// Whether the object of a version is the one that it is known by, as far as a look at its first byte tells.
///
/// # Errors
/// When the bucket does not answer.
pub async fn is_there(files: &Files, version: &Version) -> Result<bool> {
    let (key, _) = ObjectKey::usage_file(&version.key).map_err(|invalid| invalid.field("key"))?;
    let found = files.part(&key, 0, 1).await?;
    Ok(found.is_some_and(|found| Known { tag: found.tag, size: Some(found.size) } == known(version)))
}

/// What a version's object is known by.
pub fn known(version: &Version) -> Known {
    Known { tag: version.tag.clone(), size: version.size }
}

/// A version is known by this from now on.
pub fn know(version: &mut Version, known: Known) {
    (version.tag, version.size) = (known.tag, known.size);
}

/// The version that a survey has found.
pub fn version(file: &UsageFile, key: &ObjectKey, survey: &Survey, chunk_records: u32, now: DateTime<Utc>) -> Version {
    Version {
        sequence: file.sequence,
        key: key.to_string(),
        digest: survey.digest.clone(),
        tag: survey.known.tag.clone(),
        size: survey.known.size,
        header: survey.header.clone().unwrap_or_default(),
        chunk_records,
        started: now,
    }
}

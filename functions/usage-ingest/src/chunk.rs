//! A chunk of a file: so many of its lines, the same ones however often it is read.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use shared::domain::country::Country;
use shared::domain::records::lines::{Line, Place};
use shared::domain::records::row::Reject;
use shared::domain::usage_file::call::{CallRecord, not_ahead};
use shared::domain::usage_file::name::{FileKind, Format, UsageFile};
use shared::domain::usage_file::progress::{Progress, Version};
use shared::domain::usage_file::reader::RecordReader;
use shared::domain::usage_file::session::SessionRecord;
use shared::domain::usage_file::source::Source;
use shared::error::Result;
use shared::files::content::{Content, Entry};
use shared::files::{Files, ObjectKey};

use crate::UsageIngest;
use crate::survey::known;

/// A chunk ends behind the line with which it has so many bytes, whatever records are still to come. Ordinary records are far
/// from it; lines of 64 KB would fill the memory, and once more as rejects.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// The chunks of one version of a file, one after the other.
pub struct Chunks<'a> {
    content: Content<'a>,
    file: UsageFile,
    version: Version,
    country: &'static Country,
}

impl<'a> Chunks<'a> {
    /// The chunks of the version that is read now, from the one on that comes next. They are of the object that was surveyed, or
    /// reading them fails.
    ///
    /// # Errors
    /// When its key is no usage file's.
    pub fn open(app: &'a UsageIngest, progress: &Progress) -> Result<Self> {
        let (files, country): (&Files, _) = (&app.files, app.base.country);
        let version = progress.reading().clone();
        let (key, file) = ObjectKey::usage_file(&version.key).map_err(|invalid| invalid.field("key"))?;
        let content = Content::at(files, key, file.gzip, progress.place).known(known(&version));
        Ok(Self { content, file, version, country })
    }

    /// Reads the next chunk, which has this number.
    ///
    /// # Errors
    /// As for its content.
    pub async fn next(&mut self, number: u32) -> Result<Chunk> {
        if number == 0 && self.file.format == Format::Csv {
            // The header.
            self.content.entry().await?;
        }
        let most = usize::try_from(self.version.chunk_records).unwrap_or(usize::MAX);
        let (entries, last) = self.content.entries(most, CHUNK_BYTES).await?;
        let UsageFile { stream, name, .. } = &self.file;
        Ok(Chunk {
            source: Source {
                stream: stream.clone(),
                name: name.clone(),
                sequence: self.version.sequence,
                chunk: number,
            },
            file: self.file.clone(),
            header: self.version.header.clone(),
            started: self.version.started,
            country: self.country,
            last,
            entries,
            end: self.content.place(),
        })
    }
}

/// A chunk as it was read.
pub struct Chunk {
    /// Who tells what is in it.
    pub source: Source,
    /// When the file was first seen.
    pub started: DateTime<Utc>,
    /// Where the next chunk begins.
    pub end: Place,
    /// Whether it is the last one.
    pub last: bool,
    file: UsageFile,
    header: Option<String>,
    country: &'static Country,
    entries: Vec<Entry>,
}

/// A record, and the number of its entry in the chunk.
pub type Numbered<T> = (usize, T);

impl Chunk {
    /// What the chunk's records are.
    pub const fn kind(&self) -> FileKind {
        self.file.kind
    }

    /// Its calls, and what is none.
    pub fn calls(&self) -> (Vec<Numbered<CallRecord>>, Rejects<'_>) {
        self.read(RecordReader::call, |call| call.start)
    }

    /// Its sessions, and what is none.
    pub fn sessions(&self) -> (Vec<Numbered<SessionRecord>>, Rejects<'_>) {
        self.read(RecordReader::session, |session| session.start)
    }

    /// The day in the country at a time.
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.country.zone()).date_naive()
    }

    fn read<T>(
        &self,
        record: impl Fn(&mut RecordReader, &Line) -> Result<T, Reject>,
        start: impl Fn(&T) -> DateTime<Utc>,
    ) -> (Vec<Numbered<T>>, Rejects<'_>) {
        let mut rejects = Rejects { chunk: self, rejects: Vec::new() };
        let mut records = Vec::new();
        let mut reader = RecordReader::new(&self.file, self.header.as_deref(), self.country);
        for (at, entry) in self.entries.iter().enumerate() {
            let read = match (&mut reader, entry.broken) {
                (_, Some(why)) => Err(Reject::line(why)),
                (Ok(reader), None) => record(reader, &entry.line),
                (Err(invalid), None) => Err(Reject { column: None, reason: invalid.0.clone() }),
            };
            let read = read.and_then(|record| not_ahead(start(&record), self.started).map(|()| record));
            match read {
                Ok(record) => records.push((at, record)),
                Err(reject) => rejects.add(at, reject),
            }
        }
        (records, rejects)
    }
}

/// The lines of a chunk that are no records.
pub struct Rejects<'a> {
    chunk: &'a Chunk,
    rejects: Vec<(usize, Reject)>,
}

impl Rejects<'_> {
    /// Adds one, by the number of its entry.
    pub fn add(&mut self, at: usize, reject: Reject) {
        self.rejects.push((at, reject));
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.rejects.len() as u64
    }

    /// Writes them beside the file, each with the number of its line, the reason, and what it says. Doing it again writes
    /// the same.
    ///
    /// # Errors
    /// 503 when the bucket does not answer.
    pub async fn write(mut self, files: &Files) -> Result<()> {
        if self.rejects.is_empty() {
            return Ok(());
        }
        self.rejects.sort_by_key(|(at, _)| *at);
        let mut text = String::new();
        for (at, reject) in &self.rejects {
            let Some(Entry { line, .. }) = self.chunk.entries.get(*at) else { continue };
            let record = String::from_utf8_lossy(&line.bytes);
            let row = json!({ "line": line.number, "reason": reject.to_string(), "record": record });
            text.push_str(&row.to_string());
            text.push('\n');
        }
        let key = ObjectKey::rejects(&self.chunk.file, self.chunk.source.chunk);
        files.put(&key, text.as_bytes()).await
    }
}

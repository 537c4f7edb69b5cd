//! An object of an inbox as lines, part by part.

use std::io::Write as _;

use flate2::write::MultiGzDecoder;

use super::object::{Digest, Known, Part};
use super::{Files, ObjectKey};
use crate::domain::records::lines::{Line, Lines, Place};
use crate::error::{Error, Result};

/// Bytes asked for at once.
const PART: u64 = 4 * 1024 * 1024;
/// Compressed bytes taken at once: they may become a thousand times as many.
const SLICE: usize = 16 * 1024;

/// A line, or what is left of the last one where the content breaks off.
#[derive(Debug)]
pub struct Entry {
    /// The line.
    pub line: Line,
    /// Why the content breaks off in it.
    pub broken: Option<&'static str>,
    /// Whether the content ends in it, without a line break: it may be the beginning of a longer line.
    pub open: bool,
}

/// How the content ended.
#[derive(Debug, Clone, Copy)]
enum End {
    Whole,
    Broken(&'static str),
    Told,
}

/// A content that is being read.
pub struct Content<'f> {
    files: &'f Files,
    key: ObjectKey,
    tag: Option<String>,
    /// The first byte that was not asked for.
    next: u64,
    size: Option<u64>,
    part: Vec<u8>,
    used: usize,
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
    /// Decompressed bytes before the place where reading begins.
    skip: u64,
    lines: Lines,
    digest: Option<Digest>,
    end: Option<End>,
}

impl<'f> Content<'f> {
    /// The content of an object from a place on. What is compressed with gzip is read from its beginning.
    pub fn at(files: &'f Files, key: ObjectKey, gzip: bool, place: Place) -> Self {
        let (next, skip) = if gzip { (0, place.offset) } else { (place.offset, 0) };
        Self {
            files,
            key,
            tag: None,
            next,
            size: None,
            part: Vec::new(),
            used: 0,
            decoder: gzip.then(|| MultiGzDecoder::new(Vec::new())),
            skip,
            lines: Lines::at(place),
            digest: None,
            end: None,
        }
    }

    /// The same from its beginning, with a digest of all its bytes.
    pub fn digested(files: &'f Files, key: ObjectKey, gzip: bool) -> Self {
        Self { digest: Some(Digest::default()), ..Self::at(files, key, gzip, Place::default()) }
    }

    /// The same of an object that was read before; when it is another one by now, reading fails.
    #[must_use]
    pub fn known(self, known: Known) -> Self {
        let Known { tag, size } = known;
        Self { tag, size, ..self }
    }

    /// Where the next line begins.
    pub const fn place(&self) -> Place {
        self.lines.place()
    }

    /// The next line that is not empty; none after the last.
    ///
    /// # Errors
    /// 400 when the object is not there any more or was changed meanwhile; 503 when the bucket does not answer.
    pub async fn entry(&mut self) -> Result<Option<Entry>> {
        loop {
            if let Some(line) = self.lines.next_line() {
                return Ok(Some(Entry { line, broken: None, open: false }));
            }
            match self.end {
                None => self.fill().await?,
                Some(End::Told) => return Ok(None),
                Some(end) => {
                    self.end = Some(End::Told);
                    return Ok(self.last(end));
                }
            }
        }
    }

    /// The next lines that are not empty: so many, or fewer where they have so many bytes before that, or where the content
    /// ends, which is the second half.
    ///
    /// # Errors
    /// As for one.
    pub async fn entries(&mut self, most: usize, most_bytes: usize) -> Result<(Vec<Entry>, bool)> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while entries.len() < most && bytes < most_bytes {
            let Some(entry) = self.entry().await? else { return Ok((entries, true)) };
            bytes += entry.line.bytes.len();
            entries.push(entry);
        }
        Ok((entries, false))
    }

    /// What is behind the last line break.
    fn last(&mut self, end: End) -> Option<Entry> {
        let line = self.lines.last_line();
        let End::Broken(why) = end else { return line.map(|line| Entry { line, broken: None, open: true }) };
        // The break itself is a line that nobody can read.
        let nothing = || Line { number: self.lines.place().lines + 1, bytes: Vec::new(), too_long: false };
        Some(Entry { line: line.unwrap_or_else(nothing), broken: Some(why), open: true })
    }

    /// The digest of the whole object.
    ///
    /// # Errors
    /// As for lines; 500 when no digest was asked for.
    pub async fn digest(&mut self) -> Result<String> {
        while self.slice().await?.is_some() {}
        self.digest.take().map(Digest::finish).ok_or_else(|| Error::internal("a content without a digest"))
    }

    /// What the object is known by, once some of it was read.
    pub fn identity(&self) -> Known {
        Known { tag: self.tag.clone(), size: self.size }
    }

    /// Takes the next bytes.
    async fn fill(&mut self) -> Result<()> {
        let slice = self.slice().await?.map(<[u8]>::to_vec);
        let Some(decoder) = &mut self.decoder else {
            match slice {
                Some(bytes) => self.lines.push(&bytes),
                None => self.end = Some(End::Whole),
            }
            return Ok(());
        };
        let (ended, done) = match &slice {
            Some(bytes) => (false, decoder.write_all(bytes)),
            None => (true, decoder.try_finish()),
        };
        let mut bytes = std::mem::take(decoder.get_mut());
        let skipped = bytes.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        self.skip -= skipped as u64;
        bytes.drain(..skipped);
        self.lines.push(&bytes);
        if done.is_err() {
            self.end = Some(End::Broken("the compressed content is damaged or cut off here"));
        } else if ended {
            self.end = Some(End::Whole);
        }
        Ok(())
    }

    /// The next bytes of the object, none behind its end.
    async fn slice(&mut self) -> Result<Option<&[u8]>> {
        if self.used == self.part.len() {
            if self.size.is_some_and(|size| self.next >= size) {
                return Ok(None);
            }
            let Some(Part { bytes, tag, size }) = self.files.part(&self.key, self.next, PART).await? else {
                return Err(Error::invalid("object", "is not there any more, or may not be read"));
            };
            if self.tag.is_some() && tag != self.tag {
                return Err(Error::invalid("object", "was changed while it was read"));
            }
            if bytes.is_empty() {
                self.size = Some(self.next);
                return Ok(None);
            }
            self.next += bytes.len() as u64;
            (self.tag, self.size, self.part, self.used) = (tag, Some(size), bytes, 0);
        }
        let from = self.used;
        self.used = (from + SLICE).min(self.part.len());
        let slice = self.part.get(from..self.used).unwrap_or_default();
        if let Some(digest) = &mut self.digest {
            digest.update(slice);
        }
        Ok(Some(slice))
    }
}

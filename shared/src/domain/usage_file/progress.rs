//! How far a usage file has been taken in, and what becomes of one that arrives.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::records::lines::Place;

/// One version of a usage file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number; a higher one replaces a lower one.
    pub sequence: u32,
    /// The object's key.
    pub key: String,
    /// SHA-256 of the object, in hexadecimal.
    pub digest: String,
    /// The object's tag, by which it is known while it is read; none of an empty object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Its bytes; none of a version that an earlier release has taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The first line, where it names the columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Records of a chunk.
    pub chunk_records: u32,
    /// When it was first seen. All that it tells is told as of this time, however often it is tried.
    pub started: DateTime<Utc>,
}

impl Version {
    /// Whether both are the same content under the same sequence.
    pub fn is(&self, other: &Self) -> bool {
        (self.sequence, &self.digest) == (other.sequence, &other.digest)
    }
}

/// What is being done with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Its records are written.
    Taking,
    /// What older versions told is removed.
    Clearing,
    /// All of it is in the table.
    Done,
}

/// What became of a file's records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// New.
    pub accepted: u64,
    /// Told by another file, or before in this one.
    pub duplicate: u64,
    /// Told by an older version of the file.
    pub replaced: u64,
    /// No records.
    pub rejected: u64,
    /// Of older versions: told by them and not any more. These are not among the records read.
    pub removed: u64,
}

impl Counts {
    /// All records of the file.
    pub const fn read(&self) -> u64 {
        self.accepted + self.duplicate + self.replaced + self.rejected
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            accepted: self.accepted + other.accepted,
            duplicate: self.duplicate + other.duplicate,
            replaced: self.replaced + other.replaced,
            rejected: self.rejected + other.rejected,
            removed: self.removed + other.removed,
        }
    }
}

/// How far a file is. It is written at the revision it was read at, so each chunk is counted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The newest version.
    pub version: Version,
    /// What is being done.
    pub phase: Phase,
    /// The chunk that comes next, of the version that is read.
    pub chunk: u32,
    /// Where it begins.
    pub place: Place,
    /// What became of the chunks done.
    pub counts: Counts,
    /// Older versions whose words are not cleared away yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Version>,
    /// When all was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<DateTime<Utc>>,
}

/// What a version that arrives means for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// It is being taken in.
    Under,
    /// It is in the table.
    Done,
    /// Another content under the same sequence.
    Different,
    /// A newer version was here first.
    Late,
    /// It replaces the version that is here.
    Newer,
}

/// One chunk that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkDone {
    /// What became of its records.
    pub counts: Counts,
    /// Where the next one begins.
    pub place: Place,
    /// Whether it was the version's last.
    pub last: bool,
}

impl Progress {
    /// A file's first version.
    pub fn first(version: Version) -> Self {
        Self {
            version,
            phase: Phase::Taking,
            chunk: 0,
            place: Place::default(),
            counts: Counts::default(),
            earlier: Vec::new(),
            finished: None,
        }
    }

    /// What a version that arrives means.
    pub fn meet(&self, sequence: u32, digest: &str) -> Meeting {
        match sequence.cmp(&self.version.sequence) {
            std::cmp::Ordering::Less => Meeting::Late,
            std::cmp::Ordering::Greater => Meeting::Newer,
            std::cmp::Ordering::Equal if digest != self.version.digest => Meeting::Different,
            std::cmp::Ordering::Equal if self.phase == Phase::Done => Meeting::Done,
            std::cmp::Ordering::Equal => Meeting::Under,
        }
    }

    /// The file with a newer version, which is to be taken in, and then what the present one and those before it told
    /// cleared away.
    #[must_use]
    pub fn corrected(&self, version: Version) -> Self {
        let earlier = self.earlier.iter().chain([&self.version]).cloned().collect();
        Self { earlier, ..Self::first(version) }
    }

    /// The version that is read now: the newest, or the older one that is cleared away.
    pub fn reading(&self) -> &Version {
        match (self.phase, self.earlier.first()) {
            (Phase::Clearing, Some(earlier)) => earlier,
            _ => &self.version,
        }
    }

    /// The version that is read now, to be known by what was found of it.
    pub fn reading_mut(&mut self) -> &mut Version {
        match (self.phase, self.earlier.first_mut()) {
            (Phase::Clearing, Some(earlier)) => earlier,
            _ => &mut self.version,
        }
    }

    /// After a chunk.
    #[must_use]
    pub fn after(&self, done: &ChunkDone, now: DateTime<Utc>) -> Self {
        let mut next = self.clone();
        next.counts = next.counts.plus(done.counts);
        if !done.last {
            (next.chunk, next.place) = (self.chunk + 1, done.place);
            return next;
        }
        (next.chunk, next.place) = (0, Place::default());
        if self.phase == Phase::Clearing {
            next.earlier.remove(0);
        }
        next.phase = if next.earlier.is_empty() { Phase::Done } else { Phase::Clearing };
        next.finished = (next.phase == Phase::Done).then_some(now);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(sequence: u32) -> Version {
        Version {
            sequence,
            key: format!("k{sequence}"),
            digest: format!("d{sequence}"),
            tag: None,
            size: None,
            header: None,
            chunk_records: 10,
            started: DateTime::UNIX_EPOCH,
        }
    }

    fn chunk(accepted: u64, last: bool) -> ChunkDone {
        let counts = Counts { accepted, ..Counts::default() };
        ChunkDone { counts, place: Place { offset: 7, lines: 1 }, last }
    }

    #[test]
    fn a_file_is_taken_chunk_by_chunk() {
        let now = DateTime::UNIX_EPOCH;
        let first = Progress::first(version(1));
        let next = first.after(&chunk(10, false), now);
        assert_eq!((next.phase, next.chunk, next.place.offset, next.counts.accepted), (Phase::Taking, 1, 7, 10));
        let done = next.after(&chunk(3, true), now);
        assert_eq!((done.phase, done.counts.read(), done.finished), (Phase::Done, 13, Some(now)));
    }

    #[test]
    fn a_correction_is_taken_and_then_all_before_it_cleared() {
        let now = DateTime::UNIX_EPOCH;
        let file = Progress::first(version(1)).corrected(version(2)).corrected(version(4));
        assert_eq!((file.reading().sequence, file.phase), (4, Phase::Taking));
        let clearing = file.after(&chunk(1, true), now);
        assert_eq!((clearing.reading().sequence, clearing.phase, clearing.chunk), (1, Phase::Clearing, 0));
        let half = clearing.after(&chunk(0, false), now);
        assert_eq!((half.reading().sequence, half.chunk), (1, 1));
        let clearing = half.after(&chunk(0, true), now);
        assert_eq!((clearing.reading().sequence, clearing.phase), (2, Phase::Clearing));
        let done = clearing.after(&chunk(0, true), now);
        assert_eq!((done.reading().sequence, done.phase, done.earlier.len()), (4, Phase::Done, 0));
    }

    #[test]
    fn what_arrives_is_known_by_sequence_and_content() {
        let under = Progress::first(version(2));
        let done = under.after(&chunk(1, true), DateTime::UNIX_EPOCH);
        assert_eq!([under.meet(2, "d2"), done.meet(2, "d2")], [Meeting::Under, Meeting::Done]);
        let meetings = [done.meet(2, "other"), done.meet(1, "d2"), done.meet(3, "d2")];
        assert_eq!(meetings, [Meeting::Different, Meeting::Late, Meeting::Newer]);
    }
}

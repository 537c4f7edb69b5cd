//! Who says so: the part of a usage file that a fact comes from, and which of several words counts.

use std::collections::BTreeMap;

use crate::domain::ids::{FileName, StreamId};

/// A part of one version of a usage file. What it tells is a function of the file's content alone, so writing it twice
/// writes the same.
///
/// Sources are in order of stream, name, sequence and chunk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The stream of files.
    pub stream: StreamId,
    /// The file's name in its stream.
    pub name: FileName,
    /// The version of the file: a higher one replaces what a lower one has told.
    pub sequence: u32,
    /// Which part of the file, counted from 0.
    pub chunk: u32,
}

impl Source {
    /// The file without its version.
    pub const fn file(&self) -> (&StreamId, &FileName) {
        (&self.stream, &self.name)
    }

    /// Of several who tell the same, the smallest by stream, name and chunk is believed.
    pub const fn rank(&self) -> (&StreamId, &FileName, u32) {
        (&self.stream, &self.name, self.chunk)
    }
}

/// The sources that count: of each file, those of the highest sequence that says anything here.
///
/// So a correction that is half written never counts beside what it corrects, and a late word of an older version is not
/// heard.
pub fn counting<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Counting<'a> {
    let mut newest: BTreeMap<(&StreamId, &FileName), u32> = BTreeMap::new();
    for source in sources {
        let sequence = newest.entry(source.file()).or_default();
        *sequence = (*sequence).max(source.sequence);
    }
    Counting(newest)
}

/// The newest word of each file.
#[derive(Debug, Clone)]
pub struct Counting<'a>(BTreeMap<(&'a StreamId, &'a FileName), u32>);

impl Counting<'_> {
    /// Whether a source counts.
    pub fn has(&self, source: &Source) -> bool {
        self.0.get(&source.file()) == Some(&source.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, sequence: u32, chunk: u32) -> Source {
        Source { stream: "s".parse().unwrap(), name: name.parse().unwrap(), sequence, chunk }
    }

    #[test]
    fn of_each_file_the_highest_sequence_counts() {
        let all = [source("a", 1, 0), source("a", 2, 1), source("a", 2, 0), source("b", 1, 7)];
        let counting = counting(&all);
        assert_eq!(all.iter().map(|one| counting.has(one)).collect::<Vec<_>>(), [false, true, true, true]);
        assert!(!counting.has(&source("c", 1, 0)));
    }

    #[test]
    fn the_rank_looks_at_no_sequence() {
        assert!(source("a", 2, 0).rank() < source("a", 1, 1).rank());
        assert!(source("a", 9, 9).rank() < source("b", 1, 0).rank());
    }
}

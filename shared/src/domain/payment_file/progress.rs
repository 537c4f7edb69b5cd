//! How far a payment file is, and what became of its rows.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::name::FileId;
use crate::domain::money::{Currency, Money};
use crate::domain::records::lines::Place;

/// Why a row was not applied although it tells a payment. It is decided once and stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Whether its bill is not known.
    pub unknown: bool,
    /// The reason.
    pub reason: String,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// This row is what the bill was paid with, in minor units.
    Applied(i64),
    /// The payment was told before, by an event, another file or another row.
    Duplicate,
    /// Nothing.
    Left(Left),
}

impl Became {
    /// A row that tells no payment, or one that is not applied.
    pub fn refused(reason: &impl ToString) -> Self {
        Self::Left(Left { unknown: false, reason: reason.to_string() })
    }

    /// Why it is not applied, if so.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Applied(_) => None,
            Self::Duplicate => Some("the payment was applied before"),
            Self::Left(left) => Some(&left.reason),
        }
    }
}

/// What became of a file's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Those that paid a bill.
    pub applied: u64,
    /// Those whose payment was told before.
    pub duplicate: u64,
    /// Those of which there is no bill.
    pub unknown: u64,
    /// Those that tell no payment, or one that cannot be applied.
    pub refused: u64,
    /// The amounts of those applied, in minor units.
    pub sum: i64,
}

impl Counts {
    /// All rows of the file.
    pub const fn read(&self) -> u64 {
        self.applied + self.duplicate + self.unknown + self.refused
    }

    /// One row more.
    pub const fn add(&mut self, became: &Became) {
        match became {
            Became::Applied(amount) => {
                self.applied += 1;
                // A row's amount has an end, so that no file comes near it.
                self.sum = self.sum.saturating_add(*amount);
            }
            Became::Duplicate => self.duplicate += 1,
            Became::Left(Left { unknown: true, .. }) => self.unknown += 1,
            Became::Left(_) => self.refused += 1,
        }
    }

    /// The same as it is told of a file in this currency.
    pub const fn reconciled(&self, currency: Currency) -> Reconciliation {
        let Self { applied, duplicate, unknown, refused, sum } = *self;
        let sum = Money { minor: sum, currency };
        Reconciliation { read: self.read(), applied, duplicate, unknown, refused, sum }
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            applied: self.applied + other.applied,
            duplicate: self.duplicate + other.duplicate,
            unknown: self.unknown + other.unknown,
            refused: self.refused + other.refused,
            sum: self.sum.saturating_add(other.sum),
        }
    }
}

/// What became of a file's rows, as the world is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// Rows of the file: the sum of the next four.
    pub read: u64,
    /// Those that paid a bill.
    pub applied: u64,
    /// Those whose payment was told before.
    pub duplicate: u64,
    /// Those of which there is no bill.
    pub unknown: u64,
    /// Those that tell no payment, or one that cannot be applied.
    pub refused: u64,
    /// The amounts of those applied.
    pub sum: Money,
}

impl fmt::Display for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, applied, duplicate, unknown, refused, sum } = self;
        let code = sum.currency.code;
        write!(
            f,
            "{read} read, {applied} applied ({sum} {code}), {duplicate} duplicate, {unknown} unknown, {refused} refused"
        )
    }
}

/// How far a file is. It is written at the revision it was read at, so each chunk is counted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The file.
    #[serde(flatten)]
    pub file: FileId,
    /// When it was first seen.
    pub started: DateTime<Utc>,
    /// Why nothing of it is taken, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The chunk that comes next.
    pub chunk: u32,
    /// Where it begins.
    pub place: Place,
    /// What became of the chunks done.
    pub counts: Counts,
    /// When all was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<DateTime<Utc>>,
}

impl Progress {
    /// A file that arrives, and why nothing of it is taken, if so.
    pub fn first(file: FileId, refused: Option<String>, started: DateTime<Utc>) -> Self {
        let (place, counts) = (Place::default(), Counts::default());
        Self { file, started, refused, chunk: 0, place, counts, finished: None }
    }

    /// The same once a chunk is done: what became of its rows, where the next one begins, and whether it was the last.
    #[must_use]
    pub fn after(&self, counts: Counts, place: Place, last: bool, now: DateTime<Utc>) -> Self {
        let counts = self.counts.plus(counts);
        Self { chunk: self.chunk + 1, place, counts, finished: last.then_some(now), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_done_chunk_by_chunk_and_its_counts_add_up() {
        let file = FileId { stream: "s".parse().unwrap(), name: "n".parse().unwrap(), digest: "d".repeat(64) };
        assert_eq!(file.row(7).digest, "d".repeat(16));
        let mut counts = Counts::default();
        let unknown = Became::Left(Left { unknown: true, reason: "why".to_owned() });
        for became in [Became::Applied(500), Became::Applied(-20), Became::Duplicate, unknown, Became::refused(&"no")] {
            counts.add(&became);
        }
        assert_eq!(counts, Counts { applied: 2, duplicate: 1, unknown: 1, refused: 1, sum: 480 });
        let now = DateTime::UNIX_EPOCH;
        let place = Place { offset: 9, lines: 4 };
        let half = Progress::first(file, None, now).after(counts, place, false, now);
        assert_eq!((half.chunk, half.place, half.finished), (1, place, None));
        let done = half.after(counts, place, true, now);
        assert_eq!((done.counts.read(), done.counts.sum, done.finished), (10, 960, Some(now)));
    }
}

//! What events may take of the table. Tests hold it, and `docs/cost.md` counts with it.

/// Units of one thing, in hundredths.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Read.
    pub read: u64,
    /// Written.
    pub written: u64,
}

/// An ordinary bill of a run, with everything that its page, its run and its numbers take.
pub const BILL: Most = Most { read: 400, written: 600 };
/// A usage record of a file with at least four records of each line.
pub const RECORD: Most = Most { read: 50, written: 130 };
/// A payment that a row of a bank's file tells, of a bill that is one item.
pub const PAYMENT: Most = Most { read: 500, written: 600 };

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
/// An event that is divided among subscriptions, by the first that asks which there are.
pub const DIVIDED: Most = Most { read: 100, written: 0 };
/// A client with a subscription that asks for it: whether it sees the customer.
pub const LOOKED_AT: Most = Most { read: 100, written: 0 };
/// An event that is delivered to a subscription whose address answers.
pub const DELIVERED: Most = Most { read: 200, written: 0 };
/// What looks at usage take for a record of such files, over a month.
pub const LOOKS: Most = Most { read: 11, written: 5 };
/// A payment that a row of a bank's file tells, of a bill that is one item.
pub const PAYMENT: Most = Most { read: 500, written: 600 };

//! A customer's identities.

use serde::{Deserialize, Serialize};

/// An identity document or number of a customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// NIT, CC, DUI …; compared ignoring case.
    pub kind: String,
    /// The number as registered.
    pub number: String,
}

impl Identity {
    /// Whether both are the same identity. Types are compared ignoring case.
    pub fn is(&self, other: &Self) -> bool {
        self.number == other.number && self.kind.to_uppercase() == other.kind.to_uppercase()
    }
}

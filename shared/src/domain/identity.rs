//! What a customer is known by.

use serde::{Deserialize, Serialize};

/// A document or number a customer is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// NIT, CC, DUI … compared without case.
    pub kind: String,
    /// The number as registered.
    pub number: String,
}

impl Identity {
    /// Whether it is the same as another one. Kinds are compared without case.
    pub fn is(&self, other: &Self) -> bool {
        self.number == other.number && self.kind.to_uppercase() == other.kind.to_uppercase()
    }
}

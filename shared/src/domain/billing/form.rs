//! The form of documents, as a country's terms have it.

use serde::{Deserialize, Serialize};

use crate::domain::billing::tax::Inclusion;

/// The form that a country gives its documents. Bills keep it, under short names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Whether prices contain tax.
    #[serde(rename = "x")]
    pub tax: Inclusion,
    /// What a total is a multiple of; what is above is left off.
    #[serde(rename = "m")]
    pub multiple: i64,
    /// Whether an invoice may have lines below zero. Where it may not, they go on credit notes.
    #[serde(rename = "n")]
    pub negative_lines: bool,
}

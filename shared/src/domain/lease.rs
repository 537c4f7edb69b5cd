//! A leased handset.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A handset that is paid off with the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The permanency clause.
    pub clause: String,
    /// Its type.
    pub clause_type: String,
    /// Last billing with the handset.
    pub last_billing: NaiveDate,
    /// Next renewal with a handset.
    pub next_renewal: NaiveDate,
    /// International Mobile Station Equipment Identity.
    pub imei: String,
    /// The handset's class.
    pub range: String,
    /// Maker.
    pub brand: String,
    /// Model.
    pub model: String,
    /// Whether it is insured.
    pub insured: bool,
    /// Whether the lease runs.
    pub active: bool,
}

//! Handset leases.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A handset paid off with the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The permanency clause.
    pub clause: String,
    /// Its type.
    pub clause_type: String,
    /// Date of the last bill that includes it.
    pub last_billing: NaiveDate,
    /// Date from which it can be renewed.
    pub next_renewal: NaiveDate,
    /// International Mobile Station Equipment Identity.
    pub imei: String,
    /// The handset's class.
    pub range: String,
    /// Manufacturer.
    pub brand: String,
    /// Model.
    pub model: String,
    /// Whether it is insured.
    pub insured: bool,
    /// Whether the lease is active.
    pub active: bool,
}

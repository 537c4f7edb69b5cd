//! How a line pays, and where its bills go.

use serde::{Deserialize, Serialize};

use crate::domain::money::Money;

/// How a line pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Payment {
    /// By a monthly bill.
    Postpaid {
        /// The day of the month on which a bill cycle starts; 29 to 31 mean the last day.
        cycle_day: u32,
    },
    /// From a balance.
    Prepaid {
        /// The balance.
        balance: Money,
    },
}

impl Payment {
    /// Without its details.
    pub const fn kind(&self) -> PaymentKind {
        match self {
            Self::Postpaid { .. } => PaymentKind::Postpaid,
            Self::Prepaid { .. } => PaymentKind::Prepaid,
        }
    }
}

/// Postpaid or prepaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentKind {
    /// By a monthly bill.
    Postpaid,
    /// From a balance.
    Prepaid,
}

/// Where and when the bills of a line's contract are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingProfile {
    /// The address.
    pub address: String,
    /// The city.
    pub city: String,
    /// The department or state.
    pub department: String,
}

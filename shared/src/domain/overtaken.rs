//! Why an upgrade is closed before its first day ([`closed_upgrade`](super::closed_upgrade)).

use serde::{Deserialize, Serialize};

/// Why an upgrade does not come true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overtaken {
    /// A blocked line changes no plan.
    Blocked,
    /// The plan is not sold any more.
    Retired,
    /// The line has moved to another customer, profile or contract.
    Moved,
    /// The plan is not open to the way the line pays now.
    NotOpen,
    /// The contract ends first.
    ContractEnded,
    /// A load has given the line another main plan.
    PlanChanged,
    /// A load has told a later request.
    Replaced,
}

impl Overtaken {
    /// The same in words, for the customer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "the line was blocked",
            Self::Retired => "the plan is no longer sold",
            Self::Moved => "the line was moved",
            Self::NotOpen => "the plan is not open to the line's new way of paying",
            Self::ContractEnded => "the contract ends before it begins",
            Self::PlanChanged => "the line was given another plan",
            Self::Replaced => "a later request took its place",
        }
    }
}

//! What is told once a period: that a limit is reached.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::limits::{Amount, Percent};
use crate::domain::billing::cycle::Days;
use crate::domain::ids::{AllowanceId, PlanId};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;

/// Whose usage is looked at. As text the number, or `all`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A line's.
    Line(Msisdn),
    /// That of all lines of a contract together.
    All,
}

impl Subject {
    /// The line, if it is one.
    pub const fn line(&self) -> Option<&Msisdn> {
        match self {
            Self::Line(line) => Some(line),
            Self::All => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.line().map_or("all", Msisdn::as_str))
    }
}

/// A limit as it is told. Its text names it within a subject's period, so that there is one of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Threshold {
    /// A share of what a plan includes.
    Allowance {
        /// The plan.
        plan: PlanId,
        /// Which of its allowances.
        allowance: AllowanceId,
        /// Which share.
        percent: Percent,
    },
    /// An amount of usage beyond what is included.
    Amount(Amount),
    /// The amount from which on data roaming is held. There is one a period, whatever it is changed to meanwhile.
    RoamingCap(Amount),
}

impl Threshold {
    /// Whether both are one limit of a subject's period.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::RoamingCap(_), Self::RoamingCap(_)) => true,
            _ => self == other,
        }
    }

    /// What it is counted by: all shares of an allowance by one.
    pub fn meter(&self) -> String {
        match self {
            Self::Allowance { plan, allowance, .. } => format!("{plan}:{allowance}"),
            Self::Amount(_) => "amount".to_owned(),
            Self::RoamingCap(_) => "roaming".to_owned(),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowance { plan, allowance, percent } => {
                write!(f, "allowance:{plan}:{allowance}:{:03}", u8::from(*percent))
            }
            Self::Amount(amount) => write!(f, "amount:{:016}", amount.minor()),
            Self::RoamingCap(_) => f.write_str("roaming-cap"),
        }
    }
}

/// A limit that a subject has reached in a period, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Whose usage.
    pub subject: Subject,
    /// The period.
    pub period: Days,
    /// Which limit.
    pub threshold: Threshold,
    /// What was used by then: units of the allowance, or minor units.
    pub used: u64,
    /// Of how much: the allowance's units in the period, or the limit.
    pub of: u64,
    /// What the period costs the subject by what is known, tax not included.
    pub estimate: Money,
    /// When it was seen.
    pub at: DateTime<Utc>,
}

/// That data roaming of a line is not held any more in a period: its customer has agreed, or has it no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The line.
    pub line: Msisdn,
    /// The period.
    pub period: Days,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the line has left the contract; nobody has agreed then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_left: bool,
}

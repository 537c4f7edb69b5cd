//! Events of the bill shock guard.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Event;
use crate::domain::billing::cycle::Days;
use crate::domain::ids::{AllowanceId, ContractId, CustomerCode, PlanId};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;

/// Lines, or contracts as a whole, are to be looked at; usage-ingest tells usage-guard, and usage-guard itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageLookWanted {
    /// When it was asked for, after the usage that it is about was written; or the hour in whose list they are.
    pub at: DateTime<Utc>,
    /// Whether they are in the list of that hour.
    #[serde(default)]
    pub listed: bool,
    /// The lines.
    #[serde(default)]
    pub lines: Vec<Msisdn>,
    /// The contracts.
    #[serde(default)]
    pub contracts: Vec<ContractId>,
}

/// An hour has begun whose list of looks is to be walked; the scheduler sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageLooksDue {
    /// The scheduled time.
    pub at: DateTime<Utc>,
}

/// Usage of a line, or of all lines of a contract together, has reached a limit. Told once for each limit and period.
#[derive(Debug, Serialize)]
pub struct UsageThresholdReached<'a> {
    /// Whose contract it is.
    pub customer: &'a CustomerCode,
    /// The contract.
    pub contract: &'a ContractId,
    /// The line; none where it is all lines together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msisdn: Option<&'a Msisdn>,
    /// The billing period.
    pub period: Days,
    /// What was reached: `allowance`, a share of what a plan includes, or `amount`, of usage beyond all that is included.
    pub measure: &'static str,
    /// The plan, of an allowance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<&'a PlanId>,
    /// Which of its allowances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<&'a AllowanceId>,
    /// Which share of it, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// What is used: units of the allowance, or minor units, tax not included.
    pub used: u64,
    /// Of how much: all units of the allowance in the period, or the amount.
    pub of: u64,
    /// What the period costs so far: its fees, and the usage that is known; tax not included.
    pub estimate: Money,
    /// When it was seen.
    pub at: DateTime<Utc>,
}

/// Data roaming of a line has reached the amount from which on it is held until the customer agrees, or the period ends. The
/// network obeys it. Told once a period.
#[derive(Debug, Serialize)]
pub struct DataRoamingHeld<'a> {
    /// Whose line it is.
    pub customer: &'a CustomerCode,
    /// The contract.
    pub contract: &'a ContractId,
    /// The line.
    pub msisdn: &'a Msisdn,
    /// The billing period; it is held to its last day.
    pub period: Days,
    /// The amount.
    pub cap: Money,
    /// What data roaming costs by now, tax not included.
    pub used: Money,
    /// What the period costs so far, tax not included.
    pub estimate: Money,
    /// When it was seen.
    pub at: DateTime<Utc>,
}

/// Data roaming of a line is not held any more in a period. Told once a period.
#[derive(Debug, Serialize)]
pub struct DataRoamingReleased<'a> {
    /// Whose line it is.
    pub customer: &'a CustomerCode,
    /// The contract.
    pub contract: &'a ContractId,
    /// The line.
    pub msisdn: &'a Msisdn,
    /// The billing period.
    pub period: Days,
    /// Why: `agreed`, by the customer, or `left`, because the contract has the line no more.
    pub reason: &'static str,
    /// When.
    pub at: DateTime<Utc>,
}

impl Event for UsageLookWanted {
    const NAME: &'static str = "UsageLookWanted";
}

impl Event for UsageLooksDue {
    const NAME: &'static str = "UsageLooksDue";
}

impl Event for UsageThresholdReached<'_> {
    const NAME: &'static str = "UsageThresholdReached";
}

impl Event for DataRoamingHeld<'_> {
    const NAME: &'static str = "DataRoamingHeld";
}

impl Event for DataRoamingReleased<'_> {
    const NAME: &'static str = "DataRoamingReleased";
}

//! Profiles: lines of an account that share the same services.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AccountId, ContractId, CustomerCode, ProfileId};
use crate::domain::msisdn::Msisdn;
use crate::domain::owned::Owned;
use crate::error::Error;

/// The refusal of a profile that does not fit into one answer with all its lines and services.
pub const TOO_LARGE: Error =
    Error::refused("the profile is too large for one answer, ask for its lines and its services");

/// State of a profile, line or service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProvisioningState {
    /// Active.
    #[serde(rename = "P")]
    Active,
    /// Requested; active once the purchase is completed.
    #[serde(rename = "I")]
    InProcess,
    /// To be removed when the purchase is completed.
    #[serde(rename = "D")]
    ToBeRemoved,
}

/// A profile of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Unique in the company.
    pub id: ProfileId,
    /// Whose it is.
    pub customer: CustomerCode,
    /// The account it belongs to.
    pub account: AccountId,
    /// The contract that pays for its services.
    pub contract: ContractId,
    /// The company's document number.
    pub document_number: String,
    /// Its name.
    pub name: String,
    /// A description.
    pub description: String,
    /// The account of the billing system.
    pub billing_account: String,
    /// The billing account of its account.
    pub parent_billing_account: String,
    /// The main line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msisdn: Option<Msisdn>,
    /// The main line of its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_msisdn: Option<Msisdn>,
    /// SIM identity of the main line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imsi: Option<String>,
    /// The day of the month on which the bill cycle starts; 29 to 31 mean the last day.
    pub cycle: u32,
    /// Its state.
    pub status: ProvisioningState,
}

impl Owned for Profile {
    fn customer(&self) -> &CustomerCode {
        &self.customer
    }
}

/// A line of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Unique in the company.
    pub id: String,
    /// The number.
    pub msisdn: Msisdn,
    /// The line in the billing system.
    pub poid: String,
    /// What kind of line.
    pub kind: String,
    /// Its state.
    pub status: ProvisioningState,
}

//! Corporate accounts: what a company is billed under, with its contracts.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::identity::Identity;
use crate::domain::ids::{AccountId, ContractId, CustomerCode, ProfileId};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::owned::Owned;
use crate::domain::profile::Profile;

/// An account of a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Unique in the company.
    pub id: AccountId,
    /// Whose it is.
    pub customer: CustomerCode,
    /// The document it is found by.
    pub document: Identity,
    /// Its name.
    pub name: String,
    /// The account of the billing system.
    pub billing_account: String,
    /// The sales consultant in charge.
    pub consultant: String,
    /// Who advised the last completed purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultant_id: Option<u64>,
    /// Whom to talk to.
    pub contact: String,
    /// That person's phone number, as registered.
    pub phone: String,
    /// Where to write to.
    pub email: String,
    /// The main line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msisdn: Option<Msisdn>,
    /// SIM identity of the main line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imsi: Option<String>,
    /// The day of the month on which the bill cycle starts; 29 to 31 mean the last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<u32>,
    /// The account above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Its contracts.
    #[serde(default)]
    pub contracts: Vec<Contract>,
}

impl Owned for Account {
    fn customer(&self) -> &CustomerCode {
        &self.customer
    }
}

impl Account {
    /// Whether a profile is the account's: it says so itself, and has the same customer. A list of profiles may hold copies
    /// of those that have moved.
    pub fn has(&self, profile: &Profile) -> bool {
        profile.account == self.id && profile.customer == self.customer
    }
}

/// The account above another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Which.
    pub id: AccountId,
    /// Its name.
    pub name: String,
}

/// A contract of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Which.
    pub id: ContractId,
    /// First day.
    pub start: NaiveDate,
    /// Last day; without end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<NaiveDate>,
    /// The benefit that is left.
    pub available_benefit: Money,
    /// The consumption bracket agreed.
    pub rank: Rank,
}

/// A consumption bracket and the benefit granted for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// Which bracket.
    pub id: String,
    /// Its lower bound.
    pub minimum: Money,
    /// Its upper bound.
    pub maximum: Money,
    /// The benefit granted.
    pub registered_benefit: Money,
}

/// A completed purchase: what became of the service changes of an account's profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Who advised it, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultant_id: Option<u64>,
    /// The profiles that changed.
    pub profiles: Vec<ProfilePurchase>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A profile's part in a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfilePurchase {
    /// Which profile.
    pub profile: ProfileId,
    /// Services that became active.
    pub activated: usize,
    /// Services that disappeared.
    pub removed: usize,
}

impl Purchase {
    /// How many services it has changed in all.
    pub fn services(&self) -> usize {
        self.profiles.iter().map(|part| part.activated + part.removed).sum()
    }
}

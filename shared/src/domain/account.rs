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
    /// The identity document it is found by.
    pub document: Identity,
    /// Its name.
    pub name: String,
    /// The account of the billing system.
    pub billing_account: String,
    /// The sales consultant in charge.
    pub consultant: String,
    /// The consultant who advised the last completed purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultant_id: Option<u64>,
    /// The contact person.
    pub contact: String,
    /// The contact's phone number, as registered.
    pub phone: String,
    /// The contact's e-mail address.
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
    /// The parent account.
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
    /// Whether a profile belongs to the account: it names the account and has the same customer. The account's list may
    /// hold copies of profiles that have moved.
    pub fn has(&self, profile: &Profile) -> bool {
        profile.account == self.id && profile.customer == self.customer
    }
}

/// A parent account.
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
    /// Last day; open-ended when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<NaiveDate>,
    /// The remaining benefit.
    pub available_benefit: Money,
    /// The agreed consumption bracket.
    pub rank: Rank,
}

/// A consumption bracket and the benefit granted for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// Which bracket.
    pub id: String,
    /// Its lower bound, inclusive.
    pub minimum: Money,
    /// Its upper bound.
    pub maximum: Money,
    /// The benefit granted.
    pub registered_benefit: Money,
}

/// A completed purchase: the service changes carried out in an account's profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The consultant, as given.
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
    /// Services activated.
    pub activated: usize,
    /// Services removed.
    pub removed: usize,
}

impl Purchase {
    /// Number of services changed.
    pub fn services(&self) -> usize {
        self.profiles.iter().map(|part| part.activated + part.removed).sum()
    }
}

//! A customer, its identities and its billing groups.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::bill::Bill;
use crate::domain::catalogue::Plan;
use crate::domain::identity::Identity;
use crate::domain::ids::{CustomerCode, GroupId};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::owned::Owned;

/// A party that pays: a person or a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The company's own code for it.
    pub code: CustomerCode,
    /// Every number it is known by besides its code: documents, contracts, MSISDNs.
    #[serde(default)]
    pub identities: BTreeSet<Identity>,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
}

impl Owned for Customer {
    fn customer(&self) -> &CustomerCode {
        &self.code
    }
}

impl Customer {
    /// Whether it has the identity.
    pub fn is_known_by(&self, identity: &Identity) -> bool {
        self.identities.iter().any(|own| own == identity)
    }
}

/// Most billing groups of a customer: every list of its bills reads them all.
pub const MOST_GROUPS: usize = 200;

/// Bills sent together to one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingGroup {
    /// Its id, unique for the customer.
    pub id: GroupId,
    /// The billing address.
    pub address: String,
    /// The day it was created; older bills with its id belong to an earlier group of that id. None for an imported
    /// group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
}

impl BillingGroup {
    /// How many of the customer's bills with this id, newest first, are this group's: up to the first that is not.
    pub fn own(&self, bills: &[Bill]) -> usize {
        bills.iter().position(|bill| !self.has(bill)).unwrap_or(bills.len())
    }

    /// Whether a bill with this id is this group's own.
    pub fn has(&self, bill: &Bill) -> bool {
        bill.group.as_ref() == Some(&self.id) && self.since.is_none_or(|since| since <= bill.date)
    }
}

/// A line in a customer's list of products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The customer.
    pub customer: CustomerCode,
    /// The contract's number.
    pub contract: u64,
    /// The line.
    pub msisdn: Msisdn,
    /// The customer's name on the contract.
    pub name: String,
    /// The contract's address.
    pub address: String,
    /// The plan's number.
    pub plan: u64,
    /// The plan in words.
    pub plan_description: String,
    /// The plan's monthly amount.
    pub plan_value: Money,
}

impl Product {
    /// The same line with another plan, as the catalogue has it. The list knows plans by numbers; one without is not shown.
    pub fn show(&mut self, plan: &Plan) {
        if let Ok(number) = plan.id.as_str().parse() {
            self.plan = number;
            (self.plan_description, self.plan_value) = (plan.name.clone(), plan.monthly);
        }
    }
}

//! A page of a bill run: its contracts, the numbers meant for them, and what became of each.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::billing::document::DocumentKind;
use crate::domain::billing::series::Given;
use crate::domain::billing::tax::TaxTotal;
use crate::domain::ids::{ContractId, CustomerCode};

/// Which page of a run: its list's place in the run, and its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PageId {
    /// The list.
    pub list: u16,
    /// The page.
    pub page: u32,
}

/// A page of a run that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The run's day.
    pub day: NaiveDate,
    /// Whether the run only computes.
    #[serde(default)]
    pub dry: bool,
    /// Its contracts.
    pub contracts: Vec<Listed>,
    /// When its first numbers were given out: the time of issue of its bills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// How many numbers it took from a series; those that another page had returned are not counted.
    #[serde(default)]
    pub taken: u64,
}

/// A contract of a page, with the numbers that are meant for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The contract.
    #[serde(rename = "c")]
    pub contract: ContractId,
    /// Its customer.
    #[serde(rename = "u")]
    pub customer: CustomerCode,
    /// The numbers.
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Given>,
}

/// A page of a run that is done: what became of its contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DonePage {
    /// Each contract.
    pub contracts: Vec<Ended>,
    /// Numbers that were meant for it and not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Given>,
    /// Numbers that were meant for it and are on bills that no run has issued for its contracts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Given>,
    /// How many numbers it took from a series.
    #[serde(default)]
    pub taken: u64,
    /// What the invocation that finished it had read by then, in tenths of a unit of the table.
    pub read: u64,
    /// The same of writing.
    pub write: u64,
}

impl DonePage {
    /// The page behind the last one of a list: nobody can make another one at its place.
    pub const fn end() -> Self {
        Self { contracts: Vec::new(), returned: Vec::new(), elsewhere: Vec::new(), taken: 0, read: 0, write: 0 }
    }
}

/// What became of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The contract.
    #[serde(rename = "c")]
    pub contract: ContractId,
    /// What.
    #[serde(rename = "r")]
    pub became: Became,
}

/// What became of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It has bills.
    Billed(Vec<Billed>),
    /// It has none.
    Skipped(Why),
    /// It waits for a person; the bills that it has all the same, and the reason.
    Parked {
        /// What kind of reason.
        kind: String,
        /// The reason.
        why: String,
        /// Bills of older periods that were due as well.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        billed: Vec<Billed>,
    },
}

impl Became {
    /// Whether one of its bills has a number.
    pub fn has(&self, number: &Given) -> bool {
        let (Self::Billed(bills) | Self::Parked { billed: bills, .. }) = self else { return false };
        bills.iter().any(|bill| bill.number.as_ref().is_some_and(|given| given.number == number.number))
    }
}

/// A document as a run reports it. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// Its number; none in a dry run.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Given>,
    /// What kind it is.
    #[serde(rename = "k")]
    pub kind: DocumentKind,
    /// Without tax.
    #[serde(rename = "a")]
    pub net: i64,
    /// With it.
    #[serde(rename = "t")]
    pub total: i64,
    /// Its taxes.
    #[serde(rename = "x")]
    pub taxes: Vec<TaxTotal>,
}

/// Why a contract has no bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No period of it has ended that is not billed.
    NotDue,
    /// Its periods are closed, and no line is other than zero.
    Nothing,
    /// It has ended, and what is left is too small to be sent.
    TooSmall,
    /// Another run was at it while this one was; what is due is left to the next.
    Overtaken,
    /// There is no such contract.
    Gone,
}

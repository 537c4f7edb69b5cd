//! Events of bills and bill runs.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::Event;
use crate::domain::billing::page::PageId;
use crate::domain::ids::{BillNumber, ContractId, CustomerCode, RunId, StreamId};
use crate::domain::money::Money;

/// The night of a day's bill run has come; the scheduler sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillRunDue {
    /// The scheduled time. Its day in the country is the run's.
    pub at: DateTime<Utc>,
}

/// By now the bill run of the day should be closed; the scheduler sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillRunExpected {
    /// The scheduled time. Its day in the country is the run's.
    pub at: DateTime<Utc>,
}

/// An operator wants a bill run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillRunOrdered {
    /// What it is to be called.
    pub run: RunId,
    /// Its day.
    pub day: NaiveDate,
    /// Whether it only computes.
    #[serde(default)]
    pub dry: bool,
    /// Whom it bills.
    pub whom: Whom,
}

/// Whom a run by hand bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whom {
    /// The contracts whose cycle day it is.
    All,
    /// Those that are parked.
    Parked,
    /// These.
    These(Vec<ContractId>),
}

/// A page of a bill run is to be billed; bill-run tells bill-generate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillPageListed {
    /// The run.
    pub run: RunId,
    /// The page.
    pub page: PageId,
}

/// No page of a run is open any more; bill-generate tells bill-run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillPagesDone {
    /// The run.
    pub run: RunId,
}

/// A bill was issued.
#[derive(Debug, Serialize)]
pub struct BillGenerated<'a> {
    /// Its number.
    pub number: &'a BillNumber,
    /// Whose it is.
    pub customer: &'a CustomerCode,
    /// The contract.
    pub contract: &'a ContractId,
    /// The run.
    pub run: &'a RunId,
    /// What is to be paid, tax included; below zero for a credit note.
    pub total: Money,
    /// The day it was issued.
    pub date: NaiveDate,
    /// The day it is due.
    pub due: NaiveDate,
}

/// The document of a bill is wanted before anybody asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillDocumentWanted {
    /// The bill.
    pub number: BillNumber,
}

impl Event for BillDocumentWanted {
    const NAME: &'static str = "BillDocumentWanted";
}

/// A contract cannot be billed until a person has looked at it.
#[derive(Debug, Serialize)]
pub struct ContractParked<'a> {
    /// The contract.
    pub contract: &'a ContractId,
    /// Whose it is.
    pub customer: &'a CustomerCode,
    /// The run that found it.
    pub run: &'a RunId,
    /// What kind of reason. The reason itself may name a line, and stays in the table.
    pub kind: &'a str,
}

/// A bill run is closed: it is known what became of every contract.
#[derive(Debug, Serialize)]
pub struct BillRunClosed<'a> {
    /// The run.
    pub run: &'a RunId,
    /// Its day.
    pub day: NaiveDate,
    /// Its contracts: the sum of the next three.
    pub contracts: u64,
    /// Those with bills.
    pub billed: u64,
    /// Those without.
    pub skipped: u64,
    /// Those that wait for a person.
    pub parked: u64,
    /// Streams of usage files that have come in on one of the days before and not since.
    pub silent: &'a BTreeSet<StreamId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Event for BillRunDue {
    const NAME: &'static str = "BillRunDue";
}

impl Event for BillRunExpected {
    const NAME: &'static str = "BillRunExpected";
}

impl Event for BillRunOrdered {
    const NAME: &'static str = "BillRunOrdered";
}

impl Event for BillPageListed {
    const NAME: &'static str = "BillPageListed";
}

impl Event for BillPagesDone {
    const NAME: &'static str = "BillPagesDone";
}

impl Event for BillGenerated<'_> {
    const NAME: &'static str = "BillGenerated";
}

impl Event for ContractParked<'_> {
    const NAME: &'static str = "ContractParked";
}

impl Event for BillRunClosed<'_> {
    const NAME: &'static str = "BillRunClosed";
}

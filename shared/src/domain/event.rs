//! Domain events: each with its name, the version of its payload, and the payload.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::account::ProfilePurchase;
use crate::domain::billing::page::PageId;
use crate::domain::ids::{
    AccountId, BillNumber, CallId, ContractId, CustomerCode, Extension, FileName, PaymentId, PlanId, RunId, StreamId,
};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::overtaken::Overtaken;
use crate::domain::payment::Payment;
use crate::domain::payment_file::name::FileId;
use crate::domain::payment_file::progress::Reconciliation;

/// An event's payload. A field may be added within a version; any other change needs a new version.
pub trait Event: Serialize {
    /// The event's name: its `detail-type` on the bus.
    const NAME: &'static str;
    /// The version of the payload.
    const VERSION: u32 = 1;
}

/// A line was blocked or unblocked.
#[derive(Debug, Serialize)]
pub struct SubscriberStatusChanged<'a> {
    /// The line.
    pub msisdn: &'a Msisdn,
    /// Its customer.
    pub customer: &'a CustomerCode,
    /// The new state, in the document's words.
    pub code: &'static str,
    /// The asset the state applies to.
    pub asset: &'static str,
    /// The reason given.
    pub reason: Option<&'a str>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The service changes of an account's profiles were carried out.
#[derive(Debug, Serialize)]
pub struct PurchaseCompleted<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// Its customer.
    pub customer: &'a CustomerCode,
    /// The consultant, as given.
    pub consultant: Option<u64>,
    /// The changes, by profile.
    pub profiles: &'a [ProfilePurchase],
    /// When.
    pub at: DateTime<Utc>,
}

/// A recording was erased.
#[derive(Debug, Serialize)]
pub struct RecordingErased<'a> {
    /// The recorded call.
    pub call: CallId,
    /// Its customer.
    pub customer: &'a CustomerCode,
    /// The extension that was recorded.
    pub extension: Extension,
    /// When.
    pub at: DateTime<Utc>,
}

/// A main plan with a higher monthly price was requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpgradeRequested(pub Requested);

/// An additional plan was requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionRequested(pub Requested);

/// A request for a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// The line.
    pub msisdn: Msisdn,
    /// The line's customer at the time of the request.
    pub customer: CustomerCode,
    /// The plan.
    pub plan: PlanId,
    /// The line's revision after the request; with line and plan it identifies the request.
    pub revision: u64,
    /// When.
    pub at: DateTime<Utc>,
}

/// An additional plan became active.
#[derive(Debug, Serialize)]
pub struct SubscriptionActivated<'a> {
    /// The line.
    pub msisdn: &'a Msisdn,
    /// Its customer.
    pub customer: &'a CustomerCode,
    /// The contract that pays.
    pub contract: &'a ContractId,
    /// The plan.
    pub plan: &'a PlanId,
    /// Its first day, in the country's zone.
    pub since: NaiveDate,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
}

/// A day has begun in the country; the scheduler sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayBegan {
    /// The scheduled time.
    pub at: DateTime<Utc>,
}

/// A line has another main plan, as it has asked for.
#[derive(Debug, Serialize)]
pub struct PlanUpgraded<'a> {
    /// The line.
    pub msisdn: &'a Msisdn,
    /// Its customer.
    pub customer: &'a CustomerCode,
    /// The contract that pays.
    pub contract: &'a ContractId,
    /// The plan.
    pub plan: &'a PlanId,
    /// Its first day, in the country's zone.
    pub since: NaiveDate,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
}

/// An upgrade was closed before its first day.
#[derive(Debug, Serialize)]
pub struct UpgradeClosed<'a> {
    /// The line.
    pub msisdn: &'a Msisdn,
    /// Its customer at the time of the request.
    pub customer: &'a CustomerCode,
    /// Its contract then.
    pub contract: &'a ContractId,
    /// The plan that does not come.
    pub plan: &'a PlanId,
    /// Why.
    pub reason: Overtaken,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
    /// When it was closed.
    pub at: DateTime<Utc>,
}

/// A version of a usage file was taken in completely.
#[derive(Debug, Serialize)]
pub struct UsageFileIngested<'a> {
    /// The stream of files.
    pub stream: &'a StreamId,
    /// The file.
    pub name: &'a FileName,
    /// Its version.
    pub sequence: u32,
    /// Records of the file: the sum of the next four.
    pub read: u64,
    /// New ones.
    pub accepted: u64,
    /// Those told by another file, or before in this one.
    pub duplicate: u64,
    /// Those told by an older version.
    pub replaced: u64,
    /// Lines that are no records.
    pub rejected: u64,
    /// Records of older versions that this one does not tell.
    pub removed: u64,
    /// When.
    pub at: DateTime<Utc>,
}

/// A payment file was taken in completely.
#[derive(Debug, Serialize)]
pub struct PaymentFileIngested<'a> {
    /// The file.
    #[serde(flatten)]
    pub file: &'a FileId,
    /// What became of its rows.
    #[serde(flatten)]
    pub rows: Reconciliation,
    /// When.
    pub at: DateTime<Utc>,
}

/// The night of a day's bill run has come; the scheduler sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillRunDue {
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

/// Money has come in for a bill, or has gone back: whoever takes the money tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReceived(pub Payment);

/// A payment was applied to its bill.
#[derive(Debug, Serialize)]
pub struct BillPaid<'a> {
    /// The payment.
    pub payment: &'a PaymentId,
    /// The bill.
    pub number: &'a BillNumber,
    /// Whose it is.
    pub customer: &'a CustomerCode,
    /// The contract.
    pub contract: &'a ContractId,
    /// The payment's amount; below zero where money went back.
    pub amount: Money,
    /// What of it became the contract's credit, or was taken from it, in minor units.
    pub credited: i64,
    /// What is still to be paid of the bill.
    pub balance: Money,
    /// The day of the payment.
    pub day: NaiveDate,
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

impl Event for PaymentReceived {
    const NAME: &'static str = "PaymentReceived";
}

impl Event for BillPaid<'_> {
    const NAME: &'static str = "BillPaid";
}

impl Event for UsageFileIngested<'_> {
    const NAME: &'static str = "UsageFileIngested";
}

impl Event for PaymentFileIngested<'_> {
    const NAME: &'static str = "PaymentFileIngested";
}

impl Event for SubscriberStatusChanged<'_> {
    const NAME: &'static str = "SubscriberStatusChanged";
}

impl Event for PurchaseCompleted<'_> {
    const NAME: &'static str = "PurchaseCompleted";
}

impl Event for RecordingErased<'_> {
    const NAME: &'static str = "RecordingErased";
}

impl Event for UpgradeRequested {
    const NAME: &'static str = "UpgradeRequested";
}

impl Event for SubscriptionRequested {
    const NAME: &'static str = "SubscriptionRequested";
}

impl Event for DayBegan {
    const NAME: &'static str = "DayBegan";
}

impl Event for PlanUpgraded<'_> {
    const NAME: &'static str = "PlanUpgraded";
}

impl Event for UpgradeClosed<'_> {
    const NAME: &'static str = "UpgradeClosed";
}

impl Event for SubscriptionActivated<'_> {
    const NAME: &'static str = "SubscriptionActivated";
}

impl Event for BillRunDue {
    const NAME: &'static str = "BillRunDue";
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

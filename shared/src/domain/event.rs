//! Domain events: each with its name, the version of its payload, and the payload.

mod bills;
mod guard;
mod hooks;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::account::ProfilePurchase;
use crate::domain::ids::{
    AccountId, BillNumber, CallId, ContractId, CustomerCode, Extension, FileName, PaymentId, PlanId, StreamId,
};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::overtaken::Overtaken;
use crate::domain::payment::Payment;
use crate::domain::payment_file::name::FileId;
use crate::domain::payment_file::progress::Reconciliation;

pub use bills::{
    BillDocumentWanted, BillGenerated, BillPageListed, BillPagesDone, BillRunClosed, BillRunDue, BillRunExpected,
    BillRunOrdered, ContractParked, Whom,
};
pub use guard::{DataRoamingHeld, DataRoamingReleased, UsageLookWanted, UsageLooksDue, UsageThresholdReached};
pub use hooks::{HubDisabled, WebhookDue};

/// An event's payload. A field may be added within a version; any other change needs a new version. Each has its row in
/// the [`catalogue`](super::event_catalogue).
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

//! The billing document's names, misspellings included.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::auth::bill_link;
use shared::domain::bill::Bill;
use shared::domain::contract::{BillingProfile, Payment};
use shared::domain::customer::BillingGroup;
use shared::domain::identity::Identity;
use shared::error::Result;
use shared::http::{Amount, Reply, Request, Text};
use shared::table::CustomerGroups;

/// `Profile`
#[derive(Debug, Serialize)]
pub struct Profile<'a> {
    #[serde(rename = "ContractProfileType")]
    contract_profile_type: ContractProfile<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContractProfile<'a> {
    billing_address: &'a str,
    billing_cycle: String,
    city: &'a str,
    department: &'a str,
}

impl<'a> Profile<'a> {
    /// The bill cycle is the day of the month it starts on; a prepaid line has none.
    pub fn of(billing: &'a BillingProfile, payment: &Payment) -> Self {
        let billing_cycle = match payment {
            Payment::Postpaid { cycle_day } => cycle_day.to_string(),
            Payment::Prepaid { .. } => String::new(),
        };
        let BillingProfile { address, city, department } = billing;
        Self { contract_profile_type: ContractProfile { billing_address: address, billing_cycle, city, department } }
    }
}

/// `BillingGroupRequest`, received.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillingGroupRequest {
    /// Where the group's bills are sent.
    pub address: Option<Text>,
    /// The group's id.
    pub group_id: Option<Text>,
}

/// `BillingGroupRequest`, sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BillingGroupSent<'a> {
    address: &'a str,
    group_id: &'a str,
}

/// A billing group as answered.
pub fn group(group: &BillingGroup) -> Result<Reply> {
    Reply::ok(&BillingGroupSent { address: &group.address, group_id: group.id.as_str() })
}

/// `BillCollection`
#[derive(Debug, Serialize)]
pub struct BillCollection<'a> {
    /// In the order of the answer.
    pub invoice: Vec<Invoice<'a>>,
}

/// One bill.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_group: Option<Id<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<String>,
    bill_date: NaiveDate,
    bill_period: String,
    billing_address: &'a str,
    billing_name: &'a str,
    billplan: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cai: Option<&'a str>,
    subscriber: Id<'a>,
    contact_name: &'a str,
    contract: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dei: Option<&'a str>,
    expiration_date: NaiveDate,
    expiration_electronic_date: NaiveDate,
    invoice_amount: Amount,
    invoice_balace: Amount,
    invoice_description: Cow<'a, str>,
    invoice_number: &'a str,
    invoice_serial: &'a str,
    invoice_status: &'static str,
    invoice_type: &'static str,
    invoiced_service_count: u64,
    payment_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_date: Option<NaiveDate>,
    period_end_date: NaiveDate,
    period_start_date: NaiveDate,
    print_date: NaiveDate,
    phone: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Id<'a> {
    id: &'a str,
    id_type: &'a str,
}

impl<'a> Id<'a> {
    fn of(identity: &'a Identity) -> Self {
        Self { id: identity.written(), id_type: &identity.kind }
    }
}

impl<'a> Invoice<'a> {
    /// A bill. Its group is shown while the group exists.
    pub fn of(bill: &'a Bill, customer: &CustomerGroups, request: &Request) -> Result<Self> {
        let group = bill.group.as_ref().filter(|id| customer.group(id).is_some_and(|group| group.has(bill)));
        let balance = bill.balance().map_err(|invalid| shared::error::Error::internal(invalid.to_string()))?;
        let invoice_description = match &*bill.description {
            "" => Cow::Owned(format!("{} – {}", bill.period_start, bill.period_end)),
            own => Cow::Borrowed(own),
        };
        let attachment = if bill.has_document {
            let link = bill_link::link(request.principal(), &bill.number, request.now)?;
            Some(format!("{}/bill-documents/{link}", request.own_address()))
        } else {
            None
        };
        Ok(Self {
            attachment,
            billing_group: group.map(|id| Id { id: id.as_str(), id_type: "GROUP" }),
            bill_date: bill.date,
            bill_period: bill.period_start.format("%Y-%m").to_string(),
            billing_address: &bill.address,
            billing_name: &bill.name,
            billplan: &bill.plan,
            cai: bill.authorization.as_deref(),
            subscriber: Id::of(&bill.subscriber),
            contact_name: if bill.contact.is_empty() { &bill.name } else { &bill.contact },
            contract: bill.contract.as_str(),
            dei: bill.tax_id.as_deref(),
            expiration_date: bill.due,
            expiration_electronic_date: bill.due,
            invoice_amount: Amount(bill.amount),
            invoice_balace: Amount(balance),
            invoice_description,
            invoice_number: bill.number.as_str(),
            invoice_serial: &bill.serial,
            invoice_status: bill.state_on(request.today()).word(request.country),
            invoice_type: "MONTHLY",
            invoiced_service_count: bill.services,
            payment_amount: Amount(bill.paid),
            payment_date: bill.paid_on,
            period_end_date: bill.period_end,
            period_start_date: bill.period_start,
            print_date: bill.date,
            phone: &bill.phone,
        })
    }
}

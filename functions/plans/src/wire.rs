//! The mobile document's names, misspellings included.

use serde::{Deserialize, Serialize};
use shared::domain::catalogue::{self, AcquisitionMethod};
use shared::domain::country::Country;
use shared::domain::favourite::Favourite;
use shared::domain::lease::Lease;
use shared::domain::msisdn::Msisdn;
use shared::error::{Error, Result};
use shared::http::{Amount, DecimalText, Reply, Text};

/// `successBody`
#[derive(Debug, Serialize)]
pub struct Success {
    /// The document's response code, as text.
    pub response: String,
    /// A message for people.
    pub message: String,
}

/// A response whose body repeats its status.
pub fn success(status: u16, message: &str) -> Result<Reply> {
    Reply::with(status, &Success { response: status.to_string(), message: message.to_owned() })
}

/// `FavoriteNumber`, received.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FavoriteNumberSent {
    /// The number, in any form.
    pub phone_number: Text,
    /// The last day it is valid.
    pub expiration_date: Option<Text>,
    /// The user's label for it.
    pub label: Option<Text>,
    /// The plan it is added under.
    pub plan_code: Option<Text>,
}

/// `FavoriteNumber`, sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FavoriteNumber<'a> {
    phone_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_code: Option<&'a str>,
}

impl<'a> FavoriteNumber<'a> {
    /// The number in local form, like the document's example.
    pub fn of(number: &'a Msisdn, known: &'a Favourite, country: &Country) -> Self {
        Self {
            phone_number: number.local(country),
            expiration_date: known.expires.map(|date| date.to_string()),
            label: known.label.as_deref(),
            plan_code: known.plan_code.as_deref(),
        }
    }
}

/// `Offer`
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Offer<'a> {
    offer_id: &'a str,
    offer_name: &'a str,
    description: &'a str,
    validity: String,
    validity_unit: &'static str,
    category_name: &'a str,
    sub_category_name: &'a str,
    rank: u32,
    #[serde(rename = "amount")]
    amount: Amount,
    #[serde(rename = "currencyId")]
    currency_id: &'static str,
    acquisition_method_list: [Method; 1],
}

/// `AcquisitionMethod`
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Method {
    acquisition_method_id: u32,
    acquisition_method_name: &'static str,
}

impl<'a> Offer<'a> {
    /// An offer as sold to a line with this payment method.
    pub fn of(offer: &'a catalogue::Offer, method: AcquisitionMethod) -> Self {
        Self {
            offer_id: offer.id.as_str(),
            offer_name: &offer.name,
            description: &offer.description,
            validity: offer.validity.to_string(),
            validity_unit: offer.validity_unit.as_str(),
            category_name: &offer.category,
            sub_category_name: &offer.sub_category,
            rank: offer.rank,
            amount: Amount(offer.price),
            currency_id: offer.price.currency.code,
            acquisition_method_list: [Method {
                acquisition_method_id: method.id(),
                acquisition_method_name: method.name(),
            }],
        }
    }
}

/// `Plan`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan<'a> {
    plan_id: &'a str,
    plan_name: &'a str,
    monthly_amount: Amount,
    #[serde(rename = "planDataInMB")]
    plan_data_in_mb: u64,
    currency_id: &'static str,
    status: catalogue::PlanStatus,
    #[serde(rename = "CategoryName")]
    category_name: &'a str,
    #[serde(rename = "Rank")]
    rank: u32,
    product_offering_list: Vec<ProductOffering<'a>>,
}

/// `ProductOffering`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductOffering<'a> {
    offering_category: catalogue::OfferingCategory,
    offering_id: &'a str,
    offering_detail_list: Vec<NameValuePair<'a>>,
}

/// `NameValuePair`
#[derive(Debug, Serialize)]
struct NameValuePair<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> From<&'a catalogue::Plan> for Plan<'a> {
    fn from(plan: &'a catalogue::Plan) -> Self {
        let offering = |offering: &'a catalogue::Offering| ProductOffering {
            offering_category: offering.category,
            offering_id: &offering.id,
            offering_detail_list: offering.details.iter().map(|(name, value)| NameValuePair { name, value }).collect(),
        };
        Self {
            plan_id: plan.id.as_str(),
            plan_name: &plan.name,
            monthly_amount: Amount(plan.monthly),
            plan_data_in_mb: plan.data_mb,
            currency_id: plan.monthly.currency.code,
            status: plan.status,
            category_name: &plan.category,
            rank: plan.rank,
            product_offering_list: plan.offerings.iter().map(offering).collect(),
        }
    }
}

/// `PhoneLeaseInfo`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneLease<'a> {
    clause_id: &'a str,
    last_billing_date: String,
    next_renewal_date: String,
    type_clause_id: &'a str,
    imei: &'a str,
    gama: &'a str,
    brand: &'a str,
    model: &'a str,
    insurance: &'static str,
    status: &'static str,
}

impl<'a> From<&'a Lease> for PhoneLease<'a> {
    fn from(lease: &'a Lease) -> Self {
        Self {
            clause_id: &lease.clause,
            last_billing_date: lease.last_billing.to_string(),
            next_renewal_date: lease.next_renewal.to_string(),
            type_clause_id: &lease.clause_type,
            imei: &lease.imei,
            gama: &lease.range,
            brand: &lease.brand,
            model: &lease.model,
            insurance: if lease.insured { "Yes" } else { "No" },
            status: if lease.active { "ACTIVE" } else { "ENDED" },
        }
    }
}

/// `PlanUpgrate`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanUpgrate {
    /// The requested plan.
    pub plan_id: Text,
    /// Ignored: the catalogue's name counts.
    #[expect(dead_code, reason = "read only to check its form")]
    plan_name: Option<Text>,
    /// Ignored: the catalogue's category counts.
    #[expect(dead_code, reason = "read only to check its form")]
    category_name: Option<Text>,
    /// The name of the person who asks.
    pub name: Option<Text>,
    /// Their e-mail address.
    pub email: Option<Text>,
    /// The price shown to the customer.
    pub monthly_amount: Option<DecimalText>,
    /// The price's currency.
    pub currency_id: Option<Text>,
    /// The application that sends the request.
    pub from_plan: Option<Text>,
}

/// `PlanAdditional`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanAdditional {
    /// The application that sends the request.
    pub from_plan: Option<Text>,
    /// The requested plan, when there is no list.
    plan_id: Text,
    /// Required by the document, ignored: the catalogue's name counts.
    #[expect(dead_code, reason = "read only to insist on it")]
    plan_name: Text,
    /// Required by the document, ignored: the catalogue's category counts.
    #[expect(dead_code, reason = "read only to insist on it")]
    category_name: Text,
    /// The name of the person who asks.
    pub name: Text,
    /// Their e-mail address.
    pub email: Option<Text>,
    /// The requested plans.
    #[serde(rename = "AdditionalSubscriptionsList")]
    additional_subscriptions_list: Option<Vec<AdditionalSubscription>>,
}

/// `AdditionalSubscriptions`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AdditionalSubscription {
    plan_id: Text,
    #[expect(dead_code, reason = "read only to insist on it")]
    plan_name: Text,
    #[expect(dead_code, reason = "read only to check its form")]
    category_name: Option<Text>,
    #[expect(dead_code, reason = "read only to check its form")]
    monthly_amount: Option<DecimalText>,
    #[expect(dead_code, reason = "read only to check its form")]
    currency_id: Option<Text>,
    #[expect(dead_code, reason = "read only to check its form")]
    email: Option<Text>,
}

impl PlanAdditional {
    /// The plans in the list, or the body's own plan if there is no list.
    pub fn plan_ids(&self, most: usize) -> Result<Vec<&Text>> {
        match &self.additional_subscriptions_list {
            None => Ok(vec![&self.plan_id]),
            Some(list) if (1..=most).contains(&list.len()) => Ok(list.iter().map(|entry| &entry.plan_id).collect()),
            Some(_) => Err(Error::invalid("AdditionalSubscriptionsList", format!("must have 1 to {most} entries"))),
        }
    }
}

//! What the company sells: plans, offers and services, and who may have which.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::billing::dated::{Dated, Timeline};
use crate::domain::contract::{Payment, PaymentKind};
use crate::domain::ids::{OfferId, PlanId};
use crate::domain::money::Money;
use crate::domain::period::{add_months, cycle_start_after};
use crate::error::Invalid;

/// Favourite slots of a plan that does not state any.
pub const DEFAULT_FAVOURITE_SLOTS: u32 = 5;

/// The kind of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanKind {
    /// A main plan, open to any eligible line.
    Standard,
    /// A newly launched main plan.
    New,
    /// A retention plan: a main plan for a customer who wants to leave.
    Retention,
    /// An additional plan, on top of a main plan.
    Additional,
}

/// Whether a plan is on sale. Subscribers of a retired plan keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PlanStatus {
    /// On sale.
    Active,
    /// No longer sold.
    Retired,
}

/// The document's categories of what a plan contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfferingCategory {
    /// Minutes.
    Voice,
    /// Megabytes.
    Data,
    /// Text messages.
    Sms,
    /// A bundle of these.
    Bundle,
    /// Anything else.
    Other,
}

/// A component of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offering {
    /// Its category.
    pub category: OfferingCategory,
    /// Its identifier in the catalogue.
    pub id: String,
    /// Names and values for display, in order.
    pub details: Vec<(String, String)>,
}

/// A monthly plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Unique in the catalogue.
    pub id: PlanId,
    /// Short name.
    pub name: String,
    /// The category it is shown under.
    pub category: String,
    /// Its kind.
    pub kind: PlanKind,
    /// On sale or not.
    pub status: PlanStatus,
    /// The kinds of line it is open to.
    pub open_to: BTreeSet<PaymentKind>,
    /// The monthly base amount, tax not included, on the day that the catalogue is read for.
    pub monthly: Money,
    /// What the rate sheets say it costs, by day: on these days, `monthly` is that.
    #[serde(default, skip_serializing_if = "Timeline::is_empty")]
    pub prices: Timeline<PriceFrom>,
    /// Megabytes included each month.
    pub data_mb: u64,
    /// Favourite slots; [`DEFAULT_FAVOURITE_SLOTS`] when the plan states none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourite_slots: Option<u32>,
    /// Display order, lowest first.
    pub rank: u32,
    /// Its components.
    #[serde(default)]
    pub offerings: Vec<Offering>,
}

impl Plan {
    /// The number of favourite slots.
    pub fn slots(&self) -> u32 {
        self.favourite_slots.unwrap_or(DEFAULT_FAVOURITE_SLOTS)
    }

    /// Checks a price that the caller states: it must equal the plan's, because it is what the customer agreed to.
    ///
    /// # Errors
    /// What differs.
    pub fn costs(&self, amount: Option<&str>, currency: Option<&str>) -> Result<(), WrongPrice> {
        let own = self.monthly.currency;
        if currency.is_some_and(|code| code != own.code) {
            return Err(WrongPrice::Currency);
        }
        match amount.map(|amount| Money::parse(amount, own)) {
            None => Ok(()),
            Some(Ok(amount)) if amount == self.monthly => Ok(()),
            Some(_) => Err(WrongPrice::Amount),
        }
    }

    /// Whether it is a main plan.
    pub fn is_main(&self) -> bool {
        self.kind != PlanKind::Additional
    }
}

/// What a plan costs from a day on, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceFrom {
    /// The first day.
    pub from: NaiveDate,
    /// The monthly base amount, tax not included.
    pub monthly: Money,
}

impl Dated for PriceFrom {
    fn begins(&self) -> NaiveDate {
        self.from
    }
}

/// What differs between a stated price and the plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongPrice {
    /// The currency.
    Currency,
    /// The monthly amount.
    Amount,
}

/// The document's filter of available plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanType {
    /// With a higher monthly price than the current one.
    Upgrades,
    /// With a lower monthly price than the current one.
    Downgrades,
    /// Retention plans.
    Retention,
    /// Additional plans.
    Additional,
    /// Newly launched plans.
    New,
}

impl std::str::FromStr for PlanType {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.to_ascii_lowercase().as_str() {
            "upgrades" => Ok(Self::Upgrades),
            "downgrades" => Ok(Self::Downgrades),
            "retention" => Ok(Self::Retention),
            "additional" => Ok(Self::Additional),
            "new" => Ok(Self::New),
            _ => Err(Invalid::new("must be one of upgrades, downgrades, retention, additional, new")),
        }
    }
}

/// The unit of an offer's validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValidityUnit {
    /// Clock hours.
    Hour,
    /// Days of 24 hours.
    Day,
    /// Seven days.
    Week,
    /// Calendar months in the country's zone.
    Month,
    /// A volume, usable until the bill cycle ends.
    Megabytes,
    /// A volume, usable until the bill cycle ends.
    Gigabytes,
    /// Places for favourite numbers, usable until the bill cycle ends.
    Slots,
}

impl ValidityUnit {
    /// The document's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "Hour",
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
            Self::Megabytes => "Megabytes",
            Self::Gigabytes => "Gigabytes",
            Self::Slots => "Slots",
        }
    }
}

/// How an offer is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AcquisitionMethod {
    /// From the prepaid balance, at once.
    Prepaid,
    /// With the next bill.
    NextInvoice,
}

impl AcquisitionMethod {
    /// The document's number.
    pub const fn id(self) -> u32 {
        match self {
            Self::Prepaid => 1,
            Self::NextInvoice => 2,
        }
    }

    /// The document's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prepaid => "PREPAID",
            Self::NextInvoice => "NEXT_INVOICE",
        }
    }

    /// The payment method of this kind of line.
    pub const fn of(kind: PaymentKind) -> Self {
        match kind {
            PaymentKind::Prepaid => Self::Prepaid,
            PaymentKind::Postpaid => Self::NextInvoice,
        }
    }
}

/// A sales channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Channel(u8);

impl Channel {
    /// Self-care web and app: the default.
    pub const SELF_CARE: Self = Self(4);
}

impl TryFrom<u8> for Channel {
    type Error = Invalid;

    fn try_from(number: u8) -> Result<Self, Invalid> {
        if (1..=5).contains(&number) { Ok(Self(number)) } else { Err(Invalid::new("must be a channel from 1 to 5")) }
    }
}

impl From<Channel> for u8 {
    fn from(channel: Channel) -> Self {
        channel.0
    }
}

/// Something extra that a subscriber can buy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Unique in the catalogue.
    pub id: OfferId,
    /// Short name.
    pub name: String,
    /// Description for the buyer.
    pub description: String,
    /// Validity, in `validity_unit`s.
    pub validity: u32,
    /// The unit.
    pub validity_unit: ValidityUnit,
    /// Main category.
    pub category: String,
    /// Second category.
    pub sub_category: String,
    /// Display order, lowest first.
    pub rank: u32,
    /// The price, tax not included.
    pub price: Money,
    /// How it can be paid.
    pub methods: BTreeSet<AcquisitionMethod>,
    /// Channels it is sold in.
    pub channels: BTreeSet<Channel>,
    /// Start of sale.
    pub on_sale_from: DateTime<Utc>,
    /// End of sale, exclusive; open-ended when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_sale_until: Option<DateTime<Utc>>,
    /// The plans a line must have one of; any plan when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plans: Option<BTreeSet<PlanId>>,
    /// Whether it can be bought again while one is running.
    #[serde(default)]
    pub repeatable: bool,
}

impl Offer {
    /// When an acquisition made now ends. Volumes and slots end with the bill cycle (a prepaid line: after 30 days).
    pub fn ends_at(&self, payment: &Payment, now: DateTime<Utc>, zone: FixedOffset) -> DateTime<Utc> {
        let times = i64::from(self.validity);
        match self.validity_unit {
            ValidityUnit::Hour => now + Duration::hours(times),
            ValidityUnit::Day => now + Duration::days(times),
            ValidityUnit::Week => now + Duration::weeks(times),
            ValidityUnit::Month => {
                let local = now.with_timezone(&zone).naive_local();
                let date = add_months(local.date(), i32::try_from(self.validity).unwrap_or(i32::MAX));
                (date.and_time(local.time()) - zone_offset(zone)).and_utc()
            }
            ValidityUnit::Megabytes | ValidityUnit::Gigabytes | ValidityUnit::Slots => match payment {
                Payment::Postpaid { cycle_day } => cycle_start_after(now, *cycle_day, zone),
                Payment::Prepaid { .. } => now + Duration::days(30),
            },
        }
    }
}

fn zone_offset(zone: FixedOffset) -> Duration {
    Duration::seconds(i64::from(zone.local_minus_utc()))
}

/// The catalogue, retired and expired entries included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// All plans.
    pub plans: Vec<Plan>,
    /// All offers.
    pub offers: Vec<Offer>,
}

impl Catalogue {
    /// The catalogue with the prices of a day.
    #[must_use]
    pub fn on(mut self, day: NaiveDate) -> Self {
        for plan in &mut self.plans {
            plan.monthly = plan.prices.on(day).map_or(plan.monthly, |own| own.monthly);
        }
        self
    }

    /// A plan by its id, retired ones included.
    pub fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == *id)
    }

    /// An offer by its id, expired ones included.
    pub fn offer(&self, id: &OfferId) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.id == *id)
    }
}

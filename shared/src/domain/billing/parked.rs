//! Why a contract is not billed until somebody has looked at it. The run goes on without it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::key::Key;
use crate::domain::billing::tariff::NoPrice;
use crate::domain::ids::OfferId;
use crate::domain::money::{Currency, Money};
use crate::error::Invalid;

/// Why a contract is parked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Parked {
    /// Something is to be charged that has no price.
    #[error(transparent)]
    NoPrice(#[from] NoPrice),
    /// A period was closed with a version of the catalogue that is not here.
    #[error("version {0} of the catalogue is missing")]
    NoVersion(u32),
    /// Two charges have one name.
    #[error("{0} would be charged twice")]
    KeyTwice(Box<Key>),
    /// Two facts about one thing hold on one day.
    #[error("two facts about {0} hold on one day")]
    Overlap(String),
    /// An amount is in another currency than the contract.
    #[error("{what} is in {found}, the contract in {expected}", found = found.code, expected = expected.code)]
    Currency {
        /// What is.
        what: String,
        /// In which currency.
        found: Currency,
        /// Instead of which.
        expected: Currency,
    },
    /// Suspiciously many purchases of one kind.
    #[error("{count} of {offer} were bought on {day}")]
    TooManyPurchases {
        /// Of what.
        offer: OfferId,
        /// When.
        day: NaiveDate,
        /// How many.
        count: usize,
    },
    /// A credit note above the limit.
    #[error("a credit note of {amount} is above the limit of {limit}")]
    CreditNote {
        /// Its amount.
        amount: Money,
        /// The limit.
        limit: Money,
    },
    /// A bill far above those before it.
    #[error("{total} is more than ten times the average of the bills before it, {average}")]
    Jump {
        /// Its total.
        total: Money,
        /// The average of the last three.
        average: Money,
    },
    /// What the tax office would refuse.
    #[error("the tax office would refuse it: {0}")]
    Fiscal(Invalid),
    /// Nobody is there to send a bill to.
    #[error("the customer is not there")]
    NoCustomer,
    /// A number does not fit.
    #[error(transparent)]
    Amount(#[from] Invalid),
}

/// What looked wrong of a contract, and is right: a person has looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// The kind of reason.
    pub kind: String,
    /// Of what: offer and day of purchases.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// Up to which extent: minor units of an amount, or a count. What goes further is looked at again.
    pub extent: i64,
}

impl Allowed {
    /// Whether this was looked at.
    pub fn covers(&self, parked: &Parked) -> bool {
        parked.allowance().is_some_and(|found| self.is_of(&found) && found.extent <= self.extent)
    }

    /// Whether both are about the same.
    pub fn is_of(&self, other: &Self) -> bool {
        (&self.kind, &self.what) == (&other.kind, &other.what)
    }
}

impl Parked {
    /// What a person allows who says that it is right. None for what has to be mended.
    pub fn allowance(&self) -> Option<Allowed> {
        let (what, extent) = match self {
            Self::TooManyPurchases { offer, day, count } => (format!("{offer} {day}"), i64::try_from(*count).ok()?),
            Self::CreditNote { amount, .. } => (String::new(), amount.minor),
            Self::Jump { total, .. } => (String::new(), total.minor),
            _ => return None,
        };
        Some(Allowed { kind: self.kind().to_owned(), what, extent })
    }

    /// What kind of reason, as runs count them.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoPrice(_) => "no-price",
            Self::NoVersion(_) => "no-version",
            Self::KeyTwice(_) => "key-twice",
            Self::Overlap(_) => "overlap",
            Self::Currency { .. } => "currency",
            Self::TooManyPurchases { .. } => "too-many-purchases",
            Self::CreditNote { .. } => "credit-note",
            Self::Jump { .. } => "jump",
            Self::Fiscal(_) => "fiscal",
            Self::NoCustomer => "no-customer",
            Self::Amount(_) => "amount",
        }
    }
}

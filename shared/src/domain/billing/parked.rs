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
    /// Up to which extent, as [`Parked::extent`] tells it. What goes further is looked at again.
    pub extent: i64,
}

impl Allowed {
    /// Whether this was looked at.
    pub fn covers(&self, parked: &Parked) -> bool {
        self.kind == parked.kind() && parked.extent().is_some_and(|extent| extent <= self.extent)
    }
}

impl Parked {
    /// How far it goes beyond what is usual: minor units of an amount, or a count. None for what has to be mended.
    pub fn extent(&self) -> Option<i64> {
        match self {
            Self::TooManyPurchases { count, .. } => i64::try_from(*count).ok(),
            Self::CreditNote { amount, .. } => Some(amount.minor),
            Self::Jump { total, .. } => Some(total.minor),
            _ => None,
        }
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
            Self::NoCustomer => "no-customer",
            Self::Amount(_) => "amount",
        }
    }
}

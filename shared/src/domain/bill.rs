//! Bills as customers see them. A bill does not change once it is issued; only payments arrive.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::country::Country;
use crate::domain::identity::Identity;
use crate::domain::ids::{BillNumber, ContractId, CustomerCode, GroupId};
use crate::domain::money::Money;
use crate::error::Invalid;

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// Its number, unique in the country.
    pub number: BillNumber,
    /// The series the number belongs to.
    pub serial: String,
    /// Whose bill it is.
    pub customer: CustomerCode,
    /// The contract it bills.
    pub contract: ContractId,
    /// The customer as named on it.
    pub subscriber: Identity,
    /// The group it was sent with. The group may be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// The day it was issued.
    pub date: NaiveDate,
    /// First day billed.
    pub period_start: NaiveDate,
    /// Last day billed.
    pub period_end: NaiveDate,
    /// The last day to pay.
    pub due: NaiveDate,
    /// Everything owed with it, tax included.
    pub amount: Money,
    /// What was paid of it.
    pub paid: Money,
    /// When the last payment came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_on: Option<NaiveDate>,
    /// Its addressee.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Whom to ask.
    pub contact: String,
    /// A number to call.
    pub phone: String,
    /// The plan it bills, in words.
    pub plan: String,
    /// What it is, in words.
    pub description: String,
    /// The tax office's authorization, where the country has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
    /// The tax office's identifier, where the country has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// How many services it bills.
    pub services: u64,
}

/// Where a bill stands. It follows from amount, payments and day, so no job has to keep it up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillState {
    /// To be paid.
    Pending,
    /// To be paid, and late.
    Overdue,
    /// Paid.
    Paid,
}

impl BillState {
    /// The country's word.
    pub const fn word(self, country: &Country) -> &'static str {
        match self {
            Self::Pending => country.bill_status.pending,
            Self::Overdue => country.bill_status.overdue,
            Self::Paid => country.bill_status.paid,
        }
    }
}

impl Bill {
    /// What is left to pay; below zero after an overpayment.
    ///
    /// # Errors
    /// When amount and payments are in different currencies.
    pub fn balance(&self) -> Result<Money, Invalid> {
        self.amount.checked_sub(self.paid)
    }

    /// Where it stands on a day.
    pub fn state_on(&self, today: NaiveDate) -> BillState {
        if self.balance().is_ok_and(|left| left.minor <= 0) {
            BillState::Paid
        } else if today > self.due {
            BillState::Overdue
        } else {
            BillState::Pending
        }
    }
}

/// What a caller asks the status for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFilter {
    /// Exactly this.
    Is(BillState),
    /// Anything but paid.
    Unpaid,
}

impl StateFilter {
    /// Reads a country's word, `PC` (not paid) or `CA` (paid), without case.
    ///
    /// # Errors
    /// For any other word.
    pub fn parse(text: &str, country: &Country) -> Result<Self, Invalid> {
        let states = [BillState::Pending, BillState::Overdue, BillState::Paid];
        match text.to_ascii_uppercase().as_str() {
            "PC" => Ok(Self::Unpaid),
            "CA" => Ok(Self::Is(BillState::Paid)),
            word => {
                let state = states.into_iter().find(|state| state.word(country) == word);
                state.map(Self::Is).ok_or_else(|| {
                    let [pending, overdue, paid] = states.map(|state| state.word(country));
                    Invalid(format!("must be one of {pending}, {overdue}, {paid}, PC, CA").into())
                })
            }
        }
    }

    /// Whether a state passes.
    pub fn lets(self, state: BillState) -> bool {
        match self {
            Self::Is(wanted) => wanted == state,
            Self::Unpaid => state != BillState::Paid,
        }
    }
}

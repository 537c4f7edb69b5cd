//! Bills as customers see them. An issued bill does not change; only payments are added.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::country::Country;
use crate::domain::fiscal::authority::FiscalState;
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
    /// The contract billed.
    pub contract: ContractId,
    /// The customer as named on it.
    pub subscriber: Identity,
    /// The billing group it was sent with, which may no longer exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// The day it was issued.
    pub date: NaiveDate,
    /// First day billed.
    pub period_start: NaiveDate,
    /// Last day billed.
    pub period_end: NaiveDate,
    /// The due date.
    pub due: NaiveDate,
    /// Total due, tax included.
    pub amount: Money,
    /// Total paid.
    pub paid: Money,
    /// What of its payments was too much and became the contract's credit, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub credited: i64,
    /// Date of the last payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_on: Option<NaiveDate>,
    /// Its addressee.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The contact person; the addressee when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// The contact's phone number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// Description of the plan billed.
    pub plan: String,
    /// Description of the bill; its period when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The tax office's authorization, where the country has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
    /// The tax office's identifier, where the country has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// How it stands with the tax office, where the office has to agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal: Option<FiscalState>,
    /// Whether it was issued here, so that it can be made a document of.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_document: bool,
    /// Number of services billed.
    pub services: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

/// State of a bill. Derived from amount, payments and date, so no job has to update it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillState {
    /// Unpaid, not yet due.
    Pending,
    /// Overdue.
    Overdue,
    /// Paid in full.
    Paid,
}

impl BillState {
    /// The country's word for it.
    pub const fn word(self, country: &Country) -> &'static str {
        match self {
            Self::Pending => country.bill_status.pending,
            Self::Overdue => country.bill_status.overdue,
            Self::Paid => country.bill_status.paid,
        }
    }
}

impl Bill {
    /// Amount outstanding; negative after an overpayment. Of a credit note that was issued here nothing is: its amount is its
    /// contract's credit from the first moment, which bills use or which is paid out.
    ///
    /// # Errors
    /// Amount and payments in different currencies.
    pub fn balance(&self) -> Result<Money, Invalid> {
        if self.has_document && self.amount.minor < 0 {
            return Ok(Money { minor: 0, ..self.amount });
        }
        self.amount.checked_sub(self.paid)
    }

    /// The state on a day.
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

/// A caller's filter by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFilter {
    /// Exactly this.
    Is(BillState),
    /// Anything but paid.
    Unpaid,
}

impl StateFilter {
    /// Parses a country's word, `PC` (not paid) or `CA` (paid), ignoring case.
    ///
    /// # Errors
    /// Any other word.
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

    /// Whether a state passes the filter.
    pub fn lets(self, state: BillState) -> bool {
        match self {
            Self::Is(wanted) => wanted == state,
            Self::Unpaid => state != BillState::Paid,
        }
    }
}

//! The ledger of a contract: dated facts. A fact is added or given an end; what it said of past days is never rewritten.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::cycle::Cycle;
use crate::domain::billing::exact::Price;
use crate::domain::billing::plan::PlanStart;
use crate::domain::contract::PaymentKind;
use crate::domain::ids::{AdjustmentId, BillNumber, ContractId, OfferId, Partnum, PlanId, ProfileId, TaxClass};
use crate::domain::money::{Currency, Money};
use crate::domain::msisdn::Msisdn;
use crate::error::Refusal;

/// Everything a contract is charged for but usage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The contract itself.
    pub contract: Contract,
    /// Its lines.
    #[serde(default)]
    pub lines: Vec<LineSpan>,
    /// The lines' main plans.
    #[serde(default)]
    pub plans: Vec<PlanStart>,
    /// The lines' additional plans.
    #[serde(default)]
    pub additional: Vec<AdditionalSpan>,
    /// The contract's services.
    #[serde(default)]
    pub services: Vec<ServiceSpan>,
    /// What was bought once.
    #[serde(default)]
    pub charges: Vec<OneOff>,
    /// What of that was withdrawn.
    #[serde(default)]
    pub withdrawals: Vec<Withdrawal>,
    /// What an operator has credited or debited.
    #[serde(default)]
    pub adjustments: Vec<Adjustment>,
}

/// A contract's frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Which contract.
    pub id: ContractId,
    /// The first day that is charged.
    pub first: NaiveDate,
    /// The last day that is charged; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<NaiveDate>,
    /// What its bills are in.
    pub currency: Currency,
    /// When its periods begin.
    pub cycle: Cycle,
}

/// A line of the contract, from a day to a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSpan {
    /// The line.
    pub line: Msisdn,
    /// Its profile, where services belong to profiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
}

/// An additional plan of a line, from a day to a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdditionalSpan {
    /// The line.
    pub line: Msisdn,
    /// The plan.
    pub plan: PlanId,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
}

/// A service of the contract, from a day to a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpan {
    /// The service.
    pub service: Partnum,
    /// The profile that has it; all lines of the contract when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileId>,
    /// An agreed price of a month. The catalogue's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// How many. Each day it is as many as lines when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<u32>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
}

impl ServiceSpan {
    /// Ends it with a day, which is still charged.
    #[must_use]
    pub fn ended(self, day: NaiveDate) -> Self {
        Self { to: Some(self.to.map_or(day, |to| to.min(day))), ..self }
    }

    /// Puts another in its place from a day on: this one's last day is the day before.
    #[must_use]
    pub fn replaced(self, with: Self) -> [Self; 2] {
        let last = with.from.pred_opt().unwrap_or(with.from);
        [self.ended(last), with]
    }
}

/// Something bought once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneOff {
    /// Unique in the contract.
    pub id: String,
    /// For which line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Msisdn>,
    /// What kind it is.
    pub offer: OfferId,
    /// As a bill names it.
    pub name: String,
    /// The day of the purchase.
    pub day: NaiveDate,
    /// Its price.
    pub price: Money,
    /// How it is taxed.
    #[serde(default)]
    pub tax: TaxClass,
    /// Which purse paid; a prepaid balance has paid already.
    #[serde(default = "postpaid")]
    pub purse: PaymentKind,
}

const fn postpaid() -> PaymentKind {
    PaymentKind::Postpaid
}

/// A purchase given up. It cancels the charge when its day lies in the period of the purchase; later it only ends the
/// offer. An operator's, which has a reason, always cancels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Which purchase.
    pub charge: String,
    /// When.
    pub day: NaiveDate,
    /// Why an operator did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An operator's credit, below zero, or debit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Unique in the contract.
    pub id: AdjustmentId,
    /// The day it counts for.
    pub day: NaiveDate,
    /// How much.
    pub amount: Money,
    /// Why; a bill shows it.
    pub reason: String,
    /// How it is taxed.
    #[serde(default)]
    pub tax: TaxClass,
    /// The bill it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<BillNumber>,
}

/// The last day of a line with the contract it leaves, and its first with the next: a move acts from midnight.
///
/// # Errors
/// A move dated before `window`, the older of the first days that the two contracts' bills can still correct.
pub fn move_line(day: NaiveDate, window: NaiveDate) -> Result<(NaiveDate, NaiveDate), Refusal> {
    if day < window {
        return Err(Refusal::new("the move lies before the days that bills can still correct"));
    }
    Ok((day, day.succ_opt().unwrap_or(day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn rule_16_a_replacement_begins_the_day_after_and_an_end_is_a_day_itself() {
        let span = |from| ServiceSpan {
            service: "S1".parse().unwrap(),
            profile: None,
            price: None,
            fixed: None,
            from: day(from),
            to: None,
        };
        let [old, new] = span("2026-01-01").replaced(span("2026-02-10"));
        assert_eq!((old.to, new.from, new.to), (Some(day("2026-02-09")), day("2026-02-10"), None));
        assert_eq!(new.ended(day("2026-03-15")).to, Some(day("2026-03-15")));
        assert_eq!(old.ended(day("2026-03-15")).to, Some(day("2026-02-09")), "an end is not put off");
    }

    #[test]
    fn rule_17_a_move_acts_from_midnight_and_never_before_the_window() {
        let moved = move_line(day("2026-02-28"), day("2026-01-01"));
        assert_eq!(moved, Ok((day("2026-02-28"), day("2026-03-01"))));
        assert!(move_line(day("2025-12-31"), day("2026-01-01")).is_err());
        assert!(move_line(day("2026-01-01"), day("2026-01-01")).is_ok());
    }
}

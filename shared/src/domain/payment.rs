//! Money that comes in for a bill, or goes back.
//!
//! A payment is applied once, as a whole or not at all. What an invoice does not need becomes the contract's credit, which its next
//! bill uses first; what a customer takes back of it comes out of there again before the invoice is open again.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::domain::bill::Bill;
use crate::domain::ids::{BillNumber, PaymentId};
use crate::domain::money::{Currency, Money};

/// The largest amount of a payment or a bill, in minor units, on either side of zero. Nobody pays as much; and amounts can be added.
pub const MOST: i64 = 1_000_000_000_000_000;
/// No payment was made before this year: a day that says so is mistyped.
const EARLIEST: i32 = 2000;

/// A payment, as whoever takes the money tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id: however often it is told, it counts once.
    pub id: PaymentId,
    /// The bill.
    pub bill: BillNumber,
    /// How much; below zero for what goes back to the customer: a refund, a charge-back, a credit note that is paid out.
    pub amount: Money,
    /// The day of the payment.
    pub day: NaiveDate,
}

/// What a payment does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The bill after it.
    pub bill: Bill,
    /// What becomes the contract's credit, in minor units; below zero for what is taken from it.
    pub credited: i64,
}

/// Why a payment is not applied. A person has to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Another payment was applied under its id.
    #[error("another payment has this id")]
    Other,
    /// Its day has not begun.
    #[error("the day of the payment lies in the future")]
    Ahead,
    /// Its day is too long ago to be one.
    #[error("the day of the payment lies before the year {earliest}", earliest = EARLIEST)]
    LongAgo,
    /// It is of nothing.
    #[error("a payment of nothing")]
    Nothing,
    /// It is in another currency than the bill.
    #[error("a payment in {found} of a bill in {expected}", found = .found.code, expected = .expected.code)]
    Currency {
        /// The payment's.
        found: Currency,
        /// The bill's.
        expected: Currency,
    },
    /// More would go back than was paid, or than is left of the contract's credit.
    #[error("more goes back than was paid and is left")]
    TooMuch,
    /// More of a credit note would be paid out than it has, or than the contract's credit has left of it.
    #[error("more of the credit note is paid out than is left of it")]
    PaidOut,
    /// A credit note is paid out, not paid.
    #[error("a credit note is not paid")]
    CreditNote,
    /// An amount that nobody pays, or a sum that no bill has.
    #[error("the amounts are too large, a payment is of at most {most} minor units", most = MOST)]
    TooLarge,
}

impl Payment {
    /// Whether it is the same one, told again: perhaps with another day.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.id, &self.bill, self.amount) == (&other.id, &other.bill, other.amount)
    }

    /// Whether it was applied before: whoever tells it a day later may name that day.
    ///
    /// # Errors
    /// When another payment was applied under its id.
    pub fn told_again(&self, applied: &Self) -> Result<(), Refused> {
        if self.is_same(applied) { Ok(()) } else { Err(Refused::Other) }
    }

    /// Whether its day can be one, seen from today.
    ///
    /// # Errors
    /// A day that has not begun, or that lies before the year 2000.
    pub fn check_day(day: NaiveDate, today: NaiveDate) -> Result<(), Refused> {
        if day > today {
            return Err(Refused::Ahead);
        }
        if day.year() < EARLIEST { Err(Refused::LongAgo) } else { Ok(()) }
    }

    /// What it does to its bill, and to the contract's credit, where there is a contract: without one, what is too much stays
    /// on the bill.
    ///
    /// # Errors
    /// Why it is not applied.
    pub fn apply(&self, bill: &Bill, credit: Option<i64>) -> Result<Effect, Refused> {
        let (found, expected) = (self.amount.currency, bill.amount.currency);
        if found != expected {
            return Err(Refused::Currency { found, expected });
        }
        let amount = self.amount.minor;
        if !(-MOST..=MOST).contains(&amount) {
            return Err(Refused::TooLarge);
        }
        let (paid, credited) = match (amount, bill.amount.minor < 0) {
            (0, _) => return Err(Refused::Nothing),
            (1.., false) => come_in(bill, amount, credit.is_some()),
            (..0, false) => go_back(bill, amount, credit)?,
            (..0, true) => pay_out(bill, amount, credit)?,
            (1.., true) => take_in_again(bill, amount, credit.is_some())?,
        };
        let added = |to: i64, what: i64| to.checked_add(what).ok_or(Refused::TooLarge);
        let minor = added(bill.paid.minor, paid)?;
        added(credit.unwrap_or(0), credited)?;
        let after = Bill {
            paid: Money { minor, ..bill.paid },
            credited: if bill.amount.minor < 0 { 0 } else { added(bill.credited, credited)? },
            paid_on: if minor == 0 { None } else { self.paid_on(bill) },
            ..bill.clone()
        };
        Ok(Effect { bill: after, credited })
    }
}

impl Payment {
    /// The day of the newest payment: what comes late does not take it back, and what goes back is none.
    fn paid_on(&self, bill: &Bill) -> Option<NaiveDate> {
        let is_payment = (self.amount.minor > 0) == (bill.amount.minor >= 0);
        let own = is_payment.then_some(self.day);
        bill.paid_on.max(own)
    }
}

/// An invoice takes what it needs.
fn come_in(bill: &Bill, amount: i64, has_contract: bool) -> (i64, i64) {
    if !has_contract {
        return (amount, 0);
    }
    let paid = bill.amount.minor.saturating_sub(bill.paid.minor).clamp(0, amount);
    (paid, amount - paid)
}

/// From the credit that payments of the invoice have become, as far as it is still there; then from what is paid of it.
fn go_back(bill: &Bill, amount: i64, credit: Option<i64>) -> Result<(i64, i64), Refused> {
    let wanted = amount.checked_neg().ok_or(Refused::TooLarge)?;
    let credited = bill.credited.min(credit.unwrap_or(0)).clamp(0, wanted);
    let paid = wanted - credited;
    if paid > bill.paid.minor { Err(Refused::TooMuch) } else { Ok((-paid, -credited)) }
}

/// The amount of a credit note is the contract's credit already; now it is money.
fn pay_out(bill: &Bill, amount: i64, credit: Option<i64>) -> Result<(i64, i64), Refused> {
    let left = bill.amount.minor.saturating_sub(bill.paid.minor);
    let has_credit = credit.is_none_or(|credit| credit.saturating_add(amount) >= 0);
    if amount < left || !has_credit {
        return Err(Refused::PaidOut);
    }
    Ok((amount, if credit.is_some() { amount } else { 0 }))
}

/// What was paid out of a credit note comes back, and is credit again.
fn take_in_again(bill: &Bill, amount: i64, has_contract: bool) -> Result<(i64, i64), Refused> {
    if bill.paid.minor.saturating_add(amount) > 0 {
        return Err(Refused::CreditNote);
    }
    Ok((amount, if has_contract { amount } else { 0 }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn bill(amount: i64) -> Bill {
        let money = |minor: i64| json!({ "minor": minor, "currency": "COP" });
        serde_json::from_value(json!({
            "number": "FE-1", "serial": "FE", "customer": "1", "contract": "c", "subscriber": { "kind": "CC", "number": "1" },
            "date": "2026-03-01", "period_start": "2026-02-01", "period_end": "2026-02-28", "due": "2026-03-16",
            "amount": money(amount), "paid": money(0), "name": "", "address": "", "contact": "", "phone": "", "plan": "",
            "description": "", "services": 1,
        }))
        .unwrap()
    }

    fn payment(minor: i64) -> Payment {
        let amount = Money { minor, currency: Currency::COP };
        Payment { id: "p".parse().unwrap(), bill: "FE-1".parse().unwrap(), amount, day: "2026-03-05".parse().unwrap() }
    }

    /// Applies payments one after the other: what is paid of the bill, and the credit.
    fn after(amount: i64, credit: i64, payments: &[i64]) -> Result<(i64, i64), Refused> {
        let (mut bill, mut credit) = (bill(amount), credit);
        for amount in payments {
            let effect = payment(*amount).apply(&bill, Some(credit))?;
            (bill, credit) = (effect.bill, credit + effect.credited);
        }
        Ok((bill.paid.minor, credit))
    }

    #[test]
    fn an_invoice_takes_what_it_needs_and_the_rest_is_credit() {
        assert_eq!(after(100, 0, &[40]), Ok((40, 0)));
        assert_eq!(after(100, 5, &[40, 60]), Ok((100, 5)));
        assert_eq!(after(100, 5, &[40, 90]), Ok((100, 35)));
        assert_eq!(after(0, 0, &[10]), Ok((0, 10)));
    }

    #[test]
    fn what_goes_back_comes_from_the_credit_it_was_first() {
        assert_eq!(after(100, 0, &[120, -20]), Ok((100, 0)));
        assert_eq!(after(100, 0, &[120, -120]), Ok((0, 0)));
        assert_eq!(after(100, 7, &[100, -30]), Ok((70, 7)), "the credit is not of this bill");
        assert_eq!(after(100, 0, &[100, -101]), Err(Refused::TooMuch));
        assert_eq!(after(100, 0, &[-1]), Err(Refused::TooMuch));
        // The next bill has used the credit meanwhile.
        let over = payment(120).apply(&bill(100), Some(0)).unwrap();
        assert_eq!(payment(-120).apply(&over.bill, Some(0)), Err(Refused::TooMuch));
        assert_eq!(payment(-100).apply(&over.bill, Some(0)).unwrap().bill.paid.minor, 0);
    }

    #[test]
    fn a_credit_note_is_paid_out_of_the_credit_that_it_is() {
        assert_eq!(after(-50, 50, &[-20]), Ok((-20, 30)));
        assert_eq!(after(-50, 50, &[-50, 50]), Ok((0, 50)), "it came back");
        assert_eq!(after(-50, 50, &[-51]), Err(Refused::PaidOut));
        assert_eq!(after(-50, 49, &[-50]), Err(Refused::PaidOut), "the next bill has used some of it");
        assert_eq!(after(-50, 50, &[10]), Err(Refused::CreditNote));
    }

    #[test]
    fn the_day_of_a_bill_is_that_of_its_newest_payment() {
        let day = |text: &str| Some(text.parse().unwrap());
        let on = |text: &str, minor: i64| Payment { day: text.parse().unwrap(), ..payment(minor) };
        let paid = on("2026-03-05", 60).apply(&bill(100), Some(0)).unwrap().bill;
        assert_eq!(on("2026-03-02", 10).apply(&paid, Some(0)).unwrap().bill.paid_on, day("2026-03-05"), "it came late");
        assert_eq!(
            on("2026-03-09", -10).apply(&paid, Some(0)).unwrap().bill.paid_on,
            day("2026-03-05"),
            "it went back"
        );
        assert_eq!(on("2026-03-09", -60).apply(&paid, Some(0)).unwrap().bill.paid_on, None);
        assert!(payment(5).is_same(&on("2026-03-09", 5)) && !payment(5).is_same(&payment(6)));
    }

    #[test]
    fn what_is_no_payment_is_refused() {
        assert_eq!(after(100, 0, &[0]), Err(Refused::Nothing));
        let other = Payment { amount: Money { minor: 1, currency: Currency::USD }, ..payment(1) };
        let refused = other.apply(&bill(100), None).unwrap_err();
        assert_eq!(refused.to_string(), "a payment in USD of a bill in COP");
        for amount in [i64::MIN, -MOST - 1, MOST + 1, i64::MAX] {
            assert_eq!(payment(amount).apply(&bill(100), Some(0)), Err(Refused::TooLarge), "{amount}");
        }
        assert_eq!(after(100, 0, &[MOST, -MOST]), Ok((0, 0)));
    }

    #[test]
    fn a_day_is_one_of_this_century_that_has_begun() {
        let check = |day: &str| Payment::check_day(day.parse().unwrap(), "2026-03-10".parse().unwrap());
        assert_eq!([check("2000-01-01"), check("2026-03-10")], [Ok(()), Ok(())]);
        assert_eq!(check("2026-03-11"), Err(Refused::Ahead));
        for day in ["1999-12-31", "1850-01-01", "0026-03-09"] {
            assert_eq!(check(day), Err(Refused::LongAgo), "{day}");
        }
        assert_eq!(Refused::LongAgo.to_string(), "the day of the payment lies before the year 2000");
    }

    #[test]
    fn without_a_contract_all_of_it_stays_on_the_bill() {
        let effect = payment(120).apply(&bill(100), None).unwrap();
        assert_eq!((effect.bill.paid.minor, effect.credited), (120, 0));
        assert_eq!(payment(-20).apply(&effect.bill, None).unwrap().bill.paid.minor, 100);
    }

    proptest! {
        #[test]
        fn no_unit_is_lost_or_made(amount in -200..200_i64, payments in prop::collection::vec(-150..150_i64, 0..8), credit in 0..100_i64) {
            let credit = credit - amount.min(0);
            let (mut bill, mut left, mut sum) = (bill(amount), credit, 0);
            for minor in payments {
                if let Ok(effect) = payment(minor).apply(&bill, Some(left)) {
                    (bill, left, sum) = (effect.bill, left + effect.credited, sum + minor);
                }
                prop_assert!(left >= 0 && bill.credited >= 0);
                if amount >= 0 {
                    prop_assert!((0..=amount).contains(&bill.paid.minor));
                    prop_assert_eq!(bill.paid.minor + left - credit, sum);
                } else {
                    prop_assert!((amount..=0).contains(&bill.paid.minor));
                    prop_assert_eq!((bill.paid.minor, left - credit), (sum, sum));
                }
            }
        }
    }
}

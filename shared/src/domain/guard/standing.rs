//! How far a subject is in the period that runs, as its customer and an operator are shown it; and the customer's word that data
//! roaming may go on.

use chrono::{DateTime, Utc};

use super::gauge::Gauge;
use super::limits::{Limits, Watched};
use super::look::Seen;
use super::threshold::{Agreement, Passed, Threshold};
use super::watch::Watch;
use crate::domain::billing::class::Unit;
use crate::domain::billing::cycle::Days;
use crate::domain::contract::PaymentKind;
use crate::domain::ids::ContractId;
use crate::domain::money::{Currency, Money};
use crate::domain::msisdn::Msisdn;
use crate::domain::subscriber::Subscriber;
use crate::error::Refusal;

/// Nobody agrees to what is free.
pub const NOT_HELD: Refusal = Refusal::new("data roaming of the line is not held");

/// The limits of a line as they are shown: a prepaid line has none, for nothing of it is on a bill.
pub fn limits_of(line: &Subscriber, contract: Option<&Limits>) -> Watched {
    match line.payment.kind() {
        PaymentKind::Postpaid => Watched::of_line(contract, line.guard.as_ref()),
        PaymentKind::Prepaid => Watched::default(),
    }
}

/// When a subject is looked at next, if a list has it. What a look has left under another contract says nothing of this one.
pub fn next_look(watch: Option<&Watch>, contract: &ContractId) -> Option<DateTime<Utc>> {
    watch.filter(|watch| watch.listed && watch.contract == *contract)?.next
}

/// Data roaming of a line in a period. It is held by a fact: its cap was told, and no agreement lies beside it. So a cap that is
/// taken away or raised meanwhile releases nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataRoaming {
    /// It has no cap.
    None,
    /// It has a cap, which is not reached.
    Free,
    /// The network holds it until the customer agrees, or the period ends.
    Held,
    /// The customer has agreed.
    Agreed,
}

impl DataRoaming {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Free => "free",
            Self::Held => "held",
            Self::Agreed => "agreed",
        }
    }
}

/// How much of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Units of an allowance.
    Units(u64),
    /// An amount, tax not included.
    Money(Money),
}

/// A limit, how far it is, and whether it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub threshold: Threshold,
    /// What is used.
    pub used: Quantity,
    /// Of how much: the allowance's units in the period, or the limit.
    pub of: Quantity,
    /// What the allowance's units are, where they are of one kind and the rates say so.
    pub unit: Option<Unit>,
    /// When it was told.
    pub told: Option<DateTime<Utc>>,
}

/// What was told of a subject in a period, and what its customer has said to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The limits that were reached.
    pub passed: Vec<Passed>,
    /// That data roaming may go on.
    pub agreement: Option<Agreement>,
}

/// A customer's agreement, and whether it is the first in its period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// The agreement that holds.
    pub agreement: Agreement,
    /// Whether it is still to be kept.
    pub is_new: bool,
}

impl Told {
    /// Where data roaming stands.
    pub fn data_roaming(&self, limits: &Watched) -> DataRoaming {
        let is_held = self.passed.iter().any(|passed| matches!(passed.threshold, Threshold::RoamingCap(_)));
        match (is_held, &self.agreement, limits.roaming_cap) {
            (true, Some(_), _) => DataRoaming::Agreed,
            (true, None, _) => DataRoaming::Held,
            (false, _, Some(_)) => DataRoaming::Free,
            (false, _, None) => DataRoaming::None,
        }
    }

    /// The customer agrees to data roaming of a line in a period. There is one agreement; whoever agrees again is given it.
    ///
    /// # Errors
    /// Data roaming is not held.
    pub fn agree(&self, line: &Msisdn, period: Days, at: DateTime<Utc>) -> Result<Agreed, Refusal> {
        match (self.data_roaming(&Watched::default()), &self.agreement) {
            (DataRoaming::Agreed, Some(agreement)) => Ok(Agreed { agreement: agreement.clone(), is_new: false }),
            (DataRoaming::Held, _) => {
                Ok(Agreed { agreement: Agreement { line: line.clone(), period, at, has_left: false }, is_new: true })
            }
            _ => Err(NOT_HELD),
        }
    }

    /// The line leaves the contract: what is to be kept, so that the network does not hold its next customer. None where nothing is
    /// held.
    pub fn leave(&self, line: &Msisdn, period: Days, at: DateTime<Utc>) -> Option<Agreement> {
        let is_held = self.data_roaming(&Watched::default()) == DataRoaming::Held;
        is_held.then(|| Agreement { line: line.clone(), period, at, has_left: true })
    }

    /// All limits of what a look has seen. Where usage cannot be priced, those that were told, as they were by then.
    pub fn standings(&self, seen: Option<&Seen<'_>>) -> Vec<Standing> {
        match seen {
            Some(seen) => seen.gauges.iter().map(|gauge| self.of_gauge(gauge, seen.estimate.currency)).collect(),
            None => self.passed.iter().map(of_passed).collect(),
        }
    }

    fn of_gauge(&self, gauge: &Gauge, currency: Currency) -> Standing {
        let quantity = |count| quantity(&gauge.threshold, count, currency);
        let told = self.passed.iter().find(|passed| passed.threshold.is(&gauge.threshold));
        Standing {
            threshold: gauge.threshold.clone(),
            used: quantity(gauge.used),
            of: quantity(gauge.of),
            unit: unit(gauge),
            told: told.map(|passed| passed.at),
        }
    }
}

fn of_passed(passed: &Passed) -> Standing {
    let quantity = |count| quantity(&passed.threshold, count, passed.estimate.currency);
    Standing {
        threshold: passed.threshold.clone(),
        used: quantity(passed.used),
        of: quantity(passed.of),
        unit: None,
        told: Some(passed.at),
    }
}

fn quantity(threshold: &Threshold, count: u64, currency: Currency) -> Quantity {
    match threshold {
        Threshold::Allowance { .. } => Quantity::Units(count),
        Threshold::Amount(_) | Threshold::RoamingCap(_) => Quantity::Money(Money::of_minor(count, currency)),
    }
}

/// The unit of all classes of an allowance, if they have one.
fn unit(gauge: &Gauge) -> Option<Unit> {
    let (first, rest) = gauge.families.split_first()?;
    let unit = first.unit();
    rest.iter().all(|family| family.unit() == unit).then_some(unit)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-03-10T{hour:02}:00:00Z").parse().unwrap()
    }

    fn line() -> Msisdn {
        "573001234567".to_owned().try_into().unwrap()
    }

    fn period() -> Days {
        Days { from: "2026-03-01".parse().unwrap(), to: "2026-03-31".parse().unwrap() }
    }

    fn limits(json: serde_json::Value) -> Watched {
        let limits: Limits = serde_json::from_value(json).unwrap();
        Watched::of_line(None, Some(&limits))
    }

    fn capped() -> Watched {
        limits(json!({ "roaming_cap": 5_000 }))
    }

    fn passed(threshold: &serde_json::Value) -> Passed {
        serde_json::from_value(json!({
            "subject": { "line": "573001234567" }, "period": { "from": "2026-03-01", "to": "2026-03-31" },
            "threshold": threshold, "used": 5_200, "of": 5_000, "estimate": { "minor": 35_200, "currency": "COP" },
            "at": "2026-03-10T09:00:00Z",
        }))
        .unwrap()
    }

    fn held() -> Told {
        Told { passed: vec![passed(&json!({ "roaming-cap": 5_000 }))], agreement: None }
    }

    #[test]
    fn data_roaming_is_held_by_what_was_told_whatever_becomes_of_the_cap() {
        let without = limits(json!({}));
        let free = Told { passed: vec![passed(&json!({ "amount": 5_000 }))], agreement: None };
        assert_eq!(free.data_roaming(&without), DataRoaming::None);
        assert_eq!(free.data_roaming(&capped()), DataRoaming::Free);
        for limits in [&without, &capped(), &limits(json!({ "roaming_cap": 9_000 }))] {
            assert_eq!(held().data_roaming(limits), DataRoaming::Held);
            let agreement = held().agree(&line(), period(), at(10)).unwrap().agreement;
            let agreed = Told { agreement: Some(agreement), ..held() };
            assert_eq!(agreed.data_roaming(limits), DataRoaming::Agreed);
        }
    }

    #[test]
    fn a_second_agreement_is_the_first_one() {
        let first = held().agree(&line(), period(), at(10)).unwrap();
        assert!(first.is_new);
        let told = Told { agreement: Some(first.agreement.clone()), ..held() };
        let again = told.agree(&line(), period(), at(11)).unwrap();
        assert_eq!(again, Agreed { agreement: first.agreement, is_new: false });
        assert_eq!(Told::default().agree(&line(), period(), at(10)), Err(NOT_HELD));
    }

    #[test]
    fn what_cannot_be_priced_is_shown_as_it_was_told() {
        let share = json!({ "allowance": { "plan": "A", "allowance": "minutes", "percent": 50 } });
        let told = Told { passed: vec![passed(&share), passed(&json!({ "roaming-cap": 5_000 }))], agreement: None };
        let shown = told.standings(None);
        assert_eq!((shown[0].used, shown[0].unit), (Quantity::Units(5_200), None));
        assert_eq!(shown[1].used, Quantity::Money(Money { minor: 5_200, currency: Currency::COP }));
        assert_eq!(shown[1].told, Some(at(9)));
    }
}

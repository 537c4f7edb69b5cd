//! Who a contract belongs to, beside its frame; and what billing has done with it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::bill::Bill as ShownBill;
use crate::domain::billing::billed::Billed;
use crate::domain::billing::cycle::CycleDay;
use crate::domain::billing::ledger::Contract;
use crate::domain::billing::page::{Billed as Bill, Why};
use crate::domain::billing::parked::Allowed;
use crate::domain::guard::limits::Limits;
use crate::domain::ids::{BillNumber, CustomerCode, GroupId, RunId};
use crate::domain::owned::Owned;

/// The owner item of a contract's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractOwner {
    /// Whose contract it is. A contract is never given to another customer.
    pub customer: CustomerCode,
    /// Its frame.
    pub contract: Contract,
    /// The billing group its bills are sent with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// What the customer has paid too much or was credited, in minor units; the next bill uses it first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub credit: i64,
    /// The cycle day in whose list runs find it. None for one that needs no bill any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<CycleDay>,
    /// What the newest run that got to it has done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
    /// While it waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<Parking>,
    /// Whether the documents of its bills are made before anybody asks for them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub document_at_once: bool,
    /// What looked wrong of the period that is due, and is right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Allowed>,
    /// What the usage of its lines is guarded by, where that is not as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Limits>,
}

/// That a contract waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parking {
    /// The run that has found it last.
    pub run: RunId,
    /// Since when it waits.
    pub since: DateTime<Utc>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

/// What a run has done for a contract so far: a page that comes again finds it here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The run.
    pub run: RunId,
    /// When it did the last of it.
    pub at: DateTime<Utc>,
    /// The bills it has issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bills: Vec<Bill>,
    /// Why it has issued none for the last period that it closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Why>,
    /// Numbers that were meant for the contract and have gone back to the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<BillNumber>,
    /// Numbers that were meant for the contract, and are on bills that no run of it has issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<BillNumber>,
}

impl Settled {
    /// Whether a number is on one of the bills, or elsewhere, or has gone back.
    pub fn has_spent(&self, number: &BillNumber) -> bool {
        let is_it = |bill: &Bill| bill.number.as_ref().is_some_and(|given| given.number == *number);
        self.bills.iter().any(is_it) || self.returned.contains(number) || self.elsewhere.contains(number)
    }
}

impl Owned for ContractOwner {
    fn customer(&self) -> &CustomerCode {
        &self.customer
    }
}

impl ContractOwner {
    /// A contract that nothing was done with yet. It is listed by its cycle day.
    pub fn new(customer: CustomerCode, contract: Contract, group: Option<GroupId>) -> Self {
        let listed = Billed::default().next_due(&contract);
        Self {
            customer,
            contract,
            group,
            credit: 0,
            listed,
            settled: None,
            parked: None,
            document_at_once: false,
            allowed: Vec::new(),
            guard: None,
        }
    }

    /// The credit that payments of a bill may add to, and take from. None where the bill is of another customer or in another
    /// currency, as only an import can have it; nor for a credit note that was not issued here, whose amount never was credit.
    pub fn credit_of(&self, bill: &ShownBill, was_issued: bool) -> Option<i64> {
        let is_own = self.customer == bill.customer && self.contract.currency == bill.amount.currency;
        (is_own && (was_issued || bill.amount.minor >= 0)).then_some(self.credit)
    }

    /// The same once a person has looked at something.
    #[must_use]
    pub fn allowing(&self, allowed: Allowed) -> Self {
        let mut after = self.clone();
        after.allowed.retain(|known| !known.is_of(&allowed));
        after.allowed.push(allowed);
        after
    }

    /// What a run has done for it so far.
    pub fn settled_by(&self, run: &RunId) -> Option<&Settled> {
        self.settled.as_ref().filter(|settled| settled.run == *run)
    }

    /// The same, to be added to. One that begins now is no earlier than what another run has done before it, whatever the
    /// clock says: pages tell by the time whether another run came after them.
    pub fn settled_so_far(&self, run: &RunId, now: DateTime<Utc>) -> Settled {
        if let Some(own) = self.settled_by(run) {
            return own.clone();
        }
        let at = self.settled.as_ref().map_or(now, |other| other.at.max(now));
        Settled { run: run.clone(), at, bills: Vec::new(), skipped: None, returned: Vec::new(), elsewhere: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_begins_is_no_earlier_than_what_another_has_done() {
        let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
        let run = |name: &str| name.parse::<RunId>().unwrap();
        let contract = r#"{"id": "500101", "first": "2026-01-01", "currency": "COP", "cycle": {"day": 15}}"#;
        let contract = serde_json::from_str(contract).unwrap();
        let mut owner = ContractOwner::new("1001".parse().unwrap(), contract, None);
        assert_eq!(owner.settled_so_far(&run("one"), at(20)).at, at(20));
        owner.settled = Some(owner.settled_so_far(&run("one"), at(20)));
        assert_eq!(owner.settled_so_far(&run("two"), at(10)).at, at(20), "a clock that goes back");
        assert_eq!(owner.settled_so_far(&run("two"), at(30)).at, at(30));
        assert_eq!(owner.settled_so_far(&run("one"), at(30)).at, at(20), "what is there stays");
    }
}

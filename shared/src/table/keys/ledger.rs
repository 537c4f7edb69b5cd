//! Keys of a contract's ledger.

use chrono::NaiveDate;

use super::{AFTER, Key, Place, Range, below, key, padded};
use crate::domain::billing::ledger::{AdditionalSpan, LineSpan};
use crate::domain::ids::{AdjustmentId, ContractId, ProfileId};
use crate::domain::msisdn::Msisdn;

pub(super) fn ledger_of(contract: &ContractId) -> String {
    format!("CTR#{contract}")
}

/// The contract: the owner of its ledger.
pub const CONTRACT: &str = "A";
/// How the key of an additional plan begins.
pub const ADDITIONAL: &str = "D#";
/// How the key of a charge begins.
pub const CHARGE: &str = "C#";
/// How the key of a line begins.
pub const LINE: &str = "L#";
/// How the key of a plan's start begins.
pub const PLAN_START: &str = "P#";
/// How the key of a change of a profile's services begins.
pub const SERVICES: &str = "S#";
/// How the key of an operator's credit or debit begins.
pub const ADJUSTMENT: &str = "J#";
/// How the key of a withdrawal ends, which begins as its charge's does.
pub const WITHDRAWAL: &str = "#W";

/// A contract.
pub fn contract(id: &ContractId) -> Key {
    key(ledger_of(id), CONTRACT)
}

/// A contract and all facts of its ledger.
pub fn ledger(id: &ContractId) -> Range {
    Range { pk: ledger_of(id), from: CONTRACT.to_owned(), to: format!("S{AFTER}") }
}

/// A charge made with the subscriber's revision `rev`.
pub fn charge(contract: &ContractId, msisdn: &Msisdn, rev: u64) -> Key {
    key(ledger_of(contract), format!("{CHARGE}{msisdn}#{}", padded(rev)))
}

/// All charges of a contract, each with its withdrawal after it.
pub fn charges(contract: &ContractId) -> Range {
    below(ledger_of(contract), "C")
}

/// The withdrawal of the charge that was made with the subscriber's revision `rev`.
pub fn withdrawal(contract: &ContractId, msisdn: &Msisdn, rev: u64) -> Key {
    let Key { pk, sk } = charge(contract, msisdn, rev);
    Key { pk, sk: format!("{sk}{WITHDRAWAL}") }
}

/// The plan start that was made with the subscriber's revision `rev`, for its day.
pub fn plan_start(contract: &ContractId, msisdn: &Msisdn, rev: u64, day: NaiveDate) -> Key {
    key(ledger_of(contract), format!("{PLAN_START}{msisdn}#{}#{day}", padded(rev)))
}

/// All plan starts of a contract.
pub fn plan_starts(contract: &ContractId) -> Range {
    below(ledger_of(contract), "P")
}

/// The days of a line on a contract, by the first of them.
pub fn line_span(contract: &ContractId, span: &LineSpan) -> Key {
    key(ledger_of(contract), format!("{LINE}{}#{}", span.line, span.from))
}

/// The days of an additional plan of a line, by the first of them.
pub fn additional_span(contract: &ContractId, span: &AdditionalSpan) -> Key {
    let AdditionalSpan { line, plan, from, .. } = span;
    key(ledger_of(contract), format!("{ADDITIONAL}{line}#{plan}#{from}"))
}

/// What the change of a profile's services that made their revision `rev` ended and began.
pub fn service_facts(contract: &ContractId, profile: &ProfileId, rev: u64) -> Key {
    key(ledger_of(contract), format!("{SERVICES}{profile}#{}", padded(rev)))
}

/// Takes the sort key of a change of services apart again: the profile.
pub fn read_service_facts(sk: &str) -> Option<ProfileId> {
    sk.strip_prefix(SERVICES)?.rsplit_once('#')?.0.parse().ok()
}

/// An operator's credit or debit.
pub fn adjustment(contract: &ContractId, id: &AdjustmentId) -> Key {
    key(ledger_of(contract), format!("{ADJUSTMENT}{id}"))
}

/// Takes the sort key of a plan start apart again: the line and its revision.
pub fn read_plan_start(sk: &str) -> Option<(Msisdn, u64)> {
    let mut parts = sk.splitn(4, '#').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// What lies where of ledgers.
pub(super) const PLACES: &[Place] = &[
    Place {
        entity: "contract",
        pk: "CTR#<contract>",
        sk: "A",
        holds: "owner: customer, first and last day, currency, cycle days, credit, what bills have charged; rev",
        read_by: "billing: one query with all facts of the ledger",
    },
    Place {
        entity: "charge",
        pk: "CTR#<contract>",
        sk: "C#<msisdn>#<rev>",
        holds: "a one-off charge; it stays, whatever becomes of the purchase",
        read_by: "billing: with the contract",
    },
    Place {
        entity: "withdrawal",
        pk: "CTR#<contract>",
        sk: "C#<msisdn>#<rev>#W",
        holds: "when the charge before it was given up",
        read_by: "billing: with the contract",
    },
    Place {
        entity: "additional plan",
        pk: "CTR#<contract>",
        sk: "D#<msisdn>#<plan>#<first day>",
        holds: "the days of an additional plan of a line",
        read_by: "billing: with the contract",
    },
    Place {
        entity: "line of a contract",
        pk: "CTR#<contract>",
        sk: "L#<msisdn>#<first day>",
        holds: "the days of a line on the contract",
        read_by: "billing: with the contract",
    },
    Place {
        entity: "plan start",
        pk: "CTR#<contract>",
        sk: "P#<msisdn>#<rev>#<day>",
        holds: "a main plan of a line from an instant on, a coming one for an upgrade request",
        read_by: "billing: with the contract",
    },
    Place {
        entity: "change of services",
        pk: "CTR#<contract>",
        sk: "S#<profile>#<rev>",
        holds: "which services of a profile a purchase or a load has ended and begun, with their days and prices",
        read_by: "billing: with the contract",
    },
    Place {
        entity: "adjustment",
        pk: "CTR#<contract>",
        sk: "J#<adjustment>",
        holds: "an operator's credit or debit, with its reason",
        read_by: "billing: with the contract",
    },
];

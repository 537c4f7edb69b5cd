//! Keys of the bill shock guard: what was reached, and when to look again.

use chrono::NaiveDate;

use super::{Key, Place, Range, below, key, whole};
use crate::domain::billing::run::shard;
use crate::domain::guard::threshold::{Subject, Threshold};
use crate::domain::ids::ContractId;
use crate::domain::msisdn::Msisdn;
use crate::domain::period::Hour;

/// Lists of an hour: no partition takes the looks of a whole company.
pub const LOOK_LISTS: u8 = 4;

fn guard_of(contract: &ContractId) -> String {
    format!("GUARD#{contract}")
}

/// A limit that was reached in the period that begins on a day.
pub fn threshold(contract: &ContractId, start: NaiveDate, subject: &Subject, threshold: &Threshold) -> Key {
    key(guard_of(contract), format!("T#{start}#{subject}#{threshold}"))
}

/// The limits that a subject has reached in a period.
pub fn thresholds(contract: &ContractId, start: NaiveDate, subject: &Subject) -> Range {
    below(guard_of(contract), format_args!("T#{start}#{subject}"))
}

/// That the customer has agreed to data roaming of a line in a period.
pub fn agreement(contract: &ContractId, start: NaiveDate, line: &Msisdn) -> Key {
    key(guard_of(contract), format!("A#{start}#{line}"))
}

/// What the last look has left of a contract as a whole.
pub fn contract_watch(contract: &ContractId) -> Key {
    key(guard_of(contract), "W")
}

/// A subject in the list of the hour in which it is to be looked at.
pub fn look(hour: Hour, contract: &ContractId, subject: &Subject) -> Key {
    key(looks(hour, shard(contract) % LOOK_LISTS).pk, format!("{contract}#{subject}"))
}

/// One of the lists of an hour.
pub fn looks(hour: Hour, list: u8) -> Range {
    whole(&format!("LOOK#{hour}#{list:02}"))
}

/// Takes the sort key of a look apart again: the contract, and the text of its subject.
pub fn read_look(sk: &str) -> Option<(ContractId, &str)> {
    let (contract, subject) = sk.split_once('#')?;
    Some((contract.parse().ok()?, subject))
}

/// How far the lists of looks are walked.
pub fn looks_walked() -> Key {
    key("LOOKS", "L")
}

/// What lies where of the guard.
pub(super) const PLACES: &[Place] = &[
    Place {
        entity: "threshold",
        pk: "GUARD#<contract>",
        sk: "T#<first day>#<subject>#<limit>",
        holds: "a limit that a line, or all lines together, have reached in a period, with its event for the stream; ttl",
        read_by: "usage-guard: query of a subject's period, once a limit is reached; limits, `guard show`: the same",
    },
    Place {
        entity: "agreement",
        pk: "GUARD#<contract>",
        sk: "A#<first day>#<msisdn>",
        holds: "that the customer has agreed to data roaming of a line in a period, with its event for the stream; ttl",
        read_by: "limits, `guard show`: get",
    },
    Place {
        entity: "watch of a contract",
        pk: "GUARD#<contract>",
        sk: "W",
        holds: "what the last look at all lines of a contract has left; rev",
        read_by: "usage-guard: get, of contracts with a limit for all lines together",
    },
    Place {
        entity: "look",
        pk: "LOOK#<hour>#<shard>",
        sk: "<contract>#<subject>",
        holds: "a line, or all lines of a contract, to be looked at in that hour; ttl",
        read_by: "usage-guard: query of a page, each hour",
    },
    Place {
        entity: "walk of looks",
        pk: "LOOKS",
        sk: "L",
        holds: "the last hour whose lists of looks are walked",
        read_by: "usage-guard: get, each hour",
    },
];

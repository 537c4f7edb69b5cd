//! Usage in, bills out: what a period of a contract costs, and what of it is still to be billed.
//!
//! Dated facts ([`ledger`], and the day totals of [`usage`]) and a catalogue ([`tariff`]) give a period's charges
//! ([`price`]). A [`bill`] is the difference to what earlier bills have charged under the same keys ([`billed`]). A [`run`]
//! makes the bills of a day, with numbers of a [`series`], and says what it came to ([`report`]).

pub mod allowance;
pub mod bill;
pub mod billed;
pub mod case;
pub mod check;
pub mod class;
pub mod cycle;
pub mod dated;
pub mod document;
pub mod exact;
pub mod facts;
pub mod follow;
pub mod form;
pub mod hash;
pub mod issued;
pub mod key;
pub mod ledger;
pub mod look;
pub mod owner;
pub mod page;
pub mod parked;
pub mod past;
pub mod pinned;
pub mod plan;
pub mod price;
pub mod rating;
pub mod report;
pub mod run;
pub mod series;
pub mod sheet;
pub mod tariff;
pub mod tax;
pub mod terms;
pub mod text;
pub mod usage;
pub mod verify;
pub mod zone;

#[cfg(test)]
mod tests;

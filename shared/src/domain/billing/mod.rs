//! Usage in, bills out: what a period of a contract costs, and what of it is still to be billed.

pub mod class;
pub mod cycle;
pub mod dated;
pub mod exact;
pub mod ledger;
pub mod plan;
pub mod rating;
pub mod tariff;
pub mod usage;
pub mod zone;

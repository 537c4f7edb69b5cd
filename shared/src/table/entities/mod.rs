//! One file for each aggregate: its items and the access patterns that read and write them.

pub mod account;
pub mod answer;
pub mod catalogue;
pub mod client;
pub mod customer;
pub mod import;
pub mod profile;
pub mod subscriber;
pub mod usage;

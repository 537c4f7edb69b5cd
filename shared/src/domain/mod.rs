//! The telephone company's rules: pure, told the time, never asking for it.

pub mod account;
pub mod bill;
pub mod call;
pub mod catalogue;
pub mod contract;
pub mod country;
pub mod customer;
pub mod document;
pub mod eligibility;
pub mod favourite;
pub mod identity;
pub mod ids;
pub mod lease;
pub mod money;
pub mod msisdn;
pub mod nit;
pub mod owned;
pub mod ownership;
pub mod period;
pub mod profile;
pub mod recording;
pub mod service;
pub mod site;
pub mod status;
pub mod subscriber;
pub mod usage;

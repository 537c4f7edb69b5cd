//! One file for each aggregate: its items and the access patterns that read and write them.

pub mod account;
pub mod answer;
pub mod cached;
pub mod call;
pub mod catalogue;
pub mod client;
pub mod coming_plan;
pub mod contract;
pub mod customer;
pub mod document;
pub mod import;
pub mod past;
pub mod payment;
pub mod payment_file;
pub mod profile;
pub mod recording;
pub mod rendering;
pub mod run;
pub mod series;
pub mod settlement;
pub mod statement;
pub mod subscriber;
pub mod tariff;
pub mod told;
pub mod usage;
pub mod usage_file;

//! The bundle under stress: requests that race, a table that fails, requests that are cut off.
//!
//! Each test names the guard that it protects. Every guard was taken out once, and the tests that name it turned red.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod action;
mod agreements;
mod batches;
mod beside;
mod companies;
mod corporate;
mod crash;
mod documents;
mod faults;
mod fiscal;
mod fulfilment;
mod guard;
mod handover;
mod identity;
mod ledger;
mod log;
mod logged;
mod looks;
mod moves;
mod outage;
mod overtaken;
mod payment_files;
mod payment_objects;
mod payments;
mod purchases;
mod races;
mod redriven;
mod registry;
mod rings;
mod rotation;
mod scene;
mod services;
mod told;
mod upgrades;
mod weather;
mod webhook_faults;
mod webhooks;
mod writes;

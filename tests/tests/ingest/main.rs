//! Usage files: what becomes of their records, whatever happens on the way.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod behaviour;
mod changed;
mod corrections;
mod lab;
mod model;
mod schedule;
mod simulation;
mod splits;
mod stress;
mod units;

//! Bill runs over the demo data: every contract once, numbers without gaps, a run that adds up.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod attacks;
mod audit;
mod behaviour;
mod complaints;
mod guard;
mod lab;
mod numbers;
mod rare;
mod simulation;
mod units;
mod whole;

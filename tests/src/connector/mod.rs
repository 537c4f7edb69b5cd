//! Connectors between the SDK's client and the embedded table that observe requests or make them fail.

pub mod access;
pub mod faults;
pub mod limits;
pub mod meter;
pub mod trips;
pub mod weather;

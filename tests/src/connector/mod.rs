//! What tests put between the SDK's client and the embedded table: each passes requests on, and watches or spoils them.

pub mod access;
pub mod faults;
pub mod meter;
pub mod trips;

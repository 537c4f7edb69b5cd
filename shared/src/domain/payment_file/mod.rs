//! Payment files: how they are called, what a row says, and how far one is (`docs/payments.md`).
//!
//! Pure: text in, payments or reasons out. What becomes of a payment is the business of `payment-ingest`.

pub mod name;
pub mod progress;
pub mod row;

//! Usage files: how they are called, how they are cut into records, and what a record says (`docs/usage-files.md`).
//!
//! Pure: bytes in, records or reasons out. What becomes of a record is the business of `usage-ingest`.

pub mod call;
pub mod day;
pub mod hour;
pub mod name;
pub mod progress;
pub mod reader;
pub mod session;
pub mod source;

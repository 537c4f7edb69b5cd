//! Documents of bills as pages: what is on them, and what other programs make of them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod external;
mod fixtures;
mod pictures;

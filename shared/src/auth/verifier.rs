//! What keys and tokens agree on: how long a token lives, and who can say that a signature is good.

use chrono::{DateTime, TimeDelta, Utc};

/// No token lives longer.
pub const MAX_LIFE: TimeDelta = TimeDelta::hours(24);

/// Keys that verify tokens.
pub trait Verifier {
    /// Whether the key of this name, still in force, made the signature with RS256; no other algorithm is ever tried.
    fn verifies(&self, kid: &str, message: &[u8], signature: &[u8], now: DateTime<Utc>) -> bool;
}

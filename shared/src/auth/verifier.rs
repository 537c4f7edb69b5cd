//! What keys and tokens share: the longest life of a token, and the verification of a signature.

use chrono::{DateTime, TimeDelta, Utc};

/// Longest life of a token.
pub const MAX_LIFE: TimeDelta = TimeDelta::hours(24);

/// Keys that verify tokens.
pub trait Verifier {
    /// Whether there is a key with this `kid`, in force or not.
    fn knows(&self, kid: &str) -> bool;

    /// Whether the key with this `kid`, if still in force, signed the message with RS256; no other algorithm is ever
    /// tried.
    fn verifies(&self, kid: &str, message: &[u8], signature: &[u8], now: DateTime<Utc>) -> bool;
}

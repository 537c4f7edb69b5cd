//! Who is calling, and what they may see.
//!
//! [`keys`] holds the signing keys, [`public`] their public half, [`token`] issues and verifies access tokens,
//! [`client`] has a registered client's secret, scopes and customers, [`principal`] carries the authorizer's verdict to
//! the function, [`seal`] seals cursors and [`bill_link`] links, [`hook_secret`] signs what
//! subscriptions are told. Nothing here reads a clock, a file or the network: times and secrets are
//! arguments.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

pub mod bill_link;
pub mod cache;
pub mod client;
pub mod hook_secret;
pub mod keys;
pub mod principal;
pub mod public;
#[cfg(test)]
mod sample;
pub mod seal;
pub mod token;
pub mod verifier;

pub use cache::RingCache;
pub use client::{Client, Scope, Scopes, Visibility};
pub use keys::KeyRing;
pub use principal::{Principal, Visible};
pub use public::PublicRing;

/// Unpadded base64url (RFC 7515, section 2).
fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strict decoding of unpadded base64url: padding, white space and non-zero trailing bits are refused, so no two texts
/// decode to the same bytes.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Random bytes.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the random generator failed"))?;
    Ok(bytes)
}

/// A random name: 80 bits as 20 hexadecimal digits.
///
/// # Errors
/// 500 when the random generator fails.
pub fn new_name() -> Result<String> {
    Ok(random::<10>()?.iter().map(|byte| format!("{byte:02X}")).collect())
}

/// Whether a text can be a key id or token id: 1 to 64 ASCII letters, digits, `-` and `_`.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

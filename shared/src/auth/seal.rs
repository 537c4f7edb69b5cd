//! Sealed texts: handed out and taken back unchanged, such as a list's cursor.
//!
//! AES-256-GCM with a random nonce. The place of use (client, operation, filter) is associated data, so a text does not
//! open anywhere else. Its expiry is sealed with it.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};

use super::{decode, encode};
use crate::error::{Error, Invalid, Result};

/// Longest text to open; longer ones are not ours.
const MAX_TEXT: usize = 4_096;
const EXPIRY_LEN: usize = size_of::<i64>();
const REFUSED: Invalid = Invalid::new("must be a value this service gave out for the same request, not yet expired");

/// A client's sealing key. Its bytes appear in no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// A key of 256 bits.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key as text, for the authorizer's context.
    pub(super) fn to_text(&self) -> String {
        encode(&self.0)
    }

    /// Parses such a text; `None` for anything but 32 bytes of unpadded base64url.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        decode(text)?.try_into().ok().map(Self)
    }

    /// A key for another purpose.
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), purpose.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(tag.as_ref());
        key
    }

    fn cipher(&self) -> Result<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.0).map_err(|_| Error::internal("the seal key was refused"))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// Seals `payload` for use in `context` until `expires_at` (whole seconds): nonce, cipher text and tag in unpadded
/// base64url.
///
/// # Errors
/// 500 when the cipher or the random generator fails.
pub fn seal(key: &SealKey, context: &str, payload: &[u8], expires_at: DateTime<Utc>) -> Result<String> {
    let mut body = expires_at.timestamp().to_be_bytes().to_vec();
    body.extend_from_slice(payload);
    let nonce = key
        .cipher()?
        .seal_in_place_append_tag(Aad::from(context.as_bytes()), &mut body)
        .map_err(|_| Error::internal("sealing failed"))?;
    let mut sealed = nonce.as_ref().to_vec();
    sealed.append(&mut body);
    Ok(encode(&sealed))
}

/// The payload of a text that [`seal`] made with this key for this context, until it expires.
///
/// # Errors
/// The same [`Invalid`] whether the text is forged, damaged, expired, or meant for another place.
pub fn open(key: &SealKey, context: &str, sealed: &str, now: DateTime<Utc>) -> Result<Vec<u8>, Invalid> {
    unseal(key, context, sealed, now).ok_or(REFUSED)
}

fn unseal(key: &SealKey, context: &str, sealed: &str, now: DateTime<Utc>) -> Option<Vec<u8>> {
    let bytes = Some(sealed).filter(|text| text.len() <= MAX_TEXT).and_then(decode)?;
    let (nonce, body) = bytes.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut body = body.to_vec();
    let plain = key.cipher().ok()?.open_in_place(nonce, Aad::from(context.as_bytes()), &mut body).ok()?;
    let (expiry, payload) = plain.split_first_chunk::<EXPIRY_LEN>()?;
    (i64::from_be_bytes(*expiry) > now.timestamp()).then(|| payload.to_vec())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    const CONTEXT: &str = "portal ListBills 1f0c";

    fn key() -> SealKey {
        SealKey::new([7; 32])
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn sealed(payload: &[u8]) -> String {
        seal(&key(), CONTEXT, payload, now() + TimeDelta::minutes(15)).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_until_it_expires() {
        let text = sealed(b"row 50");
        assert_eq!(open(&key(), CONTEXT, &text, now()).unwrap(), b"row 50");
        assert_eq!(open(&key(), CONTEXT, &text, now() + TimeDelta::seconds(899)).unwrap(), b"row 50");
        assert_eq!(open(&key(), CONTEXT, &text, now() + TimeDelta::seconds(900)), Err(REFUSED));
    }

    #[test]
    fn a_text_opens_only_where_it_belongs() {
        let text = sealed(b"row 50");
        assert_eq!(open(&key(), "portal ListBills 1f0d", &text, now()), Err(REFUSED));
        assert_eq!(open(&SealKey::new([8; 32]), CONTEXT, &text, now()), Err(REFUSED));
    }

    #[test]
    fn two_seals_of_one_payload_differ() {
        assert_ne!(sealed(b"row 50"), sealed(b"row 50"));
    }

    #[test]
    fn malformed_texts_do_not_open() {
        let good = sealed(b"row 50");
        let texts =
            [String::new(), "A".into(), "AAAA".into(), format!("{good}="), format!(" {good}"), good.repeat(200)];
        for text in texts {
            assert_eq!(open(&key(), CONTEXT, &text, now()), Err(REFUSED), "{text}");
        }
    }

    #[test]
    fn a_key_survives_its_text_and_hides_in_debug() {
        assert!(SealKey::from_text(&key().to_text()) == Some(key()));
        assert!(SealKey::from_text("AAAA").is_none());
        assert_eq!(format!("{:?}", key()), "SealKey(..)");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn any_payload_comes_back(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(open(&key(), CONTEXT, &sealed(&payload), now()).unwrap(), payload);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        /// Changed, dropped, repeated and missing bytes: none is accepted.
        #[test]
        fn no_mutation_is_accepted(
            payload in proptest::collection::vec(any::<u8>(), 0..40),
            at in any::<prop::sample::Index>(),
            with in "[A-Za-z0-9_=. -]",
            how in 0..4_u8,
        ) {
            let good = sealed(&payload);
            let at = at.index(good.len());
            let mutant = match how {
                0 => format!("{}{with}{}", &good[..at], &good[at + 1..]),
                1 => format!("{}{}", &good[..at], &good[at + 1..]),
                2 => format!("{}{with}{}", &good[..at], &good[at..]),
                _ => good[..at].to_owned(),
            };
            prop_assume!(mutant != good);
            prop_assert_eq!(open(&key(), CONTEXT, &mutant, now()), Err(REFUSED));
        }
    }
}

//! The key ring: the server key, and the RSA keys that sign access tokens and verify them.
//!
//! The life of a signing key, one step per rotation:
//! 1. *published*: in the JWKS, verifies, signs nothing yet, while every cached copy of the ring learns of it.
//! 2. *signing*: at most one key, no sooner than [`SETTLE`] after it was published.
//! 3. *retired*: signs nothing, verifies until the last token it signed has expired.
//! 4. *dropped*: removed by the first rotation after that.
//!
//! A ring's first key signs at once, because nobody holds an older copy. So does a new key in an emergency, which drops
//! all others ([`Pace::AtOnce`]).

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::DigestKey;
use super::verifier::{MAX_LIFE, Verifier};
use super::{decode, encode, is_name, random};
use crate::error::{Error, Invalid, Result};

/// How long a cached copy of the ring may be used after the secret has changed. A key is published this long before it
/// signs, and outlives its last token by as much.
pub const SETTLE: TimeDelta = TimeDelta::minutes(10);

/// RSA with 2048 bits.
const MODULUS_LEN: usize = 256;
const SERVER_KEY_MIN: usize = 32;
const MALFORMED: Invalid = Invalid::new("the key secret must be JSON with `server_key` and `keys`");

/// A key's stage of life; see the top of this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Published, not used yet.
    Published,
    /// Signs new tokens.
    Signing,
    /// Verifies old tokens.
    Retired,
}

/// How fast a rotation takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One step: publish a key, or let the published one sign.
    Staged,
    /// A new key signs at once and all others are dropped, because one may have leaked: every token in use ends.
    /// Functions with a cached ring refuse new tokens and accept old ones until they read it again.
    AtOnce,
}

/// What a rotation did, with the key's `kid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The ring had no signing key; now this one signs.
    First(String),
    /// A new key was published; the next rotation lets it sign.
    Published(String),
    /// This key signs; the previous one is retired.
    Signing(String),
    /// The published key must not sign before this time.
    TooEarly(DateTime<Utc>),
}

/// An RSA key pair, parsed once.
pub struct Key {
    kid: String,
    state: KeyState,
    since: DateTime<Utc>,
    pair: RsaKeyPair,
    public: ParsedPublicKey,
}

impl Key {
    /// The `kid`, as in token headers and the JWKS.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The stage of its life.
    pub const fn state(&self) -> KeyState {
        self.state
    }

    /// When it entered that stage.
    pub const fn since(&self) -> DateTime<Utc> {
        self.since
    }

    /// The RS256 signature of a message (RFC 7518, section 3.3).
    ///
    /// # Errors
    /// 500 when signing fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; MODULUS_LEN];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Error::internal("signing failed"))?;
        Ok(signature)
    }

    /// Whether this key signed the message with RS256; no other algorithm is ever tried.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }

    fn generate(state: KeyState, now: DateTime<Utc>) -> Result<Self> {
        let failed = || Error::internal("no RSA key could be generated");
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| failed())?;
        Self::new(encode(&random::<12>()?), state, now, pair).ok_or_else(failed)
    }

    fn new(kid: String, state: KeyState, since: DateTime<Utc>, pair: RsaKeyPair) -> Option<Self> {
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key()).ok()?;
        (is_name(&kid) && pair.public_modulus_len() == MODULUS_LEN).then_some(Self { kid, state, since, pair, public })
    }

    fn enter(&mut self, state: KeyState, now: DateTime<Utc>) {
        self.state = state;
        self.since = now;
    }

    /// When the last token it can have signed expires; none while it may still sign.
    pub fn end(&self) -> Option<DateTime<Utc>> {
        (self.state == KeyState::Retired).then(|| self.since + MAX_LIFE + SETTLE)
    }

    /// The public part: `RSAPublicKey` in DER (RFC 8017, appendix A.1.1).
    pub(super) fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn is_spent(&self, now: DateTime<Utc>) -> bool {
        self.end().is_some_and(|end| now >= end)
    }

    /// The public part as RFC 7517 and RFC 7518, section 6.3.1, want it.
    fn jwk(&self) -> Value {
        let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": encode(&n), "e": encode(&e)})
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).field("state", &self.state).finish_non_exhaustive()
    }
}

/// The server key and the signing keys, as kept in one secret.
pub struct KeyRing {
    server_key: String,
    root: hmac::Key,
    keys: Vec<Key>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRing {
    server_key: String,
    // A new deployment's secret holds only the generated server key.
    #[serde(default)]
    keys: Vec<StoredKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    kid: String,
    state: KeyState,
    since: i64,
    pkcs8: String,
}

impl KeyRing {
    /// A ring with a new server key and one signing key.
    ///
    /// # Errors
    /// 500 when the random generator fails.
    pub fn generate(now: DateTime<Utc>) -> Result<Self> {
        let keys = vec![Key::generate(KeyState::Signing, now)?];
        Ok(Self::new(encode(&random::<32>()?), keys))
    }

    /// Reads the secret's JSON: `server_key` (at least 32 characters) and `keys`, each with `kid`, `state`, `since`
    /// (epoch seconds) and `pkcs8` (unpadded base64url of the DER form).
    ///
    /// # Errors
    /// Names the broken rule, and none of the content.
    pub fn parse(json: &str) -> Result<Self, Invalid> {
        let stored: StoredRing = serde_json::from_str(json).map_err(|_| MALFORMED)?;
        if stored.server_key.chars().count() < SERVER_KEY_MIN {
            return Err(Invalid::new("the server key must have at least 32 characters"));
        }
        let keys = stored.keys.into_iter().map(StoredKey::parse).collect::<Option<Vec<_>>>();
        let keys = keys.ok_or(Invalid::new("a signing key must have a plain `kid` and 2048-bit RSA in PKCS#8"))?;
        let count = |state| keys.iter().filter(|key| key.state == state).count();
        if count(KeyState::Signing) > 1 || count(KeyState::Published) > 1 {
            return Err(Invalid::new("at most one key signs and at most one is published"));
        }
        if keys.iter().enumerate().any(|(i, key)| keys.iter().skip(i + 1).any(|other| other.kid == key.kid)) {
            return Err(Invalid::new("every key must have a `kid` of its own"));
        }
        Ok(Self::new(stored.server_key, keys))
    }

    /// The JSON to keep as the secret; [`parse`](Self::parse) reads it back.
    ///
    /// # Errors
    /// 500 when a key cannot be encoded.
    pub fn to_json(&self) -> Result<String> {
        let keys = self.keys.iter().map(StoredKey::of).collect::<Option<Vec<_>>>();
        let keys = keys.ok_or_else(|| Error::internal("a signing key could not be encoded"))?;
        let stored = StoredRing { server_key: self.server_key.clone(), keys };
        serde_json::to_string(&stored).map_err(|_| Error::internal("the key ring could not be encoded"))
    }

    /// Takes the next step of the rotation and drops keys that no longer verify anything.
    ///
    /// # Errors
    /// 500 when no key can be generated.
    pub fn rotate(&mut self, pace: Pace, now: DateTime<Utc>) -> Result<Step> {
        self.keys.retain(|key| !key.is_spent(now));
        let at_once = pace == Pace::AtOnce || self.in_state(KeyState::Signing).is_none();
        // A published key may have leaked with the signing one.
        self.keys.retain(|key| pace == Pace::Staged || key.state != KeyState::Published);
        match self.in_state(KeyState::Published).map(|key| (key.kid.clone(), key.since + SETTLE)) {
            Some((_, ready_at)) if now < ready_at && !at_once => Ok(Step::TooEarly(ready_at)),
            Some((kid, _)) => Ok(self.promote(kid, pace, now)),
            None => {
                let key = Key::generate(KeyState::Published, now)?;
                let kid = key.kid.clone();
                self.keys.push(key);
                Ok(if at_once { self.promote(kid, pace, now) } else { Step::Published(kid) })
            }
        }
    }

    /// All keys, oldest first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key that signs.
    ///
    /// # Errors
    /// 500 when the ring has none.
    pub fn signer(&self) -> Result<&Key> {
        self.in_state(KeyState::Signing).ok_or_else(|| Error::internal("the key ring has no signing key: rotate it"))
    }

    /// The key with this `kid`, whatever its stage: a cached ring may be older or newer than the signer's. None for a
    /// key whose last token has expired.
    pub fn verifier(&self, kid: &str, now: DateTime<Utc>) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid && !key.is_spent(now))
    }

    /// The public keys that verify tokens, as a JWK set (RFC 7517, section 5).
    pub fn jwks(&self, now: DateTime<Utc>) -> Value {
        let keys = self.keys.iter().filter(|key| !key.is_spent(now));
        json!({"keys": keys.map(Key::jwk).collect::<Vec<_>>()})
    }

    /// The key for digests of client secrets.
    pub fn digest_key(&self) -> DigestKey {
        DigestKey::new(self.derive("client-secret/1", ""))
    }

    /// The key from which clients' sealing keys are derived.
    pub(super) fn seal_root(&self) -> [u8; 32] {
        self.derive("cursor-seal/2", "")
    }

    fn new(server_key: String, keys: Vec<Key>) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, server_key.as_bytes());
        Self { server_key, root, keys }
    }

    /// One key per purpose, HMAC-SHA-256 of a label (the shortest form of NIST SP 800-108): a leaked derived key
    /// reveals nothing of the others. No purpose is a prefix of another, so no two keys share a label.
    fn derive(&self, purpose: &str, subject: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.root, format!("{purpose}/{subject}").as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(tag.as_ref());
        key
    }

    fn in_state(&self, state: KeyState) -> Option<&Key> {
        self.keys.iter().find(|key| key.state == state)
    }

    /// Retires the signing key and promotes this one.
    fn promote(&mut self, kid: String, pace: Pace, now: DateTime<Utc>) -> Step {
        let first = self.in_state(KeyState::Signing).is_none();
        for key in &mut self.keys {
            if key.kid == kid {
                key.enter(KeyState::Signing, now);
            } else if key.state == KeyState::Signing {
                key.enter(KeyState::Retired, now);
            }
        }
        self.keys.retain(|key| pace == Pace::Staged || key.state == KeyState::Signing);
        if first { Step::First(kid) } else { Step::Signing(kid) }
    }
}

impl Verifier for KeyRing {
    fn knows(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid == kid)
    }

    fn verifies(&self, kid: &str, message: &[u8], signature: &[u8], now: DateTime<Utc>) -> bool {
        self.verifier(kid, now).is_some_and(|key| key.verifies(message, signature))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl StoredKey {
    fn parse(self) -> Option<Key> {
        let pair = RsaKeyPair::from_pkcs8(&decode(&self.pkcs8)?).ok()?;
        Key::new(self.kid, self.state, DateTime::from_timestamp(self.since, 0)?, pair)
    }

    fn of(key: &Key) -> Option<Self> {
        let pkcs8 = encode(key.pair.as_der().ok()?.as_ref());
        Some(Self { kid: key.kid.clone(), state: key.state, since: key.since.timestamp(), pkcs8 })
    }
}

#[cfg(test)]
mod tests;

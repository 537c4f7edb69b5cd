//! The public half of the key ring: it verifies tokens and opens cursors, and can sign nothing.
//!
//! It is kept in a secret of its own, the only one that the authorizer may read. A rotation keeps both in step, in this order:
//! the new key is added here, the ring is replaced, the old keys end here.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::keys::{KeyRing, Pace, SETTLE};
use super::seal::SealKey;
use super::verifier::Verifier;
use super::{decode, encode, is_name};
use crate::domain::ids::ClientId;
use crate::error::{Error, Invalid, Result};

const MALFORMED: Invalid = Invalid::new("the public key secret must be JSON with `seal` and `keys`: run `keys rotate`");

/// The keys that verify tokens, and the key that the keys for sealed texts come from.
pub struct PublicRing {
    seal: hmac::Key,
    stored: Stored,
    parsed: Vec<ParsedPublicKey>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    seal: String,
    keys: Vec<StoredKey>,
}

/// Times are epoch seconds.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    kid: String,
    /// When it was added here.
    since: i64,
    /// From when on it verifies nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    /// `RSAPublicKey` in DER (RFC 8017, appendix A.1.1), in unpadded base64url.
    public: String,
}

impl PublicRing {
    /// The public half of a ring, as of now.
    ///
    /// # Errors
    /// 500 when a key is refused.
    pub fn of(ring: &KeyRing, now: DateTime<Utc>) -> Result<Self> {
        let empty = Stored { seal: encode(&ring.seal_root()), keys: Vec::new() };
        let mut public = Self::read(empty).ok_or_else(refused)?;
        public.add(ring, now)?;
        Ok(public)
    }

    /// Reads the secret's JSON.
    ///
    /// # Errors
    /// Says which rule is broken, and nothing of the content. A new deployment's secret is malformed in this sense.
    pub fn parse(json: &str) -> Result<Self, Invalid> {
        serde_json::from_str(json).ok().and_then(Self::read).ok_or(MALFORMED)
    }

    fn read(stored: Stored) -> Option<Self> {
        let seal = decode(&stored.seal).filter(|seal| seal.len() == 32)?;
        let parsed = stored.keys.iter().map(|key| parse(&key.public).filter(|_| is_name(&key.kid)));
        let parsed = parsed.collect::<Option<_>>()?;
        Some(Self { seal: hmac::Key::new(hmac::HMAC_SHA256, &seal), stored, parsed })
    }

    /// The JSON to keep as the secret.
    ///
    /// # Errors
    /// 500 when it cannot be encoded.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(&self.stored).map_err(|error| Error::internal(error.to_string()))
    }

    /// Adds the keys of a ring that are not here yet, and takes nothing away.
    ///
    /// # Errors
    /// 500 when a key is refused.
    pub fn add(&mut self, ring: &KeyRing, now: DateTime<Utc>) -> Result<()> {
        for key in ring.keys() {
            if !self.stored.keys.iter().any(|known| known.kid == key.kid()) {
                let public = encode(key.public());
                self.parsed.push(parse(&public).ok_or_else(refused)?);
                let (kid, since) = (key.kid().to_owned(), now.timestamp());
                self.stored.keys.push(StoredKey { kid, since, until: None, public });
            }
        }
        Ok(())
    }

    /// After `before` has been replaced by `after`: what left the ring leaves this half too, and what retired gets its end.
    /// A key that neither has is left over from a rotation that was cut off, or belongs to one that runs now: it goes when
    /// it is older than [`SETTLE`]. In an emergency it goes as well, for it may be the one that leaked; the rotation that it
    /// belongs to, if there is one, fails or adds it again.
    ///
    /// # Errors
    /// 500 when a key is refused.
    pub fn settle(&mut self, before: &KeyRing, after: &KeyRing, pace: Pace, now: DateTime<Utc>) -> Result<()> {
        self.add(after, now)?;
        let has = |ring: &KeyRing, kid: &str| ring.keys().iter().any(|key| key.kid() == kid);
        let is_old = |key: &StoredKey| key.since < (now - SETTLE).timestamp();
        let gone =
            |key: &StoredKey| !has(after, &key.kid) && (pace == Pace::AtOnce || has(before, &key.kid) || is_old(key));
        let kept: Vec<_> = self.stored.keys.iter().map(|key| !gone(key)).collect();
        let mut flags = kept.iter();
        self.parsed.retain(|_| flags.next().copied().unwrap_or(true));
        self.stored.keys.retain(|key| !gone(key));
        for key in &mut self.stored.keys {
            let own = after.keys().iter().find(|own| own.kid() == key.kid);
            key.until = own.and_then(|own| own.end()).map(|end| end.timestamp()).or(key.until);
        }
        Ok(())
    }

    /// When a key may sign: when every copy of this half has it. Nothing for an unknown key.
    pub fn ready_at(&self, kid: &str) -> Option<DateTime<Utc>> {
        let key = self.stored.keys.iter().find(|key| key.kid == kid)?;
        Some(DateTime::from_timestamp(key.since, 0)? + SETTLE)
    }

    /// The names of the keys, oldest first.
    pub fn kids(&self) -> Vec<&str> {
        self.stored.keys.iter().map(|key| key.kid.as_str()).collect()
    }

    /// The key for the sealed texts of one client.
    pub fn seal_key(&self, client: &ClientId) -> SealKey {
        let tag = hmac::sign(&self.seal, client.as_str().as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(tag.as_ref());
        SealKey::new(key)
    }
}

impl Verifier for PublicRing {
    fn knows(&self, kid: &str) -> bool {
        self.kids().contains(&kid)
    }

    fn verifies(&self, kid: &str, message: &[u8], signature: &[u8], now: DateTime<Utc>) -> bool {
        let named = self.stored.keys.iter().position(|key| key.kid == kid);
        let in_force = named.filter(|at| self.stored.keys[*at].until.is_none_or(|until| now.timestamp() < until));
        in_force.is_some_and(|at| self.parsed[at].verify_sig(message, signature).is_ok())
    }
}

impl fmt::Debug for PublicRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicRing").field("keys", &self.kids()).finish_non_exhaustive()
    }
}

fn parse(public: &str) -> Option<ParsedPublicKey> {
    ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, decode(public)?).ok()
}

fn refused() -> Error {
    Error::internal("a public key was refused")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Scopes;
    use crate::auth::keys::{Pace, Step};
    use crate::auth::sample::{REALM, RING, acme, after, now};
    use crate::auth::token::{Verdict, issue, verify};
    use crate::auth::verifier::MAX_LIFE;

    fn public() -> PublicRing {
        PublicRing::of(&RING, now()).unwrap()
    }

    fn copy() -> KeyRing {
        KeyRing::parse(&RING.to_json().unwrap()).unwrap()
    }

    #[test]
    fn it_verifies_what_the_ring_signed_and_comes_back_from_its_text() {
        let again = PublicRing::parse(&public().to_json().unwrap()).unwrap();
        let (token, claims) = issue(&RING, &REALM, &acme().id, Scopes::READ, MAX_LIFE, now()).unwrap();
        assert_eq!(verify(&again, &REALM, &token, now()), Ok(claims));
        assert!(again.seal_key(&acme().id) == public().seal_key(&acme().id));
        assert!(again.seal_key(&acme().id) != again.seal_key(&"globex".parse().unwrap()));
    }

    #[test]
    fn its_text_holds_nothing_to_sign_or_to_check_secrets_with() {
        let (text, ring) = (public().to_json().unwrap(), RING.to_json().unwrap());
        let ring: serde_json::Value = serde_json::from_str(&ring).unwrap();
        assert!(!text.contains(ring["server_key"].as_str().unwrap()));
        assert!(!text.contains(ring["keys"][0]["pkcs8"].as_str().unwrap()));
        assert!(KeyRing::parse(&text).is_err());
        let seal = serde_json::from_str::<serde_json::Value>(&text).unwrap()["seal"].as_str().unwrap().to_owned();
        assert!(!acme().digests.current.to_string().contains(&seal));
    }

    #[test]
    fn a_retired_key_ends_with_its_last_token_and_a_dropped_one_at_once() {
        let (mut ring, mut public) = (copy(), public());
        let client = acme().id;
        let old = issue(&ring, &REALM, &client, Scopes::READ, MAX_LIFE, now()).unwrap().0;
        ring.rotate(Pace::Staged, now()).unwrap();
        public.add(&ring, now()).unwrap();
        let before = KeyRing::parse(&ring.to_json().unwrap()).unwrap();
        let changed = now() + SETTLE;
        assert!(matches!(ring.rotate(Pace::Staged, changed).unwrap(), Step::Signing(_)));
        public.settle(&before, &ring, Pace::Staged, changed).unwrap();
        assert_eq!(public.kids().len(), 2);
        let kid = before.signer().unwrap().kid().to_owned();
        let message = |token: &str| token.rsplit_once('.').unwrap().0.as_bytes().to_vec();
        let signature = |token: &str| decode(token.rsplit_once('.').unwrap().1).unwrap();
        let end = changed + MAX_LIFE + SETTLE;
        let verifies = |public: &PublicRing, at| public.verifies(&kid, &message(&old), &signature(&old), at);
        assert!(verifies(&public, end - chrono::TimeDelta::seconds(1)));
        assert!(!verifies(&public, end));
        let before = KeyRing::parse(&ring.to_json().unwrap()).unwrap();
        ring.rotate(Pace::AtOnce, changed).unwrap();
        public.add(&ring, changed).unwrap();
        assert!(verifies(&public, changed), "a new key takes nothing away");
        public.settle(&before, &ring, Pace::Staged, changed).unwrap();
        assert!(!verifies(&public, changed));
        assert_eq!(verify(&public, &REALM, &old, changed), Err(Verdict::InvalidToken));
        assert_eq!(public.kids(), [ring.signer().unwrap().kid()]);
    }

    #[test]
    fn a_key_is_ready_when_every_copy_has_it() {
        let kid = RING.signer().unwrap().kid();
        assert_eq!(public().ready_at(kid), Some(now() + SETTLE));
        assert_eq!(public().ready_at("other"), None);
        let mut late = public();
        late.add(&RING, after(60)).unwrap();
        assert_eq!(late.ready_at(kid), Some(now() + SETTLE), "what is here stays as it is");
    }

    #[test]
    fn anything_else_is_no_public_half() {
        let good = public().to_json().unwrap();
        for text in
            ["", "{}", r#"{"keys":[]}"#, &good.replace("\"seal\":\"", "\"seal\":\"A"), &good.replace("MII", "MIJ")]
        {
            assert!(PublicRing::parse(text).is_err(), "{text}");
        }
    }
}

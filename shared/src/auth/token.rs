//! Access tokens: JWTs of the profile `at+jwt` (RFC 9068), signed with RS256.
//!
//! Strict parsing is written here, and AWS-LC verifies signatures directly: keys stay parsed (a JWT library would parse
//! the RSA key for every token), no algorithm but the key's own is possible, and no clock is read. The tests compare it
//! with a JWT library.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::client::Scopes;
use super::keys::KeyRing;
use super::verifier::{MAX_LIFE, Verifier};
use super::{decode, encode, is_name, random};
use crate::domain::ids::ClientId;
use crate::error::{Error, Result};

/// Longest token, in characters.
pub const MAX_TOKEN: usize = 4_096;

/// Accepted clock skew between two machines; it never extends a token's life.
const LEEWAY: i64 = 60;
/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;
const ALGORITHM: &str = "RS256";
const TYPE: &str = "at+jwt";
/// The same type in full (RFC 9068, section 4, allows both).
const FULL_TYPE: &str = "application/at+jwt";

/// Who issues tokens, and for which service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Realm {
    /// `iss`: the address of the authorization server.
    pub issuer: String,
    /// `aud`: the service that accepts the tokens.
    pub audience: String,
}

impl Realm {
    /// The realm of a request: without a configured issuer it is the host the caller used, as reported by the gateway.
    #[must_use]
    pub fn at(&self, host: &str) -> Self {
        let issuer = if self.issuer.is_empty() { format!("https://{host}") } else { self.issuer.clone() };
        Self { issuer, audience: self.audience.clone() }
    }
}

/// A token's claims. Times are epoch seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The client: with client credentials it is the subject.
    pub sub: ClientId,
    /// The audience.
    pub aud: String,
    /// When the token expires.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// Not good before.
    pub nbf: i64,
    /// The token's id, by which it is revoked.
    pub jti: String,
    /// The client again, as RFC 9068 requires.
    pub client_id: ClientId,
    /// The scopes.
    pub scope: Scopes,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Forged, malformed, or for another service.
    InvalidToken,
    /// Valid but expired.
    Expired,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// Issues a token to a client, valid from `now` for `life` (whole seconds, 1 s to [`MAX_LIFE`]).
///
/// # Errors
/// 500 when the ring has no signing key or `life` is out of range.
pub fn issue(
    ring: &KeyRing,
    realm: &Realm,
    client: &ClientId,
    scope: Scopes,
    life: TimeDelta,
    now: DateTime<Utc>,
) -> Result<(String, Claims)> {
    if life < TimeDelta::seconds(1) || life > MAX_LIFE {
        return Err(Error::internal("a token lives for 1 second to 24 hours"));
    }
    let iat = now.timestamp();
    let claims = Claims {
        iss: realm.issuer.clone(),
        sub: client.clone(),
        aud: realm.audience.clone(),
        exp: iat + life.num_seconds(),
        iat,
        nbf: iat,
        jti: encode(&random::<16>()?),
        client_id: client.clone(),
        scope,
    };
    let key = ring.signer()?;
    let header = Header { alg: ALGORITHM, typ: TYPE, kid: key.kid() };
    let mut token = format!("{}.{}", part(&header)?, part(&claims)?);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&encode(&signature));
    Ok((token, claims))
}

fn part(content: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(content).map_err(|error| Error::internal(error.to_string()))?;
    Ok(encode(&json))
}

/// Verifies a token and returns its claims.
///
/// Revocation and the client's existence are not checked here.
///
/// # Errors
/// [`Verdict::Expired`] for a token that is otherwise valid, else [`Verdict::InvalidToken`].
pub fn verify(ring: &impl Verifier, realm: &Realm, token: &str, now: DateTime<Utc>) -> Result<Claims, Verdict> {
    let claims = signed_claims(ring, token, now).ok_or(Verdict::InvalidToken)?;
    if !claims.hold(realm, now.timestamp()) {
        return Err(Verdict::InvalidToken);
    }
    if claims.exp <= now.timestamp() { Err(Verdict::Expired) } else { Ok(claims) }
}

/// Whether a refused token names a key that the ring does not have, in the form that we write. If the ring is an old
/// copy, the key may be a new one, and the token good.
pub fn names_unknown_key(ring: &impl Verifier, token: &str) -> bool {
    let header = token.split('.').next().filter(|_| token.len() <= MAX_TOKEN).and_then(Object::parse);
    header.and_then(|header| key_named_by(&header)).is_some_and(|kid| !ring.knows(&kid))
}

/// The claims, parsed only after the signature is verified.
fn signed_claims(ring: &impl Verifier, token: &str, now: DateTime<Utc>) -> Option<Claims> {
    if token.len() > MAX_TOKEN {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    // A further dot would be part of `claims`, where base64url refuses it.
    let kid = key_named_by(&Object::parse(header)?)?;
    if !ring.verifies(&kid, message.as_bytes(), &decode(signature)?, now) {
        return None;
    }
    Claims::read(&Object::parse(claims)?)
}

/// The header must be exactly what we write, so `jku`, `jwk`, `x5u`, `crit`, `zip` and future parameters need no rules.
fn key_named_by(header: &Object) -> Option<String> {
    let is_ours =
        header.0.len() == 3 && header.text("alg")? == ALGORITHM && matches!(header.text("typ")?, TYPE | FULL_TYPE);
    if is_ours { header.text("kid").map(str::to_owned) } else { None }
}

impl Claims {
    fn read(object: &Object) -> Option<Self> {
        Some(Self {
            iss: object.text("iss")?.to_owned(),
            sub: object.text("sub")?.parse().ok()?,
            aud: object.audience()?.to_owned(),
            exp: object.time("exp")?,
            iat: object.time("iat")?,
            nbf: object.time("nbf")?,
            jti: Some(object.text("jti")?).filter(|jti| is_name(jti))?.to_owned(),
            client_id: object.text("client_id")?.parse().ok()?,
            scope: object.text("scope")?.parse().ok()?,
        })
    }

    /// Checks all claims but the expiry.
    fn hold(&self, realm: &Realm, now: i64) -> bool {
        self.iss == realm.issuer
            && self.aud == realm.audience
            && self.sub == self.client_id
            && self.iat <= now + LEEWAY
            && self.nbf <= now + LEEWAY
            && self.nbf < self.exp
            && (1..=MAX_LIFE.num_seconds()).contains(&(self.exp - self.iat))
    }
}

/// A JSON object without duplicate keys, so that two readers of a token cannot see different values.
struct Object(BTreeMap<String, Value>);

impl Object {
    fn parse(part: &str) -> Option<Self> {
        serde_json::from_slice(&decode(part)?).ok()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Epoch seconds as a JSON integer; RFC 7519 would allow fractions, we never write any.
    fn time(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64().filter(|seconds| (0..=LAST_SECOND).contains(seconds))
    }

    /// One audience, alone or as a list of one (RFC 7519, section 4.1.3).
    fn audience(&self) -> Option<&str> {
        match self.0.get("aud")? {
            Value::String(one) => Some(one),
            Value::Array(list) => match list.as_slice() {
                [Value::String(one)] => Some(one),
                _ => None,
            },
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Object, A::Error> {
        let mut object = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Object(object))
    }
}

#[cfg(test)]
mod tests;

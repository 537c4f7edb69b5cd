//! From the authorizer's verdict to the permission a handler holds.
//!
//! The authorizer writes its verdict into the context of its answer ([`context`]), the gateway passes that context to
//! the function, and [`Principal::from_context`] reads it: both directions in one file. A handler gets a [`Principal`]
//! from nowhere else.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::client::{Client, Scope, Scopes, Visibility};
use super::is_name;
use super::public::PublicRing;
use super::seal::SealKey;
use super::token::{Claims, Verdict};
use crate::domain::ids::{ClientId, CustomerCode};
use crate::domain::owned::Owned;
use crate::error::{Error, Result, Unauthorized};

const VERDICT: &str = "verdict";
const VALID: &str = "valid";
const INVALID_TOKEN: &str = "invalid_token";
const EXPIRED: &str = "expired";
const CLIENT: &str = "client";
const SCOPE: &str = "scope";
const CUSTOMERS: &str = "customers";
const EXP: &str = "exp";
const JTI: &str = "jti";
const SEAL: &str = "seal";

/// A valid token of an enabled client: what the authorizer passes on.
#[derive(Debug)]
pub struct Grant {
    client: ClientId,
    scopes: Scopes,
    sees: Visibility,
    exp: i64,
    jti: String,
    seal_key: SealKey,
}

impl Grant {
    /// Combines the token's claims with its client's present registration: a scope that was taken from the client is
    /// gone from its tokens too.
    ///
    /// # Errors
    /// [`Verdict::InvalidToken`] for another client's token, a disabled client, or when no scope is left.
    pub fn new(claims: &Claims, client: &Client, ring: &PublicRing) -> Result<Self, Verdict> {
        let scopes = claims.scope.and(client.scopes);
        if claims.client_id != client.id || !client.is_enabled() || scopes.is_empty() {
            return Err(Verdict::InvalidToken);
        }
        Ok(Self {
            client: client.id.clone(),
            scopes,
            sees: client.sees.clone(),
            exp: claims.exp,
            jti: claims.jti.clone(),
            seal_key: ring.seal_key(&client.id),
        })
    }
}

/// The context of the authorizer's answer; all values are text. It includes the sealing key, so that no other function
/// reads a secret.
pub fn context(outcome: &Result<Grant, Verdict>) -> BTreeMap<&'static str, String> {
    match outcome {
        Ok(grant) => BTreeMap::from([
            (VERDICT, VALID.to_owned()),
            (CLIENT, grant.client.to_string()),
            (SCOPE, grant.scopes.to_string()),
            (CUSTOMERS, grant.sees.to_string()),
            (EXP, grant.exp.to_string()),
            (JTI, grant.jti.clone()),
            (SEAL, grant.seal_key.to_text()),
        ]),
        Err(Verdict::InvalidToken) => BTreeMap::from([(VERDICT, INVALID_TOKEN.to_owned())]),
        Err(Verdict::Expired) => BTreeMap::from([(VERDICT, EXPIRED.to_owned())]),
    }
}

/// The caller. Only a positive verdict makes one.
#[derive(Debug, Clone)]
pub struct Principal {
    client: ClientId,
    scopes: Scopes,
    sees: Visibility,
    expires_at: DateTime<Utc>,
    jti: String,
    seal_key: SealKey,
}

impl Principal {
    /// Reads `requestContext.authorizer.lambda`, given as any kind of JSON map. Checks the token's expiry again,
    /// because the gateway caches verdicts.
    ///
    /// # Errors
    /// [`Unauthorized::Missing`] without a context, [`Unauthorized::Expired`] after the token's end,
    /// [`Unauthorized::InvalidToken`] for a negative verdict and for a context that is not exactly what [`context`]
    /// writes.
    pub fn from_context<'a, C>(context: C, now: DateTime<Utc>) -> Result<Self, Unauthorized>
    where
        C: IntoIterator<Item = (&'a String, &'a Value)>,
    {
        let fields: BTreeMap<&str, &Value> = context.into_iter().map(|(key, value)| (key.as_str(), value)).collect();
        if fields.is_empty() {
            return Err(Unauthorized::Missing);
        }
        let text = |name| fields.get(name).and_then(|value| value.as_str());
        match text(VERDICT) {
            Some(VALID) => {}
            Some(EXPIRED) => return Err(Unauthorized::Expired),
            _ => return Err(Unauthorized::InvalidToken),
        }
        let principal = Self::read(text).ok_or(Unauthorized::InvalidToken)?;
        if principal.expires_at <= now { Err(Unauthorized::Expired) } else { Ok(principal) }
    }

    fn read<'a>(text: impl Fn(&'static str) -> Option<&'a str>) -> Option<Self> {
        let digits = text(EXP)?;
        let exp = Some(digits).filter(|exp| exp.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
        Some(Self {
            client: text(CLIENT)?.parse().ok()?,
            scopes: text(SCOPE)?.parse().ok()?,
            sees: text(CUSTOMERS)?.parse().ok()?,
            expires_at: DateTime::from_timestamp(exp, 0)?,
            jti: Some(text(JTI)?).filter(|jti| is_name(jti))?.to_owned(),
            seal_key: SealKey::from_text(text(SEAL)?)?,
        })
    }

    /// The client.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// The token's scopes.
    pub const fn scopes(&self) -> Scopes {
        self.scopes
    }

    /// The customers the client may see.
    pub const fn sees(&self) -> &Visibility {
        &self.sees
    }

    /// When the token expires.
    pub const fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// The token's id.
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// The client's sealing key.
    pub const fn seal_key(&self) -> &SealKey {
        &self.seal_key
    }

    /// Requires a scope.
    ///
    /// # Errors
    /// 403 naming the scope.
    pub const fn may(&self, scope: Scope) -> Result<()> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(Error::Scope(scope.as_str())) }
    }

    /// Whether the caller may see this customer.
    pub fn sees_customer(&self, customer: &CustomerCode) -> bool {
        self.sees.includes(customer)
    }
}

/// Turns something loaded into something the caller may see.
pub trait Visible<T> {
    /// The object, if the caller may see it.
    ///
    /// # Errors
    /// 404 for `what`, alike for an unknown object and another customer's.
    fn visible_to(self, principal: &Principal, what: &'static str) -> Result<T>;
}

impl<T: Owned> Visible<T> for Option<T> {
    fn visible_to(self, principal: &Principal, what: &'static str) -> Result<T> {
        self.filter(|object| principal.sees_customer(object.customer())).ok_or(Error::NotFound(what))
    }
}

#[cfg(test)]
mod tests;

//! Registered clients: their secret, their scopes and the customers they may see.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::{constant_time, hmac};
use chrono::serde::ts_seconds;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{decode, encode, random};
use crate::domain::ids::{ClientId, CustomerCode};
use crate::domain::owned::Sight;
use crate::error::{Invalid, Result};

/// Most customers of a client that does not see all. Each request carries them in the authorizer's context, so a function knows them
/// without a read; a thousand are some 11 KB, and 65 KB if all their codes were as long as a code can be (decision 30).
pub const MAX_CUSTOMERS: usize = 1_000;

/// Makes a newtype serialize as its text and read through its `FromStr`, its only door.
macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// A permission of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Read.
    Read,
    /// Change.
    Write,
}

impl Scope {
    /// The scope as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A set of scopes, never empty when read from a text. Neither scope includes the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes {
    read: bool,
    write: bool,
}

impl Scopes {
    /// `read` alone.
    pub const READ: Self = Self { read: true, write: false };
    /// `read write`.
    pub const READ_WRITE: Self = Self { read: true, write: true };

    /// Whether the set contains the scope.
    pub const fn contains(self, scope: Scope) -> bool {
        match scope {
            Scope::Read => self.read,
            Scope::Write => self.write,
        }
    }

    /// The intersection.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { read: self.read && other.read, write: self.write && other.write }
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        !self.read && !self.write
    }
}

/// Scopes separated by one space (RFC 6749, section 3.3), in any order, each at most once.
impl Scopes {
    /// What a client asks for; none when it names nothing. Clients name a scope twice, or put more blanks between than one.
    ///
    /// # Errors
    /// Anything else than names of scopes with blanks between them.
    pub fn asked_for(text: &str) -> Result<Option<Self>, Invalid> {
        let mut scopes: Option<Self> = None;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let Self { read, write } = word.parse()?;
            let before = scopes.unwrap_or_default();
            scopes = Some(Self { read: before.read || read, write: before.write || write });
        }
        Ok(scopes)
    }
}

impl FromStr for Scopes {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut scopes = Self::default();
        for word in text.split(' ') {
            let slot = match word {
                "read" => &mut scopes.read,
                "write" => &mut scopes.write,
                _ => return Err(Invalid::new("must be `read`, `write` or `read write`")),
            };
            if std::mem::replace(slot, true) {
                return Err(Invalid::new("must name each scope once"));
            }
        }
        Ok(scopes)
    }
}

/// Always in the order `read write`.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.read, self.write) {
            (true, true) => "read write",
            (true, false) => "read",
            (false, true) => "write",
            (false, false) => "",
        })
    }
}

as_text!(Scopes);

/// Whose data a client may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    /// All customers.
    All,
    /// These customers, at most [`MAX_CUSTOMERS`] (checked by [`Visibility::customers`]); an empty list sees nobody.
    Customers(BTreeSet<CustomerCode>),
}

impl Visibility {
    /// Only these customers.
    ///
    /// # Errors
    /// More than [`MAX_CUSTOMERS`].
    pub fn customers(codes: impl IntoIterator<Item = CustomerCode>) -> Result<Self, Invalid> {
        let codes: BTreeSet<_> = codes.into_iter().collect();
        if codes.len() > MAX_CUSTOMERS {
            return Err(Invalid::new("must be at most 1000 customer codes, or `*` for all"));
        }
        Ok(Self::Customers(codes))
    }

    /// Whether the customer is visible.
    pub fn includes(&self, customer: &CustomerCode) -> bool {
        match self {
            Self::All => true,
            Self::Customers(codes) => codes.contains(customer),
        }
    }
}

impl Sight for Visibility {
    fn sees(&self, customer: &CustomerCode) -> bool {
        self.includes(customer)
    }

    fn sees_all(&self) -> bool {
        *self == Self::All
    }
}

/// `*`, or customer codes separated by commas; an empty text for none.
impl FromStr for Visibility {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "*" => Ok(Self::All),
            "" => Ok(Self::Customers(BTreeSet::new())),
            _ => Self::customers(text.split(',').map(CustomerCode::from_str).collect::<Result<Vec<_>, _>>()?),
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Customers(codes) => {
                f.write_str(&codes.iter().map(CustomerCode::as_str).collect::<Vec<_>>().join(","))
            }
        }
    }
}

as_text!(Visibility);

/// Whether a client can obtain and use tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientState {
    /// It can.
    Enabled,
    /// It can neither obtain new tokens nor use existing ones.
    Disabled,
}

/// A client secret: 256 random bits, shown once. It has no `Debug`.
pub struct Secret(String);

impl Secret {
    /// A new secret.
    ///
    /// # Errors
    /// 500 when the random generator fails.
    pub fn generate() -> Result<Self> {
        Ok(Self(encode(&random::<32>()?)))
    }

    /// The secret as given to the client's owner: 43 characters of base64url.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The key for digests of client secrets, from [`KeyRing::digest_key`](super::KeyRing::digest_key).
pub struct DigestKey(hmac::Key);

impl DigestKey {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// The stored digest of a secret: HMAC-SHA-256, because a slow hash adds nothing to 256 random bits.
    pub fn digest(&self, secret: &str) -> Digest {
        let mut digest = [0; 32];
        digest.copy_from_slice(hmac::sign(&self.0, secret.as_bytes()).as_ref());
        Digest(digest)
    }
}

/// The digest of a client secret; stored as unpadded base64url.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Constant-time comparison.
    fn matches(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl FromStr for Digest {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let bytes = decode(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(Invalid::new("must be 32 bytes of unpadded base64url"))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

as_text!(Digest);

/// The secret before the current one, valid for a while after a rotation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Previous {
    /// The older secret's digest.
    pub digest: Digest,
    /// When it expires; epoch seconds when stored.
    #[serde(with = "ts_seconds")]
    pub until: DateTime<Utc>,
}

/// Digests of a client's valid secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Digests {
    /// The current secret's.
    pub current: Digest,
    /// The previous secret's, during a rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// A registered client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// A name for people: the `application_name` of a token response.
    pub name: String,
    /// Digests of its secrets.
    pub digests: Digests,
    /// The scopes its tokens can have.
    pub scopes: Scopes,
    /// The customers it may see.
    pub sees: Visibility,
    /// Whether it is enabled.
    pub state: ClientState,
}

impl Client {
    /// Stands in for an unknown client, so that it takes the same steps as a wrong secret. It is disabled and accepts
    /// nothing.
    pub fn decoy(id: ClientId) -> Self {
        let digests = Digests { current: Digest([0; 32]), previous: None };
        let (scopes, sees) = (Scopes::default(), Visibility::Customers(BTreeSet::new()));
        Self { id, name: String::new(), digests, scopes, sees, state: ClientState::Disabled }
    }

    /// Whether the secret is valid now and the client enabled. Takes the same work for a right and a wrong secret, with
    /// and without a previous one, enabled or not.
    pub fn accepts(&self, key: &DigestKey, secret: &str, now: DateTime<Utc>) -> bool {
        let presented = key.digest(secret);
        let (older, lasts) = match &self.digests.previous {
            Some(previous) => (&previous.digest, now < previous.until),
            None => (&self.digests.current, false),
        };
        let current = presented.matches(&self.digests.current);
        let previous = presented.matches(older) & lasts;
        (current | previous) & self.is_enabled()
    }

    /// Whether the client can obtain and use tokens.
    pub fn is_enabled(&self) -> bool {
        self.state == ClientState::Enabled
    }

    /// Until when the secret before the current one is good, if it still is.
    pub fn older_lasts(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.digests.previous.as_ref().map(|previous| previous.until).filter(|until| now < *until)
    }

    /// Sets a new secret in place of the current one, which expires now; an older one keeps its time.
    pub const fn replace_secret(&mut self, new: Digest) {
        self.digests.current = new;
    }

    /// Sets a new secret; the current one stays valid until `old_until`, any older one expires now.
    pub fn rotate_secret(&mut self, new: Digest, old_until: DateTime<Utc>) {
        let old = std::mem::replace(&mut self.digests.current, new);
        self.digests.previous = Some(Previous { digest: old, until: old_until });
    }
}

#[cfg(test)]
mod tests;

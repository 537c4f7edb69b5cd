//! Invented data for the tests of this module.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};

use super::client::{Client, ClientState, Digests, Scopes, Visibility};
use super::keys::KeyRing;
use super::public::PublicRing;
use super::token::Realm;

/// One ring for all tests: RSA keys are slow to make.
pub static RING: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::generate(now()).unwrap());

/// Its public half.
pub static PUBLIC: LazyLock<PublicRing> = LazyLock::new(|| PublicRing::of(&RING, now()).unwrap());

pub static REALM: LazyLock<Realm> = LazyLock::new(|| Realm {
    issuer: "https://selfcare.example/oauth".to_owned(),
    audience: "https://selfcare.example/api".to_owned(),
});

pub const SECRET: &str = "correct-horse-battery-staple";

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub fn after(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

/// `acme`: read and write, customers 1001 and 1002, secret [`SECRET`].
pub fn acme() -> Client {
    Client {
        id: "acme".parse().unwrap(),
        name: "Acme portal".to_owned(),
        digests: Digests { current: RING.digest_key().digest(SECRET), previous: None },
        scopes: Scopes::READ_WRITE,
        sees: Visibility::customers(["1001", "1002"].map(|code| code.parse().unwrap())).unwrap(),
        state: ClientState::Enabled,
    }
}

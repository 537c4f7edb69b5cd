//! The secret that a subscription's deliveries are signed with (Standard Webhooks).
//!
//! It is derived from the key of the client's sealed texts, and so from the server key, and kept nowhere. Who has the
//! caller's context or the public half of the key ring can make it again; the table holds nothing of it. It lasts as long as
//! the server key: rotations of signing keys leave it alone, a new server key makes another.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use super::seal::SealKey;
use crate::domain::hook::id::HookId;

/// What the secret's text begins with.
const PREFIX: &str = "whsec_";
/// What such keys are derived for; nothing else is.
const PURPOSE: &str = "webhook-secret/1";

/// A subscription's secret. It has no `Debug`.
pub struct HookSecret(Vec<u8>);

impl HookSecret {
    /// The secret of a client's subscription.
    pub fn of(client: &SealKey, id: HookId) -> Self {
        Self(client.derive(&format!("{PURPOSE}/{id}")).to_vec())
    }

    /// As the client is given it: `whsec_` and base64.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The signature of a delivery: `v1,` and the base64 of HMAC-SHA-256 over id, time and body.
    pub fn sign(&self, id: &str, at: DateTime<Utc>, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let tag = hmac::sign(&key, format!("{id}.{}.{body}", at.timestamp()).as_bytes());
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subscription_of_each_client_has_a_secret_of_its_own() {
        let secret = |key: u8, id: &str| HookSecret::of(&SealKey::new([key; 32]), id.parse().unwrap()).expose();
        assert_eq!(secret(7, "1"), secret(7, "1"));
        assert_ne!(secret(7, "1"), secret(7, "2"));
        assert_ne!(secret(7, "1"), secret(8, "1"));
        let bytes = STANDARD.decode(secret(7, "1").strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(bytes.len(), 32);
    }

    /// The example of the specification's own libraries.
    #[test]
    fn a_delivery_is_signed_as_the_specification_says() {
        let secret = HookSecret(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}

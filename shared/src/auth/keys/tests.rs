use std::collections::BTreeSet;

use super::*;
use crate::auth::sample::{RING, after, now};

const SETTLED: i64 = SETTLE.num_seconds();
const DAY: i64 = MAX_LIFE.num_seconds();

fn states(ring: &KeyRing) -> Vec<KeyState> {
    ring.keys().iter().map(Key::state).collect()
}

fn stored() -> Value {
    serde_json::from_str(&RING.to_json().unwrap()).unwrap()
}

fn refused(change: impl FnOnce(&mut Value)) -> bool {
    let mut json = stored();
    change(&mut json);
    KeyRing::parse(&json.to_string()).is_err()
}

#[test]
fn a_ring_comes_back_from_its_json() {
    let again = KeyRing::parse(&RING.to_json().unwrap()).unwrap();
    assert_eq!(again.to_json().unwrap(), RING.to_json().unwrap());
    assert_eq!(again.jwks(now()), RING.jwks(now()));
    let signature = again.signer().unwrap().sign(b"message").unwrap();
    let key = RING.verifier(again.signer().unwrap().kid(), now()).unwrap();
    assert!(key.verifies(b"message", &signature));
    assert!(!key.verifies(b"massage", &signature));
}

#[test]
fn a_malformed_secret_is_refused() {
    assert!(!refused(|_| {}));
    assert!(refused(|json| json["server_key"] = json!("x".repeat(31))));
    assert!(refused(|json| json["server_key"] = Value::Null));
    assert!(refused(|json| json["more"] = json!(1)));
    assert!(refused(|json| json["keys"][0]["kid"] = json!("../etc")));
    assert!(refused(|json| json["keys"][0]["kid"] = json!("")));
    assert!(refused(|json| json["keys"][0]["state"] = json!("asleep")));
    assert!(refused(|json| json["keys"][0]["since"] = json!(i64::MAX)));
    assert!(refused(|json| json["keys"][0]["pkcs8"] = json!("AAAA")));
    assert!(refused(
        |json| json["keys"][0]["pkcs8"] = json!(format!("{}=", json["keys"][0]["pkcs8"].as_str().unwrap()))
    ));
    assert!(KeyRing::parse("").is_err());
    assert!(KeyRing::parse("[]").is_err());
}

#[test]
fn a_key_of_another_size_is_refused() {
    let longer = RsaKeyPair::generate(KeySize::Rsa3072).unwrap();
    let text = encode(longer.as_der().unwrap().as_ref());
    assert!(refused(|json| json["keys"][0]["pkcs8"] = json!(text)));
}

#[test]
fn one_key_signs_and_names_are_unique() {
    let with_second = |kid: &str, state: &str, first: &str| {
        refused(|json| {
            let mut second = json["keys"][0].clone();
            second["kid"] = json!(kid);
            second["state"] = json!(state);
            json["keys"][0]["state"] = json!(first);
            json["keys"].as_array_mut().unwrap().push(second);
        })
    };
    assert!(!with_second("other", "retired", "signing"));
    assert!(!with_second("other", "published", "signing"));
    assert!(with_second("other", "signing", "signing"));
    assert!(with_second("other", "published", "published"));
    let kid = RING.signer().unwrap().kid();
    assert!(with_second(kid, "retired", "signing"));
}

#[test]
fn errors_do_not_quote_the_secret() {
    let text = r#"{"server_key": "hush-hush", "keys": []}"#;
    assert!(!KeyRing::parse(text).unwrap_err().to_string().contains("hush"));
}

#[test]
fn a_fresh_secret_has_no_key_and_the_first_signs_at_once() {
    let text = json!({"server_key": "0123456789abcdef0123456789abcdef"}).to_string();
    let mut ring = KeyRing::parse(&text).unwrap();
    assert!(ring.signer().is_err());
    assert_eq!(ring.jwks(now()), json!({"keys": []}));
    let step = ring.rotate(Pace::Staged, now()).unwrap();
    assert_eq!(step, Step::First(ring.signer().unwrap().kid().to_owned()));
}

#[test]
fn a_key_is_published_signs_retires_and_is_dropped() {
    let mut ring = KeyRing::parse(&RING.to_json().unwrap()).unwrap();
    let first = ring.signer().unwrap().kid().to_owned();

    let Step::Published(second) = ring.rotate(Pace::Staged, now()).unwrap() else { panic!("nothing was published") };
    assert_eq!(states(&ring), [KeyState::Signing, KeyState::Published]);
    assert_eq!(ring.signer().unwrap().kid(), first);
    assert!(ring.verifier(&second, now()).is_some());

    let early = ring.rotate(Pace::Staged, after(SETTLED - 1)).unwrap();
    assert_eq!(early, Step::TooEarly(after(SETTLED)));
    assert_eq!(ring.signer().unwrap().kid(), first);

    let step = ring.rotate(Pace::Staged, after(SETTLED)).unwrap();
    assert_eq!(step, Step::Signing(second.clone()));
    assert_eq!(states(&ring), [KeyState::Retired, KeyState::Signing]);
    assert_eq!(ring.signer().unwrap().kid(), second);
    assert!(ring.verifier(&first, after(SETTLED)).is_some());

    let end = SETTLED + DAY + SETTLED;
    let count = |ring: &KeyRing, at| ring.jwks(after(at))["keys"].as_array().unwrap().len();
    // Even without another rotation.
    assert!(ring.verifier(&first, after(end - 1)).is_some());
    assert!(ring.verifier(&first, after(end)).is_none());
    assert_eq!((count(&ring, end - 1), count(&ring, end)), (2, 1));
    ring.rotate(Pace::Staged, after(end)).unwrap();
    assert_eq!(states(&ring), [KeyState::Signing, KeyState::Published]);
}

#[test]
fn in_an_emergency_a_new_key_signs_at_once_and_no_other_verifies() {
    let mut ring = KeyRing::parse(&RING.to_json().unwrap()).unwrap();
    let first = ring.signer().unwrap().kid().to_owned();
    let Step::Published(second) = ring.rotate(Pace::Staged, now()).unwrap() else { panic!("nothing was published") };
    let Step::Signing(third) = ring.rotate(Pace::AtOnce, now()).unwrap() else { panic!("no key signs") };
    assert_eq!(states(&ring), [KeyState::Signing]);
    assert!([&first, &second].iter().all(|kid| **kid != third && ring.verifier(kid, now()).is_none()));
    assert_eq!(ring.signer().unwrap().kid(), third);
}

#[test]
fn the_jwks_shows_the_public_half_only() {
    let jwks = RING.jwks(now());
    let key = jwks["keys"][0].as_object().unwrap();
    let members: BTreeSet<_> = key.keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["alg", "e", "kid", "kty", "n", "use"]));
    assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&json!("RSA"), &json!("sig"), &json!("RS256")));
    assert_eq!(key["e"], json!("AQAB"));
    let modulus = decode(key["n"].as_str().unwrap()).unwrap();
    assert_eq!(modulus.len(), MODULUS_LEN);
    assert_ne!(modulus[0], 0);
}

#[test]
fn every_purpose_has_a_key_of_its_own() {
    let other = KeyRing::parse(&json!({"server_key": "another-server-key-of-32-letters"}).to_string()).unwrap();
    assert_ne!(RING.seal_root(), other.seal_root());
    assert_ne!(RING.digest_key().digest("s").to_string(), other.digest_key().digest("s").to_string());
}

#[test]
fn debug_shows_no_secret() {
    let text = format!("{:?}", *RING);
    let json = stored();
    assert!(text.contains(RING.signer().unwrap().kid()));
    assert!(!text.contains(json["server_key"].as_str().unwrap()));
    assert!(text.len() < 200, "{text}");
}

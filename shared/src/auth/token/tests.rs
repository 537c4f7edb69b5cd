use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Map, json};

use super::*;
use crate::auth::keys::{Pace, SETTLE, Step};
use crate::auth::sample::{REALM, RING, after, now};

mod draft;
mod forged;

use draft::Draft;

fn issued(life: i64) -> (String, Claims) {
    let client = "acme".parse().unwrap();
    issue(&RING, &REALM, &client, Scopes::READ_WRITE, TimeDelta::seconds(life), now()).unwrap()
}

fn check(token: &str) -> Result<Claims, Verdict> {
    verify(&*RING, &REALM, token, now())
}

#[test]
fn an_issued_token_is_accepted() {
    let (token, claims) = issued(3_600);
    assert_eq!(check(&token).unwrap(), claims);
    assert_eq!((claims.iss.as_str(), claims.aud.as_str()), (REALM.issuer.as_str(), REALM.audience.as_str()));
    assert_eq!((claims.iat, claims.nbf, claims.exp), (1_790_000_000, 1_790_000_000, 1_790_003_600));
    assert_eq!(claims.sub, claims.client_id);
    assert!(!token.contains([',', ':', '"', '=', ' ']) && token.len() < 1_200, "{token}");
    assert_ne!(issued(3_600).1.jti, claims.jti);
}

#[test]
fn a_jwt_library_agrees_from_the_published_keys() {
    let (token, claims) = issued(3_600);
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!((header.typ.as_deref(), header.alg), (Some("at+jwt"), jsonwebtoken::Algorithm::RS256));
    let jwks: JwkSet = serde_json::from_value(RING.jwks(now())).unwrap();
    let key = DecodingKey::from_jwk(jwks.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&[&REALM.audience]);
    validation.set_issuer(&[&REALM.issuer]);
    // The library would read the machine's clock.
    validation.validate_exp = false;
    let read = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
    assert_eq!(read.claims, serde_json::to_value(&claims).unwrap());
}

#[test]
fn a_token_ends_to_the_second_and_without_leeway() {
    let (token, _) = issued(3_600);
    assert!(verify(&*RING, &REALM, &token, after(3_599)).is_ok());
    assert_eq!(verify(&*RING, &REALM, &token, after(3_600)), Err(Verdict::Expired));
}

#[test]
fn a_token_from_a_clock_slightly_ahead_is_accepted() {
    let (token, _) = issued(3_600);
    assert!(verify(&*RING, &REALM, &token, after(-60)).is_ok());
    assert_eq!(verify(&*RING, &REALM, &token, after(-61)), Err(Verdict::InvalidToken));
}

#[test]
fn only_a_token_good_in_every_other_way_is_called_expired() {
    let late = after(4_000);
    let elsewhere = Realm { issuer: "https://other.example".to_owned(), ..REALM.clone() };
    let (token, _) = issued(3_600);
    assert_eq!(verify(&*RING, &elsewhere, &token, late), Err(Verdict::InvalidToken));
    for (name, forge) in forged::FORGERIES {
        let mut draft = Draft::default();
        draft.claims.insert("exp".to_owned(), json!(1_790_003_600));
        forge(&mut draft);
        assert_eq!(verify(&*RING, &REALM, &draft.token(), late), Err(Verdict::InvalidToken), "{name}");
    }
}

#[test]
fn an_empty_issuer_is_the_host() {
    let open = Realm { issuer: String::new(), ..REALM.clone() };
    assert_eq!(open.at("api.example").issuer, "https://api.example");
    assert_eq!(REALM.at("api.example"), *REALM);
}

#[test]
fn a_life_is_between_a_second_and_a_day() {
    let client: ClientId = "acme".parse().unwrap();
    let made = |life| issue(&RING, &REALM, &client, Scopes::READ, life, now()).map(|(token, _)| token);
    assert!(check(&made(TimeDelta::seconds(1)).unwrap()).is_ok());
    assert!(check(&made(MAX_LIFE).unwrap()).is_ok());
    assert!(made(TimeDelta::milliseconds(999)).is_err());
    assert!(made(TimeDelta::seconds(-1)).is_err());
    assert!(made(MAX_LIFE + TimeDelta::seconds(1)).is_err());
}

#[test]
fn old_tokens_stay_good_while_keys_rotate() {
    let mut ring = KeyRing::parse(&RING.to_json().unwrap()).unwrap();
    let client: ClientId = "acme".parse().unwrap();
    let day_token = |ring: &KeyRing, at| issue(ring, &REALM, &client, Scopes::READ, MAX_LIFE, at).unwrap().0;
    let old = day_token(&ring, now());
    ring.rotate(Pace::Staged, now()).unwrap();
    let copy = KeyRing::parse(&ring.to_json().unwrap()).unwrap();

    let changed = now() + SETTLE;
    assert!(matches!(ring.rotate(Pace::Staged, changed).unwrap(), Step::Signing(_)));
    let new = day_token(&ring, changed);
    assert!(verify(&ring, &REALM, &old, changed).is_ok());
    assert!(verify(&ring, &REALM, &new, changed).is_ok());
    // A function that cached the ring before the change already knows the new key, and tokens of the old key stay
    // valid.
    assert!(verify(&copy, &REALM, &new, changed).is_ok());
    let last = day_token(&copy, changed + SETTLE);
    let moments_before = changed + SETTLE + MAX_LIFE - TimeDelta::seconds(1);
    ring.rotate(Pace::Staged, moments_before).unwrap();
    assert!(verify(&ring, &REALM, &last, moments_before).is_ok());

    ring.rotate(Pace::AtOnce, changed + SETTLE + MAX_LIFE).unwrap();
    assert_eq!(verify(&ring, &REALM, &old, now()), Err(Verdict::InvalidToken));
}

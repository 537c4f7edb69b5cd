use std::collections::HashMap;

use super::*;
use crate::auth::client::ClientState;
use crate::auth::sample::{PUBLIC, REALM, RING, acme, after, now};
use crate::auth::token::{issue, verify};

type Map = HashMap<String, Value>;

/// The authorizer's answer as the gateway passes it on.
fn passed_on(outcome: &Result<Grant, Verdict>) -> Map {
    context(outcome).into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect()
}

fn claims(client: &Client, scopes: Scopes) -> Claims {
    issue(&RING, &REALM, &client.id, scopes, chrono::TimeDelta::hours(1), now()).unwrap().1
}

fn good() -> Map {
    passed_on(&Grant::new(&claims(&acme(), Scopes::READ_WRITE), &acme(), &PUBLIC))
}

fn principal() -> Principal {
    Principal::from_context(&good(), now()).unwrap()
}

#[test]
fn the_verdict_comes_through_the_gateway() {
    let client = acme();
    let (token, claims) = issue(&RING, &REALM, &client.id, Scopes::READ, chrono::TimeDelta::hours(1), now()).unwrap();
    let grant = verify(&*RING, &REALM, &token, now()).and_then(|claims| Grant::new(&claims, &client, &PUBLIC));
    let principal = Principal::from_context(&passed_on(&grant), now()).unwrap();
    assert_eq!(principal.client(), &client.id);
    assert_eq!(principal.scopes(), Scopes::READ);
    assert_eq!(principal.sees(), &client.sees);
    assert_eq!(principal.expires_at(), after(3_600));
    assert_eq!(principal.jti(), claims.jti);
    assert!(principal.seal_key() == &PUBLIC.seal_key(&client.id));
}

#[test]
fn all_customers_come_through_as_well() {
    let client = Client { sees: Visibility::All, ..acme() };
    let grant = Grant::new(&claims(&client, Scopes::READ), &client, &PUBLIC);
    let principal = Principal::from_context(&passed_on(&grant), now()).unwrap();
    assert!(principal.sees_customer(&"9999".parse().unwrap()));
}

#[test]
fn every_map_of_json_is_a_context() {
    let sorted: BTreeMap<String, Value> = good().into_iter().collect();
    let object: serde_json::Map<String, Value> = good().into_iter().collect();
    assert!(Principal::from_context(&sorted, now()).is_ok());
    assert!(Principal::from_context(&object, now()).is_ok());
}

#[test]
fn a_negative_verdict_comes_through_as_itself() {
    for (verdict, expected) in
        [(Verdict::InvalidToken, Unauthorized::InvalidToken), (Verdict::Expired, Unauthorized::Expired)]
    {
        assert_eq!(Principal::from_context(&passed_on(&Err(verdict)), now()).unwrap_err(), expected);
    }
    assert_eq!(Principal::from_context(&Map::new(), now()).unwrap_err(), Unauthorized::Missing);
}

#[test]
fn a_context_is_not_good_for_longer_than_its_token() {
    assert!(Principal::from_context(&good(), after(3_599)).is_ok());
    assert_eq!(Principal::from_context(&good(), after(3_600)).unwrap_err(), Unauthorized::Expired);
}

#[test]
fn a_context_with_a_part_missing_is_no_permission() {
    for key in good().keys() {
        let mut context = good();
        context.remove(key);
        assert_eq!(Principal::from_context(&context, now()).unwrap_err(), Unauthorized::InvalidToken, "{key}");
    }
}

#[test]
fn a_malformed_context_is_no_permission() {
    let cases = [
        ("verdict", "Valid"),
        ("verdict", ""),
        ("client", ""),
        ("client", "a b"),
        ("scope", ""),
        ("scope", "admin"),
        ("scope", "read,write"),
        ("customers", ","),
        ("customers", "1001,"),
        ("customers", "1001,*"),
        ("exp", ""),
        ("exp", "+1790003600"),
        ("exp", "-1"),
        ("exp", "1790003600.0"),
        ("exp", " 1790003600"),
        ("exp", "99999999999999999999"),
        ("exp", "9223372036854775807"),
        ("jti", ""),
        ("jti", "a/b"),
        ("seal", ""),
        ("seal", "AAAA"),
        ("seal", "====="),
    ];
    for (key, value) in cases {
        let mut context = good();
        context.insert(key.to_owned(), Value::from(value));
        let refused = Principal::from_context(&context, now()).unwrap_err();
        assert_eq!(refused, Unauthorized::InvalidToken, "{key} = {value:?}");
    }
    let mut context = good();
    context.insert("exp".to_owned(), Value::from(1_790_003_600));
    assert_eq!(Principal::from_context(&context, now()).unwrap_err(), Unauthorized::InvalidToken);
}

#[test]
fn a_token_allows_what_its_client_still_has() {
    let reader = Client { scopes: Scopes::READ, ..acme() };
    let grant = Grant::new(&claims(&acme(), Scopes::READ_WRITE), &reader, &PUBLIC).unwrap();
    assert_eq!(grant.scopes, Scopes::READ);
    let write_only = claims(&acme(), "write".parse().unwrap());
    assert_eq!(Grant::new(&write_only, &reader, &PUBLIC).unwrap_err(), Verdict::InvalidToken);
}

#[test]
fn no_grant_for_a_disabled_or_another_client() {
    let claims = claims(&acme(), Scopes::READ);
    let disabled = Client { state: ClientState::Disabled, ..acme() };
    assert_eq!(Grant::new(&claims, &disabled, &PUBLIC).unwrap_err(), Verdict::InvalidToken);
    let other = Client { id: "globex".parse().unwrap(), ..acme() };
    assert_eq!(Grant::new(&claims, &other, &PUBLIC).unwrap_err(), Verdict::InvalidToken);
    assert!(Grant::new(&claims, &acme(), &PUBLIC).is_ok());
}

#[test]
fn a_missing_scope_is_named() {
    let grant = Grant::new(&claims(&acme(), Scopes::READ), &acme(), &PUBLIC);
    let reader = Principal::from_context(&passed_on(&grant), now()).unwrap();
    assert!(reader.may(Scope::Read).is_ok());
    assert!(matches!(reader.may(Scope::Write), Err(Error::Scope("write"))));
    assert!(principal().may(Scope::Write).is_ok());
}

struct Line(CustomerCode);

impl Owned for Line {
    fn customer(&self) -> &CustomerCode {
        &self.0
    }
}

#[test]
fn unknown_and_foreign_are_the_same() {
    let line = |code: &str| Some(Line(code.parse().unwrap()));
    assert!(line("1001").visible_to(&principal(), "subscriber").is_ok());
    let refusal = |line: Option<Line>| line.visible_to(&principal(), "subscriber").err().unwrap();
    for error in [refusal(None), refusal(line("1003"))] {
        assert!(matches!(error, Error::NotFound("subscriber")), "{error}");
    }
}

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::auth::sample::{RING, SECRET, acme, after, now};

fn accepts(client: &Client, secret: &str) -> bool {
    client.accepts(&RING.digest_key(), secret, now())
}

#[test]
fn scopes_have_one_text_each() {
    for (text, canonical) in
        [("read", "read"), ("write", "write"), ("read write", "read write"), ("write read", "read write")]
    {
        assert_eq!(text.parse::<Scopes>().unwrap().to_string(), canonical);
    }
    for text in [
        "",
        " ",
        "read ",
        " read",
        "read  write",
        "read,write",
        "read read",
        "Read",
        "admin",
        "read admin",
        "read\twrite",
    ] {
        assert!(text.parse::<Scopes>().is_err(), "{text:?}");
    }
}

#[test]
fn a_client_may_ask_in_other_words() {
    let asked = |text: &str| Scopes::asked_for(text).map(|scopes| scopes.map(|scopes| scopes.to_string()));
    for (text, scopes) in [("read", "read"), ("read  write", "read write"), (" write ", "write"), ("read read", "read")]
    {
        assert_eq!(asked(text), Ok(Some(scopes.to_owned())), "{text:?}");
    }
    assert_eq!((asked(""), asked("  ")), (Ok(None), Ok(None)));
    for text in ["admin", "read admin", "Read", "read,write", "read\twrite"] {
        assert!(asked(text).is_err(), "{text:?}");
    }
}

#[test]
fn scopes_are_independent() {
    let write: Scopes = "write".parse().unwrap();
    assert!(write.contains(Scope::Write) && !write.contains(Scope::Read));
    assert_eq!(Scopes::READ_WRITE.and(Scopes::READ), Scopes::READ);
    assert!(write.and(Scopes::READ).is_empty());
}

#[test]
fn visibility_has_one_text_each() {
    assert_eq!("*".parse::<Visibility>().unwrap(), Visibility::All);
    let two: Visibility = "1002,1001,1002".parse().unwrap();
    assert_eq!(two.to_string(), "1001,1002");
    assert!(two.includes(&"1001".parse().unwrap()) && !two.includes(&"1003".parse().unwrap()));
    assert!(Visibility::All.includes(&"1003".parse().unwrap()));
    let none: Visibility = "".parse().unwrap();
    assert_eq!(none.to_string(), "");
    assert!(!none.includes(&"1001".parse().unwrap()));
    for text in [" ", ",", "1001,", "*,1001", "1001 ,1002", "**"] {
        assert!(text.parse::<Visibility>().is_err(), "{text:?}");
    }
}

#[test]
fn a_client_sees_at_most_a_thousand_customers() {
    let codes = |n: usize| (0..n).map(|i| CustomerCode::from_str(&format!("C{i}")).unwrap()).collect::<Vec<_>>();
    assert!(Visibility::customers(codes(MAX_CUSTOMERS)).is_ok());
    assert!(Visibility::customers(codes(MAX_CUSTOMERS + 1)).is_err());
}

#[test]
fn the_right_secret_enters_and_no_other() {
    assert!(accepts(&acme(), SECRET));
    for wrong in
        ["", " ", "correct-horse-battery-stapl", "correct-horse-battery-staplee", "Correct-horse-battery-staple"]
    {
        assert!(!accepts(&acme(), wrong), "{wrong:?}");
    }
    let digest = acme().digests.current.to_string();
    assert!(!accepts(&acme(), &digest));
}

#[test]
fn a_disabled_client_and_the_decoy_enter_with_nothing() {
    let disabled = Client { state: ClientState::Disabled, ..acme() };
    assert!(!accepts(&disabled, SECRET));
    let mut decoy = Client::decoy("nobody".parse().unwrap());
    assert!(!accepts(&decoy, SECRET) && !accepts(&decoy, ""));
    decoy.digests.current = acme().digests.current;
    assert!(!accepts(&decoy, SECRET));
}

#[test]
fn the_old_secret_lasts_until_its_end() {
    let mut client = acme();
    let key = RING.digest_key();
    client.rotate_secret(key.digest("new"), after(60));
    assert!(client.accepts(&key, "new", now()) && client.accepts(&key, "new", after(61)));
    assert!(client.accepts(&key, SECRET, after(59)));
    assert!(!client.accepts(&key, SECRET, after(60)));
    // A second rotation ends the first secret, whatever time it had left.
    client.rotate_secret(key.digest("newer"), after(60));
    assert!(!client.accepts(&key, SECRET, now()) && client.accepts(&key, "new", now()));
}

#[test]
fn generated_secrets_are_long_and_differ() {
    let (one, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    assert_eq!(decode(one.expose()).unwrap().len(), 32);
    assert_ne!(one.expose(), other.expose());
}

#[test]
fn a_client_is_stored_without_its_secret() {
    let mut client = acme();
    client.rotate_secret(RING.digest_key().digest("new"), after(60));
    let stored = serde_json::to_value(&client).unwrap();
    let expected = json!({
        "id": "acme", "name": "Acme portal", "scopes": "read write", "sees": "1001,1002", "state": "enabled",
        "digests": {
            "current": client.digests.current.to_string(),
            "previous": {"digest": acme().digests.current.to_string(), "until": 1_790_000_060},
        },
    });
    assert_eq!(stored, expected);
    assert!(!stored.to_string().contains(SECRET));
    let again: Client = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), stored);
    assert!(again.accepts(&RING.digest_key(), "new", now()));
}

#[test]
fn what_is_stored_wrongly_is_not_read() {
    for (field, value) in [
        ("id", json!("a/b")),
        ("scopes", json!("")),
        ("sees", json!(",")),
        ("state", json!("on")),
        ("digests", json!({"current": "AAAA"})),
        ("digests", json!({"current": 7})),
    ] {
        let mut stored = serde_json::to_value(acme()).unwrap();
        stored[field] = value;
        assert!(serde_json::from_value::<Client>(stored).is_err(), "{field}");
    }
}

#[test]
fn debug_shows_no_digest() {
    let client = acme();
    assert!(!format!("{client:?}").contains(&client.digests.current.to_string()));
}

proptest! {
    #[test]
    fn no_other_text_enters(secret in ".{0,64}") {
        prop_assume!(secret != SECRET);
        prop_assert!(!accepts(&acme(), &secret));
    }
}

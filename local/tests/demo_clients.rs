//! Whose the secrets of the demo's clients are: published where programs of this machine come in alone, a store's own elsewhere, and an
//! operator's once he has changed them.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::cell::RefCell;
use std::path::Path;

use chrono::TimeDelta;
use local::demo::clients::{Secrecy, settle};
use local::operate::Credentials;
use local::options::Source;
use local::store::Store;
use shared::auth::Client;
use shared::auth::client::ClientState;
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::error::Error;
use shared::table::Changes;

const PORTAL: &str = "demo-portal";
const PUBLISHED: &str = "demo-portal-secret";

fn clock() -> Clock {
    Clock::standing_at("2026-03-10T15:00:00Z".parse().unwrap())
}

fn open(data: Option<&Path>) -> Store {
    let template = Source { country: None, template: None }.read().unwrap();
    Store::open(&template, data, &clock()).unwrap()
}

async fn demo(data: Option<&Path>) -> Store {
    let store = open(data);
    store.load_demo(Country::by_code("co").unwrap(), &clock()).await.unwrap();
    store
}

async fn client(store: &Store, id: &str) -> Client {
    let reader = store.target();
    let stored = reader.writer.reader().client::<Client>(&id.parse().unwrap()).await.unwrap().unwrap();
    stored.value
}

/// Changes a client as an operator does.
async fn change(store: &Store, id: &str, change: impl Fn(&mut Client)) {
    let target = store.target();
    let id = id.parse().unwrap();
    let stored = target.writer.reader().client::<Client>(&id).await.unwrap().unwrap();
    let mut client = stored.value.clone();
    change(&mut client);
    let mut changes = Changes::new();
    changes.update_client(&id, &stored, &client).unwrap();
    target.writer.commit(changes, None, clock().now()).await.unwrap();
}

async fn accepts(store: &Store, id: &str, secret: &str) -> bool {
    let ring = store.target().ring().await.unwrap();
    client(store, id).await.accepts(&ring.digest_key(), secret, clock().now())
}

fn secret_of(clients: &[Credentials], id: &str) -> Option<String> {
    clients.iter().find(|client| client.client_id == id).map(|client| client.client_secret.clone())
}

#[tokio::test]
async fn a_file_is_served_here_and_elsewhere_by_turns() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("data");
    let first = demo(Some(&file)).await;
    let here = first.demo_clients(Secrecy::Published, &clock()).await.unwrap();
    assert_eq!(here.len(), 4);
    assert_eq!(secret_of(&here, PORTAL).as_deref(), Some(PUBLISHED));
    assert!(accepts(&first, PORTAL, PUBLISHED).await);
    drop(first);

    let again = open(Some(&file));
    let elsewhere = again.demo_clients(Secrecy::Own, &clock()).await.unwrap();
    assert_eq!(elsewhere.len(), 4);
    for Credentials { client_id, client_secret, .. } in &elsewhere {
        assert_eq!(client_secret.len(), 43, "{client_id}");
        assert!(accepts(&again, client_id, client_secret).await, "{client_id}");
        assert!(
            !accepts(&again, client_id, &format!("{client_id}-secret")).await,
            "{client_id} takes the published secret"
        );
    }
    let own = secret_of(&elsewhere, PORTAL).unwrap();
    drop(again);
    let still = open(Some(&file)).demo_clients(Secrecy::Own, &clock()).await.unwrap();
    assert_eq!(secret_of(&still, PORTAL), Some(own.clone()), "the store's own stays");

    let back = open(Some(&file));
    let here = back.demo_clients(Secrecy::Published, &clock()).await.unwrap();
    assert_eq!(secret_of(&here, PORTAL).as_deref(), Some(PUBLISHED));
    assert!(accepts(&back, PORTAL, PUBLISHED).await && !accepts(&back, PORTAL, &own).await);
}

#[tokio::test]
async fn what_an_operator_has_changed_stays_his() {
    let store = demo(None).await;
    store.demo_clients(Secrecy::Published, &clock()).await.unwrap();
    let key = store.target().ring().await.unwrap().digest_key();
    let until = clock().now() + TimeDelta::hours(24);
    change(&store, PORTAL, |client| client.rotate_secret(key.digest("the operator's"), until)).await;
    change(&store, "demo-acme", |client| client.state = ClientState::Disabled).await;

    let here = store.demo_clients(Secrecy::Published, &clock()).await.unwrap();
    assert_eq!(secret_of(&here, PORTAL), None, "its secret is not known any more");
    assert_eq!(secret_of(&here, "demo-acme"), None, "a disabled client gets no token");
    assert!(accepts(&store, PORTAL, "the operator's").await && accepts(&store, PORTAL, PUBLISHED).await);

    let elsewhere = store.demo_clients(Secrecy::Own, &clock()).await.unwrap();
    assert_eq!(secret_of(&elsewhere, PORTAL), None);
    assert!(accepts(&store, PORTAL, "the operator's").await);
    assert!(!accepts(&store, PORTAL, PUBLISHED).await, "the published one before it ends");
    let acme = client(&store, "demo-acme").await.digests.current.to_string();
    assert_ne!(acme, key.digest("demo-acme-secret").to_string(), "nor does a disabled client keep it");
}

#[tokio::test]
async fn a_crash_between_remembering_and_writing_loses_no_client() {
    let store = demo(None).await;
    let here = store.demo_clients(Secrecy::Published, &clock()).await.unwrap();
    let kept = RefCell::new(here);
    let now = clock().now();
    let cut_off = |own: &[Credentials]| {
        kept.replace(own.to_vec());
        Err(Error::internal("cut off".to_owned()))
    };
    let own = kept.borrow().clone();
    settle(&store.target(), own, Secrecy::Own, now, cut_off).await.unwrap_err();
    assert!(accepts(&store, PORTAL, PUBLISHED).await, "nothing was written");

    let own = kept.borrow().clone();
    let after = settle(&store.target(), own, Secrecy::Own, now, |_| Ok(())).await.unwrap();
    let secret = secret_of(&after, PORTAL).unwrap();
    assert!(accepts(&store, PORTAL, &secret).await && !accepts(&store, PORTAL, PUBLISHED).await);
}

#[tokio::test]
async fn a_store_without_the_demo_has_none() {
    let store = open(None);
    assert!(store.demo_clients(Secrecy::Published, &clock()).await.unwrap().is_empty());
}

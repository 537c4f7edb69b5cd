//! Two operators at the client registry.

use std::sync::Arc;

use chrono::TimeDelta;
use local::import::record::ClientRecord;
use local::operate::{Credentials, Rotation, Target, create};
use shared::auth::Client;
use shared::auth::client::ClientState;
use shared::domain::ids::ClientId;
use shared::error::{Error, Result};
use shared::table::Put;
use tests::World;
use tokio::sync::Barrier;

fn id() -> ClientId {
    "demo-acme".parse().unwrap()
}

async fn client(world: &World, id: &ClientId) -> Client {
    world.operator.writer.reader().client::<Client>(id).await.unwrap().unwrap().value
}

/// Whether these credentials get a token.
async fn enters(world: &World, credentials: &Credentials) -> bool {
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        credentials.client_id, credentials.client_secret
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    world.anonymous().send("POST", "/oauth/client_credential/accesstoken", &form, &body).await.status() == 200
}

/// Runs two operators' work at the same moment.
async fn both<A, B>(first: A, second: B) -> (A::Output, B::Output)
where
    A: Future<Output: Send> + Send + 'static,
    B: Future<Output: Send> + Send + 'static,
{
    let start = Arc::new(Barrier::new(2));
    let ready = Arc::clone(&start);
    let first = tokio::spawn(async move {
        ready.wait().await;
        first.await
    });
    start.wait().await;
    let second = second.await;
    (first.await.unwrap(), second)
}

fn rotate(target: Target, world: &World) -> impl Future<Output = Result<Credentials>> + Send + 'static {
    let now = world.clock.now();
    async move { target.rotate_secret(&id(), Rotation::EndingTheOlder, now).await }
}

/// Guard: the revision condition. Without it the first of two new secrets is lost, and so is the secret in use.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_rotations_at_once_lose_no_secret_that_was_handed_out() {
    for _ in 0..20 {
        let world = World::demo().await;
        let (first, second) = both(rotate(world.store.target(), &world), rotate(world.store.target(), &world)).await;
        let done: Vec<_> = [first, second]
            .into_iter()
            .filter_map(|rotated| match rotated {
                Ok(credentials) => Some(credentials),
                Err(Error::Stale) => None,
                Err(error) => panic!("{error:?}"),
            })
            .collect();
        assert!(!done.is_empty(), "one of two wins");
        for credentials in &done {
            assert!(enters(&world, credentials).await, "a secret that was handed out is good");
        }
        let old_is_good = enters(&world, world.credentials("demo-acme")).await;
        assert_eq!(old_is_good, done.len() == 1, "the secret before the last one is good, no older one");
    }
}

/// Guards: an update writes only what differs, and the revision condition beside it. Without both a rotation can put a
/// disabled client back into service.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rotation_does_not_undo_a_disabling() {
    for _ in 0..20 {
        let world = World::demo().await;
        let now = world.clock.now();
        let target = world.store.target();
        let disabling = async move { target.disable(&id(), now).await };
        let (rotated, disabled) = both(rotate(world.store.target(), &world), disabling).await;
        assert!(rotated.is_ok() || disabled.is_ok(), "one of two wins");
        let after = client(&world, &id()).await;
        assert_eq!(after.state == ClientState::Disabled, disabled.is_ok());
        assert_eq!(after.digests.previous.is_some(), rotated.is_ok());
    }
}

/// Guard: `attribute_not_exists` of [`Changes::create`]: the second registration would change the first one's secret.
///
/// [`Changes::create`]: shared::table::Changes
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_registrations_of_one_name_the_first_stands() {
    let world = World::demo().await;
    for round in 0..20 {
        let name = format!("partner-{round}");
        let register = |target: Target| {
            let record: ClientRecord = serde_json::from_value(serde_json::json!({
                "id": name, "name": "Partner", "scopes": "read", "sees": "1001",
            }))
            .unwrap();
            let now = world.clock.now();
            async move {
                let ring = target.ring().await.unwrap();
                create(&target.writer, &ring, record, now).await.unwrap()
            }
        };
        let (first, second) = both(register(world.store.target()), register(world.store.target())).await;
        let created = [first, second].into_iter().filter(|(_, put)| *put == Put::Created).collect::<Vec<_>>();
        assert_eq!(created.len(), 1);
        assert!(enters(&world, &created[0].0).await, "the secret that was handed out is good");
    }
}

/// Guard: the refusal while an older secret is good. Without it a second rotation ends the secret that production uses.
#[tokio::test]
async fn a_second_rotation_ends_no_secret_that_is_in_use_unless_told_to() {
    let world = World::demo().await;
    let production = world.credentials("demo-acme").clone();
    let now = world.clock.now();
    let rotate = async |rotation, after| world.operator.rotate_secret(&id(), rotation, now + after).await;
    let refused = |result: Result<Credentials>| match result {
        Err(Error::Refused(refusal)) => refusal.message.into_owned(),
        other => panic!("{other:?}"),
    };
    let unused = refused(rotate(Rotation::InPlaceOfTheCurrent, TimeDelta::zero()).await);
    assert!(unused.contains("in use"), "{unused}");
    let lost = rotate(Rotation::Gentle, TimeDelta::zero()).await.unwrap();
    for after in [TimeDelta::zero(), TimeDelta::hours(24) - TimeDelta::seconds(1)] {
        let message = refused(rotate(Rotation::Gentle, after).await);
        assert!(message.contains("--force") && message.contains("--lost"), "{message}");
        assert!(message.contains("2026-03-11T15:00:00Z"), "{message}");
    }
    assert!(enters(&world, &production).await && enters(&world, &lost).await);
    let second = rotate(Rotation::InPlaceOfTheCurrent, TimeDelta::hours(1)).await.unwrap();
    assert!(enters(&world, &production).await && enters(&world, &second).await && !enters(&world, &lost).await);
    let until = client(&world, &id()).await.digests.previous.unwrap().until;
    assert_eq!(until, now + TimeDelta::hours(24), "the older one keeps its time");
    let third = rotate(Rotation::EndingTheOlder, TimeDelta::hours(1)).await.unwrap();
    assert!(!enters(&world, &production).await && enters(&world, &second).await && enters(&world, &third).await);
    rotate(Rotation::Gentle, TimeDelta::hours(25)).await.unwrap();
}

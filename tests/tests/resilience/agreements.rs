//! A customer's agreement to data roaming is told once, whoever agrees at the same time and whatever fails.
//!
//! Guard: an agreement is created where none is, in one transaction with the stored answer.

use std::sync::Arc;

use local::sources::CutOff;
use serde_json::json;
use tests::World;
use tests::connector::faults::Fault;
use tests::world::LINE;

use crate::faults::{ALWAYS, refill};
use crate::scene::{insist, only, together};

fn path() -> String {
    format!("/limits/v1/subscribers/{LINE}/roaming")
}

/// A world in which data roaming of the line is held.
async fn held() -> World {
    let world = World::demo().await;
    world.hold_roaming(LINE).await;
    world
}

/// How often the network was told.
fn released(world: &World) -> usize {
    world.guard_events().iter().filter(|(event, _)| event == "DataRoamingReleased").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_agreements_at_once_one_is_kept_and_all_are_told_of_it() {
    let world = Arc::new(held().await);
    let replies = together(&world, 40, |world, at| async move {
        if at % 2 == 0 {
            return world.portal().post(&path(), &json!({})).await;
        }
        insist(&world.client("demo-acme"), &format!("agree-{at}"), "POST", &path(), &json!({})).await
    })
    .await;
    assert!(only(&replies, &[200]) < 40);
    let told: Vec<_> = replies.iter().filter(|reply| reply.status() == 200).map(tests::Reply::text).collect();
    assert!(told.windows(2).all(|two| two[0] == two[1]), "{told:?}");
    assert_eq!(released(&world), 1);
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_an_agreement_is_told_once() {
    let places = [("GetItem", 0), ("GetItem", 1), ("Query", 0), ("Query", 1), ("TransactWriteItems", 0)];
    for fault in Fault::ALL {
        for (operation, skip) in places {
            if fault == Fault::Conflict && operation != "TransactWriteItems" {
                continue;
            }
            for (key, times) in [(None, 1), (Some("k"), 1), (None, ALWAYS), (Some("k"), ALWAYS)] {
                let world = held().await;
                let portal = world.portal();
                let mut headers = vec![("content-type", "application/json")];
                headers.extend(key.map(|key| ("idempotency-key", key)));
                world.token("demo-portal").await;
                world.faults.after(operation, skip, fault, times);
                let first = portal.send("POST", &path(), &headers, "{}").await;
                world.faults.clear();
                refill(&world).await;
                let case = format!("{fault:?} of {operation} after {skip}, {times} times, key {key:?}");
                assert!([200, 503].contains(&first.status()), "{case}: {}", first.text());
                let again = portal.send("POST", &path(), &headers, "{}").await;
                assert_eq!(again.status(), 200, "{case}: {}", again.text());
                assert!(first.status() == 503 || first.text() == again.text(), "{case}");
                assert_eq!(released(&world), 1, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn an_agreement_that_is_cut_off_anywhere_is_finished_by_its_repetition() {
    for key in [None, Some("k")] {
        for steps in 1..400 {
            let world = held().await;
            let portal = world.portal();
            let mut headers = vec![("content-type", "application/json")];
            headers.extend(key.map(|key| ("idempotency-key", key)));
            let path = path();
            let send = || portal.send("POST", &path, &headers, "{}");
            world.token("demo-portal").await;
            let ended = CutOff::after(steps, send()).await.is_some();
            assert!(released(&world) <= 1, "cut off after {steps}");
            send().await.expect(200);
            assert_eq!(released(&world), 1, "cut off after {steps}");
            if ended {
                break;
            }
            assert!(steps < 399, "an agreement takes more steps than this test tries");
        }
    }
}

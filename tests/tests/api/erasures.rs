//! Erasures that were cut off, as an operator finds and finishes them.

use local::erasures::{Found, find, finish};
use serde_json::{Value, json};
use shared::domain::recording::{Format, RecordingState};
use shared::files::ObjectKey;
use tests::connector::faults::Fault;
use tests::{FILES, World};

async fn found(world: &World) -> Vec<Found> {
    let files = world.store.bucket.files(FILES).unwrap();
    let today = world.clock.now().date_naive();
    let days = today.iter_days().take(1);
    find(world.operator.writer.reader(), &files, world.country(), days).await.unwrap()
}

async fn end(world: &World, found: &[Found]) {
    let files = world.store.bucket.files(FILES).unwrap();
    finish(&world.operator.writer, &files, world.clock.now(), found).await.unwrap();
}

/// What an operator sees of them: recording, state, files that are left.
fn shown(found: &[Found]) -> Vec<Value> {
    let rows = found.iter().map(|one| serde_json::to_value(one).unwrap());
    rows.map(|row| json!([row["call"], row["state"], row["files"], row["client"], row["customer"]])).collect()
}

async fn key(world: &World, id: u64) -> ObjectKey {
    let stored = world.operator.writer.reader().recording(id.try_into().unwrap()).await.unwrap().unwrap();
    ObjectKey::recording(world.country(), &stored, Format::Wav).unwrap()
}

async fn state(world: &World, id: u64) -> RecordingState {
    world.operator.writer.reader().recording(id.try_into().unwrap()).await.unwrap().unwrap().state
}

/// The first transaction marks; the second one, which completes the erasure, fails for good.
async fn cut_off(world: &World, id: u64) {
    world.faults.after("TransactWriteItems", 1, Fault::ServerError, 3);
    world.portal().send("DELETE", &format!("/calls/{id}/recordings"), &[], "").await.expect(503);
    world.faults.clear();
}

#[tokio::test]
async fn one_that_was_cut_off_is_found_and_finished_and_told_once() {
    let world = World::demo().await;
    cut_off(&world, 7001).await;
    world.portal().send("DELETE", "/calls/7002/recordings", &[], "").await.expect(200);
    for id in [7001, 7002] {
        world.store.bucket.put(&key(&world, id).await, "audio/wav", b"RIFF".to_vec()).await.unwrap();
    }
    world.portal().send("DELETE", "/calls/7003/recordings", &[], "").await.expect(200);
    let before = found(&world).await;
    let expected = [
        json!([7001, "erasing", ["wav"], "demo-portal", "1001"]),
        json!([7002, "erased", ["wav"], "demo-portal", "1001"]),
        json!([7003, "erased", [], "demo-portal", "1001"]),
    ];
    assert_eq!(shown(&before), expected);
    assert_eq!(before.iter().map(Found::is_done).collect::<Vec<_>>(), [false, false, true]);

    end(&world, &before).await;
    assert!(found(&world).await.iter().all(Found::is_done));
    for id in [7001, 7002, 7003] {
        assert_eq!(
            (state(&world, id).await, world.object(&key(&world, id).await).await),
            (RecordingState::Erased, None)
        );
    }
    let items = world.items();
    assert_eq!(items.iter().filter(|item| item.contains("RecordingErased")).count(), 3, "each is told once");
    end(&world, &found(&world).await).await;
    end(&world, &before).await;
    assert_eq!(world.items(), items, "a second time changes nothing");
    world.portal().get("/calls/1/7001/recordings").await.expect(404);
}

#[tokio::test]
async fn one_that_its_client_has_finished_meanwhile_stays_as_it_is() {
    let world = World::demo().await;
    cut_off(&world, 7001).await;
    let seen = found(&world).await;
    world.portal().send("DELETE", "/calls/7001/recordings", &[], "").await.expect(200);
    let items = world.items();
    end(&world, &seen).await;
    assert_eq!(world.items(), items);
    assert_eq!(state(&world, 7001).await, RecordingState::Erased);
}

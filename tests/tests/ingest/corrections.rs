//! A file with a higher sequence replaces what the lower one has told.

use serde_json::json;
use shared::domain::usage_file::name::UsageFile;
use shared::files::ObjectKey;
use tests::World;
use tests::world::LINE;

fn call(id: &str, seconds: u32) -> String {
    let record = json!({
        "id": id, "msisdn": LINE, "start": "2026-03-07T10:00:00-05:00", "called": "123", "kind": "ONNET",
        "seconds": seconds,
    });
    format!("{record}\n")
}

fn session(id: &str, hour: u32, bytes: u64) -> String {
    let record = json!({
        "id": id, "msisdn": LINE, "start": format!("2026-03-07T{hour:02}:00:00-05:00"), "app": "A", "bytes": bytes,
    });
    format!("{record}\n")
}

async fn send(world: &World, name: &str, lines: &[String]) {
    world.put_usage_file(&format!("inbox/0/{name}"), lines.concat().as_bytes()).await;
    world.settle().await;
}

async fn told(world: &World, name: &str, count: &str) -> u64 {
    let key = ObjectKey::result(&UsageFile::of_key(&format!("inbox/0/{name}")).unwrap(), None);
    let told: serde_json::Value = serde_json::from_str(&world.object(&key).await.unwrap()).unwrap();
    told[count].as_u64().unwrap()
}

/// The day's records and units, of calls or of traffic.
async fn usage(world: &World) -> (u64, u64) {
    let day = "2026-03-07".parse().unwrap();
    let usage = world.operator.writer.reader().usage_by_day(&world.msisdn(LINE), day, day).await.unwrap();
    usage.get(&day).map(|usage| (usage.records, usage.units.values().sum())).unwrap_or_default()
}

async fn seconds(world: &World) -> Vec<u64> {
    let path = format!("/customers/{LINE}/calls/details?dateFrom=2026-03-07&dateTill=2026-03-07&limit=1000");
    let rows = world.portal().get(&path).await.expect(200).json();
    let seconds = rows.as_array().unwrap().iter().filter_map(|row| row["callDuration"].as_u64());
    // The demo's own calls are shorter.
    seconds.filter(|seconds| *seconds > 1_000).collect()
}

#[tokio::test]
async fn a_corrected_file_takes_the_place_of_the_one_before() {
    let world = World::demo().await;
    send(&world, "a/x.1.calls.ndjson", &[call("1", 60), call("2", 120), call("3", 180)]).await;
    assert_eq!(usage(&world).await, (3, 360));
    send(&world, "a/x.2.calls.ndjson", &[call("1", 600), call("3", 180), call("4", 60)]).await;
    assert_eq!(usage(&world).await, (3, 840));
    let counts = ["accepted", "replaced", "removed", "read"];
    let mut found = Vec::new();
    for count in counts {
        found.push(told(&world, "a/x.2.calls.ndjson", count).await);
    }
    assert_eq!(found, [1, 2, 1, 3]);
}

#[tokio::test]
async fn a_call_that_a_correction_drops_passes_to_the_next_who_tells_it() {
    let world = World::demo().await;
    send(&world, "b/x.1.calls.ndjson", &[call("1", 1_300)]).await;
    send(&world, "a/x.1.calls.ndjson", &[call("1", 1_200)]).await;
    assert_eq!((usage(&world).await, told(&world, "a/x.1.calls.ndjson", "duplicate").await), ((1, 1_200), 1));
    assert_eq!(seconds(&world).await, [1_200]);
    send(&world, "a/x.2.calls.ndjson", &[call("2", 60)]).await;
    assert_eq!(usage(&world).await, (2, 1_320 + 60));
    assert_eq!(seconds(&world).await, [1_300]);
    send(&world, "b/x.2.calls.ndjson", &[]).await;
    assert_eq!(usage(&world).await, (1, 60));
    assert_eq!(seconds(&world).await, Vec::<u64>::new());
}

#[tokio::test]
async fn traffic_is_corrected_alike() {
    let world = World::demo().await;
    send(&world, "a/x.1.sessions.ndjson", &[session("1", 3, 1_024), session("2", 4, 2_048)]).await;
    send(&world, "b/x.1.sessions.ndjson", &[session("2", 4, 4_096)]).await;
    assert_eq!(usage(&world).await, (2, 1 + 2));
    send(&world, "a/x.2.sessions.ndjson", &[session("1", 3, 3_072)]).await;
    assert_eq!(usage(&world).await, (2, 3 + 4));
    assert_eq!(told(&world, "a/x.2.sessions.ndjson", "removed").await, 1);
}

#[tokio::test]
async fn an_older_version_that_comes_late_changes_nothing_and_says_so() {
    let world = World::demo().await;
    send(&world, "a/x.2.calls.ndjson", &[call("1", 60)]).await;
    send(&world, "a/x.1.calls.ndjson", &[call("1", 600), call("2", 600)]).await;
    assert_eq!(usage(&world).await, (1, 60));
    assert!(world.items().iter().any(|item| item.contains("version 2 was here first")));
}

#[tokio::test]
async fn the_same_sequence_with_other_content_is_refused() {
    let world = World::demo().await;
    send(&world, "a/x.1.calls.ndjson", &[call("1", 60)]).await;
    send(&world, "a/x.1.calls.ndjson", &[call("1", 600)]).await;
    assert_eq!(usage(&world).await, (1, 60));
    assert!(world.items().iter().any(|item| item.contains("this sequence was here with other content")));
}

#[tokio::test]
async fn a_correction_of_what_is_gone_is_refused_before_anything_is_changed() {
    let world = World::demo().await;
    send(&world, "a/x.1.calls.ndjson", &[call("1", 60)]).await;
    let (key, _) = ObjectKey::usage_file("inbox/0/a/x.1.calls.ndjson").unwrap();
    world.store.bucket.files(tests::FILES).unwrap().delete(&[key]).await.unwrap();
    send(&world, "a/x.2.calls.ndjson", &[call("1", 600)]).await;
    assert_eq!(usage(&world).await, (1, 60));
    assert!(world.items().iter().any(|item| item.contains("its object is gone or changed")));
}

//! Objects that are overwritten before they are read, or changed before all of them is taken in.

use std::time::Duration;

use local::sources::CutOff;
use serde_json::json;
use shared::domain::usage_file::name::UsageFile;
use shared::error::Error;
use shared::events::{Object, Taken};
use shared::table::Changes;
use tests::World;
use tests::world::LINE;

use crate::behaviour::{calls, counts, sample, send};
use crate::lab::{LINES, Lab};

const KEY: &str = "inbox/0/demo/msc.1.calls.csv";

fn dead(world: &World) -> Vec<String> {
    let dead = world.queues.messages("UsageDeadLetters");
    dead.iter().map(|message| message.attributes["reason"].clone()).collect()
}

/// Puts a file, and begins with it so late that the rest is left to a message in the queue. The message that told of it.
async fn begin(world: &World, content: &[u8]) -> String {
    world.put_usage_file(KEY, content).await;
    let created = world.store.bucket.take_created().pop().unwrap();
    let body = local::sources::created(KEY, created.tag.as_deref(), world.clock.now());
    let batch = json!({ "Records": [{ "messageId": "1", "body": body }] });
    let answer = world.functions["usage-ingest"](batch, Duration::from_secs(15)).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    body
}

/// Guard: a message is about what was put, not about what is there.
#[tokio::test]
async fn an_object_that_is_overwritten_before_it_is_read_is_not_lost_without_a_trace() {
    let world = World::demo().await;
    let lost = "object: was overwritten before it was read";
    let whole = sample("msc.1.calls.csv");
    let header = whole.split_inclusive(|byte| *byte == b'\n').next().unwrap();
    world.put_usage_file(KEY, header).await;
    send(&world, KEY, &whole).await;
    assert_eq!((counts(&world, KEY).await, dead(&world)), ([6, 6, 0, 0, 0], vec![lost.to_owned()]));
    world.queues.redrive("UsageDeadLetters", Some("UsageFiles"), world.clock.now());
    world.settle().await;
    assert_eq!(dead(&world), [lost], "still something else");
    // Put twice, it is the same; after it was read, another content is refused as before.
    world.put_usage_file(KEY, &whole).await;
    send(&world, KEY, &whole).await;
    send(&world, KEY, header).await;
    assert_eq!((counts(&world, KEY).await, dead(&world)), ([6, 6, 0, 0, 0], vec![lost.to_owned()]));
}

/// Guard: what goes on is what began. An object that is another one by now is not read as if it were the first.
#[tokio::test]
async fn a_file_goes_on_only_if_it_is_still_the_same() {
    let world = World::demo().await;
    let before = calls(&world, LINE).await.len();
    let whole = sample("msc.1.calls.csv");
    let other = [whole.split_inclusive(|byte| *byte == b'\n').next().unwrap(), b"what\n"].concat();
    let body = begin(&world, &whole).await;
    send(&world, KEY, &other).await;
    let changed = "object: was changed before all of it was taken in".to_owned();
    assert_eq!((dead(&world), calls(&world, LINE).await.len()), (vec![changed.clone()], before));
    // The first message comes once more.
    world.queues.send("UsageFiles", body, Default::default(), world.clock.now());
    world.settle().await;
    assert_eq!(dead(&world), [changed.clone(), changed]);
    // It is put back, and the dead letters are sent on their way again.
    world.put_usage_file(KEY, &whole).await;
    world.queues.redrive("UsageDeadLetters", Some("UsageFiles"), world.clock.now());
    world.settle().await;
    assert_eq!((counts(&world, KEY).await, dead(&world)), ([6, 6, 0, 0, 0], Vec::new()));
    assert_eq!(calls(&world, LINE).await.len(), before + 4);
}

/// The same content may be put in parts, with another tag.
#[tokio::test]
async fn a_file_goes_on_where_the_same_content_was_put_again() {
    let world = World::demo().await;
    begin(&world, &sample("msc.1.calls.csv")).await;
    let file = UsageFile::of_key(KEY).unwrap();
    let stored = world.operator.writer.reader().usage_file(&file.stream, &file.name).await.unwrap().unwrap();
    let mut other = stored.value.clone();
    other.version.tag = Some("\"0f343b0931126a20f133d67c2b018a3b-2\"".to_owned());
    let mut changes = Changes::new();
    changes.update_usage_file(&file.stream, &file.name, &stored, &other).unwrap();
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
    world.settle().await;
    assert_eq!((counts(&world, KEY).await, dead(&world)), ([6, 6, 0, 0, 0], Vec::new()));
}

/// Guard: whenever another content is put, nothing of it counts as the first one's.
#[tokio::test]
async fn two_contents_are_never_mixed() {
    let content = |letter: char| -> String {
        let call = |at: u32| {
            let call = json!({
                "id": format!("{letter}{at}"), "msisdn": LINES[0], "start": format!("2026-03-09T10:0{at}:00-05:00"),
                "called": "123", "kind": "ONNET", "seconds": 9,
            });
            format!("{call}\n")
        };
        (0..4).map(call).collect()
    };
    let object = Object { key: "inbox/0/a/f.1.calls.ndjson".to_owned(), digest: None, tag: None };
    let (mut whole, mut changed) = (0, 0);
    for steps in 0..u64::MAX {
        let lab = Lab::new(2).await;
        lab.put(&object.key, &content('a')).await;
        let mut taking = Box::pin(lab.take(&object, 300));
        let done = CutOff::after(steps, &mut taking).await;
        let is_over = done.is_some();
        lab.put(&object.key, &content('b')).await;
        let result = match done {
            Some(result) => result,
            None => taking.await,
        };
        let ids: Vec<char> = lab.calls(0).await.iter().filter_map(|call| call.id.as_str().chars().next()).collect();
        match result {
            Ok(taken) => {
                assert_eq!(taken, Taken::Applied, "{steps}");
                assert!(ids.len() == 4 && ids.iter().all(|id| *id == ids[0]), "{steps}: {ids:?}");
                whole += 1;
            }
            Err(error) => {
                assert!(matches!(error, Error::Invalid { .. }), "{steps}: {error}");
                assert!(!ids.contains(&'b'), "{steps}: {ids:?}");
                changed += 1;
            }
        }
        if is_over {
            break;
        }
    }
    assert!(whole > 1 && changed > 0, "{whole} {changed}");
}

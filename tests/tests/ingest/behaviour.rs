//! A file's way from the inbox to what callers see.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use shared::domain::usage_file::name::UsageFile;
use shared::files::ObjectKey;
use std::io::Write as _;
use std::time::Duration;
use tests::World;
use tests::world::{LINE, OTHERS};

/// What became of a file, as it is told beside it.
async fn result(world: &World, key: &str) -> Value {
    let key = ObjectKey::result(&UsageFile::of_key(key).unwrap(), None);
    serde_json::from_str(&world.object(&key).await.unwrap()).unwrap()
}

/// The same in short: read, accepted, duplicate, replaced, rejected.
pub async fn counts(world: &World, key: &str) -> [u64; 5] {
    let told = result(world, key).await;
    let counts = ["read", "accepted", "duplicate", "replaced", "rejected"].map(|name| told[name].as_u64().unwrap());
    assert_eq!(counts[0], counts[1..].iter().sum::<u64>(), "{told}");
    counts
}

async fn rejects(world: &World, key: &str) -> Vec<Value> {
    let key = ObjectKey::rejects(&UsageFile::of_key(key).unwrap(), 0);
    let text = world.object(&key).await.unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub async fn calls(world: &World, line: &str) -> Vec<Value> {
    let path = format!("/customers/{line}/calls/details?dateFrom=2026-03-09&dateTill=2026-03-09&limit=1000");
    world.portal().get(&path).await.expect(200).json().as_array().unwrap().clone()
}

async fn bytes(world: &World, line: &str) -> u64 {
    let path = format!(
        "/billing/subscribers/{line}/usage/data/hourlybyapp?startDate=2026-03-09T00:00:00-05:00&endDate=2026-03-09T23:59:59-05:00"
    );
    world.portal().get(&path).await.expect(200).at("/totalVolumeBytes").as_u64().unwrap()
}

pub fn sample(name: &str) -> Vec<u8> {
    tests::file(&format!("docs/usage-files/{name}")).into_bytes()
}

pub async fn send(world: &World, key: &str, content: &[u8]) {
    world.put_usage_file(key, content).await;
    world.settle().await;
}

fn call(id: &str, more: &Value) -> String {
    let mut record = json!({
        "id": id, "msisdn": LINE, "start": "2026-03-09T10:00:00-05:00", "called": "123", "kind": "ONNET", "seconds": 9,
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    format!("{record}\n")
}

#[tokio::test]
async fn the_samples_show_in_the_api_and_count_for_their_days() {
    let world = World::demo().await;
    let (before, others) = (calls(&world, LINE).await.len(), calls(&world, OTHERS).await.len());
    let traffic = bytes(&world, LINE).await;
    for (name, expected) in [
        ("msc.1.calls.csv", [6, 6, 0, 0, 0]),
        ("msc-2.1.calls.ndjson", [3, 3, 0, 0, 0]),
        ("pgw.1.sessions.csv", [4, 4, 0, 0, 0]),
        ("pgw-2.1.sessions.ndjson", [2, 2, 0, 0, 0]),
    ] {
        let key = format!("inbox/0/demo/{name}");
        send(&world, &key, &sample(name)).await;
        assert_eq!(counts(&world, &key).await, expected, "{name}");
    }
    assert_eq!(calls(&world, LINE).await.len(), before + 6);
    assert_eq!(calls(&world, OTHERS).await.len(), others + 2);
    assert_eq!(bytes(&world, LINE).await, traffic + 52_428_800 + 7_340_032 + 1_048_576 + 2_097_152);
    let day = "2026-03-09".parse().unwrap();
    let usage = world.operator.writer.reader().usage_by_day(&world.msisdn(LINE), day, day).await.unwrap();
    let units = |class: &str| usage[&day].units[&class.parse().unwrap()];
    assert_eq!(usage[&day].records, 10);
    assert_eq!([units("voice.onnet"), units("voice.offnet"), units("sms.offnet")], [120, 240, 1]);
    assert_eq!([units("voice.intl.norte"), units("voice.group")], [330, 180]);
    assert_eq!(units("data.home"), 51_200 + 7_168 + 1_024 + 2_048);
}

#[tokio::test]
async fn a_call_that_no_plan_includes_shows_its_price() {
    let world = World::demo().await;
    send(&world, "inbox/0/demo/msc.1.calls.csv", &sample("msc.1.calls.csv")).await;
    let all = calls(&world, LINE).await;
    let abroad = all.iter().find(|row| row["callType"] == "LDI" && row["callDuration"] == 330).unwrap();
    assert_eq!((&abroad["callAmount"], &abroad["airTime"]), (&json!("4400.00"), &json!(330)), "330 s at 800 a minute");
    let included = all.iter().find(|row| row["callType"] == "ONNET" && row["callDuration"] == 61).unwrap();
    assert_eq!((&included["callAmount"], &included["airTime"]), (&json!("0.00"), &json!(120)));
}

#[tokio::test]
async fn a_file_that_is_sent_again_changes_nothing() {
    let world = World::demo().await;
    for name in ["msc.1.calls.csv", "pgw.1.sessions.csv"] {
        let key = format!("inbox/0/demo/{name}");
        send(&world, &key, &sample(name)).await;
        world.clock.set(world.clock.now() + chrono::TimeDelta::days(1));
        world.settle().await;
        let (items, told) = (world.items(), result(&world, &key).await);
        send(&world, &key, &sample(name)).await;
        send(&world, &format!("inbox/1/demo/{name}"), &sample(name)).await;
        assert_eq!(world.items(), items, "{name}");
        assert_eq!(result(&world, &key).await, told, "{name}");
    }
}

#[tokio::test]
async fn the_world_is_told_of_a_file_once() {
    let world = World::demo().await;
    for _ in 0..2 {
        send(&world, "inbox/0/demo/msc.1.calls.csv", &sample("msc.1.calls.csv")).await;
    }
    let told: Vec<_> = world.items().into_iter().filter(|item| item.contains("\"UsageFileIngested\"")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("\\\"read\\\":6"), "{told:?}");
    let (queue, dead) = (world.queues.messages("UsageFiles"), world.queues.messages("UsageDeadLetters"));
    assert!(queue.is_empty() && dead.is_empty());
}

#[tokio::test]
async fn bad_lines_are_kept_with_their_reasons_and_the_rest_goes_on() {
    let world = World::demo().await;
    let key = "inbox/0/demo/bad.1.calls.ndjson";
    let before = calls(&world, LINE).await.len();
    let lines = [
        call("1", &json!({})),
        call("2", &json!({ "seconds": -1 })),
        call("3", &json!({ "msisdn": "3000000000" })),
        call("4", &json!({ "end": "2026-03-09T09:00:00-05:00", "seconds": null })),
        call("5", &json!({ "start": "2026-03-12T10:00:00-05:00" })),
        call("6", &json!({ "currency": "USD" })),
        call("7", &json!({ "colour": "red" })),
        "{\"id\":\"8\",\"msi\n".to_owned(),
        "\u{fffd}\n".to_owned(),
        call("9", &json!({ "kind": "Roaming" })),
        call("10", &json!({})),
    ];
    let content = lines.concat().into_bytes();
    let at = content.windows(3).position(|bytes| bytes == "\u{fffd}".as_bytes()).unwrap();
    let content = [&content[..at], b"\xff\xfe", &content[at + 3..]].concat();
    send(&world, key, &content).await;
    assert_eq!(counts(&world, key).await, [11, 2, 0, 0, 9]);
    assert_eq!(calls(&world, LINE).await.len(), before + 2);
    let rejects = rejects(&world, key).await;
    let reasons: Vec<_> =
        rejects.iter().map(|row| (row["line"].as_u64().unwrap(), row["reason"].as_str().unwrap())).collect();
    let expected = [
        (2, "seconds: must be a whole number, not below zero"),
        (3, "msisdn: must be a line of ours"),
        (4, "end: must not be before the start"),
        (5, "start: must not be more than a day in the future"),
        (6, "currency: must be the country's currency"),
        (7, "has an unknown field at line 1 column"),
        (8, "is no JSON object"),
        (9, "is not UTF-8"),
        (10, "the record does not say which network was visited"),
    ];
    assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
    for ((line, reason), (number, beginning)) in reasons.iter().zip(expected) {
        assert!(*line == number && reason.starts_with(beginning), "{line}: {reason}");
    }
    assert_eq!(rejects[1]["record"], lines[2].trim_end());
    let mended = [call("2", &json!({})), call("9", &json!({ "kind": "Roaming", "visited": "34" }))].concat();
    send(&world, "inbox/0/demo/bad-mended.1.calls.ndjson", mended.as_bytes()).await;
    assert_eq!(calls(&world, LINE).await.len(), before + 4);
}

#[tokio::test]
async fn a_compressed_file_is_read_as_far_as_it_goes() {
    let world = World::demo().await;
    let before = calls(&world, LINE).await.len();
    let text: String = (0..200).map(|at| call(&format!("z{at}"), &json!({ "seconds": at * 7 % 600 }))).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    send(&world, "inbox/0/demo/whole.1.calls.ndjson.gz", &whole).await;
    assert_eq!(counts(&world, "inbox/0/demo/whole.1.calls.ndjson.gz").await, [200, 200, 0, 0, 0]);
    assert_eq!(calls(&world, LINE).await.len(), before + 200);
    let cut = "inbox/0/demo/cut.1.calls.ndjson.gz";
    send(&world, cut, &whole[..whole.len() / 2]).await;
    let [read, accepted, duplicate, _, rejected] = counts(&world, cut).await;
    assert!(accepted == 0 && duplicate > 20 && read == duplicate + 1, "told by the whole file already");
    assert_eq!(rejected, 1);
    let last = rejects(&world, cut).await.pop().unwrap();
    assert_eq!(last["reason"], "the compressed content is damaged or cut off here");
}

/// Guard: a chunk has no more than 8 MB, so that a file of long lines takes no more memory than another one.
#[tokio::test]
async fn a_file_of_long_lines_is_taken_in_smaller_chunks() {
    let world = World::demo().await;
    let key = "inbox/0/demo/long.1.calls.ndjson";
    let long = call("long", &json!({ "colour": "x".repeat(60_000) }));
    let (lines, before) = (300, calls(&world, LINE).await.len());
    let content = [long.repeat(lines), call("short", &json!({}))].concat();
    send(&world, key, content.as_bytes()).await;
    assert_eq!(counts(&world, key).await, [301, 1, 0, 0, 300]);
    assert_eq!(calls(&world, LINE).await.len(), before + 1);
    let file = UsageFile::of_key(key).unwrap();
    let mut chunks = Vec::new();
    for chunk in 0..4 {
        chunks.push(world.object(&ObjectKey::rejects(&file, chunk)).await.is_some());
    }
    assert_eq!(chunks, [true, true, true, false], "18 MB are three chunks");
}

#[tokio::test]
async fn a_file_that_is_something_else_is_refused_whole() {
    let world = World::demo().await;
    let items = world.items().len();
    send(&world, "inbox/0/demo/other.1.calls.csv", &sample("pgw.1.sessions.csv")).await;
    let refused: Vec<_> = world.items().into_iter().filter(|item| item.contains("unknown column")).collect();
    assert_eq!((refused.len(), world.items().len()), (1, items + 1), "it is listed, and nothing else");
    world.put_usage_file("inbox/0/demo/other.1.calls.csv", &sample("msc.1.calls.csv")).await;
    world.settle().await;
    assert_eq!(counts(&world, "inbox/0/demo/other.1.calls.csv").await[0], 6, "the right one may still come");
}

#[tokio::test]
async fn what_is_no_usage_file_is_a_dead_letter_with_the_reason() {
    let world = World::demo().await;
    let files = world.store.bucket.files(tests::FILES).unwrap();
    let (key, _) = ObjectKey::usage_file("inbox/0/a/b.1.calls.csv").unwrap();
    files.put(&key, b"x").await.unwrap();
    world.store.bucket.take_created();
    let body = local::sources::created("inbox/a b+c.txt", None, world.clock.now());
    world.queues.send("UsageFiles", body, Default::default(), world.clock.now());
    world.settle().await;
    let dead = world.queues.messages("UsageDeadLetters");
    assert_eq!(dead.len(), 1);
    assert!(dead[0].attributes["reason"].starts_with("key: a usage file is called"), "{dead:?}");
    assert_eq!((dead[0].receives, world.queues.messages("UsageFiles").len()), (0, 0));
}

#[tokio::test]
async fn a_file_goes_on_where_the_time_ended() {
    let world = World::demo().await;
    let before = calls(&world, LINE).await.len();
    world.put_usage_file("inbox/0/demo/msc.1.calls.csv", &sample("msc.1.calls.csv")).await;
    world.store.bucket.take_created();
    let body = local::sources::created("inbox/0/demo/msc.1.calls.csv", None, world.clock.now());
    let batch = json!({ "Records": [{ "messageId": "1", "body": body }] });
    let answer = world.functions["usage-ingest"](batch, Duration::from_secs(15)).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    let waiting = world.queues.messages("UsageFiles");
    let next = waiting.iter().find(|message| message.body.contains("\"digest\"")).unwrap();
    assert_eq!(next.attributes["reason"], "continued");
    assert_eq!(calls(&world, LINE).await.len(), before);
    world.settle().await;
    assert_eq!(calls(&world, LINE).await.len(), before + 4);
}

#[tokio::test]
async fn the_list_of_a_day_says_what_became_of_each_file() {
    let world = World::demo().await;
    send(&world, "inbox/0/demo/msc.1.calls.csv", &sample("msc.1.calls.csv")).await;
    send(&world, "inbox/0/demo/msc.1.calls.csv", &sample("pgw.1.sessions.csv")).await;
    world.put_usage_file("inbox/0/demo/z.1.calls.ndjson", call("z", &json!({})).as_bytes()).await;
    let body = json!({ "object": { "key": "inbox/0/demo/z.1.calls.ndjson" } }).to_string();
    let batch = json!({ "Records": [{ "messageId": "1", "body": body }] });
    world.functions["usage-ingest"](batch, Duration::from_secs(20)).await.unwrap();
    let day = world.clock.now().with_timezone(&chrono::FixedOffset::west_opt(5 * 3_600).unwrap()).date_naive();
    let mut found = Vec::new();
    for fate in world.operator.writer.reader().usage_files(day).await.unwrap() {
        let read = fate.ingested.map(|ingested| ingested.counts.read());
        found.push((fate.arrival.name.to_string(), fate.arrival.refused.is_some(), read));
    }
    found.sort();
    let expected = [("msc", false, Some(6)), ("msc", true, None), ("z", false, None)];
    assert_eq!(found, expected.map(|(name, refused, read)| (name.to_owned(), refused, read)));
}

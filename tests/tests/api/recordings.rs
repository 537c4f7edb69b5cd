//! Recordings: searched, played, erased.

use serde_json::{Value, json};
use shared::domain::recording::RecordingState;
use tests::connector::faults::Fault;
use tests::{Reply, World};

use crate::{bad_request_names, load, refused};

const FIRST: u64 = 6_015_550_101;
const SECOND: u64 = 6_015_550_102;
const OTHERS: u64 = 6_055_550_201;
/// An unassigned extension.
const NOBODY: u64 = 6_019_999_999;

fn wanted(extensions: &[u64]) -> Value {
    json!({"extensions": extensions, "start": "2026-03-01", "end": "2026-03-10"})
}

async fn search(world: &World, client: &str, body: &Value) -> Reply {
    world.client(client).post("/lines/recordings", body).await
}

fn ids(reply: &Reply) -> Vec<String> {
    reply.json().as_array().unwrap().iter().map(|row| row["idCall"].as_str().unwrap().to_owned()).collect()
}

async fn state(world: &World, id: u64) -> RecordingState {
    let reader = world.operator.writer.reader();
    reader.recording(id.try_into().unwrap()).await.unwrap().unwrap().state
}

#[tokio::test]
async fn recordings_of_several_extensions_are_one_list_newest_first() {
    let world = World::demo().await;
    let reply = search(&world, "demo-acme", &wanted(&[FIRST, SECOND])).await.expect(200);
    assert_eq!(ids(&reply), ["7001", "7002", "7003", "7004", "7005"]);
    let row = json!({
        "idCall": "7001", "callTime": 8, "origin": 3_005_550_111_u64, "destination": "6015550101",
        "start": "2026-03-10T07:00:00-05:00", "end": "2026-03-10T07:00:08-05:00", "direction": "IN",
    });
    assert_eq!(reply.json()[0], row);
    let mut body = wanted(&[FIRST, SECOND, FIRST]);
    body["direction"] = json!("OUT");
    assert_eq!(ids(&search(&world, "demo-acme", &body).await.expect(200)), ["7002", "7004"]);
    body["end"] = json!("2026-03-08");
    assert_eq!(ids(&search(&world, "demo-acme", &body).await.expect(200)), ["7004"]);
}

#[tokio::test]
async fn pages_go_through_all_lists() {
    let world = World::demo().await;
    let body = wanted(&[FIRST, SECOND]);
    let mut found = Vec::new();
    let mut address = "/lines/recordings?limit=2".to_owned();
    loop {
        let reply = world.portal().post(&address, &body).await.expect(200);
        found.extend(ids(&reply));
        match reply.header("x-next-cursor") {
            "" => break,
            next => address = format!("/lines/recordings?limit=2&cursor={next}"),
        }
    }
    assert_eq!(found, ["7001", "7002", "7003", "7004", "7005"]);
    let some = world.portal().post("/lines/recordings?offset=4&limit=9", &body).await.expect(200);
    assert_eq!(ids(&some), ["7004", "7005"]);
    let past = world.portal().post("/lines/recordings?offset=999999999999", &body).await.expect(200);
    assert!(ids(&past).is_empty());
}

#[tokio::test]
async fn a_page_of_very_many_lists_is_whole_and_reads_about_itself() {
    let world = World::demo().await;
    let recording = |at: u32, extension: u64| {
        json!({
            "type": "recording", "id": 8_000_000 + at, "customer": "1001", "extension": extension,
            "start": format!("2026-03-08T{:02}:{:02}:00Z", at / 60, at % 60), "seconds": 2, "direction": "IN",
            "origin": 3_005_550_111_u64, "destination": "1", "files": {"wav": 1},
        })
    };
    let records: Vec<_> = (0..600).map(|at| recording(at, if at % 30 == 0 { SECOND } else { FIRST })).collect();
    load(&world, &records).await;
    let mut extensions: Vec<u64> = (0..98).map(|at| 6_019_990_000 + at).collect();
    extensions.extend([FIRST, SECOND]);
    let page = async |limit: usize| {
        let reply = world.portal().post(&format!("/lines/recordings?limit={limit}"), &wanted(&extensions)).await;
        ids(&reply.expect(200))
    };
    let all = page(2_000).await;
    assert_eq!(all.len(), 605);
    world.meter.take();
    assert_eq!(page(300).await, all[..300]);
    let units: u64 = world.meter.take().iter().map(|request| request.tenths).sum();
    assert!(units < 2_500, "{units} tenths of a unit for 300 recordings of 100 lists");
}

#[tokio::test]
async fn only_the_callers_own_extensions_are_searched() {
    let world = World::demo().await;
    let mixed = search(&world, "demo-acme", &wanted(&[OTHERS, NOBODY, SECOND])).await.expect(200);
    assert_eq!(ids(&mixed), ["7003", "7004"]);
    let foreign = search(&world, "demo-acme", &wanted(&[OTHERS])).await.expect(404);
    let unknown = search(&world, "demo-acme", &wanted(&[NOBODY])).await.expect(404);
    assert_eq!(foreign.bytes(), unknown.bytes());
    let silent = search(&world, "demo-acme", &wanted(&[6_015_550_103])).await.expect(200);
    assert!(ids(&silent).is_empty(), "an extension of the caller without recordings");
}

#[tokio::test]
async fn a_search_is_checked() {
    let world = World::demo().await;
    let with = |field: &str, value: Value| {
        let mut body = wanted(&[FIRST]);
        body[field] = value;
        body
    };
    for (body, field) in [
        (json!({"start": "2026-03-01", "end": "2026-03-10"}), "extensions"),
        (json!({"extensions": [FIRST], "end": "2026-03-10"}), "start"),
        (json!({"extensions": [FIRST], "start": "2026-03-10"}), "end"),
        (with("extensions", json!([])), "extensions"),
        (with("extensions", json!(vec![FIRST; 101])), "extensions"),
        (with("extensions", json!([FIRST.to_string()])), "extensions[0]"),
        (with("extensions", json!([-1])), "extensions[0]"),
        (with("start", json!("2026-03-11")), "start"),
        (with("start", json!("2026-02-01")), "start"),
        (with("end", json!("x")), "end"),
        (with("direction", json!("in")), "direction"),
    ] {
        bad_request_names(&search(&world, "demo-portal", &body).await, field);
    }
    let hundred: Vec<u64> = (0..99).map(|at| NOBODY + at).chain([FIRST]).collect();
    assert_eq!(ids(&search(&world, "demo-portal", &wanted(&hundred)).await.expect(200)).len(), 3);
}

#[tokio::test]
async fn a_link_opens_the_file_and_nothing_else() {
    let world = World::demo().await;
    for (format, kind, start) in [(1, "audio/wav", &b"RIFF"[..]), (2, "audio/mpeg", &[0xFF, 0xFB])] {
        let reply = world.client("demo-acme").get(&format!("/calls/{format}/7001/recordings")).await.expect(200);
        let link = reply.at("/route").as_str().unwrap().to_owned();
        let file = world.follow(&link).await.expect(200);
        assert_eq!(file.bytes().len() as u64, reply.at("/weight").as_u64().unwrap());
        assert!(file.bytes().starts_with(start));
        assert_eq!(file.header("content-type"), kind);
        world.follow(&link.replace("7001", "7002")).await.expect(403);
        world.follow(&link.replace("X-Amz-Expires=900", "X-Amz-Expires=9000")).await.expect(403);
        world.follow(link.split('?').next().unwrap()).await.expect(403);
    }
}

#[tokio::test]
async fn a_link_ends() {
    let world = World::demo().await;
    let reader = world.operator.writer.reader();
    let recording = reader.recording(7001.try_into().unwrap()).await.unwrap().unwrap();
    let country = shared::domain::country::Country::by_code("co").unwrap();
    let format = shared::domain::recording::Format::Wav;
    let key = shared::files::ObjectKey::recording(country, &recording, format).unwrap();
    let files = world.store.bucket.files("https://files.example").unwrap();
    let link = files.link(&key, std::time::Duration::from_secs(1)).await.unwrap();
    world.follow(&link).await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    world.follow(&link).await.expect(403);
}

#[tokio::test]
async fn links_lead_where_callers_reach_the_bucket() {
    let world = World::demo().await;
    let reader = world.operator.writer.reader();
    let recording = reader.recording(7001.try_into().unwrap()).await.unwrap().unwrap();
    let country = shared::domain::country::Country::by_code("co").unwrap();
    let format = shared::domain::recording::Format::Wav;
    let key = shared::files::ObjectKey::recording(country, &recording, format).unwrap();
    let inside = world.store.bucket.files("https://inside.example").unwrap();
    let signed_inside = inside.link(&key, shared::files::LINK_LIFE).await.unwrap();
    world.follow(&signed_inside.replace("inside", "files")).await.expect(403);
    let files = inside.with_links_at("https://files.example/", local::files::BUCKET);
    let link = files.link(&key, shared::files::LINK_LIFE).await.unwrap();
    world.follow(&link).await.expect(200);
    files.delete(&[key]).await.unwrap();
    world.follow(&link).await.expect(404);
}

#[tokio::test]
async fn other_formats_and_foreign_calls_are_not_found() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    let unknown = acme.get("/calls/1/7999/recordings").await.expect(404);
    for path in ["/calls/1/7101/recordings", "/calls/0/7001/recordings", "/calls/3/7001/recordings"] {
        assert_eq!(acme.get(path).await.expect(404).bytes(), unknown.bytes(), "{path}");
    }
    bad_request_names(&acme.get("/calls/wav/7001/recordings").await, "idFormat");
    bad_request_names(&acme.get("/calls/1/x/recordings").await, "idCall");
    bad_request_names(&acme.get("/calls/1/1234567890123456789/recordings").await, "idCall");
    for method in ["GET", "DELETE"] {
        let reply = acme.send(method, "/calls/7101/recordings", &[], "").await.expect(404);
        assert_eq!(reply.bytes(), unknown.bytes(), "{method}");
    }
    assert_eq!(state(&world, 7101).await, RecordingState::Kept);
}

#[tokio::test]
async fn erasing_takes_the_files_away_and_is_done_once() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    for (method, id) in [("GET", 7001), ("DELETE", 7003)] {
        let links = [1, 2].map(|format| format!("/calls/{format}/{id}/recordings"));
        let mut routes = Vec::new();
        for link in &links {
            routes.push(acme.get(link).await.expect(200).at("/route").as_str().unwrap().to_owned());
        }
        let path = format!("/calls/{id}/recordings");
        let reply = acme.send(method, &path, &[], "").await.expect(200);
        assert_eq!(reply.at("/code"), 200);
        for (link, route) in links.iter().zip(&routes) {
            acme.get(link).await.expect(404);
            world.follow(route).await.expect(404);
        }
        acme.send("GET", &path, &[], "").await.expect(404);
        acme.send("DELETE", &path, &[], "").await.expect(404);
        assert_eq!(state(&world, id).await, RecordingState::Erased);
    }
    let left = search(&world, "demo-acme", &wanted(&[FIRST, SECOND])).await.expect(200);
    assert_eq!(ids(&left), ["7002", "7004", "7005"]);
    let events = world.items().into_iter().filter(|item| item.contains("RecordingErased")).count();
    assert_eq!(events, 2);
}

#[tokio::test]
async fn nothing_erases_by_accident() {
    let world = World::demo().await;
    let portal = world.portal();
    let path = "/calls/7001/recordings";
    let before = world.items();
    for (name, value) in [
        ("sec-purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Sec-Purpose", "prefetch;anonymous-client-ip"),
        ("purpose", "Prefetch"),
        ("Purpose", "prerender"),
        ("X-Moz", "prefetch"),
        ("x-moz", "Prefetch"),
        ("X-Purpose", "preview"),
        ("X-Purpose", "prefetch"),
        ("X-Purpose", "instant"),
    ] {
        refused(&portal.send("GET", path, &[(name, value)], "").await, "prefetch");
    }
    for method in ["HEAD", "OPTIONS", "POST", "PUT"] {
        assert_eq!(portal.send(method, path, &[], "").await.status(), 405, "{method}");
    }
    world.client("demo-readonly").get(path).await.expect(403);
    world.client("demo-globex").get(path).await.expect(404);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_repeated_key_gets_its_answer_again() {
    let world = World::demo().await;
    let portal = world.portal();
    let key = [("idempotency-key", "once")];
    let first = portal.send("GET", "/calls/7001/recordings", &key, "").await.expect(200);
    let again = portal.send("GET", "/calls/7001/recordings", &key, "").await.expect(200);
    assert_eq!(first.bytes(), again.bytes());
    portal.send("GET", "/calls/7002/recordings", &key, "").await.expect(422);
    assert_eq!(state(&world, 7002).await, RecordingState::Kept);
}

#[tokio::test]
async fn a_crash_after_the_mark_is_mended_by_asking_again() {
    let world = World::demo().await;
    let portal = world.portal();
    let key = [("idempotency-key", "crash")];
    let route = portal.get("/calls/1/7001/recordings").await.expect(200).at("/route").as_str().unwrap().to_owned();
    // The first transaction marks; the second one, which completes the erasure, fails for good.
    world.faults.after("TransactWriteItems", 1, Fault::ServerError, 3);
    portal.send("DELETE", "/calls/7001/recordings", &key, "").await.expect(503);
    world.faults.clear();
    assert_eq!(state(&world, 7001).await, RecordingState::Erasing);
    portal.get("/calls/1/7001/recordings").await.expect(404);
    world.follow(&route).await.expect(404);
    assert!(!ids(&search(&world, "demo-portal", &wanted(&[FIRST])).await.expect(200)).contains(&"7001".to_owned()));
    portal.send("DELETE", "/calls/7001/recordings", &key, "").await.expect(200);
    portal.send("DELETE", "/calls/7001/recordings", &key, "").await.expect(200);
    portal.send("DELETE", "/calls/7001/recordings", &[], "").await.expect(404);
    assert_eq!(state(&world, 7001).await, RecordingState::Erased);
    assert_eq!(world.items().into_iter().filter(|item| item.contains("RecordingErased")).count(), 1);
}

#[tokio::test]
async fn of_many_at_once_one_erases() {
    let world = World::demo().await;
    let portal = world.portal();
    let calls = (0..8).map(|_| portal.send("DELETE", "/calls/7001/recordings", &[], ""));
    let mut statuses: Vec<_> = futures_util::future::join_all(calls).await.iter().map(Reply::status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404, 404, 404, 404, 404]);
    assert_eq!(world.items().into_iter().filter(|item| item.contains("RecordingErased")).count(), 1);
}

#[tokio::test]
async fn from_midnight_to_midnight_no_recording_counts_twice() {
    let world = World::demo().await;
    let starts = ["2026-03-03T04:59:59Z", "2026-03-03T05:00:00Z", "2026-03-03T05:00:01Z", "2026-03-04T05:00:00Z"];
    let records = starts.into_iter().enumerate().map(|(at, start)| {
        json!({
            "type": "recording", "id": 8_100_000 + at, "customer": "1001", "extension": FIRST, "start": start,
            "seconds": 2, "direction": "IN", "origin": 3_005_550_111_u64, "destination": "1", "files": {"wav": 1},
        })
    });
    load(&world, &records.collect::<Vec<_>>()).await;
    let between = async |from: &str, to: &str| {
        let found = search(&world, "demo-acme", &json!({"extensions": [FIRST], "start": from, "end": to})).await;
        ids(&found.expect(200))
    };
    let second = between("2026-03-02T00:00:00", "2026-03-03T00:00:00").await;
    let third = between("2026-03-03T00:00:00", "2026-03-04T05:00:00Z").await;
    assert_eq!(
        (second.clone(), third.clone()),
        (vec!["8100000".to_owned()], vec!["8100002".to_owned(), "8100001".to_owned()])
    );
    assert_eq!(between("2026-03-02T00:00:00", "2026-03-04T00:00:00").await, [third.clone(), second.clone()].concat());
    // A date as an end means its whole day.
    assert_eq!((between("2026-03-02", "2026-03-02").await, between("2026-03-03", "2026-03-03").await), (second, third));
}

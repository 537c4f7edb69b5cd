//! The previous owner, for every operation: everything the samples name was customer 1001's and is now customer 1003's.
//! To the old owner it is unknown; the new owner sees nothing from before.
//!
//! Two things do not change hands: a customer's code, which is never reused, and a recording, which names its customer.

use local::demo;
use local::import::record::ClientRecord;
use local::operate::create;
use serde_json::{Value, json};
use shared::domain::country::Country;
use tests::world::{LINE, NOBODY};
use tests::{Row, Sample, World, rows};

use crate::authorization::{bytes, issued};

/// What the samples name, with an unknown counterpart.
const NAMED: &[(&str, &str)] = &[
    (LINE, NOBODY),
    ("NIT/900123456", "NIT/1"),
    ("/900123456", "/1"),
    ("id=900123456", "id=1"),
    ("/10010101", "/999"),
    ("/10010102", "/999"),
    ("/100101", "/999"),
    ("6015550101", "6055550101"),
    ("6015550102", "6055550102"),
];

/// The new owner's responses that are not a plain success: status, and part of the body.
const NEW: &[(&str, u16, &str)] = &[
    ("ListCalls", 200, "[]"),
    ("SearchCalls", 200, "[]"),
    ("UsageByHour", 200, r#""totalVolumeBytes":0"#),
    ("UsageShare", 200, r#""trafficDetails":[]"#),
    ("GetStatus", 200, r#""Active""#),
    ("ListFavourites", 200, "[]"),
    ("RemoveFavourite", 404, ""),
    ("DropOffer", 404, ""),
    ("GetLease", 404, ""),
    ("GetUpgradeRequest", 404, ""),
    ("ListBills", 200, r#""invoice":[]"#),
    ("ListGroupBills", 404, ""),
    ("UpdateGroup", 404, ""),
    ("DeleteGroup", 404, ""),
    ("SearchRecordings", 200, "[]"),
    ("GetRecording", 404, ""),
    ("EraseRecording", 404, ""),
    ("DeleteRecording", 404, ""),
    ("ListProducts", 404, ""),
    ("GetLimits", 200, r#""dataRoaming":"none""#),
    ("AgreeToRoaming", 403, "is not held"),
];

/// An operation's sample, by an identity that can change hands.
fn ask(row: &Row) -> Sample {
    let mut sample = Sample::of(row);
    sample.path = sample.path.replace("code/1001", "NIT/900123456");
    sample
}

/// The same, for an unknown object.
fn unknown(row: &Row) -> Sample {
    let Sample { row, path, query, body } = ask(row);
    let other = |text: String| NAMED.iter().fold(text, |text, (known, unknown)| text.replace(known, unknown));
    Sample { row, path: other(path), query: other(query), body: other(body) }
}

/// The demo data with everything of customer 1001 moved to customer 1003.
fn handed_over(world: &World) -> Vec<Value> {
    let demo = demo::data(Country::by_code("co").unwrap(), world.clock.now()).unwrap();
    let mut records = vec![json!({
        "type": "customer", "code": "1003", "name": "Tercera S.A.S.", "address": "X", "identities": [
            {"kind": "NIT", "number": "900123456"}, {"kind": "CONTRACT", "number": "500101"},
            {"kind": "CONTRACT", "number": "500102"},
        ],
    })];
    for line in demo.lines.lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        let place = if record["type"] == "profile" { "/profile" } else { "" };
        let own = record.pointer(place).unwrap();
        match record["type"].as_str().unwrap() {
            "customer" if own["code"] == "1001" => record["identities"] = json!([]),
            "profile_line" => {}
            "subscriber" | "account" | "profile" | "product" | "site" | "document" if own["customer"] == "1001" => {
                record.pointer_mut(place).unwrap()["customer"] = json!("1003");
                other_contracts(record.pointer_mut(place).unwrap());
                for told in ["favourites", "lease"] {
                    record.as_object_mut().unwrap().remove(told);
                }
            }
            _ => continue,
        }
        records.push(record);
    }
    records
}

/// A contract does not change hands: the new owner has others.
fn other_contracts(record: &mut Value) {
    match &record["contract"] {
        Value::String(id) => record["contract"] = json!(format!("9{id}")),
        Value::Number(id) => record["contract"] = json!(9_000_000 + id.as_u64().unwrap()),
        _ => {}
    }
    for contract in record.get_mut("contracts").and_then(Value::as_array_mut).into_iter().flatten() {
        contract["id"] = json!(format!("9{}", contract["id"].as_str().unwrap()));
    }
}

/// A world after the move, with the new owner's token.
async fn world() -> (World, String) {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    for op in ["AcquireOffer", "RequestUpgrade", "AddFavourite", "PutStatus", "AddServices"] {
        let row = rows::protected().into_iter().find(|row| row.op == op).unwrap();
        let reply = Sample::of(&row).by(&acme).await;
        assert!((200..300).contains(&reply.status()), "{op}: {}", reply.text());
    }
    world.hold_roaming(LINE).await;
    let ring = world.operator.ring().await.unwrap();
    world.import(&handed_over(&world)).await.unwrap();
    let record: ClientRecord = serde_json::from_value(json!({
        "id": "demo-third", "name": "Demo customer 1003", "scopes": "read write", "sees": "1003",
    }))
    .unwrap();
    create(&world.operator.writer, &ring, record, world.clock.now()).await.unwrap();
    let token = issued(&world, "demo-third", "selfcare-co", "read write".parse().unwrap()).await;
    (world, token)
}

#[tokio::test]
async fn a_previous_owner_is_answered_as_about_something_unknown() {
    let (world, _) = world().await;
    let token = world.token("demo-acme").await;
    let before = world.items();
    // The old owner may still erase its recordings.
    let erasing = ["EraseRecording", "DeleteRecording"];
    // A client's subscriptions are its own, whatever changes hands.
    let handed = rows::protected().into_iter().filter(|row| row.function != "hub");
    for row in handed.filter(|row| !erasing.contains(&row.op.as_str())) {
        let reply = bytes(&ask(&row), &world, &token).await;
        let text = String::from_utf8_lossy(&reply.2).into_owned();
        match row.op.as_str() {
            // The catalogue is visible to everybody; the customer's own code and recordings stay visible to it.
            "GetService" | "GetRecording" => assert_eq!(reply.0, 200, "{}: {text}", row.name()),
            "ListProducts" => assert_eq!((reply.0, text.as_str()), (200, "[]"), "{}", row.name()),
            _ => {
                assert_eq!(reply.0, 404, "{}: {text}", row.name());
                let unknown = bytes(&unknown(&row), &world, &token).await;
                assert_eq!(reply, unknown, "{}: it tells what it once was: {text}", row.name());
            }
        }
        assert!(world.items() == before, "{}: a previous owner has changed the table", row.name());
    }
}

#[tokio::test]
async fn the_new_owner_sees_and_changes_nothing_of_the_previous_ones_time() {
    let protected = rows::protected();
    let here = world().await;
    let (world, token) = &here;
    for (op, status, part) in NEW {
        let row = protected.iter().find(|row| row.op == *op).unwrap();
        let before = world.items();
        let reply = bytes(&ask(row), world, token).await;
        let text = String::from_utf8_lossy(&reply.2).into_owned();
        assert_eq!(reply.0, *status, "{}: {text}", row.name());
        assert!(text.contains(part), "{}: {text}", row.name());
        assert!(world.items() == before, "{}: the table has changed", row.name());
    }
    // Otherwise the new owner may do everything. Two writes would block later ones.
    let alone = ["PutStatus", "RequestUpgrade"];
    for row in protected.iter().filter(|row| !NEW.iter().any(|(op, _, _)| row.op == *op)) {
        let other = if alone.contains(&row.op.as_str()) { Some(self::world().await) } else { None };
        let (world, token) = other.as_ref().unwrap_or(&here);
        let (status, _, body) = bytes(&ask(row), world, token).await;
        assert!((200..300).contains(&status), "{}: {status} {}", row.name(), String::from_utf8_lossy(&body));
    }
}

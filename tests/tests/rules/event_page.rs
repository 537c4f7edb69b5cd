//! `docs/events.md`, the JSON Schemas and the examples in `docs/events/`: written from the catalogue of events, and from what is
//! really told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::TimeDelta;
use local::guard::agree;
use serde_json::{Value, json};
use shared::domain::event_catalogue::{Audience, Field, Kind, TOPICS, Told, events, offered};
use shared::events::{Consumer as _, Source};
use tests::receiver::{Manner, Receiver};
use tests::told::{complaint, schema, words};
use tests::world::LINE;
use tests::{Sample, World, rows};
use webhook_deliver::{Op, WebhookDeliver};

use crate::committed;

const FILE: &str = "docs/events.md";
const WALK: &str = "event_page";
/// Where the generated part begins.
const CATALOGUE: &str = "## The catalogue";

fn place(event: &Told, what: &str) -> String {
    format!("docs/events/{}.{}.{what}", event.name, event.version)
}

fn told_to(audience: Audience) -> &'static str {
    match audience {
        Audience::Inside => "a function, by its queue",
        Audience::Bus => "the bus",
        Audience::Hooks => "the bus, and subscriptions",
    }
}

fn rows_of(fields: &[Field], within: &str) -> String {
    fields.iter().fold(String::new(), |mut text, field| {
        let Field { name, kind, about, is_optional } = field;
        let maybe = if *is_optional { ", or null" } else { "" };
        writeln!(text, "| `{within}{name}` | {}{maybe} | {about} |", words(*kind)).unwrap();
        match kind {
            Kind::Object(inner) => text + &rows_of(inner, &format!("{within}{name}.")),
            Kind::Objects(inner) => text + &rows_of(inner, &format!("{within}{name}[].")),
            _ => text,
        }
    })
}

fn page() -> String {
    let mut text = format!("{CATALOGUE}\n\nWritten by `{}`.\n", committed::command(WALK));
    for (topic, events) in TOPICS {
        writeln!(
            text,
            "\n### {topic}\n\n| event | version | what has happened | sent by | told to |\n|---|---|---|---|---|"
        )
        .unwrap();
        for event in *events {
            let Told { name, version, about, sender, audience, .. } = event;
            let anchor = name.to_lowercase();
            writeln!(text, "| [{name}](#{anchor}) | {version} | {about} | {sender} | {} |", told_to(*audience))
                .unwrap();
        }
        for event in *events {
            let links = ["schema.json", "json"].map(|what| place(event, what).replacen("docs/", "", 1));
            writeln!(
                text,
                "\n#### {}\n\n[Schema]({}), [example]({}). Its id follows from {}.\n\n| field | what it is | meaning |\n|---|---|---|",
                event.name, links[0], links[1], event.id
            )
            .unwrap();
            text += &rows_of(event.fields, "");
        }
    }
    text
}

/// The payloads that a world's items tell, by event.
fn told_by(world: &World, into: &mut BTreeMap<String, BTreeSet<String>>) {
    for item in world.items() {
        let item: Value = serde_json::from_str(&item).unwrap();
        if let Some(name) = item["event"]["S"].as_str() {
            into.entry(name.to_owned()).or_default().insert(item["payload"]["S"].as_str().unwrap().to_owned());
        }
    }
}

/// What is really told: by operations and what follows from them, by bill runs, files, payments, and a subscription that ends.
async fn told() -> BTreeMap<String, BTreeSet<String>> {
    let mut told = BTreeMap::new();
    for op in ["PutStatus", "CompletePurchase", "DeleteRecording", "RequestUpgrade", "RequestSubscriptions"] {
        let world = World::demo().await;
        let row = rows::all().into_iter().find(|row| row.op == op).unwrap();
        Sample::of(&row).perform(&world).await;
        world.settle().await;
        world.clock.set(world.clock.now() + TimeDelta::days(6));
        world.settle().await;
        told_by(&world, &mut told);
    }
    let world = World::demo().await;
    let receiver = Receiver::start(Manner::status(410)).await;
    world.portal().post("/hub/v1/hub", &json!({ "callback": receiver.url() })).await.expect(201);
    let upgrade = format!("/plans/subscribers/{LINE}/upgraderequest");
    world.portal().post(&upgrade, &json!({ "planId": "104" })).await.expect(200);
    let status = format!("/billing/subscribers/{LINE}/status");
    world.portal().put(&status, &json!({ "code": "Blocked", "assetType": "SIM" })).await.expect(200);
    world.settle().await;
    told_by(&world, &mut told);
    let world = World::demo().await;
    world.use_all(LINE, &[(6_150_000, None), (9 * 1_024, Some("34"))]).await;
    world.settle().await;
    agree(&world.operator.writer, world.country(), LINE, world.clock.now()).await.unwrap();
    told_by(&world, &mut told);
    let world = World::demo().await;
    world.rare_runs().await;
    let bill = world.bills("1001").await.first().map(|bill| bill.number.to_string()).unwrap();
    let rows = format!("id,reference,amount,day\np-1,{bill},90000.00,2026-03-10\n");
    world.put_payment_file("payments/0/bank/a.csv", rows.as_bytes()).await;
    let call = json!({
        "id": "1", "msisdn": LINE, "start": "2026-03-09T10:00:00-05:00", "called": "123", "kind": "ONNET", "seconds": 9,
    });
    world.put_usage_file("inbox/0/a/x.1.calls.ndjson", format!("{call}\n").as_bytes()).await;
    world.settle().await;
    told_by(&world, &mut told);
    told
}

/// What no item tells: as the sample events of consumers have it.
fn sent() -> BTreeMap<String, BTreeSet<String>> {
    let mut sent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in local::functions::consumed() {
        let file = format!("events/{}/{}.json", one.function, rows::kebab(&one.op));
        let sample: Value = serde_json::from_str(&tests::file(&file)).unwrap();
        let body: Value = serde_json::from_str(sample["Records"][0]["body"].as_str().unwrap()).unwrap();
        let (name, payload) = (&body["detail"]["type"], &body["detail"]["payload"]);
        sent.entry(name.as_str().unwrap().to_owned()).or_default().insert(payload.as_str().unwrap().to_owned());
    }
    sent
}

/// The names that `impl Event` gives in the sources.
fn events_of_the_sources() -> BTreeSet<String> {
    let mut files = vec!["shared/src/domain/event.rs".to_owned()];
    let beside = std::fs::read_dir(tests::root().join("shared/src/domain/event")).unwrap();
    files.extend(beside.map(|file| format!("shared/src/domain/event/{}", file.unwrap().file_name().to_str().unwrap())));
    let name = |line: &str| {
        Some(line.trim().strip_prefix("const NAME: &'static str = \"")?.trim_end_matches("\";").to_owned())
    };
    files.iter().flat_map(|file| tests::file(file).lines().filter_map(name).collect::<Vec<_>>()).collect()
}

#[test]
fn the_catalogue_has_every_event_and_no_other() {
    let told: BTreeSet<_> = events().map(|event| event.name.to_owned()).collect();
    assert_eq!(told, events_of_the_sources(), "shared/src/domain/event_catalogue has a row for each `impl Event`");
    assert_eq!(told.len(), events().count(), "an event has one row");
}

#[test]
fn the_page_and_the_schemas_say_what_the_catalogue_says() {
    let kept = tests::file(FILE);
    let words = kept.split_once(CATALOGUE).map_or(kept.as_str(), |(words, _)| words);
    committed::compare(FILE, &format!("{words}{}", page()), WALK);
    for event in events() {
        committed::compare(&place(event, "schema.json"), &format!("{:#}\n", schema(event)), WALK);
    }
    let files = std::fs::read_dir(tests::root().join("docs/events")).unwrap();
    let files: BTreeSet<_> =
        files.map(|file| format!("docs/events/{}", file.unwrap().file_name().into_string().unwrap())).collect();
    let wanted = events().flat_map(|event| ["schema.json", "json"].map(|what| place(event, what))).collect();
    assert_eq!(files, wanted, "docs/events has a schema and an example of each event, and nothing else");
}

/// Each example was told, and everything that is told is what its schema says.
#[tokio::test]
async fn every_event_that_is_told_is_what_its_schema_says() {
    let (told, sent) = (told().await, sent());
    for event in events() {
        let payloads = told.get(event.name).or_else(|| sent.get(event.name));
        let payloads = payloads.unwrap_or_else(|| panic!("{}: nothing here has it told", event.name));
        for payload in payloads {
            let payload: Value = serde_json::from_str(payload).unwrap();
            assert_eq!(complaint(event.name, &payload), None);
        }
        // Which of them are told may hang on what comes first; the one that is kept was told.
        let examples = payloads.iter().map(|payload| {
            let payload: Value = serde_json::from_str(payload).unwrap();
            format!("{payload:#}\n")
        });
        let examples: Vec<_> = examples.collect();
        let file = place(event, "json");
        let kept = std::fs::read_to_string(tests::root().join(&file)).unwrap_or_default();
        let example = examples.iter().find(|example| **example == kept).unwrap_or(&examples[0]);
        committed::compare(&file, example, WALK);
    }
    for name in told.keys() {
        assert!(events().any(|event| event.name == name && event.audience != Audience::Inside), "{name}");
    }
}

/// A schema that lets everything through would find nothing.
#[test]
fn a_schema_refuses_what_is_not_the_event() {
    let good: Value = serde_json::from_str(&tests::file("docs/events/BillPaid.1.json")).unwrap();
    assert_eq!(complaint("BillPaid", &good), None);
    for (field, value) in [
        ("customer", Value::Null),
        ("customer", json!(1001)),
        ("number", json!("a b")),
        ("amount", json!({ "minor": 1.5, "currency": "COP" })),
        ("amount", json!({ "minor": 1 })),
        ("day", json!("10 March")),
        ("credited", json!("1")),
        ("another", json!(1)),
    ] {
        let mut wrong = good.clone();
        wrong[field] = value;
        assert!(complaint("BillPaid", &wrong).is_some(), "{wrong}");
    }
    assert!(complaint("Another", &good).is_some());
}

#[test]
fn what_is_offered_to_clients_is_what_is_divided_among_their_subscriptions() {
    let divided = WebhookDeliver::SOURCES.iter().filter(|Source { op, .. }| *op == Op::FanOut);
    let mut divided: Vec<_> = divided.map(|source| source.event).collect();
    divided.sort_unstable();
    assert_eq!(divided, offered());
}

//! What a consumer takes is named in three places, which must agree: its `SOURCES`, the template's rules and mappings,
//! the sample events.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use local::functions::{Consumed, consumed, inboxes};
use local::sources::matches;
use local::template::{Schedule, Target};
use serde_json::{Value, json};
use shared::domain::payment_file::name::INBOX as PAYMENTS;
use shared::domain::usage_file::name::INBOX;
use tests::rows::{before, kebab, telling};
use tests::{Sample, World};

fn file(consumed: &Consumed) -> String {
    format!("events/{}/{}.json", consumed.function, kebab(&consumed.op))
}

/// What functions tell each other, or themselves, through their queues, without the bus.
const TOLD_BY_FUNCTIONS: [&str; 5] =
    ["BillRunOrdered", "BillPageListed", "BillPagesDone", "WebhookDue", "UsageLookWanted"];

/// Whether a rule sends the event to a queue that the function takes from.
fn is_brought(sources: &local::template::Sources, event: &str, function: &str) -> bool {
    let tells = |schedule: &Schedule| schedule.input.contains(&format!("\"detail-type\":\"{event}\""));
    let scheduled = sources.schedules.iter().filter(|schedule| tells(schedule));
    let scheduled: Vec<_> = scheduled.map(|schedule| schedule.target.clone()).collect();
    let event = json!({ "source": "selfcare", "detail-type": event });
    let queues: BTreeSet<_> =
        sources.mappings.iter().filter(|one| one.function == function).map(|one| one.queue.as_str()).collect();
    let mut rules = sources.rules.iter().filter(|rule| matches(&rule.pattern, &event));
    rules.any(|rule| rule.queues.iter().any(|queue| queues.contains(queue.as_str())))
        || queues.iter().any(|queue| scheduled.contains(&Target::Queue((*queue).to_owned())))
}

#[test]
fn the_rules_bring_what_consumers_take_and_nothing_else() {
    let sources = &tests::template().sources;
    for Consumed { function, event, .. } in consumed() {
        assert_ne!(
            TOLD_BY_FUNCTIONS.contains(&event),
            is_brought(sources, event, function),
            "a rule or a schedule of template.yaml brings {event} to {function}, unless another function does"
        );
    }
    for rule in &sources.rules {
        for event in rule.pattern["detail-type"].as_array().unwrap() {
            let event = event.as_str().unwrap();
            for mapping in sources.mappings.iter().filter(|mapping| rule.queues.contains(&mapping.queue)) {
                let taken = consumed().iter().any(|one| one.function == mapping.function && one.event == event);
                assert!(taken, "a rule brings {event} to {}, whose SOURCES lack it", mapping.function);
            }
        }
    }
}

#[test]
fn a_message_is_hidden_six_times_as_long_as_its_function_may_take() {
    let template = tests::template();
    for mapping in &template.sources.mappings {
        let (queue, function) = (&template.sources.queues[&mapping.queue], &template.functions[&mapping.function]);
        assert_eq!(queue.visibility, function.timeout * 6, "{}", mapping.queue);
        let (receives, dead_letters) = queue.redrive.as_ref().unwrap();
        assert_eq!(*receives, 5, "{}", mapping.queue);
        assert!(template.sources.queues[dead_letters].retention > queue.retention, "{dead_letters}");
        let parks = function.environment.get("DEAD_LETTERS");
        assert_eq!(parks, Some(dead_letters), "{} parks where its queue's dead letters are", mapping.function);
    }
}

#[test]
fn the_bucket_tells_the_functions_that_take_its_objects_and_nobody_else() {
    let sources = &tests::template().sources;
    let told: BTreeSet<_> = sources.notifications.iter().map(|one| one.queue.as_str()).collect();
    let takers = sources.mappings.iter().filter(|mapping| told.contains(mapping.queue.as_str()));
    let takers: BTreeSet<_> = takers.map(|mapping| mapping.function.as_str()).collect();
    assert_eq!(takers, inboxes().collect::<BTreeSet<_>>());
    let prefixes: Vec<_> = sources.notifications.iter().map(|one| (one.prefix.as_str(), one.queue.as_str())).collect();
    assert_eq!(prefixes, [(INBOX, "UsageFiles"), (PAYMENTS, "PaymentFiles")]);
}

#[tokio::test]
async fn every_inbox_has_a_sample_event_that_has_its_effect() {
    for function in inboxes() {
        let sample: Value = serde_json::from_str(&tests::file(&format!("events/{function}/take.json"))).unwrap();
        let world = World::demo().await;
        let content = tests::file("docs/usage-files/msc.1.calls.csv");
        world.put_usage_file("inbox/7f3a/demo/msc.1.calls.csv", content.as_bytes()).await;
        world.put_payment_file("payments/3c9d/demo/bank.csv", tests::file("docs/payments/bank.csv").as_bytes()).await;
        let before = world.items();
        let answer = world.functions[function](sample, std::time::Duration::from_secs(300)).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{function}");
        assert_ne!(world.items(), before, "{function}: nothing came of it");
        let dead_letters = &tests::template().functions[function].environment["DEAD_LETTERS"];
        assert!(world.queues.messages(dead_letters).is_empty(), "{function}");
    }
}

/// What changes nothing in the table: a function that looks, and says in the log what it has seen (`resilience/rings.rs`); an event
/// that is divided among subscriptions (`resilience/webhooks.rs`).
const ONLY_LOOK: [&str; 2] = ["BillRunExpected", "SubscriberStatusChanged"];

/// Each thing that a consumer does, with the first of the events upon which it does it.
fn done() -> Vec<Consumed> {
    let mut seen = BTreeSet::new();
    consumed().into_iter().filter(|one| seen.insert((one.function, one.op.clone()))).collect()
}

#[tokio::test]
async fn every_source_has_a_sample_event_that_has_its_effect() {
    let template = tests::template();
    for one in done() {
        let sample: Value = serde_json::from_str(&tests::file(&file(&one))).unwrap();
        let body: Value = serde_json::from_str(sample["Records"][0]["body"].as_str().unwrap()).unwrap();
        assert_eq!((&body["detail-type"], &body["detail"]["type"]), (&json!(one.event), &json!(one.event)));
        let world = World::demo().await;
        Sample::of(&telling(one.event)).perform(&world).await;
        let told = body["time"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        world.clock.set(told.max(world.clock.now()));
        for (function, name) in before(one.event) {
            let sample = serde_json::from_str(&tests::file(&format!("events/{function}/{name}.json"))).unwrap();
            world.functions[*function](sample, std::time::Duration::from_secs(30)).await.unwrap();
        }
        let before = world.items();
        let answer = world.functions[one.function](sample, std::time::Duration::from_secs(30)).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{}", file(&one));
        let only_looks = ONLY_LOOK.contains(&one.event);
        assert_eq!(world.items() == before, only_looks, "{}: what came of it", file(&one));
        let dead_letters = &template.functions[one.function].environment["DEAD_LETTERS"];
        assert!(world.queues.messages(dead_letters).is_empty(), "{}: it was parked", file(&one));
    }
}

//! What looks at usage must not miss, and whom they must not take for another: bursts, many lines at once, trouble of one line,
//! ends of periods, limits that change, lines that move.

use std::time::Duration;

use chrono::TimeDelta;
use local::guard::Guard;
use serde_json::{Value, json};
use tests::World;
use tests::guard::LOOKS;
use tests::world::{LINE, OTHERS};

const DEAD_LETTERS: &str = "UsageLookDeadLetters";
/// Abroad: 500 pesos for each megabyte, of which the demo's cap is eighty.
const CAP: u64 = 8 * 1_024;

async fn quarter_of_an_hour(world: &World) {
    world.clock.set(world.clock.now() + TimeDelta::minutes(15));
    world.settle().await;
}

fn is_held(world: &World) -> bool {
    world.limits_told().contains(&"500101 4567 DataRoamingHeld".to_owned())
}

async fn contract_record(world: &World, guard: Value) -> Value {
    let first = world.ledger("500101").await.contract.first;
    json!({ "type": "contract", "id": "500101", "customer": "1001", "first": first, "cycle_day": 15, "guard": guard })
}

/// Each file brings less than a quarter of what is left, and the look before saw none of it coming.
#[tokio::test]
async fn a_burst_of_small_files_is_held_at_its_cap() {
    let world = World::demo().await;
    world.use_data(LINE, 1_000, None).await;
    world.settle().await;
    assert!(world.watch(LINE).await.unwrap().next.unwrap() > world.clock.now() + TimeDelta::days(3));
    for file in 1..=40_u64 {
        quarter_of_an_hour(&world).await;
        world.use_data(LINE, CAP * 9 / 40, Some("34")).await;
        world.settle().await;
        if is_held(&world) {
            assert!((5..=6).contains(&file), "held after {file} files of 22.5 %");
            return;
        }
    }
    panic!("nobody holds it");
}

/// Each line uses little of what its contract has for all of them.
#[tokio::test]
async fn many_lines_together_are_seen_before_they_spend_much_more_than_their_contract_may() {
    let world = World::demo().await;
    let model = world.line_record(LINE).await;
    let numbers: Vec<String> = (0..20).map(|at| format!("57310000{at:04}")).collect();
    let lines: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let mut line = model.clone();
            (line["msisdn"], line["identities"]) = (json!(number), json!([]));
            line["guard"] = json!({ "percents": [] });
            line
        })
        .collect();
    world.import(&lines).await.unwrap();
    world.import(&[contract_record(&world, json!({ "amounts": [10_000_000] })).await]).await.unwrap();
    for number in &numbers {
        world.use_data(number, 1, None).await;
    }
    world.settle().await;
    let whole = |world: &World| world.limits_told().contains(&"500101 all amount 10000000".to_owned());
    for hour in 1..=40_u32 {
        world.clock.set(world.clock.now() + TimeDelta::hours(1));
        // A hundred and fiftieth of the amount each: two fifteenths of it together.
        for number in &numbers {
            world.use_data(number, 136, Some("34")).await;
        }
        world.settle().await;
        if whole(&world) {
            assert!((7..=12).contains(&hour), "told after {hour} hours of 13 %");
            return;
        }
    }
    let watch = world.operator.writer.reader().contract_watch(&"500101".parse().unwrap()).await.unwrap();
    panic!("nobody tells it: {:?}, {:?}, {:?}", world.limits_told(), watch, world.watch(&numbers[0]).await);
}

#[tokio::test]
async fn a_line_that_cannot_be_looked_at_keeps_no_other_waiting() {
    let world = World::demo().await;
    world.use_data(LINE, 6_150_000, None).await;
    world.use_data(OTHERS, 1_000, None).await;
    let unreadable =
        json!({ "pk": { "S": "CTR#500201" }, "sk": { "S": "L#573009876543#2020-01-01" }, "from": { "S": "never" } });
    world.store.embedded.fill(world.store.table(), vec![unreadable]).unwrap();
    let body = world.want_look(&[LINE, OTHERS]);
    world.queues.send(LOOKS, body, Default::default(), world.clock.now()).unwrap();
    for _ in 0..8 {
        world.settle().await;
        world.clock.set(world.clock.now() + TimeDelta::seconds(361));
    }
    assert_eq!(world.limits_told(), ["500101 4567 datos 50"]);
    let dead = world.queues.messages(DEAD_LETTERS);
    assert!(!dead.is_empty() && dead.iter().all(|message| !message.body.contains(LINE)), "{dead:?}");
    assert!(world.watch(LINE).await.is_some() && world.watch(OTHERS).await.is_none());
}

#[tokio::test]
async fn data_roaming_of_a_period_that_is_over_is_not_held() {
    let world = World::demo().await;
    world.clock.set("2026-03-15T04:40:00Z".parse().unwrap());
    world.use_data(LINE, 2 * CAP, Some("34")).await;
    world.clock.set("2026-03-15T05:10:00Z".parse().unwrap());
    world.settle().await;
    let told = world.limits_told();
    assert!(told.contains(&"500101 all amount 2000000".to_owned()) && !is_held(&world), "{told:?}");
}

#[tokio::test]
async fn a_contract_s_new_limits_count_from_the_next_usage_on() {
    let world = World::demo().await;
    world.use_data(LINE, 1_000, None).await;
    world.settle().await;
    let record = contract_record(&world, json!({ "roaming_cap": 100_000 })).await;
    for _ in 0..2 {
        world.import(std::slice::from_ref(&record)).await.unwrap();
    }
    quarter_of_an_hour(&world).await;
    world.use_data(LINE, CAP / 20, Some("34")).await;
    world.settle().await;
    assert!(is_held(&world), "{:?}", world.limits_told());
    assert!(world.watch(LINE).await.is_some());
    world.import(&[contract_record(&world, Value::Null).await]).await.unwrap();
    assert!(world.watch(LINE).await.is_none(), "the usual limits count again");
}

/// Who gets a number is not held because of who had it, and pays no day of it.
#[tokio::test]
async fn a_number_that_is_held_is_let_go_when_its_contract_has_it_no_more() {
    for is_removed in [false, true] {
        let world = World::demo().await;
        world.use_data(LINE, 2 * CAP, Some("34")).await;
        world.settle().await;
        assert!(is_held(&world));
        let mut record = world.line_record(LINE).await;
        let other = world.line_record(OTHERS).await;
        for field in ["customer", "account", "profile", "contract", "identities"] {
            record[field] = other[field].clone();
        }
        if is_removed {
            record["contract_since"] = json!("2026-01-01");
            record.as_object_mut().unwrap().remove("since");
            let gone = json!({ "type": "remove", "of": "subscriber", "msisdn": world.msisdn(LINE) });
            world.import(&[gone]).await.unwrap();
        }
        for _ in 0..2 {
            world.import(std::slice::from_ref(&record)).await.unwrap();
        }
        let events = world.guard_events();
        let released: Vec<_> = events.iter().filter(|(event, _)| event == "DataRoamingReleased").collect();
        assert_eq!(released.len(), 1, "{events:?}");
        assert_eq!((&released[0].1["contract"], &released[0].1["reason"]), (&json!("500101"), &json!("left")));
        let spans = async |contract: &str| {
            let lines = world.ledger(contract).await.lines;
            let own = lines.into_iter().filter(|span| span.line == world.msisdn(LINE));
            own.map(|span| (span.from, span.to)).collect::<Vec<_>>()
        };
        let today = world.clock.now().with_timezone(&world.country().zone()).date_naive();
        let (old, new) = (spans("500101").await, spans("500201").await);
        assert_eq!(
            (old.last().unwrap().1, new[0].0),
            (Some(today), today.succ_opt().unwrap()),
            "removed: {is_removed}"
        );
        world.clock.set(world.clock.now() + TimeDelta::days(1));
        let shown = Guard::of(world.operator.writer.reader(), world.country(), LINE, world.clock.now()).await.unwrap();
        let shown = serde_json::to_value(&shown).unwrap();
        assert_eq!((&shown["contract"], &shown["usage"]), (&json!("500201"), &json!("0.00")), "{shown}");
    }
}

/// A message of many lines of one contract reads its books once.
#[tokio::test]
async fn lines_of_one_contract_share_its_books() {
    let world = World::demo().await;
    let model = world.line_record(LINE).await;
    let numbers: Vec<String> = (0..40).map(|at| format!("57310000{at:04}")).collect();
    let lines: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let mut line = model.clone();
            (line["msisdn"], line["identities"], line["contract"]) = (json!(number), json!([]), json!("500103"));
            line
        })
        .collect();
    world.import(&lines).await.unwrap();
    let body = world.want_look(&numbers.iter().map(String::as_str).collect::<Vec<_>>());
    world.meter.take();
    let batch = json!({ "Records": [{ "messageId": "1", "body": body }] });
    world.functions["usage-guard"](batch, Duration::from_secs(60)).await.unwrap();
    let queries = world.meter.take().into_iter().filter(|request| request.operation == "Query").count();
    assert!(queries <= 2 * 40 + 2, "{queries} queries: two for each line's usage, the books, the catalogue");
}

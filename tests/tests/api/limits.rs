//! Limits of a line's usage, and agreement to data roaming.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::World;
use tests::world::{LINE, NOBODY, OTHERS, PREPAID};

use crate::{pass, refused};

/// Half of what the line's plan includes, in kilobytes, and a little.
const HALF: u64 = 6_150_000;
/// Roaming that costs more than the line's cap.
const ABROAD: u64 = 9 * 1_024;

fn path(line: &str) -> String {
    format!("/limits/v1/subscribers/{line}")
}

fn roaming(line: &str) -> String {
    format!("{}/roaming", path(line))
}

async fn shown(world: &World, line: &str) -> Value {
    world.portal().get(&path(line)).await.expect(200).json()
}

/// The shares of the line's data, as percent, used, and whether they were told.
fn data(shown: &Value) -> Vec<(Value, Value, bool)> {
    let limits = shown["limits"].as_array().unwrap().iter();
    let data = limits.filter(|limit| limit["allowance"] == "datos");
    data.map(|limit| (limit["percent"].clone(), limit["used"].clone(), limit["toldAt"].is_string())).collect()
}

fn released(world: &World) -> usize {
    world.guard_events().iter().filter(|(event, _)| event == "DataRoamingReleased").count()
}

#[tokio::test]
async fn a_line_shows_its_period_its_price_and_its_limits() {
    let world = World::demo().await;
    let fresh = shown(&world, LINE).await;
    assert_eq!(fresh["period"], json!({ "from": "2026-02-15", "to": "2026-03-14" }));
    assert_eq!((&fresh["currencyId"], &fresh["dataRoaming"]), (&json!("COP"), &json!("free")));
    assert!(fresh["estimate"].as_f64().unwrap() > 0.0 && fresh["usageCharges"].is_number(), "{fresh}");
    assert_eq!(fresh.get("nextLookAt"), None, "nobody has looked");
    assert_eq!(fresh.get("agreedAt"), None);
    let cap = fresh["limits"].as_array().unwrap().iter().find(|limit| limit["kind"] == "roaming-cap").unwrap();
    assert_eq!((&cap["of"], &cap["used"], cap.get("toldAt")), (&json!(40_000.0), &json!(0.0), None));
    world.use_data(LINE, HALF, None).await;
    world.settle().await;
    let used = shown(&world, LINE).await;
    let [half, rest @ ..] = &data(&used)[..] else { panic!("{used}") };
    assert_eq!(half, &(json!(50), json!(HALF), true));
    assert!(rest.len() == 2 && rest.iter().all(|(_, used, told)| *used == HALF && !told), "{rest:?}");
    let limit =
        used["limits"].as_array().unwrap().iter().find(|limit| limit["allowance"] == "datos" && limit["percent"] == 50);
    let limit = limit.unwrap();
    let words = ["kind", "plan", "unit"].map(|name| limit[name].as_str().unwrap_or_default());
    assert_eq!(words, ["allowance", "101", "kilobyte"]);
    assert_eq!((&limit["of"], &limit["toldAt"]), (&json!(12_288_000), &json!("2026-03-10T10:00:00-05:00")));
    assert_eq!(used["estimate"], fresh["estimate"], "it is included");
    assert!(used["nextLookAt"].as_str().unwrap().ends_with("-05:00"), "{used}");
    // The money is shown with the currency's digits.
    let text = world.portal().get(&path(LINE)).await.text();
    assert!(text.contains("\"of\":40000.00"), "{text}");
}

#[tokio::test]
async fn who_agrees_lets_data_roaming_go_on_until_the_period_ends() {
    let world = World::demo().await;
    refused(&world.portal().post(&roaming(LINE), &json!({})).await, "not held");
    world.use_data(LINE, ABROAD, Some("34")).await;
    world.settle().await;
    let held = shown(&world, LINE).await;
    assert_eq!((&held["dataRoaming"], &held["usageCharges"]), (&json!("held"), &json!(45_000.0)));
    let agreed = world.portal().send("POST", &roaming(LINE), &[], "").await.expect(200).json();
    let wanted = json!({
        "period": { "from": "2026-02-15", "to": "2026-03-14" }, "dataRoaming": "agreed",
        "agreedAt": "2026-03-10T10:00:00-05:00",
    });
    assert_eq!(agreed, wanted);
    let after = shown(&world, LINE).await;
    assert_eq!((&after["dataRoaming"], &after["agreedAt"]), (&wanted["dataRoaming"], &wanted["agreedAt"]));
    // Again, later, it is the same agreement and changes nothing.
    let before = world.items();
    pass(&world, TimeDelta::minutes(30)).await;
    assert_eq!(world.portal().post(&roaming(LINE), &json!({})).await.expect(200).json(), wanted);
    assert_eq!((released(&world), world.items() == before), (1, true));
    // The next period is free by itself.
    pass(&world, TimeDelta::days(5)).await;
    assert_eq!(shown(&world, LINE).await["dataRoaming"], "free");
    refused(&world.portal().post(&roaming(LINE), &json!({})).await, "not held");
}

#[tokio::test]
async fn an_operators_agreement_and_a_customers_are_one() {
    let world = World::demo().await;
    world.hold_roaming(LINE).await;
    world.portal().post(&roaming(LINE), &json!({})).await.expect(200);
    let (writer, now) = (&world.operator.writer, world.clock.now());
    let said = local::guard::agree(writer, world.country(), LINE, now).await.unwrap();
    assert!(said.starts_with("the customer has agreed before"), "{said}");
    assert_eq!(released(&world), 1);
}

#[tokio::test]
async fn a_cap_that_is_raised_releases_nothing() {
    let world = World::demo().await;
    world.hold_roaming(LINE).await;
    let mut record = world.line_record(LINE).await;
    record["guard"] = json!({ "percents": [], "roaming_cap": 900_000_000 });
    world.import(&[record]).await.unwrap();
    assert_eq!(shown(&world, LINE).await["dataRoaming"], "held");
    world.portal().post(&roaming(LINE), &json!({})).await.expect(200);
    assert_eq!(shown(&world, LINE).await["dataRoaming"], "agreed");
}

#[tokio::test]
async fn only_its_customer_sees_a_line() {
    let world = World::demo().await;
    world.hold_roaming(LINE).await;
    let before = world.items();
    let other = world.client("demo-globex");
    for line in [LINE, NOBODY] {
        other.get(&path(line)).await.expect(404);
        other.post(&roaming(line), &json!({})).await.expect(404);
    }
    other.get(&path(OTHERS)).await.expect(200);
    let reader = world.client("demo-readonly");
    reader.get(&path(LINE)).await.expect(200);
    reader.post(&roaming(LINE), &json!({})).await.expect(403);
    assert_eq!(world.items(), before);
    world.client("demo-acme").post(&roaming(LINE), &json!({})).await.expect(200);
}

#[tokio::test]
async fn a_line_that_moves_leaves_everything_behind() {
    let world = World::demo().await;
    world.use_all(LINE, &[(HALF, None), (ABROAD, Some("34"))]).await;
    world.settle().await;
    let mut record = world.line_record(LINE).await;
    let other = world.line_record(OTHERS).await;
    for field in ["customer", "account", "profile", "contract"] {
        record[field] = other[field].clone();
    }
    record["identities"] = other["identities"].clone();
    world.import(&[record]).await.unwrap();
    let before = world.items();
    let (old, new) = (world.client("demo-acme"), world.client("demo-globex"));
    old.get(&path(LINE)).await.expect(404);
    old.post(&roaming(LINE), &json!({})).await.expect(404);
    let seen = new.get(&path(LINE)).await.expect(200).json();
    let limits = seen["limits"].as_array().unwrap();
    let is_blank = |limit: &Value| limit["used"].as_f64() == Some(0.0) && limit.get("toldAt").is_none();
    assert!(limits.iter().all(is_blank), "{seen}");
    assert_ne!(seen["dataRoaming"], "held");
    assert_eq!(seen.get("nextLookAt"), None, "the look was at the other contract");
    refused(&new.post(&roaming(LINE), &json!({})).await, "not held");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_prepaid_line_has_no_limits() {
    let world = World::demo().await;
    world.use_data(PREPAID, HALF, Some("34")).await;
    world.settle().await;
    let seen = shown(&world, PREPAID).await;
    assert_eq!((&seen["limits"], &seen["dataRoaming"]), (&json!([]), &json!("none")));
    refused(&world.portal().post(&roaming(PREPAID), &json!({})).await, "not held");
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let world = World::demo().await;
    world.hold_roaming(LINE).await;
    let first = world.portal().keyed("k", "POST", &roaming(LINE), &json!({})).await.expect(200);
    let before = world.items();
    pass(&world, TimeDelta::hours(1)).await;
    let again = world.portal().keyed("k", "POST", &roaming(LINE), &json!({})).await.expect(200);
    assert_eq!((first.text(), world.items() == before), (again.text(), true));
    world.portal().keyed("k", "POST", &roaming(OTHERS), &json!({})).await.expect(422);
}

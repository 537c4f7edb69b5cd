//! Rate sheets: what an import makes of them, and prices that begin on a day.

use chrono::TimeDelta;
use local::import::ImportError;
use serde_json::{Value, json};
use tests::World;
use tests::world::LINE;

use crate::pass;

/// The plan of the line.
const PLAN: &str = "101";

/// The price that the API shows, with its digits.
async fn price(world: &World) -> String {
    let reply = world.portal().get(&format!("/plans/subscribers/{LINE}/current")).await.expect(200);
    let text = reply.text();
    let (_, amount) = text.split_once("\"monthlyAmount\":").unwrap();
    amount.split(',').next().unwrap().to_owned()
}

async fn version(world: &World) -> u32 {
    world.operator.writer.reader().tariff().await.unwrap().unwrap().version
}

fn raise(from: &str, price: &str) -> Value {
    json!({"type": "plan_price", "plan": PLAN, "from": from, "price": price})
}

async fn complaints(world: &World, records: &[Value]) -> Vec<(u64, String)> {
    match world.import(records).await.unwrap_err() {
        ImportError::Bad(bad) => bad.told,
        other => vec![(0, other.to_string())],
    }
}

#[tokio::test]
async fn a_new_price_is_shown_from_its_first_day_on() {
    let world = World::demo().await;
    let (before, first) = (price(&world).await, version(&world).await);
    world.import(&[raise("2026-03-12", "47500.50")]).await.unwrap();
    assert_eq!(version(&world).await, first + 1);
    pass(&world, TimeDelta::days(1)).await;
    assert_eq!(price(&world).await, before, "not yet");
    // 00:00 in Colombia.
    world.clock.set("2026-03-12T05:00:00Z".parse().unwrap());
    world.forget_tokens().await;
    assert_eq!(price(&world).await, "47500.50");
    // The plan's own record, loaded again, keeps it.
    let catalogue = world.operator.writer.reader().catalogue().await.unwrap();
    let mut plan = serde_json::to_value(catalogue.plan(&PLAN.parse().unwrap()).unwrap()).unwrap();
    plan.as_object_mut().unwrap().remove("prices");
    plan["type"] = json!("plan");
    plan["name"] = json!("Conectado");
    world.import(&[plan]).await.unwrap();
    pass(&world, TimeDelta::minutes(2)).await;
    assert_eq!(price(&world).await, "47500.50");
}

#[tokio::test]
async fn a_sheet_that_says_nothing_new_makes_no_version() {
    let world = World::demo().await;
    let sheet = [
        raise("2026-04-01", "50000"),
        json!({"type": "zone", "sheet": "roaming", "prefix": "1", "from": "2026-04-01", "zone": "norte"}),
    ];
    world.import(&sheet).await.unwrap();
    let made = version(&world).await;
    let again: Vec<_> = sheet.iter().rev().cloned().collect();
    world.import(&again).await.unwrap();
    world.import(&sheet).await.unwrap();
    assert_eq!(version(&world).await, made);
}

/// Guard: what counts is what was said last, by whatever file.
#[tokio::test]
async fn an_earlier_sheet_that_is_imported_again_says_its_prices_again() {
    let world = World::demo().await;
    let (wrong, right) = ([raise("2026-03-10", "50000")], [raise("2026-03-10", "52000")]);
    world.import(&wrong).await.unwrap();
    world.import(&right).await.unwrap();
    assert_eq!(price(&world).await, "52000.00");
    world.import(&wrong).await.unwrap();
    pass(&world, TimeDelta::minutes(2)).await;
    assert_eq!(price(&world).await, "50000.00");
}

/// Guard: what a function keeps in memory does not outlive the day.
#[tokio::test]
async fn a_new_price_is_shown_from_midnight_on() {
    let world = World::demo().await;
    world.import(&[raise("2026-03-11", "50000")]).await.unwrap();
    for (time, shown) in [("2026-03-11T04:59:59Z", "42000.00"), ("2026-03-11T05:00:00Z", "50000.00")] {
        world.clock.set(time.parse().unwrap());
        world.forget_tokens().await;
        assert_eq!(price(&world).await, shown, "{time}");
    }
}

/// Guard: a price that no bill of the country can have is refused.
#[tokio::test]
async fn a_price_of_another_currency_or_below_zero_is_refused() {
    let world = World::demo().await;
    let reader = world.operator.writer.reader();
    let (catalogue, services) = (reader.catalogue().await.unwrap(), reader.catalogue_services().await.unwrap());
    let sold = [
        ("plan", "monthly", json!(catalogue.plans[0])),
        ("offer", "price", json!(catalogue.offers[0])),
        ("service", "price", json!(services.values().next().unwrap())),
    ];
    for (kind, place, mut record) in sold {
        record["type"] = json!(kind);
        for (minor, currency) in [(100, "GTQ"), (-1, "COP")] {
            record[place] = json!({"minor": minor, "currency": currency});
            let told = complaints(&world, &[record.clone()]).await;
            let said = format!("{place}: must be an amount of COP, from 0 to 1000000000000 minor units");
            assert_eq!(told, [(1, said)], "{kind}");
        }
    }
}

#[tokio::test]
async fn every_wrong_line_of_a_sheet_is_named_and_nothing_is_loaded() {
    let world = World::demo().await;
    let before = world.items();
    let sheet = [
        raise("2026-04-01", "50000"),
        json!({"type": "plan_price", "plan": "NEW", "from": "2026-04-01", "price": "1"}),
        json!({"type": "allowance", "plan": "OTHER", "id": "voz", "classes": ["voice"]}),
        json!({"type": "zone", "sheet": "roaming", "prefix": "+1", "from": "2026-04-01", "zone": "norte"}),
    ];
    let told = complaints(&world, &sheet).await;
    assert_eq!(told.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4], "{told:?}");
    assert_eq!(told[0].1, "name: must be given with the first price");
    let [(1, reason)] = &complaints(&world, &[raise("2026-04-01", "-1")]).await[..] else { panic!("one line") };
    assert!(reason.starts_with("price: must be a decimal text"), "{reason}");
    assert_eq!(world.items(), before);
}

/// Bills are pinned to versions.
#[tokio::test]
async fn a_version_never_says_something_else() {
    let world = World::demo().await;
    let mut whole = serde_json::to_value(world.operator.writer.reader().tariff().await.unwrap().unwrap()).unwrap();
    whole["type"] = json!("tariff");
    world.import(&[whole.clone()]).await.unwrap();
    whole["plans"][PLAN]["monthly"][0]["price"] = json!("1");
    let told = complaints(&world, &[whole.clone()]).await;
    assert_eq!(told, [(1, "version: must be the next number, 1 says something else already".to_owned())]);
    whole["version"] = json!(7);
    world.import(&[whole, raise("2026-04-01", "2")]).await.unwrap();
    assert_eq!(version(&world).await, 8, "sheets grow from the highest");
}

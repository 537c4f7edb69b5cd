//! Numbers of bills that are on documents elsewhere, as after the table was restored to an hour before a run.

use std::collections::BTreeSet;

use local::series::{Skipped, skip};
use serde_json::Value;
use shared::domain::event::Whom;
use tests::World;

const DAY: &str = "2026-02-15";

async fn skipped(world: &World, to: u64) -> Result<Skipped, String> {
    let done = skip(&world.operator.writer, &"FE".parse().unwrap(), to, world.clock.now()).await;
    done.map_err(|failure| failure.to_string())
}

async fn next(world: &World) -> u64 {
    world.operator.writer.reader().series(&"FE".parse().unwrap()).await.unwrap().unwrap().next
}

/// The numbers that the demo's customers have on bills of runs.
async fn numbers(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for customer in ["1001", "1002"] {
        let bills = world.bills(customer).await.into_iter().map(|bill| bill.number.to_string());
        all.extend(bills.filter(|number| number.starts_with("FE-")));
    }
    all
}

#[tokio::test]
async fn what_is_skipped_is_on_no_bill_and_is_never_taken_back() {
    let world = World::demo().await;
    let said = skipped(&world, 5_000).await.unwrap();
    assert_eq!(said.to_string(), "FE: FE-000001 to FE-004999 are not given out here; next is FE-005000\n");
    let items = world.items();
    for to in [5_000, 4_000, 1] {
        let said = skipped(&world, to).await.unwrap();
        assert_eq!(said.to_string(), "FE is as far already: next is FE-005000\n");
        assert_eq!(serde_json::to_value(&said).unwrap()["from"], Value::Null);
    }
    let must = "--to: must be a number of the series, or the one behind its last";
    assert_eq!(skipped(&world, 1_000_001).await.unwrap_err(), must);
    let unknown = skip(&world.operator.writer, &"XX".parse().unwrap(), 2, world.clock.now()).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no series XX");
    assert_eq!(world.items(), items);
    world.order_run(DAY, DAY, false, Whom::All).await;
    let numbers = numbers(&world).await;
    assert!(numbers.len() > 3 && numbers.iter().all(|number| number.as_str() >= "FE-005000"), "{numbers:?}");
    assert!(world.bill_run(DAY).await.unwrap().closed.is_some());
}

#[tokio::test]
async fn two_operators_and_a_run_at_once_give_no_number_twice() {
    let world = World::demo().await;
    let run = world.order_run(DAY, DAY, false, Whom::All);
    let (_, one, other) = tokio::join!(run, skipped(&world, 5_000), skipped(&world, 6_000));
    one.unwrap();
    other.unwrap();
    let numbers = numbers(&world).await;
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "{numbers:?}");
    assert!(next(&world).await >= 6_000);
}

//! Which series give numbers, and to whom.

use local::store::FISCAL;
use serde_json::{Value, json};
use shared::domain::billing::page::Became;
use shared::domain::event::Whom;
use shared::table::Changes;
use tests::World;

use crate::audit;
use crate::behaviour::these;
use crate::lab::{Lab, name};
use crate::rare::{parked, report};
use crate::simulation::send;

const CONTRACT: &str = "500101";
const DAY: &str = "2026-02-15";

/// Adds a series of invoices with one number.
async fn add(world: &World, id: &str, authorization: Option<&str>) {
    let series = json!({
        "type": "series", "id": id, "kind": "invoice", "prefix": format!("{id}-"), "digits": 6, "first": 1, "last": 1,
        "authorization": authorization, "from": "2020-01-01", "until": "2035-12-31",
    });
    world.import(&[series]).await.unwrap();
}

/// Guard: the tax office's demands are asked of before numbers are taken, which would all be declared unused.
#[tokio::test]
async fn a_series_that_the_tax_office_would_refuse_gives_no_number_and_the_next_one_goes_on() {
    let world = World::demo().await;
    let own: Value = serde_json::from_str(&world.store.secrets.value(FISCAL).unwrap().unwrap()).unwrap();
    let know = |keys: &Value| {
        world.store.secrets.set(FISCAL, &keys.to_string()).unwrap();
        world.clock.set(world.clock.now() + chrono::TimeDelta::minutes(6));
    };
    let taken = async || {
        let all = world.operator.writer.reader().all_series().await.unwrap();
        all.iter().map(|one| one.next - one.first).sum::<u64>()
    };
    let key = &own["technical_keys"]["FE"];
    // Without its resolution a series is as good as none, whatever key it has.
    add(&world, "FA", None).await;
    let reasons = [("none", json!({})), ("wrong", json!({ "technical_keys": { "FE": "x", "FA": key, "FF": key } }))];
    for (run, keys) in &reasons {
        know(keys);
        world.order_run(run, DAY, false, these(CONTRACT)).await;
        let (kind, why) = parked(&world, run, CONTRACT).await;
        let missing = if *run == "none" { "the series has no technical key (FA)" } else { "its resolution (FA)" };
        assert!(
            kind == "fiscal" && why.starts_with("the tax office would refuse it: ") && why.ends_with(missing),
            "{why}"
        );
        let report = report(&world, run).await;
        assert_eq!((report.unused, taken().await), (Vec::new(), 0), "{run}");
        assert!(report.read <= 80, "a contract that waits is read once, not {} tenths of units", report.read);
    }
    // A series that has everything is taken, whatever the others lack.
    add(&world, "FF", Some("18760000002")).await;
    world.order_run("other", DAY, false, Whom::Parked).await;
    assert_eq!(parked(&world, "other", CONTRACT).await.0, "fiscal", "two bills are due, and it has one number");
    know(&own);
    world.order_run("all", DAY, false, Whom::Parked).await;
    let mut bills: Vec<_> = world.bills("1001").await.iter().map(|bill| bill.number.to_string()).collect();
    bills.sort();
    assert_eq!((bills, taken().await), (vec!["FE-000001".to_owned(), "FF-000001".to_owned()], 2));
    assert_eq!(report(&world, "all").await.unused, []);
}

/// Guard: of the last numbers none goes to a contract that has all it needs.
#[tokio::test]
async fn the_last_numbers_go_to_those_who_lack_some() {
    let lab = Lab::new(&[15, 15], Default::default()).await;
    lab.clock.set("2026-02-15T15:00:00Z".parse().unwrap());
    let mut sources = lab.sources();
    send(&lab, "early", "2026-01-15", false, Whom::These(vec![name(0)]));
    sources.settle(lab.clock.now()).await.unwrap();
    let series = lab.reader().series(&"FE".parse().unwrap()).await.unwrap().unwrap();
    let mut after = series.value.clone();
    after.next = after.last - 1;
    let mut changes = Changes::new();
    changes.update_series(&series, &after).unwrap();
    lab.commit(changes).await;
    // One needs one, the other two, and there are two.
    send(&lab, "late", "2026-02-15", false, Whom::These(vec![name(0), name(1)]));
    sources.settle(lab.clock.now()).await.unwrap();
    let became = audit::came_to(&lab, "late").await;
    assert!(matches!(became[name(0).as_str()], Became::Billed(_)), "{became:?}");
    match &became[name(1).as_str()] {
        Became::Parked { kind, billed, .. } => assert_eq!((kind.as_str(), billed.len()), ("no-number", 1)),
        other => panic!("{other:?}"),
    }
}

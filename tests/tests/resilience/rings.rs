//! What bill-run says in the log for the alarms of the template.

use std::collections::BTreeMap;

use bill_run::{CONTRACTS_PARKED, RUN_NOT_CLOSED, SERIES_NEAR_END, USAGE_SILENT};
use shared::domain::event::{BillRunDue, BillRunExpected, Event};
use shared::events::message;
use tests::World;

use crate::log;

/// The scheduler tells it, and everything that follows from it happens.
async fn tell<E: Event>(world: &World, event: &E) -> String {
    log::of(async {
        let body = message(event, "scheduled").unwrap();
        world.queues.send("BillRuns", body, BTreeMap::new(), world.clock.now());
        world.settle().await;
    })
    .await
}

#[tokio::test]
async fn a_run_that_is_not_closed_by_its_hour_rings_and_one_that_is_does_not() {
    let world = World::demo().await;
    world.clock.set("2026-02-15T12:00:00Z".parse().unwrap());
    let at = world.clock.now();
    let log = tell(&world, &BillRunExpected { at }).await;
    assert!(log.contains(RUN_NOT_CLOSED) && log.contains("2026-02-15"), "never begun: {log}");
    assert!(!tell(&world, &BillRunDue { at }).await.contains(RUN_NOT_CLOSED));
    let log = tell(&world, &BillRunExpected { at }).await;
    assert!(!log.contains(RUN_NOT_CLOSED), "closed: {log}");
}

#[tokio::test]
async fn contracts_that_wait_for_a_person_ring() {
    let world = World::demo().await;
    world.clock.set("2026-02-15T12:00:00Z".parse().unwrap());
    world.use_up("FE").await;
    let log = tell(&world, &BillRunDue { at: world.clock.now() }).await;
    assert!(log.contains(CONTRACTS_PARKED) && log.contains(SERIES_NEAR_END), "{log}");
}

#[tokio::test]
async fn a_stream_of_usage_files_that_falls_silent_rings_and_one_that_goes_on_does_not() {
    let world = World::demo().await;
    let send = async |name: &str| {
        let content = tests::file("docs/usage-files/msc.1.calls.csv");
        world.put_usage_file(&format!("inbox/0/switch/{name}.1.calls.csv"), content.as_bytes()).await;
        world.settle().await;
    };
    send("a").await;
    world.clock.set("2026-03-12T12:00:00Z".parse().unwrap());
    send("b").await;
    let day = async |at: &str| {
        world.clock.set(at.parse().unwrap());
        tell(&world, &BillRunDue { at: world.clock.now() }).await
    };
    let log = day("2026-03-13T12:00:00Z").await;
    assert!(!log.contains(USAGE_SILENT), "it has come the day before: {log}");
    let log = day("2026-03-15T12:00:00Z").await;
    assert!(log.contains(USAGE_SILENT) && log.contains("switch"), "{log}");
}

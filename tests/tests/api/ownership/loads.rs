//! Imports that are cut off or run concurrently with writes.

use chrono::TimeDelta;

use local::import::ImportError;
use serde_json::{Value, json};
use shared::table::Writer;
use tests::World;
use tests::connector::faults::Fault;
use tests::world::LINE;

use super::line_of;
use crate::pass;

/// Imports records through the world's faults.
async fn load(world: &World, records: &[Value]) -> Result<(), ImportError> {
    let writer: Writer = world.store.target_through(world.faults.http_client()).writer;
    world.import_through(&writer, records).await.map(drop)
}

/// The line's owner, according to every item that names it.
async fn owners(world: &World) -> Vec<&'static str> {
    let mut owners = Vec::new();
    for (client, profile, code) in [("demo-acme", "10010101", "1001"), ("demo-globex", "10020101", "1002")] {
        let caller = world.client(client);
        let status = caller.get(&format!("/billing/subscribers/{LINE}/status")).await.status() == 200;
        let bills = caller.get(&format!("/customers/MSISDN/{LINE}/bills")).await.status() == 200;
        let lines = caller.get(&format!("/accounts/profiles/{profile}/lines")).await.expect(200).text().contains(LINE);
        let products = caller.get(&format!("/customers/{code}/products")).await.expect(200).text().contains(LINE);
        assert_eq!([bills, lines, products], [status; 3], "{code}: all of the line or nothing of it");
        if status {
            owners.push(code);
        }
    }
    owners
}

/// A request that has no effect, and one whose response is lost.
const FAULTS: [Fault; 2] = [Fault::CutBefore, Fault::CutAfter];

/// Guard: the line, its copies and its identity are one transaction.
#[tokio::test(start_paused = true)]
async fn wherever_a_load_is_cut_off_a_line_has_one_owner_and_goes_on_where_it_stopped() {
    let (mut cut, mut whole) = (0, 0);
    let operations =
        ["BatchGetItem", "GetItem", "Query", "TransactWriteItems", "BatchWriteItem", "PutItem", "DeleteItem"];
    for (operation, fault) in operations.into_iter().flat_map(|operation| FAULTS.map(|fault| (operation, fault))) {
        for skip in 0..12 {
            let world = World::demo().await;
            let records = [
                line_of(&world, LINE, "1002").await,
                json!({"type": "group", "customer": "1002", "id": "G-9", "address": "X"}),
            ];
            world.faults.after(operation, skip, fault, 1_000);
            let loaded = load(&world, &records).await;
            world.faults.clear();
            if loaded.is_ok() {
                whole += 1;
                break;
            }
            cut += 1;
            assert_eq!(owners(&world).await.len(), 1, "{operation} {skip}");
            let since = world.line(LINE).await.since;
            pass(&world, TimeDelta::days(1)).await;
            load(&world, &records).await.unwrap();
            assert_eq!(owners(&world).await, ["1002"], "{operation} {skip}");
            let line = world.line(LINE).await;
            let moved = since.unwrap_or(world.clock.now());
            assert_eq!(line.since, Some(moved), "{operation} {skip}: it is the new owner's since the first load");
        }
    }
    assert!(cut > 20 && whole == 14, "{cut} {whole}");
}

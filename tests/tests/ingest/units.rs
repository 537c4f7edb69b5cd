//! What a record costs: at most 1.3 write and 0.5 read units, for files with at least four records of a line.

use chrono::TimeDelta;
use serde_json::json;
use shared::domain::guard::watch::Watch;
use shared::domain::msisdn::Msisdn;
use shared::table::Changes;
use tests::World;
use tests::limits::RECORD;
use tests::world::LINE;

const LINES: u64 = 150;

async fn world() -> World {
    let world = World::demo().await;
    let model = world.line(LINE).await.value;
    let mut changes = Changes::new();
    for at in 0..LINES {
        let mut line = model.clone();
        line.msisdn = number(&world, at);
        // Nobody is due: what looks cost is counted apart (tests/tests/runs/guard/month.rs).
        line.watch = Some(watched(&world));
        changes.put_subscriber(None, &line, world.clock.now()).unwrap();
    }
    world.operator.writer.load(changes).await.unwrap();
    world
}

/// A watch that lets all usage pass.
fn watched(world: &World) -> Watch {
    let now = world.clock.now();
    let watch = json!({
        "contract": "500101", "plans": ["101"], "period": { "from": "2026-02-15", "to": "2026-03-14" }, "at": now,
        "next": now + TimeDelta::days(1), "listed": true, "seen": "00000000000000000000000000000000",
    });
    serde_json::from_value(watch).unwrap()
}

fn number(world: &World, at: u64) -> Msisdn {
    world.msisdn(&format!("310{at:07}"))
}

fn records(calls: bool, per_line: u64) -> String {
    let record = |at: u64| {
        let (line, nth) = (at / per_line, at % per_line);
        let (id, msisdn) = (format!("2026-03-09.msc1.{at:08}"), format!("310{line:07}"));
        let start = format!("2026-03-09T{:02}:{:02}:07-05:00", 8 + nth % 12, at % 60);
        let record = if calls {
            json!({
                "id": id, "msisdn": msisdn, "start": start, "called": "3005550101", "kind": "ONNET", "seconds": 61 + at,
                "company": "Nuestra Red", "place": "Barranquilla",
            })
        } else {
            json!({ "id": id, "msisdn": msisdn, "start": start, "app": "Redes Sociales", "bytes": 1_000_000 + at })
        };
        format!("{record}\n")
    };
    (0..LINES * per_line).map(record).collect()
}

#[tokio::test]
async fn a_record_costs_no_more_than_it_may() {
    for (calls, kind) in [(true, "calls"), (false, "sessions")] {
        for per_line in [4, 8] {
            let world = world().await;
            let key = format!("inbox/0/msc-bogota-1/2026-03-09.1.{kind}.ndjson");
            world.put_usage_file(&key, records(calls, per_line).as_bytes()).await;
            world.meter.take();
            world.settle().await;
            assert_eq!(crate::behaviour::counts(&world, &key).await[..2], [LINES * per_line; 2]);
            let (mut read, mut written) = (0, 0);
            for request in world.meter.take() {
                match request.operation.as_str() {
                    "GetItem" | "BatchGetItem" | "Query" => read += request.tenths,
                    _ => written += request.tenths,
                }
            }
            let of = |tenths: u64| tenths * 100 / (LINES * per_line);
            assert!(
                of(written) <= RECORD.written * 10,
                "{kind}, {per_line} a line: {} thousandths of a write unit",
                of(written)
            );
            assert!(of(read) <= RECORD.read * 10, "{kind}, {per_line} a line: {} thousandths of a read unit", of(read));
        }
    }
}

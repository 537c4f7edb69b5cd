//! What looks cost: at most 0.2 units, read and written together, for each usage record of a month of files with four records
//! of a line.

use chrono::{SecondsFormat, TimeDelta};
use local::sources::{FaultPlan, Random, Sources};
use serde_json::json;
use tests::limits::LOOKS;

use super::world::{DATA, World, usual};
use crate::lab::line;

/// How much of what is included each line uses in the month, in percent: two that use little, most of it, and more than all.
const LINES: [u64; 8] = [5, 20, 35, 48, 60, 75, 90, 115];
/// Files of a month, which come every five hours or so, and records of each line in each.
const FILES: u64 = 150;
const RECORDS: u64 = 4;

/// The sessions of a file: of an ordinary line, which uses ten times as much in one hour as in another.
fn content(world: &World, file: u64, random: &mut Random) -> String {
    let mut content = String::new();
    for (at, percent) in LINES.iter().enumerate() {
        for record in 0..RECORDS {
            let mean = DATA * percent / 100 / FILES / RECORDS;
            let kilobytes = (mean * (1 + random.below(10)) * 2 / 11).max(1);
            let start = world.now() - TimeDelta::minutes(i64::try_from(1 + random.below(40)).unwrap());
            let session = json!({
                "id": format!("{file}-{at}-{record}"), "msisdn": line(at), "app": "Video",
                "start": start.to_rfc3339_opts(SecondsFormat::Secs, true), "bytes": kilobytes * 1_024,
            });
            content += &format!("{session}\n");
        }
    }
    content
}

/// Tenths of a unit, read and written, since this was last asked.
fn spent(world: &World) -> [u64; 2] {
    let mut spent = [0, 0];
    for request in world.meter.take() {
        let is_read = ["GetItem", "BatchGetItem", "Query"].contains(&request.operation.as_str());
        spent[usize::from(!is_read)] += request.tenths;
    }
    spent
}

#[tokio::test(start_paused = true)]
async fn a_month_of_looks_costs_a_fifth_of_a_unit_for_each_record() {
    let world = World::new(&[1; LINES.len()], FaultPlan::default(), &usual()).await;
    let mut sources = world.sources();
    let mut random = Random::of(1);
    // The walk of the lists costs the same for a company of any size, and is of no record: the first of the month is without usage.
    let walk = {
        world.lab.clock.set("2026-01-01T06:00:00Z".parse().unwrap());
        sources.settle(world.now()).await.unwrap();
        world.meter.take();
        for _ in 0..24 {
            world.pass(TimeDelta::hours(1));
            sources.settle(world.now()).await.unwrap();
        }
        spent(&world).map(|tenths| tenths / 24)
    };
    let mut hours = 0;
    let mut pass = async |sources: &mut Sources| {
        world.pass(TimeDelta::hours(1));
        sources.settle(world.now()).await.unwrap();
        hours += 1;
    };
    for file in 0..FILES {
        for _ in 0..4 + random.below(2) {
            pass(&mut sources).await;
        }
        let content = content(&world, file, &mut random);
        world.put(&format!("inbox/0/gw/f{file:03}.1.sessions.ndjson"), &content).await;
        sources.settle(world.now()).await.unwrap();
    }
    // The last look at the month comes after its end.
    while world.local().date_naive() < "2026-02-02".parse().unwrap() {
        pass(&mut sources).await;
    }
    let records = FILES * RECORDS * LINES.len() as u64;
    let all = spent(&world);
    let [read, written] = [0, 1].map(|side| (all[side] - hours * walk[side]) * 100 / records);
    println!("thousandths of a unit for each record: {read} read, {written} written; tenths an hour: {walk:?}");
    assert!(read <= LOOKS.read * 10 && written <= LOOKS.written * 10, "{read} read, {written} written");
    assert!(walk[0] <= 30 && walk[1] <= 10, "{walk:?}");
    let told = world.told();
    for (at, percent) in LINES.iter().enumerate() {
        let reached = world.reached(at, "2026-01-31".parse().unwrap()).await;
        assert!(reached.iter().all(|limit| told.contains_key(limit)), "{percent} %: {reached:?} {told:?}");
        let expected = [50, 80, 100].iter().filter(|limit| percent >= limit).count();
        assert_eq!(reached.len(), expected, "{percent} %: {reached:?}");
    }
}

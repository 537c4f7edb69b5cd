//! Made-up histories of usage, while tables and queues fail, messages come twice, late, or to two at once, and functions die
//! anywhere: in the end each limit that was reached was told, and none twice.

use chrono::{Days, SecondsFormat, TimeDelta};
use local::sources::{FaultPlan, Odds, Random, Sources};
use serde_json::json;
use tests::connector::faults::{Fault, Faults};

use super::world::World;
use crate::lab::line;
use crate::whole::below;

/// How many, unless `SCHEDULES` says so.
const SCHEDULES: u64 = 40;
/// Which is the first, unless `SEED` says so.
const FIRST: u64 = 1;
/// Rounds of half an hour until the queues are at rest.
const ROUNDS: u32 = 60;

/// Operations on the table that a fault may meet.
const OPERATIONS: [&str; 6] =
    ["UpdateItem", "Query", "TransactWriteItems", "GetItem", "BatchGetItem", "BatchWriteItem"];
/// Faults that pass without waiting for time.
const FAULTS: [Fault; 5] = [Fault::ServerError, Fault::CutBefore, Fault::CutAfter, Fault::Throttling, Fault::Conflict];
/// The queues of the dead, and where their messages go back.
const DEAD: [(&str, &str); 2] = [("UsageDeadLetters", "UsageFiles"), ("UsageLookDeadLetters", "UsageLooks")];

/// `SEED=7 SCHEDULES=1 cargo test --workspace --test runs guard::simulation` replays one.
#[tokio::test(start_paused = true)]
async fn whatever_happens_every_limit_that_is_reached_is_told_once() {
    play_all(SCHEDULES).await;
}

/// The same ten thousand times.
#[tokio::test(start_paused = true)]
#[ignore = "hours: cargo test --workspace --test runs guard -- --ignored --nocapture"]
async fn ten_thousand_histories_of_usage() {
    play_all(10_000).await;
}

#[expect(clippy::print_stdout, reason = "a history that fails is told by its seed")]
async fn play_all(schedules: u64) {
    let first = tests::variable("SEED").unwrap_or(FIRST);
    for seed in first..first + tests::variable("SCHEDULES").unwrap_or(schedules) {
        println!("seed {seed}");
        play(seed).await;
    }
}

/// Lets a few requests fail that come soon.
fn disturb(world: &World, random: &mut Random) {
    if !random.often(4) {
        return;
    }
    let (skip, times) = (below(random, 6), 1 + below(random, 6));
    let on = |faults: &Faults, random: &mut Random| {
        faults.after(OPERATIONS[below(random, OPERATIONS.len())], skip, FAULTS[below(random, 5)], times);
    };
    match below(random, 8) {
        0..5 => on(&world.faults, random),
        5..7 => on(&world.lab.faults, random),
        _ => world.lab.queue_faults.after("SendMessage", skip / 3, FAULTS[below(random, 3)], times),
    }
}

/// A file of some records of some lines, mostly of today; a correction of an older one now and then.
async fn tell(world: &World, contracts: usize, file: usize, random: &mut Random) {
    let (number, sequence) = match random.often(2) && file > 0 {
        true => (below(random, file), 2 + file),
        false => (file, 1),
    };
    let is_data = number.is_multiple_of(2);
    let mut content = String::new();
    for record in 0..1 + below(random, 4) {
        let at = below(random, contracts);
        let ago = if random.often(3) { random.below(2) } else { 0 };
        let start = world.local() - Days::new(ago) - TimeDelta::minutes(i64::try_from(random.below(50)).unwrap());
        let start = start.to_rfc3339_opts(SecondsFormat::Secs, true);
        let id = format!("{number}-{record}");
        let much = [1, 1, 4, 30, 120][below(random, 5)];
        let told = match is_data {
            true => json!({
                "id": id, "msisdn": line(at), "start": start, "app": "Video", "bytes": much * 4_096 * 1_024,
                "visited": if random.often(2) { Some("34") } else { None },
            }),
            false => json!({
                "id": id, "msisdn": line(at), "start": start, "called": "3005550101", "kind": "ONNET",
                "seconds": much * 150,
            }),
        };
        content += &format!("{told}\n");
    }
    let kind = if is_data { "sessions" } else { "calls" };
    world.put(&format!("inbox/0/a/f{number:03}.{sequence}.{kind}.ndjson"), &content).await;
}

async fn play(seed: u64) {
    let mut random = Random::of(seed);
    let plan = FaultPlan::of(seed, Odds::SOME);
    let days = [1, 2, 15, 28, 29, 30, 31];
    let days: Vec<u32> = (0..1 + below(&mut random, 3)).map(|_| days[below(&mut random, 7)]).collect();
    let guard = json!({ "amounts": [5_000, 20_000], "roaming_cap": 10_000 });
    let world = World::new(&days, plan.clone(), &guard).await;
    let mut sources = world.sources();
    let files = 4 + below(&mut random, 24);
    for file in 0..files {
        tell(&world, days.len(), file, &mut random).await;
        for _ in 0..1 + below(&mut random, 4) {
            disturb(&world, &mut random);
            sources.step(world.now()).await.unwrap();
            world.pass(TimeDelta::minutes(i64::try_from(random.below(15)).unwrap()));
        }
        // Nothing is so late that it tells of a period that is over for good.
        if world.lab.queues.depths().values().all(|depth| *depth == 0) {
            let hours = [0, 0, 3, 9, 30, 100][below(&mut random, 6)];
            world.pass(TimeDelta::minutes(hours * 60 + i64::try_from(random.below(60)).unwrap()));
        }
    }
    plan.end();
    [&world.faults, &world.lab.faults, &world.lab.queue_faults].into_iter().for_each(Faults::clear);
    come_to_rest(&world, &mut sources).await;
    let today = world.local().date_naive();
    let mut reached = Vec::new();
    for at in 0..days.len() {
        reached.extend(world.reached(at, today).await);
    }
    // No more is used. The lists are walked, hour by hour, until nobody is in one.
    for _ in 0..40 {
        let mut next = Vec::new();
        for at in 0..days.len() {
            next.extend(world.line(at).await.watch.filter(|watch| watch.listed).and_then(|watch| watch.next));
        }
        let Some(next) = next.into_iter().min() else { break };
        world.lab.clock.set((next + TimeDelta::minutes(6)).max(world.now()));
        come_to_rest(&world, &mut sources).await;
    }
    let told = world.told();
    let missing: Vec<_> = reached.iter().filter(|limit| !told.contains_key(*limit)).collect();
    assert!(missing.is_empty(), "nobody was told of {missing:?}");
    assert!(told.values().all(|count| *count == 1), "{told:?}");
    for at in 0..days.len() {
        let watch = world.line(at).await.watch;
        assert!(
            watch.as_ref().is_none_or(|watch| !watch.listed),
            "a line that is not used is looked at for ever: {watch:?}"
        );
    }
}

/// Goes on without faults until no message is left. What has died comes back.
#[expect(clippy::panic, reason = "a history that does not end has failed")]
async fn come_to_rest(world: &World, sources: &mut Sources) {
    let queues = &world.lab.queues;
    for _ in 0..ROUNDS {
        for (dead, queue) in DEAD {
            queues.redrive(dead, Some(queue), world.now());
        }
        sources.settle(world.now()).await.unwrap();
        if queues.depths().values().all(|depth| *depth == 0) {
            return;
        }
        world.pass(TimeDelta::minutes(31));
    }
    panic!("the queues do not come to rest: {:?}", queues.depths());
}

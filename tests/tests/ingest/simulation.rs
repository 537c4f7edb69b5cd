//! Made-up histories: files and corrections in any order, delivered twice, at once, cut off anywhere, over a table that
//! fails. In the end everybody sees what the newest versions say.

use crate::schedule::{run, run_whole};

/// How many, unless `SCHEDULES` says so.
const SCHEDULES: u64 = 60;
/// Which is the first, unless `SEED` says so.
const FIRST: u64 = 1;

/// The seeds to play.
fn seeds(schedules: u64) -> std::ops::Range<u64> {
    let first = tests::variable("SEED").unwrap_or(FIRST);
    first..first + tests::variable("SCHEDULES").unwrap_or(schedules)
}

async fn function_alone(seed: u64) {
    let (expected, found) = run(seed).await;
    assert_eq!(found, expected, "replay with SEED={seed} SCHEDULES=1");
}

async fn whole_way(seed: u64) {
    let (expected, found) = run_whole(seed).await;
    assert_eq!(found, expected, "replay with SEED={seed} SCHEDULES=1");
}

/// `SEED=7 SCHEDULES=1 cargo test --workspace --test ingest simulation` replays one.
#[tokio::test(start_paused = true)]
async fn whatever_happens_everybody_sees_what_the_newest_versions_say() {
    for seed in seeds(SCHEDULES) {
        function_alone(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn from_the_bucket_to_the_table_whatever_goes_wrong_between() {
    for seed in seeds(SCHEDULES) {
        whole_way(seed).await;
    }
}

/// Both, ten thousand times.
#[tokio::test(start_paused = true)]
#[ignore = "an hour: cargo test --workspace --test ingest -- --ignored --nocapture"]
async fn ten_thousand_schedules() {
    for seed in seeds(10_000) {
        println!("seed {seed}");
        function_alone(seed).await;
        whole_way(seed).await;
    }
}

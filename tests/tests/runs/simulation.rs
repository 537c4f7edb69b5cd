//! Made-up histories of contracts and runs: late usage, plan changes and credits between runs that are ordered in any
//! order, dry and real, while tables and queues fail, messages come twice, late, or to two at once, and functions die
//! anywhere. In the end everything adds up.

use local::bill::parked::{Verdict, judge};
use local::sources::{FaultPlan, Odds, Random};
use shared::domain::event::{BillRunOrdered, Whom};
use shared::events::message;
use tests::connector::faults::Fault;

use crate::audit;
use crate::lab::{Lab, name};

/// How many, unless `SCHEDULES` says so.
const SCHEDULES: u64 = 30;
/// Which is the first, unless `SEED` says so.
const FIRST: u64 = 1;
/// Months that are billed while things happen.
const MONTHS: u64 = 4;
/// The last day on which something happens: at the end, two periods after its own are closed.
const LAST_DAY: chrono::NaiveDate = chrono::NaiveDate::from_ymd_opt(2026, 5, 28).unwrap();
/// Rounds of half an hour in the end, and when the faults end.
const ROUNDS: u32 = 40;
const CALM: u32 = 6;

/// `SEED=7 SCHEDULES=1 cargo test --workspace --test runs simulation` replays one.
#[tokio::test(start_paused = true)]
async fn whatever_happens_every_contract_is_billed_once_and_runs_add_up() {
    play_all(SCHEDULES).await;
}

/// The same ten thousand times; `SCHEDULES=1000000 SEED=…` for more.
#[tokio::test(start_paused = true)]
#[ignore = "hours: cargo test --workspace --test runs -- --ignored --nocapture"]
async fn ten_thousand_schedules() {
    play_all(10_000).await;
}

#[expect(clippy::print_stdout, reason = "a schedule that fails is told by its seed")]
async fn play_all(schedules: u64) {
    let first = tests::variable("SEED").unwrap_or(FIRST);
    for seed in first..first + tests::variable("SCHEDULES").unwrap_or(schedules) {
        println!("seed {seed}");
        play(seed).await;
    }
}

/// Operations on the table that a fault may meet.
const OPERATIONS: [&str; 6] = ["UpdateItem", "PutItem", "Query", "TransactWriteItems", "TransactWriteItems", "GetItem"];

/// Faults that pass without waiting for time.
const FAULTS: [Fault; 5] = [Fault::ServerError, Fault::CutBefore, Fault::CutAfter, Fault::Throttling, Fault::Conflict];

/// Lets a few requests fail that come soon: to the table or a queue.
fn disturb(lab: &Lab, random: &mut Random) {
    let (skip, times) = (below(random, 6), 1 + below(random, 8));
    match below(random, 8) {
        at @ 0..6 => lab.faults.after(OPERATIONS[at], skip, FAULTS[below(random, 5)], times),
        _ => lab.queue_faults.after("SendMessage", below(random, 2), FAULTS[below(random, 3)], times),
    }
}

fn below(random: &mut Random, end: u64) -> usize {
    usize::try_from(random.below(end)).unwrap()
}

async fn play(seed: u64) {
    let mut random = Random::of(seed);
    let plan = FaultPlan::of(seed, Odds::SOME);
    let days = [1, 2, 15, 28, 29, 30, 31];
    let contracts: Vec<u32> = (0..1 + random.below(4)).map(|_| days[below(&mut random, 7)]).collect();
    let lab = match seed % 2 {
        0 => Lab::new(&contracts, plan.clone()).await,
        _ => Lab::with_large_runs(&contracts, plan.clone()).await,
    };
    // Half a year later: every day up to now can be ordered, and a night of the schedule comes in between.
    lab.clock.set("2026-08-01T03:00:00Z".parse().unwrap());
    let mut sources = lab.sources();
    let (mut runs, mut facts) = (0, 0);
    for month in 1..=MONTHS {
        for _ in 0..2 + random.below(4) {
            for _ in 0..random.below(4) {
                facts += 1;
                something_happens(&lab, contracts.len(), facts, &mut random).await;
            }
            runs += 1;
            order(&lab, contracts.len(), (month, runs), &mut random);
            for _ in 0..random.below(5) {
                if random.often(3) {
                    disturb(&lab, &mut random);
                }
                sources.step(lab.clock.now()).await.unwrap();
                pass(&lab, 1 + random.below(20));
            }
        }
    }
    let mut round = 0;
    loop {
        assert!(round < ROUNDS, "the queues do not come to rest: {:?}", lab.queues.depths());
        if round == CALM {
            plan.end();
            lab.faults.clear();
            lab.queue_faults.clear();
        } else if round < CALM && random.often(3) {
            disturb(&lab, &mut random);
        }
        if round > CALM {
            lab.queues.redrive("BillPageDeadLetters", Some("BillPages"), lab.clock.now());
            lab.queues.redrive("BillRunDeadLetters", Some("BillRuns"), lab.clock.now());
        }
        sources.settle(lab.clock.now()).await.unwrap();
        if round > CALM && lab.queues.depths().iter().all(|(queue, depth)| !queue.starts_with("Bill") || *depth == 0) {
            break;
        }
        pass(&lab, 31);
        round += 1;
    }
    // Whatever has happened, a closing comes after it; and a run by itself, once dry and once not, says the same.
    let mut came = Vec::new();
    for (run, dry) in [("last.dry", true), ("last", false)] {
        let whom = Whom::These((0..contracts.len()).map(name).collect());
        send(&lab, run, "2026-07-31", dry, whom);
        for _ in 0..8 {
            sources.settle(lab.clock.now()).await.unwrap();
            pass(&lab, 31);
        }
        came.push(audit::came_to(&lab, run).await);
    }
    assert_eq!(came[0], came[1]);
    audit::everything_adds_up(&lab, contracts.len()).await;
}

/// Usage, another plan, a credit or a debit, on a day that bills can still correct; or what a person says of a contract that
/// waits.
async fn something_happens(lab: &Lab, contracts: usize, id: u64, random: &mut Random) {
    let at = below(random, contracts as u64);
    let books = lab.reader().books(&name(at), crate::lab::country().zone()).await.unwrap().unwrap();
    let from = books.billed.window_start(&books.owner.contract);
    let day = from + chrono::Days::new(random.below(50));
    if day > LAST_DAY {
        return;
    }
    match random.below(8) {
        6 => lab.adjust(at, id, day, 5_000_000).await,
        7 => {
            let verdict = [Verdict::Allowed, Verdict::Closed][below(random, 2)];
            // Of one that does not wait nothing is said.
            let _ = judge(&lab.writer, &name(at), verdict, "Looked at", lab.clock.now()).await;
        }
        0 => {
            let plan = ["A", "B", "C"][below(random, 3)];
            lab.start_plan(at, 1 + id, &format!("{day}T12:00:00Z"), plan).await;
        }
        1 => lab.adjust(at, id, day, (i64::try_from(random.below(2_000)).unwrap() - 1_000) * 10).await,
        _ => lab.tell(at, day, id, 60 * (1 + random.below(30))).await,
    }
}

fn order(lab: &Lab, contracts: usize, (month, run): (u64, u64), random: &mut Random) {
    let day = format!("2026-{:02}-{:02}", month + 1, 1 + random.below(28));
    let whom = match random.below(4) {
        0 => Whom::All,
        1 => Whom::Parked,
        _ => Whom::These((0..contracts).filter(|_| !random.often(4)).map(name).collect()),
    };
    send(lab, &format!("r{run}"), &day, random.often(6), whom);
}

/// Orders a run.
pub fn send(lab: &Lab, run: &str, day: &str, dry: bool, whom: Whom) {
    let ordered = BillRunOrdered { run: run.parse().unwrap(), day: day.parse().unwrap(), dry, whom };
    let body = message(&ordered, run).unwrap();
    lab.queues.send("BillRuns", body, std::collections::BTreeMap::new(), lab.clock.now());
}

fn pass(lab: &Lab, minutes: u64) {
    let minutes = i64::try_from(minutes).unwrap();
    lab.clock.set(lab.clock.now() + chrono::TimeDelta::minutes(minutes));
}

//! The whole event half: files of calls and their corrections, plan changes, upgrades and what overtakes them, purchases, credits,
//! payments and files of payments, documents and runs, by the compiled functions, between midnights and month ends, while tables, buckets and queues fail, messages come twice,
//! late, or to two at once, and functions die anywhere. In the end everything adds up.
//!
//! A schedule is short and follows from its seed: very many different ones say more than a few long ones.

mod bank;
mod calls;
mod documents;
mod money;
mod operator;
mod plans;
mod story;
mod world;

use local::sources::{FaultPlan, Odds, Random, Sources};
use shared::domain::event::Whom;

use crate::audit;
use crate::lab::name;
use crate::simulation::send;
use story::Story;
use world::World;

/// How many, unless `SCHEDULES` says so.
const SCHEDULES: u64 = 60;
/// Which is the first, unless `SEED` says so.
const FIRST: u64 = 1;
/// One in so many has the nights that the template declares; the others have runs by hand alone.
const NIGHTS: u64 = 1_024;
/// One in so many is a longer one.
const LONG: u64 = 8;
/// Rounds of half an hour in the end.
const ROUNDS: u32 = 60;
/// The queues of the dead, and where their messages go back.
const DEAD: [(&str, &str); 9] = [
    ("BillDocumentDeadLetters", "BillDocuments"),
    ("BillPageDeadLetters", "BillPages"),
    ("BillRunDeadLetters", "BillRuns"),
    ("OrderDeadLetters", "Orders"),
    ("PaymentDeadLetters", "Payments"),
    ("PaymentFileDeadLetters", "PaymentFiles"),
    ("UsageDeadLetters", "UsageFiles"),
    ("WebhookDeadLetters", "Webhooks"),
    ("UsageLookDeadLetters", "UsageLooks"),
];

/// `SEED=7 SCHEDULES=1 cargo test --workspace --test runs whole` replays one.
#[tokio::test(start_paused = true)]
async fn whatever_happens_to_the_event_half_it_adds_up() {
    play_all(SCHEDULES).await;
}

/// The same ten thousand times. `SCHEDULES=1000000 cargo test --workspace --profile long --test runs whole -- --ignored` plays
/// a million of them; `SEED` says where to begin, so several processes share them.
#[tokio::test(start_paused = true)]
#[ignore = "minutes: cargo test --workspace --profile long --test runs whole -- --ignored --nocapture"]
async fn ten_thousand_schedules_of_the_event_half() {
    play_all(10_000).await;
}

#[expect(clippy::print_stdout, reason = "whoever waits wants to see how far it is")]
async fn play_all(schedules: u64) {
    let first = tests::variable("SEED").unwrap_or(FIRST);
    let count = tests::variable("SCHEDULES").unwrap_or(schedules);
    for (done, seed) in (first..first + count).enumerate() {
        let told = Told(seed);
        play(seed).await;
        std::mem::forget(told);
        if done > 0 && done % 1_000 == 0 {
            println!("{done} of {count} schedules");
        }
    }
}

/// Tells the seed of a schedule that fails.
struct Told(u64);

impl Drop for Told {
    #[expect(clippy::print_stdout, reason = "a schedule that fails is told by its seed")]
    fn drop(&mut self) {
        println!("replay with SEED={} SCHEDULES=1", self.0);
    }
}

pub fn below(random: &mut Random, end: usize) -> usize {
    usize::try_from(random.below(end as u64)).unwrap()
}

async fn play(seed: u64) {
    let mut random = Random::of(seed);
    let plan = FaultPlan::of(seed, Odds::SOME);
    let days = [1, 2, 15, 28, 29, 30, 31];
    let days: Vec<u32> = (0..1 + below(&mut random, 5) / 4).map(|_| days[below(&mut random, 7)]).collect();
    let world = World::new(&days, plan.clone(), !seed.is_multiple_of(2)).await;
    let mut sources = world.sources(seed.is_multiple_of(NIGHTS));
    let mut story = Story::new(days.clone(), random);
    let long = usize::from(seed.is_multiple_of(LONG));
    for _ in 0..1 + long + story.below(2 + long) {
        story.move_time(&world);
        for _ in 0..1 + story.below(2 + long) {
            story.happen(&world).await;
        }
        story.order(&world);
        for _ in 0..1 + story.below(2 + long) {
            story.disturb(&world);
            sources.step(world.lab.clock.now()).await.unwrap();
            world.pass_minutes(1 + story.below(20));
        }
    }
    for _ in 0..story.below(4) {
        story.pay(&world).await;
        // Setting a document takes as long as all the rest.
        if story.below(8) == 0 {
            story.want(&world).await;
        }
        story.disturb(&world);
        sources.step(world.lab.clock.now()).await.unwrap();
    }
    plan.end();
    world.clear_faults();
    come_to_rest(&world, &mut sources).await;
    // A closing comes after everything that has happened.
    world.lab.clock.set("2026-03-31T12:00:00Z".parse().unwrap());
    send(&world.lab, "last", "2026-03-31", false, Whom::These((0..days.len()).map(name).collect()));
    operator::tell_waiting_days(&world);
    come_to_rest(&world, &mut sources).await;
    let issued = audit::all_issued(&world.lab).await;
    story.came_true(&world, &issued).await;
    audit::it_adds_up(&world.lab, days.len(), &issued).await;
}

/// Goes on without faults until no message is left. What has died comes back.
async fn come_to_rest(world: &World, sources: &mut Sources) {
    let queues = &world.lab.queues;
    // Payments that are refused stay dead, and so do files that were overwritten before they were read.
    let stays = |queue: &str| ["PaymentDeadLetters", "PaymentFileDeadLetters"].contains(&queue);
    let rests = || queues.depths().iter().all(|(queue, depth)| *depth == 0 || stays(queue));
    for _ in 0..ROUNDS {
        for (dead, queue) in DEAD {
            queues.redrive(dead, Some(queue), world.lab.clock.now());
        }
        sources.settle(world.lab.clock.now()).await.unwrap();
        if rests() {
            return;
        }
        world.pass_minutes(31);
    }
    let waiting: Vec<_> = queues.depths().into_keys().flat_map(|queue| queues.messages(&queue)).collect();
    assert!(rests(), "the queues do not come to rest: {waiting:#?}");
}

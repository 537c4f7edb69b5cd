//! A made-up history of files: which there are, when each is delivered, and what goes wrong meanwhile.

use std::collections::{BTreeMap, VecDeque};

use local::sources::{CutOff, FaultPlan, Odds, Random};
use shared::error::Error;
use shared::events::{Object, Taken};
use tests::connector::faults::Fault;

use crate::lab::Lab;
use crate::model::{Newest, Record, TIME_COUNT, View, counted_twice, expected, found};

/// A version of a file.
#[derive(Debug, Clone)]
pub struct Version {
    pub key: String,
    pub sequence: u32,
    pub file: Newest,
}

impl Version {
    pub fn content(&self) -> String {
        let line = if self.file.calls { Record::call } else { Record::session };
        self.file.records.iter().map(line).collect()
    }
}

/// All versions of some files.
pub fn files(random: &mut Random) -> Vec<Version> {
    let mut versions = Vec::new();
    for (stream, name, calls) in
        [("a", "x", true), ("a", "y", true), ("b", "x", true), ("c", "x", false), ("c", "y", false)]
    {
        if random.often(3) {
            continue;
        }
        for sequence in 1..=1 + random.below(3) {
            let record = |random: &mut Random| Record {
                id: u8::try_from(random.below(4)).unwrap(),
                line: u8::try_from(random.below(4)).unwrap(),
                time: u8::try_from(random.below(u64::from(TIME_COUNT))).unwrap(),
                amount: u16::try_from(random.below(4) * 700).unwrap() + u16::try_from(random.below(3)).unwrap(),
            };
            let records = (0..random.below(7)).map(|_| record(random)).collect();
            let kind = if calls { "calls" } else { "sessions" };
            versions.push(Version {
                key: format!("inbox/0/{stream}/{name}.{sequence}.{kind}.ndjson"),
                sequence: u32::try_from(sequence).unwrap(),
                file: Newest { stream: stream.to_owned(), name: name.to_owned(), calls, records },
            });
        }
    }
    versions
}

/// The newest version of each file.
pub fn newest(versions: &[Version]) -> Vec<Newest> {
    let mut newest: BTreeMap<(&str, &str), &Version> = BTreeMap::new();
    for version in versions {
        let known = newest.entry((&version.file.stream, &version.file.name)).or_insert(version);
        if known.sequence < version.sequence {
            *known = version;
        }
    }
    newest.into_values().map(|version| version.file.clone()).collect()
}

/// Operations on the table that a fault may meet.
const OPERATIONS: [&str; 6] =
    ["UpdateItem", "BatchWriteItem", "Query", "BatchGetItem", "TransactWriteItems", "GetItem"];

/// Faults that pass without waiting for time.
const FAULTS: [Fault; 4] = [Fault::ServerError, Fault::CutBefore, Fault::CutAfter, Fault::Throttling];

/// Lets a few requests fail that come soon: to the table, or to the bucket or a queue.
pub fn disturb(lab: &Lab, random: &mut Random) {
    let (skip, times) = (random.below(4) as usize, 1 + random.below(8) as usize);
    match random.below(10) {
        at @ 0..6 => {
            let (operation, fault) = (OPERATIONS[at as usize], FAULTS[random.below(4) as usize]);
            lab.faults.after(operation, skip, fault, times);
        }
        6..9 => {
            let (operation, fault) = (["GET", "PUT"][random.below(2) as usize], FAULTS[random.below(3) as usize]);
            lab.bucket_faults.after(operation, skip, fault, times);
        }
        _ => lab.queue_faults.after("SendMessage", 0, FAULTS[random.below(3) as usize], times),
    }
}

/// Runs a schedule and says what was to be and what was found.
pub async fn run(seed: u64) -> (View, View) {
    let mut random = Random::of(seed);
    let chunk = u32::try_from(1 + random.below(4)).unwrap();
    let lab = Lab::new(chunk).await;
    let versions = files(&mut random);
    for version in &versions {
        lab.put(&version.key, &version.content()).await;
    }
    let mut waiting: Vec<Object> = Vec::new();
    for version in &versions {
        for _ in 0..1 + random.below(3) / 2 {
            waiting.push(Object { key: version.key.clone(), digest: None, tag: None });
        }
    }
    let mut disturbed = 60;
    while !waiting.is_empty() {
        if disturbed > 0 && random.often(4) {
            disturb(&lab, &mut random);
        }
        let mut together: VecDeque<Object> = VecDeque::new();
        for _ in 0..1 + random.below(3) {
            if !waiting.is_empty() {
                let at = random.below(waiting.len() as u64) as usize;
                // A message is delivered again, maybe while it is worked on, as long as it was not answered for.
                together.push_back(if random.often(2) { waiting[at].clone() } else { waiting.swap_remove(at) });
            }
        }
        let work = together.iter().map(|object| {
            let seconds = if random.often(3) { 20 + random.below(2) } else { 300 };
            let polls = if disturbed > 0 && random.often(4) { random.below(400) } else { u64::MAX };
            CutOff::after(polls, lab.take(object, seconds))
        });
        for (ended, object) in futures_util::future::join_all(work).await.into_iter().zip(&together) {
            match ended {
                Some(Ok(Taken::Applied | Taken::Duplicate | Taken::Refused(_) | Taken::Continued)) => {}
                // Cut off, or back to the queue.
                None | Some(Err(Error::Unavailable(_) | Error::Stale)) => waiting.push(object.clone()),
                Some(Err(error)) => unexpected(seed, &error),
            }
        }
        let all: Vec<_> = versions.iter().map(|version| version.file.clone()).collect();
        assert_eq!(counted_twice(&lab, &all).await, None, "seed {seed}");
        waiting.extend(continued(&lab));
        disturbed -= 1;
        if disturbed == 0 {
            lab.clear_faults();
        }
    }
    (expected(&newest(&versions), chunk), found(&lab).await)
}

#[expect(clippy::panic, reason = "a fault of the program ends the schedule")]
fn unexpected(seed: u64, error: &Error) {
    panic!("seed {seed}: {error}: {:?}", error.cause());
}

/// Runs the same history through all that AWS has around the function, as the template declares it: the bucket tells the
/// queue, the queue invokes the function, and both go wrong as they may. What has died is redriven in the end.
pub async fn run_whole(seed: u64) -> (View, View) {
    let mut random = Random::of(seed);
    let chunk = u32::try_from(1 + random.below(4)).unwrap();
    let plan = FaultPlan::of(seed, Odds::SOME);
    let lab = Lab::with_faults(chunk, plan.clone()).await;
    let mut sources = lab.sources();
    let versions = files(&mut random);
    let mut coming = versions.clone();
    while !coming.is_empty() {
        let version = coming.swap_remove(random.below(coming.len() as u64) as usize);
        lab.put(&version.key, &version.content()).await;
        for _ in 0..random.below(4) {
            if random.often(4) {
                disturb(&lab, &mut random);
            }
            sources.step(lab.clock.now()).await.unwrap();
            pass(&lab, 1 + random.below(20));
        }
    }
    let all: Vec<_> = versions.iter().map(|version| version.file.clone()).collect();
    let mut round = 0;
    loop {
        assert!(round < ROUNDS, "seed {seed}: the queues do not come to rest: {:?}", lab.queues.depths());
        if round == CALM {
            plan.end();
            lab.clear_faults();
        } else if round < CALM && random.often(5) {
            disturb(&lab, &mut random);
        }
        if round > CALM {
            lab.queues.redrive("UsageDeadLetters", Some("UsageFiles"), lab.clock.now());
        }
        sources.settle(lab.clock.now()).await.unwrap();
        assert_eq!(counted_twice(&lab, &all).await, None, "seed {seed}");
        // Nobody looks at usage here.
        let rest = lab.queues.depths().into_iter().filter(|(queue, _)| queue != "UsageLooks");
        if round > CALM && rest.map(|(_, depth)| depth).sum::<usize>() == 0 {
            return (expected(&newest(&versions), chunk), found(&lab).await);
        }
        pass(&lab, 31);
        round += 1;
    }
}

/// How many rounds of half an hour a history has, the time for which a message is hidden, and when the faults end.
const ROUNDS: u32 = 30;
const CALM: u32 = 8;

fn pass(lab: &Lab, minutes: u64) {
    let minutes = i64::try_from(minutes).unwrap();
    lab.clock.set(lab.clock.now() + chrono::TimeDelta::minutes(minutes));
}

/// The messages with which the function goes on.
fn continued(lab: &Lab) -> Vec<Object> {
    let messages = lab.queues.messages("UsageFiles");
    lab.queues.delete("UsageFiles", messages.iter().map(|message| message.id.as_str()));
    let object = |message: &local::sources::Message| {
        let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
        serde_json::from_value(body["object"].clone()).unwrap()
    };
    messages.iter().map(object).collect()
}

//! A batch of ten, of which any may fail: exactly those go back, and the others are done once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use local::in_process::{http_client, settings};
use serde_json::{Value, json};
use shared::domain::event::DayBegan;
use shared::error::{Cause, Error, Result};
use shared::events::{Consumer, Outcome, Record, Source, message, source};
use shared::invocation::Base;
use shared::lambda::invoke_consumer;
use shared::queue::Queue;
use tests::World;

/// Fails for the events that it is told to fail for, and counts the others.
struct Picky {
    base: Base,
    dead_letters: Queue,
    fails: Mutex<BTreeSet<String>>,
    done: Mutex<BTreeMap<String, u32>>,
}

impl Consumer for Picky {
    type Op = ();

    const NAME: &'static str = "picky";

    const SOURCES: &'static [Source<()>] = &[source::<DayBegan, _>(())];

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn handle(&self, (): (), record: &Record) -> Result<Outcome> {
        if self.fails.lock().unwrap().contains(&record.id) {
            return Err(Error::Unavailable(Cause::text("told to fail")));
        }
        *self.done.lock().unwrap().entry(record.id.clone()).or_default() += 1;
        Ok(Outcome::Applied)
    }
}

#[tokio::test]
async fn all_patterns_of_failure_in_a_batch_of_ten_give_back_exactly_the_failed() {
    let world = World::demo().await;
    let sqs = aws_sdk_sqs::Client::new(&settings(http_client(world.queues.connector())));
    let base = Base { table: world.operator.writer.clone(), country: world.country(), clock: world.clock.clone() };
    let dead_letters = Queue::new(sqs, "OrderDeadLetters");
    let picky = Picky { base, dead_letters, fails: Mutex::default(), done: Mutex::default() };
    let began = DayBegan { at: world.clock.now() };
    let records: Vec<Value> = (0..10)
        .map(|at| json!({ "messageId": format!("m{at}"), "body": message(&began, &format!("e{at}")).unwrap() }))
        .collect();
    for pattern in 0..1_024_u32 {
        let fails = |at: &u32| pattern & (1 << at) != 0;
        *picky.fails.lock().unwrap() = (0..10).filter(fails).map(|at| format!("e{at}")).collect();
        picky.done.lock().unwrap().clear();
        let answer = invoke_consumer(&picky, json!({ "Records": records }), Duration::from_secs(30)).await.unwrap();
        let back: Vec<_> = answer.batch_item_failures.iter().map(|one| one.item_identifier.clone()).collect();
        assert_eq!(back, (0..10).filter(fails).map(|at| format!("m{at}")).collect::<Vec<_>>(), "{pattern:b}");
        let once: BTreeMap<_, _> = (0..10).filter(|at| !fails(at)).map(|at| (format!("e{at}"), 1)).collect();
        assert_eq!(*picky.done.lock().unwrap(), once, "{pattern:b}");
    }
}

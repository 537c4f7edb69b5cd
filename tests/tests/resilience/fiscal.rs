//! The way of a bill to a tax office that refuses, does not answer, answers late, or twice.
//!
//! Guards: what the office says is written at the bill's revision; what it has said for good stays; it knows bills by their codes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use chrono::TimeDelta;
use shared::domain::bill::Bill;
use shared::domain::billing::issued::Issued;
use shared::domain::event::Whom;
use shared::domain::fiscal::authority::{Answer, Authorisation, FiscalState, Standing};
use shared::domain::ids::BillNumber;
use shared::error::{Cause, Error, Result};
use shared::events::{FiscalAuthority, Patience, declare};
use tests::World;
use tests::connector::faults::Fault;

const PATIENCE: Patience = Patience { call: Duration::from_secs(2), answer: TimeDelta::hours(1) };

/// What the office does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Agrees,
    Refuses,
    TakesItsTime,
    IsDown,
    Hangs,
    /// It takes the bill, and its answer is lost.
    IsNotHeard,
}

/// An office that knows bills by their codes.
struct Office {
    mood: Mutex<Mood>,
    /// How often each bill was sent.
    sent: Mutex<BTreeMap<String, usize>>,
}

impl Office {
    fn new(mood: Mood) -> Self {
        Self { mood: Mutex::new(mood), sent: Mutex::default() }
    }

    fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn seal(code: &str) -> Answer {
        Answer::Authorised(Authorisation { seal: format!("seal of {code}"), ..Authorisation::default() })
    }

    async fn answer(&self, code: &str) -> Result<Answer> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Agrees => Ok(Self::seal(code)),
            Mood::Refuses => Ok(Answer::Rejected("the buyer is unknown".to_owned())),
            Mood::TakesItsTime => Ok(Answer::Received(code.to_owned())),
            Mood::IsDown | Mood::IsNotHeard => Err(Error::Unavailable(Cause::text("no answer"))),
            Mood::Hangs => std::future::pending().await,
        }
    }
}

impl FiscalAuthority for Office {
    async fn sign(&self, bill: &Bill, issued: &Issued) -> Result<Vec<u8>> {
        assert!(issued.numbers.iter().any(|given| given.number == bill.number));
        Ok(bill.tax_id.clone().unwrap().into_bytes())
    }

    async fn send(&self, signed: &[u8]) -> Result<Answer> {
        let code = String::from_utf8(signed.to_vec()).unwrap();
        *self.sent.lock().unwrap().entry(code.clone()).or_default() += 1;
        self.answer(&code).await
    }

    async fn poll(&self, receipt: &str) -> Result<Answer> {
        self.answer(receipt).await
    }
}

async fn scene() -> (World, BillNumber) {
    let world = World::demo().await;
    world.order_run("one", "2026-02-15", false, Whom::These(vec!["500101".parse().unwrap()])).await;
    let number = world.bills("1001").await.remove(0).number;
    (world, number)
}

async fn step(world: &World, office: &Office, number: &BillNumber) -> FiscalState {
    let told = declare(&world.operator.writer, office, number, PATIENCE, world.clock.now()).await.unwrap().unwrap();
    assert_eq!(kept(world, number).await, told, "what is told is kept");
    told
}

async fn kept(world: &World, number: &BillNumber) -> FiscalState {
    let bills = world.bills("1001").await;
    bills.into_iter().find(|bill| bill.number == *number).unwrap().fiscal.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_office_that_agrees_makes_it_an_invoice_once() {
    let (world, number) = scene().await;
    let office = Office::new(Mood::Agrees);
    let agreed = step(&world, &office, &number).await;
    assert_eq!((agreed.standing, agreed.authorisation.is_some()), (Standing::Authorised, true));
    office.becomes(Mood::Refuses);
    assert_eq!(step(&world, &office, &number).await, agreed, "what is settled stays");
    assert_eq!(office.sent.lock().unwrap().values().sum::<usize>(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_why_and_stays() {
    let (world, number) = scene().await;
    let office = Office::new(Mood::Refuses);
    let refused = step(&world, &office, &number).await;
    assert_eq!((refused.standing, refused.why.as_deref()), (Standing::Rejected, Some("the buyer is unknown")));
    office.becomes(Mood::Agrees);
    assert_eq!(step(&world, &office, &number).await, refused);
}

#[tokio::test(start_paused = true)]
async fn an_office_that_does_not_answer_in_time_is_told_later() {
    for mood in [Mood::IsDown, Mood::Hangs, Mood::IsNotHeard, Mood::TakesItsTime] {
        let (world, number) = scene().await;
        let office = Office::new(mood);
        assert_eq!(step(&world, &office, &number).await.standing, Standing::Pending, "{mood:?}");
        world.clock.set(world.clock.now() + TimeDelta::minutes(61));
        assert_eq!(step(&world, &office, &number).await.standing, Standing::Contingency, "{mood:?}");
        office.becomes(Mood::Agrees);
        world.clock.set(world.clock.now() + TimeDelta::days(2));
        assert_eq!(step(&world, &office, &number).await.standing, Standing::Authorised, "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_at_once_keep_one_answer() {
    let (world, number) = scene().await;
    let (one, other) = (Office::new(Mood::Agrees), Office::new(Mood::Refuses));
    let writer = &world.operator.writer;
    let now = world.clock.now();
    let answers =
        tokio::join!(declare(writer, &one, &number, PATIENCE, now), declare(writer, &other, &number, PATIENCE, now));
    let answers = [answers.0, answers.1];
    let kept = kept(&world, &number).await;
    let told: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).flatten().collect();
    assert!(!told.is_empty() && told.iter().all(|state| **state == kept), "{answers:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_kept_is_asked_for_again() {
    for fault in [Fault::ServerError, Fault::ThroughputExceeded, Fault::TimeoutAfter] {
        let (world, number) = scene().await;
        let office = Office::new(Mood::Agrees);
        let through = world.store.target_through(world.faults.http_client()).writer;
        world.faults.after("UpdateItem", 0, fault, 9);
        let _ = declare(&through, &office, &number, PATIENCE, world.clock.now()).await;
        world.faults.clear();
        assert_eq!(step(&world, &office, &number).await.standing, Standing::Authorised, "{fault:?}");
    }
}

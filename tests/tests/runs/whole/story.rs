//! What happens in a schedule, and what has to have come of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Days, NaiveTime, TimeDelta, Utc};
use local::sources::Random;
use shared::domain::billing::issued::Issued;
use shared::domain::event::Whom;
use shared::domain::ids::BillNumber;
use shared::domain::subscriber::RequestKind;
use tests::connector::faults::Fault;

use super::calls::Calls;
use super::documents::Documents;
use super::money::Payments;
use super::plans::Shown;
use super::world::{Ask, World};
use super::{below, operator, plans};
use crate::lab::{country, line, name};
use crate::simulation::send;

/// The last moment: until then no contract closes more than two periods, so nothing comes too late to be billed.
const END: &str = "2026-02-14T12:00:00Z";

/// Operations on the table that a fault may meet.
const OPERATIONS: [&str; 7] =
    ["UpdateItem", "PutItem", "Query", "TransactWriteItems", "TransactWriteItems", "GetItem", "BatchGetItem"];
/// Faults that pass without waiting for time.
const FAULTS: [Fault; 5] = [Fault::ServerError, Fault::CutBefore, Fault::CutAfter, Fault::Throttling, Fault::Conflict];

/// How many of something there are: at least, and at most, where some answers were lost for good.
#[derive(Debug, Clone, Copy, Default)]
struct Bounds {
    sure: usize,
    perhaps: usize,
}

impl Bounds {
    fn holds(self, found: usize) -> bool {
        (self.sure..=self.sure + self.perhaps).contains(&found)
    }
}

/// What a contract's customer has asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    starts: Bounds,
    upgrades: Bounds,
    bought: Bounds,
    dropped: Bounds,
    additional: Bounds,
}

pub struct Story {
    random: Random,
    calls: Calls,
    asked: Vec<Asked>,
    adjusted: BTreeMap<usize, usize>,
    payments: Payments,
    documents: Documents,
    shown: Shown,
    days: Vec<u32>,
    count: u64,
    runs: u64,
}

impl Story {
    /// `days` are the cycle days of the contracts.
    pub fn new(days: Vec<u32>, random: Random) -> Self {
        let asked = vec![Asked::default(); days.len()];
        let (calls, payments, documents) = (Calls::default(), Payments::default(), Documents::default());
        let (adjusted, shown) = (BTreeMap::new(), Shown::default());
        Self { random, calls, asked, adjusted, payments, documents, shown, days, count: 0, runs: 0 }
    }

    pub fn below(&mut self, end: usize) -> usize {
        below(&mut self.random, end)
    }

    /// Minutes, days, or to right before or after a midnight, or the end of a month; no days while messages wait, which would
    /// be too old then.
    pub fn move_time(&mut self, world: &World) {
        let now = world.local_time();
        let day = |days: u64| now.date_naive().checked_add_days(Days::new(days)).unwrap();
        let next_month = (0..31).map(day).find(|day| day.succ_opt().unwrap().day() == 1).unwrap();
        let (before, after) = (NaiveTime::from_hms_opt(23, 59, 50).unwrap(), NaiveTime::from_hms_opt(0, 0, 5).unwrap());
        let waits = world.lab.queues.depths().values().any(|depth| *depth > 0);
        let to = match self.below(if waits { 3 } else { 6 }) {
            0 => now.naive_local() + TimeDelta::minutes(20),
            1 => day(0).and_time(before),
            2 => day(1).and_time(after),
            3 => next_month.and_time(before),
            4 => day(1 + self.random.below(3)).and_time(NaiveTime::MIN),
            _ => day(1 + self.random.below(20)).and_time(NaiveTime::MIN),
        };
        let to = to.and_local_timezone(country().zone()).unwrap().to_utc();
        let end: DateTime<Utc> = END.parse().unwrap();
        world.lab.clock.set(to.min(end).max(world.lab.clock.now()));
    }

    /// Lets some requests fail that come soon: to the table, the bucket or a queue.
    pub fn disturb(&mut self, world: &World) {
        if !self.random.often(4) {
            return;
        }
        let (skip, times) = (self.below(6), 1 + self.below(8));
        match self.below(10) {
            at @ 0..7 => world.lab.faults.after(OPERATIONS[at], skip, FAULTS[self.below(5)], times),
            7..9 => world.bucket_faults.after(["GET", "PUT"][self.below(2)], skip / 3, FAULTS[self.below(3)], times),
            _ => world.lab.queue_faults.after("SendMessage", skip / 3, FAULTS[self.below(3)], times),
        }
    }

    /// One thing that happens.
    pub async fn happen(&mut self, world: &World) {
        let at = below(&mut self.random, self.asked.len());
        self.count += 1;
        match self.below(16) {
            0..3 => {
                let (key, content) = self.calls.write(self.asked.len(), world.today(), &mut self.random);
                world.put(&key, &content).await;
            }
            3 => {
                let plan = ["A", "B", "C"][self.below(3)];
                self.ask(world, Ask::Plan(plan), at).await;
            }
            4 => {
                let ask = [Ask::Upgrade, Ask::Additional][self.below(2)];
                self.ask(world, ask, at).await;
            }
            5 => self.ask(world, Ask::Buy, at).await,
            6 => {
                let minor = (i64::try_from(self.random.below(2_000)).unwrap() - 1_000) * 10;
                world.lab.adjust(at, self.count, world.today(), minor).await;
                *self.adjusted.entry(at).or_default() += 1;
            }
            7 => self.ask(world, Ask::Drop, at).await,
            8 => self.pay(world).await,
            9 => {
                let code = ["Blocked", "Active"][self.below(2)];
                self.ask(world, Ask::Status(code), at).await;
            }
            10 => self.ask(world, Ask::Upgrade, at).await,
            11 => self.load(world, at).await,
            12 => operator::tell_day(world, world.lab.clock.now()),
            13 => self.want(world).await,
            _ => self.order(world),
        }
        self.shown.look(world, self.asked.len()).await;
    }

    /// An operator loads something about a contract, its line, or the plan that upgrades want.
    async fn load(&mut self, world: &World, at: usize) {
        let random = &mut self.random;
        let record = match below(random, 5) {
            0 => operator::contract_record(world, at, self.days[at], random),
            1 | 2 => operator::plan_record(self.count, random),
            _ => operator::line_record(at, self.days[at], self.count, random),
        };
        // A line may start another plan.
        self.asked[at].starts.perhaps += 1;
        self.disturb(world);
        operator::load(world, &record, &mut self.random).await;
    }

    /// Somebody pays a bill, if there is one.
    pub async fn pay(&mut self, world: &World) {
        self.payments.tell(world, &mut self.random).await;
    }

    /// Somebody wants the document of a bill, if there is one.
    pub async fn want(&mut self, world: &World) {
        self.documents.want(world, &mut self.random).await;
    }

    /// The customer tries up to three times, with one key, while it is not known what came of it.
    async fn ask(&mut self, world: &World, ask: Ask, at: usize) {
        let key = format!("key-{}", self.count);
        let mut status = None;
        for _ in 0..3 {
            self.disturb(world);
            let steps = if self.random.often(1) { self.random.below(40) } else { u64::MAX };
            status = world.ask(ask, at, &key, steps).await;
            if status.is_some_and(|status| status < 500) {
                break;
            }
        }
        let asked = &mut self.asked[at];
        let bounds = match ask {
            Ask::Plan(_) => &mut asked.starts,
            Ask::Upgrade => &mut asked.upgrades,
            Ask::Status(_) => return,
            Ask::Additional => &mut asked.additional,
            Ask::Buy => &mut asked.bought,
            Ask::Drop => &mut asked.dropped,
        };
        match status {
            Some(200..300) => bounds.sure += 1,
            Some(403 | 404) => {}
            Some(400..500) => assert_eq!((ask, status), (ask, None), "nobody asks for what is malformed"),
            _ => bounds.perhaps += 1,
        }
    }

    pub fn order(&mut self, world: &World) {
        self.runs += 1;
        let ago = self.random.below(20) * self.random.below(2);
        let day = world.today().checked_sub_days(Days::new(ago)).unwrap();
        let all = (0..self.asked.len()).map(name).collect();
        let whom = match self.below(12) {
            0 => Whom::All,
            1 => Whom::Parked,
            _ => Whom::These(all),
        };
        let dry = self.below(8) == 0;
        send(&world.lab, &format!("r{}", self.runs), &day.to_string(), dry, whom);
    }

    /// What was told is counted once, and what was answered has happened once.
    pub async fn came_true(&self, world: &World, issued: &BTreeMap<BillNumber, Issued>) {
        self.payments.add_up(world, self.asked.len(), issued).await;
        self.documents.are_made(world, issued).await;
        self.shown.is_charged(world, self.asked.len()).await;
        plans::requests_have_ended(world);
        let reader = world.lab.reader();
        for (at, asked) in self.asked.iter().enumerate() {
            let days = self.calls.days();
            if let (Some(first), Some(last)) = (days.first(), days.last()) {
                let found = reader.usage_by_day(&line(at), *first, *last).await.unwrap();
                let units = |units: &BTreeMap<_, u64>| units.values().sum::<u64>();
                let found = found.iter().map(|(day, usage)| (*day, (usage.records, units(&usage.units))));
                let found: BTreeMap<_, _> = found.filter(|(_, usage)| *usage != (0, 0)).collect();
                assert_eq!(found, self.calls.usage_of(at), "calls of {}", name(at));
            }
            let books = reader.books(&name(at), country().zone()).await.unwrap().unwrap();
            let ledger = &books.ledger;
            let requests = reader.requests(&line(at)).await.unwrap();
            let upgrades = requests.iter().filter(|request| request.kind == RequestKind::Upgrade).count();
            assert!(asked.upgrades.holds(upgrades), "{asked:?} {requests:?}");
            // An upgrade that was closed has none.
            let Bounds { sure, perhaps } = asked.starts;
            assert!(
                Bounds { sure, perhaps: perhaps + upgrades }.holds(ledger.plans.len() - 1),
                "{asked:?} {:?}",
                ledger.plans
            );
            assert!(asked.bought.holds(ledger.charges.len()), "{asked:?} {:?}", ledger.charges);
            assert!(asked.dropped.holds(ledger.withdrawals.len()), "{asked:?} {:?}", ledger.withdrawals);
            // One that is asked for again runs already; a line that has moved away and back took it along.
            let runs = ledger.additional.iter().filter(|span| span.to.is_none()).count();
            let Bounds { sure, perhaps } = asked.additional;
            assert!(runs >= sure.min(1) && runs <= (sure + perhaps).min(1), "{asked:?} {:?}", ledger.additional);
            assert_eq!(ledger.adjustments.len(), self.adjusted.get(&at).copied().unwrap_or_default());
        }
    }
}

//! Every day of a line is under exactly one plan, and it is the one that was shown, whatever happens in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::billing::ledger::LineSpan;
use crate::domain::billing::plan::{PlanHistory, PlanStart};
use crate::domain::ids::{ContractId, PlanId};
use crate::domain::line_facts::Fact;
use crate::domain::status::{Asset, StatusCode};

fn zone() -> FixedOffset {
    FixedOffset::west_opt(5 * 3600).unwrap()
}

fn first_day() -> NaiveDate {
    "2026-01-01".parse().unwrap()
}

/// Postpaid A, B, C, D by price, P and Q prepaid, X both.
const PLANS: [(&str, i64, &[&str]); 7] = [
    ("A", 1, &["postpaid"]),
    ("B", 2, &["postpaid"]),
    ("C", 3, &["postpaid"]),
    ("P", 1, &["prepaid"]),
    ("Q", 2, &["prepaid"]),
    ("X", 5, &["postpaid", "prepaid"]),
    ("Y", 6, &["postpaid", "prepaid"]),
];
/// Contracts, and whose they are.
const CONTRACTS: [(&str, &str); 3] = [("c1", "1001"), ("c2", "1001"), ("c3", "1002")];

#[derive(Debug, Clone)]
enum Happening {
    Pass {
        hours: i64,
    },
    Change(usize),
    Request(usize),
    Status(bool),
    /// A record of contract, plan, way of paying, block; with or without the newest upgrade of long ago.
    Load {
        contract: usize,
        plan: usize,
        prepaid: bool,
        blocked: bool,
    },
    /// The newest record once more.
    LoadAgain,
    Retire(usize),
    EndContract {
        in_days: i64,
    },
    /// The job of a day, of yesterday perhaps, or a second time.
    Job,
}

fn happening() -> impl Strategy<Value = Happening> {
    let load = (0..3_usize, 0..PLANS.len(), any::<bool>(), prop::bool::weighted(0.2));
    prop_oneof![
        6 => prop_oneof![Just(0), 1..30_i64, Just(24 * 15)].prop_map(|hours| Happening::Pass { hours }),
        3 => (0..PLANS.len()).prop_map(Happening::Change),
        5 => (0..PLANS.len()).prop_map(Happening::Request),
        2 => any::<bool>().prop_map(Happening::Status),
        3 => load.prop_map(|(contract, plan, prepaid, blocked)| Happening::Load { contract, plan, prepaid, blocked }),
        1 => Just(Happening::LoadAgain),
        1 => (0..PLANS.len()).prop_map(Happening::Retire),
        1 => (-2..20_i64).prop_map(|in_days| Happening::EndContract { in_days }),
        3 => Just(Happening::Job),
    ]
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Upgraded,
    Closed(Overtaken),
}

/// A line, its ledgers and lists, as the table would have them.
struct World {
    now: DateTime<Utc>,
    revision: u64,
    line: Subscriber,
    record: Subscriber,
    catalogue: Catalogue,
    starts: BTreeMap<(ContractId, NaiveDate, String), PlanStart>,
    spans: BTreeMap<(ContractId, NaiveDate), LineSpan>,
    last_days: BTreeMap<ContractId, NaiveDate>,
    requests: BTreeSet<u64>,
    due: BTreeMap<u64, ComingPlan>,
    ends: BTreeMap<u64, End>,
    /// What each day's own customer was shown on it, at last.
    shown: BTreeMap<NaiveDate, PlanId>,
}

impl World {
    fn new() -> Self {
        let plans: Vec<_> = PLANS
            .iter()
            .map(|(id, minor, open_to)| {
                json!({
                    "id": id, "name": id, "category": "x", "kind": "standard", "status": "ACTIVE", "open_to": open_to,
                    "monthly": { "minor": minor, "currency": "COP" }, "data_mb": 0, "rank": 1,
                })
            })
            .collect();
        let catalogue = Catalogue { plans: serde_json::from_value(json!(plans)).unwrap(), ..Catalogue::default() };
        let record = record(0, 0, false, false);
        let now = "2026-01-01T15:00:00Z".parse().unwrap();
        let line = record.clone().loaded_over(None, 1, now, zone());
        let mut world = Self {
            now,
            revision: 1,
            record,
            line: line.clone(),
            catalogue,
            starts: BTreeMap::new(),
            spans: BTreeMap::new(),
            last_days: BTreeMap::new(),
            requests: BTreeSet::new(),
            due: BTreeMap::new(),
            ends: BTreeMap::new(),
            shown: BTreeMap::new(),
        };
        world.write(line.facts_of_load(None, 1, now, zone()));
        world.show();
        world
    }

    fn today(&self) -> NaiveDate {
        self.now.with_timezone(&zone()).date_naive()
    }

    fn write(&mut self, facts: Vec<(ContractId, Fact)>) {
        for (contract, fact) in facts {
            match fact {
                Fact::Line(span) => drop(self.spans.insert((contract, span.from), span)),
                Fact::Plan(start) => {
                    let day = start.at.with_timezone(&zone()).date_naive();
                    self.starts.insert((contract, day, start.id.clone()), start);
                }
                Fact::Additional(_) => {}
            }
        }
    }

    fn start(&mut self, start: PlanStart) {
        let contract = self.line.contract.clone();
        self.write(vec![(contract, Fact::Plan(start))]);
    }

    /// A request ends once.
    fn end(&mut self, coming: &ComingPlan, end: End) {
        assert_eq!(self.ends.insert(coming.revision, end), None, "{coming:?} ends twice");
        self.due.remove(&coming.revision);
    }

    /// As the table does it: the start goes with the row of the list.
    fn end_early(&mut self, closed: &ClosedUpgrade) {
        let ComingPlan { contract, day, revision, .. } = &closed.upgrade;
        assert!(*day > self.today(), "a day that has begun keeps its plan");
        self.starts.remove(&(contract.clone(), *day, format!("{revision:012}"))).unwrap();
        self.end(&closed.upgrade, End::Closed(closed.reason));
    }

    fn close(&mut self, reason: Overtaken) {
        let mut line = self.line.clone();
        if let Some(closed) = line.close_upgrade(reason, self.now, zone()) {
            self.revision += 1;
            self.end_early(&closed);
            self.line = line;
        }
    }

    fn load(&mut self) {
        let (revision, today) = (self.revision + 1, self.today());
        let mut after = self.record.clone().loaded_over(Some(&self.line), revision, self.now, zone());
        after.close_unless_open_to(&self.catalogue, &self.line, today);
        if after == self.line {
            return;
        }
        if let Some(closed) = after.closed_by_load(&self.line, self.now, today) {
            self.end_early(&closed);
        }
        self.write(after.facts_of_load(Some(&self.line), revision, self.now, zone()));
        (self.line, self.revision) = (after, revision);
    }

    fn job(&mut self) {
        let today = self.today();
        let due: Vec<_> = self.due.values().filter(|coming| coming.day <= today).cloned().collect();
        for coming in due {
            self.end(&coming, End::Upgraded);
            if self.line.customer == coming.customer {
                (self.line, self.revision) = (self.line.settled(today), self.revision + 1);
            }
        }
    }

    fn happen(&mut self, happening: &Happening) {
        let (now, revision) = (self.now, self.revision + 1);
        match happening {
            Happening::Pass { hours } => {
                for _ in 0..*hours {
                    self.now += Duration::hours(1);
                    self.show();
                }
            }
            Happening::Change(plan) => {
                let wanted = PLANS[*plan].0.parse().unwrap();
                let mut line = self.line.clone();
                let plan = self.catalogue.main_plan_for(&line, &wanted);
                if let Some(Ok(start)) = plan.map(|plan| line.change_plan(plan, revision, now, zone())) {
                    (self.line, self.revision) = (line, revision);
                    self.start(start);
                }
            }
            Happening::Request(plan) => {
                let wanted = PLANS[*plan].0.parse().unwrap();
                let mut line = self.line.clone();
                let plan = self.catalogue.upgrade_for(&line, &wanted, self.today());
                if let Some(Ok(start)) = plan.map(|plan| line.request_upgrade(plan, revision, now, zone())) {
                    let coming = line.coming_plan().unwrap();
                    if self.last_days.get(&line.contract).is_some_and(|last| *last < coming.day) {
                        return;
                    }
                    (self.line, self.revision) = (line, revision);
                    self.start(start);
                    self.requests.insert(coming.revision);
                    self.due.insert(coming.revision, coming);
                }
            }
            Happening::Status(blocks) => {
                let code = if *blocks { StatusCode::Blocked } else { StatusCode::Active };
                self.line.set_status(code, Asset::Sim);
                if *blocks {
                    self.close(Overtaken::Blocked);
                }
            }
            Happening::Load { contract, plan, prepaid, blocked } => {
                self.record = record(*contract, *plan, *prepaid, *blocked);
                self.load();
            }
            Happening::LoadAgain => self.load(),
            Happening::Retire(plan) => {
                self.catalogue.plans[*plan].status = PlanStatus::Retired;
                let id = self.catalogue.plans[*plan].id.clone();
                if self.line.coming_plan().is_some_and(|coming| coming.plan == id) {
                    self.close(Overtaken::Retired);
                }
            }
            Happening::EndContract { in_days } => {
                let last = self.today() + Duration::days(*in_days);
                self.last_days.insert(self.line.contract.clone(), last);
                if self.line.coming_plan().is_some_and(|coming| coming.day > last) {
                    self.close(Overtaken::ContractEnded);
                }
            }
            Happening::Job => self.job(),
        }
        self.show();
    }

    /// The contracts that have the line on a day.
    fn contracts_on(&self, day: NaiveDate) -> Vec<&ContractId> {
        let has = |span: &LineSpan| span.from <= day && span.to.is_none_or(|to| day <= to);
        self.spans.iter().filter(|(_, span)| has(span)).map(|((contract, _), _)| contract).collect()
    }

    /// Whoever pays today is shown today's plan, as long as the line is theirs.
    fn show(&mut self) {
        let today = self.today();
        let payers = self.contracts_on(today);
        let customer = CONTRACTS.iter().find(|(id, _)| payers[0].as_str() == *id).unwrap().1;
        let began_today = self.line.since.is_some_and(|since| since.with_timezone(&zone()).date_naive() == today);
        if self.line.customer.as_str() == customer && !began_today {
            self.shown.insert(today, self.line.plan_on(today).clone());
        }
    }

    fn holds(&self) -> Result<(), TestCaseError> {
        let until = self.today() + Duration::days(70);
        for day in first_day().iter_days().take_while(|day| *day <= until) {
            let contracts = self.contracts_on(day);
            prop_assert_eq!(contracts.len(), 1, "{}: {:?}", day, &contracts);
            let starts =
                self.starts.iter().filter(|((contract, ..), _)| contract == contracts[0]).map(|(_, start)| start);
            let charged = PlanHistory::new(starts, zone()).plan_on(day).map(|start| (&start.plan, start.payment));
            prop_assert!(charged.is_some(), "{} is under no plan", day);
            let (plan, payment) = charged.unwrap();
            if day < self.today() {
                if let Some(shown) = self.shown.get(&day) {
                    prop_assert_eq!(plan, shown, "{} was shown with another plan", day);
                }
            } else if day > self.today() {
                prop_assert_eq!(plan, self.line.plan_on(day), "{} will be shown with another plan", day);
                prop_assert_eq!(payment, self.line.payment.kind(), "{} is paid in another way", day);
            }
        }
        for request in &self.requests {
            let waits = self.due.contains_key(request);
            prop_assert!(waits != self.ends.contains_key(request), "request {} waits, or has ended once", request);
        }
        Ok(())
    }
}

fn record(contract: usize, plan: usize, prepaid: bool, blocked: bool) -> Subscriber {
    let (contract, customer) = CONTRACTS[contract];
    let payment = if prepaid {
        json!({ "kind": "prepaid", "balance": { "minor": 0, "currency": "COP" } })
    } else {
        json!({ "kind": "postpaid", "cycle_day": 15 })
    };
    let record = json!({
        "msisdn": "573001234567", "customer": customer, "account": "1", "profile": contract, "contract": contract,
        "payment": payment, "plan": PLANS[plan].0, "blocked": { "sim": blocked },
    });
    serde_json::from_value(record).unwrap()
}

/// Both begin at one midnight, and the change of paying has the later revision.
#[test]
fn a_change_of_paying_on_the_day_of_a_move_does_not_undo_the_upgrade_of_the_next_day() {
    let load = |contract, prepaid| Happening::Load { contract, plan: 3, prepaid, blocked: false };
    let mut world = World::new();
    for happening in [load(0, true), load(1, true), Happening::Request(5), load(1, false)] {
        world.happen(&happening);
    }
    assert_eq!(world.line.plan_on(world.today() + Duration::days(1)).as_str(), "X");
    world.holds().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn every_day_has_one_plan_the_one_shown_and_every_request_ends_once(
        happenings in proptest::collection::vec(happening(), 0..40),
    ) {
        let mut world = World::new();
        for happening in &happenings {
            world.happen(happening);
        }
        world.holds()?;
        // In the end each request is in force, or closed with a reason that the line tells.
        world.happen(&Happening::Pass { hours: 24 * 40 });
        world.job();
        prop_assert!(world.due.is_empty());
        world.holds()?;
        if let Some(upgrade) = world.line.upgrade() {
            let end = upgrade.closed.map_or(End::Upgraded, End::Closed);
            prop_assert_eq!(world.ends.get(&upgrade.revision), Some(&end));
        }
    }
}

//! Random histories: facts that become known late and in any order, runs that are missed, repeated or cut off, catalogues
//! that change, cycle days that change.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::bill::{Known, close};
use super::super::facts::Facts;
use super::super::look::Why;
use super::{LINE, OTHER, World, day, tariff};

/// Services and additional plans of the catalogue; each fact has one of its own, so that no two overlap.
const SORTS: usize = 24;
/// How many days facts and runs are spread over.
const SPAN: u64 = 240;

/// A fact and the day on which it is known.
#[derive(Debug, Clone)]
pub struct Told {
    pub known: u64,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    Plan { day: u64, hour: u32, plan: usize, prepaid: bool, other: bool },
    Additional { day: u64, length: u64, other: bool },
    Service { day: u64, length: u64, fixed: Option<u32>, agreed: bool },
    Charge { day: u64, price: i64, withdrawn: Option<(u64, bool)> },
    Adjustment { day: u64, amount: i64 },
    Usage { day: u64, class: usize, units: u64, other: bool },
    OtherLine { day: u64, length: u64 },
    Cycle { day: u64, cycle_day: u32 },
    Catalogue { cents: u32 },
    End { day: u64 },
}

/// A day on which the run comes by, and what happens to it.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    Whole(u64),
    CutOff(u64),
    Twice(u64),
}

impl Run {
    fn day(self) -> u64 {
        let (Self::Whole(day) | Self::CutOff(day) | Self::Twice(day)) = self;
        day
    }
}

pub fn at(offset: u64) -> NaiveDate {
    day("2026-01-10") + Days::new(offset)
}

/// A catalogue in which prices depend on the version, and in whose first version a service is missing.
fn catalogue(version: u32, cents: u32) -> super::Tariff {
    let price =
        |base: u32| json!([{ "from": "2020-01-01", "price": format!("{}.{:02}", base + version, cents % 100) }]);
    let included = json!([{ "id": "units", "units": 50, "classes": ["voice.onnet", "sms"] }]);
    let mut plans = serde_json::Map::new();
    for (id, base, charged) in [("A", 30, "advance"), ("B", 60, "advance"), ("R", 31, "arrears")] {
        let plan = json!({ "name": id, "charged": charged, "monthly": price(base), "allowances": included });
        plans.insert(id.to_owned(), plan);
    }
    let mut services = serde_json::Map::new();
    for sort in 0..SORTS {
        plans.insert(format!("X{sort}"), json!({ "name": "Extra", "monthly": price(5), "allowances": included }));
        if version > 1 || sort % 7 > 0 {
            services
                .insert(format!("S{sort}"), json!({ "name": "Servicio", "charged": "advance", "monthly": price(3) }));
        }
    }
    tariff(version, json!({ "plans": plans, "services": services }))
}

impl Told {
    /// Adds the fact to a world. `id` makes it unlike every other.
    fn tell(&self, world: &mut World, id: usize) {
        let line = |other: bool| if other { OTHER } else { LINE };
        let span = |mut fact: Value, day: u64, length: u64| {
            fact["from"] = json!(at(day));
            fact["to"] = json!(at(day + length));
            fact
        };
        let pesos = |minor: i64| json!({ "minor": minor, "currency": "COP" });
        match &self.what {
            What::Plan { day, hour, plan, prepaid, other } => {
                let instant = format!("{}T{hour:02}:30:00-05:00", at(*day));
                let (plan, payment) = (["A", "B", "R"][*plan], if *prepaid { "prepaid" } else { "postpaid" });
                world.add("plans", json!({ "line": line(*other), "at": instant, "id": id.to_string(), "plan": plan, "payment": payment }));
            }
            What::Additional { day, length, other } => {
                let plan = format!("X{}", id % SORTS);
                world.add("additional", span(json!({ "line": line(*other), "plan": plan }), *day, *length));
            }
            What::Service { day, length, fixed, agreed } => {
                let mut fact = json!({ "service": format!("S{}", id % SORTS), "fixed": fixed });
                if *agreed {
                    fact["price"] = "7.77".into();
                }
                world.add("services", span(fact, *day, *length));
            }
            What::Charge { day, price, withdrawn } => {
                let fact = json!({ "id": id.to_string(), "offer": "PACK", "name": "Paquete", "day": at(*day), "price": pesos(*price) });
                world.add("charges", fact);
                if let Some((later, operator)) = withdrawn {
                    let reason = operator.then_some("Error");
                    world.add(
                        "withdrawals",
                        json!({ "charge": id.to_string(), "day": at(day + later), "reason": reason }),
                    );
                }
            }
            What::Adjustment { day, amount } => {
                let fact =
                    json!({ "id": id.to_string(), "day": at(*day), "amount": pesos(*amount), "reason": "Ajuste" });
                world.add("adjustments", fact);
            }
            What::Usage { day, class, units, other } => {
                let class = ["voice.onnet", "sms.offnet", "data.home", "voice.offnet"][*class];
                let total = json!({ "line": line(*other), "day": at(*day), "source": format!("f{id}"), "units": { class: units } });
                world.usage.push(serde_json::from_value(total).unwrap());
            }
            What::OtherLine { day, length } => {
                // One span of the other line; a second one would overlap.
                if !world.ledger.lines.iter().any(|span| span.line.as_str() == OTHER) {
                    world.add("lines", span(json!({ "line": OTHER }), *day, *length));
                    let begun = format!("{}T00:00:00-05:00", at(0));
                    world.add("plans", json!({ "line": OTHER, "at": begun, "id": "", "plan": "A" }));
                }
            }
            What::Cycle { day, cycle_day } => {
                let change =
                    json!({ "at": format!("{}T12:00:00-05:00", at(*day)), "id": id.to_string(), "day": cycle_day });
                world.ledger.contract.cycle.changes.push(serde_json::from_value(change).unwrap());
            }
            What::Catalogue { cents } => {
                let version = u32::try_from(world.tariffs.len()).unwrap() + 1;
                world.tariffs.push(catalogue(version, *cents));
            }
            What::End { day } => world.ledger.contract.last = Some(at(*day)),
        }
    }
}

/// A history of a contract.
#[derive(Debug, Clone)]
pub struct History {
    pub cycle_day: u32,
    pub told: Vec<Told>,
    pub runs: Vec<Run>,
}

/// A world after a history, and the facts each period was priced with at its last look.
pub struct Past {
    pub world: World,
    pub read: std::collections::BTreeMap<NaiveDate, Facts>,
}

impl History {
    /// Lives through it. With `on_time` every fact is known from the start.
    pub fn live(&self, on_time: bool) -> Past {
        let mut world = World::new("2026-01-10", self.cycle_day).with_plan("A");
        world.tariffs = vec![catalogue(1, 0)];
        world.terms.jump_floor = i64::MAX;
        let mut past = Past { world, read: std::collections::BTreeMap::new() };
        let mut told: Vec<_> = self.told.iter().enumerate().collect();
        told.sort_by_key(|(_, fact)| fact.known);
        let mut waiting = told.into_iter().peekable();
        for run in &self.runs {
            while let Some((id, fact)) = waiting.next_if(|(_, fact)| on_time || fact.known <= run.day()) {
                fact.tell(&mut past.world, id);
            }
            let writes: &[bool] = match run {
                Run::Whole(_) => &[true],
                Run::CutOff(_) => &[false],
                Run::Twice(_) => &[true, true],
            };
            writes.iter().for_each(|writes| past.run(at(run.day()), *writes));
        }
        past
    }
}

impl Past {
    /// A run that closes what is due; one that is cut off writes its first settlement or none.
    fn run(&mut self, on: NaiveDate, writes: bool) {
        let catalogues = self.world.catalogues();
        for _ in 0..20 {
            let World { ledger, usage, billed, terms, .. } = &self.world;
            let known = Known { ledger, usage, billed, catalogues: &catalogues, terms };
            // A service that no catalogue has parks the contract; a later version has it.
            let Ok(Some(settlement)) = close(&known, on) else { return };
            if !writes {
                return;
            }
            for look in settlement.looks.iter().filter(|look| look.why != Why::Advance) {
                let facts = Facts::clip(ledger, usage, &look.period, catalogues.country.zone()).unwrap();
                self.read.insert(look.period.start, facts);
            }
            self.world.write(settlement);
        }
    }
}

fn what() -> impl Strategy<Value = What> {
    let days = || 0..SPAN;
    prop_oneof![
        4 => (days(), 0..24_u32, 0..3_usize, prop::bool::weighted(0.2), any::<bool>())
            .prop_map(|(day, hour, plan, prepaid, other)| What::Plan { day, hour, plan, prepaid, other }),
        2 => (days(), 0..90_u64, any::<bool>()).prop_map(|(day, length, other)| What::Additional { day, length, other }),
        2 => (days(), 0..90_u64, proptest::option::of(1..4_u32), any::<bool>())
            .prop_map(|(day, length, fixed, agreed)| What::Service { day, length, fixed, agreed }),
        2 => (days(), 1..5_000_i64, proptest::option::of((0..60_u64, any::<bool>())))
            .prop_map(|(day, price, withdrawn)| What::Charge { day, price, withdrawn }),
        1 => (days(), -5_000..5_000_i64).prop_map(|(day, amount)| What::Adjustment { day, amount }),
        5 => (days(), 0..4_usize, 0..120_u64, any::<bool>())
            .prop_map(|(day, class, units, other)| What::Usage { day, class, units, other }),
        1 => (days(), 0..120_u64).prop_map(|(day, length)| What::OtherLine { day, length }),
    ]
}

/// What changes the frame of all other facts.
fn frame() -> impl Strategy<Value = What> {
    prop_oneof![
        (0..SPAN, 1..=31_u32).prop_map(|(day, cycle_day)| What::Cycle { day, cycle_day }),
        (0..100_u32).prop_map(|cents| What::Catalogue { cents }),
        (60..SPAN).prop_map(|day| What::End { day }),
    ]
}

fn first_day(what: &What) -> u64 {
    match what {
        What::Plan { day, .. }
        | What::Additional { day, .. }
        | What::Service { day, .. }
        | What::Charge { day, .. }
        | What::Adjustment { day, .. }
        | What::Usage { day, .. }
        | What::OtherLine { day, .. }
        | What::Cycle { day, .. }
        | What::End { day } => *day,
        What::Catalogue { .. } => 0,
    }
}

fn told(what: impl Strategy<Value = What>, late: u64) -> impl Strategy<Value = Told> {
    (what, 0..late).prop_map(|(what, late)| Told { known: first_day(&what) + late, what })
}

/// Any history.
pub fn history() -> impl Strategy<Value = History> {
    let facts = proptest::collection::vec(told(what(), 150), 0..18);
    let frames = proptest::collection::vec((frame(), 0..SPAN).prop_map(|(what, known)| Told { known, what }), 0..4);
    let runs = proptest::collection::vec((0..400_u64, 0..3_u8), 1..16);
    (1..=31_u32, facts, frames, runs).prop_map(|(cycle_day, mut told, frames, mut runs)| {
        told.extend(frames);
        runs.sort_unstable();
        let run = |(day, kind)| match kind {
            0 => Run::Whole(day),
            1 => Run::CutOff(day),
            _ => Run::Twice(day),
        };
        History { cycle_day, told, runs: runs.into_iter().map(run).collect() }
    })
}

/// A history in which every fact is known before its period is looked at for the last time, and the frame stays.
pub fn in_time() -> impl Strategy<Value = History> {
    let facts = proptest::collection::vec(told(what(), 55), 0..18);
    (1..=28_u32, facts).prop_map(|(cycle_day, mut told)| {
        // The second version of the catalogue, which has every service, is there from the start.
        told.push(Told { known: 0, what: What::Catalogue { cents: 0 } });
        let runs = (0..16).map(|month| Run::Whole(month * 31 + 1)).collect();
        History { cycle_day, told, runs }
    })
}

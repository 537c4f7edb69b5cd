//! What an operator loads while the rest goes on: a line that moves, is blocked or gets another plan, a plan that is retired or sold
//! again, a contract that ends; and the messages that tell the days.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use local::import::{Import, Lines};
use local::sources::{CutOff, Random};
use serde_json::{Value, json};
use shared::auth::KeyRing;
use shared::domain::event::DayBegan;
use shared::events::message;

use super::below;
use super::world::World;
use crate::lab::{country, line, name};

/// How often a load that fails is given again.
const TRIES: usize = 3;

/// A line as an operator's file has it: in one of two profiles, with any plan and way of paying.
pub fn line_record(at: usize, day: u32, count: u64, random: &mut Random) -> Value {
    let payment = match below(random, 6) {
        0 => json!({ "kind": "prepaid", "balance": { "minor": 0, "currency": "COP" } }),
        _ => json!({ "kind": "postpaid", "cycle_day": day }),
    };
    let (profile, plan) = (["1", "2"][below(random, 2)], ["A", "A", "A", "B", "C"][below(random, 5)]);
    json!({
        "type": "subscriber", "msisdn": line(at), "customer": "1", "account": "1", "contract": name(at), "payment": payment,
        "profile": profile, "plan": plan,
        "blocked": { "imei": random.often(2) },
        "billing": { "address": count.to_string(), "city": "Here", "department": "Here" },
    })
}

/// The wanted plan of all upgrades: not sold any more, or sold again.
pub fn plan_record(count: u64, random: &mut Random) -> Value {
    let mut plan = super::world::plan("B", "standard", 50_000);
    let status = ["RETIRED", "ACTIVE", "ACTIVE"][below(random, 3)];
    (plan["type"], plan["rank"], plan["status"]) = (json!("plan"), json!(count), json!(status));
    plan
}

/// A contract that ends soon, or goes on.
pub fn contract_record(world: &World, at: usize, day: u32, random: &mut Random) -> Value {
    let last = world.today().checked_add_days(Days::new(random.below(30))).filter(|_| random.often(6));
    json!({
        "type": "contract", "id": name(at), "customer": "1", "first": "2025-12-20", "cycle_day": day, "last": last,
        "document_at_once": random.often(5),
    })
}

/// Loads a record; it may be cut off, and stay so.
pub async fn load(world: &World, record: &Value, random: &mut Random) {
    let ring = KeyRing::parse(tests::world::ring()).unwrap();
    let writer = world.lab.store.target_through(world.lab.faults.http_client()).writer;
    for _ in 0..TRIES {
        let import = Import { writer: &writer, ring: &ring, clock: &world.lab.clock, country: country() };
        let steps = if random.often(2) { random.below(60) } else { u64::MAX };
        let lines = Lines::Text(format!("{record}\n"));
        if matches!(CutOff::after(steps, import.run(&lines, |_, _, _| ())).await, Some(Ok(_))) {
            return;
        }
    }
}

/// A day is told; the same one again, or one that is gone, as well.
pub fn tell_day(world: &World, at: DateTime<Utc>) {
    let body = message(&DayBegan { at }, &at.to_rfc3339()).unwrap();
    world.lab.queues.send("Orders", body, BTreeMap::new(), world.lab.clock.now());
}

/// Today is told, and the days whose upgrades still wait. A day that is told looks at the week before it as well.
pub fn tell_waiting_days(world: &World) {
    let today = world.today();
    let list = |item: &Value| item["pk"]["S"].as_str()?.strip_prefix("DUE#")?.parse::<NaiveDate>().ok();
    let waiting: BTreeSet<NaiveDate> = world.lab.items().iter().filter_map(list).collect();
    let mut told = today;
    tell_day(world, world.lab.clock.now());
    for day in waiting.into_iter().rev() {
        if told - day >= TimeDelta::weeks(1) {
            told = day;
            tell_day(world, world.lab.clock.now() - (today - day));
        }
    }
}

//! Plans of a schedule: every day of a line is under one plan, the one that was shown; every upgrade request has ended once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::Value;
use shared::domain::billing::plan::PlanHistory;
use shared::domain::ids::PlanId;

use super::world::World;
use crate::lab::{country, line, name};

/// The plans that lines were shown to have on days, at last.
#[derive(Debug, Default)]
pub struct Shown(BTreeMap<(usize, NaiveDate), PlanId>);

impl Shown {
    /// Looks at all lines.
    pub async fn look(&mut self, world: &World, contracts: usize) {
        let today = world.today();
        for at in 0..contracts {
            let line = world.lab.reader().subscriber(&line(at)).await.unwrap().unwrap();
            self.0.insert((at, today), line.plan_on(today).clone());
        }
    }

    /// The ledger charges what was shown, and what will be.
    pub async fn is_charged(&self, world: &World, contracts: usize) {
        let first: NaiveDate = "2025-12-20".parse().unwrap();
        for at in 0..contracts {
            let line = world.lab.reader().subscriber(&line(at)).await.unwrap().unwrap();
            let (_, ledger) = world.lab.reader().ledger(&name(at), country().zone()).await.unwrap().unwrap();
            let history = PlanHistory::new(&ledger.plans, country().zone());
            let until = world.today().checked_add_days(Days::new(70)).unwrap();
            for day in first.iter_days().take_while(|day| *day <= until) {
                let has = |from: NaiveDate, to: Option<NaiveDate>| from <= day && to.is_none_or(|to| day <= to);
                let spans = ledger.lines.iter().filter(|span| has(span.from, span.to)).count();
                assert_eq!(spans, 1, "{} on {day}: {:?}", name(at), ledger.lines);
                let plan = &history.plan_on(day).unwrap().plan;
                let shown = self.0.get(&(at, day)).or_else(|| (day >= world.today()).then(|| line.plan_on(day)));
                assert_eq!(shown.unwrap_or(plan), plan, "{} on {day}: {line:?} {:?}", name(at), ledger.plans);
            }
        }
    }
}

/// Each request has come true or was closed, once, and is on no list any more; what became of it was told.
pub fn requests_have_ended(world: &World) {
    let (mut requests, mut ends) = (BTreeSet::new(), BTreeSet::new());
    for item in world.lab.items() {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        assert!(!text("pk").starts_with("DUE#"), "{item}");
        let of_line = text("pk").starts_with("SUB#");
        match text("sk").split_once('#') {
            Some(("R", request)) if of_line && item["kind"]["S"] == "upgrade" => {
                requests.insert((text("pk"), request.to_owned()));
            }
            Some(("U", request)) if of_line => {
                let is_closed = item["reason"] != Value::Null;
                assert_eq!(text("event"), if is_closed { "UpgradeClosed" } else { "PlanUpgraded" }, "{item}");
                ends.insert((text("pk"), request.to_owned()));
            }
            _ => {}
        }
    }
    assert_eq!(requests, ends);
}

//! Contracts, their facts and their bills, told in a few words.

mod case;
mod complaints;
mod convergence;
mod documents;
mod example;
mod history;
mod kept;
mod months;
mod periods;
mod properties;
mod rules;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::bill::{Known, Outcome, Settlement, close};
use super::billed::Billed;
use super::document::Document;
use super::facts::Facts;
use super::ledger::Ledger;
use super::parked::Parked;
use super::pinned::Catalogues;
use super::price::{Priced, price};
use super::tariff::Tariff;
use super::terms::Terms;
use super::usage::DayTotal;
use crate::domain::country::Country;

/// The first line of every contract here.
const LINE: &str = "573001234567";
/// Another one.
const OTHER: &str = "573001234568";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A contract of Colombia with everything its bills depend on.
#[derive(Clone)]
struct World {
    country: &'static Country,
    ledger: Ledger,
    usage: Vec<DayTotal>,
    tariffs: Vec<Tariff>,
    billed: Billed,
    terms: Terms,
    settled: Vec<Settlement>,
    documents: usize,
}

impl World {
    /// A contract from a day on with a cycle day, without lines.
    fn new(first: &str, cycle_day: u32) -> Self {
        let contract = json!({ "id": "C1", "first": first, "currency": "COP", "cycle": { "day": cycle_day } });
        let country = Country::by_code("co").unwrap();
        Self {
            country,
            ledger: serde_json::from_value(json!({ "contract": contract })).unwrap(),
            usage: Vec::new(),
            tariffs: vec![tariff(1, json!({}))],
            billed: Billed::default(),
            terms: Terms::of(country),
            settled: Vec::new(),
            documents: 0,
        }
    }

    /// The same in another country, with its currency and its terms.
    fn in_country(mut self, country: &'static Country) -> Self {
        self.ledger.contract.currency = country.currency;
        Self { country, terms: Terms::of(country), ..self }
    }

    /// The line, from the contract's first day on, with a plan.
    fn with_plan(mut self, plan: &str) -> Self {
        let first = self.ledger.contract.first.to_string();
        self.add("lines", json!({ "line": LINE, "from": first }));
        self.change_plan(&format!("{first}T00:00:00-05:00"), plan);
        self
    }

    /// Adds a fact to one of the ledger's lists.
    fn add(&mut self, list: &str, fact: Value) {
        fn push<T: serde::de::DeserializeOwned>(list: &mut Vec<T>, fact: Value) {
            list.push(serde_json::from_value(fact).unwrap());
        }
        let ledger = &mut self.ledger;
        match list {
            "lines" => push(&mut ledger.lines, fact),
            "plans" => push(&mut ledger.plans, fact),
            "additional" => push(&mut ledger.additional, fact),
            "services" => push(&mut ledger.services, fact),
            "charges" => push(&mut ledger.charges, fact),
            "withdrawals" => push(&mut ledger.withdrawals, fact),
            "adjustments" => push(&mut ledger.adjustments, fact),
            other => panic!("the ledger has no {other}"),
        }
    }

    fn change_plan(&mut self, at: &str, plan: &str) {
        let id = format!("{:04}", self.ledger.plans.len());
        self.add("plans", json!({ "line": LINE, "at": at, "id": id, "plan": plan }));
    }

    fn use_units(&mut self, day: &str, class: &str, units: u64) {
        let source = format!("f{}", self.usage.len());
        let total = json!({ "line": LINE, "day": day, "source": source, "records": 1, "units": { class: units } });
        self.usage.push(serde_json::from_value(total).unwrap());
    }

    fn buy(&mut self, id: &str, day: &str, price: i64) {
        let price = json!({ "minor": price, "currency": "COP" });
        self.add("charges", json!({ "id": id, "offer": "PACK", "name": "Paquete", "day": day, "price": price }));
    }

    fn end(&mut self, last: &str) {
        self.ledger.contract.last = Some(day(last));
    }

    fn catalogues(&self) -> Catalogues {
        Catalogues::new(self.country, self.tariffs.clone())
    }

    /// Closes one period, if one is due; its documents get numbers.
    fn close_one(&mut self, on: &str) -> Result<Option<Settlement>, Parked> {
        let catalogues = self.catalogues();
        let Self { ledger, usage, billed, terms, .. } = &*self;
        let settlement = close(&Known { ledger, usage, billed, catalogues: &catalogues, terms }, day(on))?;
        if let Some(settlement) = &settlement {
            self.write(settlement.clone());
        }
        Ok(settlement)
    }

    fn write(&mut self, settlement: Settlement) {
        let numbers: Vec<_> = (0..settlement.documents().len())
            .map(|at| format!("F{}", self.documents + at + 1).parse().unwrap())
            .collect();
        self.documents += numbers.len();
        self.billed = self.billed.after_settlement(&settlement, &numbers);
        self.settled.push(settlement);
    }

    /// A run: closes whatever is due, and says what came of it.
    fn run(&mut self, on: &str) -> Vec<String> {
        let mut told = Vec::new();
        while told.len() < 100 {
            match self.close_one(on) {
                Ok(Some(settlement)) => told.push(shown(&settlement)),
                Ok(None) => return told,
                Err(parked) => {
                    told.push(format!("parked: {parked}"));
                    return told;
                }
            }
        }
        panic!("a period that is closed is due again");
    }

    /// What a period costs by what is known now and the newest catalogue.
    fn price(&self, start: &str) -> Result<Priced, Parked> {
        let period =
            self.billed.period(day(start)).map_or_else(|| self.billed.open(&self.ledger.contract), |one| one.period);
        let catalogues = self.catalogues();
        let facts = Facts::clip(&self.ledger, &self.usage, &period, catalogues.country.zone())?;
        price(&facts, &catalogues.pinned(&[])?, &period)
    }

    /// The charges of the first period: kind, amount, key's end.
    fn charges(&self) -> Vec<String> {
        match self.price("0001-01-01") {
            Ok(priced) => {
                priced.charges.iter().map(|charge| format!("{} {}", charge.key, money(charge.amount))).collect()
            }
            Err(parked) => vec![format!("parked: {parked}")],
        }
    }

    /// What bills have charged for a period.
    fn charged(&self, start: &str) -> i64 {
        self.billed.period(day(start)).map_or(0, |billed| billed.charged.values().map(|charged| charged.amount).sum())
    }
}

fn money(minor: i64) -> String {
    format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100)
}

/// A settlement in one line: amounts of the lines, tax, total.
fn shown(settlement: &Settlement) -> String {
    let document = |document: &Document| {
        let lines: Vec<_> = document.lines.iter().map(|line| money(line.amount)).collect();
        format!("{}; tax {}, total {}", lines.join(" + "), money(document.tax), money(document.total))
    };
    match &settlement.outcome {
        Outcome::Billed(documents) => documents.iter().map(document).collect::<Vec<_>>().join(" | "),
        Outcome::Nothing => "nothing".to_owned(),
        Outcome::TooSmall(documents) => {
            format!("too small: {}", documents.iter().map(document).collect::<Vec<_>>().join(" | "))
        }
    }
}

/// A catalogue. `more` replaces whole parts of it.
fn tariff(version: u32, more: Value) -> Tariff {
    let monthly = |price: &str| json!([{ "from": "2020-01-01", "price": price }]);
    let minutes = json!([{ "id": "units", "units": 100, "classes": ["voice.onnet", "sms"] }]);
    let mut all = json!({
        "version": version,
        "plans": {
            "A": { "name": "Plan A", "charged": "advance", "monthly": monthly("30.00"), "allowances": minutes },
            "B": { "name": "Plan B", "charged": "advance", "monthly": monthly("60.00"), "allowances": minutes },
            "R": { "name": "Plan R", "charged": "arrears", "monthly": monthly("31.00") },
            "X": { "name": "Extra", "charged": "arrears", "monthly": monthly("9.30"),
                "allowances": [{ "id": "data", "units": 310, "classes": ["data"] }] },
        },
        "services": { "S": { "name": "Servicio", "charged": "arrears", "monthly": monthly("3.10") } },
        "rates": [
            { "classes": "voice", "prices": [{ "from": "2020-01-01", "price": "0.10" }] },
            { "classes": "sms", "prices": [{ "from": "2020-01-01", "price": "0.05" }] },
            { "classes": "data", "prices": [{ "from": "2020-01-01", "price": "10.24", "per": 1024 }] },
        ],
    });
    let Value::Object(more) = more else { panic!("parts of a catalogue have names") };
    for (name, value) in more {
        all[name] = value;
    }
    serde_json::from_value(all).unwrap()
}

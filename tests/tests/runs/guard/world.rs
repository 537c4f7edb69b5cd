//! Contracts with a line each, usage-ingest and usage-guard, with the lists that are walked each hour, and nothing else.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use local::functions::{consume, take};
use local::in_process::settings;
use local::sources::{FaultPlan, Sources};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::guard::limits::{Limits, Watched};
use shared::domain::guard::look::View;
use shared::domain::guard::threshold::Subject;
use shared::domain::subscriber::Subscriber;
use shared::events::{Consumer as _, Inbox as _};
use shared::files::{Files, ObjectKey};
use shared::invocation::Base;
use shared::queue::Queue;
use shared::table::Changes;
use tests::FILES;
use tests::connector::faults::Faults;
use tests::connector::meter::Meter;
use usage_guard::UsageGuard;
use usage_ingest::UsageIngest;

use crate::lab::{Lab, country, line, name};

/// Kilobytes and seconds that a month of the plan includes.
pub const DATA: u64 = 1_000_000;
pub const VOICE: u64 = 36_000;

/// Everything a history works on.
pub struct World {
    pub lab: Lab,
    pub files: Files,
    /// On usage-guard's way to the table.
    pub faults: Faults,
    /// What usage-guard takes of the table.
    pub meter: Meter,
}

impl World {
    /// A contract with a line for each cycle day; all lines are guarded by these limits.
    pub async fn new(cycle_days: &[u32], plan: FaultPlan, guard: &Value) -> Self {
        let mut lab = Lab::new(cycle_days, plan).await;
        let meter = Meter::around(lab.store.embedded.connector());
        let faults = Faults::around(meter.connector());
        let files = lab.store.bucket.files(FILES).unwrap();
        let sqs = aws_sdk_sqs::Client::new(&settings(lab.queue_faults.http_client()));
        let queue = |name: &str| Queue::new(sqs.clone(), name);
        let base = |faults: &Faults, clock: &Clock| {
            let table = lab.store.target_through(faults.http_client()).writer;
            Base { table, country: country(), clock: clock.clone() }
        };
        let [own, looks, dead] = ["UsageFiles", "UsageLooks", "UsageDeadLetters"].map(queue);
        let ingest = UsageIngest::new(base(&lab.faults, &lab.clock), files.clone(), own, looks, dead);
        let [own, dead] = ["UsageLooks", "UsageLookDeadLetters"].map(queue);
        let guarding = UsageGuard::new(base(&faults, &lab.clock), own, dead);
        lab.functions.clear();
        lab.functions.insert(UsageIngest::NAME.to_owned(), take(ingest));
        lab.functions.insert(UsageGuard::NAME.to_owned(), consume(guarding));
        let world = Self { lab, files, faults, meter };
        world.fill(cycle_days, guard).await;
        world
    }

    async fn fill(&self, cycle_days: &[u32], guard: &Value) {
        let from = "2020-01-01";
        let rate = |classes: &str, price: &str, per: u64| json!({ "classes": classes, "tax": "exempt", "prices": [{ "from": from, "price": price, "per": per }] });
        let allowance = |id: &str, units: u64, class: &str| json!({ "id": id, "units": units, "classes": [class] });
        let tariff = json!({
            "version": 2,
            "plans": { "M": {
                "name": "M", "tax": "exempt", "monthly": [{ "from": from, "price": "300" }],
                "allowances": [allowance("data", DATA, "data.home"), allowance("voice", VOICE, "voice.onnet")],
            } },
            "rates": [rate("voice", "2", 60), rate("data.home", "1", 1_024), rate("data.roam", "5", 1_024)],
            "rating": { "increments": [{ "classes": "voice", "steps": [{ "from": from, "minimum": 60, "step": 60 }] }] },
        });
        let mut changes = Changes::new();
        changes.add_tariff(&serde_json::from_value(tariff).unwrap()).unwrap();
        for (at, day) in cycle_days.iter().enumerate() {
            let line = json!({
                "msisdn": line(at), "customer": "1", "account": "1", "profile": "1", "contract": name(at),
                "contract_since": "2025-12-20", "plan": "M", "payment": { "kind": "postpaid", "cycle_day": day },
                "guard": guard,
                // As much as an ordinary line has.
                "identities": [{ "kind": "NIT", "number": "900123456" }, { "kind": "CC", "number": "52123456" }],
                "billing": { "address": "Carrera 7 # 71-21, oficina 1204", "city": "Bogotá", "department": "Cundinamarca" },
            });
            let line: Subscriber = serde_json::from_value(line).unwrap();
            changes.put_subscriber(None, &line, self.lab.clock.now()).unwrap();
        }
        self.lab.commit(changes).await;
        for at in 0..cycle_days.len() {
            self.lab.start_plan(at, 2, "2025-12-20T13:00:00Z", "M").await;
        }
    }

    /// What AWS puts around the functions: of the schedules only that of the lists.
    pub fn sources(&self) -> Sources {
        let mut template = tests::template().clone();
        template.sources.schedules.retain(|schedule| schedule.name == "UsageLooksDue");
        template.sources.notifications.retain(|told| told.queue == "UsageFiles");
        let Lab { store, queues, functions, clock, .. } = &self.lab;
        let sources = Sources::new(&template, &store.embedded, queues.clone(), functions.clone());
        sources.with_bucket(&store.bucket, clock.now())
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.lab.clock.now()
    }

    pub fn local(&self) -> DateTime<FixedOffset> {
        self.now().with_timezone(&country().zone())
    }

    pub fn pass(&self, by: TimeDelta) {
        self.lab.clock.set(self.now() + by);
    }

    /// Puts a usage file into the inbox.
    pub async fn put(&self, key: &str, content: &str) {
        self.files.put(&ObjectKey::usage_file(key).unwrap().0, content.as_bytes()).await.unwrap();
    }

    pub async fn line(&self, at: usize) -> Subscriber {
        self.lab.reader().subscriber(&line(at)).await.unwrap().unwrap().value
    }

    /// The limits that were told: by contract, period and limit, and how many items each has.
    pub fn told(&self) -> BTreeMap<String, u32> {
        let mut told = BTreeMap::new();
        for item in self.lab.items() {
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default();
            if text("pk").starts_with("GUARD#") && text("sk").starts_with("T#") {
                assert!(!text("event").is_empty(), "{item}");
                *told.entry(format!("{} {}", text("pk"), text("sk"))).or_default() += 1;
            }
        }
        told
    }

    /// The limits that a contract's line has reached in the period of a day, by all that is known, in the same words.
    pub async fn reached(&self, at: usize, today: NaiveDate) -> Vec<String> {
        let (reader, zone) = (self.lab.reader(), country().zone());
        let subject = Subject::Line(line(at));
        let running = reader.running(&name(at), &subject, today, zone).await.unwrap().unwrap();
        let limits = Watched::of_line(None, self.line(at).await.guard.as_ref());
        let catalogues = Catalogues::new(country(), [reader.tariff().await.unwrap().unwrap()]);
        let (ledger, usage, period) = (&running.books.ledger, &running.usage, &running.period);
        let view = View { subject: &subject, ledger, usage, catalogues: &catalogues, limits: &limits };
        let passed = view.see(period).unwrap().passed(self.now());
        passed
            .iter()
            .map(|one| format!("GUARD#{} T#{}#{}#{}", name(at), period.start, subject, one.threshold))
            .collect()
    }
}

/// Limits that are as usual.
pub fn usual() -> Value {
    serde_json::to_value(Limits::default()).unwrap()
}

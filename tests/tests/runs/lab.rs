//! A small world for bill runs: a table with a few contracts and rates, queues, and the two functions alone, which the
//! schedule and the queues invoke as the template declares it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bill_generate::BillGenerate;
use bill_run::BillRun;
use chrono::{DateTime, NaiveDate, Utc};
use local::functions::consume;
use local::gateway::Function;
use local::in_process::settings;
use local::sources::{self, FaultPlan, Queues, Sources};
use local::store::{FISCAL, Store};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::billing::cycle::{Cycle, CycleDay};
use shared::domain::billing::ledger::{Adjustment, Contract, LineSpan};
use shared::domain::billing::owner::ContractOwner;
use shared::domain::billing::plan::PlanStart;
use shared::domain::contract::PaymentKind;
use shared::domain::country::Country;
use shared::domain::ids::ContractId;
use shared::domain::line_facts::Fact;
use shared::domain::money::Money;
use shared::domain::msisdn::Msisdn;
use shared::domain::usage_file::day::{DayWord, Usage};
use shared::domain::usage_file::source::Source;
use shared::events::Consumer;
use shared::invocation::Base;
use shared::lambda::fiscal_keys;
use shared::queue::Queue;
use shared::table::{Changes, Reader, Writer};
use tests::connector::faults::Faults;

/// When a schedule begins: late on the last evening of a year, by the country's clock.
pub fn beginning() -> DateTime<Utc> {
    "2026-01-01T03:00:00Z".parse().unwrap()
}

/// Everything one schedule works on.
pub struct Lab {
    pub store: Store,
    pub clock: Clock,
    /// On the functions' way to the table.
    pub faults: Faults,
    /// On the functions' way to the queues.
    pub queue_faults: Faults,
    pub queues: Queues,
    /// Without faults.
    pub writer: Writer,
    /// The two functions.
    pub functions: BTreeMap<String, Function>,
}

pub fn country() -> &'static Country {
    Country::by_code("co").unwrap()
}

/// A contract's name.
pub fn name(at: usize) -> ContractId {
    format!("c{at}").parse().unwrap()
}

/// Its line.
pub fn line(at: usize) -> Msisdn {
    Msisdn::parse(&format!("300{at:07}"), country()).unwrap()
}

impl Lab {
    /// A lab with these contracts: the cycle day of each.
    pub async fn new(cycle_days: &[u32], plan: FaultPlan) -> Self {
        Self::with_functions(cycle_days, plan, |run, generate| (run, generate)).await
    }

    /// A lab whose runs are taken for large from their first page on.
    pub async fn with_large_runs(cycle_days: &[u32], plan: FaultPlan) -> Self {
        let large = |run: BillRun, generate: BillGenerate| (run.with_stretches(1), generate.taking_ahead_from(0));
        Self::with_functions(cycle_days, plan, large).await
    }

    async fn with_functions(
        cycle_days: &[u32],
        plan: FaultPlan,
        so: impl FnOnce(BillRun, BillGenerate) -> (BillRun, BillGenerate),
    ) -> Self {
        let store = Store::with_ring(tests::template(), None, || Ok(tests::world::ring().to_owned())).unwrap();
        let clock = Clock::standing_at(beginning());
        let time = clock.clone();
        let queues = sources::queues(tests::template(), Arc::new(move || time.now())).with_faults(plan);
        let faults = Faults::around(store.embedded.connector());
        let queue_faults = Faults::around(queues.connector());
        let sqs = aws_sdk_sqs::Client::new(&settings(queue_faults.http_client()));
        let queue = |name: &str| Queue::new(sqs.clone(), name);
        let base = || {
            let table = store.target_through(faults.http_client()).writer;
            Base { table, country: country(), clock: clock.clone() }
        };
        let run = BillRun::new(base(), queue("BillRuns"), queue("BillPages"), queue("BillRunDeadLetters"));
        let generate = BillGenerate::new(
            base(),
            fiscal_keys(store.target().secrets, FISCAL),
            queue("BillRuns"),
            queue("BillPageDeadLetters"),
        );
        let (run, generate) = so(run, generate);
        let functions = BTreeMap::from([
            (BillRun::NAME.to_owned(), consume(run)),
            (BillGenerate::NAME.to_owned(), consume(generate)),
        ]);
        let writer = store.target().writer;
        let lab = Self { store, clock, faults, queue_faults, queues, writer, functions };
        lab.fill(cycle_days).await;
        lab
    }

    /// What AWS puts around the functions.
    pub fn sources(&self) -> Sources {
        Sources::new(tests::template(), &self.store.embedded, self.queues.clone(), self.functions.clone())
    }

    pub fn reader(&self) -> &Reader {
        self.writer.reader()
    }

    async fn fill(&self, cycle_days: &[u32]) {
        let mut changes = Changes::new();
        changes.add_tariff(&serde_json::from_value(tariff()).unwrap()).unwrap();
        for (id, kind) in [("FE", "invoice"), ("NC", "credit-note")] {
            let series = json!({
                "id": id, "kind": kind, "prefix": format!("{id}-"), "digits": 4, "first": 1, "last": 9999, "next": 1,
            });
            let mut changes = Changes::new();
            let newest = self.reader().newest_series().await.unwrap();
            changes.add_series(newest.as_ref(), &serde_json::from_value(series).unwrap()).unwrap();
            self.commit(changes).await;
        }
        let customer = json!({ "code": "1", "name": "Customer", "address": "Here", "identities": [] });
        changes.put_customer(&serde_json::from_value(customer).unwrap()).unwrap();
        self.commit(changes).await;
        for (at, day) in cycle_days.iter().enumerate() {
            self.add_contract(at, *day, "1").await;
        }
    }

    /// A contract of a customer, who need not be there, with a line and a plan.
    pub async fn add_contract(&self, at: usize, day: u32, customer: &str) {
        let day: CycleDay = day.try_into().unwrap();
        let first: NaiveDate = "2025-12-20".parse().unwrap();
        let contract = Contract {
            id: name(at),
            first,
            last: None,
            currency: country().currency,
            cycle: Cycle { day, changes: Vec::new() },
        };
        let mut changes = Changes::new();
        changes.add_contract(&ContractOwner::new(customer.parse().unwrap(), contract, None)).unwrap();
        let span = Fact::Line(LineSpan { line: line(at), profile: None, from: first, to: None });
        changes.put_fact(&name(at), &span, country().zone()).unwrap();
        self.commit(changes).await;
        self.start_plan(at, 1, "2025-12-20T12:00:00Z", "A").await;
    }

    /// The line of a contract has a plan from an instant on.
    pub async fn start_plan(&self, at: usize, revision: u64, when: &str, plan: &str) {
        let start = PlanStart {
            line: line(at),
            at: when.parse().unwrap(),
            id: format!("{revision:012}"),
            plan: plan.parse().unwrap(),
            payment: PaymentKind::Postpaid,
        };
        let mut changes = Changes::new();
        changes.put_fact(&name(at), &Fact::Plan(start), country().zone()).unwrap();
        self.commit(changes).await;
    }

    /// A file tells a day's usage of a contract's line.
    pub async fn tell(&self, at: usize, day: NaiveDate, file: u64, units: u64) {
        let source =
            Source { stream: "s".parse().unwrap(), name: format!("f{file}").parse().unwrap(), sequence: 1, chunk: 0 };
        let units = BTreeMap::from([("voice.onnet".parse().unwrap(), units)]);
        let mut changes = Changes::new();
        changes
            .put_day_word(&line(at), &DayWord { day, source, usage: Usage { records: 1, units, ..Usage::default() } })
            .unwrap();
        self.writer.load(changes).await.unwrap();
    }

    /// An operator credits, or debits, a contract.
    pub async fn adjust(&self, at: usize, id: u64, day: NaiveDate, minor: i64) {
        let adjustment = Adjustment {
            id: format!("a{id}").parse().unwrap(),
            day,
            amount: Money { minor, currency: country().currency },
            reason: "Test".to_owned(),
            tax: "exempt".parse().unwrap(),
            corrects: None,
        };
        let mut changes = Changes::new();
        changes.add_adjustment(&name(at), &adjustment).unwrap();
        self.commit(changes).await;
    }

    pub async fn commit(&self, changes: Changes) {
        self.writer.commit(changes, None, self.clock.now()).await.unwrap();
    }

    /// Every item of the table.
    pub fn items(&self) -> Vec<Value> {
        self.store.embedded.items(self.store.table()).unwrap()
    }
}

/// Two plans and an additional one in advance, one in arrears; calls are included up to a point.
fn tariff() -> Value {
    let from = "2020-01-01";
    let monthly = |price: &str| json!([{ "from": from, "price": price }]);
    let plan = |name: &str, price: &str, charged: &str, units: u64| {
        json!({
            "name": name, "tax": "exempt", "charged": charged, "monthly": monthly(price),
            "allowances": [{ "id": "v", "units": units, "classes": ["voice.onnet"] }],
            "rates": [{ "classes": "voice", "tax": "exempt", "prices": [{ "from": from, "price": "2", "per": 60 }] }],
        })
    };
    json!({
        "version": 1,
        "plans": {
            "A": plan("A", "300", "advance", 600), "B": plan("B", "500", "advance", 1_200), "C": plan("C", "100", "arrears", 0),
            "D": plan("D", "50", "advance", 0),
        },
        "rating": { "increments": [{ "classes": "voice", "steps": [{ "from": from, "minimum": 60, "step": 60 }] }] },
    })
}

//! A whole bill run over the embedded table, from the order to the closing: how fast, and for how many units.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use futures_util::FutureExt as _;
use indicatif::ProgressBar;
use local::functions::{Deployment, functions};
use local::gateway::Function;
use local::in_process::http_client;
use local::options::Source as Options;
use local::sources::{self, Sources};
use local::store::Store;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::billing::owner::ContractOwner;
use shared::domain::country::Country;
use shared::domain::event::{BillRunOrdered, Whom};
use shared::domain::hook::callback::Addresses;
use shared::domain::line_facts::Fact;
use shared::domain::msisdn::Msisdn;
use shared::domain::usage_file::day::{DayWord, Usage};
use shared::domain::usage_file::source::Source;
use shared::events::message;
use shared::outside::Outside;
use shared::table::{Changes, Writer};

use crate::style;

/// Days of usage of each.
const WORDS: u64 = 10;
const NAME: &str = "bench";

/// Loads so many contracts of a line each, bills them, and prints what it took.
pub async fn run(contracts: u64) -> io::Result<()> {
    let options = Options { country: None, template: None };
    let template = options.read().map_err(io::Error::other)?;
    let country = Country::by_code("co").map_err(io::Error::other)?;
    let clock = Clock::standing_at("2026-03-10T15:00:00Z".parse().map_err(io::Error::other)?);
    let store = Store::open(&template, None, &clock).map_err(io::Error::other)?;
    let time = clock.clone();
    let queues = sources::queues(&template, Arc::new(move || time.now()));
    let deployment = Deployment {
        country,
        clock: clock.clone(),
        issuer: "https://api.example".to_owned(),
        files: store.bucket.files("https://files.example").map_err(io::Error::other)?,
        queues: http_client(queues.connector()),
        outside: Outside::new(Addresses::Public, None),
    };
    let spent = Arc::default();
    let functions = timed(functions(&deployment, || store.target()), &spent);
    let mut sources = Sources::new(&template, &store.embedded, queues.clone(), functions);
    load(&store.target().writer, country, contracts, &clock).await?;

    let (run, day) = (NAME.parse().map_err(io::Error::other)?, day("2026-03-10")?);
    let order = BillRunOrdered { run, day, dry: false, whom: Whom::All };
    let body = message(&order, NAME).map_err(io::Error::other)?;
    queues.send("BillRuns", body, BTreeMap::new(), clock.now());
    let start = Instant::now();
    sources.settle(clock.now()).await.map_err(io::Error::other)?;
    let took = start.elapsed();
    let run = store.target().writer.reader().run(&order.run).await.map_err(io::Error::other)?;
    let report = run.and_then(|run| run.value.closed).map(|closed| closed.report);
    let report = report.filter(|report| report.adds_up() && report.billed == contracts);
    let report = report.ok_or_else(|| io::Error::other("the run has not billed every contract"))?;
    let generate = *spent.lock().unwrap_or_else(PoisonError::into_inner);
    let mut out = io::stdout().lock();
    writeln!(out, "{} bills of {contracts} contracts, in {} pages", report.used, report.pages)?;
    writeln!(out, "order to closing  {}", pace(contracts, took))?;
    writeln!(out, "in bill-generate  {}", pace(contracts, generate))?;
    let hundredths = |tenths: u64| tenths * 10 / contracts;
    writeln!(
        out,
        "units of a page's bills, in hundredths: {} read, {} written",
        hundredths(report.read),
        hundredths(report.write)
    )
}

fn pace(contracts: u64, took: Duration) -> String {
    let milliseconds = took.as_millis().max(1);
    format!("{milliseconds} ms, {} bills/s", u128::from(contracts) * 1_000 / milliseconds)
}

/// The functions, with the time that bill-generate takes.
fn timed(functions: BTreeMap<String, Function>, spent: &Arc<Mutex<Duration>>) -> BTreeMap<String, Function> {
    let timed = |(name, function): (String, Function)| {
        if name != "bill-generate" {
            return (name, function);
        }
        let spent = Arc::clone(spent);
        let timed: Function = Arc::new(move |event, left| {
            let (work, spent) = (function(event, left), Arc::clone(&spent));
            async move {
                let start = Instant::now();
                let answer = work.await;
                *spent.lock().unwrap_or_else(PoisonError::into_inner) += start.elapsed();
                answer
            }
            .boxed()
        });
        (name, timed)
    };
    functions.into_iter().map(timed).collect()
}

async fn load(writer: &Writer, country: &'static Country, contracts: u64, clock: &Clock) -> io::Result<()> {
    let mut changes = Changes::new();
    changes.add_tariff(&read(tariff())?).map_err(io::Error::other)?;
    changes
        .add_series(
            None,
            &read(json!({
                "id": "FE", "kind": "invoice", "prefix": "FE-", "digits": 9, "first": 1, "last": 999_999_999, "next": 1,
            }))?,
        )
        .map_err(io::Error::other)?;
    writer.commit(changes, None, clock.now()).await.map_err(io::Error::other)?;
    let bar = ProgressBar::new(contracts).with_style(style()).with_message("contracts");
    for at in 0..contracts {
        add(writer, country, clock, at).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// A customer with a contract, its line and its plan, and the usage of some days.
async fn add(writer: &Writer, country: &'static Country, clock: &Clock, at: u64) -> io::Result<()> {
    let line = Msisdn::parse(&format!("310{at:07}"), country).map_err(io::Error::other)?;
    let (customer, id) = (format!("u{at}"), format!("c{at}"));
    let owner: ContractOwner = read(json!({
        "customer": customer, "listed": 10,
        "contract": { "id": id, "first": "2026-02-10", "currency": "COP", "cycle": { "day": 10 } },
    }))?;
    let mut changes = Changes::new();
    changes
        .put_customer(&read(json!({
            "code": customer, "name": format!("Customer {at}"), "address": "Calle 1 # 2-3, Bogotá",
        }))?)
        .map_err(io::Error::other)?;
    changes.add_contract(&owner).map_err(io::Error::other)?;
    let span = Fact::Line(read(json!({ "line": line, "from": "2026-02-10" }))?);
    let plan = Fact::Plan(read(json!({ "line": line, "at": "2026-02-10T12:00:00Z", "id": "1", "plan": "A" }))?);
    for fact in [span, plan] {
        changes.put_fact(&owner.contract.id, &fact, country.zone()).map_err(io::Error::other)?;
    }
    writer.commit(changes, None, clock.now()).await.map_err(io::Error::other)?;
    let mut changes = Changes::new();
    for on in 0..WORDS {
        let source = Source {
            stream: "s".parse().map_err(io::Error::other)?,
            name: format!("f{on}").parse().map_err(io::Error::other)?,
            sequence: 1,
            chunk: 0,
        };
        let units: BTreeMap<_, _> =
            read(json!({ "voice.onnet": 60 * (1 + (at + on) % 9), "data.home": 100_000 + at }))?;
        let word = DayWord {
            day: day("2026-02-10")? + Days::new(on),
            source,
            usage: Usage { records: 9, units, ..Usage::default() },
        };
        changes.put_day_word(&line, &word).map_err(io::Error::other)?;
    }
    writer.load(changes).await.map_err(io::Error::other)
}

/// A plan in advance with everything but some calls included.
fn tariff() -> Value {
    let from = "2020-01-01";
    json!({
        "version": 1,
        "plans": { "A": {
            "name": "Plan", "charged": "advance", "monthly": [{ "from": from, "price": "30000" }],
            "allowances": [
                { "id": "v", "units": 1_200, "classes": ["voice.onnet"] },
                { "id": "d", "units": 9_000_000, "classes": ["data.home"] },
            ],
            "rates": [{ "classes": "voice", "prices": [{ "from": from, "price": "100", "per": 60 }] }],
        } },
        "rating": { "increments": [{ "classes": "voice", "steps": [{ "from": from, "minimum": 60, "step": 60 }] }] },
    })
}

fn read<T: DeserializeOwned>(value: Value) -> io::Result<T> {
    serde_json::from_value(value).map_err(io::Error::other)
}

fn day(text: &str) -> io::Result<NaiveDate> {
    text.parse().map_err(io::Error::other)
}

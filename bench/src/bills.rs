//! Bills: how many a core computes in a second, and what a very large contract takes, without any store.

use std::hint::black_box;
use std::io::{self, Write};

use chrono::NaiveDate;
use serde_json::{Value, json};
use shared::domain::billing::bill::{Known, Settlement, close};
use shared::domain::billing::billed::Billed;
use shared::domain::billing::ledger::Ledger;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::billing::tariff::Tariff;
use shared::domain::billing::terms::Terms;
use shared::domain::billing::usage::DayTotal;
use shared::domain::country::Country;

use crate::measure::thread_time;

/// Ordinary bills to compute.
const COUNT: u64 = 50_000;

/// A contract and what is known of it.
struct World {
    ledger: Ledger,
    usage: Vec<DayTotal>,
    billed: Billed,
    catalogues: Catalogues,
    terms: Terms,
}

/// Measures an ordinary contract and a very large one.
pub fn run() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut ordinary = World::new(5, 30, 0)?;
    ordinary.bill(day("2026-02-01")?)?;
    let march = day("2026-03-01")?;
    let lines = ordinary.close(march)?.map_or(0, |settlement| settlement.documents()[0].lines.len());
    let start = thread_time()?;
    for _ in 0..COUNT {
        black_box(ordinary.close(march)?);
    }
    let spent = thread_time()? - start;
    writeln!(
        out,
        "5 lines, 30 usage totals, {lines} bill lines: {} bills/s",
        u128::from(COUNT) * 1_000_000_000 / spent
    )?;

    let mut large = World::new(10_000, 50_000, 5_000)?;
    large.bill(day("2026-02-01")?)?;
    let before = thread_time()?;
    let lines = large.close(march)?.map_or(0, |settlement| settlement.documents()[0].lines.len());
    let spent = (thread_time()? - before) / 1_000_000;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().trim();
    writeln!(out, "10,000 lines, 50,000 usage totals, 5,000 purchases, {lines} bill lines: {spent} ms, at most {peak}")
}

impl World {
    /// A contract with so many lines, so many usage totals a month, and so many purchases in February.
    fn new(lines: u64, totals: u64, purchases: u64) -> io::Result<Self> {
        let country = Country::by_code("co").map_err(io::Error::other)?;
        let line = |at: u64| format!("57300{at:07}");
        let from = "2025-12-01";
        let contract = json!({ "id": "C1", "first": from, "currency": "COP", "cycle": { "day": 1 } });
        let spans = (0..lines).map(|at| json!({ "line": line(at), "from": from }));
        let plans =
            (0..lines).map(|at| json!({ "line": line(at), "at": "2025-12-01T05:00:00Z", "id": "1", "plan": "A" }));
        let bought = (0..purchases).map(|at| {
            let (day, price) = (format!("2026-02-{:02}", 1 + at % 28), json!({ "minor": 500_000, "currency": "COP" }));
            json!({ "id": at.to_string(), "offer": format!("P{}", at % 400), "name": "Paquete", "day": day, "price": price })
        });
        let months = [1, 2].into_iter().flat_map(|month| (0..totals).map(move |at| (month, at)));
        let usage = months.map(|(month, at)| {
            let class =
                ["voice.onnet", "sms.offnet", "data.home", "voice.offnet"][usize::try_from(at % 4).unwrap_or(0)];
            let day = format!("2026-{month:02}-{:02}", 1 + at % 28);
            let units = json!({ class: 600, "sms.onnet": 3 });
            json!({ "line": line(at % lines), "day": day, "source": "f1", "records": 10, "units": units })
        });
        let ledger = json!({
            "contract": contract,
            "lines": spans.collect::<Vec<_>>(),
            "plans": plans.collect::<Vec<_>>(),
            "services": [{ "service": "S", "from": from }],
            "charges": bought.collect::<Vec<_>>(),
        });
        Ok(Self {
            ledger: serde_json::from_value(ledger)?,
            usage: usage.map(serde_json::from_value).collect::<Result<_, _>>()?,
            billed: Billed::default(),
            catalogues: Catalogues::new(country, [serde_json::from_value::<Tariff>(catalogue())?]),
            terms: Terms::of(country),
        })
    }

    fn close(&self, day: NaiveDate) -> io::Result<Option<Settlement>> {
        let Self { ledger, usage, billed, catalogues, terms } = self;
        close(&Known { ledger, usage, billed, catalogues, terms }, day).map_err(io::Error::other)
    }

    /// Closes what is due on a day.
    fn bill(&mut self, day: NaiveDate) -> io::Result<()> {
        while let Some(settlement) = self.close(day)? {
            self.billed = self.billed.after_settlement(&settlement, &[]);
        }
        Ok(())
    }
}

fn catalogue() -> Value {
    let price = |price: &str| json!([{ "from": "2020-01-01", "price": price }]);
    let rate = |classes: &str, price: &str, per: u64| json!({ "classes": classes, "prices": [{ "from": "2020-01-01", "price": price, "per": per }] });
    let allowances = json!([
        { "id": "minutes", "units": 6_000, "classes": ["voice.onnet", "voice.offnet"] },
        { "id": "messages", "units": 10, "classes": ["sms"] },
        { "id": "data", "units": 1_048_576, "classes": ["data.home"] },
    ]);
    json!({
        "version": 1,
        "plans": { "A": { "name": "Plan A", "charged": "advance", "monthly": price("30000.00"), "allowances": allowances } },
        "services": { "S": { "name": "Seguro", "monthly": price("3100.00") } },
        "rates": [rate("voice", "120.00", 60), rate("sms", "50.00", 1), rate("data", "40.00", 1_024)],
    })
}

fn day(text: &str) -> io::Result<NaiveDate> {
    text.parse().map_err(io::Error::other)
}

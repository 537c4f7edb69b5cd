//! What the operator's commands compute, as JSON for the page. It reads, and changes nothing.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, SecondsFormat};
use serde_json::{Value, json};
use shared::domain::billing::page::{Became, Billed};
use shared::domain::billing::run::Run;
use shared::domain::country::{BillWords, Country};
use shared::domain::ids::{ContractId, RunId};
use shared::domain::money::Money;
use shared::table::{From, Reader, Window};

use super::Shown;
use crate::bill::report::RunReport;
use crate::bill::watch::Progress;
use crate::demo;
use crate::failure::Failure;
use crate::queues::shown;
use crate::{inbox, usage};

/// Days of usage files.
const FILES: u64 = 7;
/// Days of runs, and the most of them.
const RUNS: u64 = 62;
const MOST_RUNS: usize = 20;
/// The most bills of a run, and how many of its pages are read at once.
const MOST_BILLS: usize = 100;
const PAGES: usize = 20;

/// The data of this name; none if there is nothing of the kind.
///
/// # Errors
/// A store or queue that does not answer.
pub async fn data(shown: &Shown, name: &str) -> Result<Option<Value>, Failure> {
    let reader = shown.target.writer.reader();
    let parts: Vec<_> = name.split('/').collect();
    Ok(Some(match *parts.as_slice() {
        ["about"] => about(shown),
        ["clients"] => clients(shown).await?,
        ["queues"] => shown::rows(&shown.site.queues().await?).into(),
        ["usage-files"] => usage::as_json(&usage::fates(reader, &inbox::until(today(shown), FILES)).await?),
        ["bill-runs"] => runs(reader, today(shown), shown.country).await?,
        ["bill-runs", id, "bills"] => {
            let Ok(id) = id.parse::<RunId>() else { return Ok(None) };
            let Some(run) = reader.run(&id).await? else { return Ok(None) };
            bills(reader, &run.value, shown.country).await?
        }
        _ => return Ok(None),
    }))
}

fn today(shown: &Shown) -> NaiveDate {
    shown.clock.now().with_timezone(&shown.country.zone()).date_naive()
}

fn about(shown: &Shown) -> Value {
    let Shown { clock, country, clients, .. } = shown;
    let now = clock.now().with_timezone(&country.zone());
    let demo = (!clients.is_empty())
        .then(|| json!({ "line": demo::local(country, demo::LINE), "customers": demo::CUSTOMERS }));
    let BillWords { pending, overdue, paid } = country.bill_status;
    json!({
        "country": country.code, "currency": country.currency.code,
        "bill_status": { "pending": pending, "overdue": overdue, "paid": paid },
        "now": now.to_rfc3339_opts(SecondsFormat::Secs, false), "today": now.date_naive(), "demo": demo,
    })
}

/// The clients, with the secrets of those of the demo where they are known. Nothing tells those of others: the table has digests.
async fn clients(shown: &Shown) -> Result<Value, Failure> {
    let clients = shown.target.clients().await?;
    let known = |id: &str| shown.clients.iter().find(|known| known.client_id == id).map(|known| &known.client_secret);
    let client = |client: &shared::auth::Client| {
        json!({
            "id": client.id, "name": client.name, "scope": client.scopes, "customers": client.sees,
            "state": client.state, "secret": known(client.id.as_str()),
        })
    };
    Ok(clients.iter().map(client).collect())
}

/// The runs, the newest first.
async fn runs(reader: &Reader, today: NaiveDate, country: &Country) -> Result<Value, Failure> {
    let first = today.checked_sub_days(Days::new(RUNS)).unwrap_or(today);
    let mut all = Vec::new();
    for run in reader.runs(first, today).await?.into_iter().rev().take(MOST_RUNS) {
        all.push(one(reader, run.value, country).await?);
    }
    Ok(all.into())
}

/// A run: with its report once it is closed, and with how far it is until then, which takes a query for each list.
async fn one(reader: &Reader, run: Run, country: &Country) -> Result<Value, Failure> {
    let Some(closed) = &run.closed else {
        let Progress { made, done } = Progress::of(reader, &run).await?;
        let Run { id, day, dry, began, .. } = run;
        let pages = json!({ "made": made, "done": done });
        return Ok(json!({ "run": id, "day": day, "dry": dry, "began": began, "pages": pages }));
    };
    let report = &closed.report;
    let minor = report.invoices.total.saturating_add(report.credit_notes.total);
    let total = Money { minor, currency: country.currency }.to_string();
    let counts = json!({ "skipped": report.skipped(), "parked": report.parked() });
    let mut shown = serde_json::to_value(RunReport::read(reader, run, country).await?).map_err(Failure::new)?;
    shown["currency"] = country.currency.code.into();
    shown["total"] = total.into();
    shown["counts"] = counts;
    Ok(shown)
}

/// The bills of a run as far as its pages are done, the first hundred.
async fn bills(reader: &Reader, run: &Run, country: &Country) -> Result<Value, Failure> {
    let (mut found, mut more) = (Vec::new(), false);
    for place in run.places() {
        let mut from = From::Record(0);
        loop {
            let pages = reader.done_pages(&run.id, place, &Window { limit: PAGES, from }).await?;
            let ended = pages.rows.into_iter().flat_map(|page| page.contracts);
            found.extend(ended.flat_map(|ended| billed(ended.became).map(move |bill| (ended.contract.clone(), bill))));
            more |= found.len() > MOST_BILLS;
            match pages.next {
                Some(next) if !more => from = From::After(next),
                _ => break,
            }
        }
        if more {
            break;
        }
    }
    found.truncate(MOST_BILLS);
    let contracts: BTreeSet<_> = found.iter().map(|(contract, _)| contract).collect();
    let owners = reader.contracts(contracts).await?;
    let customer = |contract: &ContractId| {
        owners
            .iter()
            .map(|owner| &owner.value)
            .find(|owner| owner.contract.id == *contract)
            .map(|owner| &owner.customer)
    };
    let row = |(contract, bill): &(ContractId, Billed)| {
        json!({
            "number": bill.number.as_ref().map(|given| &given.number), "kind": bill.kind, "contract": contract,
            "customer": customer(contract), "currency": country.currency.code,
            "total": Money { minor: bill.total, currency: country.currency }.to_string(),
        })
    };
    Ok(json!({ "bills": found.iter().map(row).collect::<Vec<_>>(), "more": more }))
}

fn billed(became: Became) -> impl Iterator<Item = Billed> {
    let bills = match became {
        Became::Billed(bills) | Became::Parked { billed: bills, .. } => bills,
        Became::Skipped(_) => Vec::new(),
    };
    bills.into_iter()
}

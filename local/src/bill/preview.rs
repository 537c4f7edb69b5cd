//! What a contract costs before anything is billed: from a file, or from the table as it stands.

use std::fmt;
use std::path::Path;

use chrono::NaiveDate;
use clap::Args;
use serde::Serialize;
use shared::domain::billing::bill::Known;
use shared::domain::billing::billed::Billed;
use shared::domain::billing::case::{self, Computed};
use shared::domain::billing::cycle::Days;
use shared::domain::billing::ledger::{Contract, Ledger};
use shared::domain::billing::pinned::Catalogues;
use shared::domain::billing::terms::Terms;
use shared::domain::billing::usage::DayTotal;
use shared::domain::country::Country;
use shared::domain::ids::{ContractId, CustomerCode};
use shared::table::{Books, Reader, Statement, Wanted};

use super::At;
use crate::failure::Failure;
use crate::place::Reached;
use crate::print;

/// What a file costs, as text or JSON.
pub(super) fn compute(file: &Path, json: bool) -> Result<String, Failure> {
    let text = std::fs::read(file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    let computed = case::compute(&text).map_err(Failure::new)?;
    if json { print::json(&computed) } else { Ok(computed.to_string()) }
}

/// Show what the period of a day has cost a contract so far, with the usage it comes from; nothing is billed by it
#[derive(Debug, Clone, Args)]
pub(super) struct Preview {
    /// The contract
    contract: ContractId,
    /// The day up to which it is computed; today when absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<NaiveDate>,
    #[command(flatten)]
    at: At,
}

impl Preview {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        let Reached { target, clock, country, .. } = self.at.table().await?;
        let day = self.day.unwrap_or_else(|| clock.now().with_timezone(&country.zone()).date_naive());
        let cost = Cost::so_far(target.writer.reader(), country, &self.contract, day).await?;
        self.at.shown(&cost)
    }
}

/// What a period has cost a contract so far.
#[derive(Debug, Serialize)]
pub struct Cost {
    contract: ContractId,
    customer: CustomerCode,
    /// The whole period.
    period: Days,
    /// The last day that counts.
    until: NaiveDate,
    price: Computed,
    /// What looks wrong: a bill would park the contract until a person allows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suspicions: Vec<String>,
    usage: Vec<DayTotal>,
}

impl Cost {
    /// What the period of a day has cost until that day, by all that is known now; nothing is written.
    ///
    /// # Errors
    /// An unknown contract; why a bill would park it; an unavailable store.
    pub async fn so_far(
        reader: &Reader,
        country: &'static Country,
        contract: &ContractId,
        day: NaiveDate,
    ) -> Result<Self, Failure> {
        let unknown = || Failure::new(format!("there is no contract {contract}"));
        let period = |contract: &Contract| case::period_of(contract, day).days();
        let wanted = |books: &Books| {
            let from = period(&books.owner.contract).from;
            Wanted { days: Days { from, to: day.max(from) }, sure_until: None }
        };
        let read = reader.statement(contract, country.zone(), wanted).await?;
        let Statement { books: Books { owner, ledger, .. }, usage } = read.ok_or_else(unknown)?;
        if day < owner.contract.first {
            return Err(Failure::new(format!("the contract {contract} begins on {}", owner.contract.first)));
        }
        let period = period(&owner.contract);
        let tariff = reader.tariff().await?.ok_or_else(|| Failure::new("there are no rates; import a rate sheet"))?;
        let (ledger, billed) = (until(ledger, day), Billed::default());
        let (catalogues, mut terms) = (Catalogues::new(country, [tariff]), Terms::of(country).allowing(&owner.allowed));
        let mut suspicions = Vec::new();
        let price = loop {
            let known =
                Known { ledger: &ledger, usage: &usage, billed: &billed, catalogues: &catalogues, terms: &terms };
            match case::price(&known, day) {
                Ok(price) => break price,
                Err(parked) => match parked.allowance() {
                    // Whoever has to decide on it wants to see it.
                    Some(allowance) => {
                        suspicions.push(parked.to_string());
                        terms.allowed.push(allowance);
                    }
                    None => return Err(Failure::new(format!("a bill would park the contract {contract}: {parked}"))),
                },
            }
        };
        let (contract, customer) = (contract.clone(), owner.value.customer);
        Ok(Self { contract, customer, period, until: day, price, suspicions, usage })
    }
}

/// Head, price and usage as tables.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contract, customer, period: Days { from, to }, until, price, suspicions, usage } = self;
        writeln!(f, "Contract {contract} of customer {customer}, {from} to {to}, as far as {until}")?;
        write!(f, "{price}")?;
        for suspicion in suspicions {
            writeln!(f, "A bill would park the contract, `bill allow-parked` lets it pass: {suspicion}")?;
        }
        let none = if usage.is_empty() { "none" } else { "line, day, records, units" };
        writeln!(f, "Usage: {none}")?;
        for DayTotal { line, day, records, units, .. } in usage {
            let units: Vec<_> = units.iter().map(|(class, units)| format!("{units} {class}")).collect();
            writeln!(f, "{line}  {day}  {records:>7}  {}", units.join(", "))?;
        }
        Ok(())
    }
}

/// The ledger as if the contract ended with a day.
fn until(mut ledger: Ledger, day: NaiveDate) -> Ledger {
    ledger.contract.last = Some(ledger.contract.last.map_or(day, |last| last.min(day)));
    ledger
}

//! A contract and a catalogue as one JSON document, and what they cost: for tariff designers' what-ifs, and for anybody
//! who wants to check the computation. `docs/bill-compute.md` describes the document.

mod input;
mod output;
mod table;

pub use input::Case;
pub use output::{Bill, Computed};

use chrono::NaiveDate;

use crate::domain::billing::bill::{Known, Outcome, Settlement, close, closing};
use crate::domain::billing::billed::Billed;
use crate::domain::billing::cycle::Period;
use crate::domain::billing::document::{Line, issue};
use crate::domain::billing::ledger::Contract;
use crate::domain::billing::parked::Parked;
use crate::domain::ids::BillNumber;
use crate::error::{Error, Result};

/// Reads a case and computes it.
///
/// # Errors
/// 400 that names the field at fault, or says why the contract is parked.
pub fn compute(json: &[u8]) -> Result<Computed> {
    let case = Case::read(json)?;
    let computed = match case.period {
        Some(day) => price(&case.known(), day),
        None => run(&case),
    };
    computed.map_err(|parked| Error::invalid("parked", parked.to_string()))
}

/// What the period of a day costs, as if nothing were billed yet.
///
/// # Errors
/// Why the contract would be parked.
pub fn price(known: &Known<'_>, day: NaiveDate) -> Result<Computed, Parked> {
    let billed = Billed::default();
    let known = Known { billed: &billed, ..*known };
    let contract = &known.ledger.contract;
    let look = closing(&known, &period_of(contract, day))?;
    let lines: Vec<_> = Line::of(&look).collect();
    let documents = if lines.is_empty() { Vec::new() } else { issue(lines, &known.terms.form())? };
    let bill = Bill::new(None, None, std::slice::from_ref(&look), &documents, contract.currency);
    Ok(Computed { currency: contract.currency, bills: vec![bill] })
}

/// The period of a day, where no bill has made one a fact.
pub fn period_of(contract: &Contract, day: NaiveDate) -> Period {
    let mut period = Billed::default().open(contract);
    while period.end < day {
        period = period.next(contract.cycle.newest());
    }
    period
}

/// What a run of a day bills.
fn run(case: &Case) -> Result<Computed, Parked> {
    let mut billed = case.billed.clone();
    let mut bills = Vec::new();
    while let Some(day) = case.bill_day {
        let Some(settlement) = close(&Known { billed: &billed, ..case.known() }, day)? else { break };
        let numbers = numbers(&settlement, case.earlier + bills.len() + 1);
        bills.push(bill(&settlement, numbers.first(), case));
        billed = billed.after_settlement(&settlement, &numbers);
    }
    Ok(Computed { currency: case.currency(), bills })
}

/// Numbers for the documents of the nth bill: `1`, and `1-2` and so on for credit notes beside it.
fn numbers(settlement: &Settlement, nth: usize) -> Vec<BillNumber> {
    let text = |at: usize| if at == 0 { nth.to_string() } else { format!("{nth}-{}", at + 1) };
    (0..settlement.documents().len()).filter_map(|at| text(at).parse().ok()).collect()
}

fn bill(settlement: &Settlement, number: Option<&BillNumber>, case: &Case) -> Bill {
    let documents = match &settlement.outcome {
        Outcome::Billed(documents) | Outcome::TooSmall(documents) => documents.as_slice(),
        Outcome::Nothing => &[],
    };
    let closes = settlement.closes.map(|period| period.days());
    Bill::new(number.cloned(), closes, &settlement.looks, documents, case.currency())
}

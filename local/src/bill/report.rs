//! What a run came to, or has come to so far.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::page::Why;
use shared::domain::billing::report::{Amounts, Report, Sum};
use shared::domain::billing::run::Run;
use shared::domain::country::Country;
use shared::domain::ids::RunId;
use shared::domain::money::{Currency, Money};
use shared::table::Reader;

use super::watch::Progress;
use crate::failure::Failure;
use crate::words::count;

/// Unused numbers that are shown as text.
const SHOWN: usize = 20;

/// What the table's units cost.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ListPrice {
    /// Where.
    pub region: &'static str,
    /// Since when.
    pub since: &'static str,
    /// A million written units, in thousandths of a dollar.
    pub write: u64,
    /// A million read units, in thousandths of a dollar.
    pub read: u64,
}

/// On demand, without reserved capacity.
pub const LIST_PRICE: ListPrice = ListPrice { region: "us-east-1", since: "2024-11-01", write: 625, read: 125 };

impl ListPrice {
    /// What units cost, given in tenths, in millionths of a dollar.
    pub fn of(&self, read_tenths: u64, write_tenths: u64) -> u64 {
        let part = |tenths: u64, price: u64| u128::from(tenths) * u128::from(price);
        let all = (part(read_tenths, self.read) + part(write_tenths, self.write)).div_ceil(10_000);
        u64::try_from(all).unwrap_or(u64::MAX)
    }
}

/// A run with its report.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    run: RunId,
    day: NaiveDate,
    dry: bool,
    began: DateTime<Utc>,
    /// When it was closed; none while it is open, and the report tells of the pages that are done.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<DateTime<Utc>>,
    /// Whether all its pages are made.
    listed: bool,
    pages: Pages,
    report: Report,
    /// What the country's rounding of totals has taken off, in minor units.
    rounding: i64,
    currency: Currency,
    adds_up: bool,
    /// At list price, in dollars.
    cost: String,
    price: ListPrice,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Pages {
    made: u64,
    done: u64,
    open: u64,
}

impl RunReport {
    /// Of a run. That of an open one is made of its pages that are done, so all of them are read.
    ///
    /// # Errors
    /// An unavailable store.
    pub async fn read(reader: &Reader, run: Run, country: &Country) -> Result<Self, Failure> {
        let (report, pages) = match &run.closed {
            Some(closed) => (closed.report.clone(), Progress { made: run.pages(), done: closed.report.pages }),
            None => {
                let mut sum = Sum::default();
                reader.add_up(&run, &mut sum, usize::MAX).await?;
                (sum.report, Progress::of(reader, &run).await?)
            }
        };
        let cost = dollars(LIST_PRICE.of(report.read, report.write));
        Ok(Self {
            listed: run.is_listed(),
            pages: Pages { made: pages.made, done: pages.done, open: pages.made.saturating_sub(pages.done) },
            adds_up: report.adds_up() && pages.made == report.pages,
            closed: run.closed.map(|closed| closed.at),
            run: run.id,
            day: run.day,
            dry: run.dry,
            began: run.began,
            rounding: report.rounding(),
            report,
            currency: country.currency,
            cost,
            price: LIST_PRICE,
        })
    }

    /// Whether nobody and no number is missing.
    pub const fn adds_up(&self) -> bool {
        self.adds_up
    }

    fn money(&self, minor: i64) -> String {
        Money { minor, currency: self.currency }.to_string()
    }

    fn documents(&self, f: &mut fmt::Formatter<'_>, name: &str, amounts: &Amounts) -> fmt::Result {
        let Amounts { count, net, total } = amounts;
        let code = self.currency.code;
        writeln!(f, "{name:<13}{count}, net {}, total {} {code}", self.money(*net), self.money(*total))
    }
}

/// Millionths of a dollar as a decimal number.
fn dollars(millionths: u64) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

fn tenths(units: u64) -> String {
    format!("{}.{}", units / 10, units % 10)
}

/// Why a contract has no bill, in words.
pub const fn why(why: Why) -> &'static str {
    match why {
        Why::NotDue => "not due: no period has ended that is not billed",
        Why::Nothing => "nothing to bill: the period is closed",
        Why::TooSmall => "ended, and what is left is too small to be sent",
        Why::Overtaken => "another run was at it meanwhile; what is due is left to the next",
        Why::Gone => "not there",
    }
}

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, day, dry, began, closed, listed, pages, report, rounding, .. } = self;
        let dry = if *dry { ", dry: nothing was billed" } else { "" };
        let began = began.format("%F %T");
        match closed {
            Some(at) => writeln!(f, "Run {run} of {day}{dry}, began {began} UTC, closed {}", at.format("%F %T"))?,
            None => writeln!(f, "Run {run} of {day}{dry}, began {began} UTC, open")?,
        }
        let more = if *listed { "" } else { ", and more are listed" };
        writeln!(f, "{:<13}{} made, {} done, {} open{more}", "Pages", pages.made, pages.done, pages.open)?;
        let (billed, skipped, parked) = (report.billed, report.skipped(), report.parked());
        writeln!(f, "{:<13}{} = {billed} billed + {skipped} skipped + {parked} parked", "Contracts", report.contracts)?;
        for (reason, number) in &report.skipped {
            writeln!(f, "  {:<11}{number} {}", "skipped", why(*reason))?;
        }
        for (kind, number) in &report.parked {
            writeln!(f, "  {:<11}{number} {kind}", "parked")?;
        }
        self.documents(f, "Invoices", &report.invoices)?;
        self.documents(f, "Credit notes", &report.credit_notes)?;
        for tax in &report.taxes {
            let (base, amount) = (self.money(tax.base), self.money(tax.amount));
            writeln!(f, "{:<13}{} {} % of {base}: {amount} {}", "Tax", tax.name, tax.percent, self.currency.code)?;
        }
        if *rounding != 0 {
            writeln!(f, "{:<13}{} {}", "Rounding", self.money(*rounding), self.currency.code)?;
        }
        let unused = report.unused.len();
        write!(f, "{:<13}{} taken = {} on documents + {unused} unused", "Numbers", report.taken, report.used)?;
        match &*report.elsewhere {
            [] => writeln!(f)?,
            numbers => writeln!(f, " + {} on other bills", numbers.len())?,
        }
        for given in report.elsewhere.iter().take(SHOWN) {
            writeln!(f, "  {:<11}{} of {}", "elsewhere", given.number, given.series)?;
        }
        for given in report.unused.iter().take(SHOWN) {
            writeln!(f, "  {:<11}{} of {}", "unused", given.number, given.series)?;
        }
        if unused > SHOWN {
            writeln!(f, "  {:<11}and {} more; --json has all", "unused", unused - SHOWN)?;
        }
        for kind in &report.scarce {
            let what = match kind {
                DocumentKind::Invoice => "invoices",
                DocumentKind::CreditNote => "credit notes",
            };
            writeln!(f, "{:<13}of {what} are near their end: `series list`, `series add`", "Series")?;
        }
        for stream in &report.silent {
            writeln!(
                f,
                "{:<13}no file of {stream} since two days before; what it would tell comes on a later bill",
                "Usage"
            )?;
        }
        let (read, written) = (tenths(report.read), tenths(report.write));
        let ListPrice { region, since, .. } = self.price;
        write!(f, "{:<13}{read} units read, {written} written: USD {} at the list price", "Table", self.cost)?;
        writeln!(f, " of {region} since {since}, pages included")?;
        let each = |units: u64| tenths(units.checked_div(report.contracts).unwrap_or_default());
        writeln!(f, "{:<13}{} read and {} written for each contract", "", each(report.read), each(report.write))?;
        match (closed.is_some(), self.adds_up) {
            (true, true) if self.report.is_clean() => writeln!(f, "It adds up."),
            (true, true) => writeln!(f, "It adds up, but somebody has to look at it."),
            (true, false) => writeln!(f, "It does NOT add up: see docs/bill-runs.md, \"When a run does not add up\"."),
            (false, _) => writeln!(f, "It is open: {} to go.", count(pages.open, "page")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_cost_what_the_list_says() {
        // A million of each, in tenths.
        assert_eq!(dollars(LIST_PRICE.of(10_000_000, 0)), "0.125000");
        assert_eq!(dollars(LIST_PRICE.of(0, 10_000_000)), "0.625000");
        // 100 million bills of six written and four read units.
        assert_eq!(dollars(LIST_PRICE.of(4_000_000_000, 6_000_000_000)), "425.000000");
        assert_eq!(dollars(LIST_PRICE.of(1, 0)), "0.000001");
    }
}

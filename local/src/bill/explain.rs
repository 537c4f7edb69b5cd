//! `bill explain`: the lines of a bill, and for one of them the rule, the facts and the records it came from.

use std::fmt;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;
use shared::domain::billing::cycle::Days;
use shared::domain::billing::document::{Document, DocumentKind, Line, Section};
use shared::domain::billing::issued::Issued;
use shared::domain::billing::key::Key;
use shared::domain::billing::look::Look;
use shared::domain::billing::price::Source;
use shared::domain::billing::tax::TaxTotal;
use shared::domain::country::Country;
use shared::domain::ids::{BillNumber, ContractId, CustomerCode, RunId};
use shared::domain::money::{Currency, Money};
use shared::table::Reader;

use super::facts::{LineFactsShown, span};
use super::follow::{self, Followed};
use super::rules::{self, Rule};
use super::{At, issued};
use crate::failure::Failure;
use crate::place::Reached;
use crate::print::{row, table};

/// Show the lines of a bill, or where one of them comes from: rule, facts, and for usage the calls
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// The bill
    number: BillNumber,
    /// The line, by its number in the bill
    line: Option<usize>,
    #[command(flatten)]
    at: At,
}

impl Explain {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        let Reached { target, country, .. } = self.at.table().await?;
        let reader = target.writer.reader();
        let bill = Kept::read(reader, &self.number).await?;
        match self.line {
            None => self.at.shown(&bill.explained()),
            Some(line) => self.at.shown(&bill.line(reader, country, line).await?),
        }
    }
}

/// A bill as it is kept.
pub struct Kept {
    number: BillNumber,
    issued: Issued,
    document: Document,
}

/// A bill with its lines.
#[derive(Debug, Serialize)]
pub struct Explained {
    number: BillNumber,
    kind: DocumentKind,
    run: RunId,
    issued: DateTime<Utc>,
    customer: CustomerCode,
    contract: ContractId,
    currency: Currency,
    /// The days it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    closes: Option<Days>,
    lines: Vec<Numbered>,
    net: String,
    taxes: Vec<TaxShown>,
    rounding: String,
    total: String,
}

#[derive(Debug, Serialize)]
struct TaxShown {
    name: String,
    percent: String,
    base: String,
    amount: String,
}

/// A line with its number in the bill.
#[derive(Debug, Serialize)]
pub struct Numbered {
    line: usize,
    section: Section,
    period: Days,
    key: Key,
    text: String,
    /// What earlier bills have charged under its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    /// What it costs by the facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<String>,
    difference: String,
    net: String,
    tax: String,
    total: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects: Option<BillNumber>,
}

/// Where a line comes from.
#[derive(Debug, Serialize)]
pub struct LineExplained {
    bill: BillNumber,
    line: Numbered,
    rules: Vec<Rule>,
    /// The computation, while it is priced.
    #[serde(skip_serializing_if = "Option::is_none")]
    computed: Option<String>,
    /// The versions of the catalogue with its price.
    catalogue: Vec<u32>,
    facts: LineFactsShown,
    /// The records of its days, for a line of usage.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<Followed>,
}

impl Kept {
    /// A bill by its number.
    ///
    /// # Errors
    /// None of this number that a run has issued; an unavailable store.
    pub async fn read(reader: &Reader, number: &BillNumber) -> Result<Self, Failure> {
        let issued = issued(reader, number).await?;
        let at = issued.numbers.iter().position(|given| given.number == *number);
        let document = at.and_then(|at| issued.settlement.documents().get(at)).cloned();
        let document = document.ok_or_else(|| {
            Failure::new(format!("NUMBER: must be a bill whose document is kept, which {number} is not"))
        })?;
        Ok(Self { number: number.clone(), issued, document })
    }

    fn money(&self, minor: i64) -> String {
        Money { minor, currency: self.issued.contract.currency }.to_string()
    }

    /// The bill with its lines.
    pub fn explained(&self) -> Explained {
        let Document { kind, lines, taxes, net, rounding, total, .. } = &self.document;
        let tax = |TaxTotal { name, percent, base, amount }: &TaxTotal| TaxShown {
            name: name.clone(),
            percent: percent.clone(),
            base: self.money(*base),
            amount: self.money(*amount),
        };
        Explained {
            number: self.number.clone(),
            kind: *kind,
            run: self.issued.run.clone(),
            issued: self.issued.at,
            customer: self.issued.customer.clone(),
            contract: self.issued.contract.id.clone(),
            currency: self.issued.contract.currency,
            closes: self.issued.settlement.closes.map(|period| period.days()),
            lines: lines.iter().enumerate().map(|(at, line)| self.numbered(at + 1, line)).collect(),
            net: self.money(*net),
            taxes: taxes.iter().map(tax).collect(),
            rounding: self.money(*rounding),
            total: self.money(*total),
        }
    }

    fn numbered(&self, number: usize, line: &Line) -> Numbered {
        Numbered {
            line: number,
            section: line.section,
            period: line.period.days(),
            key: line.key.clone(),
            text: line.text.clone(),
            was: line.was.map(|minor| self.money(minor)),
            is: line.is.map(|minor| self.money(minor)),
            difference: self.money(line.amount),
            net: self.money(line.net),
            tax: self.money(line.tax),
            total: self.money(line.total),
            corrects: line.corrects.clone(),
        }
    }

    /// Where a line comes from. Its facts are those that the bill has kept; the records are read as they are now.
    ///
    /// # Errors
    /// A line that the bill has not; an unavailable store.
    pub async fn line(&self, reader: &Reader, country: &Country, number: usize) -> Result<LineExplained, Failure> {
        let count = self.document.lines.len();
        let line = number.checked_sub(1).and_then(|at| self.document.lines.get(at));
        let line =
            line.ok_or_else(|| Failure::new(format!("LINE: must be a line from 1 to {count} of {}", self.number)))?;
        let look = self.look(line);
        let facts = look.map(|look| LineFactsShown::of(look, line)).unwrap_or_default();
        let records = match (&line.source, facts.line()) {
            (Some(Source::Usage { class, days, .. }), Some(msisdn)) => Some(
                follow::usage(reader, country, &self.issued.customer, msisdn, (*class, *days, facts.usage())).await?,
            ),
            _ => None,
        };
        Ok(LineExplained {
            bill: self.number.clone(),
            line: self.numbered(number, line),
            rules: rules::of(line),
            computed: line.source.as_ref().map(|source| self.computed(source, line)),
            catalogue: look.map(|look| look.versions.clone()).unwrap_or_default(),
            facts,
            records,
        })
    }

    /// The look that found the line.
    fn look(&self, line: &Line) -> Option<&Look> {
        let is_it = |look: &&Look| {
            look.period == line.period
                && look.changes.iter().any(|change| change.key == line.key && change.difference() != 0)
        };
        self.issued.settlement.looks.iter().find(is_it)
    }

    fn computed(&self, source: &Source, line: &Line) -> String {
        let is = self.money(line.is.unwrap_or_default());
        match source {
            Source::Monthly { price, times, of, days, .. } => {
                let days: Vec<_> = days.iter().map(span).collect();
                format!("{price} * {times}/{of} = {is}; days: {}", days.join(", "))
            }
            Source::Usage { class, units, all, price, per, days } => {
                let included = all.saturating_sub(*units);
                let per = if *per == 1 { String::new() } else { format!(" per {per}") };
                format!(
                    "{all} units of {class} on the plan's days - {included} included = {units} paid, at {price}{per} = {is}; paid: {}",
                    span(days)
                )
            }
            Source::OneOff(Days { from, .. }) => format!("bought on {from} for {is}"),
            Source::Adjustment { reason, .. } => format!("{is}: {reason}"),
        }
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            DocumentKind::Invoice => "Invoice",
            DocumentKind::CreditNote => "Credit note",
        };
        let Self { number, contract, customer, run, .. } = self;
        let closes = self.closes.as_ref().map(|days| format!(", closes {}", span(days))).unwrap_or_default();
        writeln!(f, "{kind} {number} of contract {contract}, customer {customer}{closes}")?;
        writeln!(f, "Issued {} UTC by run {run}, in {}", self.issued.format("%F %T"), self.currency.code)?;
        let head = row(["line", "period", "item", "text", "was", "is", "difference", "tax", "total"]);
        let or_none = |amount: &Option<String>| amount.clone().unwrap_or_else(|| "-".to_owned());
        let rows = self.lines.iter().map(|line| {
            let (number, period, item) = (line.line.to_string(), line.period.from.to_string(), line.key.item.clone());
            let amounts =
                [or_none(&line.was), or_none(&line.is), line.difference.clone(), line.tax.clone(), line.total.clone()];
            [vec![number, period, item, line.text.clone()], amounts.to_vec()].concat()
        });
        f.write_str(&table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), &[0, 4, 5, 6, 7, 8]))?;
        write!(f, "Net {}", self.net)?;
        for TaxShown { name, percent, base, amount } in &self.taxes {
            write!(f, ", {name} {percent} % of {base} {amount}")?;
        }
        if self.rounding.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
            write!(f, ", rounding {}", self.rounding)?;
        }
        writeln!(f, ", total {}", self.total)?;
        writeln!(f, "`bill explain {number} LINE` says where a line comes from.")
    }
}

impl fmt::Display for LineExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Numbered { line, text, key, period, difference, tax, total, .. } = &self.line;
        writeln!(f, "Line {line} of {}: {} {text}", self.bill, key.item)?;
        writeln!(f, "Period     {}", span(period))?;
        writeln!(f, "Key        {key}")?;
        let (was, is) =
            (self.line.was.as_deref().unwrap_or("nothing"), self.line.is.as_deref().unwrap_or("not priced any more"));
        writeln!(f, "Amount     is {is}, was {was}: difference {difference}, tax {tax}, total {total}")?;
        if let Some(bill) = &self.line.corrects {
            writeln!(f, "Corrects   {bill}")?;
        }
        if let Some(computed) = &self.computed {
            writeln!(f, "Computed   {computed}")?;
        }
        let versions: Vec<_> = self.catalogue.iter().map(u32::to_string).collect();
        writeln!(f, "Prices     version {} of the catalogue", versions.join(", "))?;
        for Rule { rule, says } in &self.rules {
            writeln!(f, "Rule {rule:<5} {says}")?;
        }
        self.facts.fmt(f)?;
        self.records.as_ref().map_or(Ok(()), |records| records.fmt(f))
    }
}

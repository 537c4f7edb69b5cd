//! Bills as a table of plain text.

use std::fmt::{Display, Formatter, Result};

use crate::domain::billing::allowance::Served;
use crate::domain::billing::case::output::{Bill, BillLine, Computed};
use crate::domain::billing::cycle::Days;
use crate::domain::billing::document::DocumentKind;
use crate::domain::billing::price::Source;

impl Display for Computed {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.bills.is_empty() {
            return writeln!(f, "nothing is due");
        }
        for (at, one) in self.bills.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            bill(f, one, self.currency.code)?;
        }
        Ok(())
    }
}

fn bill(f: &mut Formatter<'_>, bill: &Bill, currency: &str) -> Result {
    match (&bill.number, bill.closes) {
        (Some(number), Some(Days { from, to })) => writeln!(f, "Bill {number} in {currency}, closes {from} to {to}")?,
        (None, Some(Days { from, to })) => writeln!(f, "No bill, closes {from} to {to}: nothing to bill")?,
        _ => writeln!(f, "Price in {currency}")?,
    }
    let rows: Vec<[String; 6]> = bill.lines.iter().map(row).collect();
    let head = ["period", "line", "comes from", "amount", "tax", "total"].map(ToOwned::to_owned);
    let width = |at: usize| rows.iter().chain([&head]).map(|row| row[at].chars().count()).max().unwrap_or_default();
    let widths: [usize; 6] = std::array::from_fn(width);
    let shown = if rows.is_empty() { 0 } else { rows.len() + 1 };
    for [period, text, source, amount, tax, total] in [&head].into_iter().chain(&rows).take(shown) {
        let [a, b, c, d, e, g] = widths;
        writeln!(f, "{period:<a$}  {text:<b$}  {source:<c$}  {amount:>d$}  {tax:>e$}  {total:>g$}")?;
    }
    for document in &bill.documents {
        let kind = match document.kind {
            DocumentKind::Invoice => "Invoice",
            DocumentKind::CreditNote => "Credit note",
        };
        write!(f, "{kind}: net {}", document.net)?;
        for [name, percent, base, amount] in &document.taxes {
            write!(f, ", {name} {percent} % of {base} {amount}")?;
        }
        if document.rounding.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
            write!(f, ", rounding {}", document.rounding)?;
        }
        writeln!(f, ", total {}", document.total)?;
    }
    bill.included.iter().try_for_each(|served| included(f, served))
}

fn row(line: &BillLine) -> [String; 6] {
    let source = line.source.as_ref().map(source);
    let correction = line.was.as_ref().map(|was| format!("was {was}, is {}", line.is.as_deref().unwrap_or("0")));
    let source = [source, correction].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let text = format!("{} {}", line.key.item, line.text);
    [line.key.period.to_string(), text, source, line.amount.clone(), line.tax.clone(), line.total.clone()]
}

fn source(source: &Source) -> String {
    match source {
        Source::Monthly { price, times, of, .. } => format!("{price} * {times}/{of}"),
        Source::Usage { units, all, price, per: 1, .. } => format!("{units} of {all} at {price}"),
        Source::Usage { units, all, price, per, .. } => format!("{units} of {all} at {price} per {per}"),
        Source::OneOff(Days { from, .. }) => format!("bought on {from}"),
        Source::Adjustment { reason, .. } => reason.clone(),
    }
}

fn included(f: &mut Formatter<'_>, served: &Served) -> Result {
    let Served { line, plan, allowance, units, used } = served;
    let used: Vec<_> = used.iter().map(|(class, units)| format!("{units} of {class}")).collect();
    let used = if used.is_empty() { "nothing used".to_owned() } else { used.join(", ") };
    let units = units.map_or_else(|| "no limit".to_owned(), |units| units.to_string());
    writeln!(f, "Included: {line} {plan} {allowance}, {units}: {used}")
}

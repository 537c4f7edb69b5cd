//! Every charge of a document as CSV (RFC 4180), for those who count, and for bills too large to be read.

use shared::domain::billing::document::{Document, Line};
use shared::domain::billing::price::Source;
use shared::domain::money::{Currency, Money};

const HEADER: &str = "section,period_start,period_end,item,text,quantity,unit_price,net,tax,total,charge_key\r\n";

/// The charges, a line each, in the document's order. Amounts are decimal numbers of the currency.
pub fn csv(document: &Document, currency: Currency) -> String {
    let mut text = String::with_capacity(HEADER.len() + document.lines.len() * 160);
    text.push_str(HEADER);
    for line in &document.lines {
        text.push_str(&row(line, currency));
    }
    text
}

fn row(line: &Line, currency: Currency) -> String {
    let amount = |minor| Money { minor, currency }.to_string();
    let (quantity, price) = match &line.source {
        Some(Source::Monthly { price, times, of, .. }) => (format!("{times}/{of}"), price.to_string()),
        Some(Source::Usage { units, price, per, .. }) => (units.to_string(), format!("{price}/{per}")),
        _ => ("1".to_owned(), String::new()),
    };
    let section = match line.section {
        shared::domain::billing::document::Section::Recurring => "recurring",
        shared::domain::billing::document::Section::OneOff => "one-off",
        shared::domain::billing::document::Section::Usage => "usage",
        shared::domain::billing::document::Section::Correction => "correction",
        shared::domain::billing::document::Section::Adjustment => "adjustment",
    };
    let fields = [
        section.to_owned(),
        line.period.start.to_string(),
        line.period.end.to_string(),
        line.key.item.clone(),
        line.text.clone(),
        quantity,
        price,
        amount(line.net),
        amount(line.tax),
        amount(line.total),
        line.key.to_string(),
    ];
    format!("{}\r\n", fields.map(|field| quoted(&field)).join(","))
}

/// A field; quoted where it has to be, and made harmless where a spreadsheet would take it for a formula.
fn quoted(field: &str) -> String {
    let is_number =
        field.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let guard = if field.starts_with(['=', '+', '@', '\t', '-']) && !is_number { "'" } else { "" };
    if guard.is_empty() && !field.contains(['"', ',', '\r', '\n']) {
        return field.to_owned();
    }
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_no_formula() {
        assert_eq!(quoted("Plan A"), "Plan A");
        assert_eq!(quoted("-12.50"), "-12.50");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("-cmd"), "\"'-cmd\"");
    }
}

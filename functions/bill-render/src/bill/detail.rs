//! Every charge of a document as CSV (RFC 4180), for those who count, and for bills too large to be read.

use shared::domain::billing::document::{Document, Line, Section};
use shared::domain::billing::price::Source;
use shared::domain::money::{Currency, Money};
use shared::domain::records::csv::quoted;

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
        Section::Recurring => "recurring",
        Section::OneOff => "one-off",
        Section::Usage => "usage",
        Section::Correction => "correction",
        Section::Adjustment => "adjustment",
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
    format!("{}\r\n", fields.map(|text| field(&text)).join(","))
}

/// A field, made harmless where a spreadsheet would take it for a formula.
fn field(text: &str) -> String {
    let is_number =
        text.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let is_formula = text.starts_with(['=', '+', '@', '\t', '-']) && !is_number;
    if is_formula { quoted(&format!("'{text}")) } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_no_formula() {
        assert_eq!(field("Plan A"), "Plan A");
        assert_eq!(field("-12.50"), "-12.50");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("=1+1"), "'=1+1");
        assert_eq!(field("-cmd"), "'-cmd");
    }
}

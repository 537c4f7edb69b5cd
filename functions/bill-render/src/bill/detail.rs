//! Every charge of a document as CSV (RFC 4180), for those who count, and for bills too large to be read.

use shared::domain::billing::document::{Document, Line};
use shared::domain::billing::price::Source;
use shared::domain::billing::text;
use shared::domain::country::Country;
use shared::domain::money::{Currency, Money};
use shared::domain::records::csv::quoted;

use super::format::Format;
use super::words;

/// The columns; a byte order mark before them tells spreadsheets that the text is UTF-8.
const COLUMNS: [&str; 11] =
    ["sección", "desde", "hasta", "línea", "concepto", "cantidad", "precio", "neto", "impuesto", "total", "clave"];
const BYTE_ORDER_MARK: char = '\u{feff}';

/// How spreadsheets of a country read numbers: where decimals begin with a comma, fields end with a semicolon.
#[derive(Debug, Clone, Copy)]
struct Form {
    currency: Currency,
    decimal: char,
}

impl Form {
    const fn separator(self) -> &'static str {
        if self.decimal == ',' { ";" } else { "," }
    }

    /// A decimal number that was written with a point.
    fn number(self, plain: &str) -> String {
        plain.replace('.', &self.decimal.to_string())
    }

    fn amount(self, minor: i64) -> String {
        self.number(&Money { minor, currency: self.currency }.to_string())
    }

    fn row(self, fields: &[String]) -> String {
        let fields: Vec<String> = fields.iter().map(|text| self.field(text)).collect();
        format!("{}\r\n", fields.join(self.separator()))
    }

    /// A field, made harmless where a spreadsheet would take it for a formula.
    fn field(self, text: &str) -> String {
        let is_number = text
            .strip_prefix('-')
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || char::from(byte) == self.decimal));
        let is_formula = text.starts_with(['=', '+', '@', '\t', '-']) && !is_number;
        let text = if is_formula { format!("'{text}") } else { text.to_owned() };
        // The common form would quote each amount with a comma.
        match self.separator() {
            "," => quoted(&text),
            _ if text.contains([';', '"', '\r', '\n']) => format!("\"{}\"", text.replace('"', "\"\"")),
            _ => text,
        }
    }
}

/// The charges, a line each, in the document's order, and what rounding adds; they come to the document's totals.
pub fn csv(document: &Document, country: &'static Country, currency: Currency) -> String {
    let form = Form { currency, decimal: Format::of(country, currency).decimal() };
    let mut text = String::with_capacity((document.lines.len() + 1) * 160);
    text.push(BYTE_ORDER_MARK);
    text.push_str(&form.row(&COLUMNS.map(str::to_owned)));
    for line in &document.lines {
        text.push_str(&form.row(&fields(line, form)));
    }
    if document.rounding != 0 {
        let mut fields = COLUMNS.map(|_| String::new());
        (fields[0], fields[4], fields[9]) =
            ("redondeo".to_owned(), "Redondeo".to_owned(), form.amount(document.rounding));
        text.push_str(&form.row(&fields));
    }
    text
}

fn fields(line: &Line, form: Form) -> [String; 11] {
    let (quantity, price) = match &line.source {
        Some(Source::Monthly { price, times, many, of, .. }) => {
            (text::share(*times, *of, *many), form.number(&price.to_string()))
        }
        Some(Source::Usage { units, price, per, .. }) => (units.to_string(), form.number(&format!("{price}/{per}"))),
        _ => ("1".to_owned(), String::new()),
    };
    [
        words::section(line.section).to_lowercase(),
        line.period.start.to_string(),
        line.period.end.to_string(),
        line.key.item.clone(),
        line.text.clone(),
        quantity,
        price,
        form.amount(line.net),
        form.amount(line.tax),
        form.amount(line.total),
        line.key.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_no_formula() {
        let field = |text: &str| Form { currency: Currency::USD, decimal: '.' }.field(text);
        assert_eq!(field("Plan A"), "Plan A");
        assert_eq!(field("-12.50"), "-12.50");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("=1+1"), "'=1+1");
        assert_eq!(field("-cmd"), "'-cmd");
    }

    #[test]
    fn where_a_comma_begins_decimals_a_semicolon_ends_fields() {
        let form = Form { currency: Currency::COP, decimal: ',' };
        assert_eq!(form.row(&[form.amount(-1_250), "a;b".to_owned(), "c".to_owned()]), "-12,50;\"a;b\";c\r\n");
    }
}

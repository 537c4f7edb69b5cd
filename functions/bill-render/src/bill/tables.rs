//! The further sections of a bill, each a table.

use std::collections::BTreeMap;

use shared::domain::billing::cycle::Days;
use shared::domain::billing::document::{Line as Row, Section};
use shared::domain::billing::key::{Kind, PriceName};
use shared::domain::billing::price::{Many, Source};
use shared::domain::billing::tax::Inclusion;
use shared::domain::billing::text;
use shared::domain::msisdn::Msisdn;

use super::format::Format;
use super::{View, format, words};
use crate::pdf::sheet::{Align, Column, Table};

/// So many rows a table has; the detail beside the bill has them all.
const MOST_ROWS: usize = 60;

impl View<'_> {
    pub(super) fn tables(&self) -> Vec<Table> {
        let tables =
            [self.by_plan(), self.services(), self.purchases(), self.corrections(), self.adjustments(), self.taxes()];
        tables.into_iter().flatten().collect()
    }

    /// The phone lines by charge, where there are too many to show each.
    fn by_plan(&self) -> Option<Table> {
        if !self.is_summarised() {
            return None;
        }
        let mut sums: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
        for row in self.by_line().into_values().flatten() {
            let sum = sums.entry(&row.text).or_default();
            *sum = (sum.0 + 1, sum.1.saturating_add(self.shown(row)));
        }
        let rows = sums
            .into_iter()
            .map(|(text, (count, sum))| vec![text.to_owned(), self.format.number(count), self.format.amount(sum)]);
        let mut columns = columns(&["Cobro", "Líneas", "Valor"]);
        columns[1].align = Align::Right;
        self.table("Sus líneas, por cobro", columns, rows.collect())
    }

    fn services(&self) -> Option<Table> {
        let own =
            self.document.lines.iter().filter(|row| row.section == Section::Recurring && row.key.kind == Kind::Service);
        let rows = own.map(|row| vec![name(row), self.monthly(row), self.amount(row)]).collect();
        self.table("Servicios del contrato", columns(&["Servicio", "Cálculo", "Valor"]), rows)
    }

    /// How a monthly price became an amount.
    fn monthly(&self, row: &Row) -> String {
        match &row.source {
            Some(Source::Monthly { price, times, many, of, .. }) => {
                calculation(self.format, &self.format.price(price), (*times, *of), *many)
            }
            _ => String::new(),
        }
    }

    fn purchases(&self) -> Option<Table> {
        let row = |row: &Row| vec![day(row), format!("{}{}", row.text, self.whose(row)), self.amount(row)];
        let rows = self.section(Section::OneOff).map(row).collect();
        self.table(words::section(Section::OneOff), columns(&["Fecha", "Compra", "Valor"]), rows)
    }

    fn corrections(&self) -> Option<Table> {
        let row = |row: &Row| {
            let amount = |minor: Option<i64>| self.format.amount(minor.unwrap_or_default());
            let bill = row.corrects.as_ref().map(|bill| format!(" (factura {bill})")).unwrap_or_default();
            vec![
                format::days(Days { from: row.period.start, to: row.period.end }),
                format!("{}{}{bill}", row.text, self.whose(row)),
                amount(row.was),
                amount(row.is),
                self.amount(row),
            ]
        };
        let rows = self.section(Section::Correction).map(row).collect();
        let mut columns = columns(&["Período", "Cobro", "Antes", "Ahora", "Diferencia"]);
        columns[2].align = Align::Right;
        columns[3].align = Align::Right;
        self.table(words::section(Section::Correction), columns, rows)
    }

    fn adjustments(&self) -> Option<Table> {
        let row = |row: &Row| {
            let bill = row.corrects.as_ref().map(|bill| format!(" (factura {bill})")).unwrap_or_default();
            vec![day(row), format!("{}{bill}", row.text), self.amount(row)]
        };
        let rows = self.section(Section::Adjustment).map(row).collect();
        self.table(words::section(Section::Adjustment), columns(&["Fecha", "Motivo", "Valor"]), rows)
    }

    fn taxes(&self) -> Option<Table> {
        let row = |tax: &shared::domain::billing::tax::TaxTotal| {
            let name = format!("{} {}", tax.name, self.format.percent(&tax.percent));
            // Where prices contain tax, the base is the price without it; where it is taken of the whole price, that is.
            let base = if self.inclusion == Inclusion::Inside { tax.base - tax.amount } else { tax.base };
            vec![name, self.format.amount(base), self.format.amount(tax.amount)]
        };
        let mut rows: Vec<_> = self.document.taxes.iter().map(row).collect();
        let exempt = self.document.lines.iter().filter(|row| row.key.tax.taxes().next().is_none());
        let exempt: Vec<i64> = exempt.map(|row| row.net).collect();
        if !exempt.is_empty() {
            let base = exempt.into_iter().fold(0, i64::saturating_add);
            rows.push(vec!["Exento".to_owned(), self.format.amount(base), self.format.amount(0)]);
        }
        let mut columns = columns(&["Impuesto", "Base", "Impuesto"]);
        columns[1].align = Align::Right;
        columns[2].heading = "Valor".to_owned();
        self.table("Impuestos", columns, rows)
    }

    /// The phone line of a charge, where the document has several.
    fn whose(&self, row: &Row) -> String {
        let mut lines = self.document.lines.iter().filter_map(|row| row.key.item.parse::<Msisdn>().ok());
        let first = lines.next();
        let several = lines.any(|line| Some(&line) != first.as_ref());
        let own = row.key.item.parse::<Msisdn>().ok().filter(|_| several);
        own.map(|line| format!(", línea {}", self.format.line(&line))).unwrap_or_default()
    }

    fn section(&self, section: Section) -> impl Iterator<Item = &Row> {
        self.document.lines.iter().filter(move |row| row.section == section)
    }

    fn amount(&self, row: &Row) -> String {
        self.format.amount(self.shown(row))
    }

    fn table(&self, heading: &str, columns: Vec<Column>, mut rows: Vec<Vec<String>>) -> Option<Table> {
        let more = rows.len().saturating_sub(MOST_ROWS);
        rows.truncate(MOST_ROWS);
        if more > 0 {
            let rest = format!("… y {} más en el detalle", self.format.number(more as u64));
            rows.push(
                columns.iter().enumerate().map(|(at, _)| if at == 1 { rest.clone() } else { String::new() }).collect(),
            );
        }
        (!rows.is_empty()).then(|| Table { heading: heading.to_owned(), columns, rows, total: None })
    }
}

/// Columns of which the last is of amounts.
fn columns(headings: &[&str]) -> Vec<Column> {
    let last = headings.len().saturating_sub(1);
    let column = |(at, heading): (usize, &&str)| Column {
        heading: (*heading).to_owned(),
        align: if at == last { Align::Right } else { Align::Left },
    };
    headings.iter().enumerate().map(column).collect()
}

/// How so many days of a month's price became an amount: `2 × $ 18,00`, `$ 18,00 × 20/31 días` or `2 × $ 18,00 × 16/31 días`.
fn calculation(format: Format, price: &str, (times, of): (u64, u32), many: Option<Many>) -> String {
    let of_month = u64::from(of);
    match many {
        Some(Many::Alike(count)) if times / count == of_month => format!("{} × {price}", format.number(count.get())),
        Some(Many::Alike(count)) => {
            format!("{} × {price} × {}", format.number(count.get()), text::days(times / count, of, None))
        }
        // Bills of engine 1 have not kept how many lines there were.
        None if times.is_multiple_of(of_month) => format!("{} × {price}", format.number(times / of_month)),
        None | Some(Many::Apart) => format!("{price} × {}", text::days(times, of, many)),
    }
}

/// What a service is called, without the days that stand beside it.
fn name(row: &Row) -> String {
    let days = match &row.source {
        Some(Source::Monthly { times, many, of, .. }) => format!(", {}", text::days(*times, *of, *many)),
        _ => String::new(),
    };
    row.text.replacen(&days, "", 1)
}

/// The day of a purchase or an adjustment.
fn day(row: &Row) -> String {
    match row.key.price {
        PriceName::From(day) => format::short_day(day),
        PriceName::Agreed(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use shared::domain::country::Country;
    use shared::domain::money::Currency;

    use super::*;

    #[test]
    fn a_calculation_tells_the_lines_from_their_days() {
        let format = Format::of(Country::by_code("py").unwrap(), Currency::PYG);
        let told = |times, of, many| calculation(format, "₲ 78.750", (times, of), many);
        let two = NonZeroU64::new(2).map(Many::Alike);
        assert_eq!(told(16, 31, None), "₲ 78.750 × 16/31 días");
        assert_eq!(told(31, 31, None), "1 × ₲ 78.750");
        assert_eq!(told(32, 31, two), "2 × ₲ 78.750 × 16/31 días");
        assert_eq!(told(28, 28, two), "2 × ₲ 78.750 × 14/28 días", "two halves are no whole");
        assert_eq!(told(56, 28, two), "2 × ₲ 78.750");
        assert_eq!(told(62, 31, Some(Many::Apart)), "₲ 78.750 × 62 días sumados, en un mes de 31");
    }
}

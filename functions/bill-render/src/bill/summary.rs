//! How the amount adds up.

use shared::domain::billing::document::Line;
use shared::domain::billing::tax::Inclusion;

use super::{View, words};
use crate::pdf::sheet::{Rank, Summary, SummaryRow};

impl View<'_> {
    pub(super) fn is_tax_inside(&self) -> bool {
        self.inclusion != Inclusion::OnTop
    }

    /// What a line comes to as prices are given in the country: without tax, or with it.
    pub(super) fn shown(&self, line: &Line) -> i64 {
        if self.is_tax_inside() { line.total } else { line.net }
    }

    pub(super) fn summary(&self) -> Summary {
        let row = |label: String, minor: i64, rank| SummaryRow { label, amount: self.format.amount(minor), rank };
        let document = self.document;
        let mut rows = Vec::new();
        for lines in document.lines.chunk_by(|one, other| one.section == other.section) {
            let sum = lines.iter().map(|line| self.shown(line)).fold(0, i64::saturating_add);
            rows.push(row(words::section(lines[0].section).to_owned(), sum, Rank::Item));
        }
        if !self.is_tax_inside() {
            rows.push(row("Subtotal sin impuestos".to_owned(), document.net, Rank::Subtotal));
            for tax in &document.taxes {
                rows.push(row(format!("{} {}", tax.name, self.format.percent(&tax.percent)), tax.amount, Rank::Item));
            }
        }
        if document.rounding != 0 {
            rows.push(row("Redondeo".to_owned(), document.rounding, Rank::Item));
        }
        let credit = self.bill.paid.minor;
        let (label, rank) = if credit > 0 { ("Total de la factura", Rank::Subtotal) } else { ("Total", Rank::Total) };
        rows.push(row(label.to_owned(), document.total, rank));
        if credit > 0 {
            rows.push(row("Saldo a favor usado".to_owned(), credit.saturating_neg(), Rank::Item));
            rows.push(row("Total a pagar".to_owned(), self.due(), Rank::Total));
        }
        let heading = if self.is_tax_inside() { "Resumen (impuestos incluidos)" } else { "Resumen" };
        Summary { heading: heading.to_owned(), rows }
    }
}

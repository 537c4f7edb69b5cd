//! What is other than on the last bill, and why, in a sentence.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use shared::domain::billing::document::Section;
use shared::domain::billing::facts::LineFacts;
use shared::domain::billing::look::Why;
use shared::domain::billing::past::sections;

use super::{View, format};

const SECTIONS: [Section; 5] =
    [Section::Recurring, Section::OneOff, Section::Usage, Section::Correction, Section::Adjustment];

impl View<'_> {
    /// The sentence; none when there is no last bill.
    pub(super) fn change(&self) -> Option<String> {
        let last = self.printed.issued.past.last()?;
        let difference = self.document.total.saturating_sub(last.total);
        if difference == 0 {
            return Some("Su factura es igual a la anterior.".to_owned());
        }
        let verb = if difference > 0 { "subió" } else { "bajó" };
        let amount = self.format.amount(difference.saturating_abs());
        let reason = self.reason(difference).map(|reason| format!(": {reason}")).unwrap_or_default();
        Some(format!("Su factura {verb} {amount} frente a la anterior{reason}."))
    }

    /// The section that differs most in the direction of the whole, in words.
    fn reason(&self, difference: i64) -> Option<String> {
        let last = self.printed.issued.past.last()?;
        let own: BTreeMap<Section, i64> = sections(self.document).into_iter().collect();
        let change = |section: Section| {
            let now = own.get(&section).copied().unwrap_or_default();
            (section, now.saturating_sub(last.section(section)))
        };
        let same_way = SECTIONS.into_iter().map(change).filter(|(_, by)| by.signum() == difference.signum());
        let (section, by) = same_way.max_by_key(|(_, by)| by.unsigned_abs())?;
        let amount = || self.format.amount(by.saturating_abs());
        Some(match (section, by > 0) {
            (Section::Recurring, _) => match self.plan_change() {
                Some((1, day)) => format!("el plan cambió el {}", format::day_and_month(day)),
                Some((lines, day)) => {
                    format!("el plan de {lines} líneas cambió desde el {}", format::day_and_month(day))
                }
                None if by > 0 => format!("los planes y servicios cuestan {} más", amount()),
                None => format!("los planes y servicios cuestan {} menos", amount()),
            },
            (Section::OneOff, true) => match self.purchases_in_words() {
                Some(text) => text,
                None => format!("las compras suman {} más", amount()),
            },
            (Section::OneOff, false) => format!("compró {} menos que en el período anterior", amount()),
            (Section::Usage, true) => format!("el consumo fuera del plan fue {} mayor", amount()),
            (Section::Usage, false) => format!("el consumo fuera del plan fue {} menor", amount()),
            (Section::Correction, true) => format!("se ajustaron períodos anteriores en {}", amount()),
            (Section::Correction, false) => format!("se corrigieron períodos anteriores a su favor en {}", amount()),
            (Section::Adjustment, true) => "se aplicó un débito".to_owned(),
            (Section::Adjustment, false) => "se aplicó un crédito a su favor".to_owned(),
        })
    }

    /// How many lines have changed their plan in the period, and the first day of it.
    fn plan_change(&self) -> Option<(usize, NaiveDate)> {
        let looks = self.printed.issued.settlement.looks.iter();
        let closing = looks.filter(|look| look.why == Why::Closing).filter_map(|look| look.facts.as_ref());
        let days: Vec<NaiveDate> = closing.flat_map(|facts| &facts.lines).filter_map(changed).collect();
        Some((days.len(), *days.iter().min()?))
    }

    fn purchases_in_words(&self) -> Option<String> {
        let mut bought = self.document.lines.iter().filter(|row| row.section == Section::OneOff);
        match (bought.next(), bought.next()) {
            (Some(one), None) => Some(format!("compró {}", one.text)),
            _ => None,
        }
    }
}

/// The day on which a line's main plan changes.
fn changed(line: &LineFacts) -> Option<NaiveDate> {
    let other =
        line.days.windows(2).find(|two| two[0].plan.is_some() && two[1].plan.is_some() && two[0].plan != two[1].plan);
    other.map(|two| two[1].days.from)
}

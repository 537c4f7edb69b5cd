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
        let own = |section: Section| own.get(&section).copied().unwrap_or_default();
        let change = |section: Section| (section, own(section).saturating_sub(last.section(section)));
        let same_way = SECTIONS.into_iter().map(change).filter(|(_, by)| by.signum() == difference.signum());
        let (section, by) = same_way.max_by_key(|(_, by)| by.unsigned_abs())?;
        let amount = || self.format.amount(by.saturating_abs());
        Some(match (section, by > 0) {
            (Section::Recurring, _) => match self.plan_change() {
                Some((1, day)) => format!("el plan cambió el {}", format::day_and_month(day)),
                Some((lines, day)) => {
                    format!("el plan de {lines} líneas cambió desde el {}", format::day_and_month(day))
                }
                // Days and prices may both be other: only the sums are told.
                None if by > 0 => format!("los planes y servicios suman {} más", amount()),
                None => format!("los planes y servicios suman {} menos", amount()),
            },
            (Section::OneOff, true) => match self.purchases_in_words() {
                Some(text) => text,
                None => format!("las compras suman {} más", amount()),
            },
            (Section::OneOff, false) => format!("compró {} menos que en el período anterior", amount()),
            (Section::Usage, true) => format!("el consumo fuera del plan fue {} mayor", amount()),
            (Section::Usage, false) => format!("el consumo fuera del plan fue {} menor", amount()),
            (Section::Correction | Section::Adjustment, up) => {
                let (now, before) = (own(section), last.section(section));
                // What this bill has explains it, else what the last one had and this one has not.
                let (is_own, minor) = if now != 0 && (now > 0) == up { (true, now) } else { (false, before) };
                once(section, is_own, minor > 0, &self.format.amount(minor.saturating_abs()))
            }
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

/// A correction, or a credit or debit, of this bill or of the last one.
fn once(section: Section, is_own: bool, charges: bool, amount: &str) -> String {
    let what = match (section, charges) {
        (Section::Correction, true) => "un ajuste de períodos anteriores",
        (Section::Correction, false) => "un ajuste de períodos anteriores a su favor",
        (_, true) => "un débito",
        (_, false) => "un crédito a su favor",
    };
    let verb = if is_own { "incluye" } else { "la anterior incluía" };
    format!("{verb} {what} de {amount}")
}

/// The day on which a line's main plan changes.
fn changed(line: &LineFacts) -> Option<NaiveDate> {
    let other =
        line.days.windows(2).find(|two| two[0].plan.is_some() && two[1].plan.is_some() && two[0].plan != two[1].plan);
    other.map(|two| two[1].days.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_once_is_said_of_the_bill_that_has_it() {
        let say = |section, is_own, charges| once(section, is_own, charges, "$ 5");
        assert_eq!(say(Section::Adjustment, true, false), "incluye un crédito a su favor de $ 5");
        assert_eq!(say(Section::Adjustment, false, false), "la anterior incluía un crédito a su favor de $ 5");
        assert_eq!(say(Section::Adjustment, true, true), "incluye un débito de $ 5");
        assert_eq!(
            say(Section::Correction, false, true),
            "la anterior incluía un ajuste de períodos anteriores de $ 5"
        );
    }
}

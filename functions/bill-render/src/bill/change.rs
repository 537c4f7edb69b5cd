//! What is other than on the last bill, and why, in a sentence.

use chrono::NaiveDate;
use shared::domain::billing::document::Section;
use shared::domain::billing::facts::LineFacts;
use shared::domain::billing::look::Why;
use shared::domain::billing::past::PastBill;

use super::format::Format;
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
        let own = PastBill::of(self.document, self.bill.period_end);
        let change = |section: Section| Change { section, now: own.section(section), before: last.section(section) };
        let same_way = SECTIONS.into_iter().map(change).filter(|one| one.by().signum() == difference.signum());
        let most = same_way.max_by_key(|one| one.by().unsigned_abs())?;
        let by_plans = own.plans.zip(last.plans).map(|(now, before)| now.saturating_sub(before));
        let named = match (most.section, most.by() > 0) {
            (Section::Recurring, _) if by_plans.is_some_and(|part| explains(part, difference)) => self.plan_in_words(),
            (Section::OneOff, true) => self.purchases_in_words(),
            _ => None,
        };
        // The sections of bills are compared with tax; where the rows of the summary have none, the sum says so.
        let basis = if self.is_tax_inside() { "" } else { ", con impuestos" };
        Some(named.unwrap_or_else(|| format!("{}{basis}", most.in_sums(self.format))))
    }

    fn plan_in_words(&self) -> Option<String> {
        self.plan_change().map(|(lines, day)| match (lines, format::day_and_month(day)) {
            (1, day) => format!("el plan cambió el {day}"),
            (_, day) => format!("el plan de {lines} líneas cambió desde el {day}"),
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

/// What a section came to on this bill and on the last one.
#[derive(Debug, Clone, Copy)]
struct Change {
    section: Section,
    now: i64,
    before: i64,
}

impl Change {
    fn by(self) -> i64 {
        self.now.saturating_sub(self.before)
    }

    /// Days, prices and numbers may all be other: only the sums are told.
    fn in_sums(self, format: Format) -> String {
        let up = self.by() > 0;
        let amount = format.amount(self.by().saturating_abs());
        match (self.section, up) {
            (Section::Recurring, true) => format!("los planes y servicios suman {amount} más"),
            (Section::Recurring, false) => format!("los planes y servicios suman {amount} menos"),
            (Section::OneOff, true) => format!("las compras suman {amount} más"),
            (Section::OneOff, false) => format!("compró {amount} menos que en el período anterior"),
            (Section::Usage, true) => format!("el consumo fuera del plan fue {amount} mayor"),
            (Section::Usage, false) => format!("el consumo fuera del plan fue {amount} menor"),
            (Section::Correction | Section::Adjustment, up) => {
                // What this bill has explains it, else what the last one had and this one has not.
                let is_own = self.now != 0 && (self.now > 0) == up;
                let minor = if is_own { self.now } else { self.before };
                once(self.section, is_own, minor > 0, &format.amount(minor.saturating_abs()))
            }
        }
    }
}

/// Whether a part has the direction of the whole, and most of it.
const fn explains(part: i64, whole: i64) -> bool {
    part.signum() == whole.signum() && part.unsigned_abs() > whole.unsigned_abs() / 2
}

/// A correction, or a credit or debit, of this bill or of the last one.
fn once(section: Section, is_own: bool, charges: bool, amount: &str) -> String {
    let what = match (section, charges) {
        (Section::Correction, true) => "un ajuste de cobros anteriores",
        (Section::Correction, false) => "un ajuste de cobros anteriores a su favor",
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
        assert_eq!(say(Section::Correction, false, true), "la anterior incluía un ajuste de cobros anteriores de $ 5");
        // A plan that was charged in advance and changed within the period of the bill is no earlier period.
        assert_eq!(say(Section::Correction, true, false), "incluye un ajuste de cobros anteriores a su favor de $ 5");
    }

    #[test]
    fn a_plan_explains_what_it_has_most_of() {
        assert!(explains(6, 10) && explains(-6, -10) && explains(12, 10));
        assert!(!explains(5, 10) && !explains(-278_806, 6_921_194) && !explains(0, 10));
    }
}

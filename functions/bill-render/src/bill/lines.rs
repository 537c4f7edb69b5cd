//! The phone lines: what each is charged, and what it used of what its plan includes.

use std::collections::BTreeMap;

use shared::domain::billing::allowance::Served;
use shared::domain::billing::class::{Class, Unit};
use shared::domain::billing::document::{Line as Row, Section};
use shared::domain::billing::key::Kind;
use shared::domain::billing::look::{Look, Why};
use shared::domain::billing::price::Source;
use shared::domain::billing::tariff::Allowance;
use shared::domain::call::ServiceType;
use shared::domain::msisdn::Msisdn;

use super::View;
use crate::pdf::sheet::{Charge, Line, Lines, Meter};

/// A document stays below 150 KB and is read by people: with more charges than so many they are summed up, with the detail beside
/// the bill. The head of a phone line and its meters take as much room as [`OF_A_LINE`] charges.
pub const MOST_CHARGES: usize = 600;
const OF_A_LINE: usize = 3;

/// So many charges, and so many meters, of a line are shown.
const MOST_OF_A_LINE: usize = 18;

/// The rows of a phone line in a document.
type Rows<'a> = BTreeMap<&'a str, Vec<&'a Row>>;

impl<'a> View<'a> {
    /// Whether there are too many charges to show each.
    pub(super) fn is_summarised(&self) -> bool {
        OF_A_LINE * self.by_line().len() + self.document.lines.len() > MOST_CHARGES
    }

    /// The charges of this period that belong to a phone line, by line.
    pub(super) fn by_line(&self) -> Rows<'a> {
        let of_lines = self.document.lines.iter().filter(|row| is_of_line(row));
        let mut rows = Rows::new();
        of_lines.for_each(|row| rows.entry(&row.key.item).or_default().push(row));
        rows
    }

    pub(super) fn lines(&self) -> Option<Lines> {
        let by_line = self.by_line();
        if by_line.is_empty() || self.is_summarised() {
            return None;
        }
        let lines = by_line.into_iter().map(|(item, rows)| self.line(item, &rows)).collect();
        Some(Lines {
            heading: if self.is_tax_inside() {
                "Sus líneas (impuestos incluidos)"
            } else {
                "Sus líneas (sin impuestos)"
            }
            .to_owned(),
            columns: ["Línea", "Cobros", "Consumo", "Total"].map(str::to_owned),
            lines,
        })
    }

    fn line(&self, item: &str, rows: &[&Row]) -> Line {
        let number = item.parse::<Msisdn>().map_or_else(|_| item.to_owned(), |line| self.format.line(&line));
        let mut plans: Vec<&str> = Vec::new();
        for row in rows.iter().filter(|row| row.key.kind == Kind::Plan) {
            let name = self.plan_name(&row.key.what).unwrap_or(&row.text);
            if !plans.contains(&name) {
                plans.push(name);
            }
        }
        let total = rows.iter().map(|row| self.shown(row)).fold(0, i64::saturating_add);
        Line {
            number,
            plan: plans.join(", "),
            charges: self.charges(rows),
            usage: self.meters(item, rows),
            total: self.format.amount(total),
        }
    }

    /// The charges of a line; what is more than fits is one.
    fn charges(&self, rows: &[&Row]) -> Vec<Charge> {
        let charge = |row: &&Row| Charge {
            text: row.text.clone(),
            detail: self.detail(row),
            amount: self.format.amount(self.shown(row)),
        };
        let shown = if rows.len() > MOST_OF_A_LINE { MOST_OF_A_LINE - 1 } else { rows.len() };
        let (first, rest) = rows.split_at(shown);
        let mut charges: Vec<_> = first.iter().map(charge).collect();
        if !rest.is_empty() {
            let sum = rest.iter().map(|row| self.shown(row)).fold(0, i64::saturating_add);
            let text = format!("{} cobros más", rest.len());
            charges.push(Charge { text, detail: String::new(), amount: self.format.amount(sum) });
        }
        charges
    }

    fn plan_name(&self, id: &str) -> Option<&str> {
        let plan = self.printed.tariff.plans.get(&id.parse().ok()?)?;
        Some(&plan.name)
    }

    /// What an amount is made of: units and their price.
    pub(super) fn detail(&self, row: &Row) -> String {
        match &row.source {
            Some(Source::Usage { class, units, price, per, .. }) => {
                let each = match (class.unit(), per) {
                    (Unit::Second, 60) => "por minuto".to_owned(),
                    (Unit::Second, per) => format!("por {per} s"),
                    (Unit::Message, _) => "cada uno".to_owned(),
                    (Unit::Kilobyte, 1_024) => "por MB".to_owned(),
                    (Unit::Kilobyte, 1_048_576) => "por GB".to_owned(),
                    (Unit::Kilobyte, per) => format!("por {per} KB"),
                };
                let price = self.format.price(price);
                format!("{} a {price} {each}", self.format.quantity(class.unit(), *units))
            }
            _ => String::new(),
        }
    }

    /// The allowances of a line, as its period closed.
    fn meters(&self, item: &str, rows: &[&Row]) -> Vec<Meter> {
        let looks = self.printed.issued.settlement.looks.iter();
        let served = looks.filter(|look| look.why == Why::Closing).flat_map(|look: &Look| &look.served);
        let own: Vec<_> = served.filter(|served| served.line.as_str() == item).collect();
        // What nothing includes is beyond the last allowance that could have had it.
        let mut beyond: BTreeMap<Class, u64> = BTreeMap::new();
        for row in rows {
            if let Some(Source::Usage { class, units, .. }) = &row.source {
                let sum = beyond.entry(*class).or_default();
                *sum = sum.saturating_add(*units);
            }
        }
        let mut meters: Vec<_> = own.iter().rev().filter_map(|served| self.meter(served, &mut beyond)).collect();
        meters.reverse();
        meters.truncate(MOST_OF_A_LINE);
        meters
    }

    fn meter(&self, served: &Served, beyond: &mut BTreeMap<Class, u64>) -> Option<Meter> {
        let allowances = &self.printed.tariff.plans.get(&served.plan)?.allowances;
        let allowance = allowances.iter().find(|own| own.id == served.allowance)?;
        let class = served.used.first().map(|(class, _)| *class).or_else(|| example(allowance))?;
        let unit = class.unit();
        let within = served.used.iter().map(|(_, units)| *units).fold(0, u64::saturating_add);
        let mut used = within;
        beyond.retain(|class, units| {
            let is_own = allowance.has(*class) && class.unit() == unit;
            used = used.saturating_add(if is_own { *units } else { 0 });
            !is_own
        });
        let allowance_text = match served.units {
            Some(units) => format!("de {}", self.format.quantity(unit, units)),
            None => "ilimitado".to_owned(),
        };
        Some(Meter {
            label: label(class).to_owned(),
            used_text: self.format.quantity(unit, used),
            allowance_text,
            used,
            included: served.units,
        })
    }
}

/// Whether a charge is of a phone line and of the period itself.
fn is_of_line(row: &Row) -> bool {
    matches!(row.section, Section::Recurring | Section::Usage) && row.key.kind != Kind::Service
}

/// Some class that an allowance is for.
fn example(allowance: &Allowance) -> Option<Class> {
    let all = ["data.home", "voice.onnet", "voice.offnet", "sms.onnet", "sms.offnet", "video.onnet", "data.roaming"];
    all.iter().filter_map(|text| text.parse().ok()).find(|class| allowance.has(*class))
}

const fn label(class: Class) -> &'static str {
    match class {
        Class::Data(_) => "Datos",
        Class::Contact(ServiceType::Voice, _) => "Llamadas",
        Class::Contact(ServiceType::Sms, _) => "Mensajes",
        Class::Contact(ServiceType::Video, _) => "Videollamadas",
    }
}

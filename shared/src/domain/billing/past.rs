//! What a bill remembers of those before it, to show how they went and what is other this time.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::document::{Document, Line, Section};
use crate::domain::billing::key::Kind;

/// How many are remembered.
pub const PAST_BILLS: usize = 6;

/// An earlier bill. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastBill {
    /// The last day of the period it closed.
    #[serde(rename = "e")]
    pub end: NaiveDate,
    /// Its total.
    #[serde(rename = "t")]
    pub total: i64,
    /// What its sections came to, with tax; those with nothing are left out.
    #[serde(rename = "s", default)]
    pub sections: Vec<(Section, i64)>,
    /// What its lines' main plans came to, with tax, corrections of older periods left out; none where it was not kept.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub plans: Option<i64>,
}

impl PastBill {
    /// What is remembered of a document that closes a period which ends on a day.
    pub fn of(document: &Document, end: NaiveDate) -> Self {
        let is_plan = |line: &&Line| line.key.kind == Kind::Plan && line.period.end >= end;
        let plans = document.lines.iter().filter(is_plan).map(|line| line.total).fold(0, i64::saturating_add);
        Self { end, total: document.total, sections: sections(document), plans: Some(plans) }
    }

    /// What a section came to.
    pub fn section(&self, section: Section) -> i64 {
        self.sections.iter().find(|(own, _)| *own == section).map_or(0, |(_, total)| *total)
    }
}

/// What the sections of a document come to, with tax, in their order; those without a line are left out.
fn sections(document: &Document) -> Vec<(Section, i64)> {
    let mut sections: Vec<(Section, i64)> = Vec::new();
    for line in &document.lines {
        match sections.iter_mut().find(|(own, _)| *own == line.section) {
            Some((_, total)) => *total = total.saturating_add(line.total),
            None => sections.push((line.section, line.total)),
        }
    }
    sections
}

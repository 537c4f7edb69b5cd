//! What a run came to. It adds up: every contract of its pages is billed, skipped or parked, and every number that was taken
//! is on a document or declared unused.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::billing::document::DocumentKind;
use crate::domain::billing::page::{Became, Billed, DonePage, Why};
use crate::domain::billing::series::Given;
use crate::domain::billing::tax::TaxTotal;
use crate::domain::ids::StreamId;

/// What a run came to. Amounts are in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its pages.
    pub pages: u64,
    /// Their contracts: the sum of the billed, the skipped and the parked.
    pub contracts: u64,
    /// Contracts with bills.
    pub billed: u64,
    /// Contracts without, by reason.
    pub skipped: BTreeMap<Why, u64>,
    /// Contracts that wait for a person, by the kind of reason.
    pub parked: BTreeMap<String, u64>,
    /// Invoices.
    pub invoices: Amounts,
    /// Credit notes; their amounts are below zero.
    pub credit_notes: Amounts,
    /// The taxes of all documents.
    pub taxes: Vec<TaxTotal>,
    /// Numbers that were taken from series: the sum of the used, the unused, and those that are elsewhere.
    pub taken: u64,
    /// Numbers on documents.
    pub used: u64,
    /// Numbers that no document has. No later run uses them.
    pub unused: Vec<Given>,
    /// Numbers that other bills have, such as imported ones; they were passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Given>,
    /// Streams of usage files that have come in on one of the days before and not since: what they would have told is on no
    /// bill.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub silent: BTreeSet<StreamId>,
    /// The kinds of documents of which the series are near their end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scarce: Vec<DocumentKind>,
    /// What was read of the table, in tenths of a unit.
    pub read: u64,
    /// What was written, in tenths of a unit.
    pub write: u64,
}

/// How far the pages of a run are added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// What the pages so far came to.
    pub report: Report,
    /// The list that is added up; beyond the last when all are.
    pub list: u16,
    /// The last page of it so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Documents of a kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// How many.
    pub count: u64,
    /// Without tax.
    pub net: i64,
    /// With it.
    pub total: i64,
}

impl Report {
    /// Adds a page. One without contracts only says where a list ends.
    pub fn add(&mut self, page: &DonePage) {
        self.pages += u64::from(!page.contracts.is_empty());
        self.contracts += page.contracts.len() as u64;
        for ended in &page.contracts {
            match &ended.became {
                Became::Billed(billed) => {
                    self.billed += 1;
                    self.documents(billed);
                }
                Became::Skipped(why) => *self.skipped.entry(*why).or_default() += 1,
                Became::Parked { kind, billed, .. } => {
                    *self.parked.entry(kind.clone()).or_default() += 1;
                    self.documents(billed);
                }
            }
        }
        self.taken += page.taken;
        self.elsewhere.extend(page.elsewhere.iter().cloned());
        self.read += page.read;
        self.write += page.write;
    }

    fn documents(&mut self, billed: &[Billed]) {
        for document in billed {
            let amounts = match document.kind {
                DocumentKind::Invoice => &mut self.invoices,
                DocumentKind::CreditNote => &mut self.credit_notes,
            };
            amounts.count += 1;
            amounts.net = amounts.net.saturating_add(document.net);
            amounts.total = amounts.total.saturating_add(document.total);
            self.used += u64::from(document.number.is_some());
            for tax in &document.taxes {
                match self.taxes.iter_mut().find(|known| known.name == tax.name && known.percent == tax.percent) {
                    Some(known) => {
                        known.base = known.base.saturating_add(tax.base);
                        known.amount = known.amount.saturating_add(tax.amount);
                    }
                    None => self.taxes.push(tax.clone()),
                }
            }
        }
    }

    /// What the country's rounding of totals has taken off: net and taxes come to the totals with it.
    pub fn rounding(&self) -> i64 {
        let of = |amounts: &Amounts| amounts.total.saturating_sub(amounts.net);
        let beyond = of(&self.invoices).saturating_add(of(&self.credit_notes));
        self.taxes.iter().fold(beyond, |rest, tax| rest.saturating_sub(tax.amount))
    }

    /// Contracts without a bill.
    pub fn skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Contracts that wait.
    pub fn parked(&self) -> u64 {
        self.parked.values().sum()
    }

    /// Whether nobody looks at a run in vain: it adds up, nobody waits, no stream of usage is silent, and there are numbers for
    /// the next runs.
    pub fn is_clean(&self) -> bool {
        self.adds_up() && self.parked() == 0 && self.silent.is_empty() && self.scarce.is_empty()
    }

    /// Whether nobody and no number is missing.
    pub fn adds_up(&self) -> bool {
        self.contracts == self.billed + self.skipped() + self.parked()
            && self.taken == self.used + (self.unused.len() + self.elsewhere.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_takes_off_is_between_net_taxes_and_total() {
        let tax = |base, amount| TaxTotal { name: "IVA".to_owned(), percent: "10".to_owned(), base, amount };
        let document = |kind, net, total, tax| Billed { number: None, kind, net, total, taxes: vec![tax] };
        let mut report = Report::default();
        report.documents(&[document(DocumentKind::Invoice, 7_636_124, 8_399_650, tax(8_399_735, 763_611))]);
        assert_eq!(report.rounding(), -85);
        report.documents(&[document(DocumentKind::CreditNote, -1_000, -1_050, tax(-1_099, -99))]);
        assert_eq!(report.rounding(), -85 + 49);
    }
}

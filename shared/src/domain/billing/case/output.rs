//! What was computed, for people and programs: amounts are decimal text in the contract's currency.

use serde::Serialize;

use crate::domain::billing::allowance::Served;
use crate::domain::billing::cycle::Days;
use crate::domain::billing::document::{Document, DocumentKind, Line, Section};
use crate::domain::billing::key::Key;
use crate::domain::billing::look::{Look, Why};
use crate::domain::billing::price::Source;
use crate::domain::ids::BillNumber;
use crate::domain::money::{Currency, Money};

/// What a case costs.
#[derive(Debug, Serialize)]
pub struct Computed {
    /// What amounts are in.
    pub currency: Currency,
    /// The bills of a run, oldest first, or the one that prices a period.
    pub bills: Vec<Bill>,
}

/// A bill. A case takes it as an earlier bill as it is.
#[derive(Debug, Serialize)]
pub struct Bill {
    /// Its number, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<BillNumber>,
    /// The days it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes: Option<Days>,
    /// The days of which it charges in advance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advance: Option<Days>,
    /// The versions of the catalogue that the closed period is priced with.
    pub catalogue: Vec<u32>,
    /// Its lines.
    pub lines: Vec<BillLine>,
    /// Its documents: the bill itself, and credit notes beside it where the country wants them.
    pub documents: Vec<Total>,
    /// What became of included units in the closed period.
    pub included: Vec<Served>,
}

/// A line.
#[derive(Debug, Serialize)]
pub struct BillLine {
    /// Which of the documents has it, from 0.
    pub document: usize,
    /// Where it stands.
    pub section: Section,
    /// Its charge key.
    pub key: Key,
    /// What the customer reads.
    pub text: String,
    /// What is billed: the difference to what earlier bills have charged.
    pub amount: String,
    /// What earlier bills have charged, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What it costs, while it is priced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
    /// Without tax.
    pub net: String,
    /// Its share of the tax.
    pub tax: String,
    /// With tax.
    pub total: String,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// What a document adds up to.
#[derive(Debug, Serialize)]
pub struct Total {
    /// What kind.
    pub kind: DocumentKind,
    /// The bill it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<BillNumber>,
    /// Without tax.
    pub net: String,
    /// Each tax: name, percent, base, amount.
    pub taxes: Vec<[String; 4]>,
    /// What rounding of totals takes off.
    pub rounding: String,
    /// What is to be paid.
    pub total: String,
}

impl Bill {
    /// A bill of what was looked at, and of its documents.
    pub fn new(
        number: Option<BillNumber>,
        closes: Option<Days>,
        looks: &[Look],
        documents: &[Document],
        currency: Currency,
    ) -> Self {
        let text = |minor: i64| Money { minor, currency }.to_string();
        let advance = looks.iter().find(|look| look.why == Why::Advance).map(|look| look.period.days());
        let closing = looks.iter().find(|look| look.why == Why::Closing);
        let line = |(document, line): (usize, &Line)| BillLine {
            document,
            section: line.section,
            key: line.key.clone(),
            text: line.text.clone(),
            amount: text(line.amount),
            was: line.was.map(text),
            is: line.is.map(text),
            net: text(line.net),
            tax: text(line.tax),
            total: text(line.total),
            source: line.source.clone(),
        };
        let lines = documents.iter().enumerate().flat_map(|(at, one)| one.lines.iter().map(move |line| (at, line)));
        let total = |one: &Document| Total {
            kind: one.kind,
            corrects: one.corrects.clone(),
            net: text(one.net),
            taxes: one
                .taxes
                .iter()
                .map(|tax| [tax.name.clone(), tax.percent.clone(), text(tax.base), text(tax.amount)])
                .collect(),
            rounding: text(one.rounding),
            total: text(one.total),
        };
        Self {
            number,
            closes,
            advance,
            catalogue: closing.map(|look| look.versions.clone()).unwrap_or_default(),
            lines: lines.map(line).collect(),
            documents: documents.iter().map(total).collect(),
            included: closing.map(|look| look.served.clone()).unwrap_or_default(),
        }
    }
}

//! Documents: invoices and credit notes, their lines and their tax.

use serde::{Deserialize, Serialize};

use crate::domain::billing::cycle::Period;
use crate::domain::billing::form::Form;
use crate::domain::billing::key::{Key, Kind};
use crate::domain::billing::look::{Change, Look, Why};
use crate::domain::billing::price::Source;
use crate::domain::billing::tax::{Inclusion, TaxTotal, assess};
use crate::domain::billing::text;
use crate::domain::ids::BillNumber;
use crate::error::Invalid;

const TOO_LARGE: Invalid = Invalid::new("the total is too large");

/// What kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// It asks for money.
    Invoice,
    /// Its amount becomes the contract's credit, a payment that the next bill uses first.
    CreditNote,
}

/// A bill before it has a number. Amounts are in minor units of the contract's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What kind.
    pub kind: DocumentKind,
    /// The bill that a credit note corrects, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<BillNumber>,
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// Its taxes.
    pub taxes: Vec<TaxTotal>,
    /// What it charges without tax.
    pub net: i64,
    /// All taxes.
    pub tax: i64,
    /// What the country's rounding of totals takes off; it is not carried on.
    pub rounding: i64,
    /// What is to be paid; below zero for a credit note.
    pub total: i64,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// Plans, additional plans, services.
    Recurring,
    /// Purchases.
    OneOff,
    /// Usage.
    Usage,
    /// What is other than an earlier bill said.
    Correction,
    /// An operator's credits and debits.
    Adjustment,
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Where it stands.
    pub section: Section,
    /// The period it charges.
    pub period: Period,
    /// Its charge key.
    pub key: Key,
    /// What the customer reads.
    pub text: String,
    /// What bills have charged under its key; none if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<i64>,
    /// What it costs; none if it is not priced any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<i64>,
    /// The difference, as prices are given: with tax or without.
    pub amount: i64,
    /// The difference without tax.
    pub net: i64,
    /// Its share of the document's tax.
    pub tax: i64,
    /// The difference with tax.
    pub total: i64,
    /// Where it comes from, while it is priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The bill it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<BillNumber>,
}

impl Line {
    /// The lines of a look: every change that is not zero.
    pub fn of(look: &Look) -> impl Iterator<Item = Self> {
        look.changes.iter().filter(|change| change.difference() != 0).map(|change| Self {
            section: section(look.why, change),
            period: look.period,
            key: change.key.clone(),
            text: words(look.why, change),
            was: change.was,
            is: change.is,
            amount: change.difference(),
            net: 0,
            tax: 0,
            total: 0,
            source: change.source.clone(),
            corrects: change.corrects.clone(),
        })
    }
}

fn section(why: Why, change: &Change) -> Section {
    match change.key.kind {
        Kind::Adjustment => Section::Adjustment,
        _ if why == Why::Again || change.was.is_some() => Section::Correction,
        Kind::Plan | Kind::Additional | Kind::Service => Section::Recurring,
        Kind::OneOff => Section::OneOff,
        Kind::Usage => Section::Usage,
    }
}

fn words(why: Why, change: &Change) -> String {
    let class = || change.key.what.split_once(':').and_then(|(_, class)| class.parse().ok());
    let name = match change.key.kind {
        Kind::Usage => class().map(text::usage).unwrap_or_default(),
        _ => change.name.clone(),
    };
    let monthly = match &change.source {
        Some(Source::Monthly { times, many, of, .. }) if many.is_some() || *times != u64::from(*of) => {
            format!(", {}", text::days(*times, *of, *many))
        }
        _ => String::new(),
    };
    let advance = if why == Why::Advance { format!(" ({})", text::ADVANCE) } else { String::new() };
    format!("{name}{monthly}{advance}")
}

/// Makes documents of lines, by the country's [terms](super::terms::Terms): one, or several where the country forbids lines below zero. These go on credit notes then,
/// one for each bill they correct.
///
/// # Errors
/// More than fits.
pub fn issue(mut lines: Vec<Line>, form: &Form) -> Result<Vec<Document>, Invalid> {
    lines.sort_by(|one, other| (one.section, &one.key).cmp(&(other.section, &other.key)));
    if form.negative_lines {
        return Ok(vec![document(lines, None, form)?]);
    }
    let (above, mut below): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.amount > 0);
    below.sort_by(|one, other| {
        one.corrects.as_ref().map(BillNumber::as_str).cmp(&other.corrects.as_ref().map(BillNumber::as_str))
    });
    let mut documents = Vec::new();
    if !above.is_empty() {
        documents.push(document(above, None, form)?);
    }
    for lines in below.chunk_by(|one, other| one.corrects == other.corrects) {
        documents.push(document(lines.to_vec(), lines[0].corrects.clone(), form)?);
    }
    Ok(documents)
}

fn document(mut lines: Vec<Line>, corrects: Option<BillNumber>, form: &Form) -> Result<Document, Invalid> {
    let amounts: Vec<_> = lines.iter().map(|line| (line.amount, &line.key.tax)).collect();
    let (taxes, shares) = assess(&amounts, form.tax)?;
    for (line, share) in lines.iter_mut().zip(shares) {
        line.tax = share;
        (line.net, line.total) = match form.tax {
            Inclusion::OnTop => (line.amount, line.amount.checked_add(share).ok_or(TOO_LARGE)?),
            Inclusion::Inside | Inclusion::OfGross => (line.amount - share, line.amount),
        };
    }
    let sum =
        |of: fn(&Line) -> i64| lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(of(line))).ok_or(TOO_LARGE);
    let (net, tax, exact) = (sum(|line| line.net)?, sum(|line| line.tax)?, sum(|line| line.total)?);
    let rounding = -(exact % form.multiple.max(1));
    let total = exact + rounding;
    let kind = if total < 0 { DocumentKind::CreditNote } else { DocumentKind::Invoice };
    Ok(Document { kind, corrects, lines, taxes, net, tax, rounding, total })
}

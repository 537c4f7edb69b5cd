//! The countries served, as data. A deployment serves one of them.

use chrono::{FixedOffset, Offset, Utc};

use super::money::Currency;
use crate::error::Invalid;

/// A country profile.
#[derive(Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2, in lower case.
    pub code: &'static str,
    /// The country's calling code (ITU-T E.164), without `+`.
    pub calling_code: &'static str,
    /// Length of a national number, in digits.
    pub number_length: usize,
    /// What people write before a national number when they are in the country; nothing in most.
    pub trunk_prefix: &'static str,
    /// What the numbers of lines begin with.
    pub numbers: Numbers,
    /// Kinds of documents that customers have: the tax number first, then those of people.
    pub documents: &'static [&'static str],
    /// Hours east of UTC; whole hours in every country here.
    utc_offset_hours: i32,
    /// The currency of prices and bills.
    pub currency: Currency,
    /// Value added tax, in percent.
    pub tax_percent: u32,
    /// The country's words for the state of a bill.
    pub bill_status: BillWords,
    /// Emergency numbers: the country's own, and the 112 and 911 that every handset treats as such (3GPP TS 22.101,
    /// section 10).
    pub emergency_numbers: &'static [&'static str],
}

/// The first digits of a country's national numbers, by its numbering plan. They tell a number from a slip of the keyboard; whether
/// it is assigned to anybody they do not tell, since regulators open new blocks within them every year.
///
/// Asked where a number comes in, and not where a stored one is read: without its prefix a line stays, is billed, and can be removed, but
/// nobody can ask for it any more (docs/decisions/0032-stored-numbers-by-form.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Mobile services.
    pub mobile: &'static [&'static str],
    /// Fixed lines, and internet telephony where it has prefixes of its own. Toll-free, premium and short numbers are nobody's line.
    pub fixed: &'static [&'static str],
}

impl Numbers {
    fn have(&self, national: &str) -> bool {
        self.mobile.iter().chain(self.fixed).any(|prefix| national.starts_with(prefix))
    }
}

/// The words for the state of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillWords {
    /// Unpaid, not yet due.
    pub pending: &'static str,
    /// Overdue.
    pub overdue: &'static str,
    /// Paid in full.
    pub paid: &'static str,
}

const SPANISH: BillWords = BillWords { pending: "PENDIENTE", overdue: "VENCIDA", paid: "PAGADA" };

impl Country {
    /// All countries served.
    pub const ALL: &'static [Self] = &[
        Self {
            code: "co",
            calling_code: "57",
            number_length: 10,
            trunk_prefix: "",
            numbers: Numbers {
                mobile: &["3", "910", "940"],
                fixed: &["601", "602", "604", "605", "606", "607", "608"],
            },
            documents: &["NIT", "CC", "CE", "TI", "PA"],
            utc_offset_hours: -5,
            currency: Currency::COP,
            tax_percent: 19,
            bill_status: SPANISH,
            emergency_numbers: &["112", "119", "123", "132", "911"],
        },
        Self {
            code: "sv",
            calling_code: "503",
            number_length: 8,
            trunk_prefix: "",
            numbers: Numbers { mobile: &["5", "6", "7"], fixed: &["2"] },
            documents: &["NIT", "NRC", "DUI", "PA"],
            utc_offset_hours: -6,
            currency: Currency::USD,
            tax_percent: 13,
            bill_status: SPANISH,
            emergency_numbers: &["112", "132", "911", "913"],
        },
        Self {
            code: "gt",
            calling_code: "502",
            number_length: 8,
            trunk_prefix: "",
            numbers: Numbers { mobile: &["3", "4", "5", "80"], fixed: &["2", "6", "7"] },
            documents: &["NIT", "DPI", "CUI", "PA"],
            utc_offset_hours: -6,
            currency: Currency::GTQ,
            tax_percent: 12,
            bill_status: SPANISH,
            emergency_numbers: &["110", "112", "120", "122", "123", "125", "911"],
        },
        Self {
            code: "hn",
            calling_code: "504",
            number_length: 8,
            trunk_prefix: "",
            numbers: Numbers { mobile: &["3", "7", "8", "9"], fixed: &["2"] },
            documents: &["RTN", "DNI", "ID", "PA"],
            utc_offset_hours: -6,
            currency: Currency::HNL,
            tax_percent: 15,
            bill_status: SPANISH,
            emergency_numbers: &["112", "195", "198", "199", "911"],
        },
        Self {
            code: "bo",
            calling_code: "591",
            number_length: 8,
            trunk_prefix: "",
            numbers: Numbers { mobile: &["57", "6", "7"], fixed: &["2", "3", "4", "50"] },
            documents: &["NIT", "CI", "PA"],
            utc_offset_hours: -4,
            currency: Currency::BOB,
            tax_percent: 13,
            bill_status: SPANISH,
            emergency_numbers: &["110", "112", "118", "119", "168", "911"],
        },
        Self {
            code: "py",
            calling_code: "595",
            number_length: 9,
            trunk_prefix: "0",
            numbers: Numbers { mobile: &["95", "96", "97", "98", "99"], fixed: &["2", "3", "4", "5", "6", "7", "8"] },
            documents: &["RUC", "CI", "PA"],
            utc_offset_hours: -3,
            currency: Currency::PYG,
            tax_percent: 10,
            bill_status: SPANISH,
            emergency_numbers: &["112", "132", "141", "911"],
        },
    ];

    /// The country with this lower-case ISO 3166-1 code.
    ///
    /// # Errors
    /// When the country is not served.
    pub fn by_code(code: &str) -> Result<&'static Self, Invalid> {
        let found = Self::ALL.iter().find(|country| country.code == code);
        found.ok_or(const { Invalid::new("must be one of co, sv, gt, hn, bo, py") })
    }

    /// The country's legal time.
    ///
    /// A fixed offset is enough: none of the six observes daylight saving (the last to stop was Paraguay, at UTC-3
    /// since October 2024), and no record is older. A country that introduces it needs the time zone database here.
    pub fn zone(&self) -> FixedOffset {
        // `east_opt` refuses only a day or more, far above the offsets in the table.
        FixedOffset::east_opt(self.utc_offset_hours * 3600).unwrap_or_else(|| Utc.fix())
    }

    /// Whether these digits can be the number of a line here, without the calling code.
    pub fn has_number(&self, national: &str) -> bool {
        let digits = national.len() == self.number_length && national.bytes().all(|byte| byte.is_ascii_digit());
        digits && self.numbers.have(national)
    }

    /// The kind of document that a company's tax number is: NIT, RTN or RUC.
    pub fn tax_document(&self) -> &'static str {
        self.documents.first().copied().unwrap_or_default()
    }

    /// Whether this is an emergency number, as dialled.
    pub fn is_emergency(&self, dialled: &str) -> bool {
        self.emergency_numbers.contains(&dialled)
    }
}

#[cfg(test)]
mod tests;

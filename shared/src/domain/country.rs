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
        found.ok_or(const { Invalid::new("a country code is one of co, sv, gt, hn, bo, py") })
    }

    /// The country's legal time.
    ///
    /// A fixed offset is enough: none of the six observes daylight saving (the last to stop was Paraguay, at UTC-3
    /// since October 2024), and no record is older. A country that introduces it needs the time zone database here.
    pub fn zone(&self) -> FixedOffset {
        // `east_opt` refuses only a day or more, far above the offsets in the table.
        FixedOffset::east_opt(self.utc_offset_hours * 3600).unwrap_or_else(|| Utc.fix())
    }

    /// Whether this is an emergency number, as dialled.
    pub fn is_emergency(&self, dialled: &str) -> bool {
        self.emergency_numbers.contains(&dialled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_its_lower_case_code_only() {
        for code in ["co", "sv", "gt", "hn", "bo", "py"] {
            assert_eq!(Country::by_code(code).unwrap().code, code);
        }
        for code in ["", "CO", "co ", "mx", "col"] {
            assert!(Country::by_code(code).is_err(), "{code:?}");
        }
        assert_eq!(Country::ALL.len(), 6);
    }

    #[test]
    fn zones_are_the_legal_times_of_today() {
        let zones = Country::ALL.iter().map(|country| (country.code, country.zone().to_string()));
        let expected = [
            ("co", "-05:00"),
            ("sv", "-06:00"),
            ("gt", "-06:00"),
            ("hn", "-06:00"),
            ("bo", "-04:00"),
            ("py", "-03:00"),
        ];
        assert_eq!(zones.collect::<Vec<_>>(), expected.map(|(code, zone)| (code, zone.to_owned())));
    }

    #[test]
    fn no_calling_code_begins_another() {
        for one in Country::ALL {
            for other in Country::ALL.iter().filter(|other| other.code != one.code) {
                assert!(!other.calling_code.starts_with(one.calling_code), "{} and {}", one.code, other.code);
            }
            assert!(one.calling_code.len() + one.number_length <= 15, "E.164 allows 15 digits: {}", one.code);
        }
    }

    #[test]
    fn emergency_numbers_are_known_as_dialled() {
        let colombia = Country::by_code("co").unwrap();
        assert!(colombia.is_emergency("123"));
        assert!(colombia.is_emergency("112"));
        assert!(!colombia.is_emergency("1234"));
        assert!(!colombia.is_emergency("3001234567"));
        for country in Country::ALL {
            assert!(country.is_emergency("112") && country.is_emergency("911"), "{}", country.code);
            let short =
                |number: &&str| number.len() < country.number_length && number.bytes().all(|b| b.is_ascii_digit());
            assert!(country.emergency_numbers.iter().all(short), "{}", country.code);
        }
    }
}

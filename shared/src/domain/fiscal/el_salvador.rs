//! El Salvador, Ministerio de Hacienda: control number and generation code of an invoice (DTE of type 01) and of a credit note
//! (type 05).

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use crate::domain::billing::document::DocumentKind;
use crate::error::Invalid;

/// The highest number of a year.
const LAST: u64 = 999_999_999_999_999;

/// A control number: `DTE-01-ABCD0001-000000000000001`. Numbers begin again each year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlNumber {
    kind: DocumentKind,
    place: String,
    number: u64,
}

impl ControlNumber {
    /// The number of an establishment and a point of sale, which are eight capital letters or digits together.
    ///
    /// # Errors
    /// A place of another form; a number that is 0 or has more than 15 digits.
    pub fn of(kind: DocumentKind, place: &str, number: u64) -> Result<Self, Invalid> {
        let is_place = place.len() == 8 && place.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_place {
            return Err(Invalid::new("establishment and point of sale are eight capital letters or digits"));
        }
        if !(1..=LAST).contains(&number) {
            return Err(Invalid::new("a control number has 1 to 15 digits"));
        }
        Ok(Self { kind, place: place.to_owned(), number })
    }
}

impl fmt::Display for ControlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, place, number } = self;
        let kind = match kind {
            DocumentKind::Invoice => "01",
            DocumentKind::CreditNote => "05",
        };
        write!(f, "DTE-{kind}-{place}-{number:015}")
    }
}

impl FromStr for ControlNumber {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let of = |kind, prefix| text.strip_prefix(prefix).map(|rest| (kind, rest));
        let own = of(DocumentKind::Invoice, "DTE-01-").or_else(|| of(DocumentKind::CreditNote, "DTE-05-"));
        let (kind, rest) = own.ok_or(Invalid::new("a control number begins with DTE-01- or DTE-05-"))?;
        let (place, number) = rest.split_once('-').ok_or(Invalid::new("a control number has four parts"))?;
        let is_number = number.len() == 15 && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| number.parse().ok()).flatten();
        Self::of(kind, place, number.ok_or(Invalid::new("a control number ends with 15 digits"))?)
    }
}

/// A generation code of 16 random bytes: a UUID of version 4 in capitals.
pub fn generation_code(random: [u8; 16]) -> String {
    let mut bytes = random;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = super::hex(&bytes).to_uppercase();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part).unwrap_or_default().to_owned());
    parts.join("-")
}

/// The text of the QR code: the office's public search page, whose address is given, with environment (`00` test, `01`
/// production), generation code and day.
pub fn qr(search: &str, environment: &str, code: &str, day: NaiveDate) -> String {
    format!("{search}?ambiente={environment}&codGen={code}&fechaEmi={day}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_control_number_has_its_form() {
        let number = ControlNumber::of(DocumentKind::Invoice, "M001P001", 42).unwrap();
        assert_eq!(number.to_string(), "DTE-01-M001P001-000000000000042");
        for (place, number) in [("m001P001", 1), ("M001P00", 1), ("M001P001", 0), ("M001P001", LAST + 1)] {
            assert!(ControlNumber::of(DocumentKind::Invoice, place, number).is_err(), "{place} {number}");
        }
        for wrong in ["", "DTE-03-M001P001-000000000000042", "DTE-01-M001P001-42", "DTE-01-M001P001-00000000000004x"] {
            assert!(wrong.parse::<ControlNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_generation_code_is_a_uuid_in_capitals() {
        assert_eq!(generation_code([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(generation_code([0xff; 16]), "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF");
        let text = qr("https://example/consulta", "01", "A", "2026-03-01".parse().unwrap());
        assert_eq!(text, "https://example/consulta?ambiente=01&codGen=A&fechaEmi=2026-03-01");
    }

    proptest! {
        #[test]
        fn a_control_number_is_read_back(place in "[A-Z0-9]{8}", number in 1..=LAST, is_note in any::<bool>()) {
            let kind = if is_note { DocumentKind::CreditNote } else { DocumentKind::Invoice };
            let one = ControlNumber::of(kind, &place, number).unwrap();
            prop_assert_eq!(one.to_string().parse::<ControlNumber>().unwrap(), one);
        }
    }
}

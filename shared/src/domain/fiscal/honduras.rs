//! Honduras, SAR: numbers in a range that the office has printed on a CAI.

use std::fmt;

use crate::error::Invalid;

/// A number of an invoice: establishment, point of issue, type and correlative, `000-001-01-00000001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number {
    /// The establishment, up to 999.
    pub establishment: u16,
    /// The point of issue, up to 999.
    pub point: u16,
    /// The kind of document, up to 99; 01 is an invoice.
    pub kind: u8,
    /// The correlative, up to 99,999,999.
    pub correlative: u32,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { establishment, point, kind, correlative } = self;
        write!(f, "{establishment:03}-{point:03}-{kind:02}-{correlative:08}")
    }
}

impl std::str::FromStr for Number {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("a number has the form 000-001-01-00000001");
        let parts: Vec<&str> = text.split('-').collect();
        let digits = |at: usize, count: usize| {
            let part = parts.get(at).copied().unwrap_or_default();
            let is_it = part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
            is_it.then_some(part).ok_or_else(wrong)
        };
        let number = Self {
            establishment: digits(0, 3)?.parse().map_err(|_| wrong())?,
            point: digits(1, 3)?.parse().map_err(|_| wrong())?,
            kind: digits(2, 2)?.parse().map_err(|_| wrong())?,
            correlative: digits(3, 8)?.parse().map_err(|_| wrong())?,
        };
        if parts.len() == 4 { Ok(number) } else { Err(wrong()) }
    }
}

/// Whether a text is a CAI: five groups of six hexadecimal digits in capitals, and one of two.
pub fn is_cai(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    lengths == [6, 6, 6, 6, 6, 2] && text.bytes().all(|byte| byte == b'-' || is_digit(byte))
}

/// Whether a text is an RTN: 14 digits, with or without dashes.
pub fn is_rtn(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits == 14 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_are_checked() {
        for wrong in ["", "0-1-1-1", "000-001-01-00000001-1", "000-001-01-0000000x", "000-001-01"] {
            assert!(wrong.parse::<Number>().is_err(), "{wrong}");
        }
        assert!(is_cai("A1B2C3-D4E5F6-A1B2C3-D4E5F6-A1B2C3-D4"));
        assert!(!is_cai("a1b2c3-D4E5F6-A1B2C3-D4E5F6-A1B2C3-D4") && !is_cai("A1B2C3-D4E5F6-A1B2C3-D4E5F6-A1B2C3"));
        assert!(
            is_rtn("08011985123960")
                && is_rtn("0801-1985-123960")
                && !is_rtn("0801198512396")
                && !is_rtn("0801198512396x")
        );
    }

    proptest! {
        #[test]
        fn a_number_is_read_back(establishment in 0..1_000_u16, point in 0..1_000_u16, kind in 0..100_u8, correlative in 0..100_000_000_u32) {
            let number = Number { establishment, point, kind, correlative };
            prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), number);
        }
    }
}

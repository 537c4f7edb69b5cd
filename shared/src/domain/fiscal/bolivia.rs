//! Bolivia, SIN: the CUF of an invoice.

use chrono::{DateTime, FixedOffset};

use super::check;
use crate::error::Invalid;

/// What of an invoice its code is made of.
#[derive(Debug, Clone)]
pub struct Invoice<'a> {
    /// The issuer's NIT.
    pub nit: u64,
    /// When it was issued, by the country's clock, to the millisecond.
    pub at: DateTime<FixedOffset>,
    /// The branch; 0 is the head office.
    pub branch: u16,
    /// How it is issued: 1 electronic, 2 computerised.
    pub modality: u8,
    /// 1 online, 2 offline.
    pub emission: u8,
    /// The type of invoice: 1 with credit for tax.
    pub kind: u8,
    /// The type of document of the sector.
    pub sector: u8,
    /// The number of the invoice.
    pub number: u64,
    /// The point of sale; 0 is none.
    pub point: u16,
    /// The day's control code.
    pub control: &'a str,
}

impl Invoice<'_> {
    /// Its code, in capital hexadecimal digits, with the day's control code behind.
    ///
    /// # Errors
    /// A part that has too many digits.
    pub fn cuf(&self) -> Result<String, Invalid> {
        let Self { nit, at, branch, modality, emission, kind, sector, number, point, control } = self;
        let at = at.format("%Y%m%d%H%M%S%3f");
        let digits = format!("{nit:013}{at}{branch:04}{modality}{emission}{kind}{sector:02}{number:010}{point:04}");
        if digits.len() != 53 {
            return Err(Invalid::new("a part of the code has too many digits"));
        }
        let check = match check::sum(&digits, 2..=9) {
            Some(10) => 1,
            Some(digit) => digit,
            None => return Err(Invalid::new("a part of the code is no number")),
        };
        Ok(format!("{}{control}", hexadecimal(&format!("{digits}{check}"))))
    }
}

/// A decimal number of any length in capital hexadecimal digits.
fn hexadecimal(decimal: &str) -> String {
    // Digits of the base 16, the lowest first.
    let mut number: Vec<u32> = vec![0];
    for digit in decimal.chars().filter_map(|digit| digit.to_digit(10)) {
        let mut carry = digit;
        for place in &mut number {
            let value = *place * 10 + carry;
            (*place, carry) = (value % 16, value / 16);
        }
        while carry > 0 {
            number.push(carry % 16);
            carry /= 16;
        }
    }
    let text: String = number.iter().rev().filter_map(|digit| char::from_digit(*digit, 16)).collect();
    text.to_uppercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn invoice() -> Invoice<'static> {
        Invoice {
            nit: 123_456_789,
            at: "2019-01-13T16:37:21.231-04:00".parse().unwrap(),
            branch: 0,
            modality: 1,
            emission: 1,
            kind: 1,
            sector: 1,
            number: 1,
            point: 0,
            control: "A19E23EF34124CD",
        }
    }

    #[test]
    fn the_code_is_the_offices_own_example() {
        assert_eq!(invoice().cuf().unwrap(), "8727F63A15F8976591FDDE5B387C5D015A29E06A1A19E23EF34124CD");
        assert!(Invoice { number: 12_345_678_901, ..invoice() }.cuf().is_err());
        assert!(Invoice { nit: 12_345_678_901_234, ..invoice() }.cuf().is_err());
    }

    proptest! {
        #[test]
        fn decimals_become_hexadecimal(number in any::<u128>()) {
            prop_assert_eq!(hexadecimal(&number.to_string()), format!("{number:X}"));
        }
    }
}

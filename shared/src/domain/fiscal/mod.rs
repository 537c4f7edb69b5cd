//! What tax offices want on a bill, as far as it follows from the bill alone: numbers, codes with their check digits, and
//! the texts of QR codes. Nothing here needs a certificate or a network.
//!
//! Each file says what one office asks for, by its public documents. Keys, establishments and addresses are the operator's
//! and come as arguments; an accountant of the country has to sign them before use.

pub mod authority;
pub mod bolivia;
mod check;
pub mod colombia;
pub mod declared;
pub mod el_salvador;
pub mod guatemala;
pub mod honduras;
pub mod issuer;
pub mod keys;
pub mod numbering;
pub mod paraguay;
pub mod usable;
pub mod words;

use crate::domain::money::{Currency, Money};

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An amount of hundredths with two decimals and a dot.
fn two_decimals(minor: i64) -> String {
    Money { minor, currency: Currency::COP }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_two_decimals() {
        let all = [0, 5, 100, 150_000_000, -7, -12_345].map(two_decimals);
        assert_eq!(all, ["0.00", "0.05", "1.00", "1500000.00", "-0.07", "-123.45"]);
    }
}

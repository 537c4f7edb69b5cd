//! Colombia, DIAN: the CUFE of an invoice and the CUDE of a note, and the QR code with them (technical annex of the electronic
//! sales invoice).

use std::fmt;

use chrono::{DateTime, FixedOffset};
use sha2::{Digest as _, Sha384};

use super::{hex, two_decimals};
use crate::error::Invalid;

/// What a buyer without a tax number is called.
pub const NO_BUYER: &str = "222222222222";

/// The secret that a code is made with: the technical key of the range of numbers for a CUFE, the PIN of the software for a CUDE.
/// It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The technical key of a range: 40 hexadecimal digits.
    ///
    /// # Errors
    /// Any other text.
    pub fn technical_key(text: &str) -> Result<Self, Invalid> {
        let is_key = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key.then(|| Self(text.to_owned())).ok_or(Invalid::new("must be a technical key: 40 hexadecimal digits"))
    }

    /// The PIN of the software: digits.
    ///
    /// # Errors
    /// Any other text.
    pub fn pin(text: &str) -> Result<Self, Invalid> {
        let is_pin = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_pin.then(|| Self(text.to_owned())).ok_or(Invalid::new("must be a PIN: digits"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where the office takes a document for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A real one.
    Production,
    /// A test.
    Test,
}

/// What of a document its code is made of. Amounts are in hundredths of a peso; tax numbers have no check digit.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// Its number, with the prefix.
    pub number: &'a str,
    /// When it was issued, by the country's clock.
    pub at: DateTime<FixedOffset>,
    /// Without taxes.
    pub net: i64,
    /// The value added tax.
    pub iva: i64,
    /// The tax on consumption: mobile telephony.
    pub inc: i64,
    /// The municipal tax.
    pub ica: i64,
    /// With taxes.
    pub total: i64,
    /// The issuer's NIT.
    pub issuer: &'a str,
    /// The buyer's number, or [`NO_BUYER`].
    pub buyer: &'a str,
    /// Where it is for.
    pub environment: Environment,
    /// What its code is called: `CUFE` of an invoice, `CUDE` of a note.
    pub code_name: &'static str,
}

impl Document<'_> {
    /// Its code: 96 lower-case hexadecimal digits.
    pub fn code(&self, secret: &Secret) -> String {
        let Self { number, at, net, iva, inc, ica, total, issuer, buyer, environment, .. } = self;
        let environment = match environment {
            Environment::Production => '1',
            Environment::Test => '2',
        };
        let [net, iva, inc, ica, total] = [*net, *iva, *inc, *ica, *total].map(two_decimals);
        let (day, time) = (at.format("%Y-%m-%d"), at.format("%H:%M:%S%:z"));
        let secret = &secret.0;
        let joined =
            format!("{number}{day}{time}{net}01{iva}04{inc}03{ica}{total}{issuer}{buyer}{secret}{environment}");
        hex(&Sha384::digest(joined.as_bytes()))
    }

    /// The text of its QR code, with the address of the office's search page for a code.
    pub fn qr(&self, code: &str, search: &str) -> String {
        let Self { number, at, net, iva, inc, ica, total, issuer, buyer, code_name: name, .. } = self;
        let others = inc.saturating_add(*ica);
        let [net, iva, others, total] = [*net, *iva, others, *total].map(two_decimals);
        let (day, time) = (at.format("%Y-%m-%d"), at.format("%H:%M:%S%:z"));
        format!(
            "NumFac: {number}\nFecFac: {day}\nHorFac: {time}\nNitFac: {issuer}\nDocAdq: {buyer}\nValFac: {net}\nValIva: {iva}\n\
             ValOtroIm: {others}\nValTolFac: {total}\n{name}: {code}\n{search}{code}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document<'static> {
        Document {
            number: "323200000129",
            at: "2019-01-16T10:53:10-05:00".parse().unwrap(),
            net: 150_000_000,
            iva: 28_500_000,
            inc: 0,
            ica: 0,
            total: 178_500_000,
            issuer: "700085371",
            buyer: "800199436",
            environment: Environment::Production,
            code_name: "CUFE",
        }
    }

    #[test]
    fn the_code_is_the_offices_own_example() {
        let key = Secret::technical_key("693ff6f2a553c3646a063436fd4dd9ded0311471").unwrap();
        assert_eq!(
            document().code(&key),
            "8bb918b19ba22a694f1da11c643b5e9de39adf60311cf179179e9b33381030bcd4c3c3f156c506ed5908f9276f5bd9b4"
        );
        let test = Document { environment: Environment::Test, ..document() };
        assert_ne!(test.code(&key), document().code(&key));
        assert_ne!(document().code(&Secret::pin("12345").unwrap()), document().code(&key));
    }

    #[test]
    fn a_secret_has_its_form_and_is_never_shown() {
        for wrong in ["", "693ff6f2a553c3646a063436fd4dd9ded031147", "g93ff6f2a553c3646a063436fd4dd9ded0311471"] {
            assert!(Secret::technical_key(wrong).is_err(), "{wrong}");
        }
        assert!(Secret::pin("12a").is_err() && Secret::pin("").is_err());
        assert_eq!(format!("{:?}", Secret::pin("12345").unwrap()), "Secret");
    }

    #[test]
    fn the_qr_code_has_eleven_lines() {
        let text = document().qr("abc", "https://example/search?documentkey=");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 11);
        assert_eq!((lines[2], lines[7]), ("HorFac: 10:53:10-05:00", "ValOtroIm: 0.00"));
        assert_eq!((lines[9], lines[10]), ("CUFE: abc", "https://example/search?documentkey=abc"));
    }
}

//! Paraguay, SIFEN: the CDC of an electronic document, the tax number, and the QR code.

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use super::{check, hex};
use crate::error::Invalid;

/// The check digit of a RUC, and of a CDC without it: weights 2 to 11. None for a text that has anything but digits.
pub fn check_digit(digits: &str) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    let rest = check::sum(digits, 2..=11)?;
    Some(if rest > 1 { 11 - rest } else { 0 })
}

/// What of a document its code is made of.
#[derive(Debug, Clone)]
pub struct Document {
    /// The kind of document; 1 is an invoice.
    pub kind: u8,
    /// The issuer's RUC without its check digit.
    pub ruc: u32,
    /// The establishment.
    pub establishment: u16,
    /// The point of issue.
    pub point: u16,
    /// The number.
    pub number: u32,
    /// 1 a person, 2 a company.
    pub taxpayer: u8,
    /// The day of issue.
    pub day: NaiveDate,
    /// 1 normal, 2 contingency.
    pub emission: u8,
    /// Nine random digits.
    pub security: u32,
}

impl Document {
    /// Its code: 44 digits.
    ///
    /// # Errors
    /// A part that has too many digits.
    pub fn cdc(&self) -> Result<String, Invalid> {
        let wrong = || Invalid::new("a part of the code has too many digits");
        let Self { kind, ruc, establishment, point, number, taxpayer, day, emission, security } = self;
        let ruc = format!("{ruc:08}");
        let check = check_digit(&ruc).ok_or_else(wrong)?;
        let day = day.format("%Y%m%d");
        let digits = format!(
            "{kind:02}{ruc}{check}{establishment:03}{point:03}{number:07}{taxpayer}{day}{emission}{security:09}"
        );
        let last = check_digit(&digits).filter(|_| digits.len() == 43).ok_or_else(wrong)?;
        Ok(format!("{digits}{last}"))
    }
}

/// Establishment, point and number of a document: `001-001-0000001`.
///
/// # Errors
/// Any other form.
pub fn number(text: &str) -> Result<(u16, u16, u32), Invalid> {
    let wrong = || Invalid::new("a number has the form 001-001-0000001");
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_it = lengths == [3, 3, 7] && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let [establishment, point, number] = parts[..] else { return Err(wrong()) };
    if !is_it {
        return Err(wrong());
    }
    let small = |part: &str| part.parse().map_err(|_| wrong());
    Ok((small(establishment)?, small(point)?, number.parse().map_err(|_| wrong())?))
}

/// A code as it is shown: in groups of four.
pub fn in_groups(cdc: &str) -> String {
    let digits: Vec<char> = cdc.chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// What the QR code of a document says. Amounts are whole guaraníes.
#[derive(Debug, Clone)]
pub struct Qr<'a> {
    /// The address of the office's page.
    pub page: &'a str,
    /// The version of the format: 150.
    pub version: u16,
    /// The code.
    pub cdc: &'a str,
    /// When it was issued, as in the document: `2026-03-01T10:00:00`.
    pub issued: &'a str,
    /// The buyer: `dRucRec` with a RUC, or `dNumIDRec` with another document.
    pub buyer: (&'a str, &'a str),
    /// The total.
    pub total: i64,
    /// The tax.
    pub tax: i64,
    /// How many lines it has.
    pub items: usize,
    /// The digest of the signature, as in the document.
    pub digest: &'a str,
    /// Which of the issuer's security codes is used: `0001`.
    pub csc_id: &'a str,
}

impl Qr<'_> {
    /// The text: the page with its parameters, and the hash of these and the security code. Day and digest are told as the
    /// hexadecimal digits of their texts.
    pub fn text(&self, csc: &str) -> String {
        let Self { page, version, cdc, issued, buyer: (name, buyer), total, tax, items, digest: signed, csc_id } = self;
        let (issued, signed) = (hex(issued.as_bytes()), hex(signed.as_bytes()));
        let parameters = format!(
            "nVersion={version}&Id={cdc}&dFeEmiDE={issued}&{name}={buyer}&dTotGralOpe={total}&dTotIVA={tax}&cItems={items}&\
             DigestValue={signed}&IdCSC={csc_id}"
        );
        let hash = hex(&Sha256::digest(format!("{parameters}{csc}").as_bytes()));
        format!("{page}?{parameters}&cHashQR={hash}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document() -> Document {
        Document {
            kind: 1,
            ruc: 80_069_563,
            establishment: 1,
            point: 1,
            number: 6,
            taxpayer: 1,
            day: "2021-11-29".parse().unwrap(),
            emission: 1,
            security: 759_571_469,
        }
    }

    #[test]
    fn the_code_is_the_offices_own_example() {
        assert_eq!(document().cdc().unwrap(), "01800695631001001000000612021112917595714694");
        assert_eq!(check_digit("80069563"), Some(1));
        assert_eq!(in_groups("018006956310"), "0180 0695 6310");
        assert!(Document { number: 12_345_678, ..document() }.cdc().is_err());
        assert!(Document { security: 1_234_567_890, ..document() }.cdc().is_err());
    }

    #[test]
    fn the_qr_code_is_hashed_with_the_security_code() {
        let qr = Qr {
            page: "https://example/qr",
            version: 150,
            cdc: "0180",
            issued: "2026-03-01T10:00:00",
            buyer: ("dRucRec", "80012345"),
            total: 110_000,
            tax: 10_000,
            items: 2,
            digest: "abc=",
            csc_id: "0001",
        };
        let text = qr.text("secret");
        assert!(
            text.starts_with(
                "https://example/qr?nVersion=150&Id=0180&dFeEmiDE=323032362d30332d30315431303a30303a3030&"
            )
        );
        assert!(text.contains("&DigestValue=6162633d&IdCSC=0001&cHashQR=") && !text.contains("secret"));
        assert_ne!(text, qr.text("other"));
        assert_eq!(text.rsplit('=').next().unwrap().len(), 64);
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_mostly_noticed(ruc in 10_000_000..99_999_999_u32, number in 1..9_999_999_u32, security in 0..999_999_999_u32) {
            let cdc = Document { ruc, number, security, ..document() }.cdc().unwrap();
            prop_assert_eq!(cdc.len(), 44);
            let (digits, check) = cdc.split_at(43);
            prop_assert_eq!(check_digit(digits).unwrap().to_string(), check);
        }
    }
}

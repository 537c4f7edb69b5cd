//! What a tax office asks of a number, whoever buys and whatever is charged.

use chrono::NaiveDate;

use super::el_salvador::ControlNumber;
use super::issuer::Issuer;
use super::keys::FiscalKeys;
use super::{honduras, paraguay};
use crate::domain::billing::document::DocumentKind;
use crate::domain::billing::series::Given;
use crate::domain::country::Country;
use crate::error::Invalid;

/// Whether a number can be on a document of its kind. All numbers of a series are alike in this, so it is asked of the next one
/// before any is taken: one that no document can have is declared unused.
#[derive(Debug, Clone, Copy)]
pub struct Usable<'a> {
    /// Where.
    pub country: &'a Country,
    /// Who issues the document.
    pub issuer: &'a Issuer,
    /// What codes are made with.
    pub keys: &'a FiscalKeys,
    /// The number.
    pub given: &'a Given,
    /// The day of issue.
    pub day: NaiveDate,
}

impl Usable<'_> {
    /// Whether the office takes documents with the number.
    ///
    /// # Errors
    /// An authorisation that the series lacks, a number of another form, a key that is missing.
    pub fn check(&self) -> Result<(), Invalid> {
        match self.country.code {
            "co" => {
                self.keys.colombian(self.given.kind, &self.given.series)?;
                let is_authorized = self.given.kind != DocumentKind::Invoice || !self.authorization().is_empty();
                is_authorized
                    .then_some(())
                    .ok_or(const { Invalid::new("authorization: the series must have its resolution") })
            }
            "sv" => self.control_number().map(drop),
            "hn" => self.honduran().map(drop),
            "bo" => {
                self.keys.control_code(self.day)?;
                self.issuer.place()?;
                self.correlative().map(drop)
            }
            "py" => {
                let timbrado = self.authorization();
                let is_timbrado = timbrado.len() == 8 && timbrado.bytes().all(|byte| byte.is_ascii_digit());
                is_timbrado
                    .then_some(())
                    .ok_or(const { Invalid::new("authorization: the series must have its timbrado, eight digits") })?;
                paraguay::number(self.given.number.as_str()).map(drop)
            }
            // The certifier gives everything.
            _ => Ok(()),
        }
    }

    /// El Salvador: the number there.
    ///
    /// # Errors
    /// A place of another form, a number that is too long.
    pub fn control_number(&self) -> Result<ControlNumber, Invalid> {
        let place = format!("{}{}", self.issuer.establishment, self.issuer.point);
        ControlNumber::of(self.given.kind, &place, self.correlative()?)
    }

    /// Honduras: the number, of the document's kind and the issuer's place.
    ///
    /// # Errors
    /// Any other number; a series without its CAI.
    pub fn honduran(&self) -> Result<honduras::Number, Invalid> {
        let number: honduras::Number = self.given.number.as_str().parse()?;
        let kind = if self.given.kind == DocumentKind::Invoice { 1 } else { 6 };
        if number.kind != kind || (number.establishment, number.point) != self.issuer.place()? {
            return Err(const {
                Invalid::new("the series' numbers have another kind, establishment or point than the document")
            });
        }
        let has_cai = honduras::is_cai(self.authorization());
        has_cai.then_some(number).ok_or(const { Invalid::new("authorization: the series must have its CAI") })
    }

    /// The digits that the number ends with; a prefix never ends in one.
    ///
    /// # Errors
    /// A number without any.
    pub fn correlative(&self) -> Result<u64, Invalid> {
        let number = self.given.number.as_str();
        let digits = number.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
        number[digits..].parse().map_err(|_| Invalid::new("a number must end with digits"))
    }

    fn authorization(&self) -> &str {
        self.given.authorization.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::issuer::tests::issuer;
    use super::*;

    /// Why a number cannot be on a document of 1 March, if so.
    fn refused(code: &str, kind: DocumentKind, number: &str, authorization: &str, keys: &str) -> Option<String> {
        let country = Country::by_code(code).unwrap();
        let authorization = Some(authorization.to_owned()).filter(|text| !text.is_empty());
        let (number, series) = (number.parse().unwrap(), "FE".parse().unwrap());
        let given = Given { number, kind, series, authorization };
        let (issuer, keys) = (issuer(country), FiscalKeys::parse(keys).unwrap());
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        Usable { country, issuer: &issuer, keys: &keys, given: &given, day }
            .check()
            .err()
            .map(|invalid| invalid.to_string())
    }

    #[test]
    fn a_number_needs_what_its_office_asks_for() {
        use DocumentKind::{CreditNote, Invoice};
        let key = format!(r#"{{"technical_keys":{{"FE":"{}"}},"pin":"12345"}}"#, "ab".repeat(20));
        let code = r#"{"control_codes":{"2026-03-01":"A19E23EF34124CD"}}"#;
        let yesterday = r#"{"control_codes":{"2026-02-28":"A19E23EF34124CD"}}"#;
        let cai = "A1B2C3-D4E5F6-A1B2C3-D4E5F6-A1B2C3-D4";
        for (country, kind, number, authorization, keys) in [
            ("co", Invoice, "FE-1", "1876", &*key),
            ("co", CreditNote, "NC-1", "", &key),
            ("sv", Invoice, "F-1", "", "{}"),
            ("hn", Invoice, "000-001-01-00000001", cai, "{}"),
            ("bo", Invoice, "F-1", "", code),
            ("py", Invoice, "001-001-0000001", "12345678", "{}"),
            ("gt", Invoice, "F-1", "", "{}"),
        ] {
            assert_eq!(refused(country, kind, number, authorization, keys), None, "{country} {number}");
        }
        for (country, kind, number, authorization, keys, why) in [
            ("co", Invoice, "FE-1", "1876", "{}", "the series has no technical key"),
            ("co", Invoice, "FE-1", "1876", r#"{"technical_keys":{"FE":"x"}}"#, "must be a technical key"),
            ("co", Invoice, "FE-1", "", &*key, "its resolution"),
            ("co", CreditNote, "NC-1", "", "{}", "there is no PIN"),
            ("hn", Invoice, "000-001-06-00000001", cai, "{}", "another kind, establishment or point"),
            ("hn", Invoice, "000-001-01-00000001", "1876", "{}", "its CAI"),
            ("bo", Invoice, "F-1", "", yesterday, "no control code of the day"),
            ("py", Invoice, "001-001-0000001", "1234567", "{}", "its timbrado"),
            ("py", Invoice, "FE-1", "12345678", "{}", "001-001-0000001"),
        ] {
            let found = refused(country, kind, number, authorization, keys);
            assert!(found.as_ref().is_some_and(|found| found.contains(why)), "{country} {number}: {found:?}");
        }
    }
}

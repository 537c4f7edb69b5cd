//! What a tax office knows a bill by: its number and code there, and the text of its QR code.

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::bolivia::Invoice;
use super::colombia::{self, Secret};
use super::el_salvador::{self, ControlNumber};
use super::issuer::{Environment, Issuer};
use super::keys::FiscalKeys;
use super::{guatemala, honduras, paraguay};
use crate::domain::billing::document::{Document, DocumentKind};
use crate::domain::billing::series::Given;
use crate::domain::country::Country;
use crate::domain::customer::Customer;
use crate::domain::identity::Identity;
use crate::domain::nit;
use crate::error::Invalid;

/// What a tax office knows a bill by. Made once, when the bill is issued, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// The version of the catalogue that says who issued it.
    pub catalogue: u32,
    /// The number there.
    pub number: String,
    /// The code: CUFE, CUDE, código de generación, CUF, CDC; none where the office or its certifier gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The text of the QR code; none where there is none, or where it follows from a signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<String>,
}

/// A document on its way to a number there.
#[derive(Debug, Clone, Copy)]
pub struct Declaration<'a> {
    /// Where.
    pub country: &'a Country,
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// The version of the catalogue that says so.
    pub catalogue: u32,
    /// What codes are made with.
    pub keys: &'a FiscalKeys,
    /// Who pays.
    pub customer: &'a Customer,
    /// What is charged.
    pub document: &'a Document,
    /// Its number here.
    pub given: &'a Given,
    /// The time of issue.
    pub at: DateTime<Utc>,
}

/// Whether a bill is an invoice only when the tax office, or its certifier, has said yes.
pub fn needs_authority(country: &Country) -> bool {
    country.code != "hn"
}

/// Whether codes of the country are made with keys.
pub fn needs_keys(country: &Country) -> bool {
    matches!(country.code, "co" | "bo")
}

impl Declaration<'_> {
    /// What the office will know the document by.
    ///
    /// # Errors
    /// What the office would refuse: a tax number, a place, a number of another form, a key that is missing.
    pub fn declared(&self) -> Result<Declared, Invalid> {
        self.issuer.check(self.country)?;
        let buyer = Buyer::of(self.customer, self.country)?;
        let given = self.given.number.as_str();
        let declared =
            |number: String, code: Option<String>, qr| Declared { catalogue: self.catalogue, number, code, qr };
        Ok(match self.country.code {
            "co" => {
                let (number, code, qr) = self.colombia(&buyer)?;
                declared(number, Some(code), Some(qr))
            }
            "sv" => {
                let place = format!("{}{}", self.issuer.establishment, self.issuer.point);
                let number = ControlNumber::of(self.document.kind, &place, self.correlative()?)?;
                let code = el_salvador::generation_code(self.random());
                let environment = if self.is_test() { "00" } else { "01" };
                let qr = el_salvador::qr(&self.issuer.search, environment, &code, self.local_time().date_naive());
                declared(number.to_string(), Some(code), Some(qr))
            }
            "hn" => {
                let number: honduras::Number = given.parse()?;
                let cai = self.given.authorization.as_deref().unwrap_or_default();
                if !honduras::is_cai(cai) {
                    return Err(Invalid::new("authorization: the series must have its CAI"));
                }
                declared(number.to_string(), None, None)
            }
            "bo" => {
                let (number, code) = (self.correlative()?, self.cuf()?);
                let Issuer { search, .. } = self.issuer;
                let qr = format!("{search}?nit={}&cuf={code}&numero={number}&t=2", self.issuer.bare_number());
                declared(number.to_string(), Some(code), Some(qr))
            }
            "py" => declared(given.to_owned(), Some(self.cdc()?), None),
            // The certifier gives everything.
            _ => declared(given.to_owned(), None, None),
        })
    }

    fn colombia(&self, buyer: &Buyer) -> Result<(String, String, String), Invalid> {
        let number: String = self.given.number.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        let tax = |name: &str| {
            self.document.taxes.iter().filter(|tax| tax.name == name).map(|tax| tax.amount.saturating_abs()).sum()
        };
        let document = colombia::Document {
            number: &number,
            at: self.local_time(),
            net: self.document.net.saturating_abs(),
            iva: tax("IVA"),
            inc: tax("INC"),
            ica: tax("ICA"),
            total: self.document.total.saturating_abs(),
            issuer: &self.issuer.bare_number(),
            buyer: &buyer.number,
            environment: if self.is_test() { colombia::Environment::Test } else { colombia::Environment::Production },
        };
        let secret = match self.document.kind {
            DocumentKind::Invoice => {
                let key = self.keys.technical_keys.get(&self.given.series);
                Secret::technical_key(key.ok_or(const { Invalid::new("the series has no technical key") })?)?
            }
            DocumentKind::CreditNote => {
                let pin = self.keys.pin.as_deref();
                Secret::pin(pin.ok_or(const { Invalid::new("there is no PIN of the software") })?)?
            }
        };
        let code = document.code(&secret);
        let qr = document.qr(&code, &self.issuer.search);
        Ok((number, code, qr))
    }

    fn cuf(&self) -> Result<String, Invalid> {
        let at = self.local_time();
        let control = self.keys.control_codes.get(&at.date_naive());
        let control = control.ok_or(const { Invalid::new("there is no control code of the day") })?;
        let (branch, point) = self.issuer.place()?;
        let kind = match self.document.kind {
            DocumentKind::Invoice => 1,
            DocumentKind::CreditNote => 3,
        };
        let nit = self.issuer.bare_number().parse().map_err(|_| Invalid::new("tax_number: must be a number"))?;
        // Telecommunications; a note has a sector of its own.
        let sector = if kind == 1 { 22 } else { 24 };
        let number = self.correlative()?;
        Invoice { nit, at, branch, modality: 1, emission: 1, kind, sector, number, point, control }.cuf()
    }

    fn cdc(&self) -> Result<String, Invalid> {
        let too_large = |_| Invalid::new("a part of the code has too many digits");
        let (establishment, point) = self.issuer.place()?;
        let security = u32::from_be_bytes(self.random()[..4].try_into().unwrap_or_default()) % 1_000_000_000;
        let document = paraguay::Document {
            kind: if self.document.kind == DocumentKind::Invoice { 1 } else { 5 },
            ruc: self.issuer.bare_number().parse().map_err(too_large)?,
            establishment,
            point,
            number: u32::try_from(self.correlative()?).map_err(|_| Invalid::new("a number has seven digits"))?,
            taxpayer: 2,
            day: self.local_time().date_naive(),
            emission: 1,
            security,
        };
        document.cdc()
    }

    /// The digits that the number ends with; a prefix never ends in one.
    fn correlative(&self) -> Result<u64, Invalid> {
        let number = self.given.number.as_str();
        let digits = number.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
        number[digits..].parse().map_err(|_| Invalid::new("a number must end with digits"))
    }

    /// What an office wants to be random. It follows from the document, so one that is made again has the same.
    fn random(&self) -> [u8; 16] {
        let Self { given, document, at, customer, .. } = self;
        let text = format!("{} {} {} {}", given.number, at.timestamp_millis(), document.total, customer.code);
        let digest = Sha256::digest(text.as_bytes());
        std::array::from_fn(|at| digest[at])
    }

    fn local_time(&self) -> DateTime<FixedOffset> {
        self.at.with_timezone(&self.country.zone())
    }

    fn is_test(&self) -> bool {
        self.issuer.environment == Environment::Test
    }
}

/// Who pays, as the office knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// The document's kind; none for somebody without one.
    pub identity: Option<Identity>,
    /// The number as codes have it.
    pub number: String,
}

impl Buyer {
    /// A customer's tax number, else a person's document.
    ///
    /// # Errors
    /// A tax number whose check digit is wrong.
    pub fn of(customer: &Customer, country: &Country) -> Result<Self, Invalid> {
        let kinds: &[&str] = match country.code {
            "co" => &["NIT", "CC", "CE", "TI", "PA"],
            "sv" => &["NIT", "NRC", "DUI", "PA"],
            "gt" => &["NIT", "DPI", "CUI", "PA"],
            "hn" => &["RTN", "DNI", "ID", "PA"],
            "bo" => &["NIT", "CI", "PA"],
            _ => &["RUC", "CI", "PA"],
        };
        let own = |kind: &&str| customer.identities.iter().find(|own| own.kind.eq_ignore_ascii_case(kind));
        let Some(identity) = kinds.iter().find_map(own) else {
            return Ok(Self { identity: None, number: colombia::NO_BUYER.to_owned() });
        };
        let written = identity.number.trim();
        let wrong = Invalid::new("the customer's tax number has a wrong check digit");
        let dashed = written.rsplit_once('-');
        let number = match (country.code, &*identity.kind.to_uppercase(), dashed) {
            ("co", "NIT", Some((number, check))) => {
                let number: String = number.chars().filter(char::is_ascii_digit).collect();
                if nit::check_digit(&number) != check.parse().ok() {
                    return Err(wrong);
                }
                number
            }
            ("co", "NIT", None) => (*nit::readings(written, country).last().unwrap_or(&written)).to_owned(),
            ("py", "RUC", Some((number, check))) if paraguay::check_digit(number) != check.parse().ok() => {
                return Err(wrong);
            }
            ("gt", "NIT", _) if !guatemala::is_nit(written) => return Err(wrong),
            _ => written.to_owned(),
        };
        Ok(Self { identity: Some(identity.clone()), number })
    }
}

#[cfg(test)]
mod tests;

//! What a tax office knows a bill by: its number and code there, and the text of its QR code.

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

use super::bolivia::Invoice;
use super::colombia;
use super::el_salvador;
use super::issuer::{Environment, Issuer};
use super::keys::FiscalKeys;
use super::usable::Usable;
use super::{guatemala, honduras, paraguay};
use crate::domain::billing::document::{Document, DocumentKind};
use crate::domain::billing::series::Given;
use crate::domain::country::Country;
use crate::domain::customer::Customer;
use crate::domain::identity::Identity;
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
    /// The buyer's number there.
    pub buyer: String,
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
    /// What nobody can guess: offices take codes made of it for a sign that somebody has the document.
    pub random: [u8; 16],
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
        let usable = self.usable();
        usable.check()?;
        let given = self.given.number.as_str();
        let declared = |number: String, code: Option<String>| Declared {
            catalogue: self.catalogue,
            number,
            code,
            buyer: buyer.number.clone(),
        };
        Ok(match self.country.code {
            "co" => {
                let number: String = given.chars().filter(char::is_ascii_alphanumeric).collect();
                let code = self.colombian_code(&number, &buyer)?;
                declared(number, Some(code))
            }
            "sv" => {
                let number = usable.control_number()?.to_string();
                declared(number, Some(el_salvador::generation_code(self.random)))
            }
            "hn" => declared(usable.honduran()?.to_string(), None),
            "bo" => declared(usable.correlative()?.to_string(), Some(self.cuf()?)),
            "py" => declared(given.to_owned(), Some(self.cdc()?)),
            // The certifier gives everything.
            _ => declared(given.to_owned(), None),
        })
    }

    fn usable(&self) -> Usable<'_> {
        let Self { country, issuer, keys, given, .. } = *self;
        Usable { country, issuer, keys, given, day: self.local_time().date_naive() }
    }

    fn colombian_code(&self, number: &str, buyer: &Buyer) -> Result<String, Invalid> {
        let secret = self.keys.colombian(self.document.kind, &self.given.series)?;
        colombian(self.issuer, self.document, number, &buyer.number, self.local_time(), |document| {
            document.code(&secret)
        })
    }

    fn cuf(&self) -> Result<String, Invalid> {
        let at = self.local_time();
        let control = self.keys.control_code(at.date_naive())?;
        let (branch, point) = self.issuer.place()?;
        let kind = match self.document.kind {
            DocumentKind::Invoice => 1,
            DocumentKind::CreditNote => 3,
        };
        let nit = self.issuer.bare_number().parse().map_err(|_| Invalid::new("tax_number: must be a number"))?;
        // Telecommunications; a note has a sector of its own.
        let sector = if kind == 1 { 22 } else { 24 };
        let number = self.usable().correlative()?;
        Invoice { nit, at, branch, modality: 1, emission: 1, kind, sector, number, point, control }.cuf()
    }

    fn cdc(&self) -> Result<String, Invalid> {
        let too_large = |_| Invalid::new("a part of the code has too many digits");
        let (establishment, point, number) = paraguay::number(self.given.number.as_str())?;
        let security = u32::from_be_bytes(self.random[..4].try_into().unwrap_or_default()) % 1_000_000_000;
        let document = paraguay::Document {
            kind: if self.document.kind == DocumentKind::Invoice { 1 } else { 5 },
            ruc: self.issuer.bare_number().parse().map_err(too_large)?,
            establishment,
            point,
            number,
            taxpayer: 2,
            day: self.local_time().date_naive(),
            emission: 1,
            security,
        };
        document.cdc()
    }

    fn local_time(&self) -> DateTime<FixedOffset> {
        self.at.with_timezone(&self.country.zone())
    }
}

impl Declared {
    /// The text of the QR code; none where there is none, or where it follows from a signature.
    pub fn qr(&self, country: &Country, issuer: &Issuer, document: &Document, at: DateTime<Utc>) -> Option<String> {
        let at = at.with_timezone(&country.zone());
        let Self { number, code, buyer, .. } = self;
        let (code, search) = (code.as_deref()?, &issuer.search);
        Some(match country.code {
            "co" => colombian(issuer, document, number, buyer, at, |document| document.qr(code, search)).ok()?,
            "sv" => {
                let environment = if issuer.environment == Environment::Test { "00" } else { "01" };
                el_salvador::qr(search, environment, code, at.date_naive())
            }
            "bo" => format!("{search}?nit={}&cuf={code}&numero={number}&t=2", issuer.bare_number()),
            _ => return None,
        })
    }
}

/// A document as Colombia's office has it, to be used once. A note's amounts are above zero there.
///
/// # Errors
/// Taxes of the other sign, or that the code has no place for.
fn colombian<T>(
    issuer: &Issuer,
    document: &Document,
    number: &str,
    buyer: &str,
    at: DateTime<FixedOffset>,
    used: impl FnOnce(&colombia::Document<'_>) -> T,
) -> Result<T, Invalid> {
    let sign = if document.kind == DocumentKind::CreditNote { -1 } else { 1 };
    let tax = |name: &str| -> i64 {
        document.taxes.iter().filter(|tax| tax.name == name).map(|tax| tax.amount.saturating_mul(sign)).sum()
    };
    let [iva, inc, ica] = ["IVA", "INC", "ICA"].map(tax);
    let [net, total] = [document.net, document.total].map(|amount| amount.saturating_mul(sign));
    if [net, iva, inc, ica].iter().any(|amount| *amount < 0) {
        return Err(Invalid::new("a tax is below zero where the document is above"));
    }
    if net.saturating_add(iva).saturating_add(inc).saturating_add(ica) != total {
        return Err(Invalid::new("the taxes must be IVA, INC and ICA, and add up to the total"));
    }
    let issuer_number = issuer.bare_number();
    let environment = match issuer.environment {
        Environment::Production => colombia::Environment::Production,
        Environment::Test => colombia::Environment::Test,
    };
    let issuer = &*issuer_number;
    let code_name = if document.kind == DocumentKind::Invoice { "CUFE" } else { "CUDE" };
    Ok(used(&colombia::Document { number, at, net, iva, inc, ica, total, issuer, buyer, environment, code_name }))
}

const WRONG: Invalid = Invalid::new("the customer's tax number has a wrong check digit");

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
        let own = |kind: &&str| customer.identities.iter().find(|own| own.kind.eq_ignore_ascii_case(kind));
        let Some(identity) = country.documents.iter().find_map(own) else {
            return Ok(Self { identity: None, number: nobody(country).to_owned() });
        };
        identity.check(country).map_err(|_| WRONG)?;
        let written = identity.written().trim();
        let number = match (country.code, &*identity.kind.to_uppercase()) {
            ("co", "NIT") => identity.canonical(country).number,
            ("co", "CC" | "CE" | "TI") => written.chars().filter(char::is_ascii_digit).collect(),
            ("gt", "NIT") if !guatemala::is_nit(written) => return Err(WRONG),
            ("hn", "RTN") if !honduras::is_rtn(written) => {
                return Err(const { Invalid::new("the customer's RTN must have fourteen digits") });
            }
            _ => written.to_owned(),
        };
        if number.is_empty() {
            return Err(const { Invalid::new("the customer's document has no number") });
        }
        Ok(Self { identity: Some(identity.clone()), number })
    }
}

/// What stands for the number of a buyer who has none; nothing where the field is left out then.
fn nobody(country: &Country) -> &'static str {
    match country.code {
        "co" => colombia::NO_BUYER,
        "gt" => "CF",
        _ => "",
    }
}

#[cfg(test)]
mod tests;

//! The operator as it stands on its bills.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{guatemala, honduras, paraguay};
use crate::domain::billing::dated::Dated;
use crate::domain::country::Country;
use crate::domain::nit;
use crate::error::Invalid;

/// The operator as it stands on its bills from a day on, with what the tax office has assigned to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The first day.
    pub from: NaiveDate,
    /// The registered name.
    pub name: String,
    /// The tax number (NIT, RTN, RUC) as people write it, with its check digit.
    pub tax_number: String,
    /// Address lines.
    pub address: Vec<String>,
    /// How customers reach it: a line each.
    #[serde(default)]
    pub contact: Vec<String>,
    /// How to pay: a line each.
    #[serde(default)]
    pub payment: Vec<String>,
    /// What the law wants said on each bill, such as the tax regime: a paragraph each.
    #[serde(default)]
    pub legends: Vec<String>,
    /// What it wants said on a credit note in their place; when absent, those of the legends that speak of no invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_note_legends: Option<Vec<String>>,
    /// The establishment or branch: digits; letters, too, in El Salvador.
    #[serde(default = "first")]
    pub establishment: String,
    /// The point of sale or issue, likewise.
    #[serde(default = "first")]
    pub point: String,
    /// Where the tax office takes bills for.
    pub environment: Environment,
    /// The address of the tax office's page on which anybody looks a bill up; in Colombia the code is put behind it.
    #[serde(default)]
    pub search: String,
}

fn first() -> String {
    "001".to_owned()
}

/// Where the tax office takes bills for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real ones.
    Production,
    /// Tests.
    Test,
}

impl Dated for Issuer {
    fn begins(&self) -> NaiveDate {
        self.from
    }
}

impl Issuer {
    /// Whether the country's tax office would take it.
    ///
    /// # Errors
    /// Names the field that it would not.
    pub fn check(&self, country: &Country) -> Result<(), Invalid> {
        let wrong = |text: &'static str| Err(Invalid::new(text));
        if self.name.trim().is_empty() {
            return wrong("name: must be given");
        }
        if !is_tax_number(&self.tax_number, country) {
            return wrong("tax_number: must be a tax number of the country with its check digit");
        }
        let place = format!("{}{}", self.establishment, self.point);
        let is_place = |letter: char| letter.is_ascii_digit() || country.code == "sv" && letter.is_ascii_uppercase();
        let length = if country.code == "sv" { 8 } else { 6 };
        if place.len() > length
            || !place.chars().all(is_place)
            || self.establishment.is_empty()
            || self.point.is_empty()
        {
            return wrong(
                "establishment, point: must be up to three digits each; in El Salvador eight capitals or digits",
            );
        }
        if country.code == "sv" && place.len() != 8 {
            return wrong("establishment, point: must be eight capital letters or digits together");
        }
        let has_qr = matches!(country.code, "co" | "sv" | "bo");
        if (has_qr || !self.search.is_empty()) && !self.search.starts_with("https://") {
            return wrong("search: must be an https address, which the QR code leads to");
        }
        Ok(())
    }

    /// What the law wants said on an invoice, or on a credit note.
    pub fn legends_of(&self, is_note: bool) -> impl Iterator<Item = &str> {
        let own = self.credit_note_legends.as_deref().filter(|_| is_note);
        let fits = move |text: &&str| own.is_some() || !is_note || !text.to_lowercase().contains("factura");
        own.unwrap_or(&self.legends).iter().map(String::as_str).filter(fits)
    }

    /// The tax number's digits without the check digit, as codes have it.
    pub fn bare_number(&self) -> String {
        bare(&self.tax_number)
    }

    /// Establishment and point as numbers.
    pub(super) fn place(&self) -> Result<(u16, u16), Invalid> {
        let number =
            |text: &str| text.parse().map_err(|_| Invalid::new("the issuer's establishment and point must be digits"));
        Ok((number(&self.establishment)?, number(&self.point)?))
    }
}

/// What stands before the dash, if there is one: digits alone.
fn bare(written: &str) -> String {
    let number = written.rsplit_once('-').map_or(written, |(number, _)| number);
    number.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a text is a tax number as the country's companies have it.
fn is_tax_number(written: &str, country: &Country) -> bool {
    let plain: String = written.chars().filter(|letter| !matches!(letter, '.' | ' ')).collect();
    let checked = |digit: fn(&str) -> Option<u32>| {
        plain
            .rsplit_once('-')
            .is_some_and(|(number, check)| digit(number).is_some() && check.parse().ok() == digit(number))
    };
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    let dashed = plain.chars().all(|letter| letter == '-' || letter.is_ascii_digit());
    match country.code {
        "co" => checked(nit::check_digit),
        "gt" => plain != "CF" && guatemala::is_nit(&plain),
        "hn" => honduras::is_rtn(&plain),
        "py" => checked(paraguay::check_digit),
        "sv" => dashed && digits == 14,
        _ => dashed && (5..=13).contains(&digits),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn issuer(country: &Country) -> Issuer {
        let (tax_number, establishment, point) = match country.code {
            "co" => ("900.123.456-8", "001", "001"),
            "sv" => ("0614-010101-101-3", "M001", "P001"),
            "gt" => ("12345-5", "001", "001"),
            "hn" => ("08011985123960", "000", "001"),
            "bo" => ("123456789", "0", "0"),
            _ => ("80069563-1", "001", "001"),
        };
        Issuer {
            from: "2020-01-01".parse().unwrap(),
            name: "Telefonía de Prueba".to_owned(),
            tax_number: tax_number.to_owned(),
            address: vec!["Avenida Central 1".to_owned()],
            contact: Vec::new(),
            payment: Vec::new(),
            legends: Vec::new(),
            credit_note_legends: None,
            establishment: establishment.to_owned(),
            point: point.to_owned(),
            environment: Environment::Test,
            search: "https://example.com/consulta".to_owned(),
        }
    }

    #[test]
    fn an_issuer_has_the_tax_number_of_its_country() {
        for country in Country::ALL {
            let good = issuer(country);
            assert_eq!(good.check(country), Ok(()), "{}", country.code);
            for wrong in ["", "x", "1", "12.34"] {
                let wrong = Issuer { tax_number: wrong.to_owned(), ..good.clone() };
                assert!(wrong.check(country).is_err(), "{} {}", country.code, wrong.tax_number);
            }
        }
        let colombia = Country::by_code("co").unwrap();
        let digit = Issuer { tax_number: "900123456-7".to_owned(), ..issuer(colombia) };
        assert!(digit.check(colombia).unwrap_err().to_string().starts_with("tax_number"));
        assert_eq!(issuer(colombia).bare_number(), "900123456");
    }

    #[test]
    fn a_credit_note_does_not_say_that_it_is_an_invoice() {
        let (invoice, regime, note) =
            ("Esta factura contribuye al desarrollo.", "Régimen general.", "Esta nota ajusta.");
        let bolivia = issuer(Country::by_code("bo").unwrap());
        let said = |issuer: &Issuer, is_note| issuer.legends_of(is_note).map(str::to_owned).collect::<Vec<_>>();
        let issuer = Issuer { legends: vec![invoice.to_owned(), regime.to_owned()], ..bolivia };
        assert_eq!(said(&issuer, false), [invoice, regime]);
        assert_eq!(said(&issuer, true), [regime]);
        let issuer = Issuer { credit_note_legends: Some(vec![note.to_owned()]), ..issuer };
        assert_eq!(said(&issuer, false), [invoice, regime]);
        assert_eq!(said(&issuer, true), [note]);
    }

    #[test]
    fn what_the_office_has_assigned_is_checked() {
        let country = Country::by_code("sv").unwrap();
        let good = issuer(country);
        for (establishment, point) in [("", "P001"), ("M001", "P1"), ("m001", "P001")] {
            let wrong = Issuer { establishment: establishment.to_owned(), point: point.to_owned(), ..good.clone() };
            assert!(wrong.check(country).is_err(), "{establishment} {point}");
        }
        assert!(Issuer { search: "http://example.com".to_owned(), ..good.clone() }.check(country).is_err());
        assert!(Issuer { name: " ".to_owned(), ..good }.check(country).is_err());
    }
}

//! What the tax office wants on a bill.

use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::series::Series;
use shared::domain::fiscal::authority::{Authorisation, FiscalState};
use shared::domain::fiscal::declared::Declared;
use shared::domain::fiscal::{guatemala, paraguay, words as in_words};

use super::{View, fact, format, words};
use crate::pdf::sheet::{Fact, Fiscal, Qr};

impl View<'_> {
    pub(super) fn fiscal(&self) -> Option<Fiscal> {
        let declared = self.declared?;
        let country = self.printed.country;
        let given = self.printed.fiscal.and_then(|state: &FiscalState| state.authorisation.as_ref());
        let at = self.printed.issued.at.with_timezone(&country.zone());
        let mut facts = self.numbers(declared, given);
        facts.push(fact("Fecha y hora de emisión", format::time(at)));
        if country.code == "hn" {
            let total = shared::domain::money::Money { minor: self.document.total, ..self.bill.amount };
            facts.push(fact("Total en letras", in_words::amount(total)));
        }
        let side = match country.code {
            "bo" => 30.0,
            "py" => 25.0,
            _ => 22.0,
        };
        let own = || declared.qr(country, self.issuer?, self.document, self.printed.issued.at);
        let qr = given.and_then(|given| given.qr.clone()).or_else(own);
        let [office, _] = words::office(country);
        let alt = format!("Código QR para consultar el documento {} en {office}", declared.number);
        Some(Fiscal {
            heading: "Información fiscal".to_owned(),
            facts,
            legends: self.legends(),
            qr: qr.map(|payload| Qr { payload, alt, min_side_mm: side }),
        })
    }

    fn numbers(&self, declared: &Declared, given: Option<&Authorisation>) -> Vec<Fact> {
        let Declared { number, code, .. } = declared;
        let code = |label: &str| code.clone().map(|code| fact(label, code));
        let seal = |label: &str| given.map(|given| fact(label, given.seal.clone()));
        let by = given.and_then(|given| given.by.clone()).map(|by| fact("Certificador", by));
        let mut facts = Vec::new();
        match self.printed.country.code {
            "co" => {
                facts.push(fact("Número", number.clone()));
                facts.extend(code(if self.is_note { "CUDE" } else { "CUFE" }));
                facts.extend(self.authorisation("Resolución"));
                if !self.is_note {
                    facts.push(fact("Forma de pago", "Crédito, medios electrónicos o efectivo"));
                }
            }
            "sv" => {
                facts.extend(code("Código de generación"));
                facts.push(fact("Número de control", number.clone()));
                facts.extend(seal("Sello de recepción"));
            }
            "gt" => {
                if let Some((given, (series, number))) =
                    given.and_then(|given| Some((given, guatemala::series_and_number(&given.seal)?)))
                {
                    facts.push(fact("Autorización", given.seal.clone()));
                    facts.push(fact("Serie", series));
                    facts.push(fact("Número de DTE", number.to_string()));
                }
                facts.extend(by);
            }
            "hn" => {
                facts.push(fact("Número", number.clone()));
                facts.extend(self.authorisation("CAI"));
                facts.push(fact("Original", "Cliente. Copia: obligado tributario emisor"));
            }
            "bo" => {
                facts.push(fact("Número", number.clone()));
                facts.extend(code("CUF"));
            }
            _ => {
                facts.push(fact("Número", number.clone()));
                facts.extend(declared.code.as_deref().map(|cdc| fact("CDC", paraguay::in_groups(cdc))));
                facts.extend(self.authorisation("Timbrado"));
            }
        }
        facts
    }

    /// The authorisation of the number's series, with its range and its last day.
    fn authorisation(&self, label: &str) -> Vec<Fact> {
        let number = self.printed.issued.numbers.get(self.printed.at);
        let authorisation = number.and_then(|number| number.authorization.clone());
        let mut facts: Vec<Fact> = authorisation.map(|text| fact(label, text)).into_iter().collect();
        if let Some(series) = self.printed.series {
            let Series { first, last, from, until, .. } = series;
            if let (Ok(first), Ok(last)) = (series.number(*first), series.number(*last)) {
                facts.push(fact("Rango autorizado", format!("del {first} al {last}")));
            }
            let from = from.map(|day| format!("desde el {} ", format::short_day(day))).unwrap_or_default();
            facts.extend(until.map(|day| fact("Vigencia", format!("{from}hasta el {}", format::short_day(day)))));
        }
        facts
    }

    fn legends(&self) -> Vec<String> {
        let own = match self.printed.country.code {
            "co" => Some("Representación gráfica de un documento electrónico."),
            "py" => Some("Este documento es una representación gráfica de un documento electrónico (XML)."),
            "bo" => Some("Este documento es la representación gráfica de un documento fiscal digital."),
            _ => None,
        };
        let of_issuer = self
            .issuer
            .into_iter()
            .flat_map(|issuer| issuer.legends_of(self.document.kind == DocumentKind::CreditNote));
        own.into_iter().chain(of_issuer).map(str::to_owned).collect()
    }
}

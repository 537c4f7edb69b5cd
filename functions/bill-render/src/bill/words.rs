//! What a bill says, in the countries' language.

use shared::domain::billing::document::{DocumentKind, Section};
use shared::domain::country::Country;
use shared::domain::fiscal::authority::Standing;
use shared::domain::fiscal::issuer::Environment;

/// What the document is.
pub fn kind(kind: DocumentKind, country: &Country) -> &'static str {
    match (kind, country.code) {
        (DocumentKind::Invoice, "co") => "Factura electrónica de venta",
        (DocumentKind::Invoice, "py") => "Factura electrónica",
        (DocumentKind::Invoice, _) => "Factura",
        (DocumentKind::CreditNote, "co") => "Nota crédito electrónica",
        (DocumentKind::CreditNote, "py") => "Nota de crédito electrónica",
        (DocumentKind::CreditNote, _) => "Nota de crédito",
    }
}

/// A section of charges.
pub const fn section(section: Section) -> &'static str {
    match section {
        Section::Recurring => "Planes y servicios",
        Section::OneOff => "Compras",
        Section::Usage => "Consumo adicional",
        Section::Correction => "Ajustes de cobros anteriores",
        Section::Adjustment => "Créditos y débitos",
    }
}

/// The tax office, behind `por`, and behind `de` with its article.
pub fn office(country: &Country) -> [&'static str; 2] {
    match country.code {
        "co" => ["la DIAN", "de la DIAN"],
        "sv" => ["el Ministerio de Hacienda", "del Ministerio de Hacienda"],
        "gt" => ["la SAT", "de la SAT"],
        "hn" => ["el SAR", "del SAR"],
        "bo" => ["el SIN", "del SIN"],
        _ => ["la DNIT", "de la DNIT"],
    }
}

/// What nobody may overlook about how a document stands with the office; none when it is an invoice.
pub fn standing(
    standing: Option<Standing>,
    issuer: Option<Environment>,
    country: &Country,
    kind: DocumentKind,
) -> Option<String> {
    let [office, of_office] = office(country);
    let valid = match kind {
        DocumentKind::Invoice => "válido como factura",
        DocumentKind::CreditNote => "válido como nota de crédito",
    };
    let Some(environment) = issuer else {
        return Some(format!("Documento sin datos fiscales: no es {valid}."));
    };
    let said = match standing {
        None | Some(Standing::Authorised) => None,
        Some(Standing::Pending) => {
            Some(format!("Pendiente de la autorización {of_office}: este documento aún no es {valid}."))
        }
        Some(Standing::Rejected) => Some(format!("Este documento no fue autorizado por {office}: no es {valid}.")),
        Some(Standing::Contingency) => {
            Some(format!("Emitido en contingencia: será transmitido a {office} y aún no es {valid}."))
        }
    };
    let test = (environment == Environment::Test).then(|| "Documento de prueba, sin validez.".to_owned());
    let all: Vec<String> = test.into_iter().chain(said).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_may_be_of_the_bills_own_period() {
        assert_eq!(section(Section::Correction), "Ajustes de cobros anteriores");
    }
}

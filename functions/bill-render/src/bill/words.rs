//! What a bill says, in the countries' language.

use shared::domain::billing::document::{DocumentKind, Section};
use shared::domain::country::Country;
use shared::domain::fiscal::authority::Standing;

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
        Section::Correction => "Ajustes de períodos anteriores",
        Section::Adjustment => "Créditos y débitos",
    }
}

/// The tax office.
pub fn office(country: &Country) -> &'static str {
    match country.code {
        "co" => "la DIAN",
        "sv" => "el Ministerio de Hacienda",
        "gt" => "la SAT",
        "hn" => "el SAR",
        "bo" => "el SIN",
        _ => "la DNIT",
    }
}

/// What the tax office calls a taxpayer's number.
pub fn tax_number(country: &Country) -> &'static str {
    match country.code {
        "hn" => "RTN",
        "py" => "RUC",
        _ => "NIT",
    }
}

/// What nobody may overlook about how a document stands with the office; none when it is an invoice.
pub fn standing(standing: Option<Standing>, is_declared: bool, country: &Country) -> Option<String> {
    let office = office(country);
    Some(match standing {
        None if is_declared => return None,
        None => "Documento sin datos fiscales: no es válido como factura.".to_owned(),
        Some(Standing::Authorised) => return None,
        Some(Standing::Pending) => {
            format!("Pendiente de la autorización de {office}: este documento aún no es válido como factura.")
        }
        Some(Standing::Rejected) => {
            format!("Este documento no fue autorizado por {office}: no es válido como factura.")
        }
        Some(Standing::Contingency) => {
            format!("Emitido en contingencia: será transmitido a {office} y aún no es válido como factura.")
        }
    })
}

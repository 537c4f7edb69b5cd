//! Who issues the bills of the demo, the series of their numbers, and what their codes are made with. All of it is invented.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, Utc};
use serde_json::{Value, json};
use shared::domain::country::Country;

/// So many days the control codes of the demo last.
const DAYS: u64 = 800;
/// What the demo's Honduran office has authorised.
const CAI: &str = "A1B2C3-D4E5F6-A1B2C3-D4E5F6-A1B2C3-D4";

/// Numbers for the bills that runs make, in the country's form.
pub fn series(country: &Country) -> [Value; 2] {
    let series = |id: &str, kind: &str, prefix: &str, digits: u8| {
        let mut series = json!({
            "type": "series", "id": id, "kind": kind, "prefix": prefix, "digits": digits, "first": 1, "last": 999_999,
        });
        let authorization = match country.code {
            "co" => Some("18760000001"),
            "hn" => Some(CAI),
            "py" => Some("12345678"),
            _ => None,
        };
        if let Some(authorization) = authorization {
            series["authorization"] = json!(authorization);
            (series["from"], series["until"]) = (json!("2020-01-01"), json!("2035-12-31"));
        }
        series
    };
    match country.code {
        "hn" => [series("FE", "invoice", "000-001-01-", 8), series("NC", "credit-note", "000-001-06-", 8)],
        "py" => [series("FE", "invoice", "001-001-", 7), series("NC", "credit-note", "001-002-", 7)],
        _ => [series("FE", "invoice", "FE-", 6), series("NC", "credit-note", "NC-", 6)],
    }
}

/// Who issues the bills.
pub fn issuer(country: &Country) -> Value {
    let (name, tax_number, establishment, point, address) = match country.code {
        "co" => ("Andina Móvil S.A.S.", "900.555.777-0", "001", "001", ["Avenida El Dorado # 68B-31", "Bogotá D.C."]),
        "sv" => (
            "Cuscatlán Móvil, S.A. de C.V.",
            "0614-010190-101-1",
            "M001",
            "P001",
            ["Alameda Roosevelt 2015", "San Salvador"],
        ),
        "gt" => ("Quetzal Móvil, S.A.", "7654321-8", "001", "001", ["6a Avenida 10-50, zona 9", "Ciudad de Guatemala"]),
        "hn" => (
            "Copán Móvil, S.A. de C.V.",
            "08019000000017",
            "000",
            "001",
            ["Bulevar Morazán, Torre Norte", "Tegucigalpa"],
        ),
        "bo" => ("Illimani Móvil S.A.", "1020304050", "0", "0", ["Avenida Arce 2631", "La Paz"]),
        _ => ("Guaraní Móvil S.A.", "80012345-0", "001", "001", ["Avenida Mariscal López 3794", "Asunción"]),
    };
    let legends = match country.code {
        "co" => vec!["Somos grandes contribuyentes y agentes retenedores de IVA."],
        "gt" => vec!["Sujeto a pagos trimestrales ISR."],
        "bo" => vec![
            "Esta factura contribuye al desarrollo del país, el uso ilícito será sancionado penalmente de acuerdo a Ley.",
        ],
        _ => Vec::new(),
    };
    json!({
        "type": "issuer", "from": "2020-01-01", "name": name, "tax_number": tax_number, "address": address,
        "contact": ["Línea de atención: *611 desde su móvil", "www.example.com/ayuda"],
        "payment": ["En línea: www.example.com/pagos", "En bancos y puntos de recaudo, con la referencia de pago"],
        "legends": legends, "establishment": establishment, "point": point, "environment": "test",
        "search": if country.code == "co" { "https://consulta.example.com/documento?documentkey=" } else { "https://consulta.example.com/documento" },
    })
}

/// The secret of the demo's tax office: keys and codes that no office has given out.
pub fn keys(country: &Country, now: DateTime<Utc>) -> Value {
    match country.code {
        "co" => json!({ "technical_keys": { "FE": "0123456789abcdef0123456789abcdef01234567" }, "pin": "12345" }),
        "bo" => {
            let today = now.with_timezone(&country.zone()).date_naive();
            let begin = today.checked_sub_days(Days::new(DAYS)).unwrap_or(today);
            let days = begin.iter_days().take(2 * usize::try_from(DAYS).unwrap_or_default());
            let codes: BTreeMap<_, _> = days.map(|day| (day.to_string(), "A19E23EF34124CD")).collect();
            json!({ "control_codes": codes })
        }
        "py" => json!({ "csc": { "id": "0001", "code": "ABCD0000000000000000000000000000" } }),
        _ => json!({}),
    }
}

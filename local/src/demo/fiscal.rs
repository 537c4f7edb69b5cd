//! Who issues the bills of the demo, the series of their numbers, and what their codes are made with. All of it is invented.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, Utc};
use serde_json::{Value, json};
use shared::domain::country::Country;

use super::nation::{Keys, Nation};

/// So many days the control codes of the demo last.
const DAYS: u64 = 800;
/// Numbers for the bills that runs make, in the country's form.
pub fn series(country: &Country) -> [Value; 2] {
    let nation = Nation::of(country);
    let series = |id: &str, kind: &str, (prefix, digits): (&str, u8)| {
        let mut series = json!({
            "type": "series", "id": id, "kind": kind, "prefix": prefix, "digits": digits, "first": 1, "last": 999_999,
        });
        if let Some(authorization) = nation.authorization {
            series["authorization"] = json!(authorization);
            (series["from"], series["until"]) = (json!("2020-01-01"), json!("2035-12-31"));
        }
        series
    };
    let [invoices, notes] = nation.series;
    [series("FE", "invoice", invoices), series("NC", "credit-note", notes)]
}

/// Who issues the bills.
pub fn issuer(country: &Country) -> Value {
    let own = &Nation::of(country).issuer;
    json!({
        "type": "issuer", "from": "2020-01-01", "name": own.name, "tax_number": own.tax_number, "address": own.address,
        "contact": ["Línea de atención: *611 desde su móvil", "www.example.com/ayuda"],
        "payment": ["En línea: www.example.com/pagos", own.counters],
        "legends": own.legends, "establishment": own.establishment, "point": own.point, "environment": "test",
        "search": own.search,
    })
}

/// The secret of the demo's tax office: keys and codes that no office has given out.
pub fn keys(country: &Country, now: DateTime<Utc>) -> Value {
    match &Nation::of(country).keys {
        Keys::None => json!({}),
        Keys::OfRange { key, pin } => json!({ "technical_keys": { "FE": key }, "pin": pin }),
        Keys::OfDay(code) => {
            let today = now.with_timezone(&country.zone()).date_naive();
            let begin = today.checked_sub_days(Days::new(DAYS)).unwrap_or(today);
            let days = begin.iter_days().take(2 * usize::try_from(DAYS).unwrap_or_default());
            let codes: BTreeMap<_, _> = days.map(|day| (day.to_string(), code)).collect();
            json!({ "control_codes": codes })
        }
        Keys::OfQr { id, code } => json!({ "csc": { "id": id, "code": code } }),
    }
}

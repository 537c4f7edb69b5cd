//! What usage is counted as and what it costs in the demo data.

use serde_json::{Value, json};
use shared::domain::country::Country;

/// The first day of the demo's rates.
const FROM: &str = "2020-01-01";

/// Zones, increments and prices: domestic calls are included in the plans, calls abroad are not.
pub fn tariff(country: &Country, plans: &[Value]) -> Value {
    let dated = |value: Value| json!([with_first_day(value)]);
    let zone = |prefix: &str, zone: &str| json!({ "prefix": prefix, "from": FROM, "zone": zone });
    let rate = |classes: &str, tenths: i64, per: u64| json!({ "classes": classes, "prices": dated(json!({ "price": price(country, tenths), "per": per })) });
    let step = |classes: &str, minimum: u32, step: u32| json!({ "classes": classes, "steps": dated(json!({ "minimum": minimum, "step": step })) });
    let plan = |plan: &Value| {
        let kilobytes = plan["data_mb"].as_u64().unwrap_or_default() * 1_024;
        let monthly = decimal(plan["monthly"]["minor"].as_i64().unwrap_or_default(), country.currency.digits);
        let domestic = ["voice.onnet", "voice.offnet", "voice.group", "video"];
        let allowances = json!([
            { "id": "voz", "units": null, "classes": domestic },
            { "id": "mensajes", "units": 100, "classes": ["sms"] },
            { "id": "datos", "units": kilobytes, "classes": ["data.home"] },
        ]);
        let id = plan["id"].as_str().unwrap_or_default().to_owned();
        (id, json!({ "name": plan["name"], "monthly": dated(json!({ "price": monthly })), "allowances": allowances }))
    };
    json!({
        "type": "tariff",
        "version": 1,
        "rating": {
            "international": [zone("", "mundo"), zone("1", "norte"), zone("5", "andina"), zone("34", "europa")],
            "roaming": [zone("", "mundo"), zone("34", "europa")],
            "increments": [step("voice", 60, 60), step("video", 60, 60), step("voice.intl", 60, 1)],
        },
        "plans": plans.iter().map(plan).collect::<serde_json::Map<_, _>>(),
        "services": {},
        "rates": [
            rate("voice", 1, 60),
            rate("voice.intl", 8, 60),
            rate("voice.roam", 20, 60),
            rate("video", 2, 60),
            rate("sms", 1, 1),
            rate("sms.roam", 3, 1),
            rate("data.home", 1, 1_024),
            rate("data.roam", 50, 1_024),
        ],
    })
}

fn with_first_day(mut value: Value) -> Value {
    value["from"] = json!(FROM);
    value
}

/// So many tenths of what a small thing costs in the country.
fn price(country: &Country, tenths: i64) -> String {
    match country.currency.code {
        "COP" => (tenths * 100).to_string(),
        "PYG" => (tenths * 150).to_string(),
        _ => decimal(tenths * 3, 2),
    }
}

fn decimal(minor: i64, digits: u32) -> String {
    let unit = 10_i64.pow(digits);
    if digits == 0 {
        return minor.to_string();
    }
    format!("{}.{:0width$}", minor / unit, minor % unit, width = digits as usize)
}

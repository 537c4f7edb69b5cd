//! What usage is counted as and what it costs in the demo data.

use serde_json::{Value, json};
use shared::domain::country::Country;

use super::nation::Nation;

/// The first day of the demo's rates.
const FROM: &str = "2020-01-01";

/// A rate sheet: domestic calls are included in the plans, calls abroad are not.
pub fn sheet(country: &Country, plans: &[Value], services: &[Value]) -> Vec<Value> {
    let line = |kind: &str, mut line: Value| {
        (line["type"], line["from"]) = (json!(kind), json!(FROM));
        line
    };
    let price = |of: &Value| decimal(of["minor"].as_i64().unwrap_or_default(), country.currency.digits);
    let zone =
        |sheet: &str, prefix: &str, zone: &str| line("zone", json!({ "sheet": sheet, "prefix": prefix, "zone": zone }));
    let increment = |classes: &str, minimum: u32, step: u32| {
        line("increment", json!({ "classes": classes, "minimum": minimum, "step": step }))
    };
    let rate = |classes: &str, tenths: i64, per: u64| {
        line("rate", json!({ "classes": classes, "price": small(country, tenths), "per": per }))
    };
    let plan_price = |plan: &Value| {
        let price = price(&plan["monthly"]);
        line("plan_price", json!({ "plan": plan["id"], "name": plan["name"], "price": price, "charged": "advance" }))
    };
    let service_price = |service: &Value| {
        let (id, name, price) = (&service["partnum"], &service["description"], price(&service["price"]));
        line("service_price", json!({ "service": id, "name": name, "price": price }))
    };
    let [neighbours, theirs] = Nation::of(country).neighbours;
    let mut sheet: Vec<_> = plans.iter().map(plan_price).collect();
    sheet.extend(plans.iter().flat_map(allowances));
    sheet.extend(services.iter().map(service_price));
    sheet.extend([
        zone("international", "", "mundo"),
        zone("international", "1", "norte"),
        zone("international", neighbours, theirs),
        zone("international", "34", "europa"),
        zone("roaming", "", "mundo"),
        zone("roaming", "34", "europa"),
        increment("voice", 60, 60),
        increment("video", 60, 60),
        increment("voice.intl", 60, 1),
        rate("voice", 1, 60),
        rate("voice.intl", 8, 60),
        rate("voice.roam", 20, 60),
        rate("video", 2, 60),
        rate("sms", 1, 1),
        rate("sms.roam", 3, 1),
        rate("data.home", 1, 1_024),
        rate("data.roam", 50, 1_024),
    ]);
    sheet
}

fn allowances(plan: &Value) -> [Value; 3] {
    let kilobytes = plan["data_mb"].as_u64().unwrap_or_default() * 1_024;
    let domestic = json!(["voice.onnet", "voice.offnet", "voice.group", "video"]);
    let allowance = |id: &str, units: Value, classes: Value| json!({ "type": "allowance", "plan": plan["id"], "id": id, "units": units, "classes": classes });
    [
        allowance("voz", Value::Null, domestic),
        allowance("mensajes", json!(100), json!(["sms"])),
        allowance("datos", json!(kilobytes), json!(["data.home"])),
    ]
}

/// So many tenths of a price step, which is what small things cost.
fn small(country: &Country, tenths: i64) -> String {
    decimal(Nation::of(country).step * tenths / 10, country.currency.digits)
}

/// An amount as decimal text.
fn decimal(minor: i64, digits: u32) -> String {
    let unit = 10_i64.pow(digits);
    if digits == 0 {
        return minor.to_string();
    }
    format!("{}.{:0width$}", minor / unit, minor % unit, width = digits as usize)
}

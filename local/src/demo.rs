//! The demo data: an import file relative to the current day. All names and numbers are invented; `nation` has what differs
//! between countries.

mod accounts;
mod billing;
mod calls;
pub mod clients;
mod customers;
pub mod fiscal;
mod media;
mod nation;
mod tariff;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use shared::domain::country::Country;
use shared::domain::period::Hour;
use shared::error::Error;
use shared::files::ObjectKey;

use nation::Nation;

/// The line with a plan and a week of usage.
pub const LINE: &str = "3001234567";
/// The customers.
pub const CUSTOMERS: [&str; 2] = ["1001", "1002"];

/// Days of usage before today.
const DAYS: i64 = 8;
/// Apps with their usual megabytes per hour.
const APPS: &[(&str, u64)] = &[
    ("WhatsApp", 6),
    ("YouTube", 90),
    ("Facebook", 22),
    ("Instagram", 35),
    ("Spotify", 14),
    ("Netflix", 120),
    ("Mapas", 3),
];
/// Hours with usage, in UTC.
const BUSY: &[i64] = &[0, 1, 2, 12, 13, 17, 18, 22, 23];

/// The demo data of a country.
pub struct Demo {
    /// The import file.
    pub lines: String,
    /// The files that its records refer to.
    pub files: Vec<DemoFile>,
}

/// A file of the demo data.
pub struct DemoFile {
    /// Its key in the bucket.
    pub key: ObjectKey,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// The demo data of a country at a time.
///
/// # Errors
/// None, unless a record is malformed.
pub fn data(country: &Country, now: DateTime<Utc>) -> Result<Demo, Error> {
    let mut records = clients::records();
    let plans = plans(country);
    let services = accounts::services(country);
    records.extend(tariff::sheet(country, &plans, &services));
    records.extend(services);
    records.extend(plans);
    records.extend(offers(country, now));
    records.push(fiscal::issuer(country));
    records.extend(fiscal::series(country));
    records.extend(contracts(country, now));
    records.extend(subscribers(country, now));
    records.extend(usage(country, now));
    let today = now.with_timezone(&country.zone()).date_naive();
    records.extend(accounts::records(country, begin(today)));
    records.extend(billing::records(country, now));
    records.extend(calls::calls(country, now));
    let (recordings, mut files) = calls::recordings(country, now)?;
    records.extend(recordings);
    records.extend(customers::sites(country));
    let (documents, pages) = customers::documents(country, now)?;
    records.extend(documents);
    files.extend(pages);
    Ok(Demo { lines: records.iter().map(|record| format!("{record}\n")).collect(), files })
}

/// A record of this type.
fn record(kind: &str, value: &impl Serialize) -> Result<Value, Error> {
    let mut record = serde_json::to_value(value).map_err(|error| Error::internal(error.to_string()))?;
    record["type"] = kind.into();
    Ok(record)
}

/// A customer's document, as records have it.
fn document(country: &Country, code: &str) -> Value {
    json!({"kind": country.tax_document(), "number": Nation::of(country).customer(code).tax_number})
}

/// An amount of so many of the country's price steps.
fn money(country: &Country, steps: i64) -> Value {
    json!({"minor": steps * Nation::of(country).step, "currency": country.currency.code})
}

fn plans(country: &Country) -> Vec<Value> {
    let both = ["postpaid", "prepaid"];
    let row = |id: &str, name: &str, kind: &str, open_to: &[&str], steps: i64, data_mb: u64, rank: u32| {
        let (category, minutes) = match kind {
            "additional" => ("Adicionales", "0"),
            _ if open_to == ["prepaid"] => ("Prepago", "60"),
            _ => ("Pospago", "Ilimitado"),
        };
        let mut offerings = vec![json!({
            "category": "data", "id": format!("Datos {data_mb} MB"),
            "details": [["Megabytes", data_mb.to_string()], ["Redes sociales", "Incluidas"]],
        })];
        if kind != "additional" {
            offerings.push(json!({"category": "voice", "id": "Voz", "details": [["Minutos", minutes]]}));
            offerings.push(json!({"category": "sms", "id": "SMS", "details": [["Mensajes", "100"]]}));
        }
        json!({
            "type": "plan", "id": id, "name": name, "category": category, "kind": kind, "status": "ACTIVE",
            "open_to": open_to, "monthly": money(country, steps), "data_mb": data_mb, "rank": rank,
            "offerings": offerings,
        })
    };
    let retired = |mut plan: Value| {
        plan["status"] = json!("RETIRED");
        plan
    };
    let mut large = row("104", "Todo Sin Límites", "standard", &["postpaid"], 99, 60_000, 4);
    large["favourite_slots"] = json!(10);
    vec![
        row("100", "Conectado 5GB", "standard", &["postpaid"], 29, 5_000, 1),
        row("101", "Conectado 12GB", "standard", &["postpaid"], 42, 12_000, 2),
        row("102", "Conectado 25GB", "standard", &["postpaid"], 59, 25_000, 3),
        large,
        row("105", "Familia 40GB", "new", &["postpaid"], 75, 40_000, 5),
        row("106", "Quédate 15GB", "retention", &["postpaid"], 35, 15_000, 6),
        retired(row("107", "Clásico 2GB", "standard", &["postpaid"], 25, 2_000, 7)),
        retired(row("108", "Clásico 8GB", "standard", &["postpaid"], 45, 8_000, 8)),
        row("109", "Prepago Libre", "standard", &["prepaid"], 0, 0, 9),
        row("110", "Prepago Semanal", "standard", &["prepaid"], 12, 3_000, 10),
        row("150", "Datos Extra 2GB", "additional", &both, 8, 2_000, 11),
    ]
}

fn offers(country: &Country, now: DateTime<Utc>) -> Vec<Value> {
    let (both, bill, prepaid) = (["PREPAID", "NEXT_INVOICE"], ["NEXT_INVOICE"], ["PREPAID"]);
    let from = now - Duration::days(365);
    let row = |id: &str, name: &str, (validity, unit): (u32, &str), steps: i64, methods: &[&str], rank: u32| {
        json!({
            "type": "offer", "id": id, "name": name,
            "description": format!("Has seleccionado {name}. Impuestos no incluidos."),
            "validity": validity, "validity_unit": unit, "category": "Paquetes", "sub_category": "Internet",
            "rank": rank, "price": money(country, steps), "methods": methods, "channels": [1, 2, 3, 4, 5],
            "on_sale_from": from,
        })
    };
    let mut repeatable = row("205", "Más Internet 500MB", (500, "Megabytes"), 3, &both, 5);
    repeatable["repeatable"] = json!(true);
    let mut expired = row("208", "Promo de Verano", (1, "Week"), 4, &both, 8);
    expired["on_sale_until"] = json!(now - Duration::days(30));
    let mut shop = row("209", "Solo en Tienda", (1, "Month"), 6, &both, 9);
    shop["channels"] = json!([1, 2]);
    let mut for_plan = row("210", "Bono Sin Límites", (1, "Month"), 9, &bill, 10);
    for_plan["plans"] = json!(["104"]);
    let mut small = row("211", "Minutos de Emergencia", (3, "Day"), 1, &prepaid, 11);
    small["price"]["minor"] = json!(Nation::of(country).balance / 2);
    vec![
        row("201", "Redes por 1 Mes", (1, "Month"), 7, &both, 1),
        row("202", "Noche Libre", (8, "Hour"), 1, &both, 2),
        row("203", "Día sin Límite", (1, "Day"), 2, &both, 3),
        row("204", "Semana de Música", (1, "Week"), 4, &both, 4),
        repeatable,
        row("206", "Más Internet 2GB", (2, "Gigabytes"), 9, &bill, 6),
        row("207", "5 Favoritos Más", (5, "Slots"), 2, &bill, 7),
        expired,
        shop,
        for_plan,
        small,
    ]
}

/// A number of the Colombian demo as it is in this country, without the calling code.
pub fn local(country: &Country, number: &str) -> String {
    Nation::of(country).number(number, country.number_length)
}

/// The same as a number, for fields that are one.
fn digits(country: &Country, number: &str) -> u64 {
    local(country, number).parse().unwrap_or_default()
}

/// The same with the calling code.
fn number(country: &Country, number: &str) -> String {
    format!("{}{}", country.calling_code, local(country, number))
}

fn subscribers(country: &Country, now: DateTime<Utc>) -> Vec<Value> {
    let today = now.with_timezone(&country.zone()).date_naive();
    let line = |local: &str, customer: &str, contract: &str, payment: Value, plan: &str| {
        let company = Nation::of(country).customer(customer);
        json!({
            "type": "subscriber", "msisdn": number(country, local), "customer": customer,
            "identities": [document(country, customer), {"kind": "CODE", "number": customer}],
            "account": format!("{customer}01"), "profile": format!("{customer}0101"), "contract": contract,
            "contract_since": begin(today), "payment": payment, "plan": plan,
            "billing": {"address": company.street, "city": company.city, "department": company.department},
        })
    };
    let postpaid = || json!({"kind": "postpaid", "cycle_day": 15});
    let mut main = line("3001234567", "1001", "500101", postpaid(), "101");
    main["favourites"] = json!({
        number(country, "3005550101"): {"label": "Casa"},
        number(country, "3005550102"): {"label": "Oficina", "expires": today + Duration::days(90)},
    });
    main["lease"] = lease(today);
    let mut blocked = line("3001234568", "1001", "500101", postpaid(), "100");
    blocked["blocked"] = json!({"sim": true, "imei": true});
    let balance = json!({"kind": "prepaid", "balance": {"minor": Nation::of(country).balance, "currency": country.currency.code}});
    let prepaid = line("3001234569", "1001", "500102", balance, "109");
    let other = line("3009876543", "1002", "500201", postpaid(), "102");
    let branches = accounts::branch_numbers().map(|number| {
        let mut branch = line(&number, "1001", "500102", postpaid(), "100");
        branch["profile"] = json!("10010102");
        branch
    });
    [main, blocked, prepaid, other].into_iter().chain(branches).collect()
}

/// The day on which the demo's contracts begin, two months ago and more.
fn begin(today: NaiveDate) -> NaiveDate {
    today - Duration::days(70)
}

fn contracts(country: &Country, now: DateTime<Utc>) -> Vec<Value> {
    let first = begin(now.with_timezone(&country.zone()).date_naive());
    let row = |(id, customer, day)| json!({"type": "contract", "id": id, "customer": customer, "first": first, "cycle_day": day});
    let mut contracts =
        [("500101", "1001", 15), ("500102", "1001", 15), ("500103", "1001", 1), ("500201", "1002", 15)].map(row);
    // So much usage beyond what is included, and so much data roaming of a line, in a month.
    let step = Nation::of(country).step;
    contracts[0]["guard"] = json!({ "amounts": [20 * step, 50 * step], "roaming_cap": 40 * step });
    contracts.into()
}

fn lease(today: NaiveDate) -> Value {
    json!({
        "clause": "1668", "clause_type": "12M", "last_billing": today - Duration::days(20),
        "next_renewal": today + Duration::days(200), "imei": "357975075748204", "range": "Media",
        "brand": "Andina", "model": "A5 Plus", "insured": false, "active": true,
    })
}

/// Plausible traffic: it varies by day, hour and app, and is the same for the same day.
fn usage(country: &Country, now: DateTime<Utc>) -> Vec<Value> {
    let mut records = Vec::new();
    for day in 0..=DAYS {
        for hour in BUSY {
            let at = now - Duration::days(day) - Duration::hours(24 - hour);
            for (rank, (app, megabytes)) in (0_u64..).zip(APPS) {
                let seed = at.timestamp().unsigned_abs() / 3_600 * 31 + rank * 7;
                if seed.is_multiple_of(5) {
                    continue;
                }
                records.push(json!({
                    "type": "usage", "msisdn": number(country, "3001234567"), "hour": Hour::of(at).to_string(),
                    "app": app, "source": format!("demo-{}", at.format("%Y%m%d")),
                    "bytes": megabytes * 1_048_576 * (seed % 9 + 1) / 5, "ingested_at": now - Duration::minutes(12),
                }));
            }
        }
    }
    records
}

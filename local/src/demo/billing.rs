//! Customers, bills and billing groups of the demo data.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use serde_json::{Value, json};
use shared::domain::country::Country;

use super::nation::Nation;
use super::{document, local, money, number};

/// Number of monthly bills.
const MONTHS: u32 = 14;

/// The billing part of the import file.
pub fn records(country: &Country, now: DateTime<Utc>) -> Vec<Value> {
    let today = now.with_timezone(&country.zone()).date_naive();
    let first = Nation::of(country).customer("1001");
    let mut records = customers(country);
    records.push(json!({
        "type": "group", "customer": "1001", "id": "G-1001", "address": format!("{}, piso 4, {}", first.street, first.city),
    }));
    records.extend(products(country));
    for back in 0..MONTHS {
        records.push(bill(country, today, back, ["1001", "500101"], 71));
        records.push(bill(country, today, back, ["1001", "500102"], 12));
    }
    for back in 0..3 {
        records.push(bill(country, today, back, ["1002", "500201"], 59));
    }
    records
}

fn customers(country: &Country) -> Vec<Value> {
    let row = |code: &str, contracts: &[&str], lines: &[&str]| {
        let mut identities = vec![document(country, code)];
        identities.extend(contracts.iter().map(|contract| json!({"kind": "CONTRACT", "number": contract})));
        identities.extend(lines.iter().map(|line| json!({"kind": "MSISDN", "number": number(country, line)})));
        let company = Nation::of(country).customer(code);
        json!({
            "type": "customer", "code": code, "name": company.name, "address": company.address(), "identities": identities,
        })
    };
    vec![
        row("1001", &["500101", "500102"], &["3001234567", "3001234568", "3001234569"]),
        row("1002", &["500201"], &["3009876543"]),
    ]
}

fn products(country: &Country) -> Vec<Value> {
    let row = |customer: &str, contract: u64, line: &str, plan: (u64, &str, i64)| {
        let (plan, plan_description, steps) = plan;
        let company = Nation::of(country).customer(customer);
        json!({
            "type": "product", "customer": customer, "contract": contract, "msisdn": number(country, line),
            "name": company.name, "address": company.address(), "plan": plan, "plan_description": plan_description,
            "plan_value": money(country, steps),
        })
    };
    vec![
        row("1001", 500_101, "3001234567", (101, "Conectado 12GB", 42)),
        row("1001", 500_101, "3001234568", (100, "Conectado 5GB", 29)),
        row("1001", 500_102, "3001234569", (109, "Prepago Libre", 0)),
        row("1002", 500_201, "3009876543", (102, "Conectado 25GB", 59)),
    ]
}

/// The bill issued `back` months ago. The newest is not due yet, the one before is overdue, all others are paid.
fn bill(country: &Country, today: NaiveDate, back: u32, [customer, contract]: [&str; 2], steps: i64) -> Value {
    let company = Nation::of(country).customer(customer);
    let month = today.with_day(1).unwrap_or(today) - Months::new(back + 1);
    let (start, next) = (month, month + Months::new(1));
    let date = if back == 0 { today - Days::new(3) } else { next + Days::new(1) };
    let due = date + Days::new(15);
    let amount = money(country, steps + i64::from(month.month()));
    let paid = if back < 2 { json!({"minor": 0, "currency": country.currency.code}) } else { amount.clone() };
    let mut bill = json!({
        "type": "bill", "number": format!("F{contract}-{}", month.format("%Y%m")), "serial": "F", "customer": customer,
        "contract": contract, "subscriber": document(country, customer),
        "date": date, "period_start": start, "period_end": next - Days::new(1), "due": due,
        "amount": amount, "paid": paid, "name": company.name, "address": company.address(),
        "contact": "Ana Torres", "phone": local(country, "3005550100"), "plan": "Plan corporativo",
        "description": format!("Servicios móviles {}", month.format("%Y-%m")), "services": 3,
    });
    if back >= 2 {
        bill["paid_on"] = json!(due - Days::new(2));
    }
    if contract == "500101" {
        bill["group"] = json!("G-1001");
    }
    bill
}

//! `docs/catalogue.md`: each country's sheet is imported as it stands, and the bill below it is what it costs.

use local::import::record::Record;
use serde_json::json;
use shared::domain::billing::case;
use shared::domain::billing::tariff::Tariff;
use shared::domain::country::Country;
use shared::domain::msisdn::Msisdn;

use crate::committed;

const FILE: &str = "docs/catalogue.md";
const SHEET: &str = "```jsonl\n";
const BILL: &str = "```text\n";
const END: &str = "```";

/// The rates that a sheet makes.
fn rates(sheet: &str) -> Tariff {
    let mut entries = Vec::new();
    for line in sheet.lines() {
        let Record::Sheet(entry) = Record::parse(line).unwrap() else { continue };
        entries.push(*entry);
    }
    assert_eq!(entries.len(), sheet.lines().count(), "lines of a sheet alone");
    Tariff::default().grown(entries.iter().enumerate()).unwrap()
}

/// The bill that the page speaks of.
fn bill(country: &Country, rates: &Tariff) -> String {
    let number = ["3005550101", "70005501", "700055010"].into_iter().find_map(|own| Msisdn::parse(own, country).ok());
    let line = number.unwrap();
    let case = json!({
        "country": country.code,
        "catalogue": [rates],
        "contract": { "id": "C-1", "first": "2025-06-01", "currency": country.currency.code, "cycle": { "day": 1 } },
        "lines": [{ "line": line, "from": "2025-06-01" }],
        "plans": [{ "line": line, "at": "2025-06-01T12:00:00Z", "id": "1", "plan": "BASICO" }],
        "services": [{ "service": "SEGURO", "from": "2025-06-01" }],
        "usage": [{ "line": line, "day": "2026-01-14", "source": "f", "units": {
            "voice.onnet": 9_000, "voice.offnet": 8_700, "voice.intl.europa": 1_500, "sms.onnet": 12,
            "data.home": 6 * 1_024 * 1_024,
        } }],
        "period": "2026-01-14",
    });
    case::compute(case.to_string().as_bytes()).unwrap().to_string()
}

fn page() -> String {
    let mut page = String::new();
    let text = tests::file(FILE);
    let mut parts = text.split("\n### ");
    page.push_str(parts.next().unwrap());
    let mut countries = 0;
    for part in parts {
        let code = part.split('`').nth(1).unwrap();
        let (_, sheet) = part.split_once(SHEET).unwrap();
        let (sheet, _) = sheet.split_once(END).unwrap();
        let (own, rest) = part.split_once(BILL).unwrap();
        let (_, rest) = rest.split_once(END).unwrap();
        let bill = bill(Country::by_code(code).unwrap(), &rates(sheet));
        page.push_str(&format!("\n### {own}{BILL}{bill}{END}{rest}"));
        countries += 1;
    }
    assert_eq!(countries, 6);
    page
}

#[test]
fn every_country_has_a_sheet_that_works_and_the_bill_that_it_makes() {
    committed::compare(FILE, &page(), "catalogue_page");
}

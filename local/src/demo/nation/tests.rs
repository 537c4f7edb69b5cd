use std::collections::BTreeSet;

use shared::domain::customer::Customer;
use shared::domain::fiscal::declared::Buyer;
use shared::domain::msisdn::Msisdn;

use super::*;
use crate::demo;

/// Every country with its facts.
fn all() -> impl Iterator<Item = (&'static Country, &'static Nation)> {
    Country::ALL.iter().map(|country| (country, Nation::of(country)))
}

/// The records of a type.
fn records(country: &Country, kind: &str) -> Vec<serde_json::Value> {
    let data = demo::data(country, "2026-03-10T15:00:00Z".parse().unwrap()).unwrap();
    let all = data.lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    all.filter(|record| record["type"] == kind).collect()
}

#[test]
fn every_country_has_facts_of_its_own() {
    for (country, nation) in all() {
        assert_eq!(nation.code, country.code);
    }
    let names: BTreeSet<_> = ALL.iter().flat_map(|nation| &nation.customers).map(|company| company.name).collect();
    let cities: BTreeSet<_> = ALL.iter().flat_map(|nation| &nation.customers).map(|company| company.city).collect();
    assert_eq!((names.len(), cities.len()), (12, 12));
}

#[test]
fn numbers_are_of_the_country_and_of_their_kind() {
    for (country, _) in all() {
        let mobiles: BTreeSet<_> =
            records(country, "subscriber").iter().map(|line| line["msisdn"].to_string()).collect();
        assert_eq!(mobiles.len(), 44, "{}", country.code);
        for number in ["3001234567", "3009876543", "3002000040", "3005550101", "6015550101", "6055550201"] {
            let local = demo::local(country, number);
            let wanted = if number.starts_with('3') { country.numbers.mobile } else { country.numbers.fixed };
            assert!(Msisdn::parse(&local, country).is_ok(), "{} {local}", country.code);
            assert!(wanted.iter().any(|prefix| local.starts_with(prefix)), "{} {local}", country.code);
        }
    }
}

#[test]
fn the_colombian_numbers_stay_as_they_are() {
    let country = Country::by_code("co").unwrap();
    for number in ["3001234567", "6015550101", "6055550201"] {
        assert_eq!(demo::local(country, number), number);
    }
}

/// Worked out with another program: the check digits of NITs and RUCs, by the offices' rules.
#[test]
fn documents_are_the_country_s_with_right_check_digits() {
    for (country, nation) in all() {
        for record in records(country, "customer") {
            let kinds = record["identities"].as_array().unwrap().iter().map(|own| own["kind"].as_str().unwrap());
            let documents: Vec<_> = kinds.filter(|kind| !["CONTRACT", "MSISDN"].contains(kind)).collect();
            assert_eq!(documents, [country.tax_document()], "{}", country.code);
            let mut fields = record.clone();
            fields.as_object_mut().unwrap().remove("type");
            let customer: Customer = serde_json::from_value(fields).unwrap();
            let buyer = Buyer::of(&customer, country).unwrap();
            assert_eq!(buyer.identity.unwrap().kind, country.tax_document());
        }
        let numbers = nation.customers.iter().map(|company| company.tax_number);
        for number in numbers.chain([nation.issuer.tax_number]) {
            assert!(is_right(country.code, number), "{} {number}", country.code);
        }
    }
}

/// By the offices' rules, written down a second time: digits from the last one on, with their weights.
fn is_right(code: &str, number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|letter| letter.to_digit(10)).collect();
    let (last, rest) = digits.split_last().unwrap();
    let sum =
        |weights: &[u32]| -> u32 { rest.iter().rev().zip(weights.iter().cycle()).map(|(one, by)| one * by).sum() };
    match code {
        // Nine digits are without the check digit.
        "co" if digits.len() == 9 => digits[0] == 9,
        "co" => match sum(&[3, 7, 13, 17, 19, 23, 29, 37, 41]) % 11 {
            small @ (0 | 1) => *last == small,
            large => *last == 11 - large,
        },
        "sv" => digits.len() == 14 && *last == (11 - sum(&[2, 3, 4, 5, 6, 7]) % 11) % 11 % 10,
        "gt" => *last == (11 - sum(&[2, 3, 4, 5, 6, 7, 8, 9]) % 11) % 11,
        // The department, the municipality, and 9 for a company.
        "hn" => digits.len() == 14 && digits[4] == 9,
        "py" => match sum(&[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11 {
            0 | 1 => *last == 0,
            large => *last == 11 - large,
        },
        // No rule is published.
        _ => (7..=12).contains(&digits.len()),
    }
}

#[test]
fn a_plan_costs_about_the_same_everywhere() {
    // Units of the currency for an international dollar of private consumption in 2023 (World Bank, PA.NUS.PRVT.PP), in
    // thousandths. None is published for Guatemala: its price level stands between those of its neighbours, about a half.
    let parity = [("co", 1_597_055), ("sv", 490), ("gt", 4_000), ("hn", 12_192), ("bo", 2_272), ("py", 2_813_331)];
    let step = |(code, thousandths): (&str, i64)| {
        let country = Country::by_code(code).unwrap();
        // Millionths of an international dollar.
        Nation::of(country).step * 1_000_000_000 / 10_i64.pow(country.currency.digits) / thousandths
    };
    let colombian = step(parity[0]);
    for one in parity {
        let off = (step(one) - colombian).abs() * 100 / colombian;
        assert!(off <= 5, "{}: {off} percent", one.0);
    }
}

#[test]
fn prices_are_amounts_that_the_country_knows() {
    for (country, nation) in all() {
        assert_eq!(nation.balance % 2, 0, "{}: half of it is a price", country.code);
        assert!(nation.balance < nation.step && nation.step % 10 == 0, "{}", country.code);
        // In Paraguay nothing is smaller than the coin of fifty.
        assert!(country.code != "py" || nation.step % 50 == 0 && nation.balance % 100 == 0);
    }
}

#[test]
fn nothing_colombian_is_said_elsewhere() {
    let colombian = [
        "Bogot",
        "Cundinamarca",
        "S.A.S.",
        "Ltda",
        "Acme Andina",
        "Comercial Andina",
        "\"NIT\"",
        "\"COP\"",
        "\"57300",
        ":300555",
        "\"732",
        "Calle 100",
        "recaudo",
        "Otros",
    ];
    for (country, _) in all().filter(|(country, _)| country.code != "co") {
        let data = demo::data(country, "2026-03-10T15:00:00Z".parse().unwrap()).unwrap();
        for word in colombian.iter().filter(|word| **word != "\"NIT\"" || country.tax_document() != "NIT") {
            let line = data.lines.lines().find(|line| line.contains(word));
            assert_eq!(line, None, "{}: {word}", country.code);
        }
    }
}

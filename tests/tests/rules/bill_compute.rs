//! `docs/bill-compute.md` and its schema: the example is computed as the page shows it, and the schema says what the code
//! reads.

use serde_json::{Value, json};
use shared::domain::billing::case;
use shared::domain::billing::terms::{Terms, tax_rates};
use shared::domain::country::Country;

/// The page's code blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let page = tests::file("docs/bill-compute.md");
    let begin = format!("```{language}\n");
    page.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn example() -> Value {
    serde_json::from_str(&blocks("json")[0]).unwrap()
}

fn schema() -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(&tests::file("docs/bill-compute.schema.json")).unwrap()).unwrap()
}

#[test]
fn the_example_is_computed_as_the_page_shows_it() {
    let [example, table] = [&blocks("json")[0], &blocks("text")[0]];
    assert_eq!(&case::compute(example.as_bytes()).unwrap().to_string(), table);
}

#[test]
fn the_schema_reads_the_example() {
    let schema = schema();
    let mistakes: Vec<_> = schema.iter_errors(&example()).map(|error| error.to_string()).collect();
    assert!(mistakes.is_empty(), "{mistakes:?}");
}

#[test]
fn a_computed_bill_is_an_earlier_bill() {
    let computed = case::compute(example().to_string().as_bytes()).unwrap();
    let mut next = example();
    next["earlier"].as_array_mut().unwrap().push(serde_json::to_value(&computed.bills[0]).unwrap());
    assert!(schema().is_valid(&next));
    let text = next.to_string();
    assert!(case::compute(text.as_bytes()).unwrap().bills.is_empty(), "nothing is due a second time");
}

#[test]
fn schema_and_code_refuse_the_same_mistakes() {
    let wrong: &[(&str, Value)] = &[
        ("/country", json!("xx")),
        ("/catalogue/0/plans/BASICO/monthly/0/price", json!("-1")),
        ("/catalogue/0/plans/BASICO/monthly/0/price", json!(1)),
        ("/catalogue/0/plans/BASICO/charged", json!("later")),
        ("/catalogue/0/plans/BASICO/allowances/0/classes/0", json!("voice.home")),
        ("/catalogue/0/rates/0/prices/0/per", json!(0)),
        ("/catalogue/0/rating/international/0/prefix", json!("01")),
        ("/contract/cycle/day", json!(32)),
        ("/contract/currency", json!("EUR")),
        ("/lines/0/line", json!("55")),
        ("/plans/0/payment", json!("free")),
        ("/services/0/service", json!("a b")),
        ("/charges/0/price", json!("1,5")),
        ("/adjustments/0/amount", json!(5)),
        ("/usage/0/units", json!({ "voice": 1 })),
        ("/records/0/call/service", json!("FAX")),
        ("/earlier/0/closes", json!("2026-01-01")),
        ("/bill_day", json!("tomorrow")),
    ];
    let schema = schema();
    for (place, value) in wrong {
        let mut case = example();
        let (parent, name) = place.rsplit_once('/').unwrap();
        match case.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
            fields => fields[name] = value.clone(),
        }
        assert!(!schema.is_valid(&case), "the schema lets {value} pass at {place}");
        let error = case::compute(case.to_string().as_bytes()).unwrap_err().to_string();
        let first = place.split('/').nth(1).unwrap();
        assert!(error.starts_with(first), "{place}: {error}");
    }
}

/// The cells of the table row of this name that says this much.
fn row(name: &str, cells: usize) -> Vec<String> {
    let page = tests::file("docs/bill-compute.md");
    let rows = page.lines().filter(|line| line.starts_with(&format!("| `{name}` |")));
    let mut rows = rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect());
    rows.find(|row: &Vec<_>| row.len() == cells).unwrap()
}

#[test]
fn the_page_tells_each_countrys_tax_classes_and_terms() {
    for country in Country::ALL {
        let [_, standard, exempt, more] = &row(country.code, 4)[..] else { panic!("four cells") };
        for (class, rate) in tax_rates(country) {
            let told = match class.as_str() {
                "standard" => *standard == format!("`{rate}`"),
                "exempt" => exempt == "none",
                other => more.starts_with(&format!("`{other}`: `{rate}`")),
            };
            assert!(told, "{} {class} {rate}", country.code);
        }
        assert_eq!(more.is_empty(), tax_rates(country).len() == 2, "{}", country.code);
        let Value::Object(mut terms) = json!(Terms::of(country)) else { panic!("an object") };
        let whole = 10_i64.pow(country.currency.digits);
        assert_eq!(terms.insert("jump_floor".to_owned(), json!(100)), Some(json!(100 * whole)));
        for (field, value) in terms {
            let [_, _, usual] = &row(&field, 3)[..] else { panic!("three cells") };
            let value = value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"));
            let (all, own) = usual.split_once(';').unwrap_or((usual, ""));
            let own = own.split(',').find_map(|own| own.trim().strip_prefix(&format!("`{}` ", country.code)));
            let told = own.unwrap_or(all).trim_end_matches(" of the currency").replace("none", "null");
            assert_eq!(told, value, "{field} of {}", country.code);
        }
    }
}

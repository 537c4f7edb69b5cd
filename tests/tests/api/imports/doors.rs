//! Any text at the door: each line is fine or told with its number and reason, none hides another, none is loaded in silence.

use serde_json::json;
use shared::domain::customer::MOST_GROUPS;
use tests::World;

use super::{bill, complaints, group, groups, import, text};

/// Guard: a line that is no UTF-8 is one bad line, and no end of the reading.
#[tokio::test]
async fn marks_line_ends_and_blank_lines_do_no_harm() {
    let world = World::demo().await;
    let two = format!("{}\n{}\n", group("G-1", "á"), group("G-2", "b"));
    for file in [
        format!("\u{feff}{two}"),
        two.replace('\n', "\r\n"),
        format!("\n{two}\n \t\n"),
        two.trim_end().to_owned(),
        two.replace('\n', "\n\r\n"),
    ] {
        assert_eq!(import(&world, &file).await.unwrap().lines, 2, "{file:?}");
    }
    assert_eq!(import(&world, "").await.unwrap().lines, 0);
    assert_eq!(import(&world, "\u{feff}\r\n").await.unwrap().lines, 0);
}

#[tokio::test]
async fn every_bad_line_is_told_with_its_number_and_reason() {
    let world = World::demo().await;
    let line = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut record = json!({
            "type": "subscriber", "msisdn": "573007777777", "customer": "1001", "account": "100101", "profile": "10010101",
            "contract": "500101", "payment": {"kind": "postpaid", "cycle_day": 15}, "plan": "101",
        });
        change(&mut record);
        record.to_string()
    };
    let changed = |mut record: serde_json::Value, field: &str, value: serde_json::Value| {
        record[field] = value;
        record.to_string()
    };
    let contract =
        json!({"type": "contract", "id": "500777", "customer": "1001", "first": "2026-01-01", "cycle_day": 1});
    let days = "must be a day of the month, from 1 to 31";
    let lines = [
        (r#"{"type":"group","customer":"1001","id":"G-1","id":"G-2","address":"x"}"#.to_owned(), "id: must be given once"),
        (r#"{"type":"group","customer":"1001","id":"G-1"}"#.to_owned(), "address: must be given"),
        (r#"{"type":"group","customer":"1001","id":"G 1","address":"x"}"#.to_owned(), "id: must be 1 to 64"),
        (line(&|record| record["payment"]["cycle_day"] = json!(45)), &*format!("payment.cycle_day: {days}")),
        (line(&|record| record["payment"]["cycle_day"] = json!(0)), &format!("payment.cycle_day: {days}")),
        (line(&|record| record["msisdn"] = json!("50370001234")), "msisdn: must be a number of co"),
        (line(&|record| record["favourites"] = json!({"50370001234": {}})), "favourites: must be a number of co"),
        (changed(bill("B-1", "1001", "2025-12-05"), "period_end", json!("2025-10-01")), "period_end: must not be before"),
        (changed(contract.clone(), "last", json!("2025-12-31")), "last: must not be before first"),
        (changed(contract, "cycle_day", json!("x")), "cycle_day: must be"),
        (
            r#"{"type":"product","customer":"1001","contract":"50A","msisdn":"573001234567","name":"","address":"","plan":1,"plan_description":"","plan_value":{"minor":0,"currency":"COP"}}"#
                .to_owned(),
            "contract: must be a whole number",
        ),
        (r#"{"type":"dance"}"#.to_owned(), "type: must be one of"),
        (r#"{"type":"remove","of":"dance"}"#.to_owned(), "of: must be one of"),
        (r#"{"type":"remove","of":"bill","number":"1","x":1}"#.to_owned(), "x: must not be given"),
        ("[]".to_owned(), "must be a JSON object"),
        ("{\"type\":".to_owned(), "must be JSON: EOF while parsing a value at column 8"),
    ];
    let file: String = lines.iter().map(|(line, _)| format!("{line}\n\n")).collect();
    let told = complaints(&world, &file).await;
    assert_eq!(told.len(), lines.len(), "{told:#?}");
    for (at, (told, (line, expected))) in told.iter().zip(&lines).enumerate() {
        let expected = format!("{}: {expected}", at * 2 + 1);
        assert!(told.starts_with(&expected), "{line}: {told}, not {expected}");
        assert!(told.contains("must "), "{told}");
    }
}

/// Guard: sizes are checked before anything is loaded.
#[tokio::test]
async fn a_line_that_is_too_large_stops_the_file_before_its_first_line() {
    let world = World::demo().await;
    let large =
        |bytes: usize| json!({"type": "group", "customer": "1001", "id": "G-549", "address": "x".repeat(bytes)});
    let mut records = groups(550);
    records[548] = large(420_000);
    let told = complaints(&world, &text(&records)).await;
    assert!(told.len() == 1 && told[0].starts_with("549: record: must take at most"), "{told:?}");
    records[548] = large(290_000);
    import(&world, &text(&records)).await.unwrap();

    // Bytes count, and not characters; and what belongs to one item counts together.
    let service = |id: u64| {
        json!({
            "id": id, "partnum": format!("PN-{id}"), "service": 1, "kind": "X", "subtype": "X", "description": "𝄞".repeat(250),
            "price": {"minor": 1, "currency": "COP"}, "tax_price": {"minor": 1, "currency": "COP"}, "status": "P",
        })
    };
    let profile = |services: u64| {
        json!({"type": "profile", "profile": {
            "id": "70000", "customer": "1001", "account": "100102", "contract": "500103", "document_number": "1", "name": "X",
            "description": "X", "billing_account": "X", "parent_billing_account": "X", "cycle": 1, "status": "P",
        }, "services": (1..=services).map(service).collect::<Vec<_>>()})
    };
    let told = complaints(&world, &text(&[profile(360)])).await;
    assert!(told[0].starts_with("1: record: must take at most 390000 bytes of the table"), "{told:?}");
    import(&world, &text(&[profile(250)])).await.unwrap();
    let told = complaints(&world, &text(&[profile(501)])).await;
    assert_eq!(told, ["1: services: must be at most 500"]);
    let mut site = json!({
        "type": "site", "id": "S-1", "customer": "1001", "document": {"kind": "NIT", "number": "9".repeat(65)}, "name": "X",
    });
    let told = complaints(&world, &text(std::slice::from_ref(&site))).await;
    let form = "must be 1 to 64 letters and digits, with dots, hyphens, underscores or blanks between";
    assert_eq!(told, [format!("1: document: {form}")]);
    site["document"]["number"] = json!("900123456");
    site["extensions"] = json!([{"number": 1, "name": "a"}, {"number": 1, "name": "b"}]);
    let told = complaints(&world, &text(&[site])).await;
    assert_eq!(told, ["1: extensions: must name each extension once; 1 is named twice"]);
}

/// Guard: of more bad lines than are told the first are told, whatever is wrong with them.
#[tokio::test]
async fn of_very_many_bad_lines_the_first_hundred_are_told() {
    let world = World::demo().await;
    let stray = json!({"type": "profile_line", "profile": "10010101", "line": {
        "id": "1", "msisdn": "573009999999", "poid": "x", "kind": "MOVIL", "status": "P",
    }});
    let file = format!("{stray}\n{}", "x\n".repeat(200));
    let told = complaints(&world, &file).await;
    assert_eq!((told.len(), told[0].starts_with("1: msisdn: must be a line")), (100, true), "{}", told[0]);
}

/// Guard: every list of a customer's bills reads its groups, so a file brings no more of them than the API lets be made.
#[tokio::test]
async fn a_customer_gets_no_more_groups_than_it_can_have() {
    let world = World::demo().await;
    let gone = |id: &str| json!({"type": "remove", "of": "group", "customer": "1001", "id": id});
    // The demo's one is there.
    let own = world.operator.writer.reader().customer_and_groups(&"1001".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(own.groups.len(), 1);
    let many: Vec<_> = (0..MOST_GROUPS).map(|at| group(&format!("N-{at}"), "X")).collect();
    let too_many = format!("{MOST_GROUPS}: id: must be of at most {MOST_GROUPS} groups of customer 1001");
    assert_eq!(complaints(&world, &text(&many)).await, [too_many]);
    import(&world, &text(&many[1..])).await.unwrap();
    assert_eq!(complaints(&world, &text(&many[..1])).await.len(), 1);
    import(&world, &text(&[gone("N-7"), many[0].clone(), many[1].clone()])).await.unwrap();
}

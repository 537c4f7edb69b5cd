//! Fields whose values the API could not take, or could not show: each is a bad line, with the field and what it must be.

use serde_json::{Value, json};
use shared::domain::subscriber::Subscriber;
use shared::table::{Changes, Numbered};
use tests::World;

use super::{bill, complaints, import, text};

/// Records of every type that names a document, with the field that has it.
async fn named(world: &World, number: &str) -> Vec<(&'static str, Value)> {
    let document = json!({"kind": "NIT", "number": number});
    let owned = |of: &str, more: Value| {
        let mut record = json!({"type": of, "customer": "1001", "document": document, "name": "X"});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record
    };
    let account = json!({
        "id": "300", "billing_account": "X", "consultant": "X", "contact": "X", "phone": "X", "email": "X",
    });
    let mut line = world.line_record("3001234567").await;
    line["identities"] = json!([document]);
    let mut billed = bill("B-1", "1001", "2025-12-05");
    billed["subscriber"] = document.clone();
    let customer = json!({"type": "customer", "code": "1099", "name": "X", "address": "X", "identities": [document]});
    vec![
        ("identities", customer),
        ("document", owned("account", account)),
        ("document", owned("site", json!({"id": "S-9"}))),
        ("document", owned("document", json!({"created": "2026-01-01T00:00:00Z"}))),
        ("subscriber", billed),
        ("identities", line),
        ("document", json!({"type": "remove", "of": "site", "document": document, "id": "S-9"})),
    ]
}

/// Guard: what is loaded is found, for every door that reads a number has this rule.
#[tokio::test]
async fn a_number_that_nobody_could_ask_for_is_a_bad_line() {
    let world = World::demo().await;
    let form = "must be 1 to 64 letters and digits, with dots, hyphens, underscores or blanks between";
    for number in ["", " ", "-", "901–987654", "AB/12345", "١٢٣٤٥", "901\u{a0}987654", "901987654,"] {
        let (fields, records): (Vec<_>, Vec<_>) = named(&world, number).await.into_iter().unzip();
        let expected: Vec<_> = (1..).zip(fields).map(|(line, field)| format!("{line}: {field}: {form}")).collect();
        assert_eq!(complaints(&world, &text(&records)).await, expected, "{number:?}");
    }
}

#[tokio::test]
async fn whom_a_bill_names_has_a_number_like_any_other() {
    let world = World::demo().await;
    let to = |number: &str| {
        let mut record = bill("B-1", "1001", "2025-12-05");
        record["subscriber"]["number"] = json!(number);
        text(&[record])
    };
    let told = complaints(&world, &to("900.123.456-7")).await;
    assert_eq!(told, ["1: subscriber: must have its right check digit, or none"]);
    for written in ["900.123.456-8", "900123456", "900 123 456"] {
        import(&world, &to(&format!(" {written}\u{a0}"))).await.unwrap();
        let stored = world.operator.writer.reader().numbered(&[&"B-1".parse().unwrap()]).await.unwrap().pop();
        let Some(Numbered::Imported(bill)) = stored else { unreachable!("{stored:?}") };
        assert_eq!((bill.subscriber.number.as_str(), bill.subscriber.written()), ("900123456", written));
    }
}

fn profile(id: &str, account: &str, service: u64) -> Value {
    let peso = json!({"minor": 1, "currency": "COP"});
    json!({"type": "profile", "profile": {
        "id": id, "customer": "1001", "account": account, "contract": "500103", "document_number": "1", "name": "X",
        "description": "X", "billing_account": "X", "parent_billing_account": "X", "cycle": 1, "status": "P",
    }, "services": [{
        "id": service, "partnum": "PN-1", "service": 1, "kind": "X", "subtype": "X", "description": "X", "price": peso,
        "tax_price": peso, "status": "P",
    }]})
}

/// Guard: paths and bodies take a number of at most 18 digits where the documents have one.
#[tokio::test]
async fn an_id_that_no_path_takes_is_a_bad_line() {
    let world = World::demo().await;
    let account = |id: &str| {
        json!({
            "type": "account", "id": id, "customer": "1001", "document": {"kind": "NIT", "number": "900123456"}, "name": "X",
            "billing_account": "X", "consultant": "X", "contact": "X", "phone": "X", "email": "X",
        })
    };
    let product = |customer: &str, contract: u64| {
        json!({
            "type": "product", "customer": customer, "contract": contract, "msisdn": "573001234567", "name": "X",
            "address": "X", "plan": 1, "plan_description": "X", "plan_value": {"minor": 1, "currency": "COP"},
        })
    };
    let listed = |profile: &str| {
        json!({"type": "profile_line", "profile": profile, "line": {
            "id": "1", "msisdn": "573001234567", "poid": "x", "kind": "MOVIL", "status": "P",
        }})
    };
    let most = "9".repeat(18);
    let mut bad: Vec<_> = ["abc", "1-2", "30.1", "1000000000000000000"]
        .into_iter()
        .flat_map(|id| {
            [
                ("id", account(id)),
                ("profile.id", profile(id, "100102", 1)),
                ("profile.account", profile("70000", id, 1)),
                ("profile", listed(id)),
                ("customer", product(id, 500_101)),
            ]
        })
        .collect();
    bad.push(("contract", product("1001", 1_000_000_000_000_000_000)));
    bad.push(("services[0].id", profile("70000", "100102", 1_000_000_000_000_000_000)));
    let (fields, records): (Vec<_>, Vec<_>) = bad.into_iter().unzip();
    let must = "must be a number of at most 18 digits";
    let expected: Vec<_> = (1..).zip(fields).map(|(line, field)| format!("{line}: {field}: {must}")).collect();
    assert_eq!(complaints(&world, &text(&records)).await, expected);
    import(&world, &text(&[account(&most), profile(&most, &most, 999_999_999_999_999_999)])).await.unwrap();
    for path in ["/accounts", "/accounts/profiles"] {
        world.portal().get(&format!("{path}/{most}")).await.expect(200);
    }
}

/// Guard: a text comes as a body of the API could bring it, and is shown as what it is.
#[tokio::test]
async fn a_text_with_control_characters_is_a_bad_line() {
    let world = World::demo().await;
    for letter in ['\0', '\n', '\t', '\u{85}', '\u{202e}'] {
        let odd = format!("A{letter}B");
        let customer = json!({"type": "customer", "code": "1099", "name": odd, "address": "X", "identities": []});
        let mut billed = bill("B-1", "1001", "2025-12-05");
        billed["address"] = json!(odd);
        let mut site = named(&world, "900123456").await.swap_remove(2).1;
        site["extensions"] = json!([{"number": 1, "name": "X"}, {"number": 2, "name": odd}]);
        let told = complaints(&world, &text(&[customer, billed, site])).await;
        let must = "must be a text without control characters, such as line ends";
        let expected =
            [format!("1: name: {must}"), format!("2: address: {must}"), format!("3: extensions[1].name: {must}")];
        assert_eq!(told, expected, "{letter:?}");
    }
}

#[tokio::test]
async fn a_bill_is_not_due_before_its_day() {
    let world = World::demo().await;
    let due = |day: &str| {
        let mut record = bill("B-1", "1001", "2025-12-05");
        record["due"] = json!(day);
        text(&[record])
    };
    assert_eq!(complaints(&world, &due("2025-12-04")).await, ["1: due: must not be before date"]);
    import(&world, &due("2025-12-05")).await.unwrap();
}

/// Guard: a plan that loses a prefix makes no stored line unreadable, and lets no new one in.
#[tokio::test]
async fn a_number_without_a_prefix_of_the_plan_is_a_bad_line_and_a_stored_one_can_be_removed() {
    let world = World::demo().await;
    let (stored, must) = ("570001234567", "must be a phone number of the country: no line here begins like this");
    let mut line = world.line_record("3001234567").await;
    line["msisdn"] = json!(stored);
    let old: Subscriber = serde_json::from_value(line.clone()).unwrap();
    let hour = json!({
        "type": "usage", "msisdn": stored, "hour": "2026-03-09T10", "app": "A", "source": "s", "bytes": 1,
        "ingested_at": "2026-03-09T12:00:00Z",
    });
    let said = [1, 2].map(|at| format!("{at}: msisdn: {must}"));
    assert_eq!(complaints(&world, &text(&[line, hour])).await, said);

    let mut changes = Changes::new();
    changes.put_subscriber(None, &old, world.clock.now()).unwrap();
    world.operator.writer.commit(changes, None, world.clock.now()).await.unwrap();
    let read = world.operator.writer.reader().subscriber(&old.msisdn).await.unwrap();
    assert_eq!(read.map(|line| line.value.msisdn), Some(old.msisdn.clone()));
    let gone = json!({"type": "remove", "of": "subscriber", "msisdn": stored});
    import(&world, &text(&[gone])).await.unwrap();
    assert!(world.operator.writer.reader().subscriber(&old.msisdn).await.unwrap().is_none());
}

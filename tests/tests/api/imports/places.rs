//! A record is the whole truth of its thing: what had it before has it no longer.

use serde_json::{Value, json};
use tests::World;

use super::{bill, bills, complaints, import, item, text};

/// Guard: where a bill lies is known by its number, in a step and between them.
#[tokio::test]
async fn a_bill_is_in_one_place_however_often_it_moves() {
    let world = World::demo().await;
    let at = |customer, day| bill("OLD-9", customer, day);
    let ways = [("1001", "2025-12-05"), ("1001", "2025-12-06"), ("1002", "2025-12-06"), ("1001", "2025-12-05")];
    for (customer, day) in ways {
        import(&world, &text(&[at(customer, day)])).await.unwrap();
        for code in ["1001", "1002"] {
            let listed = bills(&world, code).await.iter().filter(|number| *number == "OLD-9").count();
            assert_eq!(listed, usize::from(code == customer), "{code} after {customer} {day}");
        }
    }
    // All of them in one file, new and known.
    for number in ["OLD-9", "OLD-10"] {
        let file: Vec<_> = ways[..3].iter().map(|(customer, day)| bill(number, customer, day)).collect();
        import(&world, &text(&file)).await.unwrap();
        let listed = ["1001", "1002"].map(|code| (code, number));
        for (code, number) in listed {
            let count = bills(&world, code).await.iter().filter(|own| *own == number).count();
            assert_eq!(count, usize::from(code == "1002"), "{number} {code}");
        }
    }
}

/// Guard: a bill whose place was not kept, as by an earlier release, is the bill that lies where it is loaded to.
#[tokio::test]
async fn a_bill_without_a_place_gets_one() {
    let world = World::demo().await;
    let record = bill("OLD-9", "1001", "2025-12-05");
    import(&world, &text(std::slice::from_ref(&record))).await.unwrap();
    let key = json!({"pk": {"S": "BILL#OLD9"}, "sk": {"S": "A"}});
    world.store.embedded.call("DeleteItem", &json!({"TableName": world.store.table(), "Key": key})).unwrap();
    import(&world, &text(&[record])).await.unwrap();
    assert!(item(&world, "BILL#OLD9", "A").is_object());
    import(&world, &text(&[bill("OLD-9", "1002", "2025-12-05")])).await.unwrap();
    assert!(!bills(&world, "1001").await.contains(&"OLD-9".to_owned()));
}

fn globex(identities: &Value) -> Value {
    json!({"type": "customer", "code": "1002", "name": "Globex", "address": "X", "identities": identities})
}

/// Guard: the line stays its customer's, but its number is not the customer's name any more.
#[tokio::test]
async fn a_number_that_a_customers_record_no_longer_has_names_nobody() {
    let world = World::demo().await;
    let portal = world.portal();
    let path = "/customers/MSISDN/3009876543/bills";
    portal.get(path).await.expect(200);
    let without = text(&[globex(&json!([{"kind": "NIT", "number": "901987654"}]))]);
    for _ in 0..2 {
        import(&world, &without).await.unwrap();
        portal.get(path).await.expect(404);
        for method in ["POST", "PUT", "DELETE"] {
            let body = json!({"groupId": "G-1002", "address": "taken"}).to_string();
            let headers = [("content-type", "application/json")];
            portal.send(method, &format!("{path}/groups"), &headers, &body).await.expect(404);
        }
        // The line's own record, loaded again, does not give it back.
        import(&world, &text(&[world.line_record("3009876543").await])).await.unwrap();
    }
    portal.get("/billing/subscribers/3009876543/status").await.expect(200);
    portal.get("/customers/CODE/1002/bills").await.expect(200);
    let with = globex(&json!([{"kind": "NIT", "number": "901987654"}, {"kind": "MSISDN", "number": "573009876543"}]));
    import(&world, &text(&[with])).await.unwrap();
    portal.get(path).await.expect(200);
}

#[tokio::test]
async fn a_number_that_named_nobody_names_its_next_customer() {
    let world = World::demo().await;
    import(&world, &text(&[globex(&json!([]))])).await.unwrap();
    let mut line = world.line_record("3009876543").await;
    (line["customer"], line["account"], line["profile"], line["contract"]) =
        (json!("1001"), json!("100101"), json!("10010101"), json!("500101"));
    import(&world, &text(&[line])).await.unwrap();
    let found = world.client("demo-acme").get("/customers/MSISDN/3009876543/bills").await.expect(200);
    assert!(found.text().contains("F500101"), "{}", found.text());
}

/// Guard: what has no line of its own cannot follow one.
#[tokio::test]
async fn what_lists_a_line_needs_one() {
    let world = World::demo().await;
    let listed = |profile: &str| {
        json!({"type": "profile_line", "profile": profile, "line": {
            "id": "1", "msisdn": "573007777777", "poid": "x", "kind": "MOVIL", "status": "P",
        }})
    };
    let product = json!({
        "type": "product", "customer": "1001", "contract": 500_101, "msisdn": "573007777777", "name": "X", "address": "X",
        "plan": 1, "plan_description": "X", "plan_value": {"minor": 0, "currency": "COP"},
    });
    let line = |customer: &str, place: (&str, &str, &str)| {
        json!({
            "type": "subscriber", "msisdn": "573007777777", "customer": customer, "account": place.0, "profile": place.1,
            "contract": place.2, "payment": {"kind": "postpaid", "cycle_day": 15}, "plan": "101",
        })
    };
    let told = complaints(&world, &text(&[listed("10010101"), product.clone()])).await;
    let must = "msisdn: must be a line of the table or of this file, for it is listed where that says";
    assert_eq!(told, [format!("1: {must}"), format!("2: {must}")]);
    let ours = line("1001", ("100101", "10010101", "500101"));
    import(&world, &text(&[listed("10010101"), product, ours])).await.unwrap();
    // It moves with its own record alone, and is counted once.
    let theirs = line("1002", ("100201", "10020101", "500201"));
    import(&world, &text(&[theirs.clone(), listed("10020101")])).await.unwrap();
    for (profile, listed) in [("10010101", false), ("10020101", true)] {
        let lines = world.portal().get(&format!("/accounts/profiles/{profile}/lines")).await.expect(200);
        assert_eq!(lines.text().contains("3007777777"), listed, "{profile}");
    }
    for (customer, listed) in [("1001", false), ("1002", true)] {
        let products = world.portal().get(&format!("/customers/{customer}/products")).await.expect(200);
        assert_eq!(products.text().contains("3007777777"), listed, "{customer}");
    }
    // A line that the file takes away is none.
    let gone = json!({"type": "remove", "of": "subscriber", "msisdn": "573007777777"});
    let told = complaints(&world, &text(&[theirs, gone, listed("10020101")])).await;
    assert_eq!(told, [format!("3: {must}")]);
}

#[tokio::test]
async fn an_extension_that_two_sites_of_a_file_name_is_the_later_ones() {
    let world = World::demo().await;
    let site = |id: &str, customer: &str, nit: &str| {
        json!({
            "type": "site", "id": id, "customer": customer, "document": {"kind": "NIT", "number": nit}, "name": "X",
            "extensions": [{"number": 6_019_990_001_u64, "name": "X", "recorded": true}],
        })
    };
    let (ours, theirs) = (site("Z-1", "1001", "900123456"), site("A-1", "1002", "901987654"));
    for order in [[ours.clone(), theirs.clone()], [theirs, ours]] {
        import(&world, &text(&order)).await.unwrap();
        let last = order[1]["customer"].as_str().unwrap();
        for (customer, nit) in [("1001", "900123456"), ("1002", "901987654")] {
            let sites = world.portal().get(&format!("/customers/{nit}/portfolio")).await.expect(200);
            assert_eq!(sites.text().contains("6019990001"), customer == last, "{customer}: {}", sites.text());
        }
        assert_eq!(item(&world, "EXT#6019990001", "E")["customer"]["S"], last);
    }
}

#[tokio::test]
async fn a_document_is_listed_once_under_its_newest_number_and_time() {
    let world = World::demo().await;
    let document = |nit: &str, created: &str| {
        json!({
            "type": "document", "name": "paper", "customer": "1001", "document": {"kind": "NIT", "number": nit},
            "segment": "MASIVE", "created": created,
        })
    };
    let ways = [
        ("900123456", "2026-03-01T00:00:00Z"),
        ("900123456", "2026-03-02T00:00:00Z"),
        ("800111222", "2026-03-02T00:00:00Z"),
        ("900123456", "2026-03-01T00:00:00Z"),
    ];
    for (nit, created) in ways {
        import(&world, &text(&[document(nit, created)])).await.unwrap();
        let all: Vec<_> =
            world.items().into_iter().filter(|item| item.contains("paper") && item.contains("created")).collect();
        let listed: Vec<_> = all.iter().filter(|item| item.contains("\"segment\"")).collect();
        assert!(listed.len() == 1 && listed[0].contains(nit) && listed[0].contains(created), "{all:#?}");
    }
}

/// Guard: where a step ends makes no difference.
#[tokio::test]
async fn a_contracts_own_record_counts_before_what_a_profile_says_anywhere_in_the_file() {
    let world = World::demo().await;
    let contract =
        json!({"type": "contract", "id": "509999", "customer": "1001", "first": "2026-01-01", "cycle_day": 15});
    let profile = json!({"type": "profile", "profile": {
        "id": "70000", "customer": "1001", "account": "100102", "contract": "509999", "document_number": "1", "name": "X",
        "description": "X", "billing_account": "X", "parent_billing_account": "X", "cycle": 1, "status": "P",
    }});
    let mut records = vec![contract];
    records.extend(super::groups(2_000));
    records.push(profile);
    import(&world, &text(&records)).await.unwrap();
    let cycle = world.ledger("509999").await.contract.cycle;
    assert_eq!((u32::from(cycle.day), cycle.changes.len()), (15, 0));
}

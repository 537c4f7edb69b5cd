//! The number of an identity document is one number however it is written: with dots, hyphens, blanks or none, in either case,
//! with its check digit or, where that is no part of the number, without.

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::domain::identity::Identity;
use shared::table::Changes;
use tests::{Caller, World};

use crate::{bad_request_names, load, pass};

/// A kind of document and the ways to write one number of it.
type Kind = (&'static str, &'static [&'static str]);

/// The kinds of each country. NIT of Colombia and RUC of Paraguay have a check digit beside the number, worked out by hand.
const KINDS: [(&str, &[Kind]); 6] = [
    (
        "co",
        &[
            ("NIT", &["800222333", "800222333-2", "800.222.333-2", "8002223332", "800.222.333", "800222333 2"]),
            // A person's NIT: with its check digit it is as long as a company's without.
            ("NIT", &["80123456", "80123456-4", "80.123.456-4", "801234564"]),
            ("CC", &["1020304050", "1.020.304.050", "1 020 304 050"]),
            ("CE", &["E123456", "e-123456", "E-123.456"]),
            ("PA", &["AB123456", "ab 123456"]),
        ],
    ),
    (
        "sv",
        &[
            ("NIT", &["06140101901012", "0614-010190-101-2"]),
            ("DUI", &["012345678", "01234567-8"]),
            ("NRC", &["123456", "12345-6"]),
        ],
    ),
    ("gt", &[("NIT", &["1234567K", "1234567-k", "1.234.567-K"]), ("DPI", &["1234567890101", "1234 56789 0101"])]),
    ("hn", &[("RTN", &["08011990123456", "0801-1990-123456"]), ("DNI", &["0801199012345", "0801-1990-12345"])]),
    ("bo", &[("CI", &["12345671K", "1234567-1k"]), ("NIT", &["1023456021", "1.023.456.021"])]),
    ("py", &[("RUC", &["80024627", "80024627-6", "80.024.627-6", "800246276"]), ("CI", &["1234567", "1.234.567"])]),
];

/// Customer 1001 with this one document, on its record and on everything that carries it.
async fn carry(world: &World, line: &str, kind: &str, number: &str) {
    let document = json!({"kind": kind, "number": number});
    let mut subscriber = world.line_record(line).await;
    subscriber["identities"] = json!([document]);
    let owned = |kind: &str, more: Value| {
        let mut record = json!({"type": kind, "customer": "1001", "document": document, "name": "paper"});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record
    };
    let records = [
        json!({"type": "customer", "code": "1001", "name": "Andina", "address": "X", "identities": [document]}),
        owned(
            "account",
            json!({
                "id": "7100", "billing_account": "7100", "consultant": "Luis", "contact": "Ana", "phone": "1", "email": "a@example.com",
            }),
        ),
        owned("site", json!({"id": "S-71", "extensions": []})),
        owned("document", json!({"created": "2026-01-01T00:00:00Z"})),
        subscriber,
    ];
    load(world, &records).await;
}

/// Everything that is found by the number, as statuses by name.
async fn found(caller: &Caller<'_>, line: &str, kind: &str, number: &str) -> Vec<(&'static str, u16)> {
    let written = number.replace(' ', "%20").replace('\u{a0}', "%C2%A0");
    let groups = format!("/customers/{kind}/{written}/bills/groups");
    let group = json!({"groupId": "G-71", "address": "Calle 1"});
    let status = format!("/billing/subscribers/{line}/status");
    let body = |more: Value| {
        let mut body = json!({"code": "Active", "assetType": "SIM", "customerId": number});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let mut all = vec![
        ("accounts", caller.get(&format!("/accounts?idType={kind}&id={written}")).await.status()),
        ("bills", caller.get(&format!("/customers/{kind}/{written}/bills")).await.status()),
        ("a new group", caller.post(&groups, &group).await.status()),
        ("a group's bills", caller.get(&format!("{groups}/G-71")).await.status()),
        ("another address", caller.put(&groups, &group).await.status()),
        ("no group", caller.delete(&groups, &group).await.status()),
        ("documents", caller.get(&format!("/documents/{written}?movil={line}&document=paper")).await.status()),
        ("status by kind", caller.put(&status, &body(json!({"documentType": kind}))).await.status()),
        ("status by number", caller.put(&status, &body(json!({}))).await.status()),
    ];
    if kind == "NIT" {
        all.push(("accounts by docId", caller.get(&format!("/accounts?docId={written}")).await.status()));
        all.push(("portfolio", caller.get(&format!("/customers/{written}/portfolio")).await.status()));
    }
    all
}

#[tokio::test]
async fn a_number_is_found_however_it_was_loaded_and_is_asked_for() {
    for (country, kinds) in KINDS {
        let world = World::of(country).await;
        let products = world.client("demo-acme").get("/customers/1001/products").await.expect(200);
        let line = products.at("/0/msisdn").as_str().unwrap().to_owned();
        for (kind, ways) in kinds {
            for loaded in *ways {
                carry(&world, &line, kind, loaded).await;
                // Reads remember for a minute whose a number is.
                pass(&world, TimeDelta::minutes(1)).await;
                for asked in *ways {
                    let all = found(&world.client("demo-acme"), &line, kind, asked).await;
                    let lost: Vec<_> = all.iter().filter(|(_, status)| *status != 200).collect();
                    assert!(lost.is_empty(), "{country}: {kind} loaded as {loaded}, asked for as {asked}: {lost:?}");
                }
            }
        }
    }
}

/// Guard: a number that was copied with a blank beside it is the number, as it is loaded and as it is asked for.
#[tokio::test]
async fn blanks_around_a_number_are_none_of_its() {
    let world = World::demo().await;
    for loaded in ["800.222.333-2", " 800222333", "800222333\u{a0}"] {
        carry(&world, "3001234567", "NIT", loaded).await;
        pass(&world, TimeDelta::minutes(1)).await;
        for asked in ["800222333", " 800222333", "800222333-2 ", "\u{a0}800222333\u{a0}"] {
            let all = found(&world.client("demo-acme"), "3001234567", "NIT", asked).await;
            let lost: Vec<_> = all.iter().filter(|(_, status)| *status != 200).collect();
            assert!(lost.is_empty(), "loaded as {loaded:?}, asked for as {asked:?}: {lost:?}");
        }
    }
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    for own in ["CODE/%201001", "CODE/1001%C2%A0", "MSISDN/%203001234567", "CONTRACT/500101%20"] {
        acme.get(&format!("/customers/{own}/bills")).await.expect(200);
    }
    let status = json!({"code": "Active", "assetType": "SIM", "customerId": " 1001 "});
    acme.put("/billing/subscribers/3001234567/status", &status).await.expect(200);
    bad_request_names(&acme.get("/accounts?docId=800222333%0A").await, "docId");
}

#[tokio::test]
async fn a_number_is_shown_as_it_was_registered() {
    let world = World::demo().await;
    carry(&world, "3001234567", "NIT", "800.222.333-2").await;
    let reply = world.client("demo-acme").get("/accounts?docId=800222333").await.expect(200);
    assert_eq!(reply.at("/accountCollection/0/documentNumber"), "800.222.333-2");
}

#[tokio::test]
async fn another_spelling_is_not_another_identity() {
    let world = World::demo().await;
    carry(&world, "3001234567", "NIT", "800222333").await;
    let plain: Vec<_> = places(&world);
    assert!(plain.iter().any(|place| place.contains("800222333")), "{plain:?}");
    for number in ["800.222.333-2", "8002223332", "800222333"] {
        carry(&world, "3001234567", "nit", number).await;
        assert_eq!(places(&world), plain, "{number}");
    }
}

#[tokio::test]
async fn what_an_earlier_release_imported_is_found_when_it_is_imported_again() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    carry(&world, "3001234567", "NIT", "800222333").await;
    let expected = places(&world);
    // As it was stored then: under the number as it was written.
    let written = Identity::plain("NIT", "800.222.333-2");
    let reader = world.operator.writer.reader();
    let mut customer = reader.customer(&"1001".parse().unwrap()).await.unwrap().unwrap();
    let mut account = reader.account(&"7100".parse().unwrap()).await.unwrap().unwrap();
    let mut changes = Changes::new();
    for own in &customer.identities {
        changes.remove_identity(own, &customer.code);
    }
    let canonical = account.clone();
    (customer.identities, account.document) = ([written.clone()].into(), written);
    changes.remove_account(&canonical);
    world.operator.writer.load(changes).await.unwrap();
    let mut changes = Changes::new();
    changes.put_customer(&customer).unwrap();
    changes.put_account(&account, world.clock.now()).unwrap();
    world.operator.writer.load(changes).await.unwrap();
    let by_name = ["/customers/NIT/800222333/bills", "/accounts?docId=800222333"];
    for path in by_name {
        acme.get(path).await.expect(404);
    }
    carry(&world, "3001234567", "NIT", "800.222.333-2").await;
    for path in by_name {
        acme.get(path).await.expect(200);
    }
    // Nothing is left in the old places.
    let left: Vec<_> = places(&world).into_iter().filter(|place| !expected.contains(place)).collect();
    let former = ["DOC#NIT#800.222.333-2 C", "DOC#NIT#800.222.333-2 C#1001"];
    assert_eq!(left, former, "who had the number then, which nobody asks for any more");
}

/// The keys under which things are found by document or identity.
fn places(world: &World) -> Vec<String> {
    let key = |item: String| -> Option<String> {
        let item: Value = serde_json::from_str(&item).unwrap();
        let key = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let pk = key("pk");
        (pk.starts_with("ID#") || pk.starts_with("DOC#")).then(|| format!("{pk} {}", key("sk")))
    };
    let mut places: Vec<_> = world.items().into_iter().filter_map(key).collect();
    places.sort();
    places
}

#[tokio::test]
async fn what_is_no_kind_of_document_stays_as_it_is() {
    let world = World::demo().await;
    let identities = [("CONTRACT", "A.1-2"), ("MSISDN", "300 1234567")]
        .map(|(kind, number)| json!({"kind": kind, "number": number}));
    load(
        &world,
        &[json!({"type": "customer", "code": "1001", "name": "X", "address": "X", "identities": identities[..1]})],
    )
    .await;
    let acme = world.client("demo-acme");
    acme.get("/customers/contract/A.1-2/bills").await.expect(200);
    for other in ["A12", "a.1-2", "A.12"] {
        acme.get(&format!("/customers/contract/{other}/bills")).await.expect(404);
    }
}

#[tokio::test]
async fn a_wrong_check_digit_is_another_number_and_no_number_is_named() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    for wrong in ["900123456-7", "9001234567", "900.123.456-1", "0900123456"] {
        acme.get(&format!("/accounts?docId={wrong}")).await.expect(404);
        acme.get(&format!("/customers/NIT/{wrong}/bills")).await.expect(404);
        acme.get(&format!("/customers/{wrong}/portfolio")).await.expect(404);
    }
    for none in ["-1", "1-", ".", "-", "%2B1", "a%2Fb", "1%23", "%C3%A91", &"1".repeat(65)] {
        bad_request_names(&acme.get(&format!("/accounts?docId={none}")).await, "docId");
        bad_request_names(&acme.get(&format!("/accounts?idType=CC&id={none}")).await, "id");
        bad_request_names(&acme.get(&format!("/customers/NIT/{none}/bills")).await, "id");
        bad_request_names(&acme.get(&format!("/customers/{none}/portfolio")).await, "nit");
        bad_request_names(&acme.get(&format!("/documents/{none}?movil=3001234567")).await, "documentId");
    }
}

#[tokio::test]
async fn a_wrong_check_digit_is_a_bad_line() {
    for (country, kind, number) in [("co", "NIT", "900.123.456-7"), ("py", "RUC", "80024627-1")] {
        let world = World::of(country).await;
        let document = json!({"kind": kind, "number": number});
        let before = world.items();
        let number = world.client("demo-acme").get("/customers/1001/products").await.at("/0/msisdn");
        let mut line = world.line_record(number.as_str().unwrap()).await;
        line["identities"] = json!([document]);
        for record in [
            json!({"type": "customer", "code": "1009", "name": "X", "address": "X", "identities": [document]}),
            json!({"type": "site", "id": "S-9", "customer": "1001", "document": document, "name": "X", "extensions": []}),
            json!({"type": "document", "name": "p", "customer": "1001", "document": document, "created": "2026-01-01T00:00:00Z"}),
            line,
        ] {
            let error = world.import(&[record]).await.unwrap_err().to_string();
            assert!(error.contains("line 1:") && error.contains("check digit"), "{country}: {error}");
        }
        assert_eq!(world.items(), before);
    }
}

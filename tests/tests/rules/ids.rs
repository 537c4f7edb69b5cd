//! No text in place of an id reaches another object, causes a 500, or changes anything.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use tests::World;
use tests::world::{LINE, OTHERS};
use tokio::runtime::Runtime;

use crate::examples::{Example, examples, fields, put};

/// Parameters and fields that hold an id, wherever they are.
const IDS: &[&str] = &[
    "MSISDN",
    "msisdn",
    "movil",
    "PhoneNumber",
    "offerId",
    "planId",
    "accountId",
    "profileId",
    "partnum",
    "id",
    "idType",
    "groupId",
    "contractNumber",
    "nit",
    "documentId",
    "document",
    "idCall",
    "idFormat",
    "customerCode",
    "extensions",
    "consultantId",
    "customerId",
];

/// Separators of keys, special characters of addresses and patterns, and letters that look like digits; between them,
/// existing ids.
const PIECES: &[&str] = &[
    LINE,
    OTHERS,
    "1001",
    "1002",
    "100101",
    "10010101",
    "900123456",
    "7001",
    "G-1001",
    "PN-VOZ-01",
    "NIT",
    "SUB",
    "PLAN",
    "#",
    "%23",
    "%2523",
    "%",
    "|",
    "/",
    "\\",
    "*",
    "?",
    "&",
    "=",
    "..",
    " ",
    "+",
    "\u{0}",
    "\n",
    "\u{e9}",
    "\u{202e}",
    "\u{663}",
    "\u{ff13}",
    "\u{10ffff}",
    "'",
    "\"",
    "{",
    "}",
    "$",
];

fn hostile() -> impl Strategy<Value = String> {
    let plain = |text: &String| text.chars().all(|one| one.is_ascii_alphanumeric() || "-._+ ".contains(one));
    let text = vec(proptest::sample::select(PIECES), 1..6).prop_map(|pieces| pieces.concat());
    text.prop_filter("a text that may be an id", move |text| !plain(text))
}

/// A percent-encoded text: everything but letters and digits.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The requests with the text in place of each id, in the address and in the body.
fn requests(example: &Example, text: &str) -> Vec<(Example, String)> {
    let mut requests = Vec::new();
    for name in example.parameters.keys().filter(|name| IDS.contains(&name.as_str())) {
        let mut request = example.clone();
        request.parameters.insert(name.clone(), escaped(text));
        requests.push((request, name.clone()));
    }
    for (at, schema) in fields(&example.schema, "") {
        let name = at.rsplit('/').next().unwrap();
        if IDS.contains(&name) {
            let mut request = example.clone();
            if at == "/planId" {
                // With a list the body's own plan is ignored.
                put(&mut request.body, "/AdditionalSubscriptionsList", None);
            }
            let value = if schema["type"] == "array" { json!([text]) } else { json!(text) };
            put(&mut request.body, &at, Some(value));
            requests.push((request, name.to_owned()));
        }
    }
    requests
}

#[test]
fn no_text_in_the_place_of_an_id_reaches_anything() {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::demo());
    let before = world.items();
    let colombian = || examples().iter().filter(|example| !example.operation.document.contains("sv-"));
    let places: usize = colombian().map(|example| requests(example, "#").len()).sum();
    assert!(places > 60, "{places} places");
    let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
    let tried = runner.run(&hostile(), |text| {
        for (request, name) in colombian().flat_map(|example| requests(example, &text)) {
            let reply = runtime.block_on(request.send(&world, &request.body));
            let place = format!("{} {name}", request.address());
            prop_assert!([400, 403, 404].contains(&reply.status()), "{place}: {} {}", reply.status(), reply.text());
            // A business rule applies only to what could be the subscriber's document.
            prop_assert!(reply.status() != 403 || name == "customerId", "{place}: {}", reply.text());
        }
        prop_assert!(world.items() == before, "{text:?} has changed the table");
        Ok(())
    });
    tried.unwrap();
}

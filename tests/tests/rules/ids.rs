//! No text in the place of an id leads to another object, to an error of ours, or to a change.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use tests::World;
use tests::world::{LINE, OTHERS};
use tokio::runtime::Runtime;

use crate::examples::{Example, examples, fields, put};

/// The parameters and fields that name something, wherever they stand.
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

/// What separates the parts of a key, what means something in an address or a pattern, and letters that look like
/// digits; between them ids that exist.
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

/// A text as it stands in an address: everything but letters and digits as percent signs and hexadecimal digits.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The calls with the text in the place of each id: in the address, and in the body.
fn calls(example: &Example, text: &str) -> Vec<(Example, String)> {
    let mut calls = Vec::new();
    for name in example.parameters.keys().filter(|name| IDS.contains(&name.as_str())) {
        let mut call = example.clone();
        call.parameters.insert(name.clone(), escaped(text));
        calls.push((call, name.clone()));
    }
    for (at, schema) in fields(&example.schema, "") {
        let name = at.rsplit('/').next().unwrap();
        if IDS.contains(&name) {
            let mut call = example.clone();
            if at == "/planId" {
                // Where a list is sent the body's own plan does not count.
                put(&mut call.body, "/AdditionalSubscriptionsList", None);
            }
            let value = if schema["type"] == "array" { json!([text]) } else { json!(text) };
            put(&mut call.body, &at, Some(value));
            calls.push((call, name.to_owned()));
        }
    }
    calls
}

#[test]
fn no_text_in_the_place_of_an_id_reaches_anything() {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::demo());
    let before = world.items();
    let colombian = || examples().iter().filter(|example| !example.operation.document.contains("sv-"));
    let places: usize = colombian().map(|example| calls(example, "#").len()).sum();
    assert!(places > 60, "{places} places");
    let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
    let tried = runner.run(&hostile(), |text| {
        for (call, name) in colombian().flat_map(|example| calls(example, &text)) {
            let reply = runtime.block_on(call.send(&world, &call.body));
            let place = format!("{} {name}", call.address());
            prop_assert!([400, 403, 404].contains(&reply.status()), "{place}: {} {}", reply.status(), reply.text());
            // A rule of the business is asked only of what may be the subscriber's document.
            prop_assert!(reply.status() != 403 || name == "customerId", "{place}: {}", reply.text());
        }
        prop_assert!(world.items() == before, "{text:?} has changed the table");
        Ok(())
    });
    tried.unwrap();
}

//! `docs/import.md`: a line of every type, as the demo data has it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use shared::domain::country::Country;

use crate::committed;

const FILE: &str = "docs/import.md";

/// The types in the order in which a newcomer needs them, and what each is.
const TYPES: [(&str, &str); 17] = [
    ("client", "An API client. Its secret is made while loading and shown once. One that is there already stays."),
    ("plan", "A plan of the catalogue. Amounts are in the currency's smallest unit."),
    ("offer", "An offer of the catalogue."),
    (
        "subscriber",
        "A line with all its state: an older state of the line is replaced, favourites and requests included. `since` may tell \
         since when it is the customer's.",
    ),
    (
        "usage",
        "An app's traffic in an hour of the country, as one source tells it. A second delivery replaces the first.",
    ),
    ("customer", "A customer and every identity it is known by: one that it had before and has no more opens nothing."),
    ("group", "A billing group of a customer."),
    ("bill", "A bill. `group` names the billing group it is sent with."),
    ("product", "A line in the list of products of the customer whose line it is."),
    ("service", "A service of the catalogue that profiles can have."),
    (
        "account",
        "An account of a company, with its contracts. One that has moved to another document leaves the old one; one that \
         changes hands takes its profiles along in the same file.",
    ),
    (
        "profile",
        "A profile with all its services: older ones are replaced. It is of its account's customer. One that has moved \
         leaves its old account and contract.",
    ),
    ("profile_line", "A line of the profile that the line's own record names."),
    ("call", "A call of a line. A second delivery of the same `id` and `start` replaces the first."),
    ("recording", "A recording whose files are in the bucket already. One that is there stays, erased ones too."),
    (
        "site",
        "A site of a company with its extensions: those it had before and has no more are nobody's. Its id is unique under its document.",
    ),
    ("document", "A document whose file is in the bucket already."),
];

/// What stands before the records, which a person writes.
const RECORDS: &str = "## Records\n";

/// What stands before the first of them.
const HEAD: &str = "
A line of every type, from the demo data. Written by `REWRITE=1 cargo test -p tests --test rules import_page`.
";

fn page() -> String {
    let country = Country::by_code("co").unwrap();
    let demo = local::demo::data(country, "2026-03-10T15:00:00Z".parse().unwrap()).unwrap();
    let mut shortest: BTreeMap<String, &str> = BTreeMap::new();
    for line in demo.lines.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let known = shortest.entry(record["type"].as_str().unwrap().to_owned()).or_insert(line);
        if line.len() < known.len() {
            *known = line;
        }
    }
    let file = tests::file(FILE);
    let (own, _) = file.split_once(RECORDS).unwrap();
    let mut page = format!("{own}{RECORDS}{HEAD}");
    for (kind, meaning) in TYPES {
        let line = shortest.remove(kind);
        assert!(line.is_some(), "the demo data has no {kind}");
        let line = line.unwrap();
        write!(page, "\n**`{kind}`**: {meaning}\n\n```json\n{line}\n```\n").unwrap();
    }
    assert!(shortest.is_empty(), "{FILE} does not know {:?}", shortest.keys());
    page
}

#[test]
fn the_page_of_the_import_has_a_line_of_every_type() {
    committed::compare(FILE, &page(), "import_page");
}

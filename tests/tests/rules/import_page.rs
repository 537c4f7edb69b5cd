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

const HEAD: &str = "# Importing

`cargo run -- import FILE.jsonl --table TABLE --secret SECRET`, or with `--data FILE` into a local table. A file has one JSON object a
line; `type` says what it is. The whole file is checked before anything is loaded, and bad lines are listed with number and reason. A
load that was cut off goes on with the same command. Load one file at a time. Loading a file again changes nothing that it does not say.

Files of recordings and documents are put into the bucket (the output `BucketName`) with any S3 client before their records are loaded:

| file | key |
|---|---|
| recording | `<country>/<customer>/recordings/<id>.wav` or `.mp3`, for example `co/1001/recordings/7001.wav` |
| document | `<country>/<customer>/documents/<name>.pdf`, for example `co/1001/documents/terms-1001.pdf` |

## What changes hands

Numbers, accounts, profiles and extensions are given out again, and a load is how. Of several records of one thing the last one counts.

- **A line** that moves to another customer, profile or contract takes its place in the profile and in the list of products along, in one
  transaction; nothing is left with its old owner. The new customer's `subscriber` record is enough. A `profile_line` or `product` record
  that says otherwise than the line's own record is a bad line.
- **Its past stays behind.** The line remembers since when it is its customer's: since the load that moved it, or a later time told as
  `since`. Purchases and requests of before do not count, and what they cost stays on the contract that was charged. Calls and traffic count
  by whole days: they are the new customer's from the first midnight of the country after the move, as the money is; the day of the move is
  shown to nobody. A line that comes back brings nothing back. Loading it again for the same customer keeps what it remembers.
- **A line that is new** to the table shows all that is loaded under its number. Where the number had an owner before, tell `since`.
- **Several customers may be known by one number** or document. Each finds its own; who sees several is asked for the customer's code.
- **Never given twice** are a customer's code, a client's id and a recording: recordings and bills stay with the customer they name.

A table that an earlier release has loaded goes on working. It does not know of moves before: load the `subscriber` records of lines that
have moved again with `since`, and take the old owner's places away by hand; load `customer`, `site` and `profile_line` records again so
that the next load knows what to take away. What such a load has left behind opens and buys nothing: a purchase asks the profile itself
whose it is, and an identity counts only while its customer names it.

## Records

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
    let mut page = HEAD.to_owned();
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

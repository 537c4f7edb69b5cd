//! `docs/import.md`: a line of every type, as the demo data has it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use local::import::{Import, Lines};
use local::store::Store;
use local::template::Template;
use serde_json::Value;
use shared::clock::Clock;
use shared::domain::country::Country;

use crate::committed;

const FILE: &str = "docs/import.md";

/// The types in the order in which a newcomer needs them and a file has to have them, and what each is.
const TYPES: [(&str, &str); 26] = [
    ("client", "An API client. Its secret is generated and shown once. An existing client is kept."),
    ("plan", "A plan of the catalogue. Amounts are in the currency's smallest unit."),
    ("offer", "An offer of the catalogue."),
    (
        "plan_price",
        "What a plan costs from a day on. This and the next five are lines of a rate sheet ([catalogue.md](catalogue.md)).",
    ),
    ("allowance", "What a plan includes each month."),
    ("service_price", "What a service costs from a day on, where no price was agreed."),
    ("rate", "What usage costs from a day on, where nothing includes it."),
    ("zone", "Which zone the numbers, or networks, with a prefix belong to from a day on."),
    ("increment", "How calls are counted from a day on."),
    (
        "issuer",
        "Who issues bills from a day on: the company as the tax office knows it ([fiscal.md](fiscal.md)). It is part of the catalogue's \
         version.",
    ),
    ("customer", "A customer with all its identities; any other it had before no longer counts."),
    (
        "contract",
        "A contract, with the days it is charged and the day of the month on which its periods begin. Lines and profiles \
         make one, too, from the day they are loaded on. It is never given to another customer. `group` names the billing \
         group its bills are sent with.",
    ),
    (
        "series",
        "A series of bill numbers, for `invoice` or `credit-note`, with the tax office's authorisation and days where there \
         are any. One that is there stays as it is.",
    ),
    ("group", "A billing group of a customer."),
    (
        "account",
        "An account of a company, with its contracts. One that moves to another document leaves the old one; one that \
         changes hands needs its profiles in the same file.",
    ),
    (
        "profile",
        "A profile with all its services, which replace the former ones. It has its account's customer. One that moves \
         leaves its old account and contract.",
    ),
    (
        "subscriber",
        "A line with its whole state, which replaces the former one, favourites and requests included. `since` may state \
         since when it belongs to the customer.",
    ),
    ("profile_line", "A line of the profile that the line's own record names."),
    ("product", "A line in the list of products of the customer whose line it is."),
    ("service", "A service of the catalogue, for profiles."),
    (
        "usage",
        "An app's traffic in an hour, from one source. `hour` is an instant of RFC 3339 at a full hour, or `YYYY-MM-DDTHH` in \
         UTC, which is no time of the country. A second delivery replaces the first.",
    ),
    ("call", "A call of a line. A second delivery of the same `id` and `start` replaces the first."),
    ("bill", "A bill. `group` names the billing group it is sent with."),
    (
        "site",
        "A site of a company with all its extensions; any other it had before no longer belongs to anyone. Its id is unique under its document.",
    ),
    ("recording", "A recording whose files are in the bucket. An existing one is kept, even if erased."),
    ("document", "A document whose file is in the bucket."),
];

/// Whose records the page has, so that they fit together: of a type that names one of these, the shortest line that does.
const STORY: [&str; 7] = [
    "\"573009876543\"",
    "\"plan\":\"102\"",
    "\"id\":\"102\"",
    "\"id\":\"100201\"",
    "\"id\":\"10020101\"",
    "\"id\":\"500201\"",
    "\"customer\":\"1002\"",
];

/// What the demo data has none of.
const REMOVE: &str = "
**`remove`**: An object that is taken away, here an offer; the fields are in the table above.

```json
{\"type\":\"remove\",\"of\":\"offer\",\"id\":\"202\"}
```
";

/// What stands before the records, which a person writes.
const RECORDS: &str = "## Records\n";

/// What stands before the first of them.
const HEAD: &str = "
A line of every type, from the demo data. Written by `REWRITE=1 cargo test -p tests --test rules import_page`.
";

fn page() -> String {
    let country = Country::by_code("co").unwrap();
    let demo = local::demo::data(country, "2026-03-10T15:00:00Z".parse().unwrap()).unwrap();
    let mut best: BTreeMap<String, (bool, usize, &str)> = BTreeMap::new();
    for line in demo.lines.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let is_of_story = STORY.iter().any(|word| line.contains(word));
        let rank = (!is_of_story, line.len(), line);
        let known = best.entry(record["type"].as_str().unwrap().to_owned()).or_insert(rank);
        *known = rank.min(*known);
    }
    let file = tests::file(FILE);
    let (own, _) = file.split_once(RECORDS).unwrap();
    let mut page = format!("{own}{RECORDS}{HEAD}");
    for (kind, meaning) in TYPES {
        let line = best.remove(kind);
        assert!(line.is_some(), "the demo data has no {kind}");
        let (_, _, line) = line.unwrap();
        write!(page, "\n**`{kind}`**: {meaning}\n\n```json\n{line}\n```\n").unwrap();
    }
    assert!(best.is_empty(), "{FILE} does not know {:?}", best.keys());
    page + REMOVE
}

#[test]
fn the_page_of_the_import_has_a_line_of_every_type() {
    committed::compare(FILE, &page(), "import_page");
}

/// Guard: the page says what may be loaded, in an order in which it may be.
#[tokio::test]
async fn the_lines_of_the_page_are_one_file_that_loads_into_an_empty_table() {
    let country = Country::by_code("co").unwrap();
    let clock = Clock::standing_at("2026-03-10T15:00:00Z".parse().unwrap());
    let parameters = [("Country".to_owned(), country.code.to_owned())];
    let template = Template::parse(&tests::file("template.yaml"), &parameters).unwrap();
    let store = Store::with_ring(&template, None, || Ok(tests::world::ring().to_owned())).unwrap();
    let target = store.target();
    let ring = target.ring().await.unwrap();
    let import = Import { writer: &target.writer, ring: &ring, clock: &clock, country };
    let text = tests::file(FILE);
    let blocks = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let page: String = blocks.collect();
    let report = import.run(&Lines::Text(page), |_, _, _| ()).await.unwrap();
    assert_eq!(report.lines, TYPES.len() as u64 + 1);
}

//! Lists of the size that operators have, put into the table directly as copies of demo items.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Value, json};
use shared::domain::document::Document;
use shared::domain::identity::Identity;
use shared::domain::ids::{AccountId, ContractId, CustomerCode, ProfileId};
use shared::domain::recording::Recording;
use shared::domain::usage::Traffic;
use shared::table::keys::{self, Key};

use crate::World;
use crate::world::LINE;

/// A list that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Large {
    /// Lines of profile 10010102.
    Lines,
    /// Bills of customer 1001, fifty a day.
    Bills,
    /// Calls of [`LINE`] in the first days of 2026, two a minute.
    Calls,
    /// Products of customer 1001.
    Products,
    /// Profiles of account 100101.
    Profiles,
    /// Accounts of customer 1001's document.
    Accounts,
    /// Sites of the same document.
    Sites,
    /// Documents under the same number.
    Documents,
    /// Recordings of extension 6015550101, one a minute.
    Recordings,
    /// Traffic of [`LINE`] in an hour, of many sources.
    Traffic,
}

/// Customer 1001's document.
fn document() -> Identity {
    Identity::plain("NIT", "900123456")
}

impl Large {
    /// Those that an address lists by pages.
    pub const ALL: [Self; 7] =
        [Self::Lines, Self::Bills, Self::Calls, Self::Products, Self::Profiles, Self::Accounts, Self::Sites];

    /// The others.
    pub const INNER: [Self; 3] = [Self::Documents, Self::Recordings, Self::Traffic];

    /// A realistic number of rows.
    pub const fn usual(self) -> usize {
        match self {
            Self::Lines | Self::Products | Self::Recordings | Self::Traffic => 10_000,
            Self::Bills => 100_000,
            Self::Calls => 50_000,
            Self::Profiles | Self::Accounts | Self::Sites | Self::Documents => 2_500,
        }
    }

    /// The address of the list.
    pub fn address(self) -> String {
        match self {
            Self::Lines => "/accounts/profiles/10010102/lines?".to_owned(),
            Self::Bills => "/customers/code/1001/bills?".to_owned(),
            Self::Calls => format!("/customers/{LINE}/calls/details?dateFrom=2026-01-01&dateTill=2026-01-31"),
            Self::Products => "/customers/1001/products?".to_owned(),
            Self::Profiles => "/accounts/100101/profiles?".to_owned(),
            Self::Accounts => "/accounts?docId=900123456".to_owned(),
            Self::Sites => "/customers/900123456/portfolio?".to_owned(),
            Self::Documents => format!("/documents/900123456?movil={LINE}"),
            Self::Recordings => "/lines/recordings?".to_owned(),
            Self::Traffic => format!("/billing/subscribers/{LINE}/usage/data/hourlybyapp?"),
        }
    }

    /// The partition, and how the sort keys of its rows begin.
    fn place(self, world: &World) -> (String, &'static str) {
        let line = world.msisdn(LINE);
        match self {
            Self::Lines => ("PROF#10010102".to_owned(), "L#"),
            Self::Bills => ("CUST#1001".to_owned(), "B#"),
            Self::Calls => (format!("CALL#{line}"), ""),
            Self::Products => ("CUST#1001".to_owned(), "P#"),
            Self::Profiles => ("ACCT#100101".to_owned(), "P#"),
            Self::Accounts => ("DOC#NIT#900123456".to_owned(), "A#"),
            Self::Sites => ("DOC#NIT#900123456".to_owned(), "B#"),
            Self::Documents => ("DOC#NIT#900123456".to_owned(), "D#"),
            Self::Recordings => ("EXT#6015550101".to_owned(), "R#"),
            Self::Traffic => (format!("USE#{line}"), "2"),
        }
    }

    /// Texts of a row that an answer shows.
    pub const fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Lines => &["id", "poid", "kind"],
            Self::Bills => &["address", "name", "plan"],
            Self::Calls => &["o", "p"],
            Self::Products => &["name", "address", "plan_description"],
            Self::Profiles => &["name", "description", "billing_account"],
            Self::Accounts => &["name", "consultant", "contact"],
            Self::Sites => &["name"],
            Self::Documents | Self::Recordings | Self::Traffic => &[],
        }
    }

    /// Adds this many rows.
    ///
    /// # Panics
    /// When the demo data has none of the kind.
    pub fn fill(self, world: &World, count: usize) {
        self.fill_with(world, count, |_, _| ());
    }

    /// The same, with this for every text.
    ///
    /// # Panics
    /// When the demo data has none of the kind.
    pub fn fill_wide(self, world: &World, count: usize, text: &str) {
        self.fill_with(world, count, |_, item| self.texts().iter().for_each(|name| item[name] = json!({ "S": text })));
    }

    /// The same, each row changed by its number.
    ///
    /// # Panics
    /// When the demo data has none of the kind.
    #[expect(clippy::expect_used, reason = "a measurement without its data cannot go on")]
    pub fn fill_with(self, world: &World, count: usize, change: impl Fn(usize, &mut Value)) {
        let (pk, prefix) = self.place(world);
        let items = world.store.embedded.items(world.store.table()).expect("a scan");
        let of =
            |item: &&Value| item["pk"]["S"] == pk && item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with(prefix));
        let model = items.iter().find(of).expect("a model");
        let copy = |at| {
            let mut item = self.copy(world, model.clone(), at);
            change(at, &mut item);
            item
        };
        world.store.embedded.fill(world.store.table(), (0..count).map(copy).collect()).expect("a table");
    }

    #[expect(clippy::expect_used, reason = "made of numbers")]
    fn copy(self, world: &World, mut item: Value, at: usize) -> Value {
        let line = world.msisdn(LINE);
        let mut name = |attribute: &str, id: &str| item[attribute] = json!({ "S": id });
        let Key { pk, sk } = match self {
            Self::Lines => {
                let number = world.msisdn(&format!("32{at:08}"));
                name("msisdn", number.as_str());
                keys::profile_line(&"10010102".parse::<ProfileId>().expect("an id"), &number)
            }
            Self::Bills => {
                let date = NaiveDate::from_ymd_opt(2019, 1, 1).expect("a day") + Duration::days(days(at / 50));
                let number = format!("9{at:09}");
                name("date", &date.to_string());
                name("number", &number);
                keys::bill(&code(), date, &number.parse().expect("a number"))
            }
            Self::Calls => {
                let new_year = DateTime::<Utc>::from_timestamp(1_767_243_600, 0).expect("a time");
                let start = new_year + Duration::seconds(days(at) * 30);
                keys::call(&line, start, &format!("large-{at}").parse().expect("an id"))
            }
            Self::Products => {
                let number = world.msisdn(&format!("32{at:08}"));
                name("msisdn", number.as_str());
                let contract: ContractId = "900000".parse().expect("an id");
                keys::product_of(&code(), &contract, &number).expect("a number")
            }
            Self::Profiles => {
                let id = format!("8{at:09}");
                name("id", &id);
                let account: AccountId = "100101".parse().expect("an id");
                keys::account_profile(&account, &id.parse().expect("an id"))
            }
            Self::Accounts => {
                let id = format!("8{at:09}");
                name("id", &id);
                keys::document_account(&document(), &id.parse().expect("an id"))
            }
            Self::Sites => {
                let id = format!("L-{at:09}");
                name("id", &id);
                keys::site(&document(), &id.parse().expect("an id"))
            }
            Self::Documents => {
                let id = format!("large-{at:09}");
                name("name", &id);
                let created = DateTime::<Utc>::from_timestamp(1_500_000_000 + days(at), 0).expect("a time");
                name("created", &created.to_rfc3339());
                keys::document(&Document {
                    name: id.parse().expect("a name"),
                    customer: code(),
                    document: document(),
                    segment: shared::domain::document::Segment::Corporate,
                    created,
                })
            }
            Self::Recordings => {
                let start = DateTime::<Utc>::from_timestamp(1_772_500_000 + 60 * days(at % 9_000), 0).expect("a time");
                item["id"] = json!({ "N": (80_000_000 + at).to_string() });
                item["start"] = json!({ "S": start.to_rfc3339() });
                let recording: Recording = serde_json::from_value(json!({
                    "id": 80_000_000 + at, "customer": "1001", "extension": 6_015_550_101_u64, "start": start,
                    "seconds": 2, "direction": "IN", "origin": 1, "destination": "1", "files": {},
                }))
                .expect("a recording");
                keys::recording_of_extension(&recording)
            }
            Self::Traffic => {
                let now = world.clock.now();
                let hour = shared::domain::period::Hour::of(now - Duration::hours(5));
                let app = "Chat".parse().expect("an app");
                let source = format!("large-{at}").parse().expect("a source");
                keys::traffic(&line, &Traffic { hour, app, source, bytes: 1, ingested_at: now })
            }
        };
        item["pk"] = json!({ "S": pk });
        item["sk"] = json!({ "S": sk });
        item
    }
}

#[expect(clippy::expect_used, reason = "a constant")]
fn code() -> CustomerCode {
    "1001".parse().expect("a code")
}

fn days(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

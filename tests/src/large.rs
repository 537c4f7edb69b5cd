//! Lists of the size that operators have, put into the table directly as copies of demo items.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Value, json};
use shared::domain::ids::{CustomerCode, ProfileId};
use shared::table::keys::{self, Key};

use crate::World;
use crate::world::LINE;

/// A list that grows.
#[derive(Debug, Clone, Copy)]
pub enum Large {
    /// Lines of profile 10010102.
    Lines,
    /// Bills of customer 1001, fifty a day.
    Bills,
    /// Calls of [`LINE`] in the first days of 2026, two a minute.
    Calls,
}

impl Large {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lines, Self::Bills, Self::Calls];

    /// A realistic number of rows.
    pub const fn usual(self) -> usize {
        match self {
            Self::Lines => 10_000,
            Self::Bills => 100_000,
            Self::Calls => 50_000,
        }
    }

    /// The address of the list.
    pub fn address(self) -> String {
        match self {
            Self::Lines => "/accounts/profiles/10010102/lines?".to_owned(),
            Self::Bills => "/customers/code/1001/bills?".to_owned(),
            Self::Calls => format!("/customers/{LINE}/calls/details?dateFrom=2026-01-01&dateTill=2026-01-31"),
        }
    }

    /// Adds this many rows.
    ///
    /// # Panics
    /// When the demo data has none of the kind.
    #[expect(clippy::expect_used, reason = "a measurement without its data cannot go on")]
    pub fn fill(self, world: &World, count: usize) {
        let (pk, prefix) = match self {
            Self::Lines => ("PROF#10010102".to_owned(), "L#"),
            Self::Bills => ("CUST#1001".to_owned(), "B#"),
            Self::Calls => (format!("CALL#{}", world.msisdn(LINE)), ""),
        };
        let items = world.store.embedded.items(world.store.table()).expect("a scan");
        let of =
            |item: &&Value| item["pk"]["S"] == pk && item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with(prefix));
        let model = items.iter().find(of).expect("a model");
        let copies = (0..count).map(|at| self.copy(world, model.clone(), at)).collect();
        world.store.embedded.fill(world.store.table(), copies).expect("a table");
    }

    #[expect(clippy::expect_used, reason = "made of numbers")]
    fn copy(self, world: &World, mut item: Value, at: usize) -> Value {
        let Key { pk, sk } = match self {
            Self::Lines => {
                let number = world.msisdn(&format!("32{at:08}"));
                item["msisdn"] = json!({ "S": number.to_string() });
                keys::profile_line(&"10010102".parse::<ProfileId>().expect("an id"), &number)
            }
            Self::Bills => {
                let date = NaiveDate::from_ymd_opt(2019, 1, 1).expect("a day") + Duration::days(days(at / 50));
                let number = format!("9{at:09}");
                item["date"] = json!({ "S": date.to_string() });
                item["number"] = json!({ "S": number });
                let code: CustomerCode = "1001".parse().expect("a code");
                keys::bill(&code, date, &number.parse().expect("a number"))
            }
            Self::Calls => {
                let new_year = DateTime::<Utc>::from_timestamp(1_767_243_600, 0).expect("a time");
                let start = new_year + Duration::seconds(days(at) * 30);
                keys::call(&world.msisdn(LINE), start, &format!("large-{at}").parse().expect("an id"))
            }
        };
        item["pk"] = json!({ "S": pk });
        item["sk"] = json!({ "S": sk });
        item
    }
}

fn days(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

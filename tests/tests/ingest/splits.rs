//! However a month's records come in files, their days count the same.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use serde_json::json;
use shared::domain::usage_file::day::Usage;
use shared::error::Error;
use shared::events::{Object, Taken};

use crate::lab::{LINES, Lab, MIRRORS};

/// Most records of a month, and the files it is split into.
const RECORDS: usize = 24;
const FILES: usize = 3;
/// Records of a chunk, so that files have several.
const CHUNK: u32 = 3;
/// Minutes of March.
const MINUTES: u32 = 31 * 24 * 60;

/// A call or a session of a line.
#[derive(Debug, Clone)]
struct Record {
    line: usize,
    minute: u32,
    amount: u32,
    /// The files that tell it: one, or two.
    files: (usize, Option<usize>),
    /// What an earlier version of its first file said instead, if it told it at all.
    earlier: Option<u32>,
}

impl Record {
    /// As a line of a file, of the number `id` and with another amount.
    fn told(&self, id: usize, number: &str, calls: bool, amount: u32) -> String {
        let start = "2026-03-01T00:00:00".parse::<chrono::NaiveDateTime>().unwrap();
        let start = format!("{}-05:00", (start + TimeDelta::minutes(i64::from(self.minute))).format("%FT%T"));
        let record = if calls {
            let called = "3005550101";
            json!({ "id": format!("r{id}"), "msisdn": number, "start": start, "called": called, "kind": "ONNET", "seconds": amount })
        } else {
            json!({ "id": format!("r{id}"), "msisdn": number, "start": start, "app": "Mapas", "bytes": amount })
        };
        format!("{record}\n")
    }
}

/// A month in files: which kind, its records, and the order in which the versions of the files come, again and again.
#[derive(Debug, Clone)]
struct Month {
    calls: bool,
    records: Vec<Record>,
    order: Vec<(usize, bool)>,
}

fn record() -> impl Strategy<Value = Record> {
    let files = (0..FILES, prop::option::weighted(0.3, 0..FILES));
    let earlier = prop::option::weighted(0.4, 0..5_000_u32);
    (0..LINES.len(), 0..MINUTES, 0..5_000_u32, files, earlier)
        .prop_map(|(line, minute, amount, files, earlier)| Record { line, minute, amount, files, earlier })
}

fn month() -> impl Strategy<Value = Month> {
    let once: Vec<_> = (0..FILES).flat_map(|file| [(file, false), (file, true)]).collect();
    let again = prop::collection::vec((0..FILES, any::<bool>()), 0..4);
    let order = again.prop_flat_map(move |again| Just([once.clone(), again].concat()).prop_shuffle());
    (any::<bool>(), prop::collection::vec(record(), 1..RECORDS), order).prop_map(|(calls, records, order)| Month {
        calls,
        records,
        order,
    })
}

impl Month {
    /// A file's newest version, or the one before it, which said other amounts, not all, and one record of nobody else.
    fn file(&self, file: usize, newest: bool) -> String {
        let own = self.records.iter().enumerate();
        if newest {
            let own = own.filter(|(_, record)| record.files.0 == file || record.files.1 == Some(file));
            return own.map(|(id, one)| one.told(id, LINES[one.line], self.calls, one.amount)).collect();
        }
        let first = own.filter(|(_, record)| record.files.0 == file);
        let told = first.filter_map(|(id, one)| Some(one.told(id, LINES[one.line], self.calls, one.earlier?)));
        let more = self.records.first().map(|one| one.told(RECORDS + file, LINES[one.line], self.calls, 77));
        told.chain(more).collect()
    }

    /// All of it in order, of other lines.
    fn whole(&self) -> String {
        let mut all: Vec<_> = self.records.iter().enumerate().collect();
        all.sort_by_key(|(_, record)| record.minute);
        all.into_iter().map(|(id, one)| one.told(id, MIRRORS[one.line], self.calls, one.amount)).collect()
    }

    fn kind(&self) -> &'static str {
        if self.calls { "calls" } else { "sessions" }
    }
}

/// Puts a file and takes it, until it is taken.
async fn take(lab: &Lab, key: &str) {
    for _ in 0..20 {
        match lab.take(&Object { key: key.to_owned(), digest: None, tag: None }, 300).await {
            Ok(Taken::Applied | Taken::Duplicate | Taken::Refused(_)) => return,
            // Its time is the machine's, which may have slept.
            Ok(Taken::Continued) | Err(Error::Stale | Error::Unavailable(_)) => {}
            other => assert_eq!(format!("{other:?}"), "taken"),
        }
    }
    assert_eq!(key, "not taken in twenty attempts");
}

type Days = Vec<BTreeMap<NaiveDate, Usage>>;

/// The days of the lines as the files tell them, and as one file in order does.
async fn counted(month: &Month) -> (Days, Days) {
    let lab = Lab::new(CHUNK).await;
    lab.clock.set("2026-04-01T12:00:00Z".parse().unwrap());
    let key = |file: usize, newest: bool| {
        let sequence = if newest { 2 } else { 1 };
        format!("inbox/0/s{file}/march.{sequence}.{}.ndjson", month.kind())
    };
    for file in 0..FILES {
        for newest in [false, true] {
            lab.put(&key(file, newest), &month.file(file, newest)).await;
        }
    }
    let whole = format!("inbox/0/whole/march.1.{}.ndjson", month.kind());
    lab.put(&whole, &month.whole()).await;
    take(&lab, &whole).await;
    for (file, newest) in &month.order {
        take(&lab, &key(*file, *newest)).await;
    }
    let (mut split, mut one) = (Vec::new(), Vec::new());
    for at in 0..LINES.len() {
        split.push(lab.usage_of(LINES[at]).await);
        one.push(lab.usage_of(MIRRORS[at]).await);
    }
    (split, one)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// 256 cases; `PROPTEST_CASES=10000` for many.
    #[test]
    fn any_split_of_a_month_counts_like_one_file_in_order(month in month()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (split, one) = runtime.block_on(counted(&month));
        prop_assert_eq!(split, one);
    }
}

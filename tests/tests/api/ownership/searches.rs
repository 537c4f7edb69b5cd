//! Recordings of extensions that have changed hands: what is found, page by page, is a plain merge of the lists of the
//! caller's own extensions.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};
use shared::domain::recording::Recording;
use tests::World;

use crate::load;

const CUSTOMERS: [&str; 2] = ["1001", "1002"];
/// Eight extensions: the first four are customer 1001's, two are 1002's, two nobody's. All have had both customers.
const FIRST: u64 = 6_017_000_000;

fn owner(extension: u64) -> Option<&'static str> {
    match extension - FIRST {
        0..4 => Some(CUSTOMERS[0]),
        4 | 5 => Some(CUSTOMERS[1]),
        _ => None,
    }
}

/// A recording of the made-up past. Few times, so that many fall together.
fn recording(at: u64) -> Value {
    // Some extensions have most, and customers take turns unevenly.
    let extension = FIRST + [0, 1, 2, 3, 4, 5, 6, 7, 4, 4, 6, 6, 0][(at * 7 % 13) as usize];
    let minute = at * 37 % 600;
    json!({
        "id": 9_000_000 + at, "customer": CUSTOMERS[usize::from(at * 11 % 5 > 2)], "extension": extension,
        "start": format!("2026-03-08T{:02}:{:02}:00Z", minute / 60, minute % 60), "seconds": 2,
        "direction": if at.is_multiple_of(9) { "OUT" } else { "IN" }, "origin": 1, "destination": "1", "files": {},
    })
}

async fn world() -> (World, Vec<Recording>) {
    let world = World::demo().await;
    for customer in CUSTOMERS {
        let own = (0..8).map(|at| FIRST + at).filter(|extension| owner(*extension) == Some(customer));
        let extensions: Vec<_> = own.map(|number| json!({"number": number, "name": "x", "recorded": true})).collect();
        let site = json!({
            "type": "site", "id": format!("P-{customer}"), "customer": customer, "name": "x", "extensions": extensions,
            "document": {"kind": "NIT", "number": if customer == "1001" { "900123456" } else { "901987654" }},
        });
        load(&world, &[site]).await;
    }
    let all: Vec<Recording> = (0..1_500).map(|at| serde_json::from_value(recording(at)).unwrap()).collect();
    for some in all.chunks(50) {
        let now = world.clock.now();
        try_join_all(some.iter().map(|one| world.operator.writer.create_recording(one, now))).await.unwrap();
    }
    (world, all)
}

/// What a caller is to find, newest first.
fn merged(all: &[Recording], sees: &[&str], extensions: &BTreeSet<u64>, direction: Option<&str>) -> Vec<u64> {
    let found = |one: &&Recording| {
        let extension = u64::from(one.extension);
        extensions.contains(&extension)
            && owner(extension).is_some_and(|owner| sees.contains(&owner))
            && sees.contains(&one.customer.as_str())
            && direction.is_none_or(|direction| one.direction.as_str() == direction)
    };
    let mut found: Vec<_> = all.iter().filter(found).map(|one| (-one.start.timestamp(), u64::from(one.id))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, id)| id).collect()
}

/// All pages of a search.
async fn pages(world: &World, client: &str, query: &str, body: &Value) -> Option<Vec<u64>> {
    let (mut found, mut address) = (Vec::new(), format!("/lines/recordings?{query}"));
    loop {
        let reply = world.client(client).post(&address, body).await;
        if reply.status() == 404 {
            return None;
        }
        let reply = reply.expect(200);
        let rows = reply.json();
        found
            .extend(rows.as_array().unwrap().iter().map(|row| row["idCall"].as_str().unwrap().parse::<u64>().unwrap()));
        match reply.header("x-next-cursor") {
            "" => return Some(found),
            next => address = format!("/lines/recordings?{}&cursor={next}", query.split("&offset").next().unwrap()),
        }
    }
}

#[tokio::test]
async fn a_search_is_the_plain_merge_of_the_callers_own_lists() {
    let (world, all) = world().await;
    let callers: [(&str, &[&str]); 3] =
        [("demo-portal", &CUSTOMERS), ("demo-acme", &CUSTOMERS[..1]), ("demo-globex", &CUSTOMERS[1..])];
    let search = (
        prop::collection::btree_set(FIRST..FIRST + 8, 1..9),
        prop::sample::select(vec![None, Some("IN"), Some("OUT")]),
        prop::sample::select(vec![1_usize, 7, 25, 60, 200, 2_000]),
        prop::sample::select(vec![0_usize, 0, 30, 130]),
    );
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..30 {
        let (extensions, direction, limit, offset) = search.new_tree(&mut runner).unwrap().current();
        let mut body = json!({"extensions": extensions, "start": "2026-03-01", "end": "2026-03-10"});
        if let Some(direction) = direction {
            body["direction"] = json!(direction);
        }
        for (client, sees) in callers {
            // Pages of one are many.
            if limit == 1 && extensions.len() > 2 {
                continue;
            }
            let found = pages(&world, client, &format!("limit={limit}&offset={}", offset + 1), &body).await;
            let has_own = extensions.iter().any(|one| owner(*one).is_some_and(|owner| sees.contains(&owner)));
            let expected = merged(&all, sees, &extensions, direction);
            let expected = has_own.then(|| expected.get(offset..).unwrap_or_default().to_vec());
            assert_eq!(found, expected, "{client} limit {limit} offset {offset}: {body}");
        }
    }
}

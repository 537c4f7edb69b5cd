//! Paging of bare arrays: by offset and limit, and by cursor.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::world::{BLOCKED, LINE};
use tests::{Reply, World};

use crate::{bad_request_names, ids, load, pass, plan};

/// The lists, with a field that identifies a row.
const LISTS: [(&str, &str); 4] = [
    ("/plans/subscribers/{}/favorites/", "PhoneNumber"),
    ("/plans/subscribers/{}/availableoffers/", "OfferId"),
    ("/plans/subscribers/{}/availableplans/", "planId"),
    ("/plans/subscribers/{}/upgrades/", "planId"),
];

const PLANS: &str = "/plans/subscribers/3001234567/availableplans/";

async fn get(world: &World, path: &str) -> Reply {
    world.portal().get(path).await.expect(200)
}

/// A cursor for the second page of all plans.
async fn cursor(world: &World) -> String {
    let cursor = get(world, &format!("{PLANS}?limit=1")).await.header("x-next-cursor").to_owned();
    assert_ne!(cursor, "");
    cursor
}

/// Adds this many plans to the catalogue.
async fn many_plans(world: &World, count: i64) {
    let plans: Vec<Value> = (0..count).map(|at| plan(&format!("x{at:04}"), "standard", 100_000 + at)).collect();
    load(world, &plans).await;
}

#[tokio::test]
async fn an_offset_is_a_record_index_and_0_and_1_are_the_first() {
    let world = World::demo().await;
    for (list, id) in LISTS {
        let path = list.replace("{}", LINE);
        let all = ids(&get(&world, &path).await, id);
        assert!(all.len() >= 2, "{path}");
        for (offset, skipped) in [(0, 0), (1, 0), (2, 1), (all.len(), all.len() - 1), (all.len() + 1, all.len())] {
            let page = ids(&get(&world, &format!("{path}?offset={offset}")).await, id);
            assert_eq!(page, all[skipped..], "{path} {offset}");
        }
        for beyond in ["999", "123456789012345678"] {
            let page = get(&world, &format!("{path}?offset={beyond}")).await;
            assert_eq!((page.text().as_str(), page.header("x-next-cursor")), ("[]", ""));
        }
    }
}

#[tokio::test]
async fn offset_plus_rows_received_walks_through_everything_once() {
    let world = World::demo().await;
    for (list, id) in LISTS {
        let path = list.replace("{}", LINE);
        let all = ids(&get(&world, &path).await, id);
        for limit in 1..=3 {
            let (mut walked, mut offset) = (Vec::new(), 1);
            loop {
                let page = ids(&get(&world, &format!("{path}?offset={offset}&limit={limit}")).await, id);
                if page.is_empty() {
                    break;
                }
                assert!(page.len() <= limit);
                offset += page.len();
                walked.extend(page);
            }
            assert_eq!(walked, all, "{path} {limit}");
        }
    }
}

#[tokio::test]
async fn cursors_walk_through_everything_once_in_every_list() {
    let world = World::demo().await;
    for (list, id) in LISTS {
        let path = list.replace("{}", LINE);
        let all = ids(&get(&world, &path).await, id);
        let (mut walked, mut query) = (Vec::new(), String::new());
        loop {
            let page = get(&world, &format!("{path}?limit=1{query}")).await;
            walked.extend(ids(&page, id));
            match page.header("x-next-cursor") {
                "" => break,
                next => query = format!("&cursor={next}"),
            }
        }
        assert_eq!(walked, all, "{path}");
    }
}

#[tokio::test]
async fn a_deep_page_by_cursor_is_the_page_by_offset() {
    let world = World::demo().await;
    many_plans(&world, 2_100).await;
    // A limit above the maximum is capped.
    let first = get(&world, &format!("{PLANS}?limit=5000")).await;
    assert_eq!(ids(&first, "planId").len(), 2_000);
    let deep = get(&world, &format!("{PLANS}?cursor={}&limit=50", first.header("x-next-cursor"))).await;
    let same = get(&world, &format!("{PLANS}?offset=2001&limit=50")).await;
    assert_eq!(deep.bytes(), same.bytes());
    assert_eq!(ids(&deep, "planId").len(), 50);
    let rest = get(&world, &format!("{PLANS}?cursor={}", deep.header("x-next-cursor"))).await;
    assert_eq!((ids(&rest, "planId").len(), rest.header("x-next-cursor")), (57, ""));
}

#[tokio::test]
async fn a_page_that_ends_the_list_has_no_cursor() {
    let world = World::demo().await;
    let all = ids(&get(&world, PLANS).await, "planId").len();
    assert_eq!(get(&world, PLANS).await.header("x-next-cursor"), "");
    assert_eq!(get(&world, &format!("{PLANS}?limit={all}")).await.header("x-next-cursor"), "");
    assert_ne!(get(&world, &format!("{PLANS}?limit={}", all - 1)).await.header("x-next-cursor"), "");
    assert_eq!(get(&world, &format!("{PLANS}?offset={all}&limit=1")).await.header("x-next-cursor"), "");
}

#[tokio::test]
async fn a_cursor_serves_its_caller_only() {
    let world = World::demo().await;
    let path = format!("{PLANS}?cursor={}", cursor(&world).await);
    get(&world, &path).await;
    for other in ["demo-acme", "demo-readonly"] {
        bad_request_names(&world.client(other).get(&path).await, "cursor");
    }
    // Another token of the same client is the same caller.
    world.forget_tokens().await;
    get(&world, &path).await;
}

#[tokio::test]
async fn a_cursor_serves_its_line_and_list_only() {
    let world = World::demo().await;
    let cursor = cursor(&world).await;
    let elsewhere = LISTS.iter().filter(|(list, _)| !list.contains("availableplans"));
    for path in elsewhere.map(|(list, _)| list.replace("{}", LINE)).chain([PLANS.replace(LINE, BLOCKED)]) {
        bad_request_names(&world.portal().get(&format!("{path}?cursor={cursor}")).await, "cursor");
    }
}

#[tokio::test]
async fn a_cursor_serves_its_filter_only() {
    let world = World::demo().await;
    let cursor = cursor(&world).await;
    bad_request_names(&world.portal().get(&format!("{PLANS}?cursor={cursor}&planType=upgrades")).await, "cursor");
    let upgrades = get(&world, &format!("{PLANS}?planType=upgrades&limit=1")).await;
    let next = upgrades.header("x-next-cursor");
    bad_request_names(&world.portal().get(&format!("{PLANS}?cursor={next}")).await, "cursor");
    bad_request_names(&world.portal().get(&format!("{PLANS}?cursor={next}&planType=new")).await, "cursor");
    assert_eq!(ids(&get(&world, &format!("{PLANS}?cursor={next}&planType=upgrades")).await, "planId"), ["104", "105"]);
    let offers = format!("/plans/subscribers/{LINE}/availableoffers/");
    let first = get(&world, &format!("{offers}?channelId=1&limit=1")).await;
    let next = first.header("x-next-cursor");
    bad_request_names(&world.portal().get(&format!("{offers}?channelId=2&cursor={next}")).await, "cursor");
    // The page size is not part of the filter.
    get(&world, &format!("{offers}?channelId=1&limit=3&cursor={next}")).await;
}

#[tokio::test]
async fn a_cursor_ends_after_15_minutes() {
    let world = World::demo().await;
    let path = format!("{PLANS}?cursor={}", cursor(&world).await);
    pass(&world, TimeDelta::minutes(15) - TimeDelta::seconds(1)).await;
    get(&world, &path).await;
    pass(&world, TimeDelta::seconds(1)).await;
    bad_request_names(&world.portal().get(&path).await, "cursor");
}

#[tokio::test]
async fn a_cursor_that_is_not_ours_is_named() {
    let world = World::demo().await;
    let good = cursor(&world).await;
    assert!(!good.contains(['+', '/', '=', '%']), "it goes into an address as it is: {good}");
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        bad_request_names(&world.portal().get(&format!("{PLANS}?cursor={changed}")).await, "cursor");
    }
    let wrong = [
        "2",
        "x",
        "MQ",
        &good[1..],
        &good[..good.len() - 1],
        &format!("{good}A"),
        &format!("{good}%3D"),
        &"A".repeat(5_000),
    ];
    for cursor in wrong {
        bad_request_names(&world.portal().get(&format!("{PLANS}?cursor={cursor}")).await, "cursor");
    }
}

#[tokio::test]
async fn a_cursor_and_an_offset_exclude_each_other() {
    let world = World::demo().await;
    let cursor = cursor(&world).await;
    for offset in ["0", "1", "5"] {
        bad_request_names(&world.portal().get(&format!("{PLANS}?cursor={cursor}&offset={offset}")).await, "cursor");
    }
}

#[tokio::test]
async fn a_cursor_reveals_nothing_and_is_never_the_same() {
    let world = World::demo().await;
    let (one, other) = (cursor(&world).await, cursor(&world).await);
    assert_ne!(one, other);
    let favourites = format!("/plans/subscribers/{LINE}/favorites/");
    world.portal().delete(&favourites, &json!({"PhoneNumber": "3005550101"})).await.expect(200);
    assert_eq!(get(&world, &format!("{PLANS}?cursor={one}")).await.status(), 200, "other lists do not matter to it");
}

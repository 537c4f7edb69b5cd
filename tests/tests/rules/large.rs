//! Lists of the size that operators have: a page by cursor costs a page, however far into the list.
//!
//! Fewer rows than `cargo run --release -p bench -- --large`, which measures time and size.

use tests::connector::meter::Metered;
use tests::large::Large;
use tests::{Reply, World};

const LIMIT: usize = 200;

/// Lambda's limit for a response, in bytes.
const LARGEST_ANSWER: usize = 6_000_000;

async fn page(world: &World, list: Large, limit: usize, cursor: &str) -> (Reply, Vec<Metered>) {
    let cursor = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
    world.meter.take();
    let reply = world.portal().get(&format!("{}&limit={limit}{cursor}", list.address())).await.expect(200);
    (reply, world.meter.take())
}

fn requests(cost: &[Metered]) -> usize {
    cost.iter().filter(|request| request.operation == "Query").count()
}

fn tenths(cost: &[Metered]) -> u64 {
    cost.iter().map(|request| request.tenths).sum()
}

#[tokio::test]
async fn a_page_by_cursor_costs_the_same_however_far_into_the_list() {
    for list in Large::ALL {
        let world = World::demo().await;
        list.fill(&world, 4_000);
        world.portal().get(&list.address()).await.expect(200);
        let (mut reply, first) = page(&world, list, LIMIT, "").await;
        let mut pages = 1;
        while !reply.header("x-next-cursor").is_empty() {
            let cursor = reply.header("x-next-cursor").to_owned();
            let cost;
            (reply, cost) = page(&world, list, LIMIT, &cursor).await;
            pages += 1;
            assert_eq!(requests(&cost), requests(&first), "{list:?}, page {pages}");
            assert!(tenths(&cost) <= tenths(&first) + 10, "{list:?}, page {pages}: {cost:?}, the first {first:?}");
        }
        assert!(pages > 4_000 / LIMIT, "{list:?}: {pages} pages");
    }
}

#[tokio::test]
async fn the_largest_page_fits_into_an_answer() {
    for list in Large::ALL {
        let world = World::demo().await;
        list.fill(&world, 2_500);
        let (reply, _) = page(&world, list, 1_000_000, "").await;
        assert!(!reply.header("x-next-cursor").is_empty(), "{list:?} is not whole");
        let size = reply.bytes().len();
        assert!((100_000..LARGEST_ANSWER).contains(&size), "{list:?}: {size} bytes");
    }
}

#[tokio::test]
async fn a_profile_of_ten_thousand_lines_fits_into_an_answer() {
    let world = World::demo().await;
    Large::Lines.fill(&world, Large::Lines.usual());
    let profile = world.portal().get("/accounts/profiles/10010102").await.expect(200);
    // Two of the demo data's forty are not active.
    assert_eq!(profile.at("/linesAmount"), "10038");
    assert!(profile.bytes().len() < LARGEST_ANSWER, "{} bytes", profile.bytes().len());
}

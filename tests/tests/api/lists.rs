//! Lists that are long, filtered or wide: each page is answered, and pages by cursor are the whole list.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::domain::catalogue::Plan;
use shared::domain::customer::MOST_GROUPS;
use shared::table::Changes;
use tests::connector::faults::Fault;
use tests::large::Large;
use tests::world::LINE;
use tests::{Reply, World};

use crate::{bad_request_names, load, refused};

const GROUPS: &str = "/customers/code/1001/bills/groups";

/// Four bytes and four more characters in an answer that is JSON inside JSON.
const WIDE: &str = "😀\"";

/// All pages from an address on, by cursor.
async fn pages(world: &World, address: &str) -> Vec<Reply> {
    let mut pages = vec![world.portal().get(address).await.expect(200)];
    while let Some(next) =
        pages.last().map(|page| page.header("x-next-cursor").to_owned()).filter(|next| !next.is_empty())
    {
        // With a cursor the offset is left out.
        let address = address.split("&offset").next().unwrap();
        pages.push(world.portal().get(&format!("{address}&cursor={next}")).await.expect(200));
        assert!(pages.len() < 5_000, "the list does not end");
    }
    pages
}

/// The rows of an answer, bare or inside an object.
fn rows(reply: &Reply) -> Vec<Value> {
    match reply.json() {
        Value::Array(rows) => rows,
        body => body.as_object().unwrap().values().find_map(Value::as_array).unwrap().clone(),
    }
}

fn numbers(pages: &[Reply]) -> Vec<String> {
    let number = |bill: Value| bill["invoiceNumber"].as_str().unwrap().to_owned();
    pages.iter().flat_map(rows).map(number).collect()
}

/// Customer 1001 with bills of 100 KB, so that few of them are much to read; the five oldest are of contract 777.
async fn with_many_bills() -> World {
    let world = World::demo().await;
    let large = "x".repeat(100_000);
    Large::Bills.fill_with(&world, 700, |at, bill| {
        bill["padding"] = json!({ "S": large });
        if at < 5 {
            bill["contract"] = json!({ "S": "777" });
        }
    });
    world
}

#[tokio::test]
async fn a_filter_that_few_bills_pass_ends_a_page_and_not_the_list() {
    let world = with_many_bills().await;
    let address = "/customers/code/1001/bills?contractNumber=777";
    let expected: Vec<String> = (0..5).rev().map(|at| format!("9{at:09}")).collect();
    let all = pages(&world, address).await;
    assert!(all.len() > 1 && rows(&all[0]).is_empty(), "the first page is read to no end: {} pages", all.len());
    assert_eq!(numbers(&all).into_iter().collect::<BTreeSet<_>>(), expected.iter().cloned().collect());
    // The filter and the place hold on: an index counts the bills that pass.
    let skipped = numbers(&pages(&world, &format!("{address}&offset=4")).await);
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    assert_eq!(numbers(&pages(&world, &format!("{address}&quantity=2")).await).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_time_runs_short_for_has_what_was_found_and_goes_on() {
    let world = with_many_bills().await;
    // The first attempts at the second query are not answered: what is left is too little for a third one.
    world.token("demo-portal").await;
    world.portal().get("/customers/code/1001/bills?quantity=1").await.expect(200);
    world.faults.after("Query", 3, Fault::TimeoutBefore, 2);
    let address = "/customers/code/1001/bills?contractNumber=777";
    let reply = world.portal().get(address).await.expect(200);
    assert!(rows(&reply).is_empty() && !reply.header("x-next-cursor").is_empty());
    world.faults.clear();
    assert_eq!(numbers(&pages(&world, address).await).len(), 5);
}

#[tokio::test]
async fn a_page_of_wide_rows_ends_at_what_an_answer_holds() {
    for list in Large::ALL {
        let world = World::demo().await;
        let count = 2_100;
        let before = rows(&world.portal().get(&format!("{}&limit=2000", list.address())).await.expect(200)).len();
        let text = WIDE.repeat(400 / list.texts().len());
        list.fill_wide(&world, count, &text);
        let all = pages(&world, &format!("{}&limit=2000", list.address())).await;
        assert!(rows(&all[0]).len() < 2_000, "{list:?}: {} rows", rows(&all[0]).len());
        assert!(all[0].bytes().len() > 3_000_000, "{list:?}: {} bytes", all[0].bytes().len());
        assert_eq!(all.iter().map(|page| rows(page).len()).sum::<usize>(), before + count, "{list:?}");
        if list == Large::Lines {
            refused(&world.portal().get("/accounts/profiles/10010102").await, "too large for one answer");
        }
    }
}

#[tokio::test]
async fn a_list_without_paging_in_its_document_ends_there_too() {
    let world = World::demo().await;
    let plan = |at: usize| {
        let mut plan = crate::plan(&format!("w{at:04}"), "standard", 100_000);
        plan["name"] = json!(WIDE.repeat(200));
        plan["category"] = json!(WIDE.repeat(200));
        plan["prices"] = json!([]);
        serde_json::from_value::<Plan>(plan).unwrap()
    };
    for from in (0..2_100).step_by(100) {
        let mut changes = Changes::new();
        (from..from + 100).for_each(|at| changes.put_plan(&plan(at)).unwrap());
        world.operator.writer.load(changes).await.unwrap();
    }
    let all = pages(&world, &format!("/plans/subscribers/{LINE}/availableplans/?limit=2000")).await;
    assert!(all.len() > 1 && rows(&all[0]).len() < 2_000);
    assert!(all.iter().map(|page| rows(page).len()).sum::<usize>() >= 2_100);
}

#[tokio::test]
async fn sites_are_paged_by_the_size_of_their_extensions() {
    let world = World::demo().await;
    let extensions: Vec<Value> = (0..1_000)
        .map(|at| {
            json!({ "M": {
                "number": { "N": (6_010_000_000_u64 + at).to_string() }, "name": { "S": "Puesto de trabajo" },
                "recorded": { "BOOL": true },
            }})
        })
        .collect();
    Large::Sites.fill_with(&world, 200, |_, site| site["extensions"] = json!({ "L": extensions }));
    let all = pages(&world, "/customers/900123456/portfolio?limit=2000").await;
    assert!(all.len() > 2, "{} pages", all.len());
    let seen: BTreeSet<String> = all.iter().flat_map(rows).map(|site| site["idSede"].to_string()).collect();
    assert_eq!(seen.len(), 202);
}

#[tokio::test]
async fn accounts_and_profiles_are_read_by_pages() {
    for list in [Large::Accounts, Large::Profiles] {
        let world = World::demo().await;
        list.fill(&world, 2_500);
        for client in ["demo-portal", "demo-acme"] {
            world.client(client).get(&list.address()).await.expect(200);
            world.meter.take();
            world.client(client).get(&list.address()).await.expect(200);
            let tenths: u64 = world.meter.take().iter().map(|spent| spent.tenths).sum();
            assert!(tenths <= 60, "{list:?}: {tenths} tenths of a unit for fifty rows");
        }
        let past = world.portal().get(&format!("{}&offset=99999", list.address())).await.expect(200);
        assert!(rows(&past).is_empty());
    }
}

#[tokio::test]
async fn documents_are_read_from_the_newest_on() {
    let world = World::demo().await;
    Large::Documents.fill(&world, 3_000);
    for client in ["demo-portal", "demo-acme"] {
        let get = async |query: &str| {
            world.meter.take();
            let reply = world.client(client).get(&format!("/documents/900123456?movil={LINE}{query}")).await;
            (reply, world.meter.take().iter().map(|spent| spent.tenths).sum::<u64>())
        };
        get("").await.0.expect(200);
        let (newest, tenths) = get("").await;
        assert!(newest.expect(200).text().contains("amendment-500101-2") && tenths <= 60, "{tenths} tenths");
        assert!(get("&document=large-000000000").await.0.expect(200).text().contains("large-000000000"), "the oldest");
        get("&document=large-x").await.0.expect(404);
    }
}

#[tokio::test]
async fn a_customer_has_so_many_billing_groups_and_no_race_makes_them_more() {
    let world = World::demo().await;
    let new = |at: usize| json!({"groupId": format!("N-{at}"), "address": "Calle 1"});
    for at in 0..MOST_GROUPS - 4 {
        world.portal().post(GROUPS, &new(at)).await.expect(200);
    }
    let portal = world.portal();
    let many: Vec<_> = (MOST_GROUPS..MOST_GROUPS + 8).map(new).collect();
    let replies = futures_util::future::join_all(many.iter().map(|body| portal.post(GROUPS, body))).await;
    let made = replies.iter().filter(|reply| reply.status() == 200).count();
    let code = "1001".parse().unwrap();
    let customer = world.operator.writer.reader().customer_and_groups(&code).await.unwrap().unwrap();
    assert_eq!(customer.groups.len(), MOST_GROUPS, "{made} were made at once");
    refused(&portal.post(GROUPS, &new(0).as_object().map(|_| json!({"address": "Calle 1"})).unwrap()).await, "as many");
    world.portal().delete(GROUPS, &json!({"groupId": "N-0"})).await.expect(200);
    world.portal().post(GROUPS, &json!({"address": "Calle 1"})).await.expect(200);
}

/// A catalogue's service with texts of this many bytes.
fn service(at: usize, text: &str) -> Value {
    let price = json!({"minor": 100, "currency": "COP"});
    json!({
        "type": "service", "partnum": format!("W-{at}"), "id": 50_000 + at, "kind": "VOZ", "subtype": "BOLSA",
        "category": "x", "description": text, "price": price, "tax_price": price, "poid_type": "/x",
    })
}

#[tokio::test]
async fn services_that_are_more_than_an_item_holds_are_refused() {
    let world = World::demo().await;
    let wide = "😀".repeat(250);
    load(&world, &(0..400).map(|at| service(at, &wide)).collect::<Vec<_>>()).await;
    let add = |from: usize| {
        let list: Vec<_> = (from..from + 50).map(|at| json!({"partnum": format!("W-{at}")})).collect();
        json!({ "serviceCollection": list })
    };
    let mut taken = 0;
    let refusal = loop {
        let reply = world.portal().post("/profiles/10010103/services", &add(taken)).await;
        if reply.status() != 200 {
            break reply;
        }
        taken += 50;
    };
    refused(&refusal, "as many services");
    assert!((150..400).contains(&taken), "{taken} services");
    // What was taken is bought, and the profile is shown.
    world.portal().post("/accounts/100102/processes", &json!({})).await.expect(200);
    let shown = world.portal().get("/accounts/profiles/10010103").await.expect(200);
    assert_eq!(shown.at("/servicesAmount"), (taken + 1).to_string());
    // Nor is a short one replaced by a wide one.
    let rows: Vec<_> = (0..taken).map(|at| json!({"id": 600_302 + at, "partnum": "PN-SMS-01"})).take(1).collect();
    world.portal().put("/profile/10010103", &json!({ "service": rows })).await.expect(200);
}

#[tokio::test]
async fn a_purchase_of_very_many_profiles_finds_the_last_one() {
    let world = World::demo().await;
    let price = json!({"minor": 100, "currency": "COP"});
    let profile = |at: usize| {
        let service = json!({
            "id": 1, "partnum": "PN-SMS-01", "service": 1, "kind": "SMS", "subtype": "BOLSA", "description": "x",
            "price": price, "tax_price": price, "status": if at == 149 { "I" } else { "P" },
        });
        json!({"type": "profile", "services": [service], "profile": {
            "id": format!("7{at:05}"), "customer": "1001", "account": "100102", "contract": "500103",
            "document_number": "900123456", "name": "x", "description": "x", "billing_account": "x",
            "parent_billing_account": "x", "cycle": 1, "status": "P",
        }})
    };
    load(&world, &(0..150).map(profile).collect::<Vec<_>>()).await;
    for client in ["demo-acme", "demo-portal"] {
        let reply = world.client(client).post("/accounts/100102/processes", &json!({})).await.expect(200);
        let expected = if client == "demo-acme" { "1" } else { "0" };
        assert_eq!(reply.at("/payload"), expected, "{client}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_that_no_answer_holds_asks_for_a_shorter_period() {
    let world = World::demo().await;
    let usage = |at: usize| {
        json!({
            "type": "usage", "msisdn": "573001234569", "hour": format!("2026-03-{:02}T{:02}", 1 + at / 24 % 9, at % 24),
            "app": format!("{}{at:05}", "😀".repeat(59)), "source": "a", "bytes": 1, "ingested_at": "2026-03-10T00:00:00Z",
        })
    };
    for from in (0..20_000).step_by(10_000) {
        load(&world, &(from..from + 10_000).map(usage).collect::<Vec<_>>()).await;
    }
    let report = async |kind: &str, query: &str| {
        world.portal().get(&format!("/billing/subscribers/3001234569/usage/data/{kind}?{query}")).await
    };
    let whole = "startDate=2026-03-01&endDate=2026-03-09";
    bad_request_names(&report("hourlybyapp", whole).await, "startDate");
    let by_hour = report("percentagebyapp", whole).await;
    bad_request_names(&by_hour, "resolution");
    assert!(by_hour.text().contains("DAY"));
    report("hourlybyapp", "startDate=2026-03-05&endDate=2026-03-05").await.expect(200);
}

//! Bills, billing groups and the billing profile of a line.

use serde_json::{Value, json};
use tests::world::{LINE, NOBODY, OTHERS};
use tests::{Reply, World};

const BILLS: &str = "/customers/code/1001/bills";
const GROUPS: &str = "/customers/code/1001/bills/groups";

fn numbers(reply: &Reply) -> Vec<String> {
    let bills = reply.at("/invoice");
    bills
        .as_array()
        .into_iter()
        .flatten()
        .map(|bill| bill["invoiceNumber"].as_str().unwrap_or_default().into())
        .collect()
}

fn column(reply: &Reply, name: &str) -> Vec<Value> {
    reply.at("/invoice").as_array().into_iter().flatten().map(|bill| bill[name].clone()).collect()
}

#[tokio::test]
async fn bills_come_newest_first_under_every_identity() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    let all = acme.get(&format!("{BILLS}?quantity=100")).await.expect(200);
    assert_eq!(numbers(&all).len(), 28);
    let dates = column(&all, "billDate");
    assert!(dates.windows(2).all(|two| two[0].as_str() >= two[1].as_str()), "{dates:?}");
    let others = [
        "/customers/CODE/1001/bills",
        "/customers/nit/900123456/bills",
        "/customers/Contract/500102/bills",
        "/customers/MSISDN/3001234567/bills",
        "/customers/msisdn/573001234568/bills",
        "/v2/tigo/b2b/co/billing/customers/NIT/900123456/bills",
    ];
    for path in others {
        let same = acme.get(&format!("{path}?quantity=100")).await.expect(200);
        assert_eq!(same.bytes(), all.bytes(), "{path}");
    }
}

#[tokio::test]
async fn a_bill_shows_exact_amounts_and_where_it_stands() {
    let world = World::demo().await;
    let reply = world.portal().get(&format!("{BILLS}?quantity=3&contractNumber=500101")).await.expect(200);
    let text = reply.text();
    assert!(text.contains(r#""invoiceAmount":73000.00,"invoiceBalace":73000.00"#), "{text}");
    assert_eq!(column(&reply, "invoiceStatus"), ["PENDIENTE", "VENCIDA", "PAGADA"]);
    assert_eq!(reply.at("/invoice/2/paymentAmount"), reply.at("/invoice/2/invoiceAmount"));
    assert!(text.contains(r#""invoiceBalace":0.00"#), "{text}");
    assert_eq!(reply.at("/invoice/0/billingGroup/id"), "G-1001");
}

#[tokio::test]
async fn bills_are_filtered_by_day_contract_and_state() {
    let world = World::demo().await;
    let portal = world.portal();
    let count =
        async |query: &str| numbers(&portal.get(&format!("{BILLS}?quantity=100&{query}")).await.expect(200)).len();
    assert_eq!(count("contractNumber=500102").await, 14);
    assert_eq!(count("contractNumber=500201").await, 0);
    assert_eq!(count("status=PAGADA").await, 24);
    assert_eq!(count("status=ca").await, 24);
    assert_eq!(count("status=pc").await, 4);
    assert_eq!(count("status=vencida").await, 2);
    assert_eq!(count("start=2026-01-01&end=2026-01-31").await, 2);
    assert_eq!(count("start=20260101&end=20260131").await, 2);
    let day = column(&portal.get(BILLS).await, "billDate")[4].as_str().unwrap_or_default().to_owned();
    assert_eq!(count(&format!("start={day}&end={day}")).await, 2, "both days are included");
    for (query, field) in [
        ("status=LATE", "status"),
        ("start=2026-02-30", "start"),
        ("end=yesterday", "end"),
        ("start=2026-02-01&end=2026-01-01", "start"),
        ("contractNumber=-5", "contractNumber"),
        ("quantity=0", "quantity"),
        ("pageInit=x", "pageInit"),
        ("status=PC&status=CA", "status"),
    ] {
        let reply = portal.get(&format!("{BILLS}?{query}")).await.expect(400);
        let message = reply.at("/error/developerMessage");
        assert!(message.as_str().unwrap_or_default().starts_with(field), "{query}: {message}");
    }
}

#[tokio::test]
async fn pages_by_index_and_by_cursor_have_the_same_rows() {
    let world = World::demo().await;
    let portal = world.portal();
    let all = numbers(&portal.get(&format!("{BILLS}?quantity=100")).await);
    let first = portal.get(&format!("{BILLS}?quantity=5")).await.expect(200);
    assert_eq!(numbers(&first), all[..5]);
    assert_eq!(numbers(&portal.get(&format!("{BILLS}?quantity=5&pageInit=1")).await), all[..5]);
    assert_eq!(numbers(&portal.get(&format!("{BILLS}?quantity=5&pageInit=6")).await), all[5..10]);
    assert_eq!(numbers(&portal.get(&format!("{BILLS}?limit=5&offset=6")).await), all[5..10]);
    assert!(numbers(&portal.get(&format!("{BILLS}?pageInit=1000")).await.expect(200)).is_empty());
    let mut seen = numbers(&first);
    let mut cursor = first.header("x-next-cursor").to_owned();
    while !cursor.is_empty() {
        let page = portal.get(&format!("{BILLS}?quantity=5&cursor={cursor}")).await.expect(200);
        seen.extend(numbers(&page));
        cursor = page.header("x-next-cursor").to_owned();
    }
    assert_eq!(seen, all);
    let other = format!("{BILLS}?status=PC&cursor={}", first.header("x-next-cursor"));
    portal.get(&other).await.expect(400);
}

#[tokio::test]
async fn a_foreign_or_unknown_customer_is_not_found() {
    let world = World::demo().await;
    let globex = world.client("demo-globex");
    for path in [BILLS, "/customers/NIT/900123456/bills", "/customers/NIT/123/bills", "/customers/code/9999/bills"] {
        globex.get(path).await.expect(404);
    }
    globex.get(&format!("{GROUPS}/G-1001")).await.expect(404);
    world.portal().get(&format!("{GROUPS}/none")).await.expect(404);
    world.portal().get("/customers/a%23b/1001/bills").await.expect(400);
    world.portal().get("/customers/NIT/%25/bills").await.expect(400);
}

#[tokio::test]
async fn a_group_is_made_changed_and_removed_and_its_bills_stay() {
    let world = World::demo().await;
    let portal = world.portal();
    let body = json!({"address": "Calle 1", "groupId": "G-7"});
    assert_eq!(portal.post(GROUPS, &body).await.expect(200).json(), body);
    let twice = portal.post(GROUPS, &body).await.expect(400);
    assert_eq!(twice.at("/error/developerMessage"), "groupId: must be new: it is in use");
    let made = portal.post(GROUPS, &json!({"address": "Calle 2"})).await.expect(200);
    assert!(made.at("/groupId").as_str().is_some_and(|id| id.starts_with("G-")));
    let moved = json!({"address": "Calle 3", "groupId": "G-7"});
    assert_eq!(portal.put(GROUPS, &moved).await.expect(200).json(), moved);
    portal.put(GROUPS, &json!({"address": "Calle 3", "groupId": "none"})).await.expect(404);
    assert_eq!(numbers(&portal.get(&format!("{GROUPS}/G-1001")).await.expect(200)).len(), 14);
    portal.delete(GROUPS, &json!({"groupId": "G-1001"})).await.expect(200);
    portal.delete(GROUPS, &json!({"groupId": "G-1001"})).await.expect(404);
    portal.get(&format!("{GROUPS}/G-1001")).await.expect(404);
    let bills = portal.get(&format!("{BILLS}?quantity=100")).await.expect(200);
    assert_eq!(numbers(&bills).len(), 28);
    assert!(column(&bills, "billingGroup").iter().all(Value::is_null));
    // A new group with a reused id does not take over the old group's bills.
    portal.post(GROUPS, &json!({"address": "Calle 4", "groupId": "G-1001"})).await.expect(200);
    assert_eq!(numbers(&portal.get(&format!("{GROUPS}/G-1001")).await.expect(200)).len(), 0);
    let bills = portal.get(&format!("{BILLS}?quantity=100")).await.expect(200);
    assert!(column(&bills, "billingGroup").iter().all(Value::is_null));
}

#[tokio::test]
async fn a_bad_group_names_its_field() {
    let world = World::demo().await;
    let portal = world.portal();
    for (body, field) in [
        (json!({"groupId": "G-8"}), "address"),
        (json!({"address": " ", "groupId": "G-8"}), "address"),
        (json!({"address": 5}), "address"),
        (json!({"address": "x", "groupId": "a#b"}), "groupId"),
        (json!({"address": "x", "groupId": "x".repeat(65)}), "groupId"),
    ] {
        let reply = portal.post(GROUPS, &body).await.expect(400);
        let message = reply.at("/error/developerMessage");
        assert!(message.as_str().unwrap_or_default().starts_with(field), "{body}: {message}");
    }
    portal.put(GROUPS, &json!({"address": "x"})).await.expect(400);
    portal.delete(GROUPS, &json!({})).await.expect(400);
    world.client("demo-readonly").post(GROUPS, &json!({"address": "x"})).await.expect(403);
    world.client("demo-globex").post(GROUPS, &json!({"address": "x", "groupId": "G-9"})).await.expect(404);
}

#[tokio::test]
async fn one_key_makes_one_group() {
    let world = World::demo().await;
    let portal = world.portal();
    let body = json!({"address": "Calle 9"});
    let first = portal.keyed("k1", "POST", GROUPS, &body).await.expect(200);
    let again = portal.keyed("k1", "POST", GROUPS, &body).await.expect(200);
    assert_eq!(first.bytes(), again.bytes());
    portal.keyed("k1", "POST", GROUPS, &json!({"address": "Calle 8"})).await.expect(422);
}

#[tokio::test]
async fn the_profile_of_a_line_says_where_its_bills_go() {
    let world = World::demo().await;
    let reply = world.client("demo-acme").get(&format!("/customers/{LINE}/profile")).await.expect(200);
    assert_eq!(reply.at("/ContractProfileType/billingCycle"), "15");
    assert_eq!(reply.at("/ContractProfileType/city"), "Bogotá");
    let unknown = world.client("demo-acme").get(&format!("/customers/{NOBODY}/profile")).await.expect(404);
    let foreign = world.client("demo-acme").get(&format!("/customers/{OTHERS}/profile")).await.expect(404);
    assert_eq!(unknown.bytes(), foreign.bytes());
    world.portal().get("/customers/12/profile").await.expect(400);
}

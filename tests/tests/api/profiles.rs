//! Profiles, their lines, their services and their totals.

use serde_json::{Value, json};
use tests::{Reply, World};

use crate::{bad_request_names, load, message};

/// A field of all rows of a collection, in order.
fn column(reply: &Reply, collection: &str, field: &str) -> Vec<String> {
    let list = reply.at(&format!("/{collection}"));
    list.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

fn profile(id: &str) -> Value {
    json!({"type": "profile", "profile": {
        "id": id, "customer": "1001", "account": "100102", "contract": "500103", "document_number": "900123456",
        "name": "Prueba", "description": "Prueba", "billing_account": "BA", "parent_billing_account": "BA",
        "cycle": 31, "status": "I",
    }})
}

#[tokio::test]
async fn an_account_lists_its_profiles() {
    let world = World::demo().await;
    let reply = world.client("demo-acme").get("/accounts/100101/profiles").await.expect(200);
    let expected = json!({
        "accountId": "100101", "billingAccount": "BA-10010101", "cycle": 15, "id": "10010101",
        "description": "Líneas del equipo comercial", "imsi": "732101234567890", "msisdn": "3001234567",
        "name": "Comercial", "status": "P",
    });
    assert_eq!(reply.at("/profileCollection/0"), expected);
    assert_eq!(column(&reply, "profileCollection", "id"), ["10010101", "10010102"]);
    let below = world.portal().get("/accounts/100102/profiles").await.expect(200);
    assert_eq!(column(&below, "profileCollection", "id"), ["10010103"]);
    let second = world.portal().get("/accounts/100101/profiles?offset=2&limit=5").await.expect(200);
    assert_eq!(column(&second, "profileCollection", "id"), ["10010102"]);
}

#[tokio::test]
async fn a_profile_is_shown_with_lines_services_and_totals() {
    let world = World::demo().await;
    let reply = world.client("demo-acme").get("/accounts/profiles/10010101").await.expect(200);
    let totals = ["value", "totalValue", "linesAmount", "servicesAmount"].map(|name| reply.at(&format!("/{name}")));
    assert_eq!(totals, [json!(80_000), json!(285_600), json!("3"), json!("4")]);
    assert_eq!((reply.at("/documentNumber"), reply.at("/cycle")), (json!("900123456"), json!(15)));
    assert_eq!(reply.at("/billingAccountFather"), "BA-100101");
    assert_eq!(reply.at("/msisdnFather"), "3001234567");
    let line = json!({
        "id": "700001", "msisdn": "3001234567", "poid": "0.0.0.1 /service/mobile 700001", "profileId": "10010101",
        "status": "P", "type": "MOVIL",
    });
    assert_eq!(reply.at("/lineCollection/0"), line);
    let service = json!({
        "category": "Voz", "description": "Minutos ilimitados", "id": "600101", "partnum": "PN-VOZ-01",
        "price": 20_000, "profileId": "10010101", "serviceId": "9001", "status": "P", "subtype": "ILIMITADO",
        "taxPrice": 23_800, "type": "VOZ",
    });
    assert_eq!(reply.at("/serviceCollection/0"), service);
}

#[tokio::test]
async fn totals_count_only_what_is_active() {
    let world = World::demo().await;
    let of = async |id: &str| {
        let reply = world.portal().get(&format!("/accounts/profiles/{id}")).await.expect(200);
        ["value", "totalValue", "linesAmount", "servicesAmount"].map(|name| reply.at(&format!("/{name}")))
    };
    // 40 lines, one requested and one marked for removal; four services, likewise.
    assert_eq!(of("10010102").await, [json!(15_000), json!(17_850 * 38), json!("38"), json!("2")]);
    assert_eq!(of("10010103").await, [json!(12_000), json!(0), json!("0"), json!("1")]);
    load(&world, &[profile("5")]).await;
    assert_eq!(of("5").await, [json!(0), json!(0), json!("0"), json!("0")]);
}

#[tokio::test]
async fn lines_come_in_pages_by_number() {
    let world = World::demo().await;
    let path = "/accounts/profiles/10010102/lines";
    let all = column(&world.portal().get(path).await.expect(200), "lineCollection", "msisdn");
    assert_eq!((all.len(), all[0].as_str(), all[39].as_str()), (40, "3002000001", "3002000040"));
    let mut seen = Vec::new();
    let mut query = "?limit=15".to_owned();
    loop {
        let reply = world.portal().get(&format!("{path}{query}")).await.expect(200);
        seen.extend(column(&reply, "lineCollection", "msisdn"));
        let cursor = reply.header("x-next-cursor");
        if cursor.is_empty() {
            break;
        }
        query = format!("?limit=15&cursor={cursor}");
    }
    assert_eq!(seen, all);
    let part = world.portal().get(&format!("{path}?offset=39&limit=9")).await.expect(200);
    assert_eq!(column(&part, "lineCollection", "msisdn"), all[38..]);
    for (query, field) in [("limit=0", "limit"), ("offset=x", "offset"), ("cursor=x", "cursor")] {
        bad_request_names(&world.portal().get(&format!("{path}?{query}")).await, field);
    }
}

#[tokio::test]
async fn a_cursor_serves_its_own_profile_and_caller_only() {
    let world = World::demo().await;
    let path = "/accounts/profiles/10010102/lines";
    let cursor = world.portal().get(&format!("{path}?limit=1")).await.expect(200).header("x-next-cursor").to_owned();
    world.portal().get(&format!("{path}?limit=1&cursor={cursor}")).await.expect(200);
    bad_request_names(&world.client("demo-acme").get(&format!("{path}?cursor={cursor}")).await, "cursor");
    let elsewhere = format!("/accounts/profiles/10010101/lines?cursor={cursor}");
    bad_request_names(&world.portal().get(&elsewhere).await, "cursor");
}

#[tokio::test]
async fn services_are_shown_whatever_their_state() {
    let world = World::demo().await;
    let reply = world.portal().get("/accounts/profiles/10010102/services").await.expect(200);
    assert_eq!(column(&reply, "serviceCollection", "id"), ["600201", "600202", "600203", "600204"]);
    assert_eq!(column(&reply, "serviceCollection", "status"), ["P", "P", "I", "D"]);
    let part = world.portal().get("/accounts/profiles/10010102/services?offset=2&limit=2").await.expect(200);
    assert_eq!(column(&part, "serviceCollection", "id"), ["600202", "600203"]);
    assert!(!part.header("x-next-cursor").is_empty());
}

#[tokio::test]
async fn what_is_empty_is_an_empty_list() {
    let world = World::demo().await;
    let reply = world.portal().get("/accounts/profiles/10010103").await.expect(200);
    assert_eq!(reply.at("/lineCollection"), json!([]));
    let lines = world.portal().get("/accounts/profiles/10010103/lines").await.expect(200);
    assert_eq!(lines.json(), json!({"lineCollection": []}));
    load(&world, &[profile("5")]).await;
    let services = world.portal().get("/accounts/profiles/5/services").await.expect(200);
    assert_eq!(services.json(), json!({"serviceCollection": []}));
}

#[tokio::test]
async fn a_foreign_profile_is_answered_as_an_unknown_one() {
    let world = World::demo().await;
    let globex = world.client("demo-globex");
    for path in ["/accounts/profiles/{}", "/accounts/profiles/{}/lines", "/accounts/profiles/{}/services"] {
        let ask = async |id: &str| globex.get(&path.replace("{}", id)).await;
        let (foreign, unknown) = (ask("10010101").await.expect(404), ask("999").await.expect(404));
        assert_eq!((foreign.text(), message(&foreign).as_str()), (unknown.text(), "the profile was not found"));
        ask("10020101").await.expect(200);
        for bad in ["abc", "-1", "1%232", "1234567890123456789"] {
            bad_request_names(&ask(bad).await, "profileId");
        }
    }
}

#[tokio::test]
async fn a_profile_of_ten_thousand_lines_is_shown_whole_and_in_pages() {
    let world = World::demo().await;
    let line = |at: usize| {
        json!({
            "type": "subscriber", "msisdn": format!("57310{at:07}"), "customer": "1001", "account": "100101", "profile": "6",
            "contract": "500101", "payment": {"kind": "postpaid", "cycle_day": 15}, "plan": "101",
        })
    };
    let mut records = vec![profile("6")];
    records.extend((0..10_000).map(line));
    records.extend((0..10_000).map(|at| {
        json!({"type": "profile_line", "profile": "6", "line": {
            "id": at.to_string(), "msisdn": format!("57310{at:07}"), "poid": format!("0.0.0.1 /service/mobile {at}"),
            "kind": "MOVIL", "status": "P",
        }})
    }));
    load(&world, &records).await;
    let whole = world.portal().get("/accounts/profiles/6").await.expect(200);
    assert_eq!(whole.at("/linesAmount"), "10000");
    assert_eq!(whole.at("/lineCollection").as_array().unwrap().len(), 10_000);
    assert!(whole.text().len() < 6_000_000, "{} bytes", whole.text().len());
    let first = world.portal().get("/accounts/profiles/6/lines?limit=2000").await.expect(200);
    world.meter.take();
    let cursor = first.header("x-next-cursor");
    world.portal().get(&format!("/accounts/profiles/6/lines?limit=10&cursor={cursor}")).await.expect(200);
    let cost: Vec<_> = world.meter.take().into_iter().filter(|request| request.operation == "Query").collect();
    assert!(cost.len() == 1 && cost[0].tenths <= 10, "a page costs what it holds: {cost:?}");
}

#[tokio::test]
async fn what_is_shown_adds_up_to_the_totals() {
    let world = World::of("sv").await;
    let dollars = |minor: i64| json!({"minor": minor, "currency": "USD"});
    let service = |id: u64, price: i64, status: &str| {
        json!({
            "id": id, "partnum": format!("PN-{id}"), "service": id, "kind": "VOZ", "subtype": "X", "description": "X",
            "price": dollars(price), "tax_price": dollars(price * 113 / 100), "status": status,
        })
    };
    let mut profile = profile("7");
    profile["services"] = [(1, 2_550, "P"), (2, 2_250, "P"), (3, 150, "P"), (4, 1_049, "P"), (5, 990, "I")]
        .map(|(id, price, status)| service(id, price, status))
        .into();
    let line = |number: &str| {
        json!({"type": "profile_line", "profile": "7", "line": {
            "id": number, "msisdn": number, "poid": "1", "kind": "MOVIL", "status": "P",
        }})
    };
    let own = |number: &str| {
        json!({
            "type": "subscriber", "msisdn": number, "customer": "1001", "account": "100102", "profile": "7",
            "contract": "500103", "payment": {"kind": "postpaid", "cycle_day": 15}, "plan": "101",
        })
    };
    load(&world, &["50371230001", "50371230002", "50371230003"].map(own)).await;
    load(&world, &[profile, line("50371230001"), line("50371230002"), line("50371230003")]).await;
    let reply = world.portal().get("/accounts/profiles/7").await.expect(200);
    let services = reply.at("/serviceCollection");
    let active = services.as_array().unwrap().iter().filter(|row| row["status"] == "P");
    let sum = |field: &str| active.clone().map(|row| row[field].as_i64().unwrap()).sum::<i64>();
    assert_eq!(sum("price"), 26 + 23 + 2 + 10);
    assert_eq!(reply.at("/value"), sum("price"));
    assert_eq!(reply.at("/totalValue"), sum("taxPrice") * 3);
}

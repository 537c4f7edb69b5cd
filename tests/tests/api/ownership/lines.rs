//! A number that moves to another customer.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use shared::error::Error;
use shared::table::Changes;
use tests::world::{LINE, OTHERS};
use tests::{Caller, World};

use super::{column, give, line_of};
use crate::{load, pass};

fn call(id: &str, start: &str) -> Value {
    let none = json!({"minor": 0, "currency": "COP"});
    json!({"type": "call", "msisdn": "573001234567", "call": {
        "id": id, "start": start, "seconds": 60, "calling": 3_001_234_567_u64, "called": 573_u64, "company": "Red",
        "place": id, "kind": "ONNET", "roaming": false, "service": "VOICE", "air_seconds": 60, "air_amount": none,
        "interconnection_seconds": 0, "interconnection_amount": none, "amount": none,
    }})
}

fn traffic(hour: &str, bytes: u64) -> Value {
    json!({
        "type": "usage", "msisdn": "573001234567", "hour": hour, "app": "Chat", "source": "s", "bytes": bytes,
        "ingested_at": "2026-03-12T00:00:00Z",
    })
}

/// The calls and bytes of the line visible to a caller, through all four operations.
async fn seen(caller: &Caller<'_>, query: &str) -> (Vec<String>, [u64; 2]) {
    let path = format!("/customers/{LINE}/calls/details?dateFrom=2026-02-01&dateTill=2026-03-20{query}");
    let calls = column(&caller.get(&path).await.expect(200).json(), "callFrom");
    let body = json!({"msisdn": 3_001_234_567_u64, "startDate": "2026-02-01", "endDate": "2026-03-20", "limit": 2000});
    let searched = caller.post("/customers/calls/details", &body).await.expect(200);
    if query.is_empty() {
        assert_eq!(searched.json().as_array().unwrap().len(), calls.len(), "both documents tell the same calls");
    }
    let mut bytes = [0; 2];
    for (report, sum) in ["hourlybyapp", "percentagebyapp"].into_iter().zip(&mut bytes) {
        let range = "startDate=2026-02-20&endDate=2026-03-20";
        let reply = caller.get(&format!("/billing/subscribers/{LINE}/usage/data/{report}?{range}")).await.expect(200);
        let rows = reply.at("/trafficDetails");
        *sum = rows.as_array().unwrap().iter().map(|row| row["trafficVolumeBytes"].as_u64().unwrap()).sum();
        if report == "hourlybyapp" {
            assert_eq!(reply.at("/totalVolumeBytes").as_u64(), Some(*sum));
        }
    }
    (calls, bytes)
}

#[tokio::test]
async fn the_new_owner_of_a_number_sees_calls_and_traffic_from_the_first_whole_day_on() {
    let world = World::demo().await;
    let (acme, globex) = (world.client("demo-acme"), world.client("demo-globex"));
    let (calls, bytes) = seen(&acme, "").await;
    assert!(!calls.is_empty() && bytes[0] > 0, "there is something to hide");
    give(&world, LINE, "1002").await;
    assert_eq!(seen(&globex, "").await, (vec![], [0, 0]));

    // It is 10:00 on 10 March in Colombia, five hours behind UTC. The rest of that day is visible to nobody.
    pass(&world, TimeDelta::days(2)).await;
    let records = [
        call("that-day", "2026-03-11T04:59:59Z"),
        call("midnight", "2026-03-11T05:00:00Z"),
        call("noon", "2026-03-11T17:00:00Z"),
        call("night", "2026-03-12T03:00:00Z"),
        traffic("2026-03-11T04", 1),
        traffic("2026-03-11T05", 10),
        traffic("2026-03-12T01", 100),
    ];
    load(&world, &records).await;
    let own = ["midnight", "noon", "night"].map(str::to_owned);
    assert_eq!(seen(&globex, "").await, (own.to_vec(), [110, 110]));
    assert_eq!(seen(&world.portal(), "").await, (own.to_vec(), [110, 110]), "who sees both customers sees no more");
    // An index counts only the owner's calls, and a cursor continues among them.
    assert_eq!(seen(&globex, "&offset=2&limit=1").await.0, ["noon"]);
    let path = format!("/customers/{LINE}/calls/details?dateFrom=2026-02-01&dateTill=2026-03-20&limit=2");
    let first = globex.get(&path).await.expect(200);
    let next = globex.get(&format!("{path}&cursor={}", first.header("x-next-cursor"))).await.expect(200);
    assert_eq!(column(&next.json(), "callFrom"), ["night"]);
    let old = format!("/customers/{LINE}/calls/details?dateFrom=2026-02-01&dateTill=2026-03-10");
    assert_eq!(globex.get(&old).await.expect(200).text(), "[]");
    acme.get(&old).await.expect(404);
}

#[tokio::test]
async fn a_number_that_comes_back_brings_nothing_back() {
    let world = World::demo().await;
    give(&world, LINE, "1002").await;
    pass(&world, TimeDelta::days(3)).await;
    load(&world, &[call("between", "2026-03-12T12:00:00Z"), traffic("2026-03-12T12", 5)]).await;
    give(&world, LINE, "1001").await;
    assert_eq!(seen(&world.client("demo-acme"), "").await, (vec![], [0, 0]));
    pass(&world, TimeDelta::days(1)).await;
    load(&world, &[call("after", "2026-03-14T12:00:00Z")]).await;
    assert_eq!(seen(&world.client("demo-acme"), "").await.0, ["after"]);
}

#[tokio::test]
async fn a_line_that_stays_keeps_its_past_however_often_it_is_loaded() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    let before = seen(&acme, "").await;
    give(&world, LINE, "1001").await;
    assert_eq!(seen(&acme, "").await, before);
    give(&world, LINE, "1002").await;
    pass(&world, TimeDelta::days(2)).await;
    load(&world, &[call("own", "2026-03-11T12:00:00Z")]).await;
    pass(&world, TimeDelta::days(2)).await;
    // Another offer on the same line, so that the file differs.
    let mut again = line_of(&world, LINE, "1002").await;
    again["plan"] = json!("100");
    load(&world, &[again]).await;
    assert_eq!(seen(&world.client("demo-globex"), "").await.0, ["own"]);
}

#[tokio::test]
async fn an_import_may_set_since_when_a_line_is_its_customers() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    let mut line = world.line_record(LINE).await;
    line["since"] = json!("2026-03-09T00:00:00-05:00");
    load(&world, &[line.clone()]).await;
    let (_, bytes) = seen(&acme, "").await;
    line["since"] = json!("2026-01-01T00:00:00-05:00");
    load(&world, &[line]).await;
    assert_eq!(seen(&acme, "").await.1, bytes, "an earlier time opens nothing");
}

fn acquired(offer: &str) -> String {
    format!("/plans/subscribers/{LINE}/acquiredoffers/{offer}")
}

/// The contracts charged for purchases of the line.
async fn charged(world: &World) -> Vec<&'static str> {
    let mut charged = Vec::new();
    for contract in ["500101", "500102", "500201"] {
        let charges = world.operator.writer.reader().charges(&contract.parse().unwrap()).await.unwrap();
        charged.extend(charges.iter().filter(|charge| charge.msisdn == world.msisdn(LINE)).map(|_| contract));
    }
    charged
}

#[tokio::test]
async fn what_an_earlier_owner_bought_is_neither_the_new_ones_to_drop_nor_in_the_way() {
    let world = World::demo().await;
    let (acme, globex) = (world.client("demo-acme"), world.client("demo-globex"));
    acme.send("POST", &acquired("201"), &[], "").await.expect(201);
    give(&world, LINE, "1002").await;
    globex.send("DELETE", &acquired("201"), &[], "").await.expect(404);
    assert_eq!(charged(&world).await, ["500101"], "who bought it pays for it");
    globex.send("POST", &acquired("201"), &[], "").await.expect(201);
    assert_eq!(charged(&world).await, ["500101", "500201"]);
    globex.send("DELETE", &acquired("201"), &[], "").await.expect(201);
    globex.send("DELETE", &acquired("201"), &[], "").await.expect(404);
    assert_eq!(charged(&world).await, ["500101"]);
    pass(&world, TimeDelta::minutes(1)).await;
    give(&world, LINE, "1001").await;
    acme.send("DELETE", &acquired("201"), &[], "").await.expect(404);
}

#[tokio::test]
async fn an_offer_dropped_after_a_change_of_contract_takes_its_charge_along() {
    let world = World::demo().await;
    world.portal().send("POST", &acquired("201"), &[], "").await.expect(201);
    let mut line = world.line_record(LINE).await;
    line["contract"] = json!("500102");
    load(&world, &[line]).await;
    world.portal().send("DELETE", &acquired("201"), &[], "").await.expect(201);
    assert_eq!(charged(&world).await, [""; 0]);
}

/// Where the line is shown: profiles, products, and whose bills its number opens.
async fn shown(world: &World) -> [Vec<&'static str>; 3] {
    let owners = [("demo-acme", "10010101", "1001"), ("demo-globex", "10020101", "1002")];
    let mut shown = [vec![], vec![], vec![]];
    for (client, profile, code) in owners {
        let caller = world.client(client);
        let lines = caller.get(&format!("/accounts/profiles/{profile}/lines")).await.expect(200);
        let whole = caller.get(&format!("/accounts/profiles/{profile}")).await.expect(200);
        assert_eq!(whole.at("/lineCollection"), lines.at("/lineCollection"));
        let products = caller.get(&format!("/customers/{code}/products?limit=2000")).await.expect(200);
        if lines.text().contains(LINE) {
            shown[0].push(code);
        }
        if products.text().contains(LINE) {
            shown[1].push(code);
        }
        let bills = caller.get(&format!("/customers/MSISDN/{LINE}/bills?quantity=100")).await;
        if bills.status() == 200 {
            let own = caller.get(&format!("/customers/code/{code}/bills?quantity=100")).await.expect(200);
            assert_eq!(bills.bytes(), own.bytes());
            shown[2].push(code);
        }
    }
    shown
}

#[tokio::test]
async fn a_number_that_moves_leaves_nothing_with_its_old_owner() {
    let world = World::demo().await;
    assert_eq!(shown(&world).await, [["1001"], ["1001"], ["1001"]]);
    give(&world, LINE, "1002").await;
    assert_eq!(shown(&world).await, [["1002"], ["1002"], ["1002"]]);
    let products = world.client("demo-globex").get("/customers/1002/products").await.expect(200);
    let moved = products.json().as_array().unwrap().iter().find(|row| row["msisdn"] == LINE).unwrap().clone();
    let told = ["customerName", "address", "contract"].map(|name| moved[name].clone());
    assert_eq!(told, [json!("Globex del Valle Ltda."), json!("Carrera 5 # 12-20, Cali"), json!(500_201)]);
    let whole = world.client("demo-acme").get("/accounts/profiles/10010101").await.expect(200);
    assert_eq!(whole.at("/linesAmount"), "2", "and it does not pay for it");
    give(&world, LINE, "1001").await;
    assert_eq!(shown(&world).await, [["1001"], ["1001"], ["1001"]]);
}

#[tokio::test]
async fn of_two_records_of_a_line_in_one_file_the_last_one_counts() {
    for (first, last) in [("1001", "1002"), ("1002", "1001")] {
        let world = World::demo().await;
        let records = [line_of(&world, LINE, first).await, line_of(&world, LINE, last).await];
        load(&world, &records).await;
        assert_eq!(shown(&world).await, [[last], [last], [last]], "{first}, then {last}");
        assert_eq!(world.line(LINE).await.customer.as_str(), last);
    }
}

#[tokio::test]
async fn a_number_in_another_profile_is_listed_there_alone() {
    let world = World::demo().await;
    let mut line = world.line_record(LINE).await;
    line["profile"] = json!("10010102");
    line["contract"] = json!("500102");
    load(&world, &[line.clone()]).await;
    // The same contract, written differently.
    line["contract"] = json!("0500102");
    load(&world, &[line]).await;
    let acme = world.client("demo-acme");
    let lines = async |profile: &str| acme.get(&format!("/accounts/profiles/{profile}/lines")).await.expect(200).text();
    assert!(!lines("10010101").await.contains(LINE));
    assert!(lines("10010102").await.contains(r#""id":"700001""#), "as it was listed before");
    let products = acme.get("/customers/1001/products").await.expect(200).json();
    let rows: Vec<_> = products.as_array().unwrap().iter().filter(|row| row["msisdn"] == LINE).collect();
    assert_eq!((rows.len(), &rows[0]["contract"], &rows[0]["planCode"]), (1, &json!(500_102), &json!(101)));
}

#[tokio::test]
async fn a_write_of_the_old_owner_under_way_is_too_late() {
    let world = World::demo().await;
    let line = world.line(LINE).await;
    give(&world, LINE, "1002").await;
    let mut changed = line.value.clone();
    changed.blocked.sim = true;
    let mut changes = Changes::new();
    changes.update_subscriber(&line, &changed).unwrap();
    let late = world.operator.writer.commit(changes, None, world.clock.now()).await;
    assert!(matches!(late, Err(Error::Stale)), "{late:?}");
    assert!(!world.line(LINE).await.blocked.any());
    // The importer's and the functions' clocks may differ.
    let ahead: DateTime<Utc> = world.clock.now() - TimeDelta::days(1);
    world.clock.set(ahead);
    let line = world.line(LINE).await;
    give(&world, LINE, "1001").await;
    assert!(world.line(LINE).await.rev > line.rev, "a revision is never given twice");
    give(&world, OTHERS, "1002").await;
}

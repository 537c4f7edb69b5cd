//! Call details: two documents, one list.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::world::{LINE, NOBODY, OTHERS, PREPAID};
use tests::{Reply, World};

use crate::{bad_request_names, load};

async fn list(world: &World, line: &str, query: &str) -> Reply {
    world.portal().get(&format!("/customers/{line}/calls/details?{query}")).await
}

async fn search(world: &World, body: &Value) -> Reply {
    world.portal().post("/customers/calls/details", body).await
}

fn record(id: &str, start: &str) -> Value {
    let money = |minor: i64| json!({"minor": minor, "currency": "COP"});
    json!({
        "type": "call", "msisdn": "573001234569",
        "call": {
            "id": id, "start": start, "seconds": 90, "calling": 3_001_234_569_u64, "called": 573_u64,
            "company": "Red", "place": "Cali", "kind": "LDI", "roaming": false, "service": "VOICE",
            "air_seconds": 120, "air_amount": money(45_050), "interconnection_seconds": 60,
            "interconnection_amount": money(7), "amount": money(45_057),
        },
    })
}

/// A world whose prepaid line has calls at known times.
async fn world() -> World {
    let world = World::demo().await;
    let starts = [
        ("d", "2026-03-09T04:59:59Z"),
        ("e", "2026-03-09T05:00:00Z"),
        ("f", "2026-03-10T04:59:59Z"),
        ("g", "2026-03-10T05:00:00Z"),
        ("b", "2026-03-01T12:00:00Z"),
        ("c", "2026-03-01T12:00:00Z"),
        ("a", "2026-02-01T12:00:00Z"),
    ];
    load(&world, &starts.map(|(id, start)| record(id, start))).await;
    world
}

fn starts(reply: &Reply, name: &str) -> Vec<String> {
    reply.json().as_array().unwrap().iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_call_is_shown_with_its_amounts_as_text() {
    let world = world().await;
    let reply = list(&world, PREPAID, "dateFrom=2026-03-09&dateTill=2026-03-09").await.expect(200);
    let row = json!({
        "msisdn": 3_001_234_569_u64, "company": "Red", "callType": "LDI", "callFrom": "Cali",
        "callDateTime": "2026-03-09T00:00:00-05:00", "callDuration": 90, "airTime": 120, "airAmount": "450.50",
        "interconnectionTime": 60, "interconnectionAmount": "0.07", "callAmount": "450.57",
    });
    assert_eq!(reply.json()[0], row);
    let expected = ["2026-03-09T00:00:00-05:00", "2026-03-09T23:59:59-05:00"];
    assert_eq!(starts(&reply, "callDateTime"), expected, "both days in the country's zone, oldest first");
}

#[tokio::test]
async fn the_other_document_shows_numbers() {
    let world = world().await;
    let wanted =
        json!({"msisdn": 3_001_234_569_u64, "startDate": "2026-03-09", "endDate": "2026-03-09T10:00:00-05:00"});
    let reply = search(&world, &wanted).await.expect(200);
    let row = json!({
        "calledNumber": 573, "callingNumber": 3_001_234_569_u64, "chargedAmount": 45_057, "duration": 90,
        "startDate": "2026-03-09T00:00:00-05:00", "endDate": "2026-03-09T00:01:30-05:00", "roaming": "N",
        "serviceType": "VOICE",
    });
    assert_eq!(reply.json(), json!([row]));
}

#[tokio::test]
async fn without_dates_the_last_thirty_days_are_meant() {
    let world = world().await;
    let reply = search(&world, &json!({"msisdn": 573_001_234_569_u64})).await.expect(200);
    assert_eq!(starts(&reply, "startDate").len(), 6, "the call of February is older");
    let until = json!({"msisdn": 3_001_234_569_u64, "endDate": "2026-03-01"});
    assert_eq!(starts(&search(&world, &until).await.expect(200), "startDate").len(), 3);
}

#[tokio::test]
async fn a_range_has_both_days_and_at_most_ninety_three() {
    let world = world().await;
    for (query, field) in [
        ("dateTill=2026-03-09", "dateFrom"),
        ("dateFrom=2026-03-09", "dateTill"),
        ("dateFrom=2026-03-09T00:00:00&dateTill=2026-03-09", "dateFrom"),
        ("dateFrom=2026-03-09&dateTill=tomorrow", "dateTill"),
        ("dateFrom=2026-03-09&dateTill=2026-03-08", "dateFrom"),
        ("dateFrom=2025-12-07&dateTill=2026-03-10", "dateFrom"),
        ("dateFrom=2026-03-09&dateFrom=2026-03-09&dateTill=2026-03-09", "dateFrom"),
    ] {
        bad_request_names(&list(&world, PREPAID, query).await, field);
    }
    list(&world, PREPAID, "dateFrom=2025-12-08&dateTill=2026-03-10").await.expect(200);
    for (body, field) in [
        (json!({}), "msisdn"),
        (json!({"msisdn": "3001234569"}), "msisdn"),
        (json!({"msisdn": 300}), "msisdn"),
        (json!({"msisdn": -3}), "msisdn"),
        (json!({"msisdn": 3_001_234_569_u64, "startDate": "x"}), "startDate"),
        (json!({"msisdn": 3_001_234_569_u64, "startDate": "2025-12-01"}), "startDate"),
        (json!({"msisdn": 3_001_234_569_u64, "limit": 0}), "limit"),
        (json!({"msisdn": 3_001_234_569_u64, "offset": "1"}), "offset"),
    ] {
        bad_request_names(&search(&world, &body).await, field);
    }
}

#[tokio::test]
async fn pages_join_without_gap_or_overlap() {
    let world = World::demo().await;
    let range = "dateFrom=2026-01-20&dateTill=2026-03-10";
    let all = list(&world, LINE, range).await.expect(200).json();
    let all = all.as_array().unwrap();
    assert!(all.len() > 80, "calls of 40 days: {}", all.len());
    let days: std::collections::BTreeSet<_> =
        all.iter().map(|row| row["callDateTime"].as_str().unwrap()[..10].to_owned()).collect();
    assert!(days.len() >= 40, "{}", days.len());
    let mut rows: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let reply = list(&world, LINE, &format!("{range}&limit=7{cursor}")).await.expect(200);
        rows.extend(reply.json().as_array().unwrap().iter().cloned());
        match reply.header("x-next-cursor") {
            "" => break,
            next => cursor = format!("&cursor={next}"),
        }
    }
    assert_eq!(&rows, all);
    let page = list(&world, LINE, &format!("{range}&offset=8&limit=3")).await.expect(200).json();
    assert_eq!(page.as_array().unwrap(), &all[7..10]);
}

#[tokio::test]
async fn a_cursor_follows_the_same_body() {
    let world = world().await;
    let body = json!({"msisdn": 3_001_234_569_u64, "startDate": "2026-01-01", "limit": 4, "offset": 0});
    let first = search(&world, &body).await.expect(200);
    let next = format!("/customers/calls/details?cursor={}", first.header("x-next-cursor"));
    let second = world.portal().post(&next, &body).await.expect(200);
    assert_eq!((starts(&first, "startDate").len(), starts(&second, "startDate").len()), (4, 3));
    let other = json!({"msisdn": 3_001_234_567_u64, "startDate": "2026-01-01", "limit": 4, "offset": 0});
    bad_request_names(&world.portal().post(&next, &other).await, "cursor");
}

#[tokio::test]
async fn a_cursor_outlives_the_usual_periods_moving_on() {
    let world = World::demo().await;
    let at = |seconds: i64| (world.clock.now() - TimeDelta::days(30) + TimeDelta::seconds(seconds)).to_rfc3339();
    load(&world, &[record("x", &at(10)), record("y", &at(20)), record("z", &at(60))]).await;
    let body = json!({"msisdn": 3_001_234_569_u64, "limit": 1});
    let first = search(&world, &body).await.expect(200);
    world.clock.set(world.clock.now() + TimeDelta::seconds(30));
    let next = format!("/customers/calls/details?cursor={}", first.header("x-next-cursor"));
    let second = world.portal().post(&next, &body).await.expect(200);
    let starts = [starts(&first, "startDate"), starts(&second, "startDate")].concat();
    assert_eq!(starts.len(), 2);
    assert!(starts[1].ends_with(":20-05:00"), "the next call follows, whatever the time is now: {starts:?}");
}

#[tokio::test]
async fn a_foreign_line_is_not_found() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    let range = "calls/details?dateFrom=2026-03-01&dateTill=2026-03-10";
    let foreign = acme.get(&format!("/customers/{OTHERS}/{range}")).await.expect(404);
    let unknown = acme.get(&format!("/customers/{NOBODY}/{range}")).await.expect(404);
    assert_eq!(foreign.bytes(), unknown.bytes());
    for number in [OTHERS, NOBODY] {
        let body = json!({"msisdn": number.parse::<u64>().unwrap()});
        assert_eq!(acme.post("/customers/calls/details", &body).await.expect(404).bytes(), unknown.bytes());
    }
    let reader = world.client("demo-readonly");
    reader.post("/customers/calls/details", &json!({"msisdn": 3_001_234_567_u64})).await.expect(200);
}

#[tokio::test]
async fn el_salvador_has_calls_too() {
    let world = World::of("sv").await;
    let reply = search(&world, &json!({"msisdn": 71_234_567})).await.expect(200);
    assert_eq!(starts(&reply, "startDate").len(), 50, "as many as a page has");
    assert!(starts(&reply, "startDate").iter().all(|start| start.ends_with("-06:00")));
}

#[tokio::test]
async fn from_midnight_to_midnight_no_call_counts_twice() {
    let world = world().await;
    let between = async |from: &str, to: &str| {
        let body = json!({"msisdn": 3_001_234_569_u64, "startDate": from, "endDate": to});
        starts(&search(&world, &body).await.expect(200), "startDate")
    };
    let eighth = between("2026-03-08T00:00:00", "2026-03-09T00:00:00").await;
    let ninth = between("2026-03-09T05:00:00Z", "2026-03-10T00:00:00-05:00").await;
    let both = between("2026-03-08T00:00:00", "2026-03-10T00:00:00").await;
    assert!(both.contains(&"2026-03-09T00:00:00-05:00".to_owned()), "{both:?}");
    assert_eq!([eighth.clone(), ninth.clone()].concat(), both);
    // A date as an end means its whole day.
    assert_eq!((between("2026-03-08", "2026-03-08").await, between("2026-03-09", "2026-03-09").await), (eighth, ninth));
    assert_eq!(between("2026-03-08", "2026-03-09").await, both);
    assert!(between("2026-03-09T00:00:00", "2026-03-09T00:00:00").await.is_empty());
}

#[tokio::test]
async fn a_cursor_goes_with_the_same_question_in_other_words() {
    let world = world().await;
    let words = [
        r#"{"msisdn":3001234569,"limit":2,"startDate":"2026-02-01","endDate":"2026-03-10"}"#,
        "\n{ \"limit\" : 2, \"endDate\":\"2026-03-10\", \"startDate\": \"2026-02-0\\u0031\",\r\n \"msisdn\": 3001234569 }\n",
    ];
    let ask = async |cursor: &str, body: &str| {
        let path = format!("/customers/calls/details?limit=&cursor={cursor}");
        world.portal().send("POST", &path, &[("content-type", "application/json")], body).await
    };
    let first = ask("", words[0]).await.expect(200);
    let next = first.header("x-next-cursor").to_owned();
    let pages = [ask(&next, words[0]).await.expect(200), ask(&next, words[1]).await.expect(200)];
    assert_eq!(pages[0].bytes(), pages[1].bytes());
    let other = words[0].replace("2026-03-10", "2026-03-09");
    bad_request_names(&ask(&next, &other).await, "cursor");
}

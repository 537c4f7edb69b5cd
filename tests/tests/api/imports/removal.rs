//! `remove` records: what was loaded goes again, with everything that it was.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::World;

use super::{bill, complaints, group, import, item, text};

fn peso() -> Value {
    json!({"minor": 100, "currency": "COP"})
}

/// A record of each type that can be new, with what takes it away again.
fn pairs() -> Vec<(Value, Value)> {
    let gone = |of: &str, mut key: Value| {
        (key["type"], key["of"]) = (json!("remove"), json!(of));
        key
    };
    let nit = json!({"kind": "NIT", "number": "800555666"});
    vec![
        (
            json!({"type": "client", "id": "passing", "name": "X", "scopes": "read", "sees": "*"}),
            gone("client", json!({"id": "passing"})),
        ),
        (
            json!({
                "type": "offer", "id": "999", "name": "X", "description": "X", "validity": 1, "validity_unit": "Day",
                "category": "X", "sub_category": "X", "rank": 1, "price": peso(), "methods": ["PREPAID"], "channels": [4],
                "on_sale_from": "2025-01-01T00:00:00Z",
            }),
            gone("offer", json!({"id": "999"})),
        ),
        (
            json!({
                "type": "service", "id": 99, "partnum": "PN-Z", "kind": "X", "subtype": "X", "description": "X",
                "price": peso(), "tax_price": peso(), "poid_type": "x",
            }),
            gone("service", json!({"partnum": "PN-Z"})),
        ),
        (
            json!({
                "type": "usage", "msisdn": "573001234567", "hour": "2026-03-01T10", "app": "Mapas", "source": "hand", "bytes": 1,
                "ingested_at": "2026-03-02T00:00:00Z",
            }),
            gone("usage", json!({"msisdn": "573001234567", "hour": "2026-03-01T10", "app": "Mapas", "source": "hand"})),
        ),
        (
            json!({"type": "customer", "code": "1099", "name": "X", "address": "X", "identities": [nit]}),
            gone("customer", json!({"code": "1099"})),
        ),
        (
            json!({"type": "contract", "id": "509999", "customer": "1001", "first": "2026-01-01", "cycle_day": 5}),
            gone("contract", json!({"id": "509999"})),
        ),
        (
            json!({"type": "series", "id": "ZZ", "kind": "invoice", "prefix": "ZZ-", "digits": 3, "first": 1, "last": 9}),
            gone("series", json!({"id": "ZZ"})),
        ),
        (group("G-99", "X"), gone("group", json!({"customer": "1001", "id": "G-99"}))),
        (bill("OLD-99", "1001", "2025-12-05"), gone("bill", json!({"number": "OLD-99"}))),
        (
            json!({
                "type": "product", "customer": "1001", "contract": 500_101, "msisdn": "573001234568", "name": "X", "address": "X",
                "plan": 1, "plan_description": "X", "plan_value": peso(),
            }),
            gone("product", json!({"customer": "1001", "contract": 500_101, "msisdn": "573001234568"})),
        ),
        (
            json!({
                "type": "account", "id": "300", "customer": "1001", "document": {"kind": "NIT", "number": "900123456"}, "name": "X",
                "billing_account": "X", "consultant": "X", "contact": "X", "phone": "X", "email": "X",
            }),
            gone("account", json!({"id": "300"})),
        ),
        (
            json!({"type": "call", "msisdn": "573001234567", "call": {
                "id": "1", "start": "2026-03-09T15:00:00Z", "seconds": 1, "calling": 1, "called": 2, "company": "X",
                "place": "X", "kind": "ONNET", "roaming": false, "service": "VOICE", "air_seconds": 0,
                "air_amount": peso(), "interconnection_seconds": 0, "interconnection_amount": peso(), "amount": peso(),
            }}),
            gone("call", json!({"msisdn": "573001234567", "start": "2026-03-09T15:00:00Z", "id": "1"})),
        ),
        (
            json!({
                "type": "recording", "id": 9001, "customer": "1001", "extension": 6_015_550_101_u64, "start": "2026-03-09T12:00:00Z",
                "seconds": 8, "direction": "IN", "origin": 3_005_550_111_u64, "destination": "6015550101", "files": {"mp3": 1},
            }),
            gone("recording", json!({"id": 9001})),
        ),
        (
            json!({
                "type": "site", "id": "S-99", "customer": "1001", "document": {"kind": "NIT", "number": "900123456"}, "name": "X",
                "extensions": [{"number": 6_019_990_001_u64, "name": "X"}],
            }),
            gone("site", json!({"document": {"kind": "NIT", "number": "900123456"}, "id": "S-99"})),
        ),
        (
            json!({
                "type": "document", "name": "terms-99", "customer": "1001", "document": {"kind": "NIT", "number": "900123456"},
                "created": "2026-03-01T00:00:00Z",
            }),
            gone("document", json!({"customer": "1001", "name": "terms-99"})),
        ),
    ]
}

/// Guard: a removal knows every place of its thing.
#[tokio::test]
async fn what_is_loaded_and_removed_leaves_the_table_as_it_was() {
    let world = World::demo().await;
    let without_product =
        json!({"type": "remove", "of": "product", "customer": "1001", "contract": 500_101, "msisdn": "573001234568"});
    import(&world, &text(&[without_product])).await.unwrap();
    // Which series was added last stays known.
    let items =
        || -> BTreeSet<_> { world.items().into_iter().filter(|item| !item.contains("NEWEST-SERIES")).collect() };
    for (record, gone) in pairs() {
        let before = items();
        import(&world, &text(std::slice::from_ref(&record))).await.unwrap();
        let loaded = items();
        assert_ne!(loaded, before, "{record}");
        for _ in 0..2 {
            import(&world, &text(std::slice::from_ref(&gone))).await.unwrap();
            let after = items();
            assert_eq!(after.symmetric_difference(&before).collect::<Vec<_>>(), Vec::<&String>::new(), "{gone}");
        }
        // Of several records of one thing the last one counts.
        import(&world, &text(&[record.clone(), gone.clone()])).await.unwrap();
        assert_eq!(items(), before, "{gone}");
        import(&world, &text(&[gone.clone(), record.clone()])).await.unwrap();
        assert_ne!(items(), before, "{record}");
        import(&world, &text(&[gone])).await.unwrap();
    }
}

fn line() -> Value {
    json!({
        "type": "subscriber", "msisdn": "573007777777", "customer": "1001", "account": "100101", "profile": "10010101",
        "contract": "500102", "payment": {"kind": "postpaid", "cycle_day": 15}, "plan": "101",
    })
}

/// Guard: whoever has the number next sees nothing of before, whatever is stored under it.
#[tokio::test]
async fn a_line_that_is_removed_is_paid_until_today_and_leaves_nothing_to_the_next() {
    let world = World::demo().await;
    let portal = world.portal();
    let gone = text(&[json!({"type": "remove", "of": "subscriber", "msisdn": "573001234567"})]);
    let first = item(&world, "SUB#573001234567", "S");
    let old = world.line_record("3001234567").await;
    let rev = |item: &Value| item["rev"]["N"].as_str().unwrap().parse::<u64>().unwrap();
    import(&world, &gone).await.unwrap();
    import(&world, &gone).await.unwrap();
    for path in ["/billing/subscribers/3001234567/status", "/customers/MSISDN/3001234567/bills"] {
        portal.get(path).await.expect(404);
    }
    let lines = portal.get("/accounts/profiles/10010101/lines").await.expect(200);
    let products = portal.get("/customers/1001/products").await.expect(200);
    assert!(!lines.text().contains("3001234567") && !products.text().contains("3001234567"));
    let spans = world.ledger("500101").await.lines;
    let span = spans.iter().find(|span| span.line.as_str() == "573001234567").unwrap();
    assert_eq!(span.to, Some(world.today()));

    // Its next owner, even with a clock that is behind, has no call of before.
    world.clock.set(world.clock.now() - TimeDelta::hours(1));
    let mut next = line();
    (next["msisdn"], next["contract"]) = (json!("573001234567"), json!("500103"));
    import(&world, &text(&[next])).await.unwrap();
    let after = item(&world, "SUB#573001234567", "S");
    assert!(rev(&after) > rev(&first), "{after}");
    let path = "/customers/3001234567/calls/details?dateFrom=2026-02-01&dateTill=2026-03-20";
    let calls = portal.get(path).await;
    assert!(!calls.text().contains("ONNET"), "{}", calls.text());
    assert!(old["favourites"].is_object() && after["favourites"].is_null());
    let earlier = world.ledger("500101").await.lines;
    assert_eq!(earlier, spans, "the old contract keeps what it had");
}

#[tokio::test]
async fn a_profile_that_is_removed_is_paid_until_today_and_may_come_again() {
    let world = World::demo().await;
    let before = world.ledger("500101").await.services;
    assert!(before.iter().any(|span| span.to.is_none()));
    let (profile, services) =
        world.operator.writer.reader().profile_and_services(&"10010101".parse().unwrap()).await.unwrap();
    let gone = text(&[json!({"type": "remove", "of": "profile", "id": "10010101"})]);
    import(&world, &gone).await.unwrap();
    world.portal().get("/accounts/profiles/10010101").await.expect(404);
    let profiles = world.portal().get("/accounts/100101/profiles").await.expect(200);
    assert!(!profiles.text().contains("10010101\""), "{}", profiles.text());
    let ended = world.ledger("500101").await.services;
    let of_profile = |span: &&shared::domain::billing::ledger::ServiceSpan| {
        span.profile.as_ref().is_some_and(|profile| profile.as_str() == "10010101")
    };
    assert!(ended.iter().filter(of_profile).all(|span| span.to == Some(world.today())), "{ended:?}");
    import(&world, &gone).await.unwrap();
    let record = json!({"type": "profile", "profile": profile, "services": services.value.list()});
    import(&world, &text(&[record])).await.unwrap();
    world.portal().get("/accounts/profiles/10010101").await.expect(200);
    let again = world.ledger("500101").await.services;
    assert_eq!(again.iter().filter(of_profile).filter(|span| span.to.is_none()).count(), services.active().count());
}

#[tokio::test]
async fn a_plan_that_is_removed_is_retired_for_somebody_may_have_it() {
    let world = World::demo().await;
    import(&world, &text(&[json!({"type": "remove", "of": "plan", "id": "101"})])).await.unwrap();
    world.portal().get("/plans/subscribers/3001234567/current").await.expect(200);
    assert_eq!(item(&world, "CAT", "PLAN#101")["status"]["S"], "RETIRED");
}

#[tokio::test]
async fn what_others_still_need_is_not_removed() {
    let world = World::demo().await;
    let remove = |of: &str, id: &str| json!({"type": "remove", "of": of, "id": id});
    for (record, said) in [
        (
            remove("contract", "500101"),
            "1: id: must be a contract without lines, plans, services and bills; end it with last",
        ),
        (remove("account", "100101"), "1: id: must be an account without profiles; it has "),
    ] {
        let told = complaints(&world, &text(&[record])).await;
        assert!(told[0].starts_with(said), "{told:?}");
    }
    // With its profiles it goes.
    let profiles = world.operator.writer.reader().profiles_listed_in(&"100102".parse().unwrap()).await.unwrap();
    let mut all: Vec<_> = profiles.iter().map(|profile| remove("profile", profile.id.as_str())).collect();
    all.push(remove("account", "100102"));
    import(&world, &text(&all)).await.unwrap();
    world.portal().get("/accounts/100102").await.expect(404);
    // What is removed again, or was never there, is gone.
    import(&world, &text(&[remove("contract", "1"), remove("account", "1"), remove("series", "1")])).await.unwrap();
}

/// Guard: an erased recording stays known, so no file brings it back.
#[tokio::test]
async fn an_erased_recording_is_not_removed() {
    let world = World::demo().await;
    world.portal().delete("/calls/7001/recordings", &json!({})).await.expect(200);
    let before = item(&world, "REC#7001", "R");
    import(&world, &text(&[json!({"type": "remove", "of": "recording", "id": 7001})])).await.unwrap();
    assert_eq!(item(&world, "REC#7001", "R"), before);
}

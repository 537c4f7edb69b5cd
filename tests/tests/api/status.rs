//! `GET` and `PUT /billing/subscribers/{MSISDN}/status`

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::domain::status::{Asset, Blocked, StatusCode};
use tests::World;
use tests::world::{BLOCKED, LINE, PREPAID};

use crate::{bad_request_names, pass, refused};

fn path(line: &str) -> String {
    format!("/billing/subscribers/{line}/status")
}

/// The events of all status changes, as published.
fn events(world: &World) -> Vec<Value> {
    let items = world.items().into_iter().filter(|item| item.contains("SubscriberStatusChanged"));
    let payload = |item: String| -> Value {
        let item: Value = serde_json::from_str(&item).unwrap();
        serde_json::from_str(item["payload"]["S"].as_str().unwrap()).unwrap()
    };
    items.map(payload).collect()
}

#[tokio::test]
async fn an_active_line_and_a_blocked_one_say_so() {
    let world = World::demo().await;
    let active = world.portal().get(&path(LINE)).await.expect(200);
    assert_eq!(active.json(), json!({"code": "Active", "description": "The line is active", "assetType": "SIM_IMEI"}));
    let blocked = world.portal().get(&path(BLOCKED)).await.expect(200);
    assert_eq!(blocked.json(), json!({"code": "Blocked", "description": "Blocked: SIM_IMEI", "assetType": "SIM_IMEI"}));
}

#[tokio::test]
async fn blocking_changes_state_history_and_tells_the_world() {
    let world = World::demo().await;
    let reply = world
        .portal()
        .put(&path(LINE), &json!({"code": "Blocked", "assetType": "SIM", "updateReason": "La tarjeta se perdió"}))
        .await
        .expect(200);
    assert_eq!(reply.json(), json!({"code": "Blocked", "description": "Blocked: SIM", "assetType": "SIM"}));
    assert_eq!(world.portal().get(&path(LINE)).await.json(), reply.json());
    assert_eq!(world.line(LINE).await.blocked, Blocked { sim: true, imei: false });

    let history = world.operator.writer.reader().status_changes(&world.msisdn(LINE)).await.unwrap();
    let [change] = &history[..] else { panic!("one change: {history:?}") };
    assert_eq!((change.code, change.asset), (StatusCode::Blocked, Asset::Sim));
    assert_eq!((change.blocked.sim, change.blocked.imei), (true, false));
    assert_eq!((change.reason.as_deref(), change.at), (Some("La tarjeta se perdió"), world.clock.now()));

    let expected = json!({
        "msisdn": "573001234567", "customer": "1001", "code": "Blocked", "asset": "SIM",
        "reason": "La tarjeta se perdió", "at": "2026-03-10T15:00:00Z",
    });
    assert_eq!(events(&world), [expected]);
}

#[tokio::test]
async fn card_and_handset_are_blocked_and_freed_one_by_one() {
    let world = World::demo().await;
    let steps = [
        ("Blocked", "IMEI", "Blocked", "IMEI"),
        ("Blocked", "SIM", "Blocked", "SIM_IMEI"),
        ("Active", "IMEI", "Blocked", "SIM"),
        ("Active", "SIM", "Active", "SIM_IMEI"),
        ("Blocked", "SIM_IMEI", "Blocked", "SIM_IMEI"),
        ("Active", "SIM", "Blocked", "IMEI"),
        ("Active", "SIM_IMEI", "Active", "SIM_IMEI"),
    ];
    for (code, asset, then, of) in steps {
        pass(&world, TimeDelta::minutes(1)).await;
        let reply = world.portal().put(&path(LINE), &json!({"code": code, "assetType": asset})).await.expect(200);
        assert_eq!((reply.at("/code"), reply.at("/assetType")), (json!(then), json!(of)), "{code} {asset}");
        assert_eq!(world.portal().get(&path(LINE)).await.json(), reply.json());
    }
    let history = world.operator.writer.reader().status_changes(&world.msisdn(LINE)).await.unwrap();
    assert_eq!(history.len(), steps.len());
    assert!(history.is_sorted_by(|a, b| a.at < b.at), "the oldest comes first");
    assert_eq!(history.last().unwrap().blocked, world.line(LINE).await.blocked);
    assert_eq!(events(&world).len(), steps.len());
}

#[tokio::test]
async fn the_same_state_again_succeeds_and_leaves_no_trace() {
    let world = World::demo().await;
    for (line, code, asset) in [
        (LINE, "Active", "SIM"),
        (LINE, "Active", "SIM_IMEI"),
        (BLOCKED, "Blocked", "IMEI"),
        (BLOCKED, "Blocked", "SIM_IMEI"),
    ] {
        let before = world.items();
        let body = json!({"code": code, "assetType": asset, "updateReason": "again"});
        let reply = world.portal().put(&path(line), &body).await.expect(200);
        assert_eq!(reply.at("/code"), code);
        assert_eq!(world.items(), before);
    }
}

#[tokio::test]
async fn who_names_the_customer_must_name_the_right_one() {
    let world = World::demo().await;
    let block = |customer: Value, kind: Value| json!({"code": "Blocked", "assetType": "SIM", "customerId": customer, "documentType": kind});
    let before = world.items();
    for (customer, kind) in [
        (json!("901987654"), json!("NIT")),
        (json!("900123456"), json!("CC")),
        (json!("900123456"), json!("")),
        (json!("900123457"), Value::Null),
        (json!("1002"), Value::Null),
        (json!("1001"), json!("NIT")),
        (json!(""), Value::Null),
        (Value::Null, json!("CC")),
        (Value::Null, json!("")),
    ] {
        let reply = world.portal().put(&path(LINE), &block(customer.clone(), kind.clone())).await;
        assert_eq!(reply.status(), 403, "{customer} {kind}");
        refused(&reply, "are not the subscriber's");
    }
    assert_eq!(world.items(), before);
    for (customer, kind) in [
        (json!("900123456"), json!("NIT")),
        (json!("900123456"), json!("nit")),
        (json!("900123456"), Value::Null),
        (json!("1001"), Value::Null),
        (json!("1001"), json!("Code")),
        (Value::Null, json!("NIT")),
    ] {
        world.portal().put(&path(LINE), &block(customer, kind)).await.expect(200);
    }
}

#[tokio::test]
async fn another_code_or_asset_is_named() {
    let world = World::demo().await;
    let before = world.items();
    for code in ["active", "BLOCKED", "Suspended", "", " Active"] {
        bad_request_names(&world.portal().put(&path(LINE), &json!({"code": code, "assetType": "SIM"})).await, "code");
    }
    for asset in ["sim", "IMEI_SIM", "BOTH", "", "SIM "] {
        bad_request_names(
            &world.portal().put(&path(LINE), &json!({"code": "Blocked", "assetType": asset})).await,
            "assetType",
        );
    }
    bad_request_names(&world.portal().put(&path(LINE), &json!({"assetType": "SIM"})).await, "code");
    bad_request_names(&world.portal().put(&path(LINE), &json!({"code": "Blocked"})).await, "assetType");
    bad_request_names(&world.portal().put(&path(LINE), &json!({"code": null, "assetType": "SIM"})).await, "code");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_blocked_line_buys_and_changes_nothing_until_it_is_free() {
    let world = World::demo().await;
    let plans = format!("/plans/subscribers/{PREPAID}");
    for asset in ["SIM", "IMEI"] {
        world.portal().put(&path(PREPAID), &json!({"code": "Blocked", "assetType": asset})).await.expect(200);
        refused(&world.portal().post(&format!("{plans}/acquiredoffers/211"), &json!({})).await, "blocked");
        refused(&world.portal().put(&format!("{plans}/current"), &json!({"planId": "110"})).await, "blocked");
        world.portal().put(&path(PREPAID), &json!({"code": "Active", "assetType": asset})).await.expect(200);
    }
    world.portal().post(&format!("{plans}/acquiredoffers/211"), &json!({})).await.expect(201);
}

//! Money at the door: held against the country's currency, and against what answers compute from it.

use serde_json::{Value, json};
use tests::World;

use super::{bill, complaints, import, text};

fn money(minor: i64, currency: &str) -> Value {
    json!({"minor": minor, "currency": currency})
}

/// Every record with an amount, and where its amounts are.
fn records() -> Vec<(Value, Vec<&'static str>)> {
    let peso = || money(100, "COP");
    let service = json!({
        "id": 1, "partnum": "PN-X", "service": 1, "kind": "X", "subtype": "X", "description": "X", "price": peso(),
        "tax_price": peso(), "status": "P",
    });
    let mut sold = service.clone();
    (sold["type"], sold["poid_type"]) = (json!("service"), json!("x"));
    for unsold in ["service", "status"] {
        sold.as_object_mut().unwrap().remove(unsold);
    }
    vec![
        (bill("B-1", "1001", "2025-12-05"), vec!["/amount", "/paid"]),
        (sold, vec!["/price", "/tax_price"]),
        (
            json!({"type": "profile", "profile": {
                "id": "70000", "customer": "1001", "account": "100102", "contract": "500103", "document_number": "1",
                "name": "X", "description": "X", "billing_account": "X", "parent_billing_account": "X", "cycle": 1,
                "status": "P",
            }, "services": [service]}),
            vec!["/services/0/price", "/services/0/tax_price"],
        ),
        (
            json!({
                "type": "product", "customer": "1001", "contract": 500_101, "msisdn": "573001234567", "name": "X",
                "address": "X", "plan": 1, "plan_description": "X", "plan_value": peso(),
            }),
            vec!["/plan_value"],
        ),
        (
            json!({
                "type": "account", "id": "300", "customer": "1001", "document": {"kind": "NIT", "number": "900123456"},
                "name": "X", "billing_account": "X", "consultant": "X", "contact": "X", "phone": "X", "email": "X",
                "contracts": [{"id": "500101", "start": "2024-01-01", "available_benefit": peso(), "rank": {
                    "id": "R", "minimum": peso(), "maximum": peso(), "registered_benefit": peso(),
                }}],
            }),
            vec![
                "/contracts/0/available_benefit",
                "/contracts/0/rank/minimum",
                "/contracts/0/rank/maximum",
                "/contracts/0/rank/registered_benefit",
            ],
        ),
        (
            json!({"type": "call", "msisdn": "573001234567", "call": {
                "id": "1", "start": "2026-03-09T15:00:00Z", "seconds": 1, "calling": 1, "called": 2, "company": "X",
                "place": "X", "kind": "ONNET", "roaming": false, "service": "VOICE", "air_seconds": 0,
                "air_amount": peso(), "interconnection_seconds": 0, "interconnection_amount": peso(), "amount": peso(),
            }}),
            vec!["/call/amount", "/call/air_amount", "/call/interconnection_amount"],
        ),
        (
            json!({
                "type": "subscriber", "msisdn": "573007777777", "customer": "1001", "account": "100101",
                "profile": "10010101", "contract": "500102", "payment": {"kind": "prepaid", "balance": peso()}, "plan": "109",
            }),
            vec!["/payment/balance"],
        ),
    ]
}

#[tokio::test]
async fn an_amount_of_another_currency_or_beyond_what_is_computed_is_a_bad_line() {
    let world = World::demo().await;
    for (record, places) in records() {
        for place in places {
            let field: String = place[1..].replace("/0", "[0]").replace('/', ".");
            for wrong in [money(100, "USD"), money(i64::MAX, "COP"), money(i64::MIN, "COP")] {
                let mut record = record.clone();
                *record.pointer_mut(place).unwrap() = wrong.clone();
                let told = complaints(&world, &text(&[record])).await;
                assert!(told[0].starts_with(&format!("1: {field}: must be an amount of COP")), "{wrong}: {told:?}");
            }
        }
        import(&world, &text(&[record])).await.unwrap();
    }
}

/// Guard: the largest that is accepted adds up in every answer.
#[tokio::test]
async fn the_largest_amounts_are_answered() {
    let world = World::demo().await;
    let service = |id: u64| {
        json!({
            "id": id, "partnum": format!("PN-{id}"), "service": 1, "kind": "X", "subtype": "X", "description": "X",
            "price": money(1_000_000_000_000, "COP"), "tax_price": money(1_000_000_000_000, "COP"), "status": "P",
        })
    };
    let (mut profile, _) = records().swap_remove(2);
    profile["profile"]["id"] = json!("10010101");
    (profile["profile"]["account"], profile["profile"]["contract"]) = (json!("100101"), json!("500101"));
    profile["services"] = (1..=500).map(service).collect();
    let mut large = bill("B-1", "1001", "2025-12-05");
    large["amount"] = money(1_000_000_000_000_000, "COP");
    let mut note = bill("B-2", "1001", "2025-12-05");
    (note["amount"], note["paid"]) = (money(-1_000_000_000_000_000, "COP"), money(1_000_000_000_000_000, "COP"));
    import(&world, &text(&[profile, large, note])).await.unwrap();
    for path in [
        "/accounts/profiles/10010101",
        "/accounts/100101/profiles",
        "/accounts/profiles/10010101/services",
        "/customers/CODE/1001/bills?quantity=100",
    ] {
        world.portal().get(path).await.expect(200);
    }
}

#[tokio::test]
async fn an_offer_that_would_never_end_is_a_bad_line() {
    let world = World::demo().await;
    let offer = |validity: u64, unit: &str| {
        json!({
            "type": "offer", "id": "999", "name": "X", "description": "X", "validity": validity, "validity_unit": unit,
            "category": "X", "sub_category": "X", "rank": 1, "price": money(1, "COP"), "methods": ["PREPAID", "NEXT_INVOICE"],
            "channels": [4], "on_sale_from": "2025-01-01T00:00:00Z",
        })
    };
    for (validity, unit) in [(u64::from(u32::MAX), "Week"), (3_651, "Day"), (118, "Month")] {
        let told = complaints(&world, &text(&[offer(validity, unit)])).await;
        assert_eq!(told, ["1: validity: must be at most 3650 days"], "{unit}");
    }
    import(&world, &text(&[offer(u64::from(u32::MAX), "Megabytes")])).await.unwrap();
}

//! Offers: listed, bought, given up.

use chrono::TimeDelta;
use serde_json::json;
use shared::domain::catalogue::AcquisitionMethod;
use shared::domain::contract::Payment;
use shared::domain::subscriber::Acquisition;
use shared::table::Charge;
use tests::world::{BLOCKED, LINE, PREPAID};
use tests::{Reply, World};

use crate::{bad_request_names, ids, message, pass, refused};

fn offers(line: &str) -> String {
    format!("/plans/subscribers/{line}/availableoffers/")
}

fn acquired(line: &str, offer: &str) -> String {
    format!("/plans/subscribers/{line}/acquiredoffers/{offer}")
}

async fn buy(world: &World, line: &str, offer: &str) -> Reply {
    world.portal().send("POST", &acquired(line, offer), &[], "").await
}

async fn give_up(world: &World, line: &str, offer: &str) -> Reply {
    world.portal().send("DELETE", &acquired(line, offer), &[], "").await
}

async fn charges(world: &World, line: &str) -> Vec<Charge> {
    world.operator.writer.reader().charges(&world.line(line).await.contract).await.unwrap()
}

async fn purchases(world: &World, line: &str, offer: &str) -> Vec<Acquisition> {
    let offer = offer.parse().unwrap();
    world.operator.writer.reader().acquisitions(&world.msisdn(line), &offer).await.unwrap()
}

async fn balance(world: &World, line: &str) -> i64 {
    let payment = world.line(line).await.value.payment;
    let prepaid = if let Payment::Prepaid { balance } = payment { Some(balance.minor) } else { None };
    prepaid.unwrap()
}

#[tokio::test]
async fn offers_are_those_of_channel_plan_and_payment_by_rank() {
    let world = World::demo().await;
    let on = async |line: &str, query: &str| {
        ids(&world.portal().get(&format!("{}{query}", offers(line))).await.expect(200), "OfferId")
    };
    let self_care = ["201", "202", "203", "204", "205", "206", "207"];
    assert_eq!(on(LINE, "").await, self_care);
    assert_eq!(on(LINE, "?channelId=4").await, self_care);
    assert_eq!(on(LINE, "?channelId=04").await, self_care);
    assert_eq!(on(LINE, "?channelId=1").await, ["201", "202", "203", "204", "205", "206", "207", "209"]);
    assert_eq!(on(PREPAID, "").await, ["201", "202", "203", "204", "205", "211"]);
    let path = format!("/plans/subscribers/{LINE}/current");
    world.portal().put(&path, &json!({"planId": "104"})).await.expect(200);
    assert_eq!(on(LINE, "").await, ["201", "202", "203", "204", "205", "206", "207", "210"]);
    assert_eq!(world.portal().get(&offers(BLOCKED)).await.expect(200).text(), "[]");
}

#[tokio::test]
async fn an_offer_is_shown_with_its_price_and_the_one_way_to_pay_it() {
    let world = World::demo().await;
    let reply = world.portal().get(&offers(LINE)).await.expect(200);
    let expected = json!({
        "OfferId": "201", "OfferName": "Redes por 1 Mes",
        "Description": "Has seleccionado Redes por 1 Mes. Impuestos no incluidos.",
        "Validity": "1", "ValidityUnit": "Month", "CategoryName": "Paquetes", "SubCategoryName": "Internet",
        "Rank": 1, "amount": 7000.0, "currencyId": "COP",
        "AcquisitionMethodList": [{"AcquisitionMethodId": 2, "AcquisitionMethodName": "NEXT_INVOICE"}],
    });
    assert_eq!(reply.at("/0"), expected);
    assert!(reply.text().contains("\"amount\":7000.00,"), "the currency's digits: {}", reply.text());
    let units: Vec<_> = reply.json().as_array().unwrap().iter().map(|row| row["ValidityUnit"].clone()).collect();
    assert_eq!(units, ["Month", "Hour", "Day", "Week", "Megabytes", "Gigabytes", "Slots"]);
    let prepaid = world.portal().get(&offers(PREPAID)).await.expect(200);
    let way = json!([{"AcquisitionMethodId": 1, "AcquisitionMethodName": "PREPAID"}]);
    assert_eq!(prepaid.at("/0/AcquisitionMethodList"), way);
}

#[tokio::test]
async fn offers_begin_and_end_at_their_time() {
    let world = World::demo().await;
    let now = world.clock.now();
    let offer = |id: &str, from: TimeDelta, until: TimeDelta| {
        json!({
            "type": "offer", "id": id, "name": id, "description": id, "validity": 1, "validity_unit": "Day",
            "category": "Pruebas", "sub_category": "Pruebas", "rank": 0, "price": {"minor": 1, "currency": "COP"},
            "methods": ["NEXT_INVOICE"], "channels": [4], "on_sale_from": now + from, "on_sale_until": now + until,
        })
    };
    let minutes = TimeDelta::minutes;
    crate::load(&world, &[offer("soon", minutes(10), minutes(20)), offer("now", minutes(0), minutes(10))]).await;
    let first = async || ids(&world.portal().get(&offers(LINE)).await.expect(200), "OfferId")[0].clone();
    assert_eq!(first().await, "now");
    assert_eq!(buy(&world, LINE, "soon").await.status(), 404);
    pass(&world, minutes(10)).await;
    assert_eq!(first().await, "soon");
    assert_eq!(buy(&world, LINE, "now").await.status(), 404);
    buy(&world, LINE, "soon").await.expect(201);
    pass(&world, minutes(10)).await;
    assert_eq!(first().await, "201");
    assert_eq!(buy(&world, LINE, "soon").await.status(), 404);
}

#[tokio::test]
async fn a_channel_is_a_number_from_1_to_5() {
    let world = World::demo().await;
    for channel in 1..=5 {
        world.portal().get(&format!("{}?channelId={channel}", offers(LINE))).await.expect(200);
    }
    for wrong in ["0", "6", "256", "260", "-1", "+4", "4.0", "four", "%20", "4,4", "1234567890123456789"] {
        bad_request_names(&world.portal().get(&format!("{}?channelId={wrong}", offers(LINE))).await, "channelId");
    }
}

#[tokio::test]
async fn a_postpaid_line_pays_with_its_next_bill() {
    let world = World::demo().await;
    let reply = buy(&world, LINE, "201").await.expect(201);
    assert_eq!(reply.json(), json!({"response": "201", "message": "the offer was acquired"}));
    let [charge] = &charges(&world, LINE).await[..] else { panic!("one charge") };
    assert_eq!((charge.offer.as_str(), charge.name.as_str()), ("201", "Redes por 1 Mes"));
    assert_eq!((charge.amount.minor, charge.amount.currency.code), (700_000, "COP"));
    assert_eq!((&charge.msisdn, charge.at), (&world.msisdn(LINE), world.clock.now()));
    let [bought] = &purchases(&world, LINE, "201").await[..] else { panic!("one purchase") };
    assert_eq!((bought.method, bought.price), (AcquisitionMethod::NextInvoice, charge.amount));
    assert_eq!(bought.ends_at.to_rfc3339(), "2026-04-10T15:00:00+00:00");
    assert_eq!(world.line(LINE).await.holds[&bought.offer], bought.ends_at);
}

#[tokio::test]
async fn a_prepaid_line_pays_at_once_and_exactly() {
    let world = World::demo().await;
    assert_eq!(balance(&world, PREPAID).await, 1_000);
    let before = world.items();
    refused(&buy(&world, PREPAID, "201").await, "balance is too low");
    assert_eq!(world.items(), before);
    buy(&world, PREPAID, "211").await.expect(201);
    assert_eq!(balance(&world, PREPAID).await, 500);
    assert_eq!(purchases(&world, PREPAID, "211").await[0].method, AcquisitionMethod::Prepaid);
    assert!(charges(&world, PREPAID).await.is_empty(), "what is paid is on no bill");
    pass(&world, TimeDelta::days(3)).await;
    buy(&world, PREPAID, "211").await.expect(201);
    assert_eq!(balance(&world, PREPAID).await, 0, "the last peso may be spent");
    pass(&world, TimeDelta::days(3)).await;
    refused(&buy(&world, PREPAID, "211").await, "balance is too low");
    assert_eq!(balance(&world, PREPAID).await, 0);
}

#[tokio::test]
async fn what_is_not_offered_to_the_line_is_not_found() {
    let world = World::demo().await;
    let before = world.items();
    let not_for = [
        (LINE, "999"),
        (LINE, "208"),
        (LINE, "210"),
        (LINE, "211"),
        (PREPAID, "206"),
        (PREPAID, "207"),
        (LINE, "a%20b"),
        (LINE, "201%2F"),
        (LINE, "201%00"),
        (LINE, "%C3%A9"),
        (LINE, "201%23"),
        (LINE, "..%2F201"),
    ];
    for (line, offer) in not_for {
        for reply in [buy(&world, line, offer).await, give_up(&world, line, offer).await] {
            assert_eq!((reply.status(), message(&reply).as_str()), (404, "the offer was not found"), "{line} {offer}");
        }
    }
    assert_eq!(buy(&world, LINE, &"2".repeat(65)).await.status(), 404);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn an_active_offer_is_not_bought_twice_unless_it_may_be() {
    let world = World::demo().await;
    buy(&world, LINE, "203").await.expect(201);
    let before = world.items();
    refused(&buy(&world, LINE, "203").await, "already active");
    assert_eq!(world.items(), before);
    pass(&world, TimeDelta::hours(24) - TimeDelta::seconds(1)).await;
    refused(&buy(&world, LINE, "203").await, "already active");
    pass(&world, TimeDelta::seconds(1)).await;
    buy(&world, LINE, "203").await.expect(201);
    assert_eq!(purchases(&world, LINE, "203").await.len(), 2);

    for _ in 0..3 {
        buy(&world, LINE, "205").await.expect(201);
    }
    assert_eq!(purchases(&world, LINE, "205").await.len(), 3);
    assert_eq!(charges(&world, LINE).await.len(), 5);
}

#[tokio::test]
async fn a_blocked_line_buys_nothing() {
    let world = World::demo().await;
    let before = world.items();
    for offer in ["201", "205"] {
        refused(&buy(&world, BLOCKED, offer).await, "blocked");
    }
    assert_eq!(buy(&world, BLOCKED, "999").await.status(), 404);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn giving_up_withdraws_the_charge_that_is_on_no_bill() {
    let world = World::demo().await;
    buy(&world, LINE, "201").await.expect(201);
    buy(&world, LINE, "202").await.expect(201);
    let reply = give_up(&world, LINE, "201").await.expect(201);
    assert_eq!(reply.json(), json!({"response": "201", "message": "the offer was removed"}));
    let left: Vec<_> = charges(&world, LINE).await.into_iter().map(|charge| charge.offer.to_string()).collect();
    assert_eq!(left, ["202"]);
    assert!(purchases(&world, LINE, "201").await.is_empty());
    assert_eq!(world.line(LINE).await.holds.len(), 1);
    assert_eq!(give_up(&world, LINE, "201").await.status(), 404);
    buy(&world, LINE, "201").await.expect(201);
}

#[tokio::test]
async fn of_several_the_newest_goes_first_each_with_its_own_charge() {
    let world = World::demo().await;
    for _ in 0..3 {
        buy(&world, LINE, "205").await.expect(201);
        pass(&world, TimeDelta::hours(1)).await;
    }
    let times: Vec<_> = purchases(&world, LINE, "205").await.iter().map(|bought| bought.at).collect();
    for left in (0..3).rev() {
        give_up(&world, LINE, "205").await.expect(201);
        let bought: Vec<_> = purchases(&world, LINE, "205").await.iter().map(|bought| bought.at).collect();
        let owed: Vec<_> = charges(&world, LINE).await.iter().map(|charge| charge.at).collect();
        assert_eq!((&bought[..], &owed[..]), (&times[..left], &times[..left]));
    }
    assert_eq!(give_up(&world, LINE, "205").await.status(), 404);
}

#[tokio::test]
async fn what_has_ended_or_was_paid_is_not_given_back() {
    let world = World::demo().await;
    buy(&world, LINE, "202").await.expect(201);
    pass(&world, TimeDelta::hours(8)).await;
    let before = world.items();
    assert_eq!(give_up(&world, LINE, "202").await.status(), 404);
    assert_eq!(world.items(), before);
    assert_eq!(charges(&world, LINE).await.len(), 1, "it was used and is owed");

    buy(&world, PREPAID, "211").await.expect(201);
    give_up(&world, PREPAID, "211").await.expect(201);
    assert_eq!(balance(&world, PREPAID).await, 500);
}

#[tokio::test]
async fn lines_of_one_contract_keep_their_purchases_apart() {
    let world = World::demo().await;
    let status = format!("/billing/subscribers/{BLOCKED}/status");
    world.portal().put(&status, &json!({"code": "Active", "assetType": "SIM_IMEI"})).await.expect(200);
    buy(&world, LINE, "201").await.expect(201);
    buy(&world, BLOCKED, "201").await.expect(201);
    assert_eq!(charges(&world, LINE).await.len(), 2, "both are on the contract's bill");
    give_up(&world, BLOCKED, "201").await.expect(201);
    let left = charges(&world, LINE).await;
    assert_eq!((left.len(), &left[0].msisdn), (1, &world.msisdn(LINE)));
    assert_eq!(give_up(&world, BLOCKED, "201").await.status(), 404);
}

//! Rules of keys, prices and changes.

use serde_json::json;

use super::{LINE, OTHER, World, tariff};

fn key(rest: &str) -> String {
    format!("2026-01-01/{rest}")
}

/// A world in January 2026 with a whole month.
fn january() -> World {
    World::new("2026-01-01", 1)
}

#[test]
fn rule_11_all_days_of_one_plan_in_a_period_are_one_charge_rounded_once() {
    let mut world = january().with_plan("R");
    world.change_plan("2026-01-11T10:00:00-05:00", "A");
    world.change_plan("2026-01-21T10:00:00-05:00", "R");
    // R on 10 and 11 days, A on 10.
    assert_eq!(
        world.charges(),
        [key(&format!("plan/{LINE}/A/2020-01-01/IVA19 9.68")), key(&format!("plan/{LINE}/R/2020-01-01/IVA19 21.00"))]
    );
}

#[test]
fn rule_11_a_price_that_changes_within_a_period_makes_two_charges() {
    let mut world = january().with_plan("R");
    let monthly = json!([{ "from": "2020-01-01", "price": "31.00" }, { "from": "2026-01-11", "price": "62.00" }]);
    world.tariffs = vec![tariff(1, json!({ "plans": { "R": { "name": "Plan R", "monthly": monthly } } }))];
    assert_eq!(
        world.charges(),
        [key(&format!("plan/{LINE}/R/2020-01-01/IVA19 10.00")), key(&format!("plan/{LINE}/R/2026-01-11/IVA19 42.00"))]
    );
}

#[test]
fn rule_11_a_half_is_rounded_away_from_zero() {
    let mut world = january();
    let monthly = json!([{ "from": "2020-01-01", "price": "0.31" }]);
    world.tariffs = vec![tariff(1, json!({ "services": { "H": { "name": "Medio", "monthly": monthly } } }))];
    world.add(
        "services",
        json!({ "service": "H", "fixed": 1, "price": "0.155", "from": "2026-01-01", "to": "2026-01-01" }),
    );
    world.add(
        "services",
        json!({ "service": "H", "fixed": 3, "price": "0.155", "from": "2026-01-02", "to": "2026-01-31" }),
    );
    // 0.155 * 91 / 31 = 0.455.
    assert_eq!(world.charges(), [key("service/H/-/agreed-0.155/IVA19 0.46")]);
}

#[test]
fn rule_12_included_units_are_prorated_by_the_plans_days_and_rounded_up() {
    let mut world = january().with_plan("A");
    world.change_plan("2026-01-04T00:00:00-05:00", "R");
    // ceil(100 * 3/31) = 10 units, and they serve the plan's days alone.
    world.use_units("2026-01-03", "voice.onnet", 9);
    world.use_units("2026-01-04", "voice.onnet", 5);
    let usage = |world: &World| world.charges().into_iter().filter(|line| line.contains("usage")).collect::<Vec<_>>();
    assert_eq!(usage(&world), [key(&format!("usage/{LINE}/R:voice.onnet/2020-01-01/IVA19 0.50"))]);
    world.use_units("2026-01-01", "voice.onnet", 2);
    assert_eq!(
        usage(&world),
        [
            key(&format!("usage/{LINE}/A:voice.onnet/2020-01-01/IVA19 0.10")),
            key(&format!("usage/{LINE}/R:voice.onnet/2020-01-01/IVA19 0.50"))
        ]
    );
}

#[test]
fn rule_12_an_allowance_serves_its_classes_in_order_and_the_excess_lies_on_the_latest_days() {
    let mut world = january().with_plan("A");
    let voice = json!([{ "from": "2020-01-01", "price": "0.10" }, { "from": "2026-01-20", "price": "0.20" }]);
    world.tariffs = vec![tariff(
        1,
        json!({ "rates": [
        { "classes": "voice", "prices": voice }, { "classes": "sms", "prices": [{ "from": "2020-01-01", "price": "0.05" }] } ] }),
    )];
    // Messages come first in time, calls first in the plan.
    world.use_units("2026-01-01", "sms.onnet", 10);
    world.use_units("2026-01-25", "voice.onnet", 60);
    world.use_units("2026-01-10", "voice.onnet", 55);
    let usage: Vec<_> = world.charges().into_iter().filter(|line| line.contains("usage")).collect();
    let expected = [
        format!("usage/{LINE}/A:sms.onnet/2020-01-01/IVA19 0.50"),
        format!("usage/{LINE}/A:voice.onnet/2026-01-20/IVA19 3.00"),
    ];
    assert_eq!(usage, expected.map(|line| key(&line)));
}

#[test]
fn rule_12_lines_do_not_share() {
    let mut world = january().with_plan("A");
    world.add("lines", json!({ "line": OTHER, "from": "2026-01-01" }));
    world.add("plans", json!({ "line": OTHER, "at": "2026-01-01T00:00:00-05:00", "id": "1", "plan": "A" }));
    world.use_units("2026-01-01", "voice.onnet", 101);
    let usage: Vec<_> = world.charges().into_iter().filter(|line| line.contains("usage")).collect();
    assert_eq!(usage, [key(&format!("usage/{LINE}/A:voice.onnet/2020-01-01/IVA19 0.10"))]);
}

#[test]
fn rule_12_an_additional_plan_serves_its_own_days() {
    let mut world = january().with_plan("R");
    world.add("additional", json!({ "line": LINE, "plan": "X", "from": "2026-01-11", "to": "2026-01-20" }));
    world.use_units("2026-01-05", "data.home", 100);
    world.use_units("2026-01-15", "data.home", 101);
    // 9.30 and 310 units, 10 of 31 days.
    let expected = [
        format!("plan/{LINE}/R/2020-01-01/IVA19 31.00"),
        format!("additional/{LINE}/X/2020-01-01/IVA19 3.00"),
        format!("usage/{LINE}/R:data.home/2020-01-01/IVA19 1.01"),
    ];
    assert_eq!(world.charges(), expected.map(|line| key(&line)));
}

#[test]
fn rule_14_a_service_is_charged_by_the_days_of_the_lines_or_by_pieces() {
    let mut world = january();
    world.add("lines", json!({ "line": LINE, "from": "2026-01-01" }));
    world.add("lines", json!({ "line": OTHER, "from": "2026-01-22", "profile": "P2" }));
    world.add("services", json!({ "service": "S", "from": "2026-01-12" }));
    // 20 days of one line and 10 of the other, at 0.10 a day.
    assert_eq!(world.charges(), [key("service/S/-/2020-01-01/IVA19 3.00")]);
    world.ledger.services[0].fixed = Some(5);
    assert_eq!(world.charges(), [key("service/S/-/2020-01-01/IVA19 10.00")]);
    world.ledger.services[0].fixed = None;
    world.ledger.services[0].profile = Some("P2".parse().unwrap());
    assert_eq!(world.charges(), [key("service/S:P2/-/2020-01-01/IVA19 1.00")]);
}

#[test]
fn rule_14_an_agreed_price_ignores_the_catalogue() {
    let mut world = january();
    world.add("services", json!({ "service": "S", "price": "1.55", "fixed": 2, "from": "2026-01-01" }));
    assert_eq!(world.charges(), [key("service/S/-/agreed-1.55/IVA19 3.10")]);
}

#[test]
fn rule_14_a_day_without_a_price_parks_and_is_never_free() {
    let mut world = january().with_plan("R");
    let monthly = json!([{ "from": "2026-01-02", "price": "31.00" }]);
    world.tariffs = vec![tariff(1, json!({ "plans": { "R": { "name": "Plan R", "monthly": monthly } } }))];
    assert_eq!(world.run("2026-02-01"), ["parked: plan R has no price on 2026-01-01"]);
    assert_eq!(world.billed, super::Billed::default(), "nothing has happened");
    world.tariffs = vec![tariff(2, json!({}))];
    world.use_units("2026-01-05", "video.onnet", 1);
    assert_eq!(world.run("2026-02-01"), ["parked: video.onnet with plan R has no price on 2026-01-05"]);
    world.usage.clear();
    assert_eq!(world.run("2026-02-01").len(), 1, "once the cause is mended");
}

#[test]
fn rule_15_in_advance_go_only_the_recurring_charges_marked_so() {
    let mut world = january().with_plan("A");
    world.add("services", json!({ "service": "S", "fixed": 1, "from": "2026-01-01" }));
    world.add("additional", json!({ "line": LINE, "plan": "X", "from": "2026-01-01" }));
    world.buy("1", "2026-02-03", 500);
    let settlement = world.close_one("2026-02-01").unwrap().unwrap();
    let lines = &settlement.documents()[0].lines;
    let february: Vec<_> = lines.iter().filter(|line| line.period.start == super::day("2026-02-01")).collect();
    assert_eq!(february.len(), 1);
    assert!(february[0].text.starts_with("Plan A (cobro anticipado, se liquida"), "{}", february[0].text);
}

#[test]
fn rule_15_a_purchase_is_on_the_bill_that_closes_its_period() {
    let mut world = january();
    world.buy("1", "2026-01-31", 500);
    world.buy("2", "2026-02-01", 700);
    assert_eq!(world.run("2026-02-01"), ["5.00; tax 0.95, total 5.95"]);
    assert_eq!(world.run("2026-03-01"), ["7.00; tax 1.33, total 8.33"]);
}

#[test]
fn rule_16_two_facts_about_one_thing_on_one_day_park() {
    let mut world = january();
    world.add("services", json!({ "service": "S", "fixed": 1, "from": "2026-01-01", "to": "2026-01-10" }));
    world.add("services", json!({ "service": "S", "fixed": 2, "from": "2026-01-11" }));
    assert_eq!(world.charges(), [key("service/S/-/2020-01-01/IVA19 5.20")]);
    world.ledger.services[0].to = Some(super::day("2026-01-11"));
    assert_eq!(world.charges(), ["parked: two facts about S hold on one day"]);
    let mut world = january().with_plan("R");
    world.add("lines", json!({ "line": LINE, "from": "2026-01-31" }));
    assert_eq!(world.charges(), [format!("parked: two facts about {LINE} hold on one day")]);
}

#[test]
fn rule_17_a_line_that_moves_is_charged_by_each_contract_for_its_own_days() {
    let (last, first) = super::super::ledger::move_line(super::day("2026-01-10"), super::day("2026-01-01")).unwrap();
    let mut old = january().with_plan("R");
    old.ledger.lines[0].to = Some(last);
    let mut new = january();
    new.add("lines", json!({ "line": LINE, "from": first.to_string() }));
    new.add("plans", json!({ "line": LINE, "at": "2026-01-11T00:00:00-05:00", "id": "1", "plan": "R" }));
    for on in ["2026-01-10", "2026-01-11"] {
        old.use_units(on, "voice.onnet", 10);
        new.use_units(on, "voice.onnet", 10);
    }
    let amounts = |world: &World| {
        world.price("0001-01-01").unwrap().charges.iter().map(|charge| charge.amount).collect::<Vec<_>>()
    };
    assert_eq!((amounts(&old), amounts(&new)), (vec![1000, 100], vec![2100, 100]));
}

#[test]
fn rule_18_prepaid_days_bring_no_fee_no_usage_and_no_included_units() {
    let mut world = january().with_plan("A");
    world.add(
        "plans",
        json!({ "line": LINE, "at": "2026-01-03T10:00:00-05:00", "id": "9", "plan": "A", "payment": "prepaid" }),
    );
    world.add("services", json!({ "service": "S", "from": "2026-01-01" }));
    // The change acts from the 4th on: three days, ceil(100 * 3/31) = 10 units.
    world.use_units("2026-01-03", "voice.onnet", 11);
    world.use_units("2026-01-04", "voice.onnet", 500);
    let expected = [
        format!("plan/{LINE}/A/2020-01-01/IVA19 2.90"),
        "service/S/-/2020-01-01/IVA19 0.30".to_owned(),
        format!("usage/{LINE}/A:voice.onnet/2020-01-01/IVA19 0.10"),
    ];
    assert_eq!(world.charges(), expected.map(|line| key(&line)));
}

#[test]
fn rule_18_a_purchase_that_the_balance_has_paid_is_on_no_bill() {
    let mut world = january();
    world.buy("1", "2026-01-05", 500);
    world.ledger.charges[0].purse = crate::domain::contract::PaymentKind::Prepaid;
    assert_eq!(world.charges(), [""; 0]);
}

#[test]
fn rule_19_a_withdrawal_cancels_within_the_period_and_an_operators_always() {
    let withdrawn = |on: &str, reason: Option<&str>| {
        let mut world = january();
        world.buy("1", "2026-01-20", 500);
        world.run("2026-02-01");
        world.add("withdrawals", json!({ "charge": "1", "day": on, "reason": reason }));
        world.run("2026-03-01")
    };
    assert_eq!(withdrawn("2026-01-31", None), ["-5.00; tax -0.95, total -5.95"]);
    assert_eq!(withdrawn("2026-02-01", None), ["nothing"], "later it only ends the offer");
    assert_eq!(withdrawn("2026-02-01", Some("Error")), ["-5.00; tax -0.95, total -5.95"]);
}

//! Rules of documents, and what parks them.

use serde_json::json;

use super::super::bill::{Outcome, Settlement};
use super::super::document::{DocumentKind, Line, issue};
use super::super::price::Source;
use super::super::tax::Inclusion;
use super::super::verify::holds;
use super::{LINE, OTHER, World, tariff};

fn adjustment(id: &str, on: &str, minor: i64) -> serde_json::Value {
    let amount = json!({ "minor": minor, "currency": "COP" });
    json!({ "id": id, "day": on, "amount": amount, "reason": "Ajuste" })
}

#[test]
fn rule_21_a_correction_bears_the_tax_rate_of_the_day_of_service() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    let taxes =
        json!({ "standard": [{ "from": "2020-01-01", "rate": "IVA19" }, { "from": "2026-02-11", "rate": "IVA16" }] });
    world.tariffs = vec![tariff(1, json!({ "taxes": taxes }))];
    world.run("2026-02-01");
    world.use_units("2026-01-20", "voice.onnet", 100);
    let settlement = world.close_one("2026-03-01").unwrap().unwrap();
    let lines: Vec<_> = settlement.documents()[0]
        .lines
        .iter()
        .map(|line| format!("{} {}", line.key.tax, super::money(line.amount)))
        .collect();
    // 10 and 18 of the 28 days of February; and January's late calls.
    assert_eq!(lines, ["IVA16 19.93", "IVA19 11.07", "IVA19 10.00"]);
    let taxes: Vec<_> =
        settlement.documents()[0].taxes.iter().map(|tax| (tax.percent.as_str(), tax.base, tax.amount)).collect();
    assert_eq!(taxes, [("16", 1993, 319), ("19", 2107, 400)]);
}

#[test]
fn rule_21_where_tax_is_inside_the_gross_converges() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.terms.tax = Inclusion::Inside;
    world.run("2026-02-01");
    world.use_units("2026-01-20", "voice.onnet", 7);
    let settlement = world.close_one("2026-03-01").unwrap().unwrap();
    let document = &settlement.documents()[0];
    assert_eq!((document.net, document.tax, document.total), (2664, 506, 3170));
    assert!(document.lines.iter().all(|line| line.net + line.tax == line.total && line.total == line.amount));
    assert_eq!(world.charged("2026-01-01") + world.charged("2026-02-01"), 3100 + 3170);
}

#[test]
fn rule_21_a_total_down_to_a_multiple_is_not_carried_on() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.terms.multiple = 50;
    let document = |world: &mut World, on| world.close_one(on).unwrap().unwrap().documents()[0].clone();
    let first = document(&mut world, "2026-02-01");
    assert_eq!((first.rounding, first.total), (-39, 3650));
    assert_eq!(document(&mut world, "2026-03-01").total, 3650);
    assert_eq!(world.charged("2026-01-01"), 3100);
    world.add("adjustments", adjustment("K", "2026-03-01", -3200));
    let credit = document(&mut world, "2026-04-01");
    assert_eq!((credit.rounding, credit.total, credit.kind), (19, -100, DocumentKind::CreditNote), "towards zero");
}

#[test]
fn rule_22_a_total_below_zero_is_a_credit_note_and_counts_like_a_bill() {
    let mut world = World::new("2026-01-01", 1);
    world.buy("1", "2026-01-20", 500);
    world.run("2026-02-01");
    world.add("withdrawals", json!({ "charge": "1", "day": "2026-01-21" }));
    let settlement = world.close_one("2026-03-01").unwrap().unwrap();
    assert_eq!(settlement.documents()[0].kind, DocumentKind::CreditNote);
    assert_eq!(world.charged("2026-01-01"), 0);
    assert_eq!(world.run("2026-04-01"), ["nothing"]);
}

#[test]
fn rule_22_an_operators_credit_is_a_line_of_its_own() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.add("adjustments", adjustment("K", "2026-01-20", -200));
    assert_eq!(world.charges()[1], "2026-01-01/adjustment/K/-/2026-01-20/IVA19 -2.00");
    assert_eq!(world.run("2026-02-01"), ["31.00 + -2.00; tax 5.51, total 34.51"]);
}

#[test]
fn rule_22_where_lines_below_zero_are_forbidden_they_go_on_credit_notes_that_name_the_bill() {
    let mut world = World::new("2026-01-01", 1).with_plan("A");
    world.terms.negative_lines = false;
    world.buy("1", "2026-01-20", 500);
    world.run("2026-02-01");
    world.change_plan("2026-02-01T10:00:00-05:00", "B");
    world.run("2026-03-01");
    // Two bills are corrected: F1 charged the purchase, F2 plan B for February.
    world.add("withdrawals", json!({ "charge": "1", "day": "2026-01-21" }));
    world.ledger.plans[1].plan = "R".parse().unwrap();
    let settlement = world.close_one("2026-04-01").unwrap().unwrap();
    let told = settlement.documents().iter().map(|document| {
        let lines: Vec<_> = document.lines.iter().map(|line| line.amount).collect();
        (document.kind, document.corrects.as_ref().map(ToString::to_string), lines)
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told[0].0, DocumentKind::Invoice);
    assert!(told[0].2.iter().all(|amount| *amount > 0));
    assert_eq!(
        told[1..],
        [
            (DocumentKind::CreditNote, Some("F1".to_owned()), vec![-500]),
            (DocumentKind::CreditNote, Some("F2".to_owned()), vec![-6000, -6000]),
        ]
    );
    assert_eq!(world.charged("2026-02-01"), 3100, "plan R for February");
}

#[test]
fn a_credit_note_above_the_limit_parks() {
    let mut world = World::new("2026-01-01", 1);
    world.terms.credit_limit = Some(1000);
    world.add("adjustments", adjustment("K", "2026-01-20", -841));
    assert_eq!(world.run("2026-02-01"), ["parked: a credit note of 10.01 is above the limit of 10.00"]);
    world.ledger.adjustments[0].amount.minor = -840;
    assert_eq!(world.run("2026-02-01"), ["-8.40; tax -1.60, total -10.00"]);
}

#[test]
fn more_than_fifteen_purchases_of_a_kind_on_a_day_park() {
    let mut world = World::new("2026-01-01", 1);
    for id in 0..15 {
        world.buy(&id.to_string(), "2026-01-20", 1);
    }
    world.buy("a", "2026-01-21", 1);
    assert!(world.clone().run("2026-02-01")[0].contains("total 0.19"));
    world.buy("b", "2026-01-20", 1);
    assert_eq!(world.run("2026-02-01"), ["parked: 16 of PACK were bought on 2026-01-20"]);
}

#[test]
fn purchases_that_are_allowed_are_those_of_one_kind_and_day_and_stay_allowed_once_they_are_billed() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    for id in 0..40 {
        world.buy(&format!("a{id}"), "2026-01-20", 1);
    }
    for id in 0..20 {
        world.buy(&format!("b{id}"), "2026-01-21", 1);
    }
    let allow = |world: &mut World| {
        let parked = world.close_one("2026-02-01").unwrap_err();
        world.terms.allowed.push(parked.allowance().unwrap());
        parked.to_string()
    };
    assert_eq!(allow(&mut world), "40 of PACK were bought on 2026-01-20");
    assert_eq!(allow(&mut world), "20 of PACK were bought on 2026-01-21", "the larger number was of another day");
    assert!(!world.run("2026-02-01")[0].contains("parked"));
    world.terms.allowed.clear();
    // Its period is looked at again, for late usage; only another purchase of that day has to be looked at.
    world.use_units("2026-01-20", "voice.onnet", 60_000);
    world.clone().buy("c", "2026-01-22", 1);
    assert!(!world.run("2026-03-01").iter().any(|told| told.contains("parked")));
    world.buy("a40", "2026-01-20", 1);
    assert_eq!(world.run("2026-04-01"), ["parked: 41 of PACK were bought on 2026-01-20"]);
}

#[test]
fn a_bill_far_above_the_three_before_it_parks() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    for on in ["2026-02-01", "2026-03-01"] {
        world.run(on);
    }
    let mut early = world.clone();
    early.buy("1", "2026-03-05", 100_000);
    assert!(!early.run("2026-04-01")[0].contains("parked"), "two bills are no average");
    world.run("2026-04-01");
    world.buy("1", "2026-04-05", 27_901);
    assert_eq!(
        world.run("2026-05-01"),
        ["parked: 368.91 is more than ten times the average of the bills before it, 36.89"]
    );
    world.terms.jump_floor = 36_891;
    assert_eq!(world.run("2026-05-01").len(), 1, "not above the floor");
}

#[test]
fn another_currency_parks() {
    let mut world = World::new("2026-01-01", 1);
    world.buy("1", "2026-01-20", 500);
    world.ledger.charges[0].price.currency = crate::domain::money::Currency::USD;
    assert_eq!(world.run("2026-02-01"), ["parked: 1 is in USD, the contract in COP"]);
}

#[test]
fn two_charges_of_one_name_park() {
    let mut world = World::new("2026-01-01", 1);
    world.buy("1", "2026-01-20", 500);
    world.buy("1", "2026-01-20", 500);
    assert_eq!(world.run("2026-02-01"), ["parked: 2026-01-01/one-off/1/PACK/2026-01-20/IVA19 would be charged twice"]);
}

#[test]
fn lines_stand_in_the_order_of_a_bill() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.run("2026-02-01");
    world.add("adjustments", adjustment("K", "2026-02-20", 100));
    world.use_units("2026-01-31", "voice.onnet", 10);
    world.use_units("2026-02-01", "voice.onnet", 20);
    world.buy("1", "2026-02-20", 500);
    world.add("services", json!({ "service": "S", "fixed": 1, "from": "2026-02-01" }));
    let settlement = world.close_one("2026-03-01").unwrap().unwrap();
    let told: Vec<_> = settlement.documents()[0].lines.iter().map(|line| (line.text.as_str(), line.amount)).collect();
    assert_eq!(
        told,
        [
            ("Plan R", 3100),
            ("Servicio", 310),
            ("Paquete", 500),
            ("Llamadas a la misma red", 200),
            ("Llamadas a la misma red", 100),
            ("Ajuste", 100),
        ]
    );
    assert!(settlement.documents()[0].lines[0].key.item == LINE);
}

/// A contract of two lines, and what its first bill says of a service.
fn with_service(other: &str, service: serde_json::Value) -> (World, String) {
    let mut world = World::new("2026-01-01", 1);
    world.add("lines", json!({ "line": LINE, "from": "2026-01-01" }));
    world.add("lines", json!({ "line": OTHER, "from": other }));
    world.add("services", service);
    let settlement = world.close_one("2026-02-01").unwrap().unwrap();
    let text = settlement.documents()[0].lines[0].text.clone();
    (world, text)
}

#[test]
fn a_service_says_how_many_lines_had_it_for_how_many_days() {
    let said = |other: &str, service| with_service(other, service).1;
    let since = |from: &str| json!({ "service": "S", "from": from });
    assert_eq!(said("2026-01-01", since("2026-01-16")), "Servicio, 2 × 16/31 días");
    assert_eq!(said("2026-01-22", since("2026-01-01")), "Servicio, 41 días sumados, en un mes de 31");
    assert_eq!(said("2026-02-01", since("2026-01-16")), "Servicio, 16/31 días");
    let pieces = |count: u32| json!({ "service": "S", "fixed": count, "from": "2026-01-01" });
    assert_eq!(said("2026-01-01", pieces(3)), "Servicio, 3 × 31/31 días");
    assert_eq!(said("2026-01-01", pieces(1)), "Servicio");
}

#[test]
fn days_of_a_service_before_and_after_a_gap_are_added_line_by_line() {
    let mut world = World::new("2026-01-01", 1);
    for line in [LINE, OTHER] {
        world.add("lines", json!({ "line": line, "from": "2026-01-01" }));
    }
    world.add("services", json!({ "service": "S", "from": "2026-01-01", "to": "2026-01-10" }));
    world.add("services", json!({ "service": "S", "from": "2026-01-21", "to": "2026-01-26" }));
    let settlement = world.close_one("2026-02-01").unwrap().unwrap();
    assert_eq!(settlement.documents()[0].lines[0].text, "Servicio, 2 × 16/31 días");
}

#[test]
fn a_bill_of_engine_1_holds_with_its_own_words() {
    let (world, _) = with_service("2026-01-01", json!({ "service": "S", "from": "2026-01-16" }));
    let settlement = &world.settled[0];
    assert!(holds(settlement, &world.catalogues(), &world.terms).unwrap());
    let mut first = Settlement { engine: 1, ..settlement.clone() };
    for change in first.looks.iter_mut().flat_map(|look| &mut look.changes) {
        if let Some(Source::Monthly { many, .. }) = &mut change.source {
            *many = None;
        }
    }
    let lines = first.looks.iter().flat_map(Line::of).collect();
    first.outcome = Outcome::Billed(issue(lines, &world.terms.form()).unwrap());
    assert_eq!(first.documents()[0].lines[0].text, "Servicio, 32/31 días");
    assert!(holds(&first, &world.catalogues(), &world.terms).unwrap());
}

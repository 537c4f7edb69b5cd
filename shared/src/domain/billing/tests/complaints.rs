//! What customers of other systems complain of.

use serde_json::json;

use super::{LINE, OTHER, World};

#[test]
fn a_period_billed_again_bills_nothing() {
    let mut world = World::new("2026-01-01", 1).with_plan("A");
    assert_eq!(world.run("2026-02-01").len(), 1);
    for _ in 0..3 {
        assert_eq!(world.run("2026-02-01"), [""; 0]);
    }
}

#[test]
fn a_call_before_midnight_of_the_country_is_in_and_one_at_midnight_is_out() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.use_units("2026-01-31", "voice.onnet", 10);
    world.use_units("2026-02-01", "voice.onnet", 70);
    assert_eq!(world.run("2026-02-01"), ["31.00 + 1.00; tax 6.08, total 38.08"]);
}

#[test]
fn a_zero_second_call_blocks_nothing() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    // Video has no price; without units none is asked for.
    world.use_units("2026-01-05", "video.onnet", 0);
    assert_eq!(world.run("2026-02-01"), ["31.00; tax 5.89, total 36.89"]);
}

#[test]
fn a_proration_divides_by_the_whole_period_and_says_so() {
    let mut world = World::new("2026-01-20", 1).with_plan("R");
    let settlement = world.close_one("2026-02-01").unwrap().unwrap();
    let line = &settlement.documents()[0].lines[0];
    assert_eq!((line.text.as_str(), line.amount), ("Plan R, 12/31 días", 1200));
}

#[test]
fn an_upgrade_charges_no_day_before_it() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    // Asked for in January, from the next period on: at its first instant.
    world.change_plan("2026-02-01T00:00:00-05:00", "B");
    assert_eq!(world.run("2026-02-01"), ["31.00 + 60.00; tax 17.29, total 108.29"]);
    assert_eq!(world.charged("2026-01-01"), 3100);
}

#[test]
fn fifty_thousand_records_make_a_line_per_class() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    for on in 1..=31 {
        for class in ["voice.onnet", "sms.offnet"] {
            world.use_units(&format!("2026-01-{on:02}"), class, 800);
        }
    }
    let settlement = world.close_one("2026-02-01").unwrap().unwrap();
    assert_eq!(settlement.documents()[0].lines.len(), 3);
}

#[test]
fn usage_of_the_last_period_of_an_ended_contract_is_still_billed() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.end("2026-01-31");
    world.run("2026-02-01");
    world.use_units("2026-01-31", "voice.onnet", 10);
    assert_eq!(world.run("2026-04-01"), ["1.00; tax 0.19, total 1.19", "nothing"]);
}

#[test]
fn a_run_of_a_past_day_is_harmless() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.run("2026-03-01");
    let before = world.billed.clone();
    assert_eq!(world.run("2026-02-01"), [""; 0]);
    assert_eq!(world.billed, before);
}

#[test]
fn a_line_that_left_and_came_back_is_charged_for_its_days() {
    let mut world = World::new("2026-01-01", 1);
    world.add("lines", json!({ "line": OTHER, "from": "2026-01-01", "to": "2026-01-05" }));
    world.add("lines", json!({ "line": OTHER, "from": "2026-01-27" }));
    world.add("plans", json!({ "line": OTHER, "at": "2026-01-01T00:00:00-05:00", "id": "1", "plan": "R" }));
    world.add("lines", json!({ "line": LINE, "from": "2026-01-01", "to": "2025-12-31" }));
    assert_eq!(world.charges(), [format!("2026-01-01/plan/{OTHER}/R/2020-01-01/IVA19 10.00")]);
}

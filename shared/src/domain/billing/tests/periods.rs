//! Rules of periods and looks.

use serde_json::json;

use super::super::bill::Outcome;
use super::super::cycle::CycleDay;
use super::super::look::Why;
use super::{LINE, World, day, tariff};

fn wish(world: &mut World, at: &str, cycle_day: u32) {
    let id = world.ledger.contract.cycle.changes.len().to_string();
    let change = json!({ "at": format!("{at}T12:00:00-05:00"), "id": id, "day": cycle_day });
    world.ledger.contract.cycle.changes.push(serde_json::from_value(change).unwrap());
}

fn periods(world: &World) -> Vec<String> {
    world.billed.periods.iter().map(|one| format!("{} {}", one.period.start, one.period.end)).collect()
}

#[test]
fn rule_1_a_period_charged_in_advance_keeps_its_days_when_the_cycle_day_changes() {
    let mut world = World::new("2026-01-01", 1).with_plan("A");
    world.run("2026-02-01");
    // February is charged in advance, so it stays whole; then one period leads to the new day.
    wish(&mut world, "2026-02-10", 20);
    world.run("2026-05-01");
    let expected = [
        "2026-01-01 2026-01-31",
        "2026-02-01 2026-02-28",
        "2026-03-01 2026-03-19",
        "2026-03-20 2026-04-19",
        "2026-04-20 2026-05-19",
    ];
    assert_eq!(periods(&world), expected);
    // 19 of 31 days of March.
    assert_eq!(world.charged("2026-03-01"), 1839);
}

#[test]
fn rule_1_without_a_charge_in_it_a_period_follows_the_new_cycle_day() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.run("2026-02-01");
    wish(&mut world, "2026-02-03", 20);
    world.run("2026-02-20");
    assert_eq!(periods(&world), ["2026-01-01 2026-01-31", "2026-02-01 2026-02-19"]);
}

#[test]
fn rule_2_the_contracts_first_and_last_day_clip_the_days_and_never_the_month() {
    let mut world = World::new("2026-02-26", 1).with_plan("R");
    // 31.00 * 3 of the 28 days of February.
    assert_eq!(world.charges(), [format!("2026-02-01/plan/{LINE}/R/2020-01-01/IVA19 3.32")]);
    world.end("2026-02-26");
    assert_eq!(world.charges(), [format!("2026-02-01/plan/{LINE}/R/2020-01-01/IVA19 1.11")]);
    let full = World::new("2026-02-01", 1).with_plan("R");
    assert_eq!(full.charges(), [format!("2026-02-01/plan/{LINE}/R/2020-01-01/IVA19 31.00")]);
}

#[test]
fn rule_3_a_key_that_is_not_priced_any_more_counts_zero() {
    let mut world = World::new("2026-01-01", 1).with_plan("A");
    world.run("2026-02-01");
    world.change_plan("2026-02-01T10:00:00-05:00", "B");
    let settlement = world.close_one("2026-03-01").unwrap().unwrap();
    let gone = settlement.documents()[0].lines.iter().find(|line| line.key.what == "A").unwrap();
    assert_eq!((gone.was, gone.is, gone.amount), (Some(3000), None, -3000));
}

#[test]
fn rule_4_a_closed_period_is_priced_again_only_when_its_own_facts_have_changed() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.run("2026-02-01");
    // A fact of another period is none of its own.
    world.buy("1", "2026-02-10", 500);
    let settlement = world.close_one("2026-03-01").unwrap().unwrap();
    let why: Vec<_> = settlement.looks.iter().map(|look| (look.why, look.facts.is_some())).collect();
    assert_eq!(why, [(Why::Again, false), (Why::Closing, true)]);
    // A mended catalogue alone changes nothing; with a new fact only the difference that the fact makes is billed.
    world.tariffs[0] = tariff(
        1,
        json!({ "plans": { "R": { "name": "Plan R", "monthly": [{ "from": "2020-01-01", "price": "62.00" }] } } }),
    );
    assert_eq!(world.run("2026-04-01"), ["62.00; tax 11.78, total 73.78"]);
}

#[test]
fn rule_5_a_closed_period_keeps_the_catalogue_it_was_closed_with() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.run("2026-02-01");
    world.tariffs.push(tariff(
        2,
        json!({ "rates": [{ "classes": "voice", "prices": [{ "from": "2020-01-01", "price": "9.99" }] }] }),
    ));
    world.use_units("2026-01-20", "voice.onnet", 10);
    assert_eq!(world.run("2026-03-01"), ["31.00 + 1.00; tax 6.08, total 38.08"]);
    assert_eq!(world.billed.period(day("2026-01-01")).unwrap().versions, [1]);
    assert_eq!(world.billed.period(day("2026-02-01")).unwrap().versions, [2]);
}

#[test]
fn rule_5_what_the_pinned_catalogue_lacks_comes_from_the_newest_which_is_then_pinned() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.run("2026-02-01");
    let late = json!([{ "from": "2020-01-01", "price": "6.20" }]);
    world.tariffs.push(tariff(2, json!({ "services": { "NEW": { "name": "Nuevo", "monthly": late } } })));
    world.add("services", json!({ "service": "NEW", "from": "2026-01-31", "to": "2026-01-31" }));
    assert_eq!(world.run("2026-03-01"), ["31.00 + 0.20; tax 5.93, total 37.13"]);
    assert_eq!(world.billed.period(day("2026-01-01")).unwrap().versions, [1, 2]);
}

#[test]
fn rule_6_missed_periods_are_closed_oldest_first_one_document_each() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    assert_eq!(world.run("2026-04-15"), ["31.00; tax 5.89, total 36.89"; 3]);
    assert_eq!(world.billed.through(), Some(day("2026-03-31")));
}

#[test]
fn rule_6_nothing_is_too_late_before_its_period_is_closed_and_two_more_after_it() {
    let late = |run: &str| {
        let mut world = World::new("2026-01-01", 1).with_plan("R");
        for on in ["2026-02-01", "2026-03-01", "2026-04-01"].iter().take_while(|on| **on < run) {
            world.run(on);
        }
        world.use_units("2026-01-20", "voice.onnet", 10);
        world.run(run)
    };
    assert_eq!(late("2026-03-01"), ["31.00 + 1.00; tax 6.08, total 38.08"]);
    assert_eq!(late("2026-04-01"), ["31.00 + 1.00; tax 6.08, total 38.08"]);
    assert_eq!(late("2026-05-01"), ["31.00; tax 5.89, total 36.89"]);
}

#[test]
fn what_is_known_too_late_is_told_with_its_amount() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    for on in ["2026-02-01", "2026-03-01", "2026-04-01"] {
        world.run(on);
    }
    let late = |world: &World| {
        let catalogues = world.catalogues();
        let World { ledger, usage, billed, terms, .. } = world;
        let known = super::Known { ledger, usage, billed, catalogues: &catalogues, terms };
        let late = super::super::bill::too_late(&known).unwrap();
        late.into_iter().map(|(period, amount)| (period.start, amount)).collect::<Vec<_>>()
    };
    world.use_units("2026-02-20", "voice.onnet", 10);
    assert_eq!(late(&world), [], "February is looked at once more");
    world.use_units("2026-01-20", "voice.onnet", 10);
    assert_eq!(late(&world), [(day("2026-01-01"), 100)]);
}

#[test]
fn rule_7_without_a_line_there_is_no_bill_but_the_period_is_closed() {
    let mut world = World::new("2026-01-01", 1);
    assert_eq!(world.run("2026-02-01"), ["nothing"]);
    let billed = world.billed.period(day("2026-01-01")).unwrap();
    assert_eq!((billed.looks, billed.versions.as_slice(), billed.facts.is_some()), (1, &[1][..], true));
    assert_eq!(world.run("2026-02-01"), [""; 0]);
}

#[test]
fn rule_7_lines_that_sum_to_zero_are_issued() {
    let mut world = World::new("2026-01-01", 1);
    world.buy("1", "2026-01-10", 500);
    let credit = json!({ "minor": -500, "currency": "COP" });
    world.add("adjustments", json!({ "id": "K", "day": "2026-01-11", "amount": credit, "reason": "Cortesía" }));
    assert_eq!(world.run("2026-02-01"), ["5.00 + -5.00; tax 0.00, total 0.00"]);
}

#[test]
fn rule_8_the_runs_day_says_what_is_due() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    assert_eq!(world.run("2026-01-31"), [""; 0], "the period's last day has not ended");
    assert_eq!(world.run("2026-02-01").len(), 1);
}

#[test]
fn rule_9_a_bill_can_be_computed_again_from_the_facts_kept_with_it() {
    let mut world = World::new("2026-01-29", 1).with_plan("A");
    world.use_units("2026-01-30", "voice.onnet", 25);
    let settlement = world.close_one("2026-02-01").unwrap().unwrap();
    let kept: super::super::bill::Settlement =
        serde_json::from_str(&serde_json::to_string(&settlement).unwrap()).unwrap();
    assert_eq!(kept, settlement);
    let look = kept.looks.iter().find(|look| look.why == Why::Closing).unwrap();
    let facts = look.facts.as_ref().unwrap();
    assert_eq!(Some(facts.hash()), look.hash);
    let catalogues = world.catalogues();
    let again = super::price(facts, &catalogues.pinned(&look.versions).unwrap(), &look.period).unwrap();
    let amounts =
        |charges: &[super::super::price::Charge]| charges.iter().map(|charge| charge.amount).collect::<Vec<_>>();
    assert_eq!(amounts(&again.charges), look.changes.iter().filter_map(|change| change.is).collect::<Vec<_>>());
}

#[test]
fn rule_10_a_fact_older_than_the_window_counts_from_the_first_day_in_it() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    for on in ["2026-02-01", "2026-03-01", "2026-04-01"] {
        world.run(on);
    }
    // Known in April as of January: January has been looked at three times, February twice.
    world.add("services", json!({ "service": "S", "from": "2026-01-01" }));
    assert_eq!(world.billed.window_start(&world.ledger.contract), day("2026-02-01"));
    assert_eq!(world.run("2026-05-01"), ["31.00 + 3.10 + 3.10 + 3.10; tax 7.66, total 47.96"]);
}

#[test]
fn rule_10_a_bill_on_demand_closes_nothing_and_moves_no_window() {
    let mut world = World::new("2026-01-01", 1).with_plan("A");
    world.run("2026-02-01");
    world.buy("1", "2026-02-05", 500);
    world.use_units("2026-01-31", "voice.offnet", 10);
    let catalogues = world.catalogues();
    let World { ledger, usage, billed, terms, .. } = &world;
    let known = super::Known { ledger, usage, billed, catalogues: &catalogues, terms };
    let settlement = super::super::bill::on_demand(&known).unwrap();
    assert_eq!(super::shown(&settlement), "5.00 + 1.00; tax 1.14, total 7.14");
    let (looks, through) = (world.billed.periods[0].looks, world.billed.through());
    world.write(settlement);
    assert_eq!((world.billed.periods[0].looks, world.billed.through()), (looks, through));
    assert_eq!(world.run("2026-03-01"), ["30.00; tax 5.70, total 35.70"], "the next closing charges neither again");
}

#[test]
fn rule_10_a_contract_that_has_ended_is_looked_at_until_nothing_more_can_come() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.end("2026-01-10");
    assert_eq!(world.run("2026-02-01"), ["10.00; tax 1.90, total 11.90"]);
    world.use_units("2026-01-10", "voice.onnet", 10);
    world.use_units("2026-01-11", "voice.onnet", 10);
    assert_eq!(world.run("2026-03-01"), ["1.00; tax 0.19, total 1.19"], "nothing beyond the end");
    assert_eq!(world.run("2026-04-01"), ["nothing"]);
    assert_eq!(world.run("2027-01-01"), [""; 0]);
    assert!(world.billed.period(day("2026-01-01")).unwrap().is_final());
}

#[test]
fn rule_10_a_document_of_an_ended_contract_below_the_floor_is_reported_and_stays_due() {
    let mut world = World::new("2026-01-01", 1).with_plan("R");
    world.terms.floor = 200;
    world.end("2026-01-10");
    world.run("2026-02-01");
    world.use_units("2026-01-10", "voice.onnet", 10);
    assert_eq!(world.run("2026-03-01"), ["too small: 1.00; tax 0.19, total 1.19"]);
    assert!(matches!(world.settled[1].outcome, Outcome::TooSmall(_)));
    world.use_units("2026-01-09", "voice.onnet", 10);
    assert_eq!(world.run("2026-04-01"), ["2.00; tax 0.38, total 2.38"], "with what was too small alone");
}

#[test]
fn periods_that_no_bill_looks_at_are_forgotten_without_harm() {
    let mut world = World::new("2026-01-01", 1).with_plan("A");
    let mut trimmed = world.clone();
    for on in ["2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"] {
        assert_eq!(world.run(on), trimmed.run(on));
        trimmed.billed.trim();
    }
    assert_eq!((world.billed.periods.len(), trimmed.billed.periods.len()), (6, 3));
    assert_eq!(CycleDay::try_from(1), Ok(trimmed.billed.periods[0].period.cycle_day));
}

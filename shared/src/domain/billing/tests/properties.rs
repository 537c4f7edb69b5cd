//! What holds of any facts.

use chrono::Days;
use proptest::prelude::*;
use serde_json::json;

use super::super::price::Source;
use super::history::{at, history};
use super::{LINE, World, day};

fn times(world: &World) -> u64 {
    let charges = world.price("0001-01-01").unwrap().charges;
    let monthly = charges.iter().map(|charge| match &charge.source {
        Source::Monthly { times, days, .. } => {
            assert_eq!(days.iter().map(super::super::cycle::Days::count).sum::<u64>(), *times);
            *times
        }
        _ => 0,
    });
    monthly.sum()
}

proptest! {
    #[test]
    fn any_order_of_facts_gives_the_same_price(history in history(), seed in any::<u64>()) {
        let mut world = history.live(true).world;
        world.tariffs.push(super::tariff(9, json!({})));
        let mut shuffled = world.clone();
        // An order that differs with the seed, the same for lists of one length.
        let shuffle = |length: usize| {
            let mut order: Vec<_> = (0..length).collect();
            order.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
            order
        };
        macro_rules! reorder {
            ($($list:ident),*) => { $(
                shuffled.ledger.$list = shuffle(world.ledger.$list.len()).into_iter().map(|at| world.ledger.$list[at].clone()).collect();
            )* };
        }
        reorder!(lines, plans, additional, services, charges, withdrawals, adjustments);
        shuffled.usage = shuffle(world.usage.len()).into_iter().map(|at| world.usage[at].clone()).collect();
        for one in &world.billed.periods {
            let start = one.period.start.to_string();
            prop_assert_eq!(world.price(&start), shuffled.price(&start));
        }
    }

    #[test]
    fn plan_changes_on_any_day_charge_each_day_once(
        first in 0..40_u64,
        cycle_day in 1..=31_u32,
        changes in proptest::collection::vec((0..80_u64, 0..24_u32, 0..3_usize), 0..8),
    ) {
        let mut world = World::new(&at(first).to_string(), cycle_day).with_plan("A");
        for (on, hour, plan) in changes {
            world.change_plan(&format!("{}T{hour:02}:00:00-05:00", at(on)), ["A", "B", "R"][plan]);
        }
        let period = world.billed.open(&world.ledger.contract);
        let days = period.days().within(at(first), None).unwrap().count();
        prop_assert_eq!(times(&world), days);
    }

    #[test]
    fn parts_of_a_proration_sum_to_the_whole(cuts in proptest::collection::btree_set(1..31_u64, 0..6), price in 1..100_000_u32) {
        let whole = |cuts: &[u64]| {
            let mut world = World::new("2026-01-01", 1);
            let price = format!("{}.{:02}", price / 100, price % 100);
            let begins: Vec<u64> = [0].into_iter().chain(cuts.iter().copied()).collect();
            for (at, from) in begins.iter().enumerate() {
                let to = begins.get(at + 1).copied().unwrap_or(31) - 1;
                let day = |offset| day("2026-01-01") + Days::new(offset);
                world.add("services", json!({ "service": "S", "fixed": 1, "price": price, "from": day(*from), "to": day(to) }));
            }
            world.charges()
        };
        let cuts: Vec<_> = cuts.into_iter().collect();
        prop_assert_eq!(whole(&cuts), whole(&[]));
    }

    #[test]
    fn a_new_catalogue_never_touches_a_closed_period(cents in 0..10_000_u32, units in 0..500_u64) {
        let mut world = World::new("2026-01-01", 1).with_plan("R");
        world.run("2026-02-01");
        let mut same = world.clone();
        let price = json!([{ "from": "2020-01-01", "price": format!("{}.{:02}", cents / 100, cents % 100) }]);
        let newer = json!({ "plans": { "R": { "name": "R", "monthly": price } }, "rates": [{ "classes": "voice", "prices": price }] });
        world.tariffs.push(super::tariff(2, newer));
        for world in [&mut world, &mut same] {
            world.use_units("2026-01-20", "voice.onnet", units);
            world.run("2026-03-01");
        }
        prop_assert_eq!(world.charged("2026-01-01"), same.charged("2026-01-01"));
    }
}

#[test]
fn a_line_without_a_plan_costs_nothing_and_its_usage_parks() {
    let mut world = World::new("2026-01-01", 1);
    world.add("lines", json!({ "line": LINE, "from": "2026-01-01" }));
    assert_eq!(world.charges(), [""; 0]);
    world.use_units("2026-01-05", "sms.onnet", 1);
    assert_eq!(world.charges(), ["parked: sms.onnet without a plan has no price on 2026-01-05"]);
}

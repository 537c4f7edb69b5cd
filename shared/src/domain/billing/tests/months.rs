//! Four years of runs for every cycle day in every country: periods tile, each is closed once, on its day, and bills come
//! to what it costs.

use chrono::{Datelike, Months, NaiveDate};

use super::super::bill::{Known, closing};
use super::super::billed::Billed;
use super::{LINE, World, day};
use crate::domain::country::Country;

const MONTHS: u32 = 48;

/// The cycle day of a month: its last day where it is shorter.
fn cycle_date(month: NaiveDate, cycle_day: u32) -> NaiveDate {
    (1..=cycle_day).rev().find_map(|day| month.with_day(day)).unwrap()
}

/// A contract that is billed on each of its cycle days.
fn live(country: &'static Country, cycle_day: u32) -> World {
    let mut world = World::new("2026-01-17", cycle_day).in_country(country).with_plan("A");
    let january = day("2026-01-01");
    for at in 0..=MONTHS {
        let month = january + Months::new(at);
        world.use_units(&cycle_date(month, 7).to_string(), "voice.onnet", 40 + u64::from(at));
        world.use_units(&cycle_date(month, 29).to_string(), "sms.onnet", 90);
        let on = cycle_date(month, cycle_day);
        let due = on > world.ledger.contract.first && world.billed.due(&world.ledger.contract, on).is_some();
        assert_eq!(due, on > day("2026-01-17"), "{on}");
        if due {
            assert!(world.close_one(&on.to_string()).unwrap().is_some());
            assert_eq!(world.close_one(&on.to_string()).unwrap(), None, "{on}: a second run of a day");
        }
    }
    world
}

#[test]
fn every_cycle_day_of_every_country_is_billed_each_month_and_comes_to_its_price() {
    for country in Country::ALL {
        for cycle_day in 1..=31 {
            let world = live(country, cycle_day);
            let what = format!("{} {cycle_day}", country.code);
            let closed: Vec<_> = world.billed.closed().map(|billed| billed.period).collect();
            assert!(closed.len() >= MONTHS as usize - 1, "{what}: {}", closed.len());
            for two in closed.windows(2) {
                assert_eq!(two[0].end.succ_opt(), Some(two[1].start), "{what}");
                assert_eq!(two[1].start, cycle_date(two[1].start.with_day(1).unwrap(), cycle_day), "{what}");
            }
            let catalogues = world.catalogues();
            let World { ledger, usage, terms, .. } = &world;
            let billed = Billed::default();
            let known = Known { ledger, usage, billed: &billed, catalogues: &catalogues, terms };
            // The last two may still have something to be looked at again.
            for period in &closed[..closed.len() - 2] {
                let costs = closing(&known, period).unwrap().changes;
                let costs: i64 = costs.iter().filter_map(|change| change.is).sum();
                assert_eq!(world.charged(&period.start.to_string()), costs, "{what}: {LINE} from {}", period.start);
            }
        }
    }
}

//! Usage that goes on faster than the last look could know, and what lies on a line for that.

use serde_json::{Value, json};

use super::{LINE, at, catalogues, country, day, due, ledger, limits, number, passed, see, used, usual, watched};
use crate::domain::billing::billed::Billed;
use crate::domain::billing::pinned::Catalogues;
use crate::domain::billing::tariff::Tariff;
use crate::domain::guard::limits::Watched;
use crate::domain::guard::look::{View, period_of};
use crate::domain::guard::threshold::Subject;

#[test]
fn usage_that_goes_on_like_this_is_looked_at_before_much_more_than_the_limit_is_used() {
    // 400 of 3,000 seconds; the next look is a week away.
    let watch = watched(&[used(LINE, "03-09", "voice.onnet", 400)], at("03-10T12:00"), None).unwrap();
    let week = (watch.next.unwrap() - watch.at).num_hours();
    assert!(week > 100, "{week}");
    // Of 2,600: a twenty-sixth each hour comes to six times that, in a day to a quarter.
    assert!(due(Some(&watch), 100, "03-10", "03-10T13:00"));
    assert!(!due(Some(&watch), 100, "03-11", "03-11T12:00"));
    assert!(!due(Some(&watch), 5, "03-10", "03-10T12:00") && due(Some(&watch), 6, "03-10", "03-10T12:01"));
    // A look in the middle of it looks again within the hour.
    let more = watched(&[used(LINE, "03-09", "voice.onnet", 1_000)], at("03-10T13:00"), Some(&watch)).unwrap();
    assert!((more.next.unwrap() - more.at).num_hours() <= 3, "{more:?}");
}

#[test]
fn an_allowance_of_two_plans_that_are_one_is_told_as_one() {
    let subject = Subject::Line(number(LINE));
    let mut twice = ledger(&[LINE]);
    let again = json!([{ "line": LINE, "plan": "A", "from": "2026-01-01" }]);
    twice.additional = serde_json::from_value(again).unwrap();
    let limits = usual();
    let usage = [used(LINE, "03-05", "voice.onnet", 6_000)];
    let seen = see(&twice, &subject, &usage, &limits);
    let halves: Vec<_> =
        seen.gauges.iter().filter(|gauge| gauge.threshold.to_string().ends_with("minutes:050")).collect();
    assert_eq!((halves.len(), halves[0].used, halves[0].of), (1, 6_000, 12_000));
    assert_eq!(passed(&seen), ["allowance:A:minutes:050"]);
}

#[test]
fn what_is_left_of_money_stays_small_whatever_the_rates_are() {
    let (ledger, subject) = (ledger(&[LINE]), Subject::Line(number(LINE)));
    let own = limits(json!({ "percents": [], "amounts": [50_000] }));
    let limits = Watched::of_line(None, Some(&own));
    let rates: Vec<_> = (0..500)
        .map(|zone| {
            let price = format!("{}", 1 + zone % 7);
            json!({ "classes": format!("voice.intl.z{zone}"), "prices": [{ "from": "2020-01-01", "price": price, "per": 60 }] })
        })
        .collect();
    let mut tariff: Value = serde_json::to_value(catalogues().newest().unwrap()).unwrap();
    tariff["rates"].as_array_mut().unwrap().extend(rates);
    let tariff: Tariff = serde_json::from_value(tariff).unwrap();
    let catalogues = Catalogues::new(country(), [tariff]);
    let period = period_of(&Billed::default(), &ledger.contract, day("03-10")).unwrap();
    let view = View { subject: &subject, ledger: &ledger, usage: &[], catalogues: &catalogues, limits: &limits };
    let rooms = view.see(&period).unwrap().rooms(None);
    assert!(rooms.len() < 8, "{rooms:?}");
    let abroad = rooms.iter().find(|room| room.of[0].to_string() == "voice.intl").unwrap();
    assert_eq!(abroad.left, 500 * 60 / 7, "by the dearest");
}

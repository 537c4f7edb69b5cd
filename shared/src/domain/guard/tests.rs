//! A line, its plan and its usage, looked at.

mod history;
mod pace;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::limits::{Limits, Watched};
use super::look::{Left, Seen, View, asleep, blind, of_line, period_of, periods};
use super::threshold::Subject;
use super::watch::{Line, Room, Watch, is_due};
use crate::domain::billing::billed::Billed;
use crate::domain::billing::ledger::Ledger;
use crate::domain::billing::pinned::Catalogues;
use crate::domain::billing::tariff::Tariff;
use crate::domain::billing::usage::DayTotal;
use crate::domain::country::Country;
use crate::domain::ids::{ContractId, PlanId};
use crate::domain::msisdn::Msisdn;
use crate::domain::usage_file::day::Usage;

const LINE: &str = "573001234567";
const OTHER: &str = "573001234568";

fn country() -> &'static Country {
    Country::by_code("co").unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("2026-{text}:00-05:00")).unwrap().to_utc()
}

fn day(text: &str) -> NaiveDate {
    format!("2026-{text}").parse().unwrap()
}

fn day_of(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&country().zone()).date_naive()
}

fn number(text: &str) -> Msisdn {
    text.to_owned().try_into().unwrap()
}

/// A plan with a hundred minutes and a million kilobytes; what is more, and roaming, costs.
fn catalogues() -> &'static Catalogues {
    static CATALOGUES: OnceLock<Catalogues> = OnceLock::new();
    CATALOGUES.get_or_init(|| {
        let rate = |classes: &str, price: &str, per: u64| {
            json!({ "classes": classes, "prices": [{ "from": "2020-01-01", "price": price, "per": per }] })
        };
        let plan = |units: u64| {
            json!({
                "name": "Plan", "monthly": [{ "from": "2020-01-01", "price": "300" }],
                "allowances": [
                    { "id": "minutes", "units": units, "classes": ["voice.onnet", "voice.offnet"] },
                    { "id": "data", "units": 1_000_000, "classes": ["data.home"] },
                    { "id": "sms", "units": null, "classes": ["sms"] },
                ],
            })
        };
        let tariff: Tariff = serde_json::from_value(json!({
            "version": 1, "plans": { "A": plan(6_000), "B": plan(12_000) },
            "rates": [rate("voice", "2", 60), rate("data.home", "1", 1_024), rate("data.roam", "5", 1_024)],
        }))
        .unwrap();
        Catalogues::new(country(), [tariff])
    })
}

/// A contract from 1 January on, whose periods are months, with these lines.
fn ledger(lines: &[&str]) -> Ledger {
    let spans: Vec<Value> = lines.iter().map(|line| json!({ "line": line, "from": "2026-01-01" })).collect();
    let start = |line: &&str| json!({ "line": line, "at": "2026-01-01T05:00:00Z", "id": "1", "plan": "A" });
    serde_json::from_value(json!({
        "contract": { "id": "500101", "first": "2026-01-01", "currency": "COP", "cycle": { "day": 1 } },
        "lines": spans, "plans": lines.iter().map(start).collect::<Vec<_>>(),
    }))
    .unwrap()
}

fn used(line: &str, on: &str, class: &str, units: u64) -> DayTotal {
    let mut total = DayTotal::new(number(line), day(on), "files".parse().unwrap());
    total.units = BTreeMap::from([(class.parse().unwrap(), units)]);
    total
}

fn limits(json: Value) -> Limits {
    serde_json::from_value(json).unwrap()
}

fn usual() -> Watched {
    Watched::of_line(None, None)
}

/// What a look sees of a line on 10 March.
fn see<'a>(ledger: &'a Ledger, subject: &'a Subject, usage: &'a [DayTotal], limits: &'a Watched) -> Seen<'a> {
    let period = period_of(&Billed::default(), &ledger.contract, day("03-10")).unwrap();
    View { subject, ledger, usage, catalogues: catalogues(), limits }.see(&period).unwrap()
}

fn passed(seen: &Seen<'_>) -> Vec<String> {
    seen.passed(at("03-10T12:00")).iter().map(|passed| passed.threshold.to_string()).collect()
}

#[test]
fn a_share_of_an_allowance_is_told_when_so_much_is_used() {
    let (ledger, subject, limits) = (ledger(&[LINE]), Subject::Line(number(LINE)), usual());
    let told = |seconds: u64| passed(&see(&ledger, &subject, &[used(LINE, "03-05", "voice.onnet", seconds)], &limits));
    assert!(told(2_999).is_empty());
    assert_eq!(told(3_000), ["allowance:A:minutes:050"]);
    assert_eq!(told(4_800), ["allowance:A:minutes:050", "allowance:A:minutes:080"]);
    assert_eq!(told(6_000).len(), 3);
    assert_eq!(told(9_000).len(), 3, "what is more than included is told by amounts");
    let both = [used(LINE, "03-01", "voice.onnet", 2_000), used(LINE, "03-31", "voice.offnet", 1_000)];
    assert_eq!(passed(&see(&ledger, &subject, &both, &limits)), ["allowance:A:minutes:050"], "of all days and classes");
    let before = [used(LINE, "02-28", "voice.onnet", 6_000)];
    assert!(passed(&see(&ledger, &subject, &before, &limits)).is_empty(), "of the period alone");
    let endless = [used(LINE, "03-01", "sms.onnet", 1_000_000)];
    assert!(passed(&see(&ledger, &subject, &endless, &limits)).is_empty(), "what has no end is never used up");
}

#[test]
fn an_estimate_is_the_price_of_the_whole_period_with_the_usage_so_far() {
    let (ledger, subject, limits) = (ledger(&[LINE]), Subject::Line(number(LINE)), usual());
    let nothing = see(&ledger, &subject, &[], &limits);
    assert_eq!((nothing.estimate.minor, nothing.cost), (30_000, 0), "the fee of the period");
    let more = [used(LINE, "03-01", "voice.onnet", 6_600)];
    let more = see(&ledger, &subject, &more, &limits);
    assert_eq!((more.estimate.minor, more.cost), (32_000, 2_000), "ten minutes beyond the hundred of the whole month");
}

#[test]
fn amounts_are_of_usage_beyond_what_is_included_and_the_cap_of_data_roaming_alone() {
    let (ledger, subject) = (ledger(&[LINE]), Subject::Line(number(LINE)));
    let own = limits(json!({ "percents": [], "amounts": [2_000, 5_000], "roaming_cap": 5_000 }));
    let limits = Watched::of_line(None, Some(&own));
    let told = |usage: &[DayTotal]| passed(&see(&ledger, &subject, usage, &limits));
    let minutes = |seconds| used(LINE, "03-01", "voice.onnet", seconds);
    let roaming = |units| used(LINE, "03-02", "data.roam", units);
    assert!(told(&[minutes(6_599)]).is_empty());
    assert_eq!(told(&[minutes(6_600)]), ["amount:0000000000002000"]);
    assert_eq!(told(&[minutes(7_500)]), ["amount:0000000000002000", "amount:0000000000005000"], "no roaming");
    // Ten megabytes at 5.00 each.
    let all = ["amount:0000000000002000", "amount:0000000000005000", "roaming-cap"];
    assert_eq!(told(&[roaming(10_240)]), all);
}

#[test]
fn a_contract_as_a_whole_is_all_its_lines() {
    let ledger = ledger(&[LINE, OTHER]);
    let own = limits(json!({ "amounts": [2_000] }));
    let limits = Watched::of_contract(Some(&own));
    let half = [used(LINE, "03-01", "voice.onnet", 6_300), used(OTHER, "03-02", "voice.onnet", 6_300)];
    let seen = see(&ledger, &Subject::All, &half, &limits);
    assert_eq!((passed(&seen), seen.cost), (vec!["amount:0000000000002000".to_owned()], 2_000));
    let subject = Subject::Line(number(LINE));
    let part = of_line(&ledger, &number(LINE));
    let line = see(&part, &subject, &half, &limits);
    assert!(passed(&line).is_empty() && line.cost == 1_000, "one line of it");
    assert_eq!(see(&ledger, &Subject::All, &half[..1], &limits).rooms(None), [Room { of: Vec::new(), left: 1_000 }]);
}

#[test]
fn a_line_that_has_left_brings_nothing_of_afterwards_and_prepaid_days_nothing_at_all() {
    let subject = Subject::Line(number(LINE));
    let usage = [used(LINE, "03-05", "voice.onnet", 2_000), used(LINE, "03-06", "voice.onnet", 6_000)];
    let mut left = ledger(&[LINE]);
    left.lines[0].to = Some(day("03-05"));
    let limits = usual();
    let seen = see(&left, &subject, &usage, &limits);
    // Five days of 31 have 968 of the 6,000 seconds.
    let used: BTreeSet<u64> = seen.gauges.iter().map(|gauge| gauge.used).collect();
    assert_eq!(used, BTreeSet::from([0, 968]));
    let mut prepaid = ledger(&[LINE]);
    prepaid.plans[0].payment = crate::domain::contract::PaymentKind::Prepaid;
    let seen = see(&prepaid, &subject, &usage, &limits);
    assert!(seen.gauges.is_empty() && seen.rooms(None).is_empty());
}

#[test]
fn what_is_left_is_told_in_units_whatever_it_is_counted_in() {
    let (ledger, subject) = (ledger(&[LINE]), Subject::Line(number(LINE)));
    let own = limits(json!({ "percents": [80], "roaming_cap": 5_000 }));
    let limits = Watched::of_line(None, Some(&own));
    let usage = [used(LINE, "03-01", "voice.onnet", 800), used(LINE, "03-01", "data.roam", 2_048)];
    let rooms = |also| -> Vec<String> {
        let seen = see(&ledger, &subject, &usage, &limits);
        let text = |room: &Room| {
            let of: Vec<_> = room.of.iter().map(ToString::to_string).collect();
            format!("{} {}", of.join("+"), room.left)
        };
        seen.rooms(also).iter().map(text).collect()
    };
    let own = ["voice.onnet+voice.offnet 4000", "data.home 800000", "data.roam 8192"];
    assert_eq!(rooms(None), own, "eight of the ten megabytes");
    assert_eq!(
        rooms(Some(1_000)),
        ["voice.onnet+voice.offnet 4000", "data.home 10240", "data.roam 2048", "voice 300"].map(|text| {
            // The allowance of data has more room than what the contract may still spend on it.
            text.to_owned()
        }),
        "and no more than ten pesos of anything"
    );
}

/// The watch that a look at some usage leaves at a time.
fn watched(usage: &[DayTotal], now: DateTime<Utc>, before: Option<&Watch>) -> Option<Watch> {
    let (ledger, subject, limits) = (ledger(&[LINE]), Subject::Line(number(LINE)), usual());
    let (contract, plans) = who();
    let left = Left { contract: &contract, plans: &plans, before, now };
    see(&ledger, &subject, usage, &limits).watch(left, None)
}

fn who() -> (ContractId, Vec<PlanId>) {
    ("500101".parse().unwrap(), vec!["A".parse().unwrap()])
}

fn due(watch: Option<&Watch>, units: u64, on: &str, now: &str) -> bool {
    let (contract, plans) = who();
    due_of(Line { watch, contract: &contract, plans: &plans }, units, on, now)
}

fn due_of(line: Line<'_>, units: u64, on: &str, now: &str) -> bool {
    let usage =
        Usage { records: 1, units: BTreeMap::from([("voice.onnet".parse().unwrap(), units)]), ..Usage::default() };
    is_due(line, &[(day(on), &usage)], day_of(at(now)), at(now))
}

#[test]
fn usage_is_looked_at_when_it_may_have_reached_something() {
    // 400 of the first 3,000 seconds are used.
    let watch = watched(&[used(LINE, "03-09", "voice.onnet", 400)], at("03-10T12:00"), None).unwrap();
    let now = "03-12T13:00";
    assert!(due(None, 1, "03-10", now), "nobody has looked");
    assert!(!due(Some(&watch), 649, "03-10", now));
    assert!(due(Some(&watch), 650, "03-10", now), "a quarter of the 2,600 that are left");
    assert!(!due(Some(&watch), 0, "03-10", now), "what is no usage");
    assert!(!due(Some(&watch), 1_000_000, "02-27", now), "of a period that is over for good");
    assert!(due(Some(&watch), 1, "04-01", "04-01T00:00"), "the period is over");
    let (contract, plans) = who();
    let other = Line { watch: Some(&watch), contract: &"500102".parse().unwrap(), plans: &plans };
    assert!(due_of(other, 1, "03-10", now), "another contract pays");
    let other = Line { watch: Some(&watch), contract: &contract, plans: &["B".parse().unwrap()] };
    assert!(due_of(other, 1, "03-10", now), "another plan includes something else");
    let next = watch.next.unwrap();
    let late = |hours: i64| {
        (next + TimeDelta::hours(hours)).with_timezone(&country().zone()).format("%m-%dT%H:%M").to_string()
    };
    assert!(!due(Some(&watch), 1, "03-10", &late(1)), "the list will have it");
    assert!(due(Some(&watch), 1, "03-10", &late(2)), "it has not had it");
}

#[test]
fn usage_of_the_last_evening_is_looked_at_in_the_next_period() {
    let contract = ledger(&[LINE]).contract;
    let of = |on: &str| -> Vec<String> {
        periods(&Billed::default(), &contract, day(on)).iter().map(|period| period.start.to_string()).collect()
    };
    assert_eq!(of("04-02"), ["2026-03-01", "2026-04-01"]);
    assert_eq!(of("04-03"), ["2026-04-01"]);
    assert_eq!(of("01-01"), ["2026-01-01"], "there is none before the first");
    assert!(periods(&Billed::default(), &contract, "2025-12-31".parse().unwrap()).is_empty());
    let (ledger, subject, limits) = (ledger(&[LINE]), Subject::Line(number(LINE)), usual());
    let period = period_of(&Billed::default(), &ledger.contract, day("04-01")).unwrap();
    let view = View { subject: &subject, ledger: &ledger, usage: &[], catalogues: catalogues(), limits: &limits };
    let (contract, plans) = who();
    let left = Left { contract: &contract, plans: &plans, before: None, now: at("04-01T01:00") };
    let watch = view.see(&period).unwrap().watch(left, None).unwrap();
    assert!(due(Some(&watch), 1, "03-31", "04-02T23:00"));
    assert!(!due(Some(&watch), 1, "03-31", "04-03T00:00"));
}

#[test]
fn the_next_look_comes_when_most_of_what_is_left_is_used_at_this_pace() {
    let next = |usage: &[DayTotal], now: &str| {
        let watch = watched(usage, at(now), None).unwrap();
        let next = watch.next.unwrap();
        assert_eq!(next.timestamp() % 3_600, 0, "a full hour");
        (next - at(now)).num_hours()
    };
    let minutes = |seconds| [used(LINE, "03-01", "voice.onnet", seconds)];
    // 1,000 in ten days: the next 2,000 in twenty, of which three quarters are more than a week.
    assert_eq!(next(&minutes(1_000), "03-11T00:00"), 7 * 24 + 1);
    // 2,400 in ten days: 600 in two and a half.
    assert_eq!(next(&minutes(2_400), "03-11T00:00"), 45 + 1);
    assert_eq!(next(&minutes(2_999), "03-11T00:00"), 1 + 1, "not at once");
    assert_eq!(next(&minutes(1_000), "03-01T01:30"), 36 + 1 - 1, "the first hours are no pace");
    assert_eq!(next(&[], "03-10T12:00"), 7 * 24 + 1);
    // In the last week the next look is that at the end, in the hours after it.
    let end = at("04-01T06:00");
    let last = watched(&minutes(100), at("03-30T12:00"), None).unwrap().next.unwrap();
    assert!((end..=end + TimeDelta::hours(9)).contains(&last), "{last}");
}

#[test]
fn a_line_rests_after_two_looks_with_nothing_new() {
    let usage = [used(LINE, "03-01", "voice.onnet", 1_000)];
    let first = watched(&usage, at("03-05T12:00"), None).unwrap();
    assert!(!first.quiet && first.listed && first.next.is_some());
    assert_eq!(watched(&usage, at("03-05T12:59"), Some(&first)), None, "a message that comes twice");
    let second = watched(&usage, at("03-05T13:00"), Some(&first)).unwrap();
    assert!(second.quiet && second.listed, "whoever has read the first may still be writing");
    assert!(due(Some(&second), 1, "03-05", "03-05T13:01"), "any usage wakes it");
    let third = watched(&usage, at("03-06T13:00"), Some(&second)).unwrap();
    assert!(third.quiet && !third.listed && third.next.is_none());
    assert!(due(Some(&third), 1, "03-20", "03-20T13:00"));
    let more = [used(LINE, "03-01", "voice.onnet", 1_001)];
    let woken = watched(&more, at("03-20T13:00"), Some(&third)).unwrap();
    assert!(!woken.quiet && woken.listed);
}

#[test]
fn where_nothing_can_be_reached_usage_passes_for_a_week() {
    let (contract, plans) = who();
    let left = Left { contract: &contract, plans: &plans, before: None, now: at("03-10T12:00") };
    let sleep = |first: Option<&str>| asleep(left, day("03-10"), first.map(day));
    let over = sleep(Some("01-01"));
    assert!(!due(Some(&over), 1_000_000, "03-10", "03-10T13:00") && !over.listed);
    assert!(!due(Some(&over), 1, "03-17", "03-17T11:00") && due(Some(&over), 1, "03-17", "03-17T12:00"));
    let soon = sleep(Some("03-13"));
    assert!(!due(Some(&soon), 1, "03-12", "03-12T23:00") && due(Some(&soon), 1, "03-13", "03-13T00:01"));
    let unknown = sleep(None);
    assert!(!due(Some(&unknown), 1, "03-10", "03-10T23:00") && due(Some(&unknown), 1, "03-11", "03-11T00:01"));
    let period = period_of(&Billed::default(), &ledger(&[LINE]).contract, day("03-10")).unwrap();
    let blind = blind(left, &period);
    assert!(blind.listed && blind.next == Some(at("03-11T12:00")), "what cannot be priced is tried again");
}

#[test]
fn a_watch_is_read_as_it_was_written() {
    let watch = watched(&[used(LINE, "03-01", "voice.onnet", 1_000)], at("03-05T12:00"), None).unwrap();
    let json = serde_json::to_string(&watch).unwrap();
    assert_eq!(serde_json::from_str::<Watch>(&json).unwrap(), watch);
    assert!(json.len() < 460, "it lies on every line: {json}");
}

proptest! {
    #[test]
    fn what_is_left_is_never_more_than_the_limit_and_the_next_look_never_in_the_past(
        units in 0..20_000_u64,
        hours in 0..24 * 31_u64,
    ) {
        let now = at("03-01T00:00") + TimeDelta::hours(i64::try_from(hours).unwrap());
        let watch = watched(&[used(LINE, "03-01", "voice.onnet", units)], now, None).unwrap();
        let most = watch.rooms.iter().find(|room| room.of.len() == 2).map_or(0, |room| room.left);
        prop_assert!(most <= 3_000 && watch.rooms.iter().all(|room| room.left > 0), "{watch:?}");
        let next = watch.next.unwrap();
        prop_assert!(now < next && next <= now + TimeDelta::hours(7 * 24 + 1), "{watch:?}");
    }
}

//! The keys of the table: one form for each entity, text order that is number and time order, and no text that forges
//! another key. `docs/table.md` is written from the same map.

mod billing;
mod document;
mod guard;
mod parts;

use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use shared::domain::ids::ClientId;
use shared::domain::period::{Hour, Span};
use shared::domain::recording::Recording;
use shared::domain::usage::Traffic;
use shared::table::keys::{self, Key, OfDay, Place, Range, TrafficTeller, map};

use parts::{Parts, parts};

/// Whether a part of a key is what its place in a form asks for.
fn fits(form: &str, part: &str) -> bool {
    let digits = |count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    match form {
        "<contract number>" => digits(20),
        "<days to go>" => digits(9),
        "<client>" | "<plan>" | "<offer>" | "<contract>" | "<source>" | "<customer>" | "<group>" | "<bill>"
        | "<account>" | "<adjustment>" | "<profile>" | "<partnum>" | "<record>" | "<site>" | "<name>" | "<stream>"
        | "<run>" | "<series>" | "<bill number>" | "<bare number>" | "<payment>" => part.parse::<ClientId>().is_ok(),
        "<subject>" => part == "all" || fits("<msisdn>", part),
        "<limit>" => ["allowance:", "amount:", "roaming-cap"].iter().any(|kind| part.starts_with(kind)),
        "<cycle day>" | "<shard>" => digits(2),
        "<list>" => digits(4),
        "<page>" => digits(8),
        "<part>" => digits(3),
        "<kind of bill>" => ["I", "N"].contains(&part),
        "<parts>" => part.len() == 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "<call>" | "<extension>" => (1..=18).contains(&part.len()) && digits(part.len()),
        "<seconds to go>" => digits(12),
        "<time>" => part.len() == 19 && format!("{part}Z").parse::<DateTime<Utc>>().is_ok(),
        "<msisdn>" => (10..=15).contains(&part.len()) && digits(part.len()),
        "<rev>" | "<minute>" | "<line>" => digits(12),
        "<day>" | "<first day>" => part.len() == 10 && part.parse::<NaiveDate>().is_ok(),
        "<hour>" => part.parse::<Hour>().is_ok(),
        "<sequence>" | "<chunk>" => digits(6),
        "<version>" | "<hook>" => digits(10),
        "<session>" | "<start of digest>" | "<short digest>" => {
            part.len() == if form == "<short digest>" { 8 } else { 16 }
                && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        "<digest>" => part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "<key>" | "<jti>" | "<address>" | "<app>" | "<kind>" | "<number>" => {
            part.split('%').skip(1).all(|rest| rest.starts_with("25") || rest.starts_with("23"))
        }
        _ => {
            assert!(!form.contains('<'), "tell `fits` what {form} is made of");
            form == part
        }
    }
}

/// No part holds the separator, so keys are compared part by part.
fn has_form(form: &str, text: &str) -> bool {
    let (form, text): (Vec<_>, Vec<_>) = (form.split('#').collect(), text.split('#').collect());
    form.len() == text.len() && form.iter().zip(text).all(|(form, part)| fits(form, part))
}

fn is_of(place: &Place, key: &Key) -> bool {
    has_form(place.pk, &key.pk) && has_form(place.sk, &key.sk)
}

fn holds(range: &Range, key: &Key) -> bool {
    range.pk == key.pk && (range.from.as_str()..=range.to.as_str()).contains(&key.sk.as_str())
}

#[test]
fn every_entity_of_the_map_has_a_key_here() {
    let parts =
        Parts { id: "a".into(), other: "b".into(), free: "c".into(), app: "d".into(), seconds: 0, rev: 0, line: 0 };
    let made: Vec<_> = parts.keys().iter().map(|(entity, _)| *entity).collect();
    let mapped: Vec<_> = map().map(|place| place.entity).collect();
    assert_eq!(made, mapped, "the map and this test list the same entities in the same order; add the new one here");
}

#[test]
fn every_function_that_makes_a_key_is_tried_here() {
    let files = ["", "/billing", "/corporate", "/files", "/guard", "/hooks", "/ledger", "/usage"]
        .map(|file| format!("keys{file}.rs"));
    let source = files.map(|file| tests::file(&format!("shared/src/table/{file}"))).concat();
    let own = ["keys.rs", "keys/parts.rs", "keys/billing.rs", "keys/guard.rs"]
        .map(|file| tests::file(&format!("tests/tests/rules/{file}")))
        .concat();
    for line in source.lines().filter(|line| line.starts_with("pub fn ")) {
        let name = line["pub fn ".len()..].split('(').next().unwrap();
        assert!(
            own.contains(&format!("keys::{name}(")),
            "nothing tries keys::{name}: a key goes into `Parts::keys` of tests/tests/rules/keys/parts.rs and its entity into \
             the map of shared/src/table/keys/map.rs; a range goes into the list in tests/tests/rules/keys.rs"
        );
    }
}

/// Beyond it, days have another width.
fn end() -> NaiveDate {
    NaiveDate::from_ymd_opt(9999, 12, 30).unwrap()
}

proptest! {
    #[test]
    fn a_key_has_the_form_of_its_own_entity_and_of_no_other(parts in parts()) {
        for (entity, key) in parts.keys() {
            let forms: Vec<_> = map().filter(|place| is_of(place, &key)).map(|place| place.entity).collect();
            prop_assert_eq!(forms, [entity], "{:?}", key);
        }
        let nowhere = keys::nowhere();
        prop_assert!(!map().any(|place| is_of(place, &nowhere)));
    }

    #[test]
    fn a_key_is_as_long_as_the_store_takes(parts in parts(), long in "[#%]{255}", app in "[#%]{64}") {
        let longest = Parts { free: long, app, ..parts };
        for (entity, key) in longest.keys() {
            prop_assert!((1..=2_048).contains(&key.pk.len()), "{entity}: {}", key.pk.len());
            prop_assert!((1..=1_024).contains(&key.sk.len()), "{entity}: {}", key.sk.len());
        }
    }

    #[test]
    fn free_text_that_differs_makes_keys_that_differ(parts in parts(), other in parts()) {
        let texts = |parts: &Parts| [(parts.id.clone(), parts.free.clone()), (parts.id.clone(), parts.app.clone())];
        let keys = |parts: &Parts| {
            let answer = keys::stored_answer(&parts.client(), &parts.free);
            // The same line and hour: only app and source tell them apart.
            let traffic = Traffic { hour: Hour::of(DateTime::UNIX_EPOCH), ..parts.traffic() };
            [answer, Key { pk: String::new(), ..keys::traffic(&parts.msisdn(), &traffic) }]
        };
        for (index, (one, two)) in keys(&parts).into_iter().zip(keys(&other)).enumerate() {
            prop_assert_eq!(one == two, texts(&parts)[index] == texts(&other)[index], "{:?} {:?}", one, two);
        }
        let [one, two] = [&parts, &other].map(|parts| keys::revoked_token(&parts.free));
        prop_assert_eq!(one == two, parts.free == other.free);
        let minute = |parts: &Parts| (parts.id.clone(), parts.free.clone(), parts.seconds / 60);
        let [one, two] = [&parts, &other].map(|parts| keys::wrong_secrets(&parts.client(), &parts.free, parts.time()));
        prop_assert_eq!(one == two, minute(&parts) == minute(&other));
    }

    #[test]
    fn revisions_sort_as_numbers(parts in parts(), rev in 0..=999_999_999_999_u64) {
        let with = |rev| Parts { rev, ..parts.clone() }.keys();
        for ((entity, one), (_, two)) in with(parts.rev).into_iter().zip(with(rev)) {
            if ["status change", "acquisition", "request", "charge", "withdrawal", "plan start", "purchase"].contains(&entity)
                && one.pk == two.pk
            {
                prop_assert_eq!(one.cmp(&two), parts.rev.cmp(&rev), "{}", entity);
            }
        }
    }

    #[test]
    fn usage_and_minutes_sort_as_time(parts in parts(), seconds in 0..=253_402_300_799_i64) {
        let other = Parts { seconds, ..parts.clone() };
        let [one, two] = [&parts, &other].map(|parts| keys::traffic(&parts.msisdn(), &parts.traffic()));
        prop_assert_eq!(one.cmp(&two), (parts.seconds / 3600).cmp(&(seconds / 3600)));
        let [one, two] = [&parts, &other].map(|parts| keys::wrong_secrets(&parts.client(), &parts.free, parts.time()));
        prop_assert_eq!(one.cmp(&two), (parts.seconds / 60).cmp(&(seconds / 60)));
    }

    #[test]
    fn bills_sort_newest_first_and_a_range_of_days_holds_both(
        parts in parts(),
        days in prop::array::uniform3(0..2_932_800_i64),
    ) {
        let date = |days: i64| (DateTime::UNIX_EPOCH + chrono::Duration::days(days)).date_naive();
        let customer = parts.customer();
        let [one, first, last] = days.map(date);
        let key = |date| keys::bill(&customer, date, &parts.id.parse().unwrap());
        prop_assert_eq!(key(one).cmp(&key(first)), first.cmp(&one));
        let (first, last) = (first.min(last), first.max(last));
        for (first, last) in [(Some(first), Some(last)), (Some(first), None), (None, Some(last))] {
            let range = keys::bills(&customer, first, last);
            let within = first.is_none_or(|first| first <= one) && last.is_none_or(|last| one <= last);
            prop_assert_eq!(holds(&range, &key(one)), within, "{:?} {:?}", range, key(one));
        }
    }

    #[test]
    fn a_product_is_found_by_the_name_of_its_contract(parts in parts()) {
        let (customer, line) = (parts.customer(), parts.msisdn());
        let found = keys::product_of(&customer, &parts.rev.to_string().parse().unwrap(), &line);
        prop_assert_eq!(found, Some(keys::product(&parts.product())));
        prop_assert_eq!(keys::product_of(&customer, &"a".parse().unwrap(), &line), None);
    }

    #[test]
    fn calls_sort_as_time_and_recordings_newest_first(parts in parts(), times in prop::array::uniform3(0..=253_402_300_799_i64)) {
        let [at, first, last] = times.map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap());
        let span = Span::new(first.min(last), first.max(last)).unwrap();
        let within = (span.start()..=span.end()).contains(&at);
        let line = parts.msisdn();
        let id = parts.id.parse().unwrap();
        let call = |at| keys::call(&line, at, &id);
        prop_assert_eq!(call(at).cmp(&call(first)), at.cmp(&first));
        prop_assert_eq!(keys::read_call(&call(at).sk), Some((at, id.clone())));
        prop_assert_eq!(holds(&keys::calls(&line, span).unwrap(), &call(at)), within);
        let recording = |start| keys::recording_of_extension(&Recording { start, ..parts.recording() });
        prop_assert_eq!(recording(at).cmp(&recording(first)), first.cmp(&at));
        let range = keys::recordings_of_extension(parts.extension(), span).unwrap();
        prop_assert_eq!(holds(&range, &recording(at)), within);
        prop_assert!(!holds(&range, &keys::extension(parts.extension())));
    }

    #[test]
    fn a_plan_starts_key_tells_its_line_and_revision(parts in parts()) {
        let key = keys::plan_start(&parts.contract(), &parts.msisdn(), parts.rev, parts.time().date_naive());
        prop_assert_eq!(keys::read_plan_start(&key.sk), Some((parts.msisdn(), parts.rev)));
        let earlier = key.sk.rsplit_once('#').unwrap().0;
        prop_assert_eq!(keys::read_plan_start(earlier), Some((parts.msisdn(), parts.rev)), "as earlier releases made it");
    }

    #[test]
    fn a_change_of_services_tells_its_profile(parts in parts()) {
        let key = keys::service_facts(&parts.contract(), &parts.profile(), parts.rev);
        prop_assert_eq!(keys::read_service_facts(&key.sk), Some(parts.profile()));
    }

    #[test]
    fn a_traffic_key_is_read_back(parts in parts()) {
        let traffic = parts.traffic();
        let read = keys::read_traffic(&keys::traffic(&parts.msisdn(), &traffic).sk);
        prop_assert_eq!(read, Some((traffic.hour, traffic.app.to_string(), TrafficTeller::Import(traffic.source))));
    }

    #[test]
    fn what_usage_files_tell_is_read_back(parts in parts()) {
        let (line, source, traffic) = (parts.msisdn(), parts.source(), parts.traffic());
        prop_assert_eq!(keys::read_source(&keys::source(&source)), Some(source.clone()));
        for app in [Some(&traffic.app), None] {
            let read = keys::read_traffic(&keys::hour_word(&line, traffic.hour, app, &source).sk);
            let app = app.map(ToString::to_string).unwrap_or_default();
            prop_assert_eq!(read, Some((traffic.hour, app, TrafficTeller::File(source.clone()))));
        }
        let day = parts.time().date_naive();
        prop_assert_eq!(keys::read_day(&keys::day_word(&line, day, &source).sk), Some((day, OfDay::Word(source))));
        let record = parts.id.parse().unwrap();
        for key in [
            keys::shared_call(&line, day, parts.time(), &record),
            keys::shared_session(&line, day, traffic.hour, [7; 8]),
        ] {
            prop_assert_eq!(keys::read_day(&key.sk), Some((day, OfDay::Shared)));
        }
    }

    #[test]
    fn a_range_of_days_holds_its_days(parts in parts(), days in 0..60_u64) {
        let (line, source, day) = (parts.msisdn(), parts.source(), parts.time().date_naive());
        let Some(last) = day.checked_add_days(chrono::Days::new(days)).filter(|last| *last < end()) else { return Ok(()) };
        let range = keys::days_between(&line, day, last);
        for at in [Some(day), Some(last), day.pred_opt(), last.succ_opt()].into_iter().flatten() {
            let within = (day..=last).contains(&at);
            let shared = keys::shared_call(&line, at, parts.time(), &parts.id.parse().unwrap());
            prop_assert_eq!(holds(&range, &keys::day_word(&line, at, &source)), within);
            prop_assert_eq!(holds(&range, &shared), within);
        }
        prop_assert!(!holds(&range, &keys::traffic(&line, &parts.traffic())));
        let hours = keys::traffic_between(&line, parts.traffic().hour, parts.traffic().hour);
        prop_assert!(holds(&hours, &keys::hour_word(&line, parts.traffic().hour, None, &source)));
        prop_assert!(!holds(&hours, &keys::day_word(&line, day, &source)));
    }

    #[test]
    fn lists_of_files_and_rates_hold_their_own(parts in parts()) {
        let (source, day) = (parts.source(), parts.time().date_naive());
        let arrival = keys::arrival(day, &source.stream, &source.name, source.sequence, "00112233445566");
        prop_assert!(holds(&keys::arrivals(day), &arrival));
        prop_assert!(holds(&keys::tariffs(), &keys::tariff(source.sequence)));
        prop_assert!(keys::tariff(source.sequence) < keys::tariff(source.sequence + 1));
    }

    #[test]
    fn no_text_makes_reading_a_traffic_key_fail_badly(text in "\\PC{0,60}") {
        if let Some((hour, app, teller)) = keys::read_traffic(&text) {
            let source = match teller {
                TrafficTeller::Import(source) => source.to_string(),
                TrafficTeller::File(source) => source.name.to_string(),
            };
            prop_assert!(text.starts_with(&format!("{hour}#")) && text.contains(&format!("#{source}")), "{}", app);
        }
    }

    #[test]
    fn a_range_holds_its_own_keys_and_no_others(one in parts(), two in parts(), same_line in any::<bool>()) {
        let two = if same_line {
            Parts { line: one.line, other: one.other.clone(), free: one.free.clone(), app: one.app.clone(), ..two }
        } else {
            two
        };
        let line = one.msisdn();
        let on_line = one.line == two.line;
        let on_day = one.time().date_naive() == two.time().date_naive();
        let on_contract = one.other == two.other;
        let on_customer = one.other == two.other;
        let on_document = one.document().kind.to_uppercase() == two.document().kind.to_uppercase()
            && one.document().number == two.document().number;
        let ranges: [(Range, &[&str], bool); 30] = [
            (keys::identities(&one.document()), &["identity"], on_document),
            (keys::sites(&one.document()), &["site"], on_document),
            (keys::documents(&one.document()), &["document"], on_document),
            (
                keys::groups_and_customer(&one.customer()),
                &["newest billing group", "billing group", "customer"],
                on_customer,
            ),
            (
                keys::documented_customers(&one.document()),
                &["documented customer", "one documented customer"],
                on_document,
            ),
            (keys::bills(&one.customer(), None, None), &["bill"], on_customer),
            (keys::products(&one.customer()), &["product"], on_customer),
            (keys::client_names(), &["client name"], true),
            (keys::hook_indexes(), &["subscriptions of a client"], true),
            (keys::hooks(&one.client()), &["subscription"], one.id == two.id),
            (keys::plans_and_offers(), &["plan", "offer"], true),
            (keys::catalogue_services(), &["catalogue service"], true),
            (keys::status_changes(&line), &["status change"], on_line),
            (keys::requests(&line), &["request"], on_line),
            (keys::activations(&line), &["activation"], on_line),
            (keys::coming_plans(one.time().date_naive()), &["coming plan"], on_day),
            (keys::payment_arrivals(one.time().date_naive()), &["arrival of a payment file"], on_day),
            (keys::erasures(one.time().date_naive()), &["erasure"], on_day),
            (
                keys::coming_plans_of(one.time().date_naive(), &one.plan()),
                &["coming plan"],
                on_day && one.plan() == two.plan(),
            ),
            (keys::acquisitions(&line, &one.offer()), &["acquisition"], on_line && one.id == two.id),
            (keys::charges(&one.contract()), &["charge", "withdrawal"], on_contract),
            (keys::plan_starts(&one.contract()), &["plan start"], on_contract),
            (
                keys::ledger(&one.contract()),
                &[
                    "contract",
                    "charge",
                    "withdrawal",
                    "plan start",
                    "line of a contract",
                    "additional plan",
                    "change of services",
                    "adjustment",
                ],
                on_contract,
            ),
            (keys::account_and_profiles(&one.account()), &["account", "profile of an account"], on_contract),
            (keys::account_profiles(&one.account()), &["profile of an account"], on_contract),
            (keys::purchases(&one.account()), &["purchase"], on_contract),
            (keys::document_accounts(&one.document()), &["account by document"], on_document),
            (keys::profile_lines(&one.profile()), &["line of a profile"], on_contract),
            (keys::profile_and_services(&one.profile()), &["profile", "services of a profile"], on_contract),
            (
                keys::whole_profile(&one.profile()),
                &["line of a profile", "profile", "services of a profile"],
                on_contract,
            ),
        ];
        for (range, entities, own) in ranges {
            prop_assert!(!range.from.is_empty() && range.from < range.to, "the store takes no empty bound: {:?}", range);
            for (entity, key) in two.keys() {
                prop_assert_eq!(holds(&range, &key), own && entities.contains(&entity), "{:?} {:?}", range, key);
            }
        }
    }

    #[test]
    fn a_range_of_hours_holds_all_usage_of_these_hours(
        parts in parts(),
        app in "[\u{10FFFD}-\u{10FFFF}~#a]{1,3}",
        before in 0..3_i64,
        after in 0..3_i64,
        offset in -5..5_i64,
    ) {
        let parts = Parts { app, seconds: parts.seconds.clamp(100_000, 200_000_000_000), ..parts };
        let hour = |hours: i64| Hour::of(parts.time() + chrono::Duration::hours(hours));
        let line = parts.msisdn();
        let range = keys::traffic_between(&line, hour(-before), hour(after));
        let key = keys::traffic(&line, &Traffic { hour: hour(offset), ..parts.traffic() });
        prop_assert_eq!(holds(&range, &key), (-before..=after).contains(&offset), "{:?} {:?}", range, key);
        for (entity, key) in parts.keys() {
            prop_assert_eq!(holds(&range, &key), ["traffic", "hour of a source"].contains(&entity));
        }
    }
}

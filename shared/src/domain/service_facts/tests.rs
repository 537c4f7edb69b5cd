use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::money::Currency;
use crate::domain::service::CatalogueService;

const CODES: [&str; 4] = ["PN-1", "PN-2", "PN-3", "PN-4"];

fn profile() -> ProfileId {
    "10".parse().unwrap()
}

fn day(of_march: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, of_march).unwrap()
}

fn partnum(at: usize) -> Partnum {
    CODES[at].parse().unwrap()
}

fn sold(at: usize, pesos: i64) -> CatalogueService {
    let price = Money { minor: pesos * 100, currency: Currency::COP };
    CatalogueService {
        partnum: partnum(at),
        id: at as u64,
        kind: String::new(),
        subtype: String::new(),
        category: None,
        description: String::new(),
        price,
        tax_price: price,
        poid_type: String::new(),
    }
}

/// A profile's services and what was told of them.
#[derive(Default)]
struct Told {
    services: Services,
    spans: Spans,
}

impl Told {
    fn complete(&mut self, day: NaiveDate) {
        let done = self.services.complete(day);
        self.spans.add(&profile(), done.facts);
    }

    fn load(&mut self, services: Services, today: NaiveDate) {
        let (services, facts) = services.loaded_over(&self.services, today);
        (self.services, _) = (services, self.spans.add(&profile(), facts));
    }

    fn shown(self) -> Vec<String> {
        let spans = self.spans.into_ledger().unwrap();
        let day = |day: NaiveDate| day.format("%d").to_string();
        let shown = |span: ServiceSpan| {
            format!(
                "{} {} {}-{}",
                span.service,
                span.price.unwrap(),
                day(span.from),
                span.to.map_or(String::new(), day)
            )
        };
        spans.into_iter().map(shown).collect()
    }
}

#[test]
fn a_service_is_charged_from_its_purchase_to_the_day_it_is_removed() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10), &sold(1, 20)]).unwrap();
    told.complete(day(3));
    told.services.mark(&[partnum(0)]).unwrap();
    told.complete(day(9));
    assert_eq!(told.shown(), ["PN-1 10 03-09", "PN-2 20 03-"]);
}

#[test]
fn what_is_replaced_ends_the_day_before() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10)]).unwrap();
    told.complete(day(3));
    told.services.replace(&[(1, &sold(1, 20))]).unwrap();
    told.services.replace(&[(1, &sold(2, 30))]).unwrap();
    told.complete(day(9));
    assert_eq!(told.shown(), ["PN-1 10 03-08", "PN-3 30 09-"]);
}

#[test]
fn two_that_change_places_go_on() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10), &sold(1, 20)]).unwrap();
    told.complete(day(3));
    told.services.replace(&[(1, &sold(1, 20)), (2, &sold(0, 10))]).unwrap();
    told.complete(day(9));
    assert_eq!(told.shown(), ["PN-1 10 03-08", "PN-1 10 09-", "PN-2 20 03-08", "PN-2 20 09-"]);
}

#[test]
fn what_is_asked_for_again_goes_on_and_a_new_price_begins_with_its_day() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10), &sold(1, 20)]).unwrap();
    told.complete(day(3));
    told.services.mark(&[partnum(0), partnum(1)]).unwrap();
    told.services.add(&[&sold(0, 10), &sold(1, 25)]).unwrap();
    told.complete(day(9));
    assert_eq!(told.shown(), ["PN-1 10 03-", "PN-2 20 03-08", "PN-2 25 09-"]);
}

#[test]
fn a_service_removed_and_bought_again_on_one_day_is_charged_once() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10)]).unwrap();
    told.complete(day(3));
    told.services.mark(&[partnum(0)]).unwrap();
    told.complete(day(9));
    told.services.add(&[&sold(0, 10)]).unwrap();
    told.complete(day(9));
    assert_eq!(told.shown(), ["PN-1 10 03-"]);
}

#[test]
fn a_load_ends_what_it_does_not_have_and_begins_what_is_new() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10), &sold(1, 20)]).unwrap();
    told.complete(day(3));
    let mut other = Services::default();
    other.add(&[&sold(1, 25), &sold(2, 30), &sold(3, 40)]).unwrap();
    other.complete(day(1));
    told.load(other.clone(), day(9));
    told.load(other, day(12));
    assert_eq!(told.shown(), ["PN-1 10 03-09", "PN-2 20 03-08", "PN-2 25 09-", "PN-3 30 09-", "PN-4 40 09-"]);
}

#[test]
fn a_day_that_a_record_tells_counts_once() {
    let mut told = Told::default();
    let mut with = Services::default();
    with.add(&[&sold(0, 10)]).unwrap();
    with.complete(day(1));
    with.list[0].since = Some(day(2));
    told.load(with.clone(), day(9));
    told.load(Services::default(), day(12));
    told.load(with.clone(), day(20));
    with.list[0].price.minor = 1_200;
    told.load(with, day(25));
    assert_eq!(told.shown(), ["PN-1 10 02-12", "PN-1 10 20-24", "PN-1 12 25-"]);
}

#[test]
fn a_load_of_what_is_there_leaves_a_replacement_pending() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10)]).unwrap();
    told.complete(day(3));
    told.services.replace(&[(1, &sold(1, 20))]).unwrap();
    let mut same = told.services.clone();
    same.list[0].charged = None;
    told.load(same.clone(), day(5));
    let (_, brought) = same.brought(&told.services, day(6));
    assert_eq!(brought.began.len(), 1, "another contract would pay it on");
    told.complete(day(9));
    assert_eq!(told.shown(), ["PN-1 10 03-08", "PN-2 20 09-"]);
}

#[test]
fn a_load_gives_no_id_out_again() {
    let mut before = Services::default();
    before.add(&[&sold(0, 10), &sold(1, 20)]).unwrap();
    let mut one = Services::default();
    one.add(&[&sold(0, 10)]).unwrap();
    let (mut loaded, _) = one.loaded_over(&before, day(1));
    loaded.add(&[&sold(2, 30)]).unwrap();
    assert_eq!(loaded.list().last().unwrap().id, 3);
}

#[test]
fn a_load_charges_what_is_to_be_removed_and_not_what_is_only_requested() {
    let mut told = Told::default();
    let mut loaded = Services::default();
    loaded.add(&[&sold(0, 10), &sold(1, 20), &sold(2, 30)]).unwrap();
    loaded.list[0].status = ProvisioningState::ToBeRemoved;
    loaded.list[1].status = ProvisioningState::Active;
    told.load(loaded, day(2));
    told.complete(day(9));
    assert_eq!(told.shown(), ["PN-1 10 02-09", "PN-2 20 02-", "PN-3 30 09-"]);
}

#[test]
fn what_is_brought_to_another_contract_begins_with_its_first_day_there() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10), &sold(1, 20)]).unwrap();
    told.services.complete(day(1));
    (told.services.list[0].since, told.services.list[1].since) = (Some(day(2)), Some(day(12)));
    let (services, facts) = told.services.brought(&Services::default(), day(10));
    told.spans.add(&profile(), facts);
    assert_eq!(Told { services, ..told }.shown(), ["PN-1 10 10-", "PN-2 20 12-"]);
}

#[test]
fn services_of_an_earlier_release_are_charged_from_the_next_purchase_on() {
    let mut told = Told::default();
    told.services.add(&[&sold(0, 10)]).unwrap();
    told.services.complete(day(1));
    told.services.list[0].charged = None;
    told.complete(day(9));
    assert_eq!(told.shown(), ["PN-1 10 09-"]);
}

#[derive(Debug, Clone)]
enum Step {
    Add(usize),
    Mark(usize),
    Replace(u64, usize),
    Complete(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let code = || 0..CODES.len();
    prop_oneof![
        code().prop_map(Step::Add),
        code().prop_map(Step::Mark),
        (1..5_u64, code()).prop_map(|(id, code)| Step::Replace(id, code)),
        (0..3_u32).prop_map(Step::Complete),
    ]
}

/// What the last purchase of a day did to a service: whether the day is charged.
fn events(before: &Services, after: &Services) -> Vec<(Partnum, bool)> {
    let of = |services: &Services| services.charged().map(|own| own.service.clone()).collect::<BTreeSet<_>>();
    let (was, is) = (of(before), of(after));
    let removed = before.list().iter().filter(|service| !service.stays());
    let removed: BTreeSet<_> = removed.filter_map(|service| Some(service.charged.as_ref()?.service.clone())).collect();
    let gone = was.difference(&is).map(|service| (service.clone(), removed.contains(service)));
    gone.chain(is.difference(&was).map(|service| (service.clone(), true))).collect()
}

proptest! {
    /// Whatever is bought, removed and replaced: a day is charged for what is there when it ends and for what was removed on
    /// it, and for no service twice.
    #[test]
    fn every_day_is_charged_for_what_it_had(steps in proptest::collection::vec(step(), 0..30)) {
        let mut told = Told::default();
        let mut today = 1;
        let mut ends: BTreeMap<NaiveDate, BTreeMap<Partnum, bool>> = BTreeMap::new();
        let mut last: Vec<(NaiveDate, BTreeSet<Partnum>)> = Vec::new();
        for step in steps {
            let mut changed = told.services.clone();
            let kept = match step {
                Step::Add(code) => changed.add(&[&sold(code, 10)]).is_ok(),
                Step::Mark(code) => changed.mark(&[partnum(code)]).is_ok(),
                Step::Replace(id, code) => changed.replace(&[(id, &sold(code, 10))]).is_ok(),
                Step::Complete(days) => {
                    today = (today + days).min(28);
                    let before = changed.clone();
                    told.complete(day(today));
                    ends.entry(day(today)).or_default().extend(events(&before, &told.services));
                    last.push((day(today), told.services.charged().map(|own| own.service.clone()).collect()));
                    false
                }
            };
            if kept {
                told.services = changed;
            }
        }
        let spans = told.spans.into_ledger().unwrap();
        for date in (1..=28).map(day) {
            let standing = last.iter().rev().find(|(from, _)| *from <= date);
            let mut expected = standing.map(|(_, set)| set.clone()).unwrap_or_default();
            for (service, charged) in ends.get(&date).into_iter().flatten() {
                if *charged { expected.insert(service.clone()) } else { expected.remove(service) };
            }
            let has = |span: &&ServiceSpan| span.from <= date && span.to.is_none_or(|to| date <= to);
            let found: Vec<_> = spans.iter().filter(has).map(|span| span.service.clone()).collect();
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{}", date);
        }
    }
}

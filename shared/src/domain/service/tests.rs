use proptest::prelude::*;

use super::*;

const CODES: [&str; 6] = ["PN-1", "PN-2", "PN-3", "PN-4", "PN-5", "PN-6"];

fn pesos(minor: i64) -> Money {
    Money { minor, currency: Currency::COP }
}

fn partnum(at: usize) -> Partnum {
    CODES[at].parse().unwrap()
}

fn sold(at: usize) -> CatalogueService {
    let price = 1_000 * (i64::try_from(at).unwrap() + 1);
    CatalogueService {
        partnum: partnum(at),
        id: 9_000 + u64::try_from(at).unwrap(),
        kind: "VOZ".into(),
        subtype: "PLAN".into(),
        category: None,
        description: CODES[at].into(),
        price: pesos(price),
        tax_price: pesos(price * 119 / 100),
        poid_type: "/service".into(),
    }
}

fn line(at: usize, status: ProvisioningState) -> Line {
    let msisdn = format!("57300{at:07}").parse().unwrap();
    Line { id: at.to_string(), msisdn, poid: String::new(), kind: "MOVIL".into(), status }
}

fn today() -> NaiveDate {
    "2026-03-10".parse().unwrap()
}

/// Completes pending changes: how many were activated and removed.
fn done(services: &mut Services) -> (usize, usize) {
    let done = services.complete(today());
    (done.activated, done.removed)
}

/// Active services with the ids 1, 2 …
fn active(codes: &[usize]) -> Services {
    let mut services = Services::default();
    let sold: Vec<_> = codes.iter().map(|at| sold(*at)).collect();
    services.add(&sold.iter().collect::<Vec<_>>()).unwrap();
    services.complete(today());
    services
}

fn seen(services: &Services) -> Vec<(u64, &str, ProvisioningState)> {
    services.list().iter().map(|service| (service.id, service.partnum.as_str(), service.status)).collect()
}

use ProvisioningState::{Active, InProcess, ToBeRemoved};

#[test]
fn what_is_added_is_in_process_until_the_purchase_is_completed() {
    let mut services = active(&[0]);
    assert_eq!(services.add(&[&sold(1), &sold(2)]), Ok(2));
    assert_eq!(seen(&services), [(1, "PN-1", Active), (2, "PN-2", InProcess), (3, "PN-3", InProcess)]);
    assert_eq!(done(&mut services), (2, 0));
    assert_eq!(seen(&services), [(1, "PN-1", Active), (2, "PN-2", Active), (3, "PN-3", Active)]);
    assert_eq!(done(&mut services), (0, 0));
}

#[test]
fn what_is_there_is_not_added_twice() {
    let mut services = active(&[0]);
    assert_eq!(services.add(&[&sold(0), &sold(1), &sold(1)]), Ok(1));
    assert_eq!(services.add(&[&sold(1)]), Ok(0));
    assert_eq!(seen(&services), [(1, "PN-1", Active), (2, "PN-2", InProcess)]);
}

#[test]
fn what_is_marked_disappears_unless_it_is_asked_for_again() {
    let mut services = active(&[0, 1]);
    assert_eq!(services.mark(&[partnum(0), partnum(1)]).unwrap(), 2);
    assert_eq!(services.mark(&[partnum(0)]).unwrap(), 0);
    assert_eq!(services.add(&[&sold(1)]), Ok(1));
    assert_eq!(seen(&services), [(1, "PN-1", ToBeRemoved), (2, "PN-2", InProcess)]);
    assert_eq!(done(&mut services), (1, 1));
    assert_eq!(seen(&services), [(2, "PN-2", Active)]);
    assert!(matches!(services.mark(&[partnum(0)]), Err(Error::NotFound(_))));
}

#[test]
fn a_replaced_service_keeps_its_id() {
    let mut services = active(&[0, 1]);
    assert_eq!(services.replace(&[(2, &sold(3))]).unwrap(), 1);
    assert_eq!(seen(&services), [(1, "PN-1", Active), (2, "PN-4", InProcess)]);
    assert_eq!(services.replace(&[(2, &sold(3))]).unwrap(), 0, "again");
    assert!(matches!(services.clone().replace(&[(9, &sold(4))]), Err(Error::NotFound(_))));
    assert!(matches!(services.clone().replace(&[(2, &sold(0))]), Err(Error::Refused(_))));
    assert_eq!(services.replace(&[(1, &sold(3)), (2, &sold(0))]).unwrap(), 2, "two may change places");
}

#[test]
fn an_id_is_never_given_twice() {
    let mut services = active(&[0, 1]);
    services.mark(&[partnum(1)]).unwrap();
    services.complete(today());
    services.add(&[&sold(2)]).unwrap();
    assert_eq!(seen(&services), [(1, "PN-1", Active), (3, "PN-3", InProcess)]);
}

#[test]
fn a_profile_has_only_so_many_services() {
    let sold: Vec<_> =
        (0..=MOST).map(|at| CatalogueService { partnum: format!("PN-{at}").parse().unwrap(), ..sold(0) }).collect();
    let wanted: Vec<_> = sold.iter().collect();
    assert!(Services::default().add(&wanted).is_err());
    assert_eq!(Services::default().add(&wanted[1..]), Ok(MOST));
}

#[test]
fn totals_count_what_is_active() {
    let mut services = active(&[0, 1]);
    services.add(&[&sold(4)]).unwrap();
    let lines = [line(1, Active), line(2, Active), line(3, InProcess), line(4, ToBeRemoved)];
    let totals = Totals::of(&lines, &services, Currency::COP).unwrap();
    assert_eq!((totals.lines, totals.services), (2, 2));
    assert_eq!((totals.value, totals.total_value), (pesos(3_000), pesos((1_200 + 2_400) * 2)));
    assert!(Totals::of(&lines, &services, Currency::USD).is_err());
}

#[derive(Debug, Clone)]
enum Step {
    Add(Vec<usize>),
    Mark(Vec<usize>),
    Replace(Vec<(u64, usize)>),
    Complete,
}

fn step() -> impl Strategy<Value = Step> {
    let codes = || proptest::collection::vec(0..CODES.len(), 1..4);
    prop_oneof![
        codes().prop_map(Step::Add),
        codes().prop_map(Step::Mark),
        proptest::collection::vec((0..12_u64, 0..CODES.len()), 1..4).prop_map(Step::Replace),
        Just(Step::Complete),
    ]
}

/// Applies a step in full or not at all, as a handler does.
fn take(services: &mut Services, step: &Step) {
    let mut changed = services.clone();
    let kept = match step {
        Step::Add(codes) => {
            let sold: Vec<_> = codes.iter().map(|at| sold(*at)).collect();
            changed.add(&sold.iter().collect::<Vec<_>>()).is_ok()
        }
        Step::Mark(codes) => changed.mark(&codes.iter().map(|at| partnum(*at)).collect::<Vec<_>>()).is_ok(),
        Step::Replace(rows) => {
            let sold: Vec<_> = rows.iter().map(|(id, at)| (*id, sold(*at))).collect();
            changed.replace(&sold.iter().map(|(id, sold)| (*id, sold)).collect::<Vec<_>>()).is_ok()
        }
        Step::Complete => done(&mut changed).0 < usize::MAX,
    };
    if kept {
        *services = changed;
    }
}

proptest! {
    #[test]
    fn totals_are_what_a_recomputation_says(
        steps in proptest::collection::vec(step(), 0..24),
        states in proptest::collection::vec(0..3_u8, 0..8),
    ) {
        let state = |at: &u8| [Active, InProcess, ToBeRemoved][usize::from(*at)];
        let lines: Vec<_> = states.iter().enumerate().map(|(at, of)| line(at, state(of))).collect();
        let mut services = active(&[0, 2]);
        for step in &steps {
            take(&mut services, step);
            let totals = Totals::of(&lines, &services, Currency::COP).unwrap();
            // Once more, by hand and from what a caller is shown.
            let shown = serde_json::to_value(&services).unwrap();
            let is_active = |row: &serde_json::Value| row["status"] == "P";
            let rows: Vec<_> = shown["list"].as_array().unwrap().iter().filter(|row| is_active(row)).collect();
            let whole = |minor: i64| (minor + 50) / 100 * 100;
            let sum = |name: &str| rows.iter().map(|row| whole(row[name]["minor"].as_i64().unwrap())).sum::<i64>();
            let count = lines.iter().filter(|line| line.status == Active).count();
            prop_assert_eq!(totals.lines, count as u64);
            prop_assert_eq!(totals.services, rows.len() as u64);
            prop_assert_eq!(totals.value.minor, sum("price"));
            prop_assert_eq!(totals.total_value.minor, sum("tax_price") * i64::try_from(count).unwrap());
        }
    }

    #[test]
    fn no_step_makes_two_services_of_one_id_or_one_partnum(steps in proptest::collection::vec(step(), 0..24)) {
        let mut services = Services::default();
        for step in &steps {
            take(&mut services, step);
            let ids: BTreeSet<_> = services.list().iter().map(|service| service.id).collect();
            prop_assert_eq!(ids.len(), services.list().len());
            let staying: Vec<_> = services.list().iter().filter(|s| s.stays()).map(|s| &s.partnum).collect();
            prop_assert_eq!(staying.iter().collect::<BTreeSet<_>>().len(), staying.len());
            let before = services.clone();
            let mut again = services.clone();
            take(&mut again, step);
            if !matches!(step, Step::Replace(_)) {
                prop_assert_eq!(again, before, "a step that is taken again changes nothing: {:?}", step);
            }
        }
    }
}

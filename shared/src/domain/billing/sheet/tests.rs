use super::*;

fn price(plan: &str, from: &str, price: &str, name: Option<&str>) -> Entry {
    Entry::PlanPrice(PlanPrice {
        plan: plan.parse().unwrap(),
        from: from.parse().unwrap(),
        price: price.parse().unwrap(),
        name: name.map(str::to_owned),
        charged: None,
        tax: None,
    })
}

fn zone(prefix: &str, zone: Option<&str>) -> Entry {
    Entry::Zone(ZonePrefix {
        sheet: ZoneSheet::International,
        prefix: prefix.to_owned(),
        from: "2026-01-01".parse().unwrap(),
        zone: zone.map(|zone| zone.parse().unwrap()),
    })
}

fn grown(tariff: &Tariff, lines: &[Entry]) -> Result<Tariff, Vec<(usize, String)>> {
    let refused = |(at, reason): (usize, Invalid)| (at, reason.to_string());
    tariff.grown(lines.iter().enumerate()).map_err(|wrong| wrong.into_iter().map(refused).collect())
}

#[test]
fn a_sheet_makes_the_next_version_and_the_same_sheet_none() {
    let sheet = [price("A", "2026-01-01", "30", Some("Plan A")), zone("34", Some("europa")), zone("", Some("mundo"))];
    let first = grown(&Tariff::default(), &sheet).unwrap();
    assert_eq!(first.version, 1);
    assert_eq!(grown(&first, &sheet).unwrap(), first);
    let later = grown(&first, &[price("A", "2026-06-01", "33", None)]).unwrap();
    let on = |day: &str| later.plans[&"A".parse().unwrap()].monthly.on(day.parse().unwrap()).unwrap().price.to_string();
    assert_eq!((later.version, on("2026-05-31"), on("2026-06-01")), (2, "30".to_owned(), "33".to_owned()));
    let zone = |number| later.rating.international.of(number, "2026-02-01".parse().unwrap()).unwrap().to_string();
    assert_eq!((zone(34_600), zone(49_600)), ("europa".to_owned(), "mundo".to_owned()));
}

#[test]
fn every_line_that_cannot_be_taken_is_named() {
    let allowance = Entry::Allowance(PlanAllowance {
        plan: "B".parse().unwrap(),
        id: "voz".parse().unwrap(),
        units: None,
        classes: vec!["voice".parse().unwrap()],
    });
    let sheet = [price("A", "2026-01-01", "30", None), allowance, zone("3x", None), zone("34", None)];
    let wrong = grown(&Tariff::default(), &sheet).unwrap_err();
    let lines: Vec<_> = wrong.iter().map(|(at, _)| *at).collect();
    assert_eq!(lines, [0, 1, 2], "{wrong:?}");
    assert_eq!(wrong[0].1, "name: must be given with the first price");
    assert_eq!(wrong[1].1, "plan: must have a price; its plan_price comes first");
}

#[test]
fn an_allowance_told_again_keeps_its_place() {
    let allowance = |id: &str, units| {
        Entry::Allowance(PlanAllowance {
            plan: "A".parse().unwrap(),
            id: id.parse().unwrap(),
            units,
            classes: vec!["voice".parse().unwrap()],
        })
    };
    let sheet = [
        price("A", "2026-01-01", "30", Some("A")),
        allowance("one", Some(1)),
        allowance("two", None),
        allowance("one", Some(5)),
    ];
    let tariff = grown(&Tariff::default(), &sheet).unwrap();
    let units: Vec<_> = tariff.plans[&"A".parse().unwrap()].allowances.iter().map(|own| own.units).collect();
    assert_eq!(units, [Some(5), None]);
}

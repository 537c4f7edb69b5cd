//! A contract through a plan change after its advance bill and a changed cycle day, to the cent.

use serde_json::json;

use super::{LINE, World, day};

#[test]
fn a_plan_change_after_the_run_and_a_changed_cycle_day_cost_what_they_should() {
    let mut world = World::new("2026-01-29", 1).with_plan("A");
    world.use_units("2026-01-30", "voice.onnet", 25);
    // ceil(100 * 3/31) = 10 of the 25 units are included.
    assert_eq!(world.run("2026-02-01"), ["2.90 + 30.00 + 1.50; tax 6.54, total 40.94"]);
    world.change_plan("2026-02-01T10:00:00-05:00", "B");
    world.ledger.contract.cycle = serde_json::from_value(
        json!({ "day": 1, "changes": [{ "at": "2026-02-10T12:00:00-05:00", "id": "1", "day": 6 }] }),
    )
    .unwrap();
    assert_eq!(world.run("2026-03-01"), ["60.00 + 9.68 + -30.00; tax 7.54, total 47.22"]);
    assert_eq!(world.run("2026-03-06"), ["60.00; tax 11.40, total 71.40"]);
    assert_eq!(world.run("2026-04-06"), ["60.00; tax 11.40, total 71.40"]);
    assert_eq!(world.run("2026-04-06"), [""; 0], "a second run on the same day");
    assert_eq!(world.billed.through(), Some(day("2026-04-05")));
}

#[test]
fn every_line_says_where_it_comes_from() {
    let mut world = World::new("2026-01-29", 1).with_plan("A");
    world.use_units("2026-01-30", "voice.onnet", 25);
    let settlement = world.close_one("2026-02-01").unwrap().unwrap();
    let lines = &settlement.documents()[0].lines;
    let told: Vec<_> = lines.iter().map(|line| (line.text.as_str(), line.key.to_string())).collect();
    assert_eq!(
        told,
        [
            ("Plan A, 3/31 días", format!("2026-01-01/plan/{LINE}/A/2020-01-01/IVA19")),
            (
                "Plan A (cobro anticipado, se liquida en la próxima factura)",
                format!("2026-02-01/plan/{LINE}/A/2020-01-01/IVA19")
            ),
            ("Llamadas a la misma red", format!("2026-01-01/usage/{LINE}/A:voice.onnet/2020-01-01/IVA19")),
        ]
    );
    let sources: Vec<_> = lines.iter().map(|line| serde_json::to_value(&line.source).unwrap()).collect();
    let days = |from: &str, to: &str| json!({ "from": from, "to": to });
    assert_eq!(
        sources,
        [
            json!({ "monthly": { "price": "30", "days": [days("2026-01-29", "2026-01-31")], "times": 3, "of": 31, "charged": "advance" } }),
            json!({ "monthly": { "price": "30", "days": [days("2026-02-01", "2026-02-28")], "times": 28, "of": 28, "charged": "advance" } }),
            json!({ "usage": { "class": "voice.onnet", "units": 15, "all": 25, "price": "0.1", "per": 1,
                "days": days("2026-01-30", "2026-01-30") } }),
        ]
    );
    let priced = world.price("2026-01-01").unwrap();
    let served = &priced.served[0];
    assert_eq!((served.units, served.used.iter().map(|(_, units)| *units).collect::<Vec<_>>()), (Some(10), vec![10]));
}

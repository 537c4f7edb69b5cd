//! Services in the ledger: which profile has had which from which day to which, whatever came in between.

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};
use shared::domain::billing::ledger::ServiceSpan;
use tests::World;

use crate::beside::{beside, import_beside};

const PROFILE: &str = "10020101";
const CONTRACT: &str = "500201";
const TODAY: &str = "2026-03-10";

/// The spans of the profile on a contract: service, from, to.
async fn spans(world: &World, contract: &str) -> Vec<(String, String, Option<String>)> {
    let own = |span: &ServiceSpan| span.profile.as_ref().is_some_and(|profile| profile.as_str() == PROFILE);
    let spans = world.ledger(contract).await.services.into_iter().filter(own);
    spans.map(|span| (span.service.to_string(), span.from.to_string(), span.to.map(|to| to.to_string()))).collect()
}

fn span(service: &str, from: &str, to: Option<&str>) -> (String, String, Option<String>) {
    (service.to_owned(), from.to_owned(), to.map(ToOwned::to_owned))
}

async fn pass(world: &World, days: i64) -> NaiveDate {
    world.clock.set(world.clock.now() + TimeDelta::days(days));
    world.forget_tokens().await;
    world.today()
}

async fn buy(world: &World, method: &str, path: &str, body: &Value) {
    let caller = world.client("demo-globex");
    caller.send(method, path, &[("content-type", "application/json")], &body.to_string()).await.expect(200);
    caller.post("/accounts/100201/processes", &json!({})).await.expect(200);
}

/// A profile as a load of its present state has it.
async fn record(world: &World, profile: &str) -> Value {
    let reader = world.operator.writer.reader();
    let (profile, services) = reader.profile_and_services(&profile.parse().unwrap()).await.unwrap();
    let mut services = serde_json::to_value(services.list()).unwrap();
    for service in services.as_array_mut().unwrap() {
        service.as_object_mut().unwrap().remove("charged");
    }
    json!({"type": "profile", "profile": profile.unwrap(), "services": services})
}

#[tokio::test]
async fn services_are_charged_from_day_to_day_whatever_is_bought_after() {
    let world = World::demo().await;
    let begin = "2025-12-30";
    let loaded = [span("PN-DATOS-02", begin, None), span("PN-VOZ-01", begin, None)];
    assert_eq!(spans(&world, CONTRACT).await, loaded);
    let services = format!("/profiles/{PROFILE}/services");
    buy(&world, "POST", &services, &json!({"serviceCollection": [{"partnum": "PN-SMS-01"}]})).await;
    let later = pass(&world, 5).await.to_string();
    let remove = json!({"serviceCollection": [{"partnum": "PN-VOZ-01"}]});
    buy(&world, "DELETE", &format!("/profiles/{PROFILE}"), &remove).await;
    let replace = json!({"service": [{"id": 600902, "partnum": "PN-DATOS-01"}]});
    buy(&world, "PUT", &format!("/profile/{PROFILE}"), &replace).await;
    let expected = [
        span("PN-DATOS-01", &later, None),
        span("PN-DATOS-02", begin, Some("2026-03-14")),
        span("PN-SMS-01", TODAY, None),
        span("PN-VOZ-01", begin, Some("2026-03-15")),
    ];
    assert_eq!(spans(&world, CONTRACT).await, expected);
    // The same state, loaded again, says nothing new.
    let before = world.items();
    world.import(&[record(&world, PROFILE).await]).await.unwrap();
    let news: Vec<_> = world.items().into_iter().filter(|item| !before.contains(item)).collect();
    assert!(news.iter().all(|item| item.contains("IMPORT")), "{news:?}");
}

/// Guard: a profile that is there is changed at the revision of its services.
#[tokio::test]
async fn a_load_beside_a_purchase_leaves_services_and_ledger_telling_the_same() {
    let world = Arc::new(World::demo().await);
    let mut record = record(&world, PROFILE).await;
    record["profile"]["name"] = json!("Taller central");
    let purchase = |world: Arc<World>| async move {
        let services = json!({"serviceCollection": [{"partnum": "PN-SMS-01"}]});
        buy(&world, "POST", &format!("/profiles/{PROFILE}/services"), &services).await;
    };
    import_beside(&world, &[record], purchase).await;
    let reader = world.operator.writer.reader();
    let (profile, services) = reader.profile_and_services(&PROFILE.parse().unwrap()).await.unwrap();
    assert_eq!((profile.unwrap().name.as_str(), services.list().len()), ("Taller central", 2), "as the record says");
    let expected = [
        span("PN-DATOS-02", "2025-12-30", None),
        span("PN-SMS-01", TODAY, Some(TODAY)),
        span("PN-VOZ-01", "2025-12-30", None),
    ];
    assert_eq!(spans(&world, CONTRACT).await, expected, "and so the ledger");
}

/// Guard: the services are read before their profiles. Read after them they would be at their newest revision, and the old
/// account would buy what the new one has asked for.
#[tokio::test]
async fn a_purchase_beside_a_move_buys_nothing_for_the_account_that_the_profile_has_left() {
    let world = Arc::new(World::demo().await);
    let reader = world.operator.writer.reader();
    let (account, listed) = reader.account_to_change(&"100101".parse().unwrap()).await.unwrap();
    let account = account.unwrap();
    let moves = |world: Arc<World>| async move {
        let mut record = record(&world, "10010101").await;
        record["profile"]["account"] = json!("100102");
        world.import_apart(vec![record]).await.unwrap();
    };
    let way = beside(&world, "BatchGetItem", 1, moves);
    let purchased = world.store.target_through(way).writer.reader().purchased(&account, &listed.rows).await.unwrap();
    let (moved, _) = reader.profile_and_services(&"10010101".parse().unwrap()).await.unwrap();
    assert_eq!(moved.unwrap().account.as_str(), "100102", "it has moved between the two reads");
    for (profile, services) in purchased {
        let (now, present) = reader.profile_and_services(&profile.id).await.unwrap();
        let goes_through = services.rev == present.rev;
        assert!(now.unwrap().account == account.id || !goes_through, "{} is not the account's any more", profile.id);
    }
}

#[tokio::test]
async fn a_profile_that_moves_is_paid_by_its_old_contract_until_today_and_by_the_new_one_from_tomorrow() {
    let world = World::demo().await;
    let mut record = record(&world, PROFILE).await;
    record["profile"]["contract"] = json!("500202");
    world.import(&[record.clone()]).await.unwrap();
    let left = [span("PN-DATOS-02", "2025-12-30", Some(TODAY)), span("PN-VOZ-01", "2025-12-30", Some(TODAY))];
    assert_eq!(spans(&world, CONTRACT).await, left);
    let next = "2026-03-11";
    assert_eq!(spans(&world, "500202").await, [span("PN-DATOS-02", next, None), span("PN-VOZ-01", next, None)]);
    // And back, a week later.
    let later = pass(&world, 7).await;
    record["profile"]["contract"] = json!(CONTRACT);
    world.import(&[record]).await.unwrap();
    let back = later.succ_opt().unwrap().to_string();
    let again = spans(&world, CONTRACT).await;
    assert_eq!(
        again.iter().filter(|(.., to)| to.is_none()).map(|(_, from, _)| from).collect::<Vec<_>>(),
        [&back, &back]
    );
    assert!(spans(&world, "500202").await.iter().all(|(.., to)| *to == Some(later.to_string())));
}

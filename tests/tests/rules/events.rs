//! Every sample event of `events/`, given to its function over the demo data.

use serde_json::{Value, json};
use tests::{World, contract, rows};

use crate::stage::Stage;

fn sample(file: &str) -> Value {
    serde_json::from_str(&tests::file(&format!("events/{file}"))).unwrap()
}

fn status(answer: &Value) -> u16 {
    answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap()
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default()
}

#[tokio::test]
async fn every_sample_event_of_an_operation_is_a_good_call_on_the_demo_data() {
    for row in rows::all() {
        let world = World::demo().await;
        let stage = Stage::of(&world);
        stage.prepare(&row).await;
        let event = stage.event(&row).await;
        let answer = stage.call(row.function, event).await;
        let (status, body) = (status(&answer), body(&answer));
        let is_good = (200..300).contains(&status) || row.op == "BillDocument" && status == 302;
        assert!(is_good, "{}: {answer}", row.file());
        let complaint = contract::complaint(&row.method, row.path, status, &body);
        assert_eq!(complaint, None, "{}: {answer}", row.file());
    }
}

#[tokio::test]
async fn the_invented_credentials_of_the_token_samples_are_refused() {
    let world = World::demo().await;
    let stage = Stage::of(&world);
    for row in rows::all().into_iter().filter(|row| row.function == "token" && row.method == "POST") {
        let answer = stage.call("token", row.event()).await;
        assert_eq!((status(&answer), &body(&answer)["error"]), (401, &json!("invalid_client")), "{}", row.file());
    }
}

#[tokio::test]
async fn the_sample_of_the_authorizer_holds_a_forged_token() {
    let world = World::demo().await;
    let stage = Stage::of(&world);
    let event = sample("authorizer/authorize.json");
    let answer = stage.call("authorizer", event.clone()).await;
    assert_eq!(answer, json!({ "isAuthorized": true, "context": { "verdict": "invalid_token" } }));
    let mut good = event;
    good["identitySource"] = json!([format!("Bearer {}", stage.token().await)]);
    assert_eq!(stage.call("authorizer", good).await["context"]["verdict"], "valid");
}

#[tokio::test]
async fn the_sample_of_the_default_function_is_not_found() {
    let world = World::demo().await;
    let answer = Stage::of(&world).call("not-found", sample("not-found/not-found.json")).await;
    assert_eq!((status(&answer), &body(&answer)["error"]["statusCode"]), (404, &json!("404")));
}

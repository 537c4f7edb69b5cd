//! The compiled functions, as processes under a local Lambda Runtime API, answer their sample events.
//!
//! The binaries are targets of this package made of the functions' own `main.rs`, so cargo builds them before this test
//! and says where they are.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod events;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tests::contract;
use tests::emulated::Emulated;
use tests::runtime_api::{Outcome, Process};

/// The binary of a function.
fn binary(function: &str) -> &'static Path {
    Path::new(match function {
        "token" => env!("CARGO_BIN_EXE_function-token"),
        "authorizer" => env!("CARGO_BIN_EXE_function-authorizer"),
        "not-found" => env!("CARGO_BIN_EXE_function-not-found"),
        "subscribers" => env!("CARGO_BIN_EXE_function-subscribers"),
        "billing" => env!("CARGO_BIN_EXE_function-billing"),
        "accounts" => env!("CARGO_BIN_EXE_function-accounts"),
        "plans" => env!("CARGO_BIN_EXE_function-plans"),
        "calls" => env!("CARGO_BIN_EXE_function-calls"),
        "customers" => env!("CARGO_BIN_EXE_function-customers"),
        "bill-run" => env!("CARGO_BIN_EXE_function-bill-run"),
        "bill-render" => env!("CARGO_BIN_EXE_function-bill-render"),
        "bill-generate" => env!("CARGO_BIN_EXE_function-bill-generate"),
        "order-fulfilment" => env!("CARGO_BIN_EXE_function-order-fulfilment"),
        "payment-apply" => env!("CARGO_BIN_EXE_function-payment-apply"),
        "payment-ingest" => env!("CARGO_BIN_EXE_function-payment-ingest"),
        "usage-guard" => env!("CARGO_BIN_EXE_function-usage-guard"),
        "usage-ingest" => env!("CARGO_BIN_EXE_function-usage-ingest"),
        "hub" => env!("CARGO_BIN_EXE_function-hub"),
        "limits" => env!("CARGO_BIN_EXE_function-limits"),
        "webhook-deliver" => env!("CARGO_BIN_EXE_function-webhook-deliver"),
        other => panic!("name the binary of {other} in tests/Cargo.toml and here"),
    })
}

#[test]
fn every_function_has_its_binary_here() {
    for function in local::functions::FUNCTIONS {
        assert!(binary(function.name).is_file(), "{}", function.name);
    }
}

/// Starts a function and waits until it asks for its first event.
async fn start(function: &str, deployment: &Emulated) -> Process {
    let environment = deployment.environment(function, &deployment.endpoint());
    let mut process = Process::start(binary(function), function, &environment).await.unwrap();
    process.polled().await.unwrap();
    process
}

fn event(function: &str, name: &str) -> Value {
    serde_json::from_str(&tests::file(&format!("events/{function}/{name}.json"))).unwrap()
}

async fn ask(process: &mut Process, event: &Value) -> Value {
    match process.invoke(event.to_string()).await.unwrap() {
        Outcome::Answer(answer) => answer,
        Outcome::Failed(error) => panic!("the function failed: {error}"),
    }
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default()
}

/// Sample events in an order that succeeds over the same data, with their statuses.
type Sequence = &'static [(&'static str, u64)];

const SUBSCRIBERS: &[Sequence] =
    &[&[("get-status", 200), ("usage-by-hour", 200), ("usage-share", 200), ("put-status", 200), ("get-status", 200)]];

const PLANS: &[Sequence] = &[
    &[
        ("get-plan", 200),
        ("get-lease", 200),
        ("list-plans", 200),
        ("list-upgrades", 200),
        ("add-favourite", 201),
        ("list-favourites", 200),
        ("remove-favourite", 200),
        ("list-offers", 200),
        ("acquire-offer", 201),
        ("drop-offer", 201),
        ("request-subscriptions", 200),
        ("get-upgrade-request", 404),
        ("request-upgrade", 200),
        ("get-upgrade-request", 200),
    ],
    &[("change-plan", 200), ("get-plan", 200)],
];

const BILLING: &[Sequence] = &[&[
    ("list-bills", 200),
    ("list-group-bills", 200),
    ("get-profile", 200),
    ("create-group", 200),
    ("update-group", 200),
    ("delete-group", 200),
]];

const CALLS: &[Sequence] = &[
    &[("list-calls", 200), ("search-calls", 200), ("search-recordings", 200), ("get-recording", 200)],
    &[("erase-recording", 200)],
    &[("delete-recording", 200)],
];

const CUSTOMERS: &[Sequence] = &[&[("get-document", 200), ("get-portfolio", 200), ("list-products", 200)]];

const ACCOUNTS: &[Sequence] = &[&[
    ("find-accounts", 200),
    ("get-account", 200),
    ("list-profiles", 200),
    ("find-line-profile", 200),
    ("get-profile", 200),
    ("list-lines", 200),
    ("list-services", 200),
    ("get-service", 200),
    ("add-services", 200),
    ("remove-services", 200),
    ("replace-services", 200),
    ("complete-purchase", 200),
    ("get-profile", 200),
]];

const HUB: &[Sequence] = &[&[
    ("list-subscriptions", 200),
    ("subscribe", 201),
    ("get-subscription", 200),
    ("unsubscribe", 204),
    ("list-subscriptions", 200),
]];

// Nothing is held on the demo data.
const LIMITS: &[Sequence] = &[&[("get-limits", 200), ("agree-to-roaming", 403)]];

const TOKEN: &[Sequence] = &[&[("jwks", 200), ("metadata", 200), ("issue-token", 401), ("revoke-token", 401)]];

const NOT_FOUND: &[Sequence] = &[&[("not-found", 404)]];

/// Plays the sequences of a function, each in a new process, and each event twice: a repeated write gets its stored
/// answer.
async fn play(function: &str, sequences: &[Sequence]) {
    let told: BTreeSet<String> =
        sequences.iter().flat_map(|sequence| sequence.iter()).map(|(name, _)| format!("{name}.json")).collect();
    let files = std::fs::read_dir(tests::root().join("events").join(function)).unwrap();
    let files: BTreeSet<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(told, files, "every sample event of {function} belongs into a sequence");
    for sequence in sequences {
        let deployment = Emulated::demo().await;
        let mut process = start(function, &deployment).await;
        for (name, status) in *sequence {
            let event = event(function, name);
            let first = ask(&mut process, &event).await;
            assert_eq!(first["statusCode"], *status, "{name}: {first}");
            let http = &event["requestContext"]["http"];
            let (method, path) = (http["method"].as_str().unwrap(), http["path"].as_str().unwrap());
            let status = u16::try_from(*status).unwrap();
            assert_eq!(contract::complaint(method, path, status, &body(&first)), None, "{name}: {first}");
            let second = ask(&mut process, &event).await;
            assert_eq!(second["statusCode"], status, "{name}, the second time: {second}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_function_answers_its_sample_events() {
    play("token", TOKEN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_subscriber_function_answers_its_sample_events() {
    play("subscribers", SUBSCRIBERS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_function_answers_its_sample_events() {
    play("accounts", ACCOUNTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_function_answers_its_sample_events() {
    play("plans", PLANS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_billing_function_answers_its_sample_events() {
    play("billing", BILLING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_function_answers_its_sample_events() {
    play("calls", CALLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_function_answers_its_sample_events() {
    play("customers", CUSTOMERS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_of_subscriptions_answers_its_sample_events() {
    play("hub", HUB).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_of_limits_answers_its_sample_events() {
    play("limits", LIMITS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_for_everything_else_answers_its_sample_event() {
    play("not-found", NOT_FOUND).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorizer_lets_its_sample_pass_with_a_bad_verdict() {
    let deployment = Emulated::demo().await;
    let mut authorizer = start("authorizer", &deployment).await;
    for _ in 0..2 {
        let answer = ask(&mut authorizer, &event("authorizer", "authorize")).await;
        assert_eq!(answer, json!({ "isAuthorized": true, "context": { "verdict": "invalid_token" } }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_process_opens_the_others() {
    let deployment = Emulated::demo().await;
    let (mut token, mut authorizer) = (start("token", &deployment).await, start("authorizer", &deployment).await);
    let mut plans = start("plans", &deployment).await;

    let mut request = event("token", "issue-token");
    request["headers"]["authorization"] = deployment.basic("demo-portal").into();
    let issued = ask(&mut token, &request).await;
    assert_eq!(issued["statusCode"], 200, "{issued}");
    let issued = body(&issued)["access_token"].as_str().unwrap().to_owned();

    let mut question = event("authorizer", "authorize");
    question["identitySource"] = json!([format!("Bearer {issued}")]);
    let verdict = ask(&mut authorizer, &question).await;
    assert_eq!(verdict["context"]["verdict"], "valid", "{verdict}");

    let mut request = event("plans", "get-plan");
    request["requestContext"]["authorizer"]["lambda"] = verdict["context"].clone();
    let plan = ask(&mut plans, &request).await;
    assert_eq!(plan["statusCode"], 200, "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_is_reported_and_the_next_one_is_answered() {
    let deployment = Emulated::demo().await;
    for function in ["token", "authorizer", "not-found", "subscribers", "plans", "accounts"] {
        let mut process = start(function, &deployment).await;
        for malformed in ["", "no JSON", "[]", r#"{"version":"2.0","headers":7}"#] {
            let outcome = process.invoke(malformed).await.unwrap();
            let Outcome::Failed(error) = outcome else { panic!("{function}: {malformed}: {outcome:?}") };
            assert!(error["errorType"].is_string() && error["errorMessage"].is_string(), "{function}: {error}");
        }
        let (name, _) = match function {
            "token" => TOKEN[0][0],
            "authorizer" => ("authorize", 200),
            "not-found" => NOT_FOUND[0][0],
            "subscribers" => SUBSCRIBERS[0][0],
            "accounts" => ACCOUNTS[0][0],
            _ => PLANS[0][0],
        };
        ask(&mut process, &event(function, name)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_environment_fails_the_start_and_names_the_variable() {
    let deployment = Emulated::demo().await;
    let wrong = [("COUNTRY", "xx"), ("TOKEN_TTL", "an hour"), ("AWS_ENDPOINT_URL_DYNAMODB", "http://table.example")];
    for (name, value) in wrong {
        let mut environment = deployment.environment("token", &deployment.endpoint());
        environment.insert(name.to_owned(), value.to_owned());
        let mut process = Process::start(binary("token"), "token", &environment).await.unwrap();
        let error = process.polled().await.unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_out_of_reach_delays_no_start_for_long_and_costs_no_process() {
    let deployment = Emulated::demo().await;
    let mut environment = deployment.environment("plans", &deployment.endpoint());
    // The discard port, where nobody listens.
    environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), "http://127.0.0.1:9".to_owned());
    let mut process = Process::start(binary("plans"), "plans", &environment).await.unwrap();
    process.polled().await.unwrap();
    for _ in 0..2 {
        let answer = ask(&mut process, &event("plans", "get-plan")).await;
        assert_eq!(answer["statusCode"], 503, "{answer}");
        assert!(answer["headers"]["retry-after"].is_string(), "{answer}");
    }
}

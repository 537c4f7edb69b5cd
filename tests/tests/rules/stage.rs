//! A world's functions, invoked with events and without a gateway, with their requests to the table observed.

use std::collections::BTreeMap;
use std::time::Duration;

use local::functions::{Deployment, functions};
use local::gateway::Function;
use local::in_process::http_client;
use serde_json::{Value, json};
use shared::domain::country::Country;
use shared::domain::event::Whom;
use tests::World;
use tests::connector::trips::Trips;
use tests::rows::{self, Row};
use tests::world::LINE;

/// Freshly started functions.
pub struct Stage<'w> {
    world: &'w World,
    functions: BTreeMap<String, Function>,
    trips: Trips,
}

impl<'w> Stage<'w> {
    /// The functions over the table of a world.
    pub fn of(world: &'w World) -> Self {
        let access = &world.access;
        let trips = Trips::around(access.around(world.meter.connector()));
        let deployment = Deployment {
            country: Country::by_code("co").unwrap(),
            clock: world.clock.clone(),
            issuer: "https://api.example".to_owned(),
            files: world.store.bucket.files("https://files.example").unwrap(),
            queues: http_client(world.queues.connector()),
            outside: world.outside.clone(),
        };
        let functions = functions(&deployment, || world.store.target_through(http_client(trips.connector())));
        let functions = access.known(functions);
        Self { world, functions, trips }
    }

    /// Their names.
    pub fn names(&self) -> Vec<&str> {
        self.functions.keys().map(String::as_str).collect()
    }

    /// Invokes a function.
    pub async fn call(&self, function: &str, event: Value) -> Value {
        self.functions[function](event, Duration::from_secs(5)).await.unwrap()
    }

    /// Invokes an operation's function with its sample event, after the ones that must come before.
    pub async fn prepare(&self, row: &Row) {
        if let Some(before) = row.before() {
            self.call(before.function, without_key(before.event())).await;
        }
        if row.wants_a_hold() {
            self.world.hold_roaming(LINE).await;
        }
        if row.op == "BillDocument" {
            self.world.order_run("of-a-document", "2026-02-15", false, Whom::All).await;
        }
    }

    /// An operation's sample event, with valid credentials where the sample's are invented.
    pub async fn event(&self, row: &Row) -> Value {
        let mut event = row.event();
        if row.function == "token" && row.method == "POST" {
            event["headers"]["authorization"] = json!(self.world.basic("demo-portal"));
        }
        if row.op == "RevokeToken" {
            event["body"] = json!(format!("token={}", self.token().await));
            event["isBase64Encoded"] = json!(false);
        }
        if row.op == "BillDocument" {
            event["pathParameters"]["link"] = json!(self.document_link().await);
        }
        event
    }

    /// The last part of a link to a bill's document, as the list of bills has it.
    async fn document_link(&self) -> String {
        let listed = self.world.portal().get("/customers/CODE/1001/bills?limit=100").await.expect(200);
        let bills = listed.at("/invoice");
        let mut links = bills.as_array().unwrap().iter().filter_map(|bill| bill["attachment"].as_str());
        links.next().unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// A token of the demo portal.
    pub async fn token(&self) -> String {
        let row = rows::all().into_iter().find(|row| row.op == "IssueToken").unwrap();
        let mut event = row.event();
        event["headers"]["authorization"] = json!(self.world.basic("demo-portal"));
        let answer = self.call("token", event).await;
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Round trips to the table since this was last read.
    pub fn take_trips(&self) -> usize {
        self.trips.take()
    }
}

/// The event without its `Idempotency-Key`.
pub fn without_key(mut event: Value) -> Value {
    event["headers"].as_object_mut().unwrap().remove("idempotency-key");
    event
}

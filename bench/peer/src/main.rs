//! Reads one small item with the SDK's defaults behind axum's router: no authentication, no log, no budget, no model. One thread, which
//! is the faster way for a function.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new().route("/billing/subscribers/{msisdn}/status", get(status)).with_state(client);
    lambda_http::run(app).await
}

async fn status(State(client): State<Client>, Path(msisdn): Path<String>) -> Result<Json<Value>, StatusCode> {
    let key = |part: &str| AttributeValue::S(part.to_owned());
    let table = std::env::var("TABLE_NAME").map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let read = client.get_item().table_name(table).key("pk", key(&format!("SUB#57{msisdn}"))).key("sk", key("S"));
    let item = read.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?.item.ok_or(StatusCode::NOT_FOUND)?;
    let contract = item.get("contract").and_then(|contract| contract.as_s().ok()).ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({ "msisdn": msisdn, "contract": contract })))
}

//! The Lambda binary that carries out orders.

use order_fulfilment::OrderFulfilment;
use shared::lambda::{boot, run_consumer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run_consumer(OrderFulfilment::new(boot.base().await, boot.own_queue(), boot.dead_letters())).await
}

//! The Lambda binary that delivers events to clients' subscriptions.

use shared::lambda::{boot, run_consumer};
use shared::outside::Outside;
use webhook_deliver::WebhookDeliver;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let outside = Outside::new(boot.config.webhook_addresses, boot.config.extra_root.clone());
    let (rings, queues) = (boot.public_rings().await, (boot.own_queue(), boot.dead_letters()));
    run_consumer(WebhookDeliver::new(boot.base().await, rings, outside, queues)).await
}

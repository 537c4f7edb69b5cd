//! The Lambda binary of subscriptions to events.

use hub::Hub;
use shared::lambda::{boot, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run(Hub::new(boot.base().await, boot.config.webhook_addresses)).await
}

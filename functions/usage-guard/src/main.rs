//! The Lambda binary that looks at usage while its period runs.

use shared::lambda::{boot, run_consumer};
use usage_guard::UsageGuard;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run_consumer(UsageGuard::new(boot.base().await, boot.own_queue(), boot.dead_letters())).await
}

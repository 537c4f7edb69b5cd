//! The Lambda binary that takes usage files in.

use shared::lambda::{boot, run_inbox};
use usage_ingest::UsageIngest;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let (own, looks, dead) = (boot.own_queue(), boot.next_queue(), boot.dead_letters());
    run_inbox(UsageIngest::new(boot.base().await, boot.files()?, own, looks, dead)).await
}

//! The Lambda binary that takes payment files in.

use payment_ingest::PaymentIngest;
use shared::lambda::{boot, run_inbox};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run_inbox(PaymentIngest::new(boot.base().await, boot.files()?, boot.own_queue(), boot.dead_letters())).await
}

//! The Lambda binary that applies payments.

use payment_apply::PaymentApply;
use shared::lambda::{boot, run_consumer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run_consumer(PaymentApply::new(boot.base().await, boot.dead_letters())).await
}

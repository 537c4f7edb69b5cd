//! The Lambda binary of the billing operations.

use billing::Billing;
use shared::lambda::{boot, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run(Billing::new(boot.base().await)).await
}

//! The Lambda binary that begins and closes bill runs.

use bill_run::BillRun;
use shared::lambda::{boot, run_consumer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run_consumer(BillRun::new(boot.base().await, boot.own_queue(), boot.next_queue(), boot.dead_letters())).await
}

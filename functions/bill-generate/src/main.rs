//! The Lambda binary that bills pages of contracts.

use bill_generate::BillGenerate;
use shared::lambda::{boot, run_consumer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let keys = boot.fiscal_keys();
    run_consumer(BillGenerate::new(boot.base().await, keys, boot.next_queue(), boot.dead_letters())).await
}

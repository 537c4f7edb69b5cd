//! The Lambda binary that makes the documents of bills.

use bill_render::BillRender;
use shared::lambda::{boot, run_open_consumer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let rings = boot.public_rings().await;
    run_open_consumer(BillRender::new(boot.base().await, boot.files()?, rings, boot.dead_letters())).await
}

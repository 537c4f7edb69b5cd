//! The Lambda binary of the subscriber operations.

use shared::lambda::{boot, run};
use subscribers::Subscribers;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run(Subscribers::new(boot.base().await)).await
}

//! The Lambda binary of limits of usage.

use limits::Limits;
use shared::lambda::{boot, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run(Limits::new(boot.base().await)).await
}

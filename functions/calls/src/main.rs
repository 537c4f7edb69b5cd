//! The Lambda binary of the call operations.

use calls::Calls;
use shared::lambda::{boot, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run(Calls::new(boot.base().await, boot.files()?)).await
}

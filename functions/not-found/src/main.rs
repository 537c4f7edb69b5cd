//! The Lambda binary behind `$default`.

use not_found::NotFound;
use shared::lambda::{boot, run_open};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    boot().await?;
    run_open(NotFound).await
}

//! The Lambda binary of the plan operations.

use plans::Plans;
use shared::lambda::{boot, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let plans = Plans::new(boot.base().await);
    boot.ahead(plans.read_ahead()).await;
    run(plans).await
}

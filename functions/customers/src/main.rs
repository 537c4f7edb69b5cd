//! The Lambda binary of the customer operations.

use customers::Customers;
use shared::lambda::{boot, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    run(Customers::new(boot.reading_base().await, boot.files()?)).await
}

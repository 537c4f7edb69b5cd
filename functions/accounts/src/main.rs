//! The Lambda binary of the account and profile operations.

use accounts::Accounts;
use shared::lambda::{boot, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let accounts = Accounts::new(boot.base().await);
    boot.ahead(accounts.read_ahead()).await;
    run(accounts).await
}

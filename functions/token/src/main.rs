//! The token function's Lambda binary.

use chrono::TimeDelta;
use shared::auth::token::Realm;
use shared::lambda::{boot, run_open};
use token::Token;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let (base, rings) = tokio::join!(boot.base(), boot.key_rings());
    let realm = Realm { issuer: boot.config.issuer.clone(), audience: boot.config.audience.clone() };
    let life = TimeDelta::seconds(boot.config.token_ttl.into());
    run_open(Token::new(base, rings, realm, life)).await
}

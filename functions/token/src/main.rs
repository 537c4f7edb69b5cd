//! The token function.

use chrono::TimeDelta;
use shared::auth::token::Realm;
use shared::lambda::{boot, run_open};
use token::Token;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let (writer, rings) = tokio::join!(boot.writer(), boot.key_rings());
    let realm = Realm { issuer: boot.config.issuer.clone(), audience: boot.config.audience.clone() };
    let life = TimeDelta::seconds(boot.config.token_ttl.into());
    run_open(Token::new(writer, rings, boot.clock(), realm, life)).await
}

//! The authorizer's Lambda binary.

use std::sync::Arc;

use authorizer::{Authorizer, Question};
use shared::auth::token::Realm;
use shared::lambda::{boot, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let boot = boot().await?;
    let (base, rings) = tokio::join!(boot.reading_base(), boot.public_rings());
    let realm = Realm { issuer: boot.config.issuer.clone(), audience: boot.config.audience.clone() };
    let authorizer = Arc::new(Authorizer::new(base, rings, realm));
    serve(move |question: Question, deadline| {
        let authorizer = Arc::clone(&authorizer);
        async move { authorizer.authorize(&question, deadline).await }
    })
    .await
}

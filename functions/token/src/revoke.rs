//! `POST /oauth/revoke`

use chrono::DateTime;
use shared::auth::token::verify;
use shared::http::{RawRequest, Reply};
use shared::invocation::LogLine;
use shared::table::Changes;

use crate::Token;
use crate::caller::{Credentials, authenticate};
use crate::form::Form;
use crate::refusal::{Refusal, Stop};

/// `POST /oauth/revoke`: 200 for an invalid token too, because it is already what the client wants it to be (RFC 7009,
/// section 2.2). `token_type_hint` is ignored: there is one type.
pub async fn revoke(app: &Token, request: &RawRequest, line: &mut LogLine) -> Result<Reply, Stop> {
    let form = Form::read(request)?;
    let token = form.in_body("token")?.ok_or(Refusal::InvalidRequest("token is missing"))?;
    let credentials = Credentials::read(request, &form)?;
    let now = app.base.clock.now();
    let ring = app.rings.ring(now).await?;
    let client = authenticate(app, &ring, request, &credentials, now, line).await?;
    let done = Reply::text(200, String::new());
    let Ok(claims) = verify(&*ring, &app.realm.at(&request.domain), token, now) else { return Ok(done) };
    if claims.client_id != client.id {
        return Err(Refusal::UnauthorizedClient.into());
    }
    let mut changes = Changes::new();
    changes.revoke_token(&claims.jti, DateTime::from_timestamp(claims.exp, 0).unwrap_or(now));
    app.base.table.commit(changes, None, now).await?;
    Ok(done)
}

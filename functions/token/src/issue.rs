//! `POST /oauth/client_credential/accesstoken`

use lambda_http::http::header::PRAGMA;
use serde_json::json;
use shared::auth::token::{Claims, issue as issue_token};
use shared::auth::{Client, Scopes};
use shared::http::{RawRequest, Reply};
use shared::invocation::LogLine;

use crate::caller::{Credentials, authenticate};
use crate::form::Form;
use crate::refusal::{Refusal, Stop};
use crate::{GRANT_TYPE, Token};

/// `POST /oauth/client_credential/accesstoken`
pub async fn issue(app: &Token, request: &RawRequest, line: &mut LogLine) -> Result<Reply, Stop> {
    let form = Form::read(request)?;
    check_grant(&form)?;
    let wanted = form.anywhere("scope")?;
    let credentials = Credentials::read(request, &form)?;
    let now = app.base.clock.now();
    let ring = app.rings.ring(now).await?;
    let client = authenticate(app, &ring, request, &credentials, now, line).await?;
    let scopes = granted(wanted, &client)?;
    let realm = app.realm.at(&request.domain);
    let (token, claims) = issue_token(&ring, &realm, &client.id, scopes, app.life, now)?;
    Ok(answer(&token, &claims, &client, now.timestamp_millis()))
}

fn check_grant(form: &Form) -> Result<(), Refusal> {
    match form.anywhere("grant_type")? {
        Some(GRANT_TYPE) => Ok(()),
        Some(_) => Err(Refusal::UnsupportedGrantType),
        None => Err(Refusal::InvalidRequest("grant_type is missing")),
    }
}

/// The requested scopes if the client has them all; all of the client's if none are requested.
fn granted(wanted: Option<&str>, client: &Client) -> Result<Scopes, Refusal> {
    let wanted = wanted.map(Scopes::asked_for).transpose().map_err(|_| Refusal::InvalidScope)?.flatten();
    let Some(wanted) = wanted else { return Ok(client.scopes) };
    if wanted.and(client.scopes) == wanted { Ok(wanted) } else { Err(Refusal::InvalidScope) }
}

/// Flat, with the fields of RFC 6749, section 5.1, and the additional ones that older clients read.
fn answer(token: &str, claims: &Claims, client: &Client, now_ms: i64) -> Reply {
    let body = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": claims.exp - claims.iat,
        "scope": claims.scope,
        "issued_at": now_ms.to_string(),
        "client_id": client.id,
        "status": "approved",
        "application_name": client.name,
    });
    Reply::json(200, &body).header(PRAGMA, "no-cache")
}

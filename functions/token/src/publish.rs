//! Public documents: the key set and the server metadata.

use lambda_http::http::header::CACHE_CONTROL;
use serde_json::json;
use shared::error::Result;
use shared::http::{RawRequest, Reply};

use crate::{GRANT_TYPE, Token};

/// Shorter than the time between publishing a key and signing with it.
const CACHED: &str = "public, max-age=300";

/// `GET /.well-known/jwks.json`
pub async fn jwks(app: &Token) -> Result<Reply> {
    let now = app.base.clock.now();
    let ring = app.rings.ring(now).await?;
    Ok(Reply::json(200, &ring.jwks(now)).header(CACHE_CONTROL, CACHED))
}

/// `GET /.well-known/oauth-authorization-server`: RFC 8414, section 2. No endpoint has response types, but the list is
/// required.
pub fn metadata(app: &Token, request: &RawRequest) -> Reply {
    let issuer = app.realm.at(&request.domain).issuer;
    let methods = ["client_secret_basic", "client_secret_post"];
    let body = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/oauth/client_credential/accesstoken"),
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": format!("{issuer}/oauth/revoke"),
        "revocation_endpoint_auth_methods_supported": methods,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "grant_types_supported": [GRANT_TYPE],
        "scopes_supported": ["read", "write"],
        "response_types_supported": [],
    });
    Reply::json(200, &body).header(CACHE_CONTROL, CACHED)
}

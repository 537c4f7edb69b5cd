//! The authorization server: access tokens for clients (RFC 6749, section 4.4), their revocation (RFC 7009), the keys
//! that verify them (RFC 7517) and its own description (RFC 8414).

use chrono::TimeDelta;
use shared::auth::token::Realm;
use shared::auth::{KeyRing, RingCache};
use shared::error::{Error, Result};
use shared::http::{Method, OpenRoute, OpenService, RawRequest, Reply, Shape, fault, open_route};
use shared::invocation::{Base, LogLine};

mod caller;
mod form;
mod issue;
mod publish;
mod refusal;
mod revoke;

use refusal::Stop;

/// The only grant type.
const GRANT_TYPE: &str = "client_credentials";

/// The token function.
pub struct Token {
    base: Base,
    rings: RingCache<KeyRing>,
    realm: Realm,
    life: TimeDelta,
}

impl Token {
    /// A function that issues tokens of this realm with the lifetime `life`.
    pub const fn new(base: Base, rings: RingCache<KeyRing>, realm: Realm, life: TimeDelta) -> Self {
        Self { base, rings, realm, life }
    }
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Issue a token to a client.
    IssueToken,
    /// Revoke a token.
    RevokeToken,
    /// Publish the public keys.
    Jwks,
    /// Publish the server metadata.
    Metadata,
}

impl OpenService for Token {
    type Op = Op;

    const ROUTES: &'static [OpenRoute<Op>] = &[
        open_route(Method::POST, "/oauth/client_credential/accesstoken/", Op::IssueToken),
        open_route(Method::POST, "/oauth/revoke/", Op::RevokeToken),
        open_route(Method::GET, "/.well-known/jwks.json/", Op::Jwks),
        open_route(Method::GET, "/.well-known/oauth-authorization-server/", Op::Metadata),
    ];

    const NAME: &'static str = "token";

    async fn handle(&self, op: Op, request: &RawRequest, line: &mut LogLine) -> Result<Reply> {
        let answer = match op {
            Op::IssueToken => issue::issue(self, request, line).await,
            Op::RevokeToken => revoke::revoke(self, request, line).await,
            Op::Jwks => publish::jwks(self).await.map_err(Stop::from),
            Op::Metadata => Ok(publish::metadata(self, request)),
        };
        answer.or_else(|stop| match stop {
            Stop::Refused(refusal) => {
                line.reason = Some(refusal.description().to_owned());
                Ok(refusal.reply())
            }
            Stop::Failed(error) => Err(error),
        })
    }

    fn unrouted(&self, _: &RawRequest) -> Result<Reply> {
        Err(Error::NotFound("the resource"))
    }

    /// In both forms, like every error of this function. A longer address is an unknown one, and told as such.
    fn fault(&self, _: &RawRequest, error: &Error) -> Reply {
        let shape = if matches!(error, Error::NotFound(_)) { Shape::Wrapped } else { Shape::Token };
        fault::reply(error, shape)
    }
}

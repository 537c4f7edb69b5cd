//! The gateway's authorizer identifies the caller. What the caller may do is decided per route, by the functions.
//!
//! It lets every request pass, with its verdict in the context: only a function can answer the documented 401. When it
//! cannot decide, it fails and the gateway answers 500, because the gateway would cache a wrong verdict.

use std::collections::BTreeMap;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2CustomAuthorizerV2Request;
use serde::Serialize;
use shared::auth::cache::Held;
use shared::auth::principal::{Grant, context};
use shared::auth::token::{Realm, Verdict, names_unknown_key, verify};
use shared::auth::{Client, PublicRing, RingCache};
use shared::clock::Deadline;
use shared::error::{Cause, Error, Result};
use shared::invocation::{self, Base};
use shared::table::Reader;

/// The authorizer event, payload version 2.0.
pub type Question = ApiGatewayV2CustomAuthorizerV2Request;

/// The simple response format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    is_authorized: bool,
    context: BTreeMap<&'static str, String>,
}

/// The authorizer function.
pub struct Authorizer {
    base: Base<Reader>,
    rings: RingCache<PublicRing>,
    realm: Realm,
}

impl Authorizer {
    /// An authorizer of this realm's tokens.
    pub const fn new(base: Base<Reader>, rings: RingCache<PublicRing>, realm: Realm) -> Self {
        Self { base, rings, realm }
    }

    /// Answers one authorizer event.
    ///
    /// # Errors
    /// When the table or the secret is unavailable.
    pub async fn authorize(&self, question: &Question, deadline: Deadline) -> Result<Answer> {
        let ended = invocation::run(deadline, self.judge(question)).await;
        Ok(Answer { is_authorized: true, context: context(&ended.result?) })
    }

    /// Signature first, then one request for client and revocation: a forged token costs no read. While the secret cannot
    /// be read, an old copy of the keys verifies; a token of a key that it lacks is no forgery, so there is no verdict.
    async fn judge(&self, question: &Question) -> Result<Result<Grant, Verdict>> {
        let now = self.base.clock.now();
        let Held { ring, is_recent } = self.rings.verifier(now).await?;
        let host = question.request_context.domain_name.as_deref().unwrap_or_default();
        let token = bearer(question);
        let claims = match token.and_then(|token| verify(&*ring, &self.realm.at(host), token, now)) {
            Ok(claims) => claims,
            Err(_) if !is_recent && token.is_ok_and(|token| names_unknown_key(&*ring, token)) => {
                return Err(Error::Unavailable(Cause::text("a token names a key that the old copy of the keys lacks")));
            }
            Err(verdict) => return Ok(Err(verdict)),
        };
        let (client, revoked) =
            self.base.reader().client_and_revocation::<Client>(&claims.client_id, &claims.jti).await?;
        Ok(match client {
            Some(client) if !revoked => Grant::new(&claims, &client, &ring),
            _ => Err(Verdict::InvalidToken),
        })
    }
}

/// The token of the identity source, after `Bearer` in any case (RFC 9110, section 11.1).
fn bearer(question: &Question) -> Result<&str, Verdict> {
    let sources = question.identity_source.as_deref().unwrap_or_default();
    let [source] = sources else { return Err(Verdict::InvalidToken) };
    let (scheme, token) = source.split_once(' ').ok_or(Verdict::InvalidToken)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_start_matches(' ')) } else { Err(Verdict::InvalidToken) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(sources: &[&str]) -> Question {
        let mut question = Question::default();
        question.identity_source = Some(sources.iter().map(|source| (*source).to_owned()).collect());
        question
    }

    #[test]
    fn the_token_stands_behind_its_scheme() {
        for source in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c"] {
            assert_eq!(bearer(&question(&[source])), Ok("a.b.c"), "{source}");
        }
    }

    #[test]
    fn anything_else_is_no_token() {
        let cases: [&[&str]; 6] = [&[], &[""], &["Bearer"], &["Basic a.b.c"], &["a.b.c"], &["Bearer a", "Bearer a"]];
        for sources in cases {
            assert_eq!(bearer(&question(sources)), Err(Verdict::InvalidToken), "{sources:?}");
        }
        assert_eq!(bearer(&Question::default()), Err(Verdict::InvalidToken));
    }

    #[test]
    fn a_refusal_lets_the_request_pass_with_its_verdict() {
        let answer = Answer { is_authorized: true, context: context(&Err(Verdict::Expired)) };
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(json, r#"{"isAuthorized":true,"context":{"verdict":"expired"}}"#);
    }
}

//! Client authentication (RFC 6749, section 2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use shared::auth::{Client, KeyRing};
use shared::domain::ids::ClientId;
use shared::domain::masked;
use shared::http::RawRequest;
use shared::invocation::LogLine;

use crate::Token;
use crate::form::Form;
use crate::refusal::{Refusal, Stop};

/// Wrong secrets a minute, from one address for one client, before 429.
const MAX_WRONG: u32 = 20;

/// Credentials as presented.
#[derive(PartialEq, Eq)]
pub struct Credentials {
    id: String,
    secret: String,
}

impl Credentials {
    /// Reads the credentials from the Basic header or the form, never from both.
    ///
    /// # Errors
    /// `invalid_request` when both are present, `invalid_client` when none is or it is malformed.
    pub fn read(request: &RawRequest, form: &Form) -> Result<Self, Refusal> {
        let (id, secret) = (form.in_body("client_id")?, form.in_body("client_secret")?);
        // Some clients send the header empty beside a form.
        let Some(header) = request.header("authorization").filter(|header| !header.trim().is_empty()) else {
            let (id, secret) = id.zip(secret).ok_or(Refusal::InvalidClient)?;
            return Ok(Self { id: id.to_owned(), secret: secret.to_owned() });
        };
        let basic = Self::basic(header).ok_or(Refusal::InvalidClient)?;
        // A `client_id` alone identifies but does not authenticate; it only has to match.
        if secret.is_some() || id.is_some_and(|id| id != basic.id) {
            return Err(Refusal::InvalidRequest("use one way of authenticating"));
        }
        Ok(basic)
    }

    fn basic(header: &str) -> Option<Self> {
        let (scheme, encoded) = header.split_once(' ')?;
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (id, secret) = text.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        Some(Self { id: form_decoded(id)?, secret: form_decoded(secret)? })
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The client, if it exists, is enabled and the secret is right. One request to the table for a right secret, two for a
/// wrong one; unknown, disabled and wrong take the same path. Over the limit even the right secret is refused, or
/// guessing could go on. The log line gets the client, or the id that was presented.
///
/// # Errors
/// `invalid_client`, 429, or an error of the table.
pub async fn authenticate(
    app: &Token,
    ring: &KeyRing,
    request: &RawRequest,
    credentials: &Credentials,
    now: DateTime<Utc>,
    line: &mut LogLine,
) -> Result<Client, Stop> {
    line.presented = Some(masked::unknown_id(&credentials.id));
    // No client can have such an id, so nothing is counted under it.
    let id: ClientId = credentials.id.parse().map_err(|_| Refusal::InvalidClient)?;
    let reader = app.base.reader();
    let (found, wrong) = reader.client_and_wrong_secrets::<Client>(&id, &request.source_ip, now).await?;
    if found.is_some() {
        line.presented = Some(id.to_string());
    }
    let client = found.unwrap_or_else(|| Client::decoy(id.clone()));
    let accepted = client.accepts(&ring.digest_key(), &credentials.secret, now);
    if wrong >= MAX_WRONG {
        return Err(Refusal::TooMany(60 - now.timestamp().rem_euclid(60)).into());
    }
    if accepted {
        (line.client, line.presented) = (line.presented.take(), None);
        return Ok(client);
    }
    app.base.table.count_wrong_secret(&id, &request.source_ip, now).await?;
    Err(Refusal::InvalidClient.into())
}

#[cfg(test)]
mod tests;

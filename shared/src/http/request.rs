//! A request of an authenticated caller, which is all that handlers see.

use std::ops::Deref;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;

use super::body;
use super::idempotency;
use super::raw::RawRequest;
use super::reply::Reply;
use crate::auth::{Principal, Visibility, Visible as _};
use crate::domain::country::Country;
use crate::domain::msisdn::Msisdn;
use crate::domain::subscriber::Subscriber;
use crate::error::{Error, Invalid, Result};
use crate::invocation::{Access, Base};
use crate::table::{Changes, Committed, IdempotencyKey, Stored, StoredAnswer};

/// A principal's request, with the time and the country it is answered in.
pub struct Request {
    raw: RawRequest,
    principal: Principal,
    /// The time of the request, for everything that happens in it.
    pub now: DateTime<Utc>,
    /// The deployment's country.
    pub country: &'static Country,
    key: Option<IdempotencyKey>,
    op: String,
}

impl Deref for Request {
    type Target = RawRequest;

    fn deref(&self) -> &RawRequest {
        &self.raw
    }
}

impl Request {
    /// Only dispatch builds one, with a principal from the gateway's context.
    pub(super) fn new(
        raw: RawRequest,
        principal: Principal,
        now: DateTime<Utc>,
        country: &'static Country,
        op: String,
        writes: bool,
    ) -> Result<Self> {
        let key = if writes { idempotency::key(&raw, &principal, &op)? } else { None };
        Ok(Self { raw, principal, now, country, key, op })
    }

    /// The caller.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The customers that the caller sees.
    pub const fn sight(&self) -> &Visibility {
        self.principal.sees()
    }

    /// The `Idempotency-Key`, if the caller sent one.
    pub const fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    /// The operation's name.
    pub fn op(&self) -> &str {
        &self.op
    }

    /// Today's date in the country.
    pub fn today(&self) -> NaiveDate {
        self.now.with_timezone(&self.country.zone()).date_naive()
    }

    /// A path variable as text.
    pub fn path_text(&self, name: &'static str) -> Result<&str> {
        let value = self.raw.variables.get(name);
        value.map(String::as_str).ok_or_else(|| Error::internal(format!("the route has no variable {name}")))
    }

    /// A path variable that the document types as integer: at most 18 digits. It identifies something, so it stays
    /// text.
    pub fn path_digits<T: std::str::FromStr<Err = Invalid>>(&self, name: &'static str) -> Result<T> {
        let text = self.path_text(name)?;
        integer(text).and_then(|_| text.parse()).map_err(|invalid| invalid.field(name))
    }

    /// A numeric path variable: at most 18 digits.
    pub fn path_integer(&self, name: &'static str) -> Result<u64> {
        integer(self.path_text(name)?).map_err(|invalid| invalid.field(name))
    }

    /// A path variable that is an MSISDN, in any form.
    pub fn msisdn(&self, name: &'static str) -> Result<Msisdn> {
        Msisdn::parse(self.path_text(name)?, self.country).map_err(|invalid| invalid.field(name))
    }

    /// A required query parameter that is an MSISDN, in any form. `+` decodes to a blank in a query, but here it means
    /// plus.
    pub fn query_msisdn(&self, name: &'static str) -> Result<Msisdn> {
        let text = self.query_required(name)?;
        let text = text.strip_prefix(' ').map_or_else(|| text.to_owned(), |digits| format!("+{digits}"));
        Msisdn::parse(&text, self.country).map_err(|invalid| invalid.field(name))
    }

    /// A required query parameter.
    pub fn query_required(&self, name: &'static str) -> Result<&str> {
        self.query(name)?.ok_or_else(|| Error::invalid(name, "must be given"))
    }

    /// An optional query parameter of some type.
    pub fn query_as<T: std::str::FromStr<Err = Invalid>>(&self, name: &'static str) -> Result<Option<T>> {
        self.query(name)?.map(str::parse).transpose().map_err(|invalid: Invalid| invalid.field(name))
    }

    /// A query parameter that the document types as integer: at most 18 digits. It identifies something, so it stays
    /// text.
    pub fn query_digits(&self, name: &'static str) -> Result<Option<&str>> {
        let Some(text) = self.query(name)? else { return Ok(None) };
        integer(text).map(|_| Some(text)).map_err(|invalid| invalid.field(name))
    }

    /// A numeric query parameter: at most 18 digits.
    pub fn query_integer(&self, name: &'static str) -> Result<Option<u64>> {
        self.query(name)?.map(integer).transpose().map_err(|invalid| invalid.field(name))
    }

    /// The caller's line. One strong get.
    ///
    /// # Errors
    /// 404 for `what`, alike for an unknown line and another customer's.
    pub async fn line(
        &self,
        base: &Base<impl Access>,
        msisdn: &Msisdn,
        what: &'static str,
    ) -> Result<Stored<Subscriber>> {
        base.reader().subscriber(msisdn).await?.visible_to(&self.principal, what)
    }

    /// The body, one JSON object.
    ///
    /// # Errors
    /// 400 naming the field, 413, 415.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        body::read(&self.raw)
    }

    /// Commits the request's changes together with its answer, and returns the answer. If an equal request with the
    /// same key has committed meanwhile, returns that one's answer and changes nothing.
    pub async fn commit(&self, base: &Base, changes: Changes, reply: Reply) -> Result<Reply> {
        let stored = StoredAnswer { status: reply.status, body: reply.body.clone() };
        let answer = self.key.as_ref().map(|key| (key, &stored));
        match base.table.commit(changes, answer, self.now).await? {
            Committed::Done => Ok(reply),
            Committed::Before(answer) => Ok(again(answer)),
        }
    }
}

/// A stored answer, replayed.
pub(super) fn again(answer: StoredAnswer) -> Reply {
    Reply::text(answer.status, answer.body)
}

/// At most 18 digits, unsigned.
pub fn integer(text: &str) -> Result<u64, Invalid> {
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(Invalid::new("must be a number of at most 18 digits"))
}

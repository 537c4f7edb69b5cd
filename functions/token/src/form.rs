//! Request parameters, from the query and a form body.

use shared::http::RawRequest;

use crate::refusal::{Refusal, Stop};

/// The parameters sent. One without a value counts as not sent (RFC 6749, section 3.2).
pub struct Form {
    query: Vec<(String, String)>,
    body: Vec<(String, String)>,
}

impl Form {
    /// Reads query and body. An empty body may have any content type; some clients call it JSON.
    ///
    /// # Errors
    /// When the body is not a form, or a secret is in the query, where every log would keep it.
    pub fn read(request: &RawRequest) -> Result<Self, Stop> {
        let bytes = request.bytes()?;
        let text = String::from_utf8(bytes).map_err(|_| Refusal::InvalidRequest("the body must be UTF-8"))?;
        if !text.trim().is_empty() && !request.header("content-type").is_none_or(is_form) {
            return Err(Refusal::InvalidRequest("the body must be application/x-www-form-urlencoded").into());
        }
        let form = Self { query: pairs(request.raw_query()), body: pairs(text.trim()) };
        if form.query.iter().any(|(name, _)| name == "client_secret") {
            return Err(Refusal::InvalidRequest("client_secret must not be in the address").into());
        }
        Ok(form)
    }

    /// A parameter of the body.
    ///
    /// # Errors
    /// When it is repeated.
    pub fn in_body(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        once(&self.body, name)
    }

    /// A parameter of the query or the body.
    ///
    /// # Errors
    /// When it is repeated, unless query and body agree.
    pub fn anywhere(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        match (once(&self.query, name)?, once(&self.body, name)?) {
            (Some(one), Some(other)) if one != other => {
                Err(Refusal::InvalidRequest("query and body contradict each other"))
            }
            (one, other) => Ok(one.or(other)),
        }
    }
}

fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn once<'a>(pairs: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (value, None) => Ok(value.filter(|value| !value.is_empty())),
        _ => Err(Refusal::InvalidRequest("a parameter is given more than once")),
    }
}

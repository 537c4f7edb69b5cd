//! A function's environment, read here only.

use std::env::VarError;
use std::net::IpAddr;

use lambda_http::http::Uri;

use crate::domain::country::Country;
use crate::domain::hook::callback::Addresses;
use crate::error::{Cause, Error, Result};

/// A function's settings, all set by `template.yaml`.
#[derive(Debug, Clone)]
pub struct Config {
    /// `TABLE_NAME`: the table; empty for a function without one.
    pub table: String,
    /// `COUNTRY`: the country this deployment serves.
    pub country: &'static Country,
    /// `BUCKET_NAME`: the bucket with recordings and documents; empty for a function without files.
    pub bucket: String,
    /// `SECRET_ID`: the function's secret: the key ring for the token function, its public half for the authorizer;
    /// empty for the others.
    pub secret_id: String,
    /// `AUDIENCE`: the audience of tokens; token and authorizer only.
    pub audience: String,
    /// `ISSUER`: the issuer of tokens; when empty, the host the caller used.
    pub issuer: String,
    /// `TOKEN_TTL`: the lifetime of a token, in seconds; 3600 when unset.
    pub token_ttl: u32,
    /// `DEAD_LETTERS`: the URL of the queue where a consumer parks; empty for other functions.
    pub dead_letters: String,
    /// `OWN_QUEUE`: the URL of the queue that a function takes from, for the messages it continues with; empty for other
    /// functions.
    pub own_queue: String,
    /// `NEXT_QUEUE`: the URL of the queue of the function that this one tells what to do; empty for other functions.
    pub next_queue: String,
    /// `WEBHOOK_ADDRESSES`: where clients' subscriptions may lead, `public` or `any`; `public` when unset.
    pub webhook_addresses: Addresses,
    /// `LOG_LEVEL`: error, warn, info or, in a debug build, debug; info when unset.
    pub log_level: String,
    /// `EXTRA_ROOT_PEM`: a PEM file with an additional trusted root, for a private endpoint.
    pub extra_root: Option<String>,
    /// `AWS_ENDPOINT_URL_DYNAMODB`: the table's endpoint, if not the region's: a private endpoint or an emulator. Plain
    /// HTTP only on this machine, and from a `sam local` container to its host.
    pub table_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER`: the same, for secrets.
    pub secrets_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`: the same, for the bucket, and for links unless `FILES_URL` is set.
    pub files_endpoint: Option<String>,
    /// `FILES_URL`: the address in links to files, if callers reach the bucket at another address than the function.
    pub files_url: Option<String>,
    /// `AWS_ENDPOINT_URL_SQS`: the same, for queues.
    pub queues_endpoint: Option<String>,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the invalid variable.
    pub fn from_env() -> Result<Self> {
        let token_ttl = variable("TOKEN_TTL")?;
        let token_ttl = if token_ttl.is_empty() { "3600".to_owned() } else { token_ttl };
        let extra_root = match variable("EXTRA_ROOT_PEM")? {
            path if path.is_empty() => None,
            path => Some(std::fs::read_to_string(&path).map_err(|error| Error::Internal(Cause::new(&error)))?),
        };
        Ok(Self {
            table: variable("TABLE_NAME")?,
            country: Country::by_code(&variable("COUNTRY")?).map_err(|invalid| wrong("COUNTRY", &invalid))?,
            bucket: variable("BUCKET_NAME")?,
            secret_id: variable("SECRET_ID")?,
            audience: variable("AUDIENCE")?,
            issuer: variable("ISSUER")?,
            token_ttl: token_ttl.parse().map_err(|error| wrong("TOKEN_TTL", &error))?,
            dead_letters: variable("DEAD_LETTERS")?,
            own_queue: variable("OWN_QUEUE")?,
            next_queue: variable("NEXT_QUEUE")?,
            webhook_addresses: match variable("WEBHOOK_ADDRESSES")?.as_str() {
                "" => Addresses::default(),
                text => text.parse().map_err(|invalid| wrong("WEBHOOK_ADDRESSES", &invalid))?,
            },
            log_level: variable("LOG_LEVEL")?,
            extra_root,
            table_endpoint: endpoint("AWS_ENDPOINT_URL_DYNAMODB", variable)?,
            secrets_endpoint: endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER", variable)?,
            files_endpoint: endpoint("AWS_ENDPOINT_URL_S3", variable)?,
            files_url: endpoint("FILES_URL", variable)?,
            queues_endpoint: endpoint("AWS_ENDPOINT_URL_SQS", variable)?,
        })
    }
}

/// A variable's value; empty when unset.
fn variable(name: &str) -> Result<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
    match std::env::var(name) {
        Ok(value) => Ok(value),
        Err(VarError::NotPresent) => Ok(String::new()),
        Err(error) => Err(wrong(name, &error)),
    }
}

/// The address in a variable, if any. Requests carry credentials and personal data, so only TLS leaves this machine. A
/// `sam local` container is on this machine too, and its host is [`AROUND_THE_CONTAINER`].
fn endpoint(name: &str, variable: impl Fn(&str) -> Result<String>) -> Result<Option<String>> {
    let url = variable(name)?;
    if url.is_empty() {
        return Ok(None);
    }
    let uri: Uri = url.parse().map_err(|error| wrong(name, &error))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => Ok(Some(url)),
        (Some("http"), Some(host)) if is_here(host) => Ok(Some(url)),
        (Some("http"), Some(AROUND_THE_CONTAINER)) if variable(SAM_LOCAL)? == "true" => Ok(Some(url)),
        _ => Err(wrong(name, &"must be an https address, or an http address of this machine")),
    }
}

/// A container's host.
const AROUND_THE_CONTAINER: &str = "host.docker.internal";
/// `true` in `sam local` containers. Lambda never sets it, and the template does not declare it.
const SAM_LOCAL: &str = "AWS_SAM_LOCAL";

fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn wrong(name: &str, error: &dyn std::fmt::Display) -> Error {
    Error::internal(format!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On AWS, or on a developer's machine.
    fn read(url: &str) -> Result<Option<String>> {
        read_where(url, "")
    }

    fn read_where(url: &str, sam_local: &str) -> Result<Option<String>> {
        endpoint("URL", |name| Ok(if name == SAM_LOCAL { sam_local.to_owned() } else { url.to_owned() }))
    }

    #[test]
    fn an_endpoint_speaks_tls_or_is_on_this_machine() {
        assert_eq!(read("").unwrap(), None);
        for url in ["https://table.example", "http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000/"] {
            assert_eq!(read(url).unwrap().as_deref(), Some(url));
        }
    }

    #[test]
    fn plain_http_never_leaves_this_machine() {
        let elsewhere = [
            "http://table.example",
            "http://10.0.0.1:8000",
            "http://127.0.0.1@table.example",
            "http://host.docker.internal.example:8000",
            "http://host.docker.internal@table.example",
            "http://172.17.0.1:8000",
            "ftp://host.docker.internal",
            "table",
            "ftp://a",
        ];
        for (url, sam_local) in elsewhere.iter().flat_map(|url| [(url, ""), (url, "true")]) {
            let error = read_where(url, sam_local).unwrap_err();
            assert!(error.cause().unwrap().for_log().starts_with("URL: "), "{url}");
        }
    }

    #[test]
    fn a_container_of_sam_local_reaches_the_machine_around_it_and_nothing_else_does() {
        let url = "http://host.docker.internal:8000";
        assert_eq!(read_where(url, "true").unwrap().as_deref(), Some(url));
        for sam_local in ["", "false", "TRUE", "1"] {
            read_where(url, sam_local).unwrap_err();
        }
    }
}

//! The embedded services on the server's own port, for the operator's commands.
//!
//! Whoever reaches them reads and writes everything, so three things keep others out. The port is on the loopback
//! address. A web page cannot send the headers asked for here without a preflight, which nobody answers; a page that was
//! made this host's own by its name server is told by its `Host`, and any page by its `Origin`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Response, header};

use crate::in_process::{self, KEY, Service, TARGET};

/// The services.
pub struct Services(Vec<Arc<dyn Service>>);

impl Services {
    /// These ones.
    pub const fn new(services: Vec<Arc<dyn Service>>) -> Self {
        Self(services)
    }

    /// Whether a request is for one of them rather than for the API.
    pub fn are_meant(&self, headers: &HeaderMap) -> bool {
        let target = text(headers, TARGET);
        self.0.iter().any(|service| in_process::is_for(&**service, target))
    }

    /// Answers a request, unless it may come from a web page.
    pub fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
        let own = format!("Credential={KEY}/");
        if headers.contains_key(header::ORIGIN) || !is_here(text(headers, header::HOST.as_str())) {
            return in_process::refused("the services answer no web page");
        }
        if !text(headers, header::AUTHORIZATION.as_str()).contains(&own) {
            return in_process::refused("the services answer requests that are signed with the local key");
        }
        in_process::respond(&self.0, headers, body)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether a `Host` is this machine by its address or by the name that is always its own.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Echo;

    impl Service for Echo {
        fn prefixes(&self) -> &'static [&'static str] {
            &["Echo."]
        }

        fn content_type(&self) -> &'static str {
            "text/plain"
        }

        fn answer(&self, _: &str, body: &[u8]) -> (u16, Vec<u8>) {
            (200, body.to_vec())
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_what_names_an_operation_of_theirs_is_for_the_services() {
        let services = Services::new(vec![Arc::new(Echo)]);
        assert!(services.are_meant(&headers(&[("x-amz-target", "Echo.Say")])));
        assert!(!services.are_meant(&headers(&[("x-amz-target", "Other.Say")])));
        assert!(!services.are_meant(&headers(&[("authorization", "Credential=local/")])));
    }

    #[test]
    fn a_page_and_a_stranger_get_nothing() {
        let services = Services::new(vec![Arc::new(Echo)]);
        let target = ("x-amz-target", "Echo.Say");
        let signed = ("authorization", "AWS4-HMAC-SHA256 Credential=local/20260310/us-east-1/sqs/aws4_request");
        for host in ["127.0.0.1:3000", "localhost:3000", "localhost", "[::1]:3000", "127.0.0.1"] {
            let answer = services.answer(&headers(&[target, signed, ("host", host)]), b"x");
            assert_eq!(answer.status(), 200, "{host}");
        }
        for wrong in [
            &[target, signed, ("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:3000")][..],
            &[target, signed, ("host", "127.0.0.1:3000"), ("origin", "null")],
            &[target, signed, ("host", "rebound.example:3000")],
            &[target, signed, ("host", "127.0.0.1.example")],
            &[target, signed],
            &[target, ("host", "127.0.0.1:3000")],
            &[target, ("host", "127.0.0.1:3000"), ("authorization", "Bearer token")],
            &[target, ("host", "127.0.0.1:3000"), ("authorization", "AWS4-HMAC-SHA256 Credential=AKIA/x")],
        ] {
            assert_eq!(services.answer(&headers(wrong), b"x").status(), 403, "{wrong:?}");
        }
    }
}

//! The embedded services on the server's own port, for the operator's commands.
//!
//! Whoever reaches them reads and writes everything, so three things keep others out. They answer programs of this machine
//! alone. A web page cannot send the headers asked for here without a preflight, which nobody answers; a page that was
//! made this host's own by its name server is told by its `Host`, and any page by its `Origin`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Response, header};

use crate::door;
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

    /// Answers a request, unless it comes from another machine or may come from a web page.
    pub fn answer(&self, peer: IpAddr, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
        let own = format!("Credential={KEY}/");
        if !door::is_near(peer) {
            return in_process::refused("the services answer this machine alone");
        }
        if headers.contains_key(header::ORIGIN) || !door::is_here(headers) {
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
        let ask = |peer: &str, pairs: &[_]| services.answer(peer.parse().unwrap(), &headers(pairs), b"x").status();
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(ask(peer, &[target, signed, ("host", "127.0.0.1:3000")]), 200, "{peer}");
        }
        for peer in ["192.168.1.30", "fe80::1", "::ffff:10.0.0.8"] {
            assert_eq!(ask(peer, &[target, signed, ("host", "127.0.0.1:3000")]), 403, "{peer}");
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
            assert_eq!(ask("127.0.0.1", wrong), 403, "{wrong:?}");
        }
    }
}

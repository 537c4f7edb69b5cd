//! Who may come in at the server's port, and how far.
//!
//! On the loopback address everybody who comes in is a program of this machine. A web page of somebody else is one, too: its name server
//! may point a name of its own at 127.0.0.1, and then the browser takes this server for the page's own. Such a request is told by its
//! `Host`. So on the loopback address the server answers to the names of this machine alone; without that a page could fetch a token
//! with the demo's published secrets. With `--listen` beyond it, callers use whatever name they know the machine by, and secrets are
//! nobody's but theirs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, Response, Uri, header};
use axum::middleware::Next;

use crate::containers::MACHINE;
use crate::files::{BUCKET, LINKS};
use crate::in_process;

/// How far the port reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine.
    Loopback,
    /// Others as well.
    Beyond,
}

impl Reach {
    /// That of a port on this address.
    pub const fn of(address: IpAddr) -> Self {
        if address.is_loopback() { Self::Loopback } else { Self::Beyond }
    }
}

/// An address for `--listen`. Links in answers lead to it, so it has to be one that callers can reach.
///
/// # Errors
/// Text that is no such address.
pub fn address(text: &str) -> Result<IpAddr, &'static str> {
    let address: IpAddr = text.parse().map_err(|_| "must be an IP address of this machine")?;
    if address.is_unspecified() {
        return Err("must be one address of this machine: links in answers lead to it");
    }
    Ok(address)
}

/// The addresses to listen on: the wanted one, and the loopback address, where the operator's commands and the page come in.
pub fn addresses(wanted: IpAddr) -> impl Iterator<Item = IpAddr> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    std::iter::once(wanted).chain((Reach::of(wanted) == Reach::Beyond).then_some(here))
}

/// Whether a caller is a program of this machine.
pub fn is_near(peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback()
}

/// Whether the `Host` of a request is this machine, by its address or by a name that nobody else can own.
pub fn is_here(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']).to_ascii_lowercase();
    ["localhost", MACHINE].contains(&&*name)
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Lets in who may come in.
pub async fn guard(
    State(reach): State<Reach>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response<Body> {
    match objection(reach, peer.ip(), &request) {
        Some(reason) => in_process::refused(reason),
        None => next.run(request).await,
    }
}

/// Why a request may not come in. From elsewhere only links lead to the bucket: the key that the operator's commands and containers
/// use is no secret.
fn objection<B>(reach: Reach, peer: IpAddr, request: &Request<B>) -> Option<&'static str> {
    if reach == Reach::Loopback && !is_here(request.headers()) {
        return Some("this server answers to 127.0.0.1, localhost and host.docker.internal; see --listen");
    }
    let is_barred = is_in_bucket(request.uri()) && !is_near(peer) && !is_link(request);
    is_barred.then_some("files are reached by links alone")
}

fn is_in_bucket(uri: &Uri) -> bool {
    uri.path().strip_prefix('/').and_then(|path| path.strip_prefix(BUCKET)).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a request follows a link that a function has made.
fn is_link<B>(request: &Request<B>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let mut keys = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "X-Amz-Credential");
    let own = |credential: &str| credential.split('/').next() == Some(LINKS);
    let is_own = matches!((keys.next(), keys.next()), (Some((_, credential)), None) if own(&credential));
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    reads && is_own && !request.headers().contains_key(header::AUTHORIZATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> HeaderMap {
        [(header::HOST, name.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn a_host_is_here_by_names_that_nobody_else_can_own() {
        let own = ["127.0.0.1:3000", "localhost:3000", "LOCALHOST", "[::1]:3000", "127.0.0.9", "app.localhost:3000"];
        for name in own.into_iter().chain(["host.docker.internal:3000"]) {
            assert!(is_here(&host(name)), "{name}");
        }
        for name in
            ["rebound.example:3000", "127.0.0.1.example", "localhost.example", "10.0.0.8:3000", "notlocalhost", ""]
        {
            assert!(!is_here(&host(name)), "{name}");
        }
        assert!(!is_here(&HeaderMap::new()));
    }

    #[test]
    fn an_address_is_one_that_links_can_lead_to() {
        assert_eq!(
            addresses(address("127.0.0.1").unwrap()).collect::<Vec<_>>(),
            ["127.0.0.1".parse::<IpAddr>().unwrap()]
        );
        let two: Vec<_> = addresses(address("192.168.1.20").unwrap()).map(|address| address.to_string()).collect();
        assert_eq!(two, ["192.168.1.20", "127.0.0.1"]);
        for wrong in ["0.0.0.0", "::", "localhost", "127.0.0.1:3000"] {
            address(wrong).unwrap_err();
        }
    }

    fn objects(reach: Reach, peer: &str, (method, path): (&str, &str), headers: &[(&str, &str)]) -> bool {
        let request = Request::builder().method(method).uri(path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        objection(reach, peer.parse().unwrap(), &request.body(()).unwrap()).is_some()
    }

    #[test]
    fn a_page_whose_name_was_pointed_here_is_kept_out() {
        let asks = |reach, host| {
            objects(reach, "127.0.0.1", ("POST", "/oauth/client_credential/accesstoken"), &[("host", host)])
        };
        assert!(asks(Reach::Loopback, "rebound.example:3000"));
        assert!(!asks(Reach::Loopback, "127.0.0.1:3000"));
        // Secrets are no secret of ours there, and callers use names of their own.
        assert!(!asks(Reach::Beyond, "mybox.example:3000"));
    }

    #[test]
    fn from_elsewhere_only_links_lead_to_the_bucket() {
        let link = "/selfcare-files/bills/1.pdf?X-Amz-Credential=links%2F20260310%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=1";
        let known = link.replace("links", "local");
        let twice = format!("{link}&X-Amz-Credential=local%2F");
        let signed = ("authorization", "AWS4-HMAC-SHA256 Credential=local/20260310/us-east-1/s3/aws4_request");
        let asks = |peer, method, path, headers: &[_]| objects(Reach::Beyond, peer, (method, path), headers);
        assert!(!asks("192.168.1.30", "GET", link, &[]));
        assert!(!asks("127.0.0.1", "PUT", "/selfcare-files/inbox/a", &[signed]), "the operator's commands");
        assert!(!asks("192.168.1.30", "GET", "/customers/CODE/1001/bills", &[]));
        for (method, path, headers) in [
            ("GET", &*known, &[][..]),
            ("GET", &twice, &[]),
            ("PUT", link, &[]),
            ("GET", link, &[signed]),
            ("GET", "/selfcare-files/bills/1.pdf", &[signed]),
        ] {
            assert!(asks("192.168.1.30", method, path, headers), "{method} {path}");
        }
    }
}

//! The paths of the API and their methods. A test compares them with the functions' routes.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use shared::http::Shape;

/// A path of the API.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// As documented, without a final slash.
    pub path: &'static str,
    /// Its methods, as `Allow` lists them.
    pub methods: &'static str,
    /// The shape of its errors.
    pub shape: Shape,
}

const fn known(path: &'static str, methods: &'static str, shape: Shape) -> Known {
    Known { path, methods, shape }
}

/// All paths; a literal segment before a variable.
#[rustfmt::skip]
pub const KNOWN: &[Known] = &[
    // <paths, from the ROUTES of all functions>
    known("/.well-known/jwks.json", "GET, HEAD", Shape::Token),
    known("/.well-known/oauth-authorization-server", "GET, HEAD", Shape::Token),
    known("/accounts", "GET, HEAD", Shape::Wrapped),
    known("/accounts/profiles", "GET, HEAD", Shape::Wrapped),
    known("/accounts/profiles/{profileId}", "GET, HEAD", Shape::Wrapped),
    known("/accounts/profiles/{profileId}/lines", "GET, HEAD", Shape::Wrapped),
    known("/accounts/profiles/{profileId}/services", "GET, HEAD", Shape::Wrapped),
    known("/accounts/{accountId}", "GET, HEAD", Shape::Wrapped),
    known("/accounts/{accountId}/processes", "POST", Shape::Wrapped),
    known("/accounts/{accountId}/profiles", "GET, HEAD", Shape::Wrapped),
    known("/bill-documents/{link}", "GET, HEAD", Shape::Token),
    known("/billing/subscribers/{MSISDN}/status", "GET, HEAD, PUT", Shape::Plain),
    known("/billing/subscribers/{msisdn}/usage/data/hourlybyapp", "GET, HEAD", Shape::Usage),
    known("/billing/subscribers/{msisdn}/usage/data/percentagebyapp", "GET, HEAD", Shape::Usage),
    known("/calls/{idCall}/recordings", "GET, DELETE", Shape::Wrapped),
    known("/calls/{idFormat}/{idCall}/recordings", "GET, HEAD", Shape::Wrapped),
    known("/customers/calls/details", "POST", Shape::Wrapped),
    known("/customers/{MSISDN}/calls/details", "GET, HEAD", Shape::Wrapped),
    known("/customers/{customerCode}/products", "GET, HEAD", Shape::Wrapped),
    known("/customers/{idType}/{id}/bills", "GET, HEAD", Shape::Wrapped),
    known("/customers/{idType}/{id}/bills/groups", "POST, PUT, DELETE", Shape::Wrapped),
    known("/customers/{idType}/{id}/bills/groups/{groupId}", "GET, HEAD", Shape::Wrapped),
    known("/customers/{msisdn}/profile", "GET, HEAD", Shape::Wrapped),
    known("/customers/{nit}/portfolio", "GET, HEAD", Shape::Wrapped),
    known("/documents/{documentId}", "GET, HEAD", Shape::Wrapped),
    known("/hub/v1/hub", "GET, HEAD, POST", Shape::Plain),
    known("/hub/v1/hub/{id}", "GET, HEAD, DELETE", Shape::Plain),
    known("/limits/v1/subscribers/{msisdn}", "GET, HEAD", Shape::Plain),
    known("/limits/v1/subscribers/{msisdn}/roaming", "POST", Shape::Plain),
    known("/lines/recordings", "POST", Shape::Wrapped),
    known("/oauth/client_credential/accesstoken", "POST", Shape::Token),
    known("/oauth/revoke", "POST", Shape::Token),
    known("/plans/subscribers/{MSISDN}/acquiredoffers/{offerId}", "POST, DELETE", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/availableoffers", "GET, HEAD", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/availableplans", "GET, HEAD", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/current", "GET, HEAD, PUT", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/favorites", "GET, HEAD, POST, DELETE", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/phonelease", "GET, HEAD", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/subscriptionrequests", "POST", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/upgraderequest", "GET, HEAD, POST", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/upgrades", "GET, HEAD", Shape::Plain),
    known("/profile/{profileId}", "PUT", Shape::Wrapped),
    known("/profiles/{profileId}", "DELETE", Shape::Wrapped),
    known("/profiles/{profileId}/services", "POST", Shape::Wrapped),
    known("/services/{partnum}", "GET, HEAD", Shape::Wrapped),
    // </paths>
];

impl Known {
    /// Whether the path has the method.
    pub fn allows(&self, method: &str) -> bool {
        self.methods.split(", ").any(|allowed| allowed == method)
    }

    /// Whether the segments match; a variable matches any non-empty segment.
    fn fits(&self, segments: &[&str]) -> bool {
        let own = self.path.split('/').skip(1);
        own.clone().count() == segments.len()
            && own.zip(segments).all(|(own, segment)| own == *segment || own.starts_with('{') && !segment.is_empty())
    }
}

/// The known path that a request's path ends in. A base path may precede it; every base path starts with a version.
pub fn find(path: &str) -> Option<&'static Known> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let bases =
        if segments.first().is_some_and(|first| is_version(first)) { segments.len() } else { segments.len().min(1) };
    (0..bases).find_map(|from| KNOWN.iter().find(|known| known.fits(&segments[from..])))
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| number.parse::<u8>().is_ok())
}

/// What must be escaped in a path or query; a percent sign is an escape already.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The address without the final slash; none if there is no final slash. It is relative, so it holds under every host
/// and base path and cannot lead to another host.
pub fn bare(path: &str, query: &str) -> Option<String> {
    let (_, last) = path.strip_suffix('/')?.rsplit_once('/')?;
    let last = utf8_percent_encode(last, UNSAFE).to_string().replace('?', "%3F");
    let query = if query.is_empty() { String::new() } else { format!("?{}", utf8_percent_encode(query, UNSAFE)) };
    Some(format!("../{last}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_under_any_base_and_in_both_spellings() {
        for path in [
            "/plans/subscribers/300/current",
            "/v2/tigo/mobile/co/plans/subscribers/300/current",
            "/plans/subscribers/300/current/",
        ] {
            assert_eq!(find(path).map(|known| known.methods), Some("GET, HEAD, PUT"), "{path}");
        }
        for path in [
            "/x/plans/subscribers/300/current",
            "/x/v2/plans/subscribers/300/current",
            "/v/services/7/services/8",
            "",
            "/",
            "/plans",
            "/plans/subscribers//current",
            "/plans/subscribers/300/current/x",
            "plans",
        ] {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_bare_address_is_relative_and_safe_in_a_header() {
        assert_eq!(bare("/v2/tigo/mobile/co/plans/subscribers/300/current/", "").unwrap(), "../current");
        assert_eq!(bare("/accounts/", "docId=1&x=%20").unwrap(), "../accounts?docId=1&x=%20");
        assert_eq!(bare("//evil.example/services/7/", "").unwrap(), "../7");
        assert_eq!(bare("/services/a:b%2F\r\nx: y?/", "a=\n\u{e9}").unwrap(), "../a:b%2F%0D%0Ax:%20y%3F?a=%0A%C3%A9");
        assert_eq!(bare("/accounts", ""), None);
    }

    #[test]
    fn a_method_is_allowed_as_a_whole_word() {
        let status = find("/billing/subscribers/1/status").unwrap();
        assert!(status.allows("PUT") && status.allows("HEAD"));
        assert!(!status.allows("P") && !status.allows("POST"));
    }
}

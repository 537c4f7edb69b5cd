//! The paths of the API and their methods. A test compares them with the functions' routes.

use shared::http::Shape;

/// A path that some function serves.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// As in the document, without a final slash.
    pub path: &'static str,
    /// Its methods, as `Allow` lists them.
    pub methods: &'static str,
    /// How its errors look.
    pub shape: Shape,
}

const fn known(path: &'static str, methods: &'static str, shape: Shape) -> Known {
    Known { path, methods, shape }
}

/// All paths.
pub const KNOWN: &[Known] = &[
    known("/oauth/client_credential/accesstoken", "POST", Shape::Token),
    known("/oauth/revoke", "POST", Shape::Token),
    known("/.well-known/jwks.json", "GET", Shape::Token),
    known("/.well-known/oauth-authorization-server", "GET", Shape::Token),
    known("/customers/{idType}/{id}/bills", "GET", Shape::Wrapped),
    known("/customers/{idType}/{id}/bills/groups", "POST, PUT, DELETE", Shape::Wrapped),
    known("/customers/{idType}/{id}/bills/groups/{groupId}", "GET", Shape::Wrapped),
    known("/customers/{msisdn}/profile", "GET", Shape::Wrapped),
    known("/billing/subscribers/{MSISDN}/status", "GET, PUT", Shape::Plain),
    known("/billing/subscribers/{msisdn}/usage/data/hourlybyapp", "GET", Shape::Usage),
    known("/billing/subscribers/{msisdn}/usage/data/percentagebyapp", "GET", Shape::Usage),
    known("/plans/subscribers/{MSISDN}/favorites", "GET, POST, DELETE", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/availableoffers", "GET", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/acquiredoffers/{offerId}", "POST, DELETE", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/phonelease", "GET", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/current", "GET, PUT", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/availableplans", "GET", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/upgrades", "GET", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/upgraderequest", "GET, POST", Shape::Plain),
    known("/plans/subscribers/{MSISDN}/subscriptionrequests", "POST", Shape::Plain),
    known("/accounts", "GET", Shape::Wrapped),
    known("/accounts/profiles", "GET", Shape::Wrapped),
    known("/accounts/profiles/{profileId}", "GET", Shape::Wrapped),
    known("/accounts/profiles/{profileId}/lines", "GET", Shape::Wrapped),
    known("/accounts/profiles/{profileId}/services", "GET", Shape::Wrapped),
    known("/accounts/{accountId}", "GET", Shape::Wrapped),
    known("/accounts/{accountId}/profiles", "GET", Shape::Wrapped),
    known("/accounts/{accountId}/processes", "POST", Shape::Wrapped),
    known("/profiles/{profileId}/services", "POST", Shape::Wrapped),
    known("/profiles/{profileId}", "DELETE", Shape::Wrapped),
    known("/profile/{profileId}", "PUT", Shape::Wrapped),
    known("/services/{partnum}", "GET", Shape::Wrapped),
    known("/customers/{MSISDN}/calls/details", "GET", Shape::Wrapped),
    known("/customers/calls/details", "POST", Shape::Wrapped),
    known("/lines/recordings", "POST", Shape::Wrapped),
    known("/calls/{idFormat}/{idCall}/recordings", "GET", Shape::Wrapped),
    known("/calls/{idCall}/recordings", "GET, DELETE", Shape::Wrapped),
    known("/documents/{documentId}", "GET", Shape::Wrapped),
    known("/customers/{nit}/portfolio", "GET", Shape::Wrapped),
    known("/customers/{customerCode}/products", "GET", Shape::Wrapped),
];

impl Known {
    /// Whether the path has this method.
    pub fn allows(&self, method: &str) -> bool {
        self.methods.split(", ").any(|allowed| allowed == method)
    }

    /// Whether these are its segments, a variable standing for any one that is not empty.
    fn fits(&self, segments: &[&str]) -> bool {
        let own = self.path.split('/').skip(1);
        own.clone().count() == segments.len()
            && own.zip(segments).all(|(own, segment)| own == *segment || own.starts_with('{') && !segment.is_empty())
    }
}

/// The known path that a request's path ends in; a base path may stand before it.
pub fn find(path: &str) -> Option<&'static Known> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<_> = path.split('/').skip(1).collect();
    (0..segments.len()).find_map(|from| KNOWN.iter().find(|known| known.fits(&segments[from..])))
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
            assert_eq!(find(path).map(|known| known.methods), Some("GET, PUT"), "{path}");
        }
        for path in ["", "/", "/plans", "/plans/subscribers//current", "/plans/subscribers/300/current/x", "plans"] {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_method_is_allowed_as_a_whole_word() {
        let status = find("/billing/subscribers/1/status").unwrap();
        assert!(status.allows("PUT"));
        assert!(!status.allows("P") && !status.allows("POST") && !status.allows("HEAD"));
    }
}

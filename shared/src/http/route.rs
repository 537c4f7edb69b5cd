//! Routes are data: functions declare them, dispatch follows them, tests compare them with the template.

use lambda_http::http::Method;

use super::fault::Shape;
use crate::auth::Scope;

/// One operation of a protected function.
#[derive(Debug, Clone)]
pub struct Route<Op: 'static> {
    /// The method.
    pub method: Method,
    /// The path as in the document, with its final slash.
    pub path: &'static str,
    /// The operation.
    pub op: Op,
    /// The scope a token needs.
    pub scope: Scope,
    /// The shape of its errors.
    pub shape: Shape,
}

/// One operation that needs no token.
#[derive(Debug, Clone)]
pub struct OpenRoute<Op: 'static> {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: &'static str,
    /// The operation.
    pub op: Op,
}

/// A row of a protected function's `ROUTES`.
pub const fn route<Op>(method: Method, path: &'static str, op: Op, scope: Scope, shape: Shape) -> Route<Op> {
    Route { method, path, op, scope, shape }
}

/// A row of an open function's `ROUTES`.
pub const fn open_route<Op>(method: Method, path: &'static str, op: Op) -> OpenRoute<Op> {
    OpenRoute { method, path, op }
}

impl<Op> Route<Op> {
    /// Whether the gateway chose this route, with or without a final slash.
    pub fn is(&self, key: &str) -> bool {
        same(&self.method, self.answers_head(), self.path, key)
    }

    /// Whether HEAD is answered too: where GET reads. A GET that writes must not be carried out for a caller who only looks.
    pub fn answers_head(&self) -> bool {
        self.method == Method::GET && self.scope == Scope::Read
    }
}

impl<Op> OpenRoute<Op> {
    /// Whether the gateway chose this route.
    pub fn is(&self, key: &str) -> bool {
        same(&self.method, self.answers_head(), self.path, key)
    }

    /// Whether HEAD is answered too: wherever GET is.
    pub fn answers_head(&self) -> bool {
        self.method == Method::GET
    }
}

/// The variable that stands for a final slash: an HTTP API takes no route that ends in one, but a greedy variable
/// matches it. Dispatch refuses it unless it is empty.
pub(super) const SLASH: &str = "proxy";

/// HEAD is carried out as GET; the gateway drops the body.
fn same(method: &Method, head: bool, path: &str, key: &str) -> bool {
    let Some((key_method, key_path)) = key.split_once(' ') else { return false };
    (key_method == method.as_str() || head && key_method == Method::HEAD.as_str()) && bare(key_path) == bare(path)
}

/// A path without its final slash or the variable that stands for one.
fn bare(path: &str) -> &str {
    let path = path.strip_suffix("{proxy+}").unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_final_slash_are_one_route() {
        let slash = open_route(Method::GET, "/plans/{MSISDN}/upgrades/", ());
        for key in
            ["GET /plans/{MSISDN}/upgrades", "GET /plans/{MSISDN}/upgrades/", "GET /plans/{MSISDN}/upgrades/{proxy+}"]
        {
            assert!(slash.is(key), "{key}");
        }
        for key in [
            "POST /plans/{MSISDN}/upgrades",
            "GET /plans/{MSISDN}/upgrade",
            "GET /plans/{msisdn}/upgrades",
            "$default",
            "",
        ] {
            assert!(!slash.is(key), "{key}");
        }
    }

    #[test]
    fn head_is_answered_where_get_reads() {
        let row = |method, scope| route(method, "/lines", (), scope, Shape::Wrapped).is("HEAD /lines");
        assert!(row(Method::GET, Scope::Read));
        assert!(!row(Method::GET, Scope::Write) && !row(Method::PUT, Scope::Write));
        let open = |method| open_route(method, "/keys", ()).is("HEAD /keys");
        assert!(open(Method::GET) && !open(Method::POST));
    }
}

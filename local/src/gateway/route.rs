//! Route matching.

use percent_encoding::percent_decode_str;

use crate::template::Route;

/// The API's routes, most specific first, under all base paths.
#[derive(Debug)]
pub struct Router {
    routes: Vec<(Route, Vec<Segment>)>,
    base_paths: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable(String),
    /// The rest of the path, which may be empty, but not without the slash before it.
    Rest(String),
}

impl Segment {
    /// How specific it is: a literal, any segment, any rest.
    const fn width(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Variable(_) => 1,
            Self::Rest(_) => 2,
        }
    }
}

/// The route of a request, or `$default`.
#[derive(Debug)]
pub struct Match<'a> {
    /// The route.
    pub route: Option<&'a Route>,
    /// The path variables, decoded, in the order of the path.
    pub variables: Vec<(String, String)>,
}

impl Match<'_> {
    /// The event's route key: `GET /things/{id}`, or `$default`.
    pub fn key(&self) -> String {
        self.route.map_or_else(|| "$default".to_owned(), |route| format!("{} {}", route.method, route.path))
    }
}

impl Router {
    /// A router over `routes`; `base_paths` without final slashes, longest first.
    pub fn new(routes: &[Route], base_paths: &[String]) -> Self {
        let mut routes: Vec<_> = routes.iter().map(|route| (route.clone(), segments(&route.path))).collect();
        // Full matches before greedy ones; literals before variables before the rest, from left to right; then methods
        // before ANY.
        routes.sort_by_key(|(route, segments)| {
            let greedy = matches!(segments.last(), Some(Segment::Rest(_)));
            let kinds: Vec<u8> = segments.iter().map(Segment::width).collect();
            (greedy, kinds, route.method == "ANY")
        });
        Self { routes, base_paths: base_paths.to_vec() }
    }

    /// The route for `method` and `path`, which is still percent-encoded. A final slash counts. A path that does not decode
    /// to UTF-8 has none.
    pub fn find(&self, method: &str, path: &str) -> Match<'_> {
        let path = self.without_base(path);
        let parts = path.split('/').skip(1).map(decoded).collect::<Option<Vec<_>>>();
        let of_method = |route: &Route| route.method == method || route.method == "ANY";
        let taken = self.routes.iter().filter(|(route, _)| of_method(route)).find_map(|(route, segments)| {
            variables(segments, parts.as_ref()?).map(|variables| Match { route: Some(route), variables })
        });
        taken.unwrap_or(Match { route: None, variables: Vec::new() })
    }

    /// The path after the longest matching base path, which ends at a segment boundary.
    fn without_base<'p>(&self, path: &'p str) -> &'p str {
        let behind = |base: &String| {
            let rest = path.strip_prefix('/')?.strip_prefix(base.as_str())?;
            if rest.is_empty() { Some("/") } else { rest.starts_with('/').then_some(rest) }
        };
        self.base_paths.iter().find_map(behind).unwrap_or(path)
    }
}

fn segments(path: &str) -> Vec<Segment> {
    let segment = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => name
            .strip_suffix('+')
            .map_or_else(|| Segment::Variable(name.to_owned()), |name| Segment::Rest(name.to_owned())),
        None => Segment::Literal(part.to_owned()),
    };
    path.split('/').skip(1).map(segment).collect()
}

/// The variables' values if `parts` match. A variable matches exactly one non-empty segment.
fn variables(segments: &[Segment], parts: &[String]) -> Option<Vec<(String, String)>> {
    let mut variables = Vec::new();
    let mut parts = parts.iter();
    for segment in segments {
        let part = parts.next()?;
        match segment {
            Segment::Literal(literal) if literal == part => {}
            Segment::Variable(name) if !part.is_empty() => variables.push((name.clone(), part.clone())),
            Segment::Rest(name) => {
                let rest = std::iter::once(part).chain(parts.by_ref()).map(String::as_str);
                variables.push((name.clone(), rest.collect::<Vec<_>>().join("/")));
            }
            Segment::Literal(_) | Segment::Variable(_) => return None,
        }
    }
    parts.next().is_none().then_some(variables)
}

/// Decodes a percent-encoded text, if it is UTF-8.
fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router() -> Router {
        let routes = [
            "ANY /things/special",
            "GET /things/{id}",
            "GET /things/special",
            "POST /things/{id}",
            "GET /lists/{all+}",
            "GET /lists/{id}/{rest+}",
            "GET /lists/small/{some+}",
            "GET /things/{id}/parts/{rest+}",
            "GET /{kind}/all",
            "GET /things/all",
            "GET /",
        ];
        let routes = routes.map(|key| {
            let (method, path) = key.split_once(' ').unwrap();
            Route { method: method.into(), path: path.into(), function: "f".into(), authorized: false }
        });
        Router::new(&routes, &["v2/base/co".to_owned(), "v2".to_owned()])
    }

    fn found(method: &str, path: &str) -> String {
        let router = router();
        let found = router.find(method, path);
        let variables: Vec<_> = found.variables.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        found.key() + &variables.concat()
    }

    #[test]
    fn the_most_specific_route_takes_the_request() {
        assert_eq!(found("GET", "/things/special"), "GET /things/special");
        assert_eq!(found("PUT", "/things/special"), "ANY /things/special");
        assert_eq!(found("GET", "/things/all"), "GET /things/all");
        assert_eq!(found("GET", "/others/all"), "GET /{kind}/all kind=others");
        assert_eq!(found("GET", "/things/7"), "GET /things/{id} id=7");
        assert_eq!(found("POST", "/things/7"), "POST /things/{id} id=7");
        assert_eq!(found("GET", "/"), "GET /");
    }

    #[test]
    fn what_no_route_names_goes_to_default() {
        for (method, path) in [
            ("GET", "/things"),
            ("GET", "/things/"),
            ("GET", "/things/7/"),
            ("GET", "/things/7/parts"),
            ("GET", "/things//parts/"),
            ("DELETE", "/things/7"),
            ("HEAD", "/things/7"),
            ("OPTIONS", "/things/7"),
            ("get", "/things/7"),
            ("GET", "/Things/7"),
            ("GET", "//things/7"),
        ] {
            assert_eq!(found(method, path), "$default", "{method} {path}");
        }
    }

    #[test]
    fn a_greedy_variable_takes_the_rest_after_its_slash() {
        assert_eq!(found("GET", "/things/7/parts/"), "GET /things/{id}/parts/{rest+} id=7 rest=");
        assert_eq!(found("GET", "/things/7/parts/a/b/"), "GET /things/{id}/parts/{rest+} id=7 rest=a/b/");
        assert_eq!(found("GET", "/things/7/parts"), "$default");
    }

    #[test]
    fn the_narrowest_of_greedy_routes_takes_the_request() {
        assert_eq!(found("GET", "/lists/"), "GET /lists/{all+} all=");
        assert_eq!(found("GET", "/lists/7"), "GET /lists/{all+} all=7");
        assert_eq!(found("GET", "/lists/7/"), "GET /lists/{id}/{rest+} id=7 rest=");
        assert_eq!(found("GET", "/lists/small/"), "GET /lists/small/{some+} some=");
    }

    #[test]
    fn variables_are_decoded_after_the_path_is_split() {
        assert_eq!(found("GET", "/things/%2B503%20a%2Fb%c3%B1"), "GET /things/{id} id=+503 a/bñ");
        assert_eq!(found("GET", "/things/a+b"), "GET /things/{id} id=a+b");
        assert_eq!(found("GET", "/thin%67s/7"), "GET /things/{id} id=7");
        assert_eq!(found("GET", "/things/%zz"), "GET /things/{id} id=%zz");
        assert_eq!(found("GET", "/things/%ff"), "$default");
    }

    #[test]
    fn base_paths_are_taken_off_at_a_segments_end() {
        assert_eq!(found("GET", "/v2/base/co/things/7"), "GET /things/{id} id=7");
        assert_eq!(found("GET", "/v2/things/7"), "GET /things/{id} id=7");
        assert_eq!(found("GET", "/v2/base/co"), "GET /");
        assert_eq!(found("GET", "/v2/base/con/things"), "$default");
        assert_eq!(found("GET", "/v2/base/co/v2/things/7"), "$default");
    }
}

//! Who gets what of the page, without a server.

use axum::http::Request;

use super::*;

fn head(path: &str, headers: &[(&str, &str)]) -> Parts {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

#[test]
fn no_page_but_the_own_one_reads_the_data() {
    let here = ("host", "127.0.0.1:3000");
    for path in ["/operator/clients", "/openapi/mobile-v1.json", "/web/page.js"] {
        for own in [&[here][..], &[here, ("sec-fetch-site", "same-origin")], &[here, ("sec-fetch-site", "none")]] {
            assert!(is_own(&head(path, own)), "{path} {own:?}");
        }
        for foreign in [
            &[("host", "rebound.example:3000")][..],
            &[("host", "rebound.example:3000"), ("sec-fetch-site", "same-origin")],
            &[here, ("sec-fetch-site", "cross-site")],
            &[here, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
            // Another program's port on this machine.
            &[here, ("sec-fetch-site", "same-site")],
            &[here, ("origin", "http://127.0.0.1:4000")],
            &[here, ("origin", "null")],
            &[],
        ] {
            assert!(!is_own(&head(path, foreign)), "{path} {foreign:?}");
        }
    }
    let followed = [here, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    assert!(is_own(&head("/", &followed)) && is_own(&head("/reference", &followed)), "a link may lead here");
}

#[test]
fn from_elsewhere_there_is_no_page() {
    let asks = |peer: &str, path: &str| is_meant(peer.parse().unwrap(), &head(path, &[]));
    for path in ["/", "/reference", "/reference/swagger-ui.css", "/openapi/crm-v2.json", "/operator/clients", "/web/x"]
    {
        assert!(asks("127.0.0.1", path) && asks("::1", path), "{path}");
        assert!(!asks("192.168.1.30", path), "{path}");
    }
    for path in ["/plans/subscribers/3001234567/current", "/operator", "/selfcare-files/a", "/v2/tigo/mobile/co/"] {
        assert!(!asks("127.0.0.1", path), "{path}");
    }
}

#[test]
fn every_file_of_the_page_is_there_and_asks_for_nothing_elsewhere() {
    for (path, _, text) in FILES {
        let named =
            text.split(['"', '\'', '(', '`']).filter(|word| word.starts_with("/web/") || word.starts_with("./"));
        for name in named.map(|name| name.split(['"', '\'', ')']).next().unwrap_or_default()) {
            let name = name.replace("./", "/web/");
            assert!(FILES.iter().any(|(own, ..)| *own == name), "{path}: {name} is not served");
        }
        for elsewhere in ["https://", "http://", "//cdn", "@import"] {
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains(elsewhere), "{path}: {elsewhere}");
        }
    }
}

#[test]
fn the_viewer_comes_out_of_its_archive() {
    for (name, kind) in
        [("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css"), ("LICENSE", "text/plain")]
    {
        let (found, content) = viewer::file(name).unwrap();
        assert!(found.starts_with(kind) && content.len() > 10_000, "{name}: {found}, {} bytes", content.len());
    }
    assert!(viewer::file("swagger-ui-bundle.js.map").is_none());
    assert!(viewer::file("../package.json").is_none());
}

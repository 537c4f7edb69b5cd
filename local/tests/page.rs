//! The page, the reference and what lies behind them, as a running server serves them.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod server;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use serde_json::Value;
use server::Server;

/// Head and body of an answer.
fn ask(server: &Server, method: &str, path: &str, headers: &str) -> (String, String) {
    let host = server.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let named = if headers.contains("Host: ") { String::new() } else { format!("Host: {host}\r\n") };
    write!(stream, "{method} {path} HTTP/1.1\r\n{named}{headers}Connection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

#[track_caller]
fn json(server: &Server, path: &str) -> Value {
    let (head, body) = ask(server, "GET", path, "");
    assert!(head.starts_with("http/1.1 200 "), "{path}: {head}\n{body}");
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
}

fn selfcare(server: &Server, arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_selfcare")).args(arguments).args(["--server", server.url()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_is_served_with_a_policy_that_lets_nothing_else_in() {
    let server = Server::with(&["--clock", "2026-03-10T15:00:00Z"]);
    for path in [
        "/",
        "/reference",
        "/web/page.js",
        "/reference/swagger-ui-bundle.js",
        "/operator/about",
        "/openapi/crm-v2.json",
    ] {
        let (head, body) = ask(&server, "GET", path, "");
        assert!(head.starts_with("http/1.1 200 ") && !body.is_empty(), "{path}: {head}");
        for line in [
            "content-security-policy: default-src 'none'; script-src 'self'; ",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(head.contains(line), "{path}: {line}\n{head}");
        }
        assert!(!head.contains("access-control-allow-origin"), "{path}");
        let (length, nothing) = ask(&server, "HEAD", path, "");
        assert!(length.starts_with("http/1.1 200 ") && nothing.is_empty(), "{path}: {length}");
        assert!(ask(&server, "GET", path, "Host: rebound.example\r\n").0.starts_with("http/1.1 403 "), "{path}");
    }
    for path in ["/operator/clients", "/openapi/crm-v2.json", "/web/page.js"] {
        for foreign in
            ["Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n", "Origin: http://127.0.0.1:4000\r\n"]
        {
            let (head, body) = ask(&server, "GET", path, foreign);
            assert!(head.starts_with("http/1.1 403 ") && !body.contains("secret"), "{path} {foreign}: {head}\n{body}");
        }
    }
    for path in [
        "/operator/other",
        "/operator/bill-runs/x/bills",
        "/openapi/other.json",
        "/web/other.js",
        "/reference/package.json",
    ] {
        assert!(ask(&server, "GET", path, "").0.starts_with("http/1.1 404 "), "{path}");
    }
    // What the API has to say about these it says as it is deployed.
    assert!(ask(&server, "POST", "/", "Content-Length: 0\r\n").1.contains("developerMessage"));
}

#[test]
fn the_page_has_what_the_operators_commands_show() {
    let server = Server::with(&["--clock", "2026-03-10T15:00:00Z"]);
    selfcare(&server, &["client", "create", "till", "--scope", "read", "--sees", "1001"]);
    selfcare(&server, &["bill", "run", "--date", "2026-02-15"]);
    selfcare(&server, &["bill", "run", "--date", "2026-02-15", "--dry-run"]);

    let about = json(&server, "/operator/about");
    assert_eq!(
        (&about["country"], &about["today"], &about["demo"]["line"]),
        (&"co".into(), &"2026-03-10".into(), &"3001234567".into())
    );

    let clients = json(&server, "/operator/clients");
    let secret =
        |id: &str| clients.as_array().unwrap().iter().find(|client| client["id"] == id).unwrap()["secret"].clone();
    assert_eq!((secret("demo-portal"), secret("till")), ("demo-portal-secret".into(), Value::Null));

    let queues: Value = serde_json::from_str(&selfcare(&server, &["queue", "list", "--json"])).unwrap();
    assert_eq!(json(&server, "/operator/queues"), queues);
    let files: Value = serde_json::from_str(&selfcare(&server, &["usage", "list", "--json"])).unwrap();
    assert_eq!(json(&server, "/operator/usage-files"), files);

    let runs = json(&server, "/operator/bill-runs");
    let real = runs.as_array().unwrap().iter().find(|run| run["run"] == "2026-02-15").unwrap();
    let status: Value = serde_json::from_str(&selfcare(&server, &["bill", "status", "2026-02-15", "--json"])).unwrap();
    assert_eq!((&real["report"], &real["adds_up"]), (&status["report"], &true.into()));
    let (net, total) = (&status["report"]["invoices"], real["total"].as_str().unwrap().replace('.', ""));
    assert_eq!(net["total"].to_string(), total);

    let bills = json(&server, "/operator/bill-runs/2026-02-15/bills");
    let rows = bills["bills"].as_array().unwrap();
    assert_eq!((rows.len() as u64, &bills["more"]), (net["count"].as_u64().unwrap(), &false.into()));
    for row in rows {
        let explained: Value =
            serde_json::from_str(&selfcare(&server, &["bill", "explain", row["number"].as_str().unwrap(), "--json"]))
                .unwrap();
        assert_eq!(explained["contract"], row["contract"], "{row}");
        assert!(row["customer"].is_string(), "{row}");
    }
    let dry = json(&server, "/operator/bill-runs/2026-02-15.dry/bills");
    assert!(dry["bills"].as_array().unwrap().iter().all(|row| row["number"].is_null()), "{dry}");
}

#[test]
fn documents_and_collection_name_this_server() {
    let server = Server::with(&["--clock", "2026-03-10T15:00:00Z"]);
    for name in ["mobile-v1", "billing-v1", "co-b2b-crm-v2", "crm-v2", "sv-b2b-crm-v1", "hub-v1", "limits-v1"] {
        let document = json(&server, &format!("/openapi/{name}.json"));
        assert_eq!(document["servers"][0]["url"], server.url(), "{name}");
    }
    let served = json(&server, "/openapi/selfcare.postman_collection.json");
    let written: Value = serde_json::from_str(&selfcare(&server, &["operations", "--postman"])).unwrap();
    assert_eq!(served, written, "the command writes what the server serves");
}

//! What `serve` says when it is ready.

use std::fmt::Write;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use shared::domain::country::Country;

use crate::containers::{MACHINE, Opened};
use crate::demo;
use crate::in_process::KEY;
use crate::operate::Credentials;

#[derive(Serialize)]
struct Greeting<'a> {
    url: &'a str,
    clients: &'a [Credentials],
    #[serde(skip_serializing_if = "Option::is_none")]
    stores: Option<Containers<'a>>,
}

#[derive(Serialize)]
struct Containers<'a> {
    port: u16,
    env_vars: &'a Path,
}

/// One line of JSON, for programs.
pub fn json(url: &str, clients: &[Credentials], opened: Option<&Opened>) -> String {
    let stores = opened.map(|opened| Containers { port: opened.port, env_vars: &opened.env_vars });
    // Serialising text, numbers and lists of text cannot fail.
    serde_json::to_string(&Greeting { url, clients, stores }).unwrap_or_default() + "\n"
}

/// A greeting for people: address, clients, three requests to paste, and the `sam local` commands when the stores are
/// open.
pub fn text(
    url: &str,
    country: &Country,
    clients: &[Credentials],
    opened: Option<&Opened>,
    now: DateTime<Utc>,
) -> String {
    let mut page = format!("\nSelf-care API for {} at {url}\n", country.code);
    let here = page_of(url);
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "\n  {here:<44} what is going on, in a browser\n  {:<44} every operation, to try\n",
        here.clone() + "reference"
    );
    let Some(first) = clients.first() else {
        page.push_str("No clients yet: `client create` makes one.\n");
        page.extend(opened.map(sam_local));
        return page;
    };
    let _ = writeln!(page, "\n  {:<14} {:<44} {:<11} customers", "client", "secret", "scope");
    for client in clients {
        let Credentials { client_id, client_secret, scope, customers } = client;
        let customers = if customers == "*" { "all" } else { customers };
        let _ = writeln!(page, "  {client_id:<14} {client_secret:<44} {scope:<11} {customers}");
    }
    let line = demo::local(country, demo::LINE);
    let from = (now - Duration::days(7)).format("%Y-%m-%dT%H:%M:%SZ");
    let credentials = format!("{}:{}", first.client_id, first.client_secret);
    let _ = write!(
        page,
        r#"
A token, the current plan of a line, a week of its usage by app:

  TOKEN=$(curl -s -u '{credentials}' -d grant_type=client_credentials {url}/oauth/client_credential/accesstoken | sed 's/.*"access_token": *"\([^"]*\)".*/\1/')
  curl -s -H "Authorization: Bearer $TOKEN" {url}/plans/subscribers/{line}/current
  curl -s -H "Authorization: Bearer $TOKEN" '{url}/billing/subscribers/{line}/usage/data/hourlybyapp?startDate={from}'

"#
    );
    page.extend(opened.map(sam_local));
    page.push_str("All operations: `cargo run -- operations`. Stop with Ctrl-C.\n");
    page
}

/// The page, which is for this machine alone: with `--listen` it has the port, but not the address.
fn page_of(url: &str) -> String {
    let port = url.rsplit(':').next().unwrap_or_default();
    let is_here = url.contains("://127.") || url.contains("://[::1]");
    if is_here { format!("{url}/") } else { format!("http://127.0.0.1:{port}/") }
}

/// The commands that run the functions in containers over this program's stores.
fn sam_local(opened: &Opened) -> String {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let build = format!("--parameter-overrides Architecture={architecture}");
    let host = format!("--add-host {MACHINE}:host-gateway");
    let run = format!("{build} {host} --env-vars '{}'", opened.env_vars.display());
    format!(
        r"Functions in containers reach table, secrets and files at {MACHINE}:{port} (docs/sam-local.md). In another terminal:

  unset AWS_PROFILE AWS_SESSION_TOKEN; export AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={KEY}
  sam build {build}
  sam local start-api --port 3001 --warm-containers LAZY {run}
  sam local invoke Plans --event events/plans/get-plan.json {run}

",
        port = opened.port
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country() -> &'static Country {
        Country::by_code("co").unwrap()
    }

    fn clients() -> Vec<Credentials> {
        vec![Credentials {
            client_id: "demo-portal".into(),
            client_secret: "s3cret".into(),
            scope: "read write".into(),
            customers: "*".into(),
        }]
    }

    #[test]
    fn programs_get_one_line_of_json() {
        let line = json("http://127.0.0.1:3000", &clients(), None);
        assert_eq!(line.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let client = serde_json::json!({
            "client_id": "demo-portal", "client_secret": "s3cret", "scope": "read write", "customers": "*",
        });
        assert_eq!(value, serde_json::json!({ "url": "http://127.0.0.1:3000", "clients": [client] }));
    }

    #[test]
    fn people_get_three_requests_to_paste() {
        let now = "2025-01-15T12:00:00Z".parse().unwrap();
        let page = text("http://127.0.0.1:3000", country(), &clients(), None, now);
        let requests: Vec<_> = page.lines().filter(|line| line.contains("curl")).collect();
        assert_eq!(requests.len(), 3);
        assert!(requests[0].contains("-u 'demo-portal:s3cret'"));
        assert!(requests[2].ends_with("hourlybyapp?startDate=2025-01-08T12:00:00Z'"));
        assert!(
            page.contains("  http://127.0.0.1:3000/ ") && page.contains("http://127.0.0.1:3000/reference "),
            "{page}"
        );
        assert_eq!(page_of("http://192.168.1.20:3000"), "http://127.0.0.1:3000/");
        assert!(text("u", country(), &[], None, now).contains("client create"));
    }
}

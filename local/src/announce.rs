//! What `serve` says when it is ready.

use std::fmt::Write;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use shared::domain::country::Country;

use crate::containers::{MACHINE, Opened};
use crate::control::SERVER;
use crate::demo;
use crate::in_process::KEY;
use crate::operate::Credentials;
use crate::print::table;
use crate::words::count;

/// The clients of a server.
#[derive(Debug, Clone, Copy)]
pub struct Clients<'a> {
    /// Those whose secrets are known here.
    pub known: &'a [Credentials],
    /// How many the table has.
    pub registered: usize,
    /// Whether they outlive the server.
    pub kept: bool,
}

#[derive(Serialize)]
struct Greeting<'a> {
    url: &'a str,
    clients: &'a [Credentials],
    registered: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    stores: Option<Containers<'a>>,
}

#[derive(Serialize)]
struct Containers<'a> {
    port: u16,
    env_vars: &'a Path,
}

/// One line of JSON, for programs.
pub fn json(url: &str, clients: &Clients<'_>, opened: Option<&Opened>) -> String {
    let stores = opened.map(|opened| Containers { port: opened.port, env_vars: &opened.env_vars });
    // Serialising text, numbers and lists of text cannot fail.
    serde_json::to_string(&Greeting { url, clients: clients.known, registered: clients.registered, stores })
        .unwrap_or_default()
        + "\n"
}

/// A greeting for people: address, clients, three requests to paste, and the `sam local` commands when the stores are
/// open. `program` is how this program is started.
pub fn text(
    url: &str,
    country: &Country,
    clients: &Clients<'_>,
    opened: Option<&Opened>,
    now: DateTime<Utc>,
    program: &str,
) -> String {
    let mut page = format!("\nSelf-care API for {} at {url}\n", country.code);
    let here = page_of(url);
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "\n  {here:<44} what is going on, in a browser\n  {:<44} every operation, to try\n",
        here.clone() + "reference"
    );
    let Some(first) = clients.known.first() else {
        page.push_str(&next(url, clients, program));
        page.extend(opened.map(sam_local));
        page.push_str(&last(program));
        return page;
    };
    let _ = writeln!(page, "\n  {:<14} {:<44} {:<11} customers", "client", "secret", "scope");
    for client in clients.known {
        let Credentials { client_id, client_secret, scope, customers } = client;
        let customers = if customers == "*" { "all" } else { customers };
        let _ = writeln!(page, "  {client_id:<14} {client_secret:<44} {scope:<11} {customers}");
    }
    let others = clients.registered.saturating_sub(clients.known.len());
    if others > 0 {
        let _ = writeln!(page, "  and {}: `{program} client list`", count(others as u64, "other"));
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
    page.push_str(&last(program));
    page
}

/// The page, which is for this machine alone: with `--listen` it has the port, but not the address.
fn page_of(url: &str) -> String {
    let port = url.rsplit(':').next().unwrap_or_default();
    let is_here = url.contains("://127.") || url.contains("://[::1]");
    if is_here { format!("{url}/") } else { format!("http://127.0.0.1:{port}/") }
}

fn last(program: &str) -> String {
    format!("All operations: `{program} operations`. Stop with Ctrl-C.\n")
}

/// What a person does next who has no client to begin with.
fn next(url: &str, clients: &Clients<'_>, program: &str) -> String {
    let at = if url == SERVER { String::new() } else { format!(" --server {url}") };
    let have = match clients.registered {
        0 => "No clients yet.".to_owned(),
        number => format!("{} in the table; secrets were shown when they were made.", count(number as u64, "client")),
    };
    let kept =
        if clients.kept { "" } else { "The data live in memory and end with this server; `--data FILE` keeps them.\n" };
    let commands = [
        ("client create portal --scope \"read write\" --sees '*'", "a client; shows its secret"),
        ("client list", "the clients that are there"),
        ("import FILE", "customers, lines, bills: docs/import.md"),
    ];
    let rows = commands.map(|(command, what)| vec![format!("  {program} {command}{at}"), format!(" # {what}")]);
    format!("\n{have} In another terminal, while this server runs:\n\n{}\n{kept}", table(&rows, &[]))
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
        let line = json("http://127.0.0.1:3000", &Clients { known: &clients(), registered: 3, kept: false }, None);
        assert_eq!(line.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let client = serde_json::json!({
            "client_id": "demo-portal", "client_secret": "s3cret", "scope": "read write", "customers": "*",
        });
        assert_eq!(value, serde_json::json!({ "url": "http://127.0.0.1:3000", "clients": [client], "registered": 3 }));
    }

    #[test]
    fn people_get_three_requests_to_paste() {
        let now = "2025-01-15T12:00:00Z".parse().unwrap();
        let clients = clients();
        let known = |registered| Clients { known: &clients, registered, kept: false };
        let page = text("http://127.0.0.1:3000", country(), &known(1), None, now, "selfcare");
        let requests: Vec<_> = page.lines().filter(|line| line.contains("curl")).collect();
        assert_eq!(requests.len(), 3);
        assert!(requests[0].contains("-u 'demo-portal:s3cret'"));
        assert!(requests[2].ends_with("hourlybyapp?startDate=2025-01-08T12:00:00Z'"));
        assert!(
            page.contains("  http://127.0.0.1:3000/ ") && page.contains("http://127.0.0.1:3000/reference "),
            "{page}"
        );
        assert_eq!(page_of("http://192.168.1.20:3000"), "http://127.0.0.1:3000/");
        assert!(!page.contains(" other"), "{page}");
        let page = text("http://127.0.0.1:3000", country(), &known(3), None, now, "cargo run --");
        assert!(page.contains("\n  and 2 others: `cargo run -- client list`\n"), "{page}");
    }

    #[test]
    fn who_has_no_client_is_told_what_to_do() {
        let now = "2025-01-15T12:00:00Z".parse().unwrap();
        let page = |url: &str, registered, kept| {
            text(url, country(), &Clients { known: &[], registered, kept }, None, now, "cargo run --")
        };
        let empty = page("http://127.0.0.1:3000", 0, false);
        assert!(
            empty.contains("No clients yet.") && empty.contains("-- client create") && empty.contains("-- import FILE")
        );
        assert!(empty.contains("`--data FILE` keeps them") && !empty.contains("--server"), "{empty}");
        let kept = page("http://127.0.0.1:4000", 2, true);
        assert!(
            kept.contains("2 clients in the table;") && kept.contains("client list --server http://127.0.0.1:4000")
        );
        assert!(!kept.contains("No clients") && !kept.contains("in memory"), "{kept}");
    }
}

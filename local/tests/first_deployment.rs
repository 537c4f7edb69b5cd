//! `tests/first-deployment.sh` against the local server: what it asks a deployment holds here, it says so when something does
//! not, and docs/first-deployment.md has every check.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod server;

use std::collections::BTreeSet;
use std::process::{Command, Output};

use server::Server;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/first-deployment.sh");

const PAGE: &str = include_str!("../../docs/first-deployment.md");

/// A demo client, whose secret is published.
const CLIENT: [(&str, &str); 2] = [("CLIENT_ID", "demo-portal"), ("CLIENT_SECRET", "demo-portal-secret")];

const PORTAL: &str = "https://portal.example";

fn ask(address: &str, variables: &[(&str, &str)]) -> Output {
    let mut script = Command::new(SCRIPT);
    for name in ["CLIENT_ID", "CLIENT_SECRET", "LINE", "ORIGIN", "BRAND", "COUNTRY"] {
        script.env_remove(name);
    }
    script.arg(address).envs(variables.iter().copied()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap()
}

/// The checks that the script has printed lines of.
fn printed(text: &str) -> BTreeSet<&str> {
    let lines =
        text.lines().filter(|line| ["holds ", "FAILS ", "skipped ", "note "].iter().any(|word| line.starts_with(word)));
    lines.map(|line| line.split_whitespace().nth(1).unwrap()).collect()
}

/// The checks of the page's first table.
fn explained() -> BTreeSet<&'static str> {
    let (_, table) = PAGE.split_once("|---|---|---|\n").unwrap();
    table.lines().map_while(|row| row.strip_prefix("| `")?.split('`').next()).collect()
}

#[test]
fn all_that_a_deployment_is_asked_holds_here_and_is_explained() {
    let server = Server::with(&[]);
    let output = ask(server.url(), &CLIENT);
    let text = said(&output);
    assert!(output.status.success() && text.contains(" hold, 0 do not, 0 left out"), "{text}");
    assert_eq!(printed(&text), explained(), "the checks of the script, and the rows of docs/first-deployment.md");
    assert!(
        !text.contains("demo-portal-secret") && !text.contains("eyJ"),
        "neither a secret nor a token is shown:\n{text}"
    );
}

#[test]
fn what_needs_a_token_is_left_out_without_credentials_and_said_to_be() {
    let server = Server::with(&[]);
    let output = ask(server.url(), &[]);
    let text = said(&output);
    assert!(output.status.success() && text.contains(" hold, 0 do not, 3 left out"), "{text}");
}

#[test]
fn what_does_not_hold_is_told_and_fails() {
    let server = Server::with(&[]);
    let output = ask(server.url(), &[("ORIGIN", PORTAL)]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let failed: Vec<_> = text.lines().filter(|line| line.starts_with("FAILS ")).collect();
    assert_eq!(failed.len(), 2, "{text}");
    assert!(failed.iter().all(|line| line.contains(" preflight ") && line.contains(PORTAL)), "{text}");
}

#[test]
fn an_allowed_page_is_told_so_and_another_is_not() {
    let server = Server::with(&["--allowed-origins", PORTAL]);
    let output = ask(server.url(), &[("ORIGIN", PORTAL)]);
    let text = said(&output);
    assert!(output.status.success() && text.contains(&format!("allowed: {PORTAL}")), "{text}");
    let other = ask(server.url(), &[("ORIGIN", "*")]);
    assert_eq!(other.status.code(), Some(1), "not every page is allowed: {}", said(&other));
}

#[test]
fn what_cannot_be_asked_is_an_error_of_its_own() {
    for (address, variables, why) in [
        ("https://127.0.0.1:1", &[][..], "does not answer"),
        ("api.example.com", &[], "usage"),
        ("https://api.example.com/stage", &[], "usage"),
        ("http://api.example.com", &CLIENT, "over TLS alone"),
    ] {
        let output = ask(address, variables);
        assert_eq!(output.status.code(), Some(2), "{address}: {}", said(&output));
        assert!(said(&output).contains(why), "{address}: {}", said(&output));
    }
}

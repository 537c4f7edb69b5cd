//! Events as a person meets them: a client subscribes, something happens, a signed webhook arrives; and what was told is published
//! again.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod server;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use server::Server;

const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a request to the server; its answer as JSON.
fn ask(server: &Server, method: &str, path: &str, authorization: &str, body: &str) -> Value {
    let host = server.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {authorization}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or_default()
}

/// An address that takes everything: its URL, and what it takes, each with its `webhook-id`.
fn receiver() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let (sender, taken) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut length, mut id, mut line) = (0, String::new(), String::new());
            while stream.read_line(&mut line).unwrap() > 2 {
                let (name, value) = line.split_once(':').unwrap_or_default();
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.trim().parse().unwrap(),
                    "webhook-id" => value.trim().clone_into(&mut id),
                    _ => {}
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
            if sender.send((id, serde_json::from_slice(&body).unwrap())).is_err() {
                return;
            }
        }
    });
    (url, taken)
}

fn selfcare(server: &Server, arguments: &[&str]) -> std::process::Output {
    let output = Command::new(env!("CARGO_BIN_EXE_selfcare")).args(arguments).args(["--server", server.url()]).output();
    output.unwrap()
}

fn says(server: &Server, arguments: &[&str]) -> String {
    let output = selfcare(server, arguments);
    let (text, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{text}{errors}");
    text
}

#[test]
fn a_webhook_arrives_and_what_was_told_is_told_again_by_the_same_id() {
    let server = Server::with(&["--clock", "2026-03-10T15:00:00Z"]);
    let basic = format!("Basic {}", STANDARD.encode("demo-acme:demo-acme-secret"));
    let token = ask(&server, "POST", "/oauth/client_credential/accesstoken?grant_type=client_credentials", &basic, "");
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let (url, taken) = receiver();
    let body = json!({ "callback": url, "query": "eventType=SubscriberStatusChanged" });
    let made = ask(&server, "POST", "/hub/v1/hub", &bearer, &body.to_string());
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    let listed: Value = serde_json::from_str(&says(&server, &["events", "subscriptions", "--json"])).unwrap();
    let one = &listed[0];
    assert_eq!(
        (&one["client"], &one["id"], &one["address"]),
        (&json!("demo-acme"), &json!("1"), &json!(url.strip_suffix("/in").unwrap())),
        "{listed}"
    );
    assert_eq!(says(&server, &["events", "subscriptions", "--failing"]), "no subscriptions\n");
    let change = json!({ "code": "Blocked", "assetType": "SIM" }).to_string();
    ask(&server, "PUT", "/billing/subscribers/3001234567/status", &bearer, &change);
    let (id, told) = taken.recv_timeout(PATIENCE).unwrap();
    assert_eq!((&told["type"], &told["data"]["code"]), (&json!("SubscriberStatusChanged"), &json!("Blocked")));

    let replay = ["events", "replay", "--since", "2026-03-10T00:00:00Z", "--type", "SubscriberStatusChanged"];
    let counted = says(&server, &[&replay[..], &["--dry-run"]].concat());
    assert!(counted.starts_with("walks through ") && counted.contains("read units"), "{counted}");
    assert!(counted.contains("       1  SubscriberStatusChanged\n1 event would be published, of "), "{counted}");
    assert!(taken.recv_timeout(Duration::from_millis(600)).is_err(), "counting publishes nothing");
    let published = says(&server, &replay);
    assert!(published.contains("1 event published, of "), "{published}");
    let (again, same) = taken.recv_timeout(PATIENCE).unwrap();
    assert_eq!((again, &same["data"], &same["type"]), (id, &told["data"], &told["type"]));
    assert_eq!(same["timestamp"].as_str().unwrap()[..16], told["timestamp"].as_str().unwrap()[..16]);
    let nothing = says(&server, &["events", "replay", "--since", "2027-01-01T00:00:00Z", "--json"]);
    let nothing: Value = serde_json::from_str(&nothing).unwrap();
    assert_eq!((&nothing["events"], nothing["read"].as_u64().unwrap() > 100), (&json!({}), true), "{nothing}");
}

#[test]
fn what_cannot_be_published_again_is_refused() {
    let server = Server::with(&["--empty"]);
    let refuses = |arguments: &[&str]| {
        let output = selfcare(&server, &[&["events", "replay"][..], arguments].concat());
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let since = ["--since", "2026-03-10T00:00:00Z"];
    assert!(refuses(&[&since[..], &["--type", "WebhookDue"]].concat()).contains("no event of docs/events.md"));
    assert!(refuses(&[&since[..], &["--type", "Nothing"]].concat()).contains("no event of docs/events.md"));
    assert!(refuses(&[&since[..], &["--stack", "s"]].concat()).contains("--stack names the bus beside --table"));
    assert!(refuses(&["--since", "yesterday"]).contains("2025-01-15T12:00:00Z"));
}

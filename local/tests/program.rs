//! The program itself: what it prints, how it stops, how it fails.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

fn program(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Starts the server; gives it, and the first line it prints.
fn serving(arguments: &[&str]) -> (Child, Value) {
    let mut child = program(&[&["serve", "--port", "0", "--json"], arguments].concat());
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let greeting = serde_json::from_str(&line).unwrap();
    (child, greeting)
}

#[cfg(unix)]
fn stop(mut child: Child, signal: &str) {
    Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success(), "{signal} is a clean end");
}

#[cfg(unix)]
#[test]
fn the_server_greets_answers_and_stops_on_either_signal() {
    for signal in ["-TERM", "-INT"] {
        let (child, greeting) = serving(&[]);
        let clients = greeting["clients"].as_array().unwrap();
        let ids: Vec<_> = clients.iter().map(|client| client["client_id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["demo-portal", "demo-readonly", "demo-acme", "demo-globex"]);
        let address = greeting["url"].as_str().unwrap().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /no/such/address HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        stop(child, signal);
    }
}

#[cfg(unix)]
#[test]
fn a_data_file_keeps_the_clients_and_empty_has_none() {
    let folder = std::env::temp_dir().join(format!("local-program-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("data.db");
    let [first, second] = [(), ()].map(|()| {
        let (child, greeting) = serving(&["--data", path.to_str().unwrap()]);
        stop(child, "-TERM");
        greeting["clients"].clone()
    });
    assert_eq!(first, second);
    std::fs::remove_dir_all(&folder).unwrap();
    let (child, greeting) = serving(&["--empty"]);
    assert_eq!(greeting["clients"], serde_json::json!([]));
    stop(child, "-TERM");
}

#[test]
fn a_mistake_is_one_line_and_exit_code_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, expected) in [
        (&["--port", &port][..], format!("error: port {port} is in use; choose another with --port\n")),
        (&["--prot", "1"], "error: unexpected argument '--prot' found\n".to_owned()),
        (
            &["--port", "0", "--template", "/no/such"],
            "error: template: /no/such: No such file or directory (os error 2)\n".to_owned(),
        ),
    ] {
        let output = program(arguments).wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    }
}

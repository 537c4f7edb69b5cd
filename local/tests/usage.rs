//! The operator's commands for usage files, against a local server.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod server;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use server::Server;

fn send(server: &Server, file: &str) -> Output {
    send_path(server, &sample(file))
}

fn send_path(server: &Server, file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    command.args(["usage", "send", file.to_str().unwrap(), "--wait", "--server", server.url()]).output().unwrap()
}

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/usage-files").join(name)
}

fn result(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let (sent, result) = text.split_once('\n').unwrap();
    assert!(sent.starts_with("sent as inbox/"), "{sent}");
    serde_json::from_str(result).unwrap()
}

#[test]
fn a_file_is_sent_and_its_result_is_shown_also_the_second_time() {
    let server = Server::with(&["--clock", "2026-03-10T15:00:00Z"]);
    for (file, read) in [("msc.1.calls.csv", 6), ("pgw-2.1.sessions.ndjson", 2), ("msc.1.calls.csv", 6)] {
        let result = result(&send(&server, file));
        assert_eq!(
            (&result["outcome"], &result["read"], &result["accepted"]),
            (&"ingested".into(), &read.into(), &read.into())
        );
    }
}

#[test]
fn another_content_needs_another_sequence_unless_it_was_refused() {
    let server = Server::with(&["--clock", "2026-03-10T15:00:00Z"]);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("a.1.calls.csv");
    let whole = std::fs::read_to_string(sample("msc.1.calls.csv")).unwrap();
    let says = |content: &str| {
        std::fs::write(&file, content).unwrap();
        send_path(&server, &file)
    };
    assert_eq!(result(&says("something else\n"))["outcome"], "refused");
    assert_eq!(result(&says(&whole))["accepted"], 6);
    let output = says(whole.lines().next().unwrap());
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("a.1.calls.csv has another content: send this one with the next sequence"), "{told}");
}

#[test]
fn a_file_that_is_not_called_like_a_usage_file_is_not_sent() {
    let output = Command::new(env!("CARGO_BIN_EXE_selfcare"))
        .args(["usage", "send", sample("call.schema.json").to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.starts_with("error: a usage file is called inbox/") && told.lines().count() == 1, "{told}");
}

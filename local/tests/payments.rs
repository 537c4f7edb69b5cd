//! The operator's commands for payment files, against a local server.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod server;

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use server::Server;

/// What a command says on this server.
fn says(server: &Server, arguments: &[&str]) -> String {
    let output = run(&[arguments, &["--server", server.url()]].concat());
    let (text, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{text}{errors}");
    text
}

fn run(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_selfcare")).arg("payments").args(arguments).output().unwrap()
}

fn sample(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/payments").join(name);
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_file_is_sent_reconciled_and_listed_also_the_second_time() {
    let server = Server::with(&["--clock", "2026-03-10T15:00:00Z"]);
    let file = sample("bank.csv");
    let counted = "4 read, 3 applied (4760.00 COP), 0 duplicate, 1 unknown, 0 refused";
    for was_taken in [false, true] {
        let told = says(&server, &["send", &file, "--wait"]);
        let mut lines: Vec<_> = told.lines().collect();
        if was_taken {
            let before = lines.remove(1);
            assert!(
                before.starts_with("taken before, at 2026-03-10T15:") && before.ends_with("nothing is paid again"),
                "{told}"
            );
        }
        assert!(lines[0].starts_with("sent as payments/") && lines[0].ends_with("/manual/bank.csv"), "{told}");
        assert_eq!(lines[1..3], [counted, "id,reference,amount,day,line,reason,text"]);
        assert_eq!(lines[3], "bank-2026-03-10-000003,FE-999999,47.22,2026-03-10,4,there is no such bill,");
        assert_eq!(lines.len(), 4, "{told}");
    }
    let told: Value =
        serde_json::from_str(&says(&server, &["send", &file, "--wait", "--json", "--stream", "b"])).unwrap();
    let result = &told["result"];
    assert_eq!((&result["duplicate"], &result["sum"]["minor"]), (&json!(3), &json!(0)), "{told}");
    assert_eq!(told["taken_before"], Value::Null, "as a file of another stream it is new");
    let again: Value = serde_json::from_str(&says(&server, &["send", &file, "--json"])).unwrap();
    assert!(again["taken_before"].is_string(), "{again}");
    let listed = says(&server, &["list"]);
    let [head, first, _] = listed.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(head.starts_with("day ") && first.starts_with("2026-03-10  manual/bank."), "{listed}");
    assert!(first.ends_with(counted), "{listed}");
    let listed: Value = serde_json::from_str(&says(&server, &["list", "--json"])).unwrap();
    assert_eq!((&listed[0]["became"], &listed[0]["applied"]), (&json!("ingested"), &json!(3)), "{listed}");
}

#[test]
fn a_file_that_is_not_called_like_a_payment_file_is_not_sent() {
    let output = run(&["send", "payments.xlsx"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.starts_with("error: a payment file is called payments/") && told.lines().count() == 1, "{told}");
}

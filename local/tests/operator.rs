//! The operator's commands against a running server, as a person types them.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// How long something may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that ends with the test.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn selfcare() -> Command {
    Command::new(env!("CARGO_BIN_EXE_selfcare"))
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let mut command = selfcare();
        command.args(["serve", "--port", "0", "--json"]).args(options);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        let greeting: Value = serde_json::from_str(&greeting).unwrap();
        Self { child, url: greeting["url"].as_str().unwrap().to_owned() }
    }

    /// What a command prints.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let (text, error) = run(arguments, &self.url);
        assert_eq!(error, "", "{arguments:?}");
        text
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.says(arguments)).unwrap()
    }

    /// Why a command fails.
    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> String {
        let (text, error) = run(arguments, &self.url);
        assert!(text.is_empty() && error.starts_with("error: "), "{arguments:?}: {text}{error}");
        error
    }

    /// The answer to a signed request of the AWS JSON protocol, as it comes.
    fn post(&self, target: &str, body: &str, header: &str) -> String {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let signed = "Authorization: AWS4-HMAC-SHA256 Credential=local/20260310/us-east-1/sqs/aws4_request";
        let length = body.len();
        let head = format!("POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: {target}\r\n{signed}\r\n{header}");
        write!(stream, "{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Whether a client gets a token with a secret.
    fn enters(&self, id: &str, secret: &str) -> bool {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let body = "grant_type=client_credentials";
        let basic = STANDARD.encode(format!("{id}:{secret}"));
        let head =
            format!("Host: {host}\r\nAuthorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded");
        let path = "/oauth/client_credential/accesstoken";
        write!(
            stream,
            "POST {path} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.starts_with("HTTP/1.1 200 ")
    }

    fn queue(&self, name: &str) -> Value {
        let all = self.json(&["queue", "list", "--json"]);
        all.as_array().unwrap().iter().find(|queue| queue["queue"] == name).unwrap().clone()
    }
}

/// What a command prints and complains of.
fn run(arguments: &[&str], url: &str) -> (String, String) {
    let output = selfcare().args(arguments).args(["--server", url]).env_remove("CARGO_MANIFEST_DIR").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (said, error) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.success(), error.is_empty(), "{arguments:?}: {error}");
    (said, error)
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/usage-files").join(name)
}

#[test]
fn a_running_server_is_where_commands_work() {
    let server = Server::start(&[]);
    let made = server.says(&["client", "create", "reports", "--sees", "*"]);
    assert!(made.starts_with("client_id reports\nclient_secret "), "{made}");
    assert!(server.says(&["client", "list"]).contains("\nreports "));
    assert!(server.refuses(&["client", "create", "reports", "--sees", "*"]).contains("already exists"));
    assert!(server.says(&["client", "disable", "reports"]).contains("\nstate disabled\n"));
    assert!(server.says(&["keys", "rotate"]).contains("is published"));
    assert!(server.refuses(&["keys", "rotate", "--public-secret", "x"]).contains("its name is known"));
    let sent = sample("msc.1.calls.csv");
    let result = server.says(&["usage", "send", sent.to_str().unwrap(), "--wait"]);
    assert!(result.contains("accepted"), "{result}");
    let files = server.json(&["usage", "list", "--json"]);
    assert_eq!((&files[0]["name"], &files[0]["became"]), (&"msc".into(), &"ingested".into()), "{files}");
    assert!(server.says(&["usage", "list"]).contains("manual/msc.1"));
    let broken = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken.1.calls.csv");
    std::fs::write(&broken, "id,msisdn,start,seconds,called,kind,service\nx-1,3001234567\n").unwrap();
    let result = server.says(&["usage", "send", broken.to_str().unwrap(), "--wait"]);
    assert!(result.contains("\"line\":2,") && result.contains("\"record\":\"x-1,3001234567\""), "{result}");
    assert!(server.says(&["import", "/dev/null"]).contains("0 lines loaded"));
}

#[test]
fn a_client_is_shown_changed_and_enabled_again() {
    let server = Server::start(&[]);
    let made = server.json(&["client", "create", "reports", "--sees", "1001", "--json"]);
    let secret = made["client_secret"].as_str().unwrap();
    let client = |name: &str, state: &str, scope: &str, customers: &str| {
        json!({
            "client_id": "reports", "name": name, "state": state, "scope": scope, "customers": customers,
            "older_secret_until": null,
        })
    };
    let show = ["client", "show", "reports", "--json"];
    assert_eq!(server.json(&show), client("reports", "enabled", "read", "1001"));
    let text = server.says(&["client", "show", "reports"]);
    assert_eq!(text, "client_id reports\nname reports\nstate enabled\nscope read\ncustomers 1001\n");
    let all = ["--name", "Reports of two", "--scope", "read write", "--sees", "1002,1001", "--json"];
    let changed = client("Reports of two", "enabled", "read write", "1001,1002");
    assert_eq!(server.json(&[&["client", "change", "reports"], &all[..]].concat()), changed);
    assert!(server.says(&["client", "change", "reports", "--name", "Reports"]).contains("\nname Reports\n"));
    assert_eq!(server.json(&show), client("Reports", "enabled", "read write", "1001,1002"), "what is not named stays");
    assert!(server.enters("reports", secret));
    assert!(server.says(&["client", "disable", "reports"]).contains("\nstate disabled\n"));
    assert!(!server.enters("reports", secret));
    assert!(server.says(&["client", "enable", "reports"]).contains("\nstate enabled\n"));
    assert!(server.enters("reports", secret), "the secret it had");
    let rotated = server.json(&["client", "rotate-secret", "reports", "--json"]);
    assert!(server.enters("reports", rotated["client_secret"].as_str().unwrap()));
    assert!(server.json(&show)["older_secret_until"].is_string());
    assert!(
        server.refuses(&["client", "change", "reports"]).contains("--name <NAME>|--scope <SCOPE>|--sees <CUSTOMERS>")
    );
    for action in ["show", "enable"] {
        assert!(server.refuses(&["client", action, "nobody"]).contains("the client"));
    }
    let many = (0..1_001).map(|n| format!("C{n}")).collect::<Vec<_>>().join(",");
    let refused = server.refuses(&["client", "change", "reports", "--sees", &many]);
    assert!(refused.contains("must be at most 1000 customer codes, or `*` for all"), "{refused}");
}

/// Every command that lists or shows has a head for people and one document for programs.
#[test]
fn lists_have_a_head_and_are_one_json_document_each() {
    let server = Server::start(&["--clock", "2026-03-10T15:00:00Z"]);
    let sample = sample("msc.1.calls.csv");
    server.says(&["usage", "send", sample.to_str().unwrap(), "--wait"]);
    server.says(&["credit", "add", "500101", "5000", "--reason", "Cortesía"]);
    for (command, head, field) in [
        (&["client", "list"][..], "client ", "/0/client_id"),
        (&["credit", "list", "500101"], "id ", "/0/amount"),
        (&["usage", "list"], "day ", "/0/became"),
        (&["series", "list"], "series ", "/0/next"),
        (&["queue", "list"], "queue ", "/0/waiting"),
        (&["clock", "show"], "2026-03-10T15:0", "/now"),
    ] {
        let text = server.says(command);
        assert!(text.starts_with(head), "{text}");
        let document = server.json(&[command, &["--json"]].concat());
        assert!(document.pointer(field).is_some(), "{command:?}: {document}");
    }
    for (command, none) in
        [(&["payments", "list"], "no files arrived\n"), (&["bill", "parked"], "no contract is parked\n")]
    {
        assert_eq!(server.says(command), none);
        assert_eq!(server.json(&[&command[..], &["--json"]].concat()), json!([]));
    }
    let operations = selfcare().args(["operations", "--json"]).output().unwrap();
    let operations: Value = serde_json::from_slice(&operations.stdout).unwrap();
    assert_eq!(
        operations.as_array().unwrap().last().unwrap(),
        &json!({"method": "ANY", "path": "*", "function": "not-found"})
    );
}

/// Guard: what is loaded is what was checked, and a pipe can be read once.
#[test]
fn a_pipe_is_imported_as_a_file_is() {
    let server = Server::start(&["--empty"]);
    let customer = r#"{"type":"customer","code":"77","name":"X","address":"X","identities":[]}"#;
    for input in ["/dev/stdin", "-"] {
        let mut command = selfcare();
        command.args(["import", input, "--server", &server.url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        write!(child.stdin.take().unwrap(), "\u{feff}{customer}\r\n\r\n").unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        assert!(said.starts_with("1 line loaded, in ") && said.ends_with(" a second\n"), "{said}");
    }
    let asked = r#"{"TableName":"Table","Key":{"pk":{"S":"CUST#77"},"sk":{"S":"O"}}}"#;
    let answer = server.post("DynamoDB_20120810.GetItem", asked, "");
    assert!(answer.contains("\"CUST#77\""), "{answer}");
}

#[test]
fn without_a_server_the_error_says_what_to_do() {
    // A port that nothing listens on any more.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    for (arguments, instead) in [
        (&["usage", "list"][..], "--data FILE or --table NAME"),
        (&["client", "list"], "--data FILE or --table NAME"),
        (&["queue", "list"], "--stack NAME"),
        (&["clock", "show"], "--server URL"),
    ] {
        let (_, error) = run(arguments, &url);
        assert_eq!(
            error,
            format!("error: no local server at {url}; start one with `selfcare serve`, or say {instead}\n")
        );
    }
}

#[test]
fn a_dead_letter_is_shown_with_its_reason_and_moved_back() {
    let server = Server::start(&["--empty", "--clock", "2026-03-10T12:00:00Z"]);
    let sent = r#"{"QueueUrl":"UsageFiles","MessageBody":"what is this"}"#;
    assert!(server.post("AmazonSQS.SendMessage", sent, "").starts_with("HTTP/1.1 200"));
    let dead = |sent: &str| {
        let shown = server.json(&["queue", "show", "UsageDeadLetters", "--json"]);
        let message = shown[0].clone();
        assert_eq!((&message["body"], shown.as_array().unwrap().len()), (&"what is this".into(), 1), "{shown}");
        assert!(message["reason"].as_str().unwrap().starts_with("parked: "), "{shown}");
        assert!(message["sent"].as_str().unwrap().starts_with(sent), "{shown}");
    };
    let is_dead = || server.queue("UsageFiles")["dead_letters"]["waiting"] == 1;
    until("the message is parked", is_dead);
    dead("2026-03-10T12:0");
    let text = server.says(&["queue", "show", "UsageDeadLetters"]);
    assert!(text.contains("  parked: ") && text.contains("  what is this\n"), "{text}");
    assert_eq!(server.queue("UsageDeadLetters")["in_flight"], 0, "a look gives back what it took");
    server.says(&["clock", "advance", "2h"]);
    assert!(server.queue("UsageDeadLetters")["oldest_seconds"].as_u64().unwrap() >= 7_200);
    assert!(server.says(&["queue", "list"]).contains("1 in UsageDeadLetters"));
    for queue in ["UsageDeadLetters", "UsageFiles"] {
        assert_eq!(server.says(&["queue", "redrive", queue]), "1 message moved from UsageDeadLetters to UsageFiles\n");
        until("it is parked again", is_dead);
        dead("2026-03-10T14:0");
    }
    let id = server.json(&["queue", "show", "UsageDeadLetters", "--json"])[0]["id"].as_str().unwrap().to_owned();
    let deleted = format!("deleted {id} from UsageDeadLetters\n");
    assert_eq!(server.says(&["queue", "delete", "UsageDeadLetters", &id]), deleted);
    assert_eq!(server.json(&["queue", "show", "UsageDeadLetters", "--json"]), Value::Array(Vec::new()));
    assert!(server.refuses(&["queue", "delete", "UsageDeadLetters", &id]).contains("it has no message"));
    assert!(server.refuses(&["queue", "delete", "UsageFiles", &id]).contains("is a function's to take"));
}

#[test]
fn what_a_queue_cannot_do_is_said() {
    let server = Server::start(&["--empty"]);
    let reason = server.refuses(&["queue", "show", "UsageFiles"]);
    assert!(reason.contains("after 5 receives") && reason.contains("--receive"), "{reason}");
    assert!(
        server.refuses(&["queue", "show", "Nowhere"]).contains("no queue Nowhere; the template has BillDocumentDead")
    );
    assert!(server.refuses(&["queue", "redrive", "Nowhere"]).contains("no queue Nowhere"));
    assert!(server.refuses(&["queue", "redrive", "EventDeadLetters"]).contains("Dead letters of the pipe"));
    assert_eq!(server.says(&["queue", "redrive", "Orders"]), "0 messages moved from OrderDeadLetters to Orders\n");
    assert_eq!(server.json(&["queue", "show", "Orders", "--receive", "--json"]), Value::Array(Vec::new()));
}

#[test]
fn the_clock_of_a_running_server_moves_forward() {
    let server = Server::start(&["--empty", "--clock", "2026-03-10T12:00:00Z"]);
    assert!(server.says(&["clock", "show"]).starts_with("2026-03-10T12:0"));
    assert!(server.says(&["clock", "advance", "1d"]).starts_with("2026-03-11T12:0"));
    assert!(server.says(&["clock", "show"]).starts_with("2026-03-11T12:0"));
    assert!(server.refuses(&["clock", "advance", "4000d"]).contains("at most ten years"));
    assert!(server.refuses(&["clock", "advance", "-1d"]).contains("unexpected argument"));
    let now = Server::start(&["--empty"]);
    let year = |text: &str| text.get(..4).unwrap().parse::<u32>().unwrap();
    assert_eq!(year(&now.says(&["clock", "advance", "366d"])), year(&now.says(&["clock", "show"])));
    let directory = tempfile::tempdir().unwrap();
    let variables = directory.path().join("env.json");
    let containers = Server::start(&["--empty", "--stores", "0", "--env-vars", variables.to_str().unwrap()]);
    assert!(containers.refuses(&["clock", "advance", "1d"]).contains("keeps real time"));
}

#[test]
fn a_client_s_secret_is_not_rotated_twice_in_a_day() {
    let server = Server::start(&[]);
    let rotate = ["client", "rotate-secret", "demo-acme"];
    assert!(server.refuses(&[&rotate[..], &["--lost"]].concat()).contains("is in use"));
    assert!(server.says(&rotate).starts_with("client_id demo-acme\nclient_secret "));
    let refused = server.refuses(&rotate);
    assert!(
        refused.contains("is good until") && refused.contains("--lost") && refused.contains("--force"),
        "{refused}"
    );
    for word in ["--lost", "--force"] {
        assert!(server.says(&[&rotate[..], &[word]].concat()).starts_with("client_id demo-acme\n"), "{word}");
    }
    assert!(server.refuses(&[&rotate[..], &["--lost", "--force"]].concat()).contains("cannot be used with"));
}

#[test]
fn a_run_outlives_the_server_and_its_bills_are_explained() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let options = ["--clock", "2026-03-15T15:00:00Z", "--data", data.to_str().unwrap()];
    let mut server = Server::start(&options);
    let dry = server.json(&["bill", "run", "--date", "2026-02-15", "--dry-run", "--json"]);
    assert_eq!((&dry["adds_up"], &dry["run"]), (&true.into(), &"2026-02-15.dry".into()), "{dry}");
    server.says(&["bill", "run", "--date", "2026-02-15", "--no-wait"]);
    // Killed wherever it is.
    drop(server);
    server = Server::start(&options);
    let text = server.says(&["bill", "run", "--date", "2026-02-15"]);
    assert!(text.ends_with("It adds up.\n"), "{text}");
    let real = server.json(&["bill", "status", "2026-02-15", "--json"]);
    assert_eq!(real["report"]["invoices"], dry["report"]["invoices"], "the same bills as a dry run");
    assert!(
        server.says(&["bill", "run", "--date", "2026-02-15"]).starts_with("the run 2026-02-15 is there and closed")
    );
    assert!(server.says(&["bill", "status"]).contains("2026-02-15.dry  closed, dry"));
    let bill = server.json(&["bill", "explain", "FE-000001", "--json"]);
    assert_eq!(bill["lines"][0]["line"], 1, "{bill}");
    assert!(server.says(&["bill", "explain", "FE-000001", "1"]).contains("\nRule 2 "));
    assert!(server.says(&["bill", "verify", "FE-000001"]).starts_with("same: FE-000001"));
    assert!(server.says(&["series", "list"]).contains("\nFE      invoices      FE-0000"));
    assert!(server.says(&["series", "report"]).contains("0 declared unused"));
    assert_eq!(server.says(&["bill", "parked"]), "no contract is parked\n");
    assert_eq!(server.says(&["bill", "retry-parked"]), "no contract is parked\n");
    assert!(server.says(&["bill", "run", "--prepare", "1000000"]).contains("a local table has nothing to prepare"));
    for (arguments, reason) in [
        (
            &["bill", "run", "--date", "2026-04-15"][..],
            "error: --date: must not be after 2026-03-15, which it is there; 2026-04-15 has not begun",
        ),
        (
            &["bill", "run", "--date", "2026-02-15", "--contract", "9", "--contract", "9"],
            "error: --contract: must be a contract that there is; 9 is none\n",
        ),
        (&["bill", "run", "--date", "2026-02-15", "--stack", "x"], "error: --stack is for AWS"),
        (&["bill", "run"], "error: the following required arguments were not provided: --date <YYYY-MM-DD>"),
        (&["bill", "close-parked", "500101", "--reason", "x"], "error: CONTRACT: must be parked, which 500101 is not"),
        (&["bill", "verify", "FE-1"], "error: NUMBER: must be a bill that a run has issued, which FE-1 is not"),
        (&["bill", "explain", "FE-000001", "0"], "error: LINE: must be a line from 1 to"),
    ] {
        let error = server.refuses(arguments);
        assert!(error.starts_with(reason), "{error}");
    }
}

#[test]
fn no_web_page_reaches_the_services() {
    let server = Server::start(&["--empty"]);
    assert!(server.post("Selfcare.Describe", "{}", "").starts_with("HTTP/1.1 200"));
    assert!(server.post("Selfcare.Describe", "{}", "Origin: http://127.0.0.1:3000\r\n").starts_with("HTTP/1.1 403"));
    assert!(server.post("Selfcare.Unknown", "{}", "").starts_with("HTTP/1.1 400"));
}

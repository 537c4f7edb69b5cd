//! The program: what it prints, how it stops, how it fails.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

fn program(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Starts the server; returns it and the first line it prints.
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
    let end = child.wait().unwrap();
    assert!(end.success() || signal == "-KILL", "{signal} is a clean end");
}

#[cfg(unix)]
#[test]
fn the_server_greets_answers_and_stops_on_either_signal() {
    for signal in ["-TERM", "-INT"] {
        let (child, greeting) = serving(&[]);
        let clients = greeting["clients"].as_array().unwrap();
        let ids: Vec<_> = clients.iter().map(|client| client["client_id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["demo-portal", "demo-readonly", "demo-acme", "demo-globex"]);
        assert_eq!(clients[0]["client_secret"], "demo-portal-secret");
        let address = greeting["url"].as_str().unwrap().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /no/such/address HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
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

/// Keys, and what customers pay, are for who started the program alone, also in files that an earlier version has left.
#[cfg(unix)]
#[test]
fn a_data_file_and_all_beside_it_are_their_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    fn modes(path: &std::path::Path, seen: &mut Vec<(String, u32, bool)>) {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let about = std::fs::metadata(&path).unwrap();
            seen.push((path.display().to_string(), about.permissions().mode() & 0o777, about.is_dir()));
            if about.is_dir() {
                modes(&path, seen);
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let data = folder.path().join("data.db");
    for round in 0..2 {
        let (child, _) = serving(&["--data", data.to_str().unwrap()]);
        let mut seen = Vec::new();
        modes(folder.path(), &mut seen);
        let has = |ending: &str| seen.iter().any(|(path, ..)| path.ends_with(ending));
        assert!(has("data.db") && has("data.db-wal") && has("data.db-shm") && has(".pdf"), "{seen:?}");
        for (path, mode, is_directory) in &seen {
            assert_eq!(*mode, if *is_directory { 0o700 } else { 0o600 }, "round {round}: {path} has {mode:o}");
        }
        stop(child, "-KILL");
        for (path, ..) in seen.iter().filter(|(path, ..)| std::path::Path::new(path).exists()) {
            let open = if std::path::Path::new(path).is_dir() { 0o755 } else { 0o644 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(open)).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn the_stores_open_for_containers_with_a_file_that_names_them() {
    let folder = std::env::temp_dir().join(format!("selfcare-stores-{}", std::process::id()));
    let file = folder.join("env.json");
    let (child, greeting) = serving(&["--stores", "0", "--env-vars", file.to_str().unwrap()]);
    let port = greeting["stores"]["port"].as_u64().unwrap();
    // Who knows where else these stores are served.
    assert_eq!(greeting["clients"][0]["client_secret"].as_str().unwrap().len(), 43);
    let variables: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let (secret, variables) = (&variables["Authorizer"]["SECRET_ID"], &variables["Parameters"]);
    for service in ["DYNAMODB", "SECRETS_MANAGER", "S3"] {
        assert_eq!(variables[format!("AWS_ENDPOINT_URL_{service}")], format!("http://host.docker.internal:{port}"));
    }
    for name in ["FILES_URL", "ISSUER"] {
        assert_eq!(variables[name], greeting["url"]);
    }
    let body = format!(r#"{{"SecretId":{secret}}}"#);
    let mut stream = TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap())).unwrap();
    let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-amz-target: secretsmanager.GetSecretValue";
    stream.write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("SecretString"), "{answer}");
    stop(child, "-TERM");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What a command says when it fails, which it must.
#[track_caller]
fn refuses(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[cfg(unix)]
#[test]
fn a_data_file_is_of_one_country_and_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let data = file.to_str().unwrap();
    let serve = |country: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selfcare"));
        command.args(["serve", "--port", "0", "--data", data, "--country", country]);
        command
    };
    let (child, greeting) = serving(&["--data", data, "--country", "sv"]);
    assert_eq!(greeting["registered"], 4);
    let second = refuses(&mut serve("sv"));
    assert_eq!(second, format!("error: another server runs on {data}; stop it, or choose another file with --data\n"));
    stop(child, "-KILL");
    let other = "error: the data file is of the country sv; say --country sv, or choose another file with --data\n";
    assert_eq!(refuses(&mut serve("co")), other);
    let mut import = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    assert_eq!(refuses(import.args(["import", "/dev/null", "--data", data, "--country", "co"])), other);
    // Not the demo's: those of the table are counted.
    let mut create = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    create.args(["client", "create", "reports", "--sees", "*", "--data", data]);
    assert!(create.output().unwrap().status.success());
    let (child, greeting) = serving(&["--empty", "--data", data, "--country", "sv"]);
    let known = greeting["clients"].as_array().unwrap().len();
    assert_eq!((known, &greeting["registered"]), (4, &5.into()));
    stop(child, "-TERM");
}

#[cfg(unix)]
#[test]
fn a_server_serves_the_country_of_its_data_file_when_none_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let data = file.to_str().unwrap();
    let (child, _) = serving(&["--data", data, "--country", "py"]);
    stop(child, "-TERM");
    let (child, greeting) = serving(&["--data", data]);
    let url = greeting["url"].as_str().unwrap();
    let mut series = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    let listed = series.args(["series", "list", "--json", "--server", url]).output().unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let mut second = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    let refused = refuses(second.args(["serve", "--port", "0", "--data", data]));
    stop(child, "-TERM");
    assert_eq!(listed[0]["prefix"], "001-001-", "Paraguay's: {listed}");
    assert!(refused.starts_with("error: another server runs on "), "{refused}");
    // A file that is not there yet is of the usual country.
    let new = folder.path().join("new.db");
    let (child, greeting) = serving(&["--data", new.to_str().unwrap()]);
    assert_eq!(greeting["registered"], 4);
    stop(child, "-TERM");
}

#[cfg(unix)]
#[test]
fn a_secret_that_is_no_longer_right_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let data = file.to_str().unwrap();
    stop(serving(&["--data", data]).0, "-TERM");
    let mut disable = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    assert!(disable.args(["client", "disable", "demo-acme", "--data", data]).output().unwrap().status.success());
    let (child, greeting) = serving(&["--data", data]);
    let shown = greeting["clients"].as_array().unwrap().iter().map(|client| client["client_id"].as_str().unwrap());
    assert_eq!(shown.collect::<Vec<_>>(), ["demo-portal", "demo-readonly", "demo-globex"]);
    assert_eq!(greeting["registered"], 4);
    stop(child, "-TERM");
}

/// As `cargo install` leaves it: alone, with nothing of the checkout around it.
#[cfg(unix)]
#[test]
fn the_program_works_from_anywhere() {
    let place = tempfile::tempdir().unwrap();
    let installed = place.path().join("selfcare");
    std::fs::copy(env!("CARGO_BIN_EXE_selfcare"), &installed).unwrap();
    let home = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&installed);
        command.args(arguments).current_dir(home.path()).env_clear().env("HOME", home.path()).stdin(Stdio::null());
        command
    };
    let mut server = command(&["serve", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut greeting = BufReader::new(server.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    let url = greeting.find_map(|line| Some(line.strip_prefix("Self-care API for co at ")?.to_owned())).unwrap();
    let last = greeting.find(|line| line.contains("Ctrl-C")).unwrap();
    assert!(last.starts_with("All operations: `selfcare operations`"), "{last}");
    let said = |arguments: &[&str]| {
        let output = command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(said(&["client", "list", "--server", &url]).contains("demo-portal"));
    assert!(said(&["operations"]).contains("/plans/subscribers/{MSISDN}/current"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(said(&["completions", shell]).contains("rotate-secret"), "{shell}");
    }
    for path in ["/", "/reference", "/openapi/mobile-v1.json"] {
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    }
    drop(greeting);
    stop(server, "-TERM");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "it leaves nothing behind");
}

#[test]
fn who_has_no_credentials_is_told_so() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["client", "list", "--table", "T"][..],
        &["import", "/dev/null", "--table", "T", "--secret", "S"],
        &["queue", "list", "--stack", "S"],
        &["usage", "send", "../docs/usage-files/msc.1.calls.csv", "--bucket", "B"],
        &["bill", "run", "--prepare", "1000", "--table", "T"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selfcare"));
        command.args(arguments).env_clear().env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        let told = "error: no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n";
        assert_eq!(refuses(&mut command), told, "{arguments:?}");
        command.env("AWS_ACCESS_KEY_ID", "k").env("AWS_SECRET_ACCESS_KEY", "s");
        assert_eq!(refuses(&mut command), "error: no AWS region: set AWS_REGION\n", "{arguments:?}");
    }
}

#[cfg(not(feature = "sso"))]
#[test]
fn who_has_a_profile_with_single_sign_on_is_told_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let session = "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start\n";
    let profile = "[default]\nregion = us-east-1\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n";
    std::fs::write(home.path().join(".aws/config"), format!("{profile}{session}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_selfcare"));
    command.args(["client", "list", "--table", "T"]).env_clear().env("HOME", home.path());
    let told = refuses(command.env("AWS_EC2_METADATA_DISABLED", "true"));
    assert!(told.contains("aws configure export-credentials --format env"), "{told}");
}

#[test]
fn a_mistake_is_one_line_and_exit_code_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, expected) in [
        (&["--port", &port][..], format!("error: port {port} is in use; choose another with --port\n")),
        (
            &["--port", "0", "--stores", &port],
            format!("error: 127.0.0.1:{port} is in use; choose another port with --stores\n"),
        ),
        (&["--prot", "1"], "error: unexpected argument '--prot' found\n".to_owned()),
        (
            &["--country", "CO"],
            "error: invalid value 'CO' for '--country <CODE>': must be one of co, sv, gt, hn, bo, py\n".to_owned(),
        ),
        (
            &["--port", "0", "--data", "Cargo.toml"],
            "error: Cargo.toml is not a data file; choose another with --data\n".to_owned(),
        ),
        (
            &["client", "list", "--data", "Cargo.toml"],
            "error: Cargo.toml is not a data file; choose another with --data\n".to_owned(),
        ),
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

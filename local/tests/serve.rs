//! The server on a real port.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::FutureExt;
use local::cli;
use local::containers::Stores;
use local::door::Reach;
use local::failure::Failure;
use local::gateway::{Function, Gateway};
use local::operate::Credentials;
use local::options::Source;
use local::serve::{self, Bundle, Front, Serve};
use local::services::Services;
use local::template::Template;
use serde_json::{Value, json};
use shared::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A bundle whose functions answer with what they received.
async fn echoing(template: &Template, _options: &Serve, _url: &str) -> Result<Bundle, Failure> {
    let echo: Function = Arc::new(|event: Value, _| {
        let seen = json!({ "route": event["routeKey"], "body": event["body"], "context": event["requestContext"] });
        let body = seen.to_string();
        async move { Ok(json!({ "statusCode": 200, "isAuthorized": true, "body": body })) }.boxed()
    });
    let functions = template.functions.keys().map(|name| (name.clone(), Arc::clone(&echo))).collect();
    let clients = vec![Credentials {
        client_id: "demo".into(),
        client_secret: "secret".into(),
        scope: "read".into(),
        customers: "*".into(),
    }];
    Ok(Bundle {
        functions,
        clock: Clock::standing_at(chrono::DateTime::UNIX_EPOCH),
        store: None,
        clients,
        registered: 1,
        sources: None,
        held: None,
    })
}

async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn template() -> Template {
    Source { country: None, template: None }.read().unwrap()
}

async fn front() -> Front {
    let options = Serve {
        port: 0,
        listen: HERE,
        allowed_origins: None,
        source: Source { country: None, template: None },
        data: None,
        empty: true,
        json: true,
        clock: None,
        faults: None,
        stores: Stores { port: None, on: None, env_vars: "env.json".into() },
    };
    let bundle = echoing(&template(), &options, "http://a").await.unwrap();
    let gateway = Gateway::new(template(), bundle.functions, Arc::new(move || bundle.clock.now())).unwrap();
    Front { gateway, services: Services::new(Vec::new()), page: None, reach: Reach::Loopback }
}

#[tokio::test]
async fn requests_are_answered_until_the_server_is_stopped() {
    let listeners = serve::bind(HERE, 0).await.unwrap();
    let address = listeners[0].local_addr().unwrap();
    assert!(address.ip().is_loopback());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve::run(listeners, front().await, None, stopped.map(drop)));

    let body = "grant_type=client_credentials";
    let head = "POST /oauth/client_credential/accesstoken HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: text/plain";
    let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let answer = exchange(address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#""body":"grant_type=client_credentials""#), "{answer}");
    assert!(answer.contains(r#""sourceIp":"127.0.0.1""#) && answer.contains("apigw-requestid: "), "{answer}");

    // An idle keep-alive connection does not delay the stop.
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /none HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    stop.send(()).unwrap();
    let done = tokio::time::timeout(std::time::Duration::from_secs(2), server).await;
    done.expect("the server stops at once").unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_413() {
    let listeners = serve::bind(HERE, 0).await.unwrap();
    let address = listeners[0].local_addr().unwrap();
    let server = tokio::spawn(serve::run(listeners, front().await, None, std::future::pending()));
    let request = "POST /none HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 10485761\r\n\r\n";
    let answer = exchange(address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.ends_with(r#"{"message":"Request Entity Too Large"}"#), "{answer}");
    server.abort();
}

#[tokio::test]
async fn a_foreign_name_is_not_answered() {
    let listeners = serve::bind(HERE, 0).await.unwrap();
    let address = listeners[0].local_addr().unwrap();
    let server = tokio::spawn(serve::run(listeners, front().await, None, std::future::pending()));
    let ask = |host: &str| format!("GET /none HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let answer = exchange(address, ask("rebound.example").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("--listen"), "{answer}");
    assert!(exchange(address, ask("localhost").as_bytes()).await.starts_with("HTTP/1.1 200 "));
    server.abort();
}

#[tokio::test]
async fn what_keeps_the_server_from_starting_is_exit_code_2() {
    let taken = serve::bind(HERE, 0).await.unwrap();
    let port = taken[0].local_addr().unwrap().port();
    let told = serve::bind(HERE, port).await.unwrap_err().to_string();
    assert_eq!(told, format!("port {port} is in use; choose another with --port"));

    let port = port.to_string();
    for arguments in [
        &["--port", &port][..],
        &["--port", "0", "--template", "/no/such/template.yaml"],
        &["--port", "0", "--country", "atlantis"],
        &["--port", "0", "--listen", "0.0.0.0"],
        &["--port", "0", "--listen", "192.0.2.1"],
        &["--no-such-flag"],
    ] {
        let arguments = ["selfcare"].iter().chain(arguments).map(std::ffi::OsString::from);
        assert_eq!(cli::run(arguments, echoing).await, ExitCode::from(2));
    }
    let operations = ["selfcare", "operations"].map(std::ffi::OsString::from);
    assert_eq!(cli::run(operations, echoing).await, ExitCode::SUCCESS);
}

//! Against a real listener on this machine, with name servers of our own.

use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::dns::ResolveDns as _;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Says of every name the next of these lists of addresses, the last one for ever.
struct Script(Mutex<Vec<Vec<IpAddr>>>);

impl Script {
    fn of(lists: &[&[&str]]) -> Arc<Self> {
        let addresses = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new(lists.iter().map(addresses).collect())))
    }
}

impl Lookup for Script {
    fn lookup(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let mut lists = self.0.lock().unwrap();
        let list = if lists.len() > 1 { lists.remove(0) } else { lists[0].clone() };
        async move { Ok(list) }.boxed()
    }
}

/// A listener that answers every request with this text, or never, and counts connections.
async fn listener(answer: Option<String>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&count);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.fetch_add(1, Ordering::SeqCst);
            let Some(answer) = answer.clone() else {
                open.push(stream);
                continue;
            };
            tokio::spawn(async move {
                let mut request = vec![0; 4_096];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    (port, count)
}

fn outside(addresses: Addresses, lists: &[&[&str]]) -> Outside {
    Outside::new(addresses, None).with(Script::of(lists), Duration::from_millis(500))
}

fn now() -> DateTime<Utc> {
    "2026-03-10T15:00:00Z".parse().unwrap()
}

async fn send(outside: &Outside, port: u16) -> Told {
    outside.send(&format!("http://hooks.example:{port}/in"), &[], "{}", now()).await.unwrap()
}

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to() {
    let (port, connections) = listener(Some(NO_CONTENT.to_owned())).await;
    let inside = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"];
    for address in inside {
        assert_eq!(send(&outside(Addresses::Public, &[&[address]]), port).await, Told::Unanswered(Why::Address));
    }
    let beside = outside(Addresses::Public, &[&["8.8.8.8", "127.0.0.1"]]);
    assert_eq!(send(&beside, port).await, Told::Unanswered(Why::Address), "nor when a public address stands beside it");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    // The listener is there: it is the look at the address that has kept us away.
    assert_eq!(send(&outside(Addresses::Any, &[&["127.0.0.1"]]), port).await, Told::Taken);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_name_is_resolved_once_and_what_was_looked_at_is_connected_to() {
    // Who is asked a second time says something else: that would be connected to if the name was resolved again.
    let (port, connections) = listener(Some(NO_CONTENT.to_owned())).await;
    let good_then_bad = Script::of(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let once = Outside::new(Addresses::Any, None).with(good_then_bad, Duration::from_millis(500));
    assert_eq!(send(&once, port).await, Told::Taken);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    // And a name that leads inside the next time is refused the next time.
    let names = Script::of(&[&["8.8.8.8", "2606:4700::1111"], &["127.0.0.1"]]);
    let checked = Checked { names, addresses: Addresses::Public };
    let found: Vec<IpAddr> = checked.resolve_dns("hooks.example").await.unwrap();
    assert_eq!(found, ["8.8.8.8", "2606:4700::1111"].map(|text| text.parse::<IpAddr>().unwrap()));
    assert!(checked.resolve_dns("hooks.example").await.is_err());
}

#[tokio::test]
async fn one_connection_serves_several_requests_unless_the_answer_is_long() {
    let (port, connections) = listener(Some("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_owned())).await;
    let short = outside(Addresses::Any, &[&["127.0.0.1"]]);
    for _ in 0..3 {
        assert_eq!(send(&short, port).await, Told::Taken);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let endless = format!("HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n{}", "x".repeat(100_000));
    let (port, connections) = listener(Some(endless)).await;
    let long = outside(Addresses::Any, &[&["127.0.0.1"]]);
    for _ in 0..2 {
        assert_eq!(send(&long, port).await, Told::Taken, "its status says so; the rest is nothing to us");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn no_answer_in_time_and_nobody_there_are_told_apart() {
    let (port, _) = listener(None).await;
    let outside = outside(Addresses::Any, &[&["127.0.0.1"]]);
    assert_eq!(send(&outside, port).await, Told::Unanswered(Why::Time));
    assert_eq!(send(&outside, 9).await, Told::Unanswered(Why::Connection));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_followed_by_nobody() {
    let (inside, connections) = listener(Some(NO_CONTENT.to_owned())).await;
    let redirect = format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{inside}/\r\ncontent-length: 0\r\n\r\n");
    let (port, _) = listener(Some(redirect)).await;
    let told = send(&outside(Addresses::Any, &[&["127.0.0.1"]]), port).await;
    assert_eq!((told, connections.load(Ordering::SeqCst)), (Told::Refused(302, None), 0));
}

#[tokio::test]
async fn an_answer_may_say_when_to_come_back() {
    let wait = |status: &str, text: &str| {
        let answer = format!("HTTP/1.1 {status}\r\nretry-after: {text}\r\ncontent-length: 0\r\n\r\n");
        async move { send(&outside(Addresses::Any, &[&["127.0.0.1"]]), listener(Some(answer)).await.0).await }
    };
    let seconds = |count| Some(TimeDelta::seconds(count));
    assert_eq!(wait("429 Too Many", "60").await, Told::Refused(429, seconds(60)));
    assert_eq!(wait("503 Down", "Tue, 10 Mar 2026 15:02:00 GMT").await, Told::Refused(503, seconds(120)));
    assert_eq!(wait("503 Down", "soon").await, Told::Refused(503, None));
    assert_eq!(wait("500 Broken", "60").await, Told::Refused(500, None));
}

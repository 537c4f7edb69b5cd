//! Rotation of the signing keys under crashes and by two operators at once: no token is signed that the public half of the
//! key ring does not verify.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use chrono::{DateTime, TimeDelta, Utc};
use local::in_process::{error_body, http_client, response, settings};
use local::rotation::KeySecrets;
use local::store::{PUBLIC, Store};
use local::template::Template;
use shared::auth::keys::{Pace, SETTLE, Step};
use shared::auth::token::{Realm, issue, verify};
use shared::auth::verifier::{MAX_LIFE, Verifier as _};
use shared::auth::{KeyRing, PublicRing, Scopes};
use shared::error::Result;
use shared::lambda::Secrets;
use tests::connector::faults::{Fault, Faults};
use tokio::sync::Notify;

/// The way to the secrets, which gives way so often before each request, and breaks at one of them for good.
#[derive(Debug, Clone)]
struct Way {
    inner: SharedHttpConnector,
    yields: usize,
    left: Arc<AtomicUsize>,
    carries_out_the_last: bool,
}

impl HttpConnector for Way {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { inner, yields, left, carries_out_the_last } = self.clone();
        HttpConnectorFuture::new(async move {
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            let left = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if left.is_ok() || carries_out_the_last {
                let answer = inner.call(request).await;
                if left.is_ok() {
                    return answer;
                }
            }
            response(400, "application/x-amz-json-1.1", error_body("AccessDeniedException", "the operator is gone"))
        })
    }
}

/// Two secrets and what was to be read in the public one, and when.
struct Keys {
    store: Store,
    seen: Vec<(DateTime<Utc>, String)>,
    now: DateTime<Utc>,
}

impl Keys {
    /// A ring that has signed for a day.
    fn new() -> Self {
        let template = Template::parse(&tests::file("template.yaml"), &[]).unwrap();
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let ring = || KeyRing::generate(now - TimeDelta::days(1))?.to_json();
        let mut keys = Self { store: Store::with_ring(&template, None, ring).unwrap(), seen: Vec::new(), now };
        keys.look();
        keys
    }

    /// An operator whose way breaks after so many requests.
    fn operator(&self, yields: usize, requests: usize, carries_out_the_last: bool) -> KeySecrets {
        let (inner, left) = (self.store.secrets.connector(), Arc::new(AtomicUsize::new(requests)));
        let way = SharedHttpConnector::new(Way { inner, yields, left, carries_out_the_last });
        let secrets = Secrets::new(&settings(http_client(way)));
        KeySecrets { secrets, ..self.store.target().keys(PUBLIC) }
    }

    async fn rotate(&mut self, pace: Pace) -> Result<Step> {
        let step = self.operator(0, usize::MAX, false).rotate(pace, self.now).await;
        self.look();
        step
    }

    fn text(&self, name: &str) -> String {
        self.store.secrets.value(name).unwrap().unwrap()
    }

    fn ring(&self) -> KeyRing {
        KeyRing::parse(&self.text("selfcare-keys")).unwrap()
    }

    /// Notes what is in the public secret now.
    fn look(&mut self) {
        let text = self.text(PUBLIC);
        self.seen.push((self.now, text));
    }

    /// Whether a key that may have leaked is in either secret.
    fn has(&self, leaked: &KeyRing) -> bool {
        let (ring, public) = (self.ring(), PublicRing::parse(&self.text(PUBLIC)).unwrap());
        leaked.keys().iter().any(|key| ring.knows(key.kid()) || public.knows(key.kid()))
    }

    fn pass(&mut self, time: TimeDelta) {
        self.now += time;
        self.look();
    }

    /// A token of the key that signs now.
    fn token(&self) -> String {
        issue(&self.ring(), &realm(), &"acme".parse().unwrap(), Scopes::READ, MAX_LIFE, self.now).unwrap().0
    }

    /// Whether what is in the public secret verifies a token.
    fn verifies(&self, token: &str) -> bool {
        verify(&PublicRing::parse(&self.text(PUBLIC)).unwrap(), &realm(), token, self.now).is_ok()
    }

    /// Whether every copy of the public half that an authorizer may still hold verifies a token.
    fn every_copy_verifies(&self, token: &str) -> bool {
        let current = self.seen.iter().rposition(|(at, _)| *at <= self.now - SETTLE).unwrap_or(0);
        let mut copies = self.seen[current..].iter().map(|(_, text)| PublicRing::parse(text).unwrap());
        copies.all(|copy| verify(&copy, &realm(), token, self.now).is_ok())
    }
}

fn realm() -> Realm {
    Realm { issuer: "https://api.example".to_owned(), audience: "selfcare-co".to_owned() }
}

/// What a rotation finds, and how fast it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Situation {
    Publish,
    Sign,
    Emergency,
}

impl Situation {
    const ALL: [Self; 3] = [Self::Publish, Self::Sign, Self::Emergency];

    const fn pace(self) -> Pace {
        if matches!(self, Self::Emergency) { Pace::AtOnce } else { Pace::Staged }
    }

    async fn keys(self) -> Keys {
        let mut keys = Keys::new();
        if self != Self::Publish {
            keys.rotate(Pace::Staged).await.unwrap();
            keys.pass(SETTLE);
        }
        keys
    }
}

#[tokio::test]
async fn a_crash_at_any_request_leaves_every_token_verifiable() {
    for situation in Situation::ALL {
        for carries_out_the_last in [false, true] {
            let mut crashes = 0;
            for requests in 0.. {
                let name = format!("{situation:?}, {requests} requests, the last carried out: {carries_out_the_last}");
                let mut keys = situation.keys().await;
                let old = keys.token();
                let operator = keys.operator(0, requests, carries_out_the_last);
                let done = operator.rotate(situation.pace(), keys.now).await;
                keys.look();
                let token = keys.token();
                assert!(keys.verifies(&token), "{name}");
                if situation != Situation::Emergency {
                    assert!(keys.verifies(&old) && keys.every_copy_verifies(&token), "{name}");
                }
                if done.is_ok() {
                    assert_eq!(keys.verifies(&old), situation != Situation::Emergency, "{name}");
                    break;
                }
                crashes += 1;
                // The operator comes back, until a new key signs.
                while !matches!(keys.rotate(situation.pace()).await.unwrap(), Step::Signing(_)) {
                    keys.pass(SETTLE);
                    assert!(keys.every_copy_verifies(&keys.token()), "{name}");
                }
                let token = keys.token();
                assert!(keys.verifies(&token), "{name}");
                if situation == Situation::Emergency {
                    assert!(!keys.verifies(&old), "{name}: a key that may have leaked is still good");
                } else {
                    assert!(keys.verifies(&old) && keys.every_copy_verifies(&token), "{name}");
                }
            }
            assert!(crashes > 4, "{situation:?}: {crashes} crashes");
        }
    }
}

/// An emergency that is cut off between its two secrets, and run again until it says so.
#[tokio::test]
async fn a_leaked_ring_with_a_young_key_is_void_after_an_emergency_that_was_run_again() {
    for requests in 0..14 {
        for carries_out_the_last in [false, true] {
            let mut keys = Keys::new();
            // The thief has the ring with the key that was published a moment ago, and lets it sign.
            keys.rotate(Pace::Staged).await.unwrap();
            let mut stolen = keys.ring();
            stolen.rotate(Pace::Staged, keys.now + SETTLE).unwrap();
            let forged =
                issue(&stolen, &realm(), &"acme".parse().unwrap(), Scopes::READ, MAX_LIFE, keys.now).unwrap().0;
            let old = keys.token();
            let done = keys.operator(0, requests, carries_out_the_last).rotate(Pace::AtOnce, keys.now).await;
            if done.is_err() {
                keys.rotate(Pace::AtOnce).await.unwrap();
            }
            assert!(keys.verifies(&keys.token()), "{requests}");
            for token in [&forged, &old] {
                assert!(!keys.verifies(token), "{requests}: a key that may have leaked is still good");
            }
        }
    }
}

#[tokio::test]
async fn two_operators_at_once_leave_every_token_verifiable() {
    for (one, other) in [(Pace::Staged, Pace::Staged), (Pace::Staged, Pace::AtOnce), (Pace::AtOnce, Pace::AtOnce)] {
        for situation in [Situation::Publish, Situation::Sign] {
            for yields in 0..7 {
                let name = format!("{one:?} beside {other:?} in {situation:?}, {yields} steps apart");
                let mut keys = situation.keys().await;
                let [first, second] = [keys.operator(yields, usize::MAX, false), keys.operator(3, usize::MAX, false)];
                let both = tokio::join!(first.rotate(one, keys.now), second.rotate(other, keys.now));
                keys.look();
                assert!(both.0.is_ok() || both.1.is_ok(), "{name}: {both:?}");
                let token = keys.token();
                assert!(keys.verifies(&token), "{name}: {both:?}");
                for _ in 0..3 {
                    keys.pass(SETTLE);
                    keys.rotate(Pace::Staged).await.unwrap();
                    assert!(keys.verifies(&token) && keys.every_copy_verifies(&keys.token()), "{name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_ring_without_public_half_gets_one_and_signs_with_nothing_new_before_it_is_known() {
    let mut keys = Situation::Sign.keys().await;
    keys.store.secrets.set(PUBLIC, "{}").unwrap();
    assert!(matches!(keys.rotate(Pace::Staged).await.unwrap(), Step::TooEarly(at) if at == keys.now + SETTLE));
    keys.seen.retain(|(_, text)| text != "{}");
    assert!(keys.verifies(&keys.token()));
    keys.pass(SETTLE);
    assert!(matches!(keys.rotate(Pace::Staged).await.unwrap(), Step::Signing(_)));
    assert!(keys.verifies(&keys.token()));
}

/// The first operator stops in front of each request, until the second has done all that it does.
///
/// Guard: the public half is read before the ring that it is changed by. Otherwise an operator with an older ring brings the
/// leaked key back behind an emergency that has said success.
#[tokio::test]
async fn a_leaked_key_does_not_come_back_by_an_operator_who_had_stopped() {
    for (situation, young) in [(Situation::Publish, false), (Situation::Publish, true), (Situation::Sign, false)] {
        for requests in 0..10 {
            let mut keys = situation.keys().await;
            if young {
                // A published key that must not sign yet: the staged rotation changes nothing.
                keys.rotate(Pace::Staged).await.unwrap();
            }
            let leaked = keys.ring();
            let (hold, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let inner = keys.store.secrets.connector();
            let gate =
                Gate { inner, left: Arc::new(AtomicUsize::new(requests)), held: held.clone(), hold: hold.clone() };
            let secrets = Secrets::new(&settings(http_client(SharedHttpConnector::new(gate))));
            let slow = KeySecrets { secrets, ..keys.store.target().keys(PUBLIC) };
            let now = keys.now;
            let stopping = async {
                let done = slow.rotate(Pace::Staged, now).await;
                held.notify_one();
                done
            };
            let emergency = async {
                held.notified().await;
                let done = keys.rotate(Pace::AtOnce).await;
                hold.notify_one();
                done
            };
            let (staged, done) = tokio::join!(stopping, emergency);
            done.unwrap();
            assert!(!keys.has(&leaked), "{situation:?}, young: {young}, before request {requests}: {staged:?}");
        }
    }
}

/// The way to the secrets, which stops once.
#[derive(Debug, Clone)]
struct Gate {
    inner: SharedHttpConnector,
    left: Arc<AtomicUsize>,
    held: Arc<Notify>,
    hold: Arc<Notify>,
}

impl HttpConnector for Gate {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { inner, left, held, hold } = self.clone();
        HttpConnectorFuture::new(async move {
            if left.fetch_sub(1, Ordering::SeqCst) == 0 {
                held.notify_one();
                hold.notified().await;
            }
            inner.call(request).await
        })
    }
}

#[tokio::test]
async fn a_rotation_that_changes_nothing_writes_nothing() {
    let mut keys = Situation::Publish.keys().await;
    keys.rotate(Pace::Staged).await.unwrap();
    // The same in another writing, as an operator may have put it there.
    for name in ["selfcare-keys", PUBLIC] {
        let text: serde_json::Value = serde_json::from_str(&keys.text(name)).unwrap();
        keys.store.secrets.set(name, &format!("{text:#}")).unwrap();
    }
    let way = Faults::around(keys.store.secrets.connector());
    let secrets = Secrets::new(&settings(way.http_client()));
    let operator = KeySecrets { secrets, ..keys.store.target().keys(PUBLIC) };
    assert!(matches!(operator.rotate(Pace::Staged, keys.now).await.unwrap(), Step::TooEarly(_)));
    let counts = way.take_counts();
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["GetSecretValue"], "{counts:?}");
}

/// Guard: after a refusal the secret is read. The first attempt was carried out, and nobody heard of it.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_no_failure() {
    for (skip, fault) in (0..3).flat_map(|skip| [Fault::CutAfter, Fault::TimeoutAfter].map(|fault| (skip, fault))) {
        let keys = Situation::Sign.keys().await;
        let way = Faults::around(keys.store.secrets.connector());
        let settings = settings(way.http_client());
        let config = aws_sdk_secretsmanager::config::Builder::from(&settings)
            .timeout_config(shared::table::connect::time_limits())
            .retry_config(shared::table::connect::attempts());
        let secrets = Secrets::from_conf(config.build());
        let operator = KeySecrets { secrets, ..keys.store.target().keys(PUBLIC) };
        way.after("UpdateSecretVersionStage", skip, fault, 1);
        let done = operator.rotate(Pace::AtOnce, keys.now).await;
        assert!(matches!(done, Ok(Step::Signing(_))), "{skip}, {fault:?}: {done:?}");
        assert_eq!(way.pending(), 0);
    }
}

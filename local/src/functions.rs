//! The registry: every function of the bundle, its constructor, and what it serves. Bundle, tests and bench iterate over it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use accounts::Accounts;
use authorizer::Authorizer;
use aws_sdk_dynamodb::config::SharedHttpClient;
use bill_generate::BillGenerate;
use bill_render::BillRender;
use bill_run::BillRun;
use billing::Billing;
use calls::Calls;
use chrono::TimeDelta;
use customers::Customers;
use futures_util::FutureExt as _;
use hub::Hub;
use limits::Limits;
use not_found::NotFound;
use order_fulfilment::OrderFulfilment;
use payment_apply::PaymentApply;
use payment_ingest::PaymentIngest;
use plans::Plans;
use serde::Serialize;
use serde_json::Value;
use shared::auth::token::Realm;
use shared::auth::{KeyRing, RingCache, Scope};
use shared::clock::{Clock, Deadline};
use shared::domain::country::Country;
use shared::events::{Consumer, Inbox};
use shared::files::Files;
use shared::http::{OpenService, Service, Shape};
use shared::invocation::Base;
use shared::lambda::{
    fiscal_keys, invoke, invoke_consumer, invoke_inbox, invoke_open, invoke_open_consumer, key_rings, public_rings,
};
use shared::outside::Outside;
use shared::queue::Queue;
use shared::table::Reader;
use subscribers::Subscribers;
use token::Token;
use usage_guard::UsageGuard;
use usage_ingest::UsageIngest;
use webhook_deliver::WebhookDeliver;

use crate::gateway::Function;
use crate::in_process::settings;
use crate::operate::Target;
use crate::store::{FISCAL, PUBLIC};

/// Lifetime of a token.
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);

/// The queue of order-fulfilment, to which it also sends messages with which it goes on, and where it parks, by their names
/// in the template.
const ORDERS: &str = "Orders";
const ORDER_DEAD_LETTERS: &str = "OrderDeadLetters";

/// The queues of bill-run and of bill-generate, which send to each other, and where they park, by their names in the template.
const BILL_RUNS: &str = "BillRuns";
const BILL_RUN_DEAD_LETTERS: &str = "BillRunDeadLetters";
const BILL_PAGES: &str = "BillPages";
const BILL_PAGE_DEAD_LETTERS: &str = "BillPageDeadLetters";

/// Where bill-render parks, by its name in the template.
const BILL_DOCUMENT_DEAD_LETTERS: &str = "BillDocumentDeadLetters";

/// Where payment-apply parks, by its name in the template.
const PAYMENT_DEAD_LETTERS: &str = "PaymentDeadLetters";

/// The queue of payment-ingest, to which it also sends messages with which it goes on, and where it leaves what it cannot
/// take, by their names in the template.
const PAYMENT_FILES: &str = "PaymentFiles";
const PAYMENT_FILE_DEAD_LETTERS: &str = "PaymentFileDeadLetters";

/// The queue of usage-ingest, to which it also sends messages with which it goes on, and where it leaves what it cannot
/// take, by their names in the template.
const USAGE_FILES: &str = "UsageFiles";
const USAGE_DEAD_LETTERS: &str = "UsageDeadLetters";

/// The queue of webhook-deliver, to which it also sends messages with which it goes on, and where it leaves what it cannot
/// read, by their names in the template.
const WEBHOOKS: &str = "Webhooks";
const WEBHOOK_DEAD_LETTERS: &str = "WebhookDeadLetters";
/// The queue of usage-guard, to which usage-ingest sends and it also sends itself, and where it parks, by their names in the
/// template.
const USAGE_LOOKS: &str = "UsageLooks";
const USAGE_LOOK_DEAD_LETTERS: &str = "UsageLookDeadLetters";

/// What deployed functions learn from their environment.
pub struct Deployment {
    /// The country.
    pub country: &'static Country,
    /// The time.
    pub clock: Clock,
    /// The issuer of tokens.
    pub issuer: String,
    /// The bucket, with the address of its links.
    pub files: Files,
    /// The HTTP client that reaches the queues.
    pub queues: SharedHttpClient,
    /// The way to clients' subscriptions.
    pub outside: Outside,
}

impl Deployment {
    fn base(&self, target: Target) -> Base {
        Base { table: target.writer, country: self.country, clock: self.clock.clone() }
    }

    fn reading_base(&self, target: &Target) -> Base<Reader> {
        Base { table: target.writer.reader().clone(), country: self.country, clock: self.clock.clone() }
    }

    /// A queue by its name in the template, reached through the SDK's client.
    fn queue(&self, name: &str) -> Queue {
        let config = settings(self.queues.clone());
        Queue::new(aws_sdk_sqs::Client::new(&config), name)
    }

    fn realm(&self) -> Realm {
        Realm { issuer: self.issuer.clone(), audience: format!("selfcare-{}", self.country.code) }
    }
}

/// How a function is invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Through the API, with a token.
    Protected,
    /// Through the API, without a token.
    Open,
    /// By the gateway, to authenticate.
    Authorizer,
    /// By its queue.
    Consumer,
    /// Through the API, without a token, and by its queue.
    OpenConsumer,
    /// By its queue, which the bucket fills.
    Inbox,
}

/// A function of the bundle.
pub struct Registered {
    /// The name of package, binary and log lines.
    pub name: &'static str,
    /// How it is invoked.
    pub kind: Kind,
    /// Its operations of the API.
    pub operations: fn() -> Vec<Operation>,
    /// The events it takes from its queue.
    pub consumes: fn() -> Vec<Consumed>,
    make: fn(&Deployment, Target) -> Function,
}

/// Every function.
pub const FUNCTIONS: &[Registered] = &[
    protected::<Accounts>(|deployment, target| serve(Accounts::new(deployment.base(target)))),
    protected::<Billing>(|deployment, target| serve(Billing::new(deployment.base(target)))),
    protected::<Subscribers>(|deployment, target| serve(Subscribers::new(deployment.base(target)))),
    protected::<Plans>(|deployment, target| serve(Plans::new(deployment.base(target)))),
    protected::<Calls>(|deployment, target| serve(Calls::new(deployment.base(target), deployment.files.clone()))),
    protected::<Customers>(|deployment, target| {
        serve(Customers::new(deployment.reading_base(&target), deployment.files.clone()))
    }),
    protected::<Hub>(|deployment, target| serve(Hub::new(deployment.base(target), deployment.outside.addresses()))),
    protected::<Limits>(|deployment, target| serve(Limits::new(deployment.base(target)))),
    consumer::<OrderFulfilment>(|deployment, target| {
        let (own, dead) = (deployment.queue(ORDERS), deployment.queue(ORDER_DEAD_LETTERS));
        consume(OrderFulfilment::new(deployment.base(target), own, dead))
    }),
    consumer::<BillRun>(|deployment, target| {
        let [own, pages, dead] = [BILL_RUNS, BILL_PAGES, BILL_RUN_DEAD_LETTERS].map(|name| deployment.queue(name));
        consume(BillRun::new(deployment.base(target), own, pages, dead))
    }),
    consumer::<BillGenerate>(|deployment, target| {
        let [runs, dead] = [BILL_RUNS, BILL_PAGE_DEAD_LETTERS].map(|name| deployment.queue(name));
        let keys = fiscal_keys(target.secrets.clone(), FISCAL);
        consume(BillGenerate::new(deployment.base(target), keys, runs, dead))
    }),
    consumer::<PaymentApply>(|deployment, target| {
        consume(PaymentApply::new(deployment.base(target), deployment.queue(PAYMENT_DEAD_LETTERS)))
    }),
    both::<BillRender>(|deployment, target| {
        let rings = public_rings(target.secrets.clone(), PUBLIC);
        let dead = deployment.queue(BILL_DOCUMENT_DEAD_LETTERS);
        answer_both(BillRender::new(deployment.base(target), deployment.files.clone(), rings, dead))
    }),
    consumer::<WebhookDeliver>(|deployment, target| {
        let rings = public_rings(target.secrets.clone(), PUBLIC);
        let queues = (deployment.queue(WEBHOOKS), deployment.queue(WEBHOOK_DEAD_LETTERS));
        consume(WebhookDeliver::new(deployment.base(target), rings, deployment.outside.clone(), queues))
    }),
    inbox::<PaymentIngest>(|deployment, target| {
        let (own, dead) = (deployment.queue(PAYMENT_FILES), deployment.queue(PAYMENT_FILE_DEAD_LETTERS));
        take(PaymentIngest::new(deployment.base(target), deployment.files.clone(), own, dead))
    }),
    inbox::<UsageIngest>(|deployment, target| {
        let [own, looks, dead] = [USAGE_FILES, USAGE_LOOKS, USAGE_DEAD_LETTERS].map(|name| deployment.queue(name));
        take(UsageIngest::new(deployment.base(target), deployment.files.clone(), own, looks, dead))
    }),
    consumer::<UsageGuard>(|deployment, target| {
        let [own, dead] = [USAGE_LOOKS, USAGE_LOOK_DEAD_LETTERS].map(|name| deployment.queue(name));
        consume(UsageGuard::new(deployment.base(target), own, dead))
    }),
    open::<Token>(|deployment, target| {
        let rings = rings(&target);
        serve_open(Token::new(deployment.base(target), rings, deployment.realm(), TOKEN_LIFE))
    }),
    Registered {
        name: "authorizer",
        kind: Kind::Authorizer,
        operations: Vec::new,
        consumes: Vec::new,
        make: |deployment, target| {
            let rings = public_rings(target.secrets.clone(), PUBLIC);
            answer(Authorizer::new(deployment.reading_base(&target), rings, deployment.realm()))
        },
    },
    open::<NotFound>(|_, _| serve_open(NotFound)),
];

/// The functions by name, each with clients of its own, like separate processes on AWS.
pub fn functions(deployment: &Deployment, target: impl Fn() -> Target) -> BTreeMap<String, Function> {
    FUNCTIONS.iter().map(|function| (function.name.to_owned(), (function.make)(deployment, target()))).collect()
}

/// An operation of the API, as in its function's `ROUTES`.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The function.
    pub function: &'static str,
    /// The name of its `Op`.
    pub op: String,
    /// The method.
    pub method: String,
    /// Whether HEAD is answered too.
    pub head: bool,
    /// The path as in the document.
    pub path: &'static str,
    /// The scope that a token needs; none for an open operation.
    pub scope: Option<Scope>,
    /// The shape of its errors.
    pub shape: Shape,
}

/// Every operation of the API.
pub fn operations() -> Vec<Operation> {
    FUNCTIONS.iter().flat_map(|function| (function.operations)()).collect()
}

/// An event that a function takes, as in its `SOURCES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumed {
    /// The function.
    pub function: &'static str,
    /// What its `Op` is called.
    pub op: String,
    /// The event's name.
    pub event: &'static str,
}

/// Every event that some function takes.
pub fn consumed() -> Vec<Consumed> {
    FUNCTIONS.iter().flat_map(|function| (function.consumes)()).collect()
}

/// The functions that take objects of the bucket, by name.
pub fn inboxes() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().filter(|function| function.kind == Kind::Inbox).map(|function| function.name)
}

fn rings(target: &Target) -> RingCache<KeyRing> {
    key_rings(target.secrets.clone(), &target.secret_id)
}

const fn protected<S: Service>(make: fn(&Deployment, Target) -> Function) -> Registered {
    let operations = || {
        let routes = S::ROUTES.iter();
        let operation = |route: &shared::http::Route<S::Op>| {
            let methods = (route.method.as_str(), route.answers_head());
            operation(S::NAME, &route.op, methods, route.path, Some(route.scope), route.shape)
        };
        routes.map(operation).collect()
    };
    Registered { name: S::NAME, kind: Kind::Protected, operations, consumes: Vec::new, make }
}

const fn open<S: OpenService>(make: fn(&Deployment, Target) -> Function) -> Registered {
    let operations = || {
        let routes = S::ROUTES.iter();
        let operation = |route: &shared::http::OpenRoute<S::Op>| {
            let methods = (route.method.as_str(), route.answers_head());
            operation(S::NAME, &route.op, methods, route.path, None, Shape::Token)
        };
        routes.map(operation).collect()
    };
    Registered { name: S::NAME, kind: Kind::Open, operations, consumes: Vec::new, make }
}

const fn both<S: OpenService + Consumer>(make: fn(&Deployment, Target) -> Function) -> Registered {
    let Registered { operations, .. } = open::<S>(make);
    let Registered { consumes, name, .. } = consumer::<S>(make);
    Registered { name, kind: Kind::OpenConsumer, operations, consumes, make }
}

const fn consumer<C: Consumer>(make: fn(&Deployment, Target) -> Function) -> Registered {
    let consumes = || {
        let sources = C::SOURCES.iter();
        sources.map(|one| Consumed { function: C::NAME, op: format!("{:?}", one.op), event: one.event }).collect()
    };
    Registered { name: C::NAME, kind: Kind::Consumer, operations: Vec::new, consumes, make }
}

const fn inbox<I: Inbox>(make: fn(&Deployment, Target) -> Function) -> Registered {
    Registered { name: I::NAME, kind: Kind::Inbox, operations: Vec::new, consumes: Vec::new, make }
}

fn operation(
    function: &'static str,
    op: &impl Debug,
    (method, head): (&str, bool),
    path: &'static str,
    scope: Option<Scope>,
    shape: Shape,
) -> Operation {
    Operation { function, op: format!("{op:?}"), method: method.to_owned(), head, path, scope, shape }
}

/// A function behind the API, as the gateway invokes it.
pub fn serve<S: Service>(service: S) -> Function {
    let service = Arc::new(service);
    Arc::new(move |event, left| {
        let service = Arc::clone(&service);
        async move { json(&invoke(&*service, event, left).await?) }.boxed()
    })
}

fn serve_open<S: OpenService>(service: S) -> Function {
    let service = Arc::new(service);
    Arc::new(move |event, left| {
        let service = Arc::clone(&service);
        async move { json(&invoke_open(&*service, event, left).await?) }.boxed()
    })
}

/// A function behind a queue, as the queue invokes it.
pub fn consume<C: Consumer>(consumer: C) -> Function {
    let consumer = Arc::new(consumer);
    Arc::new(move |event, left| {
        let consumer = Arc::clone(&consumer);
        async move { json(&invoke_consumer(&*consumer, event, left).await?) }.boxed()
    })
}

/// A function behind both, as either invokes it.
fn answer_both<S: OpenService + Consumer>(service: S) -> Function {
    let service = Arc::new(service);
    Arc::new(move |event, left| {
        let service = Arc::clone(&service);
        async move { invoke_open_consumer(&*service, event, left).await }.boxed()
    })
}

/// A function behind the bucket, as its queue invokes it.
pub fn take<I: Inbox>(inbox: I) -> Function {
    let inbox = Arc::new(inbox);
    Arc::new(move |event, left| {
        let inbox = Arc::clone(&inbox);
        async move { json(&invoke_inbox(&*inbox, event, left).await?) }.boxed()
    })
}

fn answer(authorizer: Authorizer) -> Function {
    let authorizer = Arc::new(authorizer);
    Arc::new(move |event, left| {
        let authorizer = Arc::clone(&authorizer);
        async move {
            let question = serde_json::from_value(event).map_err(|error| error.to_string())?;
            let answer = authorizer.authorize(&question, Deadline::within(left)).await;
            json(&answer.map_err(|error| error.to_string())?)
        }
        .boxed()
    })
}

fn json(answer: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(answer).map_err(|error| error.to_string())
}

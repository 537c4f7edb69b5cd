//! `serve`: the gateway on a port of this machine.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use chrono::{DateTime, FixedOffset, Utc};
use clap::Args;
use futures_util::future::try_join_all;
use shared::clock::Clock as Hands;
use shared::domain::country::Country;
use shared::domain::hook::callback::Addresses;
use shared::outside::Outside;
use tokio::net::TcpListener;

use crate::announce::{self, Clients};
use crate::containers::{self, Stores};
use crate::control::Control;
use crate::demo::clients::Secrecy;
use crate::door::{self, Reach};
use crate::failure::Failure;
use crate::files::Bucket;
use crate::functions::{Deployment, functions};
use crate::gateway::{Clock, Function, Gateway, MAX_BODY};
use crate::hold::Hold;
use crate::in_process::http_client;
use crate::operate::Credentials;
use crate::options::{Origins, Source};
use crate::page::{self, Page, Shown};
use crate::place::failure;
use crate::queues::site::Site;
use crate::services::Services;
use crate::sources::{self, FaultPlan, Odds, Sources};
use crate::store::Store;
use crate::template::Template;
use crate::words::program;

/// How long requests in progress may take after a stop signal.
const GRACE: Duration = Duration::from_secs(5);

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 3000, value_name = "N")]
    pub port: u16,
    /// Address of this machine to listen on. Beyond loopback others get the API and nothing else, in plain HTTP, and the demo's
    /// clients have secrets of their own
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS", value_parser = door::address)]
    pub listen: IpAddr,
    /// Origins whose pages may call the API, as the template's AllowedOrigins: `*` for all, or some with commas between. By default
    /// none
    #[arg(long, value_name = "ORIGINS")]
    pub allowed_origins: Option<Origins>,
    /// The template, and the country it is read for.
    #[command(flatten)]
    pub source: Source,
    /// Keep the data in this file; by default it lives in memory
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Start without demo data
    #[arg(long)]
    pub empty: bool,
    /// Print address and clients as one line of JSON
    #[arg(long)]
    pub json: bool,
    /// Start the clock at this time, for example 2025-01-15T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub clock: Option<DateTime<Utc>>,
    /// Let messages and schedules go wrong as they may on AWS: twice, late, in another order, cut off; the same for the
    /// same number
    #[arg(long, value_name = "SEED")]
    pub faults: Option<u64>,
    /// Access to the stores from outside this process.
    #[command(flatten)]
    pub stores: Stores,
}

impl Serve {
    fn country(&self) -> Result<&'static Country, Failure> {
        self.source.country().map_err(Failure::new)
    }

    /// The same for the country of the data file, where none is said and the file has one. The template is read for a country, so this
    /// comes before it.
    fn settled(&self) -> Result<Self, Failure> {
        let (None, Some(data)) = (&self.source.country, &self.data) else { return Ok(self.clone()) };
        let _held = Hold::of(data)?;
        let country = Store::country_of(data).map_err(Failure::new)?.map(|country| country.code.to_owned());
        Ok(Self { source: Source { country, ..self.source.clone() }, ..self.clone() })
    }

    /// Where subscriptions may lead. Callers of other machines reach nothing of this one by them.
    fn addresses(&self) -> Addresses {
        if Reach::of(self.listen) == Reach::Loopback { Addresses::Any } else { Addresses::Public }
    }

    /// Whose the secrets of the demo's clients are. Nobody but programs of this machine may reach published ones, so no page of
    /// whatever origin; what serves the opened stores besides this program, it does not know.
    pub fn secrecy(&self) -> Secrecy {
        let is_for_all = self.allowed_origins.as_ref().is_some_and(Origins::are_all);
        match (Reach::of(self.listen), self.stores.port) {
            (Reach::Loopback, None) if !is_for_all => Secrecy::Published,
            _ => Secrecy::Own,
        }
    }
}

/// A time with any offset.
///
/// # Errors
/// Any other text.
pub fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let time = text.parse::<DateTime<FixedOffset>>().map_err(|_| "must look like 2025-01-15T12:00:00Z")?;
    Ok(time.to_utc())
}

/// What the gateway serves.
pub struct Bundle {
    /// The functions by their names in the template.
    pub functions: BTreeMap<String, Function>,
    /// The clock they run on.
    pub clock: Hands,
    /// Their stores.
    pub store: Option<Store>,
    /// Clients to try the API with, the most powerful first.
    pub clients: Vec<Credentials>,
    /// How many clients the table has, these among them.
    pub registered: usize,
    /// The event sources, which invoke consumers.
    pub sources: Option<Sources>,
    /// The data file, which no other server may take meanwhile.
    pub held: Option<Hold>,
}

/// Opens the bundle; tokens name `url` as their issuer.
///
/// # Errors
/// Unreadable data, data of another country or with another server on them, demo data that cannot be loaded.
pub async fn open(template: &Template, options: &Serve, url: &str) -> Result<Bundle, Failure> {
    let country = options.country()?;
    // Containers run on the machine's time.
    let clock = if options.stores.port.is_some() { Hands::system() } else { Hands::running_from(options.clock) };
    let held = options.data.as_deref().map(Hold::of).transpose()?;
    let store = Store::open(template, options.data.as_deref(), &clock).map_err(Failure::new)?;
    // The template was read for this country, so data of another do not fit it.
    let of_template = Source { country: Some(country.code.to_owned()), ..options.source.clone() };
    store.country(&of_template).map_err(Failure::new)?;
    if !options.empty {
        store.load_demo(country, &clock).await.map_err(Failure::new)?;
    }
    let clients = store.demo_clients(options.secrecy(), &clock).await.map_err(Failure::new)?;
    let files = store.bucket.files(url).map_err(Failure::new)?;
    let faults = options.faults.map_or_else(FaultPlan::default, |seed| FaultPlan::of(seed, Odds::SOME));
    let queues = sources::queues(template, time_of(&clock)).with_faults(faults);
    let way = http_client(queues.connector());
    let outside = Outside::new(options.addresses(), None);
    let deployment = Deployment { country, clock: clock.clone(), issuer: url.to_owned(), files, queues: way, outside };
    let functions = functions(&deployment, || store.target());
    let sources =
        Sources::new(template, &store.embedded, queues, functions.clone()).with_bucket(&store.bucket, clock.now());
    let registered = store.target().clients().await.map_err(|error| failure(&error))?.len();
    Ok(Bundle { functions, clock, store: Some(store), clients, registered, sources: Some(sources), held })
}

fn time_of(clock: &Hands) -> Clock {
    let clock = clock.clone();
    Arc::new(move || clock.now())
}

/// Serves until a stop signal.
///
/// # Errors
/// An unreadable template, a port in use, a bundle that cannot be opened.
pub async fn serve<Open>(options: &Serve, open: Open) -> Result<(), Failure>
where
    Open: AsyncFnOnce(&Template, &Serve, &str) -> Result<Bundle, Failure>,
{
    start_log(options.json);
    // The port first: opening a data file may write to it, which a second server started by mistake should not.
    let listeners = bind(options.listen, options.port).await?;
    let url = address_of(&listeners)?;
    let options = &options.settled()?;
    let template = options.source.read_with(options.allowed_origins.as_ref())?;
    let ports = options.stores.bind().await?;
    let bundle = open(&template, options, &url).await?;
    let opened = match (ports, &bundle.store, &bundle.sources) {
        (Some(ports), Some(store), Some(sources)) => {
            Some(ports.open(store, sources.queues(), options.country()?, &url)?)
        }
        _ => None,
    };
    let now = bundle.clock.now();
    let (services, page) = match (&bundle.store, &bundle.sources) {
        (Some(store), Some(sources)) => {
            let mut services = containers::services(store, sources.queues());
            services.push(Arc::new(sources.bus().clone()));
            services.push(Arc::new(Control::new(options.country()?, store, bundle.clock.clone())));
            let site = Site::over(sources.queues().client(), template.sources.queues.keys().cloned().collect());
            let (country, clock, clients) = (options.country()?, bundle.clock.clone(), bundle.clients.clone());
            (services, Some(Page::new(Shown { target: store.target(), site, clock, country, clients })))
        }
        _ => (Vec::new(), None),
    };
    if let Some(sources) = bundle.sources {
        let clock = bundle.clock.clone();
        tokio::spawn(sources.run(move || clock.now()));
    }
    let gateway = Gateway::new(template, bundle.functions, time_of(&bundle.clock)).map_err(Failure::new)?;
    let front = Front { gateway, services: Services::new(services), page, reach: Reach::of(options.listen) };
    let stop = stop_signal()?;
    let known = Clients { known: &bundle.clients, registered: bundle.registered, kept: options.data.is_some() };
    let greeting = if options.json {
        announce::json(&url, &known, opened.as_ref())
    } else {
        announce::text(&url, options.country()?, &known, opened.as_ref(), now, program())
    };
    let mut output = io::stdout().lock();
    output.write_all(greeting.as_bytes())?;
    output.flush()?;
    drop(output);
    let for_containers = async {
        match opened {
            Some(opened) => opened.serve().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        done = run(listeners, front, bundle.store.map(|store| store.bucket), stop) => done,
        broken = for_containers => Ok(broken?),
    }
}

/// Logs to standard error, which leaves standard output to the greeting. A program that started us may never read
/// standard error, so it gets only warnings; a person sees every request.
fn start_log(for_program: bool) {
    let level = if for_program { tracing::Level::WARN } else { tracing::Level::INFO };
    // If a log is installed already, it stays.
    let _ = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_max_level(level)
        .try_init();
}

/// Listens on `port` of an address, and of the loopback address; 0 picks a free port.
///
/// # Errors
/// A port in use, an address that is not this machine's.
pub async fn bind(address: IpAddr, port: u16) -> Result<Vec<TcpListener>, Failure> {
    let (mut listeners, mut port) = (Vec::new(), port);
    for address in door::addresses(address) {
        let listener = TcpListener::bind((address, port)).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => Failure::new(format!("port {port} is in use; choose another with --port")),
            io::ErrorKind::AddrNotAvailable => Failure::new(format!("{address} is no address of this machine")),
            _ => Failure::new(format!("{}: {error}", SocketAddr::new(address, port))),
        })?;
        port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(listeners)
}

/// The URL at which callers reach the first of these.
fn address_of(listeners: &[TcpListener]) -> io::Result<String> {
    let first = listeners.first().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    Ok(format!("http://{}", first.local_addr()?))
}

/// What answers on the port, beside the bucket.
pub struct Front {
    /// The API.
    pub gateway: Gateway,
    /// The services, for the operator's commands.
    pub services: Services,
    /// The page for people, where there is a store to look at.
    pub page: Option<Page>,
    /// How far the port reaches.
    pub reach: Reach,
}

/// Serves the API, the services, the page and the bucket's files on `listeners` until `stop`, then finishes requests in progress.
///
/// # Errors
/// Only when a listener itself breaks.
pub async fn run(
    listeners: Vec<TcpListener>,
    front: Front,
    bucket: Option<Bucket>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let (stopping, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        stop.await;
        // Nobody is told who does not listen any more.
        let _ = stopping.send(true);
    });
    let is_stopped = move || {
        let mut stopped = stopped.clone();
        async move { stopped.wait_for(|stopped| *stopped).await.map(|_| ()) }
    };
    let reach = front.reach;
    let api = Router::new().fallback(answer).with_state(Arc::new(front));
    let app = bucket.iter().fold(api, |app, bucket| app.merge(bucket.router()));
    let app = app.layer(axum::middleware::from_fn_with_state(reach, door::guard));
    let servers = listeners.into_iter().map(|listener| {
        let service = app.clone().into_make_service_with_connect_info::<SocketAddr>();
        let stop = is_stopped();
        axum::serve(listener, service)
            .with_graceful_shutdown(async move { stop.await.unwrap_or_default() })
            .into_future()
    });
    // A caller who never finishes a request must not delay the stop.
    let patience = async {
        match is_stopped().await {
            Ok(()) => tokio::time::sleep(GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        done = try_join_all(servers) => Ok(done.map(drop)?),
        () = patience => Ok(()),
    }
}

async fn answer(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    // An announced length is known before the body arrives.
    let too_large = usize::try_from(body.size_hint().lower()).map_or(true, |length| length > MAX_BODY);
    let body = if too_large { None } else { to_bytes(body, MAX_BODY).await.ok() };
    if let Some(page) = front.page.as_ref().filter(|_| page::is_meant(peer.ip(), &head)) {
        return page.answer(&head).await;
    }
    let response = match body {
        Some(body) if front.services.are_meant(&head.headers) => {
            return front.services.answer(peer.ip(), &head.headers, &body);
        }
        Some(body) => front.gateway.handle(Request::from_parts(head, body), peer.ip()).await,
        // Too large; or the caller is gone.
        None => front.gateway.too_large(),
    };
    response.map(Body::from)
}

/// Resolves when the program receives a stop signal: Ctrl-C or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    // Listening starts here, not with the first poll, so that a stop right after the greeting is not missed.
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves when the program receives Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
}

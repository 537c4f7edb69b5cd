//! `serve --stores`: table, secrets, files and queues behind a port, for functions in containers (docs/sam-local.md).
//!
//! Only requests for files are authenticated: whoever reaches the port reads and writes everything. So it opens on the
//! loopback address and, on request, on one private address; never on a public one.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use clap::Args;
use shared::domain::country::Country;
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::files::BUCKET;
use crate::in_process::{self, Service};
use crate::sources::Queues;
use crate::store::{FISCAL, PUBLIC, Store};

/// This machine's name inside a container.
pub const MACHINE: &str = "host.docker.internal";

/// Access to the stores from outside this process.
#[derive(Debug, Clone, Args)]
pub struct Stores {
    /// Open table, secrets, files and queues on this port, for `sam local`; 0 picks a free one
    #[arg(id = "stores", long = "stores", value_name = "PORT", conflicts_with = "clock")]
    pub port: Option<u16>,
    /// Open them on this private address too: the container bridge, on Linux 172.17.0.1
    #[arg(long = "stores-on", value_name = "ADDRESS", requires = "stores", value_parser = private)]
    pub on: Option<IpAddr>,
    /// File to write for `sam local --env-vars`
    #[arg(long, value_name = "FILE", requires = "stores", default_value = ".aws-sam/env.json")]
    pub env_vars: PathBuf,
}

/// A loopback or private address.
fn private(text: &str) -> Result<IpAddr, &'static str> {
    let address: IpAddr = text.parse().map_err(|_| "must be an IP address")?;
    let is_private = match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    if is_private { Ok(address) } else { Err("must be a private address, since the stores are not protected") }
}

impl Stores {
    /// Binds the ports, if requested.
    ///
    /// # Errors
    /// A port in use, or an address that is not this machine's.
    pub async fn bind(&self) -> Result<Option<Ports>, Failure> {
        let Some(wanted) = self.port else { return Ok(None) };
        let here = listen((Ipv4Addr::LOCALHOST, wanted).into()).await?;
        let port = here.local_addr()?.port();
        let mut listeners = vec![here];
        if let Some(address) = self.on.filter(|address| *address != Ipv4Addr::LOCALHOST) {
            listeners.push(listen((address, port).into()).await?);
        }
        Ok(Some(Ports { listeners, port, env_vars: self.env_vars.clone() }))
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Failure::new(format!("{address} is in use; choose another port with --stores")),
        _ => Failure::new(format!("{address}: {error}")),
    })
}

/// Bound ports that do not answer yet.
#[derive(Debug)]
pub struct Ports {
    listeners: Vec<TcpListener>,
    port: u16,
    env_vars: PathBuf,
}

impl Ports {
    /// Writes the file for `--env-vars` and serves `store` on the ports. Tokens are issued by `url` and links lead
    /// there, so that both work at this program's address and at `sam local`'s.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn open(self, store: &Store, queues: &Queues, country: &Country, url: &str) -> Result<Opened, Failure> {
        let Self { listeners, port, env_vars } = self;
        let written = env_vars.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = written.and_then(|()| std::fs::write(&env_vars, environment(store, country, url, port)));
        written.map_err(|error| Failure::new(format!("{}: {error}", env_vars.display())))?;
        Ok(Opened { env_vars, port, listeners, router: router(store, queues) })
    }
}

/// Stores open to other processes.
#[derive(Debug)]
pub struct Opened {
    /// The file for `sam local --env-vars`.
    pub env_vars: PathBuf,
    /// The port, the same on all addresses.
    pub port: u16,
    listeners: Vec<TcpListener>,
    router: Router,
}

impl Opened {
    /// Answers requests until the returned future is dropped.
    ///
    /// # Errors
    /// Only when a listener breaks.
    pub async fn serve(self) -> io::Result<()> {
        let Self { listeners, router, .. } = self;
        let servers = listeners.into_iter().map(|listener| axum::serve(listener, router.clone()).into_future());
        futures_util::future::try_join_all(servers).await.map(drop)
    }
}

/// The functions' environment: only variables that `template.yaml` declares, because `sam local` sets no others.
fn environment(store: &Store, country: &Country, url: &str, port: u16) -> String {
    let stores = format!("http://{MACHINE}:{port}");
    let variables = BTreeMap::from([
        ("AWS_ENDPOINT_URL_DYNAMODB", stores.clone()),
        ("AWS_ENDPOINT_URL_S3", stores.clone()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", stores.clone()),
        ("AWS_ENDPOINT_URL_SQS", stores),
        ("FILES_URL", url.to_owned()),
        ("TABLE_NAME", store.table().to_owned()),
        ("BUCKET_NAME", BUCKET.to_owned()),
        ("COUNTRY", country.code.to_owned()),
        ("AUDIENCE", format!("selfcare-{}", country.code)),
        ("ISSUER", url.to_owned()),
    ]);
    let environment = serde_json::json!({
        "Parameters": variables,
        "Token": { "SECRET_ID": store.target().secret_id },
        "Authorizer": { "SECRET_ID": PUBLIC },
        "BillGenerate": { "SECRET_ID": FISCAL },
        "BillRender": { "SECRET_ID": PUBLIC },
    });
    format!("{environment:#}\n")
}

/// Table, secrets and queues.
pub fn services(store: &Store, queues: &Queues) -> Vec<Arc<dyn Service>> {
    vec![Arc::new(store.embedded.clone()), Arc::new(store.secrets.clone()), Arc::new(queues.clone())]
}

/// A router for table, secrets, queues and files.
pub fn router(store: &Store, queues: &Queues) -> Router {
    in_process::router(services(store, queues)).merge(store.bucket.router())
}

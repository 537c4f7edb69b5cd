//! A local deployment for compiled functions: table, files, secrets and queues over HTTP, and the template's
//! environment.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::containers;
use local::demo::clients::Secrecy;
use local::operate::Credentials;
use local::sources::{self, Queues};
use local::store::Store;
use local::template::Template;
use serde_json::json;
use shared::clock::Clock;
use shared::domain::country::Country;
use tokio::net::TcpListener;

/// Colombia with the demo data, at the present time.
pub struct Emulated {
    /// The table, the files and the secrets.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The demo clients.
    pub clients: Vec<Credentials>,
    /// The address of all services, over plain HTTP.
    pub address: SocketAddr,
    template: Template,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Emulated {
    /// Loads the data and starts serving.
    ///
    /// # Panics
    /// When that does not work.
    #[expect(clippy::expect_used, reason = "a test without its deployment cannot go on")]
    pub async fn demo() -> Self {
        let country = Country::by_code("co").expect("a country");
        let mut template = Template::parse(&crate::file("template.yaml"), &[]).expect("a template");
        // Nobody reads the stream here, and the longer it is, the longer the engine takes for each write.
        template.table.definition["StreamSpecification"] = json!({ "StreamEnabled": false });
        let clock = Clock::system();
        let ring = || Ok(crate::world::ring().to_owned());
        let store = Store::with_ring(&template, None, ring).expect("a store");
        store.load_demo(country, &clock).await.expect("demo data");
        let clients = store.demo_clients(Secrecy::Own, &clock).await.expect("clients");
        let queues = sources::queues(&template, Arc::new(move || clock.now()));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = containers::router(&store, &queues);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Self { store, queues, clients, address, template, server }
    }

    /// A function's environment from the template, with all services at `endpoint`.
    ///
    /// # Panics
    /// When the template has no such function.
    pub fn environment(&self, function: &str, endpoint: &str) -> BTreeMap<String, String> {
        let mut environment = self.template.functions[function].environment.clone();
        if let Some(secret) = environment.get_mut("SECRET_ID") {
            *secret = local::store::secret(secret).unwrap_or_default().to_owned();
        }
        if environment.contains_key("BUCKET_NAME") {
            environment.insert("BUCKET_NAME".to_owned(), local::files::BUCKET.to_owned());
        }
        // The bucket checks signatures.
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            environment.insert(name.to_owned(), local::in_process::KEY.to_owned());
        }
        for service in ["DYNAMODB", "SECRETS_MANAGER", "S3", "SQS"] {
            environment.insert(format!("AWS_ENDPOINT_URL_{service}"), endpoint.to_owned());
        }
        environment
    }

    /// How long an invocation of a function may take.
    ///
    /// # Panics
    /// When the template has no such function.
    pub fn time_limit(&self, function: &str) -> Duration {
        self.template.functions[function].timeout
    }

    /// The endpoint of all services.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `Basic` credentials of a demo client.
    ///
    /// # Panics
    /// When there is no such client.
    #[expect(clippy::expect_used, reason = "a test's own client is there")]
    pub fn basic(&self, id: &str) -> String {
        let client = self.clients.iter().find(|client| client.client_id == id).expect("a demo client");
        format!("Basic {}", STANDARD.encode(format!("{}:{}", client.client_id, client.client_secret)))
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        self.server.abort();
    }
}

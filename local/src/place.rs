//! Where an operator's command works: a running local server, a data file, or a table on AWS.

use std::path::PathBuf;

use aws_config::SdkConfig;
use clap::Args;
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::error::Error;
use shared::lambda::Secrets;
use shared::table::{Writer, connect};

use crate::control::{SERVER, Server};
use crate::failure::Failure;
use crate::in_process::settings;
use crate::operate::Target;
use crate::options::Source;
use crate::store::{PUBLIC, Store};

/// A table and its secret.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// A running local server; this is what a command works on unless another place is named
    #[arg(long, value_name = "URL", default_value = SERVER, global = true, conflicts_with_all = ["data", "table"])]
    server: String,
    /// Data file of a local run
    #[arg(long, value_name = "FILE", global = true, conflicts_with_all = ["table", "secret"])]
    data: Option<PathBuf>,
    /// Table on AWS; uses your AWS credentials
    #[arg(long, value_name = "NAME", global = true)]
    table: Option<String>,
    /// Secret with the table's signing keys
    #[arg(long, value_name = "NAME", global = true, requires = "table")]
    secret: Option<String>,
}

/// A place that can be worked on.
pub struct Reached {
    /// The table and its secret.
    pub target: Target,
    /// The secret with the public half of the keys, where it is known.
    pub public_secret: Option<String>,
    /// The time there.
    pub clock: Clock,
    /// The country: a server's own, elsewhere the one that was said.
    pub country: &'static Country,
}

impl Place {
    /// The table and its secret.
    ///
    /// # Errors
    /// As [`Place::table`]; on AWS, when no secret is named.
    pub async fn reach(&self, source: &Source) -> Result<Reached, Failure> {
        if self.table.is_some() && self.secret.is_none() {
            return Err(Failure::new("with --table, say --secret NAME as well"));
        }
        self.table(source).await
    }

    /// The table, for what needs no secret.
    ///
    /// # Errors
    /// When no server answers, when there are no AWS credentials, or when the data file cannot be opened or is another country's.
    pub async fn table(&self, source: &Source) -> Result<Reached, Failure> {
        let country = source.country().map_err(Failure::new)?;
        let clock = Clock::system();
        match (&self.table, &self.data) {
            (Some(table), _) => {
                let secret = self.secret.as_deref().unwrap_or_default();
                let target = Target::deployed(table, secret).await?;
                Ok(Reached { target, public_secret: None, clock, country })
            }
            (None, Some(file)) => {
                let store = Store::open(&source.read()?, Some(file), &clock).map_err(Failure::new)?;
                let country = store.country(source).map_err(Failure::new)?;
                Ok(Reached { target: store.operator(), public_secret: Some(PUBLIC.to_owned()), clock, country })
            }
            (None, None) => running(&self.server).await,
        }
    }
}

/// Which kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A running server, by its address.
    Server(&'a str),
    /// A data file.
    File,
    /// A table on AWS, by its name.
    Deployed(&'a str),
}

impl Place {
    /// Which kind it is.
    pub fn kind(&self) -> Kind<'_> {
        match (&self.table, &self.data) {
            (Some(table), _) => Kind::Deployed(table),
            (None, Some(_)) => Kind::File,
            (None, None) => Kind::Server(&self.server),
        }
    }
}

async fn running(url: &str) -> Result<Reached, Failure> {
    let about = Server::at(url, "--data FILE or --table NAME").await?.about;
    let settings = local(url)?;
    let target = Target {
        writer: Writer::new(connect::patient_client(&settings), &about.table),
        secrets: Secrets::new(&settings),
        secret_id: about.secret,
    };
    let country = Country::by_code(&about.country).map_err(Failure::new)?;
    let clock = Clock::running_from(Some(about.now));
    Ok(Reached { target, public_secret: Some(about.public_secret), clock, country })
}

/// Settings for the SDK's clients of a running server.
///
/// # Errors
/// When the trusted roots cannot be read.
pub fn local(url: &str) -> Result<SdkConfig, Failure> {
    let https = connect::https(None).map_err(|error| failure(&error))?;
    Ok(settings(https).to_builder().endpoint_url(url).build())
}

/// Both halves of an error: an operator may see them.
pub fn failure(error: &Error) -> Failure {
    error.into()
}

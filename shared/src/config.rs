//! The environment of a function: the only place that reads it.

use std::env::VarError;

use crate::domain::country::Country;
use crate::error::{Cause, Error, Result};

/// What a function is told by its environment. `template.yaml` sets all of it.
#[derive(Debug, Clone)]
pub struct Config {
    /// `TABLE_NAME`: the table; empty for a function without one.
    pub table: String,
    /// `COUNTRY`: the country this deployment serves.
    pub country: &'static Country,
    /// `SECRET_ID`: the secret with signing keys and server key; token and authorizer only.
    pub secret_id: String,
    /// `AUDIENCE`: whom tokens are for; token and authorizer only.
    pub audience: String,
    /// `ISSUER`: who issues tokens; when empty, the host the caller used.
    pub issuer: String,
    /// `TOKEN_TTL`: how long a token lives, in seconds; 3600 when unset.
    pub token_ttl: u32,
    /// `LOG_LEVEL`: error, warn, info, debug; info when unset.
    pub log_level: String,
    /// `EXTRA_ROOT_PEM`: a PEM file with a further root to trust; a private endpoint.
    pub extra_root: Option<String>,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Says which variable is wrong.
    pub fn from_env() -> Result<Self> {
        let token_ttl = variable("TOKEN_TTL")?;
        let token_ttl = if token_ttl.is_empty() { "3600".to_owned() } else { token_ttl };
        let extra_root = match variable("EXTRA_ROOT_PEM")? {
            path if path.is_empty() => None,
            path => Some(std::fs::read_to_string(&path).map_err(|error| Error::Internal(Cause::new(&error)))?),
        };
        Ok(Self {
            table: variable("TABLE_NAME")?,
            country: Country::by_code(&variable("COUNTRY")?).map_err(|invalid| wrong("COUNTRY", &invalid))?,
            secret_id: variable("SECRET_ID")?,
            audience: variable("AUDIENCE")?,
            issuer: variable("ISSUER")?,
            token_ttl: token_ttl.parse().map_err(|error| wrong("TOKEN_TTL", &error))?,
            log_level: variable("LOG_LEVEL")?,
            extra_root,
        })
    }
}

/// A variable's value; empty when unset.
fn variable(name: &str) -> Result<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
    match std::env::var(name) {
        Ok(value) => Ok(value),
        Err(VarError::NotPresent) => Ok(String::new()),
        Err(error) => Err(wrong(name, &error)),
    }
}

fn wrong(name: &str, error: &dyn std::fmt::Display) -> Error {
    Error::internal(format!("{name}: {error}"))
}

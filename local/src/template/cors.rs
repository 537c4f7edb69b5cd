//! The `CorsConfiguration` of an HTTP API.

use serde::Deserialize;
use serde_json::Value as Json;

use super::intrinsic::Reason;

/// Which pages of other origins may call the API, how, and what they may read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Cors {
    /// The origins, or `*` for all.
    pub allow_origins: Vec<String>,
    /// Methods of requests.
    pub allow_methods: Vec<String>,
    /// Headers of requests.
    pub allow_headers: Vec<String>,
    /// Headers of responses that a page may read.
    pub expose_headers: Vec<String>,
    /// How many seconds a browser may keep the permission.
    pub max_age: u64,
}

impl Cors {
    /// A configuration, its intrinsic functions resolved; none when there is none, or `AWS::NoValue`.
    ///
    /// # Errors
    /// A field that is missing, unknown or of another type.
    pub(super) fn read(resolved: Json) -> Result<Option<Self>, Reason> {
        match resolved {
            Json::Null => Ok(None),
            Json::String(no_value) if no_value.is_empty() => Ok(None),
            configuration => serde_json::from_value(configuration).map(Some).map_err(|error| error.to_string()),
        }
    }
}

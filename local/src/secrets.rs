//! The embedded Secrets Manager: the two operations the bundle and its operator use, kept beside the table.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use serde_json::{Value, json};

use crate::dynamo::{Embedded, EngineError};
use crate::in_process::{self, Service, error_body};

/// A table of its own, so that nothing of the bundle can come across a secret by a key of the bundle's table.
pub(crate) const TABLE: &str = "local-secrets";

/// The start of a secret's resource name; the rest is its name.
const ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";

/// A Secrets Manager of this process. Clones share the same data.
#[derive(Debug, Clone)]
pub struct Secrets {
    store: Embedded,
}

impl Secrets {
    /// The secrets kept in `store`.
    ///
    /// # Errors
    /// When `store` cannot take another table.
    pub fn within(store: &Embedded) -> Result<Self, EngineError> {
        let definition = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "name", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "name", "KeyType": "HASH" }],
        });
        store.ensure_table(&definition, None)?;
        Ok(Self { store: store.clone() })
    }

    /// The value of the secret called `name`, if there is one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn value(&self, name: &str) -> Result<Option<String>, EngineError> {
        Ok(self.load(name)?.map(|secret| secret.value))
    }

    /// Gives the secret called `name` its value and creates it when absent: what a deployment does on AWS.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn set(&self, name: &str, value: &str) -> Result<(), EngineError> {
        self.save(name, value, "initial")
    }

    /// A connector for the SDK's client.
    pub fn connector(&self) -> SharedHttpConnector {
        in_process::connector(Arc::new(self.clone()))
    }

    fn get_value(&self, request: &Value) -> Result<Value, Failure> {
        let name = name(request)?;
        let secret = self.load(&name)?.ok_or(Failure::NotFound)?;
        let mut answer = described(&name, &secret.version);
        answer["SecretString"] = Value::String(secret.value);
        Ok(answer)
    }

    fn put_value(&self, request: &Value) -> Result<Value, Failure> {
        let name = name(request)?;
        let value = text(request, "SecretString").ok_or(Failure::Invalid("SecretString must be a text"))?;
        // The SDK sends a fresh token with every call; it becomes the version's id, as on AWS.
        let version =
            text(request, "ClientRequestToken").ok_or(Failure::Invalid("ClientRequestToken must be a text"))?;
        self.load(&name)?.ok_or(Failure::NotFound)?;
        self.save(&name, value, version)?;
        Ok(described(&name, version))
    }

    fn load(&self, name: &str) -> Result<Option<Secret>, EngineError> {
        let key = json!({ "name": { "S": name } });
        let answer = self.store.call("GetItem", &json!({ "TableName": TABLE, "Key": key, "ConsistentRead": true }))?;
        let field = |path: &str| answer.pointer(path).and_then(Value::as_str).map(str::to_owned);
        Ok(field("/Item/value/S").zip(field("/Item/version/S")).map(|(value, version)| Secret { value, version }))
    }

    fn save(&self, name: &str, value: &str, version: &str) -> Result<(), EngineError> {
        let item = json!({ "name": { "S": name }, "value": { "S": value }, "version": { "S": version } });
        self.store.call("PutItem", &json!({ "TableName": TABLE, "Item": item })).map(drop)
    }
}

impl Service for Secrets {
    fn prefixes(&self) -> &'static [&'static str] {
        &["secretsmanager."]
    }

    fn content_type(&self) -> &'static str {
        "application/x-amz-json-1.1"
    }

    fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let answer = match target {
            "secretsmanager.GetSecretValue" => self.get_value(&request),
            "secretsmanager.PutSecretValue" => self.put_value(&request),
            _ => Err(Failure::Invalid("only GetSecretValue and PutSecretValue are served here")),
        };
        match answer {
            Ok(answer) => (200, answer.to_string().into_bytes()),
            Err(Failure::NotFound) => (400, error_body("ResourceNotFoundException", "there is no such secret")),
            Err(Failure::Invalid(reason)) => (400, error_body("InvalidRequestException", reason)),
            Err(Failure::Store(error)) => (500, error_body("InternalServiceError", &error.to_string())),
        }
    }
}

struct Secret {
    value: String,
    version: String,
}

enum Failure {
    NotFound,
    Invalid(&'static str),
    Store(EngineError),
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Store(error)
    }
}

fn text<'a>(request: &'a Value, field: &str) -> Option<&'a str> {
    request.get(field).and_then(Value::as_str)
}

/// A secret may be asked for by its name or by its resource name.
fn name(request: &Value) -> Result<String, Failure> {
    let id = text(request, "SecretId").ok_or(Failure::Invalid("SecretId must be a text"))?;
    Ok(id.strip_prefix(ARN).unwrap_or(id).to_owned())
}

fn described(name: &str, version: &str) -> Value {
    json!({ "ARN": format!("{ARN}{name}"), "Name": name, "VersionId": version, "VersionStages": ["AWSCURRENT"] })
}

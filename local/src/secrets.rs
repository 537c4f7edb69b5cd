//! The embedded Secrets Manager: the three operations that the bundle and the operator use, stored beside the table.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use serde_json::{Value, json};

use crate::dynamo::{Embedded, EngineError};
use crate::in_process::{self, Service, error_body};

/// A separate table, so that no key of the bundle's table can reach a secret.
pub(crate) const TABLE: &str = "local-secrets";

/// The label of the version that is read.
const CURRENT: &str = "AWSCURRENT";

/// The prefix of a secret's ARN, before its name.
const ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";

/// An embedded Secrets Manager. Clones share the same data.
#[derive(Debug, Clone)]
pub struct Secrets {
    store: Embedded,
}

impl Secrets {
    /// The secrets in `store`.
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

    /// The value of a secret, if it exists.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn value(&self, name: &str) -> Result<Option<String>, EngineError> {
        Ok(self.load(name)?.map(|secret| secret.value))
    }

    /// Sets a secret, creating it if missing, as a deployment does on AWS.
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
        // The SDK sends a new token with every request; it becomes the version's id, as on AWS.
        let version =
            text(request, "ClientRequestToken").ok_or(Failure::Invalid("ClientRequestToken must be a text"))?;
        self.load(&name)?.ok_or(Failure::NotFound)?;
        let stages = request.get("VersionStages").and_then(Value::as_array);
        let is_current = stages.is_none_or(|stages| stages.iter().any(|stage| stage == CURRENT));
        let place = if is_current { name.clone() } else { waiting(&name, version) };
        self.save(&place, value, version)?;
        Ok(described(&name, version))
    }

    /// Makes a version current, if the present one is the one that the request names.
    fn move_stage(&self, request: &Value) -> Result<Value, Failure> {
        let name = name(request)?;
        let given = |field| text(request, field).ok_or(Failure::Invalid("a parameter is missing"));
        let (stage, from, to) = (given("VersionStage")?, given("RemoveFromVersionId")?, given("MoveToVersionId")?);
        if stage != CURRENT {
            return Err(Failure::Invalid("only AWSCURRENT is moved here"));
        }
        let next = self.load(&waiting(&name, to))?.ok_or(Failure::NotFound)?;
        let mut put = item(&name, &next.value, to);
        put["ConditionExpression"] = "#v = :from".into();
        put["ExpressionAttributeNames"] = json!({ "#v": "version" });
        put["ExpressionAttributeValues"] = json!({ ":from": { "S": from } });
        self.store.call("PutItem", &put).map_err(|_| Failure::Moved)?;
        Ok(json!({ "Name": name }))
    }

    fn load(&self, name: &str) -> Result<Option<Secret>, EngineError> {
        let key = json!({ "name": { "S": name } });
        let answer = self.store.call("GetItem", &json!({ "TableName": TABLE, "Key": key, "ConsistentRead": true }))?;
        let field = |path: &str| answer.pointer(path).and_then(Value::as_str).map(str::to_owned);
        Ok(field("/Item/value/S").zip(field("/Item/version/S")).map(|(value, version)| Secret { value, version }))
    }

    fn save(&self, name: &str, value: &str, version: &str) -> Result<(), EngineError> {
        self.store.call("PutItem", &item(name, value, version)).map(drop)
    }
}

/// The key of a version that is not current.
fn waiting(name: &str, version: &str) -> String {
    format!("{name}/{version}")
}

fn item(name: &str, value: &str, version: &str) -> Value {
    let item = json!({ "name": { "S": name }, "value": { "S": value }, "version": { "S": version } });
    json!({ "TableName": TABLE, "Item": item })
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
            "secretsmanager.UpdateSecretVersionStage" => self.move_stage(&request),
            _ => Err(Failure::Invalid("only values are read and replaced here")),
        };
        match answer {
            Ok(answer) => (200, answer.to_string().into_bytes()),
            Err(Failure::NotFound) => (400, error_body("ResourceNotFoundException", "there is no such secret")),
            Err(Failure::Moved) => (400, error_body("InvalidParameterException", "another version has the label")),
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
    Moved,
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

/// A secret is named by its name or its ARN.
fn name(request: &Value) -> Result<String, Failure> {
    let id = text(request, "SecretId").ok_or(Failure::Invalid("SecretId must be a text"))?;
    Ok(id.strip_prefix(ARN).unwrap_or(id).to_owned())
}

fn described(name: &str, version: &str) -> Value {
    json!({ "ARN": format!("{ARN}{name}"), "Name": name, "VersionId": version, "VersionStages": [CURRENT] })
}

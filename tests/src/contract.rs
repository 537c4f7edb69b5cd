//! Checks responses against the published documents.

use std::collections::HashMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// The files of `openapi/`.
pub const DOCUMENTS: &[&str] = &[
    "openapi/billing-v1.yaml",
    "openapi/co-b2b-crm-v2.yaml",
    "openapi/crm-v2.yaml",
    "openapi/hub-v1.yaml",
    "openapi/limits-v1.yaml",
    "openapi/mobile-v1.yaml",
    "openapi/sv-b2b-crm-v1.yaml",
];

/// One operation of a document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The document's file.
    pub document: &'static str,
    /// Upper case.
    pub method: String,
    /// As in the document.
    pub path: String,
    /// The document's own description of it.
    pub body: Value,
}

/// A document as JSON.
///
/// # Panics
/// When it is no YAML.
#[expect(clippy::expect_used, reason = "a test without its document cannot go on")]
pub fn document(path: &str) -> Value {
    serde_yaml_ng::from_str(&crate::file(path)).expect(path)
}

/// All operations of all documents.
pub fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for document in DOCUMENTS {
        let content = self::document(document);
        for (path, methods) in content["paths"].as_object().into_iter().flatten() {
            for (method, body) in methods.as_object().into_iter().flatten() {
                let (method, path, body) = (method.to_uppercase(), path.clone(), body.clone());
                operations.push(Operation { document, method, path, body });
            }
        }
    }
    operations
}

struct Judge {
    operation: Operation,
    /// By documented status, including `default`.
    answers: HashMap<String, Option<Validator>>,
}

fn judges() -> &'static [Judge] {
    static JUDGES: OnceLock<Vec<Judge>> = OnceLock::new();
    JUDGES.get_or_init(|| operations().into_iter().map(judge).collect())
}

#[expect(clippy::expect_used, reason = "a test without its schema cannot go on")]
fn judge(operation: Operation) -> Judge {
    let components = strict(&document(operation.document)["components"]);
    let mut answers = HashMap::new();
    for (status, answer) in operation.body["responses"].as_object().into_iter().flatten() {
        let validator = answer.pointer("/content/application~1json/schema").map(|schema| {
            let mut schema = strict(schema);
            schema["components"] = components.clone();
            jsonschema::draft4::new(&schema).expect("a schema of the document")
        });
        answers.insert(status.clone(), validator);
    }
    Judge { operation, answers }
}

/// A schema that allows no field it does not name.
fn strict(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), strict(value))).collect();
            if let (Some(Value::Bool(true)), Some(Value::String(kind))) = (fields.get("nullable"), fields.get("type")) {
                let either = json!([kind, "null"]);
                fields.insert("type".to_owned(), either);
            }
            if fields.get("type") == Some(&json!("object")) && fields.contains_key("properties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            Value::Object(fields)
        }
        Value::Array(list) => list.iter().map(strict).collect(),
        other => other.clone(),
    }
}

/// How a response deviates from its document; none for a path of no document.
pub fn complaint(method: &str, path: &str, status: u16, body: &Value) -> Option<String> {
    let fitting = judges().iter().filter(|judge| judge.operation.method == method && fits(&judge.operation.path, path));
    // As in the gateway, a literal segment goes before a variable.
    let judge = fitting.min_by_key(|judge| judge.operation.path.matches('{').count())?;
    // A final slash that the document does not have belongs to none of its paths.
    let slash = |path: &str| path.split('?').next().is_some_and(|path| path.ends_with('/'));
    if status == 308 && slash(path) && !slash(&judge.operation.path) {
        return None;
    }
    let documented = judge.answers.get(&status.to_string()).or_else(|| judge.answers.get("default"));
    let Some(validator) = documented else { return Some(format!("status {status} is not documented")) };
    let error = validator.as_ref()?.iter_errors(body).next()?;
    Some(format!("{}: {error}", error.instance_path()))
}

/// Whether a path is the document's path, under any base path.
fn fits(pattern: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let segments = |text: &str| -> Vec<String> { text.trim_matches('/').split('/').map(str::to_owned).collect() };
    let (pattern, path) = (segments(pattern), segments(path));
    path.len() >= pattern.len()
        && pattern
            .iter()
            .zip(&path[path.len() - pattern.len()..])
            .all(|(own, given)| own == given || own.starts_with('{') && !given.is_empty())
}

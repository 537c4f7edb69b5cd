//! The embedded DynamoDB: a table in memory or in a file, behind the requests the SDK's client sends.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use dynoxide::storage::Storage;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::batches;
use crate::in_process::{self, Service, error_body};

/// The namespace of DynamoDB's error codes.
const ERRORS: &str = "com.amazonaws.dynamodb.v20120810#";

/// Each write asks for the last number of its table's stream. The engine has no index for it, so that a write takes longer
/// with every one before it; with this one it does not.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS stream_numbers
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// Names for databases in memory, one for each.
static IN_MEMORY: AtomicU64 = AtomicU64::new(0);

/// An embedded DynamoDB. Clones share the same data.
#[derive(Clone)]
pub struct Embedded {
    database: Database,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedded")
    }
}

/// The engine could not be opened, or refused one of our own requests.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(pub String);

/// Looks whether the path can be a data file's: one of ours, or one that is still to be made. Changes nothing.
///
/// # Errors
/// A directory, a place that is not there, another program's file.
pub fn check_file(path: &Path) -> Result<(), EngineError> {
    let shown = path.display();
    let Ok(about) = std::fs::metadata(path) else {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.is_dir());
        return parent.map_or(Ok(()), |parent| Err(EngineError(format!("there is no directory {}", parent.display()))));
    };
    if about.is_dir() {
        return Err(EngineError(format!("{shown} is a directory; --data wants a file")));
    }
    let is_ours = about.len() == 0 || is_engine_s(path).unwrap_or(false);
    is_ours.then_some(()).ok_or_else(|| EngineError(format!("{shown} is not a data file; choose another with --data")))
}

/// Whether a file is a database with the engine's own tables. Opening it through the engine would make them.
fn is_engine_s(path: &Path) -> Result<bool, DynoxideError> {
    let looking = Storage::memory()?;
    let found = looking.conn().execute("ATTACH ?1 AS looked_at", [path.to_string_lossy()]).and_then(|_| {
        let tables = "SELECT count(*) FROM looked_at.sqlite_schema WHERE name IN ('_config', '_tables')";
        looking.conn().query_row(tables, [], |row| row.get::<_, i64>(0))
    });
    Ok(found.is_ok_and(|tables| tables == 2))
}

impl Embedded {
    /// An empty database in memory, dropped with its last clone.
    ///
    /// # Errors
    /// When the engine cannot start.
    pub fn in_memory() -> Result<Self, EngineError> {
        // Shared by the connections of this process that know its name.
        let name = IN_MEMORY.fetch_add(1, Ordering::Relaxed);
        Self::open(&format!("file:selfcare-{name}?mode=memory&cache=shared")).map_err(EngineError)
    }

    /// The database in the file at `path`, created if missing.
    ///
    /// # Errors
    /// When the file cannot be opened or is not such a database.
    pub fn in_file(path: &str) -> Result<Self, EngineError> {
        check_file(Path::new(path))?;
        Self::open(path).map_err(|error| EngineError(format!("cannot open the data file {path}: {error}")))
    }

    fn open(path: &str) -> Result<Self, String> {
        let database = Database::new(path).map_err(|error| error.to_string())?;
        let beside = Storage::new(path).map_err(|error| error.to_string())?;
        beside.conn().execute_batch(STREAM_INDEX).map_err(|error| error.to_string())?;
        // After a bulk load the engine has its log synchronised at checkpoints and not with each write (`synchronous = NORMAL`). That
        // is how it is used here from the start: a crash of the program loses nothing; one of the machine the last moments.
        database.disable_bulk_loading().map_err(|error| error.to_string())?;
        Ok(Self { database })
    }

    /// Creates a table unless it exists. `definition` is the body of a `CreateTable` request; `ttl_attribute` is the
    /// attribute with an item's expiry. Returns whether it was created.
    ///
    /// # Errors
    /// A definition DynamoDB would not accept.
    pub fn ensure_table(&self, definition: &Value, ttl_attribute: Option<&str>) -> Result<bool, EngineError> {
        let table = definition.get("TableName").and_then(Value::as_str).unwrap_or_default();
        if self.call("DescribeTable", &json!({ "TableName": table })).is_ok() {
            return Ok(false);
        }
        self.call("CreateTable", definition)?;
        if let Some(attribute) = ttl_attribute {
            let specification = json!({ "AttributeName": attribute, "Enabled": true });
            self.call("UpdateTimeToLive", &json!({ "TableName": table, "TimeToLiveSpecification": specification }))?;
        }
        Ok(true)
    }

    /// Sends one request as JSON, for the stack's own few requests.
    ///
    /// # Errors
    /// Any answer but success, with the answer as text.
    pub fn call(&self, operation: &str, request: &Value) -> Result<Value, EngineError> {
        let (status, body) = self.answer(&format!("DynamoDB_20120810.{operation}"), request.to_string().as_bytes());
        if status != 200 {
            return Err(EngineError(format!("{operation}: {}", String::from_utf8_lossy(&body))));
        }
        serde_json::from_slice(&body).map_err(|error| EngineError(format!("{operation}: {error}")))
    }

    /// All items of a table.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn items(&self, table: &str) -> Result<Vec<Value>, EngineError> {
        let mut items = Vec::new();
        let mut request = json!({ "TableName": table });
        loop {
            let mut page = self.call("Scan", &request)?;
            if let Value::Array(rows) = page["Items"].take() {
                items.extend(rows);
            }
            match page.get("LastEvaluatedKey") {
                Some(key) => request["ExclusiveStartKey"] = key.clone(),
                None => return Ok(items),
            }
        }
    }

    /// Puts items into a table directly, in one step.
    ///
    /// # Errors
    /// When there is no such table, or an item is malformed.
    pub fn fill(&self, table: &str, items: Vec<Value>) -> Result<(), EngineError> {
        let items = serde_json::from_value(Value::Array(items)).map_err(|error| EngineError(error.to_string()))?;
        let filled = self.database.import_items(table, items, dynoxide::ImportOptions::default());
        filled.map(|_| ()).map_err(|error| EngineError(error.to_string()))
    }

    /// Answers a request of the DynamoDB JSON protocol; see [`Service::answer`].
    pub fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let operation = self.prefixes().iter().find_map(|prefix| target.strip_prefix(prefix)).unwrap_or_default();
        match self.dispatch(operation, body) {
            Ok(answer) => (200, answer),
            Err(Failure::Engine(error)) => (error.status_code(), error.to_json().into_bytes()),
            Err(Failure::Unreadable(message)) => (400, error_body(&code("ValidationException"), &message)),
            Err(Failure::Unknown) => (400, error_body(&code("UnknownOperationException"), operation)),
        }
    }

    /// A connector for the SDK's client.
    pub fn connector(&self) -> SharedHttpConnector {
        in_process::connector(Arc::new(self.clone()))
    }

    fn dispatch(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let db = &self.database;
        match operation {
            "GetItem" => run(body, |request| db.get_item(request)),
            "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
            "Query" => run(body, |request| db.query(request)),
            "PutItem" => run(body, |request| db.put_item(request)),
            "UpdateItem" => run(body, |request| db.update_item(request)),
            "DeleteItem" => run(body, |request| db.delete_item(request)),
            "BatchWriteItem" => match batches::at_once(db, body) {
                Some(answer) => Ok(answer),
                None => run(body, |request| db.batch_write_item(request)),
            },
            "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
            "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
            // No function may scan; tests do, to compare the table before and after.
            "Scan" => run(body, |request| db.scan(request)),
            "CreateTable" => run(body, |request| db.create_table(request)),
            "DescribeTable" => run(body, |request| db.describe_table(request)),
            "ListTables" => run(body, |request| db.list_tables(request)),
            "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
            "ListStreams" => run(body, |request| db.list_streams(request)),
            "DescribeStream" => run(body, |request| db.describe_stream(request)),
            "GetShardIterator" => run(body, |request| db.get_shard_iterator(request)),
            "GetRecords" => run(body, |request| db.get_records(request)),
            _ => Err(Failure::Unknown),
        }
    }
}

impl Service for Embedded {
    fn prefixes(&self) -> &'static [&'static str] {
        &["DynamoDB_20120810.", "DynamoDBStreams_20120810."]
    }

    fn content_type(&self) -> &'static str {
        "application/x-amz-json-1.0"
    }

    fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        Embedded::answer(self, target, body)
    }
}

/// An error code in DynamoDB's form.
pub fn code(name: &str) -> String {
    format!("{ERRORS}{name}")
}

enum Failure {
    Engine(DynoxideError),
    Unreadable(String),
    Unknown,
}

fn run<Request, Answer>(
    body: &[u8],
    operation: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<Vec<u8>, Failure>
where
    Request: DeserializeOwned,
    Answer: Serialize,
{
    let request = serde_json::from_slice(body).map_err(|error| Failure::Unreadable(error.to_string()))?;
    let answer = operation(request).map_err(Failure::Engine)?;
    serde_json::to_vec(&answer).map_err(|error| Failure::Engine(DynoxideError::InternalServerError(error.to_string())))
}

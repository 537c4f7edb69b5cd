//! What became of a file, told beside it.

use serde_json::{Value, json};
use shared::domain::usage_file::name::UsageFile;
use shared::domain::usage_file::progress::Progress;
use shared::error::{Error, Result};
use shared::events::Taken;
use shared::files::ObjectKey;
use shared::table::{Arrival, Changes};

use crate::UsageIngest;
use crate::survey::Survey;

/// Tells that a version was taken in. Telling it again writes the same.
///
/// # Errors
/// 503 when the bucket does not answer.
pub async fn ingested(app: &UsageIngest, file: &UsageFile, done: &Progress) -> Result<()> {
    let counts = done.counts;
    let mut told = named(file, &done.version.digest, "ingested");
    told["read"] = json!(counts.read());
    told["accepted"] = json!(counts.accepted);
    told["duplicate"] = json!(counts.duplicate);
    told["replaced"] = json!(counts.replaced);
    told["rejected"] = json!(counts.rejected);
    told["removed"] = json!(counts.removed);
    told["started"] = json!(done.version.started);
    told["finished"] = json!(done.finished);
    put(app, &ObjectKey::result(file, None), &told).await
}

/// Tells that nothing of a version is taken, and why: beside it and in the list of its day. Telling it again writes the
/// same.
///
/// # Errors
/// 503 when bucket or table do not answer.
pub async fn refused(app: &UsageIngest, file: &UsageFile, found: &Survey, reason: String) -> Result<Taken> {
    let now = app.base.clock.now();
    let mut told = named(file, &found.digest, "refused");
    told["reason"] = json!(reason);
    put(app, &ObjectKey::result(file, Some(&found.digest)), &told).await?;
    let arrival = Arrival {
        stream: file.stream.clone(),
        name: file.name.clone(),
        sequence: file.sequence,
        digest: found.digest.clone(),
        at: now,
        refused: Some(reason.clone()),
    };
    let mut changes = Changes::new();
    changes.put_arrival(now.with_timezone(&app.base.country.zone()).date_naive(), &arrival)?;
    app.base.table.commit(changes, None, now).await?;
    Ok(Taken::Refused(reason))
}

fn named(file: &UsageFile, digest: &str, outcome: &str) -> Value {
    let UsageFile { stream, name, sequence, kind, .. } = file;
    let (stream, name, kind) = (stream.as_str(), name.as_str(), kind.as_str());
    json!({ "stream": stream, "name": name, "sequence": sequence, "kind": kind, "sha256": digest, "outcome": outcome })
}

async fn put(app: &UsageIngest, key: &ObjectKey, told: &Value) -> Result<()> {
    let text = serde_json::to_vec_pretty(told).map_err(|error| Error::internal(error.to_string()))?;
    app.files.put(key, &text).await
}

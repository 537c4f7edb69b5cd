//! What became of a file, told beside it.

use serde_json::{Value, json};
use shared::domain::payment_file::progress::Progress;
use shared::error::{Error, Result};
use shared::files::ObjectKey;

use crate::PaymentIngest;

/// Tells that a file was taken in. Telling it again writes the same.
///
/// # Errors
/// 503 when the bucket does not answer.
pub async fn ingested(app: &PaymentIngest, done: &Progress) -> Result<()> {
    let mut told = json!(done.counts.reconciled(app.base.country.currency));
    told["outcome"] = json!("ingested");
    told["finished"] = json!(done.finished);
    put(app, done, told).await
}

/// Tells that nothing of a file is taken, and why. Telling it again writes the same.
///
/// # Errors
/// 503 when the bucket does not answer.
pub async fn refused(app: &PaymentIngest, file: &Progress, reason: &str) -> Result<()> {
    put(app, file, json!({ "outcome": "refused", "reason": reason })).await
}

async fn put(app: &PaymentIngest, progress: &Progress, mut told: Value) -> Result<()> {
    let file = &progress.file;
    told["stream"] = json!(file.stream);
    told["name"] = json!(file.name);
    told["sha256"] = json!(file.digest);
    told["started"] = json!(progress.started);
    let text = serde_json::to_vec_pretty(&told).map_err(|error| Error::internal(error.to_string()))?;
    app.files.put(&ObjectKey::payment_result(file), &text).await
}

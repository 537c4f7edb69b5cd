//! A chunk of a file: so many of its rows, and what becomes of them.

use std::collections::BTreeMap;

use shared::domain::ids::BillNumber;
use shared::domain::payment::Payment;
use shared::domain::payment_file::name::FileId;
use shared::domain::payment_file::progress::{Became, Counts};
use shared::domain::payment_file::row::{RowReader, rejects_header};
use shared::error::Result;
use shared::events::together;
use shared::files::ObjectKey;
use shared::files::content::Entry;

use crate::{PaymentIngest, row};

/// Why a row that no line break ends is not applied: of `1500` that was cut off, `15` is an amount, too.
const OPEN: &str = "the file ends here without a line break: the row may be cut off";

/// A payment, and the number of its entry in the chunk.
type Numbered = (usize, Payment);

/// Pays with the rows of a chunk, which has this number, and writes those that are not applied beside the file. Doing it
/// again decides nothing anew, writes the same and counts the same.
///
/// Rows of one bill are taken in the file's order, those of different bills at the same time.
///
/// # Errors
/// When table or bucket do not answer.
pub async fn take(
    app: &PaymentIngest,
    (file, number): (&FileId, u32),
    header: &str,
    entries: &[Entry],
) -> Result<Counts> {
    let mut reader = RowReader::new(header, app.base.country).map_err(|invalid| invalid.field("object"))?;
    let mut became = BTreeMap::new();
    let mut bills: BTreeMap<BillNumber, Vec<Numbered>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let cut = entry.broken.or(entry.open.then_some(OPEN));
        match (cut, reader.payment(&entry.line)) {
            (Some(why), _) => _ = became.insert(at, Became::refused(&why)),
            (None, Err(reject)) => _ = became.insert(at, Became::refused(&reject)),
            (None, Ok(payment)) => bills.entry(payment.bill.clone()).or_default().push((at, payment)),
        }
    }
    for paid in together::all(bills.values().map(|rows| pay_all(app, file, entries, rows))).await? {
        became.extend(paid);
    }
    let (mut counts, mut rejects) = (Counts::default(), String::new());
    for (entry, became) in entries.iter().zip(became.values()) {
        counts.add(became);
        if let Some(reason) = became.reason() {
            rejects.push_str(&reader.reject(&entry.line, reason));
        }
    }
    if !rejects.is_empty() {
        let key = ObjectKey::payment_rejects(file, number);
        app.files.put(&key, (rejects_header() + &rejects).as_bytes()).await?;
    }
    Ok(counts)
}

/// Pays with the rows of one bill, one after the other.
async fn pay_all(
    app: &PaymentIngest,
    file: &FileId,
    entries: &[Entry],
    rows: &[Numbered],
) -> Result<Vec<(usize, Became)>> {
    let mut all = Vec::new();
    for (at, payment) in rows {
        let line = entries.get(*at).map(|entry| entry.line.number).unwrap_or_default();
        all.push((*at, row::pay(app, payment, &file.row(line)).await?));
    }
    Ok(all)
}

//! A chunk of a file: so many of its rows, and what becomes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use shared::domain::ids::{BillNumber, PaymentId};
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
/// Rows of one bill or of one id are taken in the file's order, others at the same time.
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
    let mut payments = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let cut = entry.broken.or(entry.open.then_some(OPEN));
        match (cut, reader.payment(&entry.line)) {
            (Some(why), _) => _ = became.insert(at, Became::refused(&why)),
            (None, Err(reject)) => _ = became.insert(at, Became::refused(&reject)),
            (None, Ok(payment)) => payments.push((at, payment)),
        }
    }
    for paid in together::all(grouped(payments).values().map(|rows| pay_all(app, file, entries, rows))).await? {
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

/// What rows have in common that must not be taken at the same time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Id(PaymentId),
    Bill(BillNumber),
}

impl Mark {
    fn of(payment: &Payment) -> [Self; 2] {
        [Self::Id(payment.id.clone()), Self::Bill(payment.bill.clone())]
    }
}

/// The payments in groups, each in the file's order: those of one bill or of one id are in one group, and so are those that
/// others join.
fn grouped(payments: Vec<Numbered>) -> BTreeMap<usize, Vec<Numbered>> {
    let mut groups: BTreeMap<usize, Vec<Numbered>> = BTreeMap::new();
    let mut group_of: BTreeMap<Mark, usize> = BTreeMap::new();
    for (at, payment) in payments {
        let marks = Mark::of(&payment);
        let met: BTreeSet<usize> = marks.iter().filter_map(|mark| group_of.get(mark).copied()).collect();
        group_of.extend(marks.map(|mark| (mark, at)));
        let (mut group, mut rows) = (at, vec![(at, payment)]);
        for mut other in met {
            let mut others = groups.remove(&other).unwrap_or_default();
            if others.len() < rows.len() {
                mem::swap(&mut others, &mut rows);
                mem::swap(&mut other, &mut group);
            }
            // The smaller one joins, so that a row changes its group a few times at most.
            group_of.extend(rows.iter().flat_map(|(_, payment)| Mark::of(payment)).map(|mark| (mark, other)));
            others.append(&mut rows);
            (group, rows) = (other, others);
        }
        groups.insert(group, rows);
    }
    for rows in groups.values_mut() {
        rows.sort_unstable_by_key(|(at, _)| *at);
    }
    groups
}

/// Pays with the rows of a group, one after the other.
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

#[cfg(test)]
mod tests {
    use shared::domain::money::{Currency, Money};

    use super::*;

    #[test]
    fn rows_of_one_bill_or_one_id_are_taken_in_order_and_others_at_once() {
        let rows = [("a", "1"), ("b", "2"), ("c", "3"), ("a", "4"), ("d", "2"), ("e", "5"), ("d", "1"), ("f", "5")];
        let payment = |(id, bill): (&str, &str)| Payment {
            id: id.parse().unwrap(),
            bill: bill.parse().unwrap(),
            amount: Money { minor: 1, currency: Currency::COP },
            day: Default::default(),
        };
        let groups = grouped(rows.map(payment).into_iter().enumerate().collect());
        let mut places: Vec<Vec<_>> =
            groups.into_values().map(|rows| rows.into_iter().map(|(at, _)| at).collect()).collect();
        places.sort();
        assert_eq!(places, [vec![0, 1, 3, 4, 6], vec![2], vec![5, 7]]);
    }
}

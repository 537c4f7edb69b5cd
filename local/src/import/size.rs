//! Whether a record fits into the table.

use shared::domain::service::Services;
use shared::error::Error;
use shared::table::{Changes, ListedLine, Stored};

use super::record::{ProfileLineRecord, ProfileRecord, Record};
use super::step::plain;

/// A line of fewer bytes always fits: an item takes less than twice as much as its text.
const SMALL: usize = 100_000;
/// The most bytes of a line whose item is not measured.
const LARGEST: usize = 300_000;

/// Checks a record that was read from a line of so many bytes.
///
/// # Errors
/// What it must be.
pub(super) fn fits(record: &Record, bytes: usize) -> Result<(), String> {
    if bytes < SMALL {
        return Ok(());
    }
    let changes = changes(record).map_err(|error| format!("record: must be right: {error}"))?;
    match changes {
        Some(changes) => changes.fit().map_err(|invalid| format!("record: {invalid}")),
        None if bytes <= LARGEST => Ok(()),
        None => Err(format!("record: must take at most {LARGEST} bytes, not {bytes}")),
    }
}

/// What a record sets where nothing is; none for those that are measured by their text.
fn changes(record: &Record) -> Result<Option<Changes>, Error> {
    let now = chrono::DateTime::UNIX_EPOCH;
    let mut changes = Changes::new();
    match record {
        Record::Plan(plan) => changes.put_plan(plan)?,
        Record::Subscriber(line) => changes.put_subscriber(None, line, now)?,
        Record::Customer(customer) => changes.put_customer(customer)?,
        Record::Bill(bill) => changes.add_imported_bill(bill, now)?,
        Record::Account(account) => changes.put_account(account, now)?,
        Record::Profile(record) => {
            let ProfileRecord { profile, services } = &**record;
            changes.put_profile(None, profile)?;
            let none = Stored { value: Services::default(), rev: 0 };
            changes.update_services(profile, &none, &Services::new(services.clone()))?;
        }
        Record::ProfileLine(ProfileLineRecord { profile, line }) => {
            changes.put_profile_line(profile, &ListedLine { line: line.clone(), customer: None })?;
        }
        Record::Site(site) => changes.put_site(site)?,
        Record::Document(document) => changes.put_document(None, document)?,
        Record::Recording(recording) => changes.create_recording(recording)?,
        Record::Offer(_) | Record::Service(_) | Record::Product(_) | Record::Call(_) | Record::Usage(_) => {
            changes = plain(record)?;
        }
        // A rate sheet is measured as a whole.
        Record::Tariff(_) | Record::Sheet(_) => return Ok(Some(changes)),
        Record::Client(_) | Record::Contract(_) | Record::Series(_) | Record::Group(_) | Record::Remove(_) => {
            return Ok(None);
        }
    }
    Ok(Some(changes))
}

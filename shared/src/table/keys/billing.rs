//! Keys of bill runs, of the lists that they walk, and of number series.

use chrono::NaiveDate;

use super::ledger::ledger_of;
use super::{Key, LAST, Place, Range, below, key, padded, whole};
use crate::domain::billing::cycle::CycleDay;
use crate::domain::billing::document::DocumentKind;
use crate::domain::billing::page::PageId;
use crate::domain::billing::run::shard;
use crate::domain::billing::series::Given;
use crate::domain::ids::{BillNumber, ContractId, FileName, PaymentId, RunId, SeriesId, StreamId};
use crate::domain::payment_file::name::{FileId, RowId};

/// A contract in the list of its cycle day.
pub fn cycle(day: CycleDay, contract: &ContractId) -> Key {
    key(cycle_list(day, shard(contract)).pk, contract.to_string())
}

/// One of the lists of a cycle day.
pub fn cycle_list(day: CycleDay, shard: u8) -> Range {
    whole(&format!("DAY#{:02}#{shard:02}", u32::from(day)))
}

/// A parked contract.
pub fn parked(contract: &ContractId) -> Key {
    key("PARKED", contract.to_string())
}

/// All parked contracts.
pub fn all_parked() -> Range {
    whole("PARKED")
}

/// That a run has parked a contract, with the contract's revision `rev`.
pub fn parking(contract: &ContractId, run: &RunId, rev: u64) -> Key {
    key(ledger_of(contract), format!("W#{run}#{}", padded(rev)))
}

/// What a person has said of a parked contract, with the contract's revision `rev`.
pub fn case(contract: &ContractId, run: &RunId, rev: u64) -> Key {
    key(ledger_of(contract), format!("X#{run}#{}", padded(rev)))
}

/// A bill in full, or where the customer's list has one that an import has brought. The key is the number, so the table itself
/// keeps a number from being on two bills, wherever they come from and whatever their dashes.
pub fn numbered(number: &BillNumber) -> Key {
    key(of_bill(number), "A")
}

fn of_bill(number: &BillNumber) -> String {
    format!("BILL#{}", number.bare())
}

/// Who makes a bill's document.
pub fn rendering(number: &BillNumber) -> Key {
    key(of_bill(number), "R")
}

/// That a bill's document is wanted at once.
pub fn wanted(number: &BillNumber) -> Key {
    key(of_bill(number), "W")
}

/// A payment. Its key is its id, so the table itself keeps it from counting twice.
pub fn payment(id: &PaymentId) -> Key {
    key(format!("PAY#{id}"), "P")
}

/// A row of a file that tells a payment and was not applied, beside the payment.
pub fn left_row(id: &PaymentId, row: &RowId) -> Key {
    let RowId { stream, name, digest, line } = row;
    key(payment(id).pk, format!("R#{stream}#{name}#{digest}#{}", padded(*line)))
}

fn payment_files(stream: &StreamId, name: &FileName) -> String {
    format!("PFILE#{stream}#{name}")
}

/// How far a payment file is.
pub fn payment_file(file: &FileId) -> Key {
    key(payment_files(&file.stream, &file.name), format!("F#{}", file.digest))
}

/// That a payment file was taken in completely.
pub fn payment_file_done(file: &FileId) -> Key {
    key(payment_files(&file.stream, &file.name), format!("D#{}", file.digest))
}

/// The arrival of a payment file on a day.
pub fn payment_arrival(day: NaiveDate, file: &FileId) -> Key {
    key(format!("PFILES#{day}"), format!("{}#{}#{}", file.stream, file.name, file.digest))
}

/// All payment files that arrived on a day.
pub fn payment_arrivals(day: NaiveDate) -> Range {
    whole(&format!("PFILES#{day}"))
}

/// A part of what is too large for an item, in the item's partition, by the digest of the whole.
pub fn part(of: &Key, digest: &str, part: usize) -> Key {
    key(&*of.pk, format!("Y#{digest}#{part:03}"))
}

/// All parts of one thing.
pub fn parts(of: &Key, digest: &str) -> Range {
    below(of.pk.clone(), format_args!("Y#{digest}"))
}

/// A run.
pub fn run(id: &RunId) -> Key {
    key("RUNS", id.to_string())
}

/// The runs of days, oldest first.
pub fn runs(first: NaiveDate, last: NaiveDate) -> Range {
    Range { pk: "RUNS".to_owned(), from: first.to_string(), to: format!("{last}{LAST}") }
}

fn numbers(run: &RunId) -> String {
    format!("RUN#{run}")
}

/// What a list of a run has. Each has a partition of its own: no partition takes the pages of a large night.
fn list(run: &RunId, list: u16) -> String {
    format!("RUN#{run}#{list:04}")
}

/// A page that is not done.
pub fn open_page(run: &RunId, id: PageId) -> Key {
    key(list(run, id.list), format!("O#{:08}", id.page))
}

/// All of a list of a run that are not done.
pub fn open_pages(run: &RunId, of: u16) -> Range {
    below(list(run, of), "O")
}

/// Takes the sort key of a page apart again: its place in its list.
pub fn read_page(sk: &str) -> Option<u32> {
    sk.split_once('#')?.1.parse().ok()
}

/// A page that is done.
pub fn done_page(run: &RunId, id: PageId) -> Key {
    key(list(run, id.list), format!("P#{:08}", id.page))
}

/// All of a list of a run that are done.
pub fn done_pages(run: &RunId, of: u16) -> Range {
    below(list(run, of), "P")
}

/// Numbers of a kind that a list of a run has taken on a day, ahead of its pages.
pub fn stretch(run: &RunId, of: u16, kind: DocumentKind, day: NaiveDate) -> Key {
    key(list(run, of), format!("N#{}#{day}", letter(kind)))
}

/// All that a list has.
pub fn stretches(run: &RunId, of: u16) -> Range {
    below(list(run, of), "N")
}

const fn letter(kind: DocumentKind) -> char {
    match kind {
        DocumentKind::Invoice => 'I',
        DocumentKind::CreditNote => 'N',
    }
}

/// A number that was taken on a day, and that a page has given back to its run.
pub fn free_number(run: &RunId, day: NaiveDate, given: &Given) -> Key {
    key(numbers(run), format!("N#{}#{day}#{}#{}", letter(given.kind), given.series, given.number))
}

/// All of a kind and a day.
pub fn free_numbers(run: &RunId, kind: DocumentKind, day: NaiveDate) -> Range {
    below(numbers(run), format_args!("N#{}#{day}", letter(kind)))
}

/// All of a run.
pub fn all_free_numbers(run: &RunId) -> Range {
    below(numbers(run), "N")
}

/// That a run is closed.
pub fn closing(run: &RunId) -> Key {
    key(numbers(run), "C")
}

/// A series of numbers.
pub fn series(id: &SeriesId) -> Key {
    key("SERIES", id.to_string())
}

/// Which series was added last.
pub fn newest_series() -> Key {
    key("NEWEST-SERIES", "A")
}

/// All series.
pub fn all_series() -> Range {
    whole("SERIES")
}

/// What lies where of bill runs.
pub(super) const PLACES: &[Place] = &[
    Place {
        entity: "contract of a cycle day",
        pk: "DAY#<cycle day>#<shard>",
        sk: "<contract>",
        holds: "a contract whose periods begin on the day, and its customer",
        read_by: "bill-run: query of a page",
    },
    Place {
        entity: "bill run",
        pk: "RUNS",
        sk: "<run>",
        holds: "a run: its day, the lists it walks and how far it has, what it came to; rev",
        read_by: "bill-run: get, query of days; `bill status`: the same",
    },
    Place {
        entity: "open page",
        pk: "RUN#<run>#<list>",
        sk: "O#<page>",
        holds: "contracts of a list of a run that are still to be billed, with the numbers meant for them; rev",
        read_by: "bill-generate: get; whether a run may be closed: query",
    },
    Place {
        entity: "done page",
        pk: "RUN#<run>#<list>",
        sk: "P#<page>",
        holds: "what became of the contracts of a page, with what it took of the table",
        read_by: "bill-run, when it closes a run: query; `bill status`: the same",
    },
    Place {
        entity: "numbers of a list",
        pk: "RUN#<run>#<list>",
        sk: "N#<kind of bill>#<day>",
        holds: "a stretch of a series that the list of a large run has taken on a day, ahead of its pages; rev",
        read_by: "bill-generate: get; bill-run, when it closes a run: query",
    },
    Place {
        entity: "returned number",
        pk: "RUN#<run>",
        sk: "N#<kind of bill>#<day>#<series>#<bill number>",
        holds: "a number that a page has not used, for a later page of the run on the same day",
        read_by: "bill-generate: query of some",
    },
    Place {
        entity: "closing of a run",
        pk: "RUN#<run>",
        sk: "C",
        holds: "that a run is closed, with its event for the stream",
        read_by: "audits: get",
    },
    Place {
        entity: "series",
        pk: "SERIES",
        sk: "<series>",
        holds: "a series of bill numbers: range, next number, authorisation, days; rev",
        read_by: "bill-generate: query of all; `series list`: the same",
    },
    Place {
        entity: "newest series",
        pk: "NEWEST-SERIES",
        sk: "A",
        holds: "which series was added last: two that are added at once are looked at one after the other; rev",
        read_by: "`series add`, `import`: get",
    },
    Place {
        entity: "bill in full",
        pk: "BILL#<bare number>",
        sk: "A",
        holds: "a bill with the facts it was computed from, or the number of the bill that was issued with it, or customer and day of a bill that an import has brought",
        read_by: "payment-apply, `bill explain`, `bill verify`: get",
    },
    Place {
        entity: "making of a document",
        pk: "BILL#<bare number>",
        sk: "R",
        holds: "which document of the bill is made, or until when somebody is at it; rev",
        read_by: "bill-render: get, before a document is made or led to",
    },
    Place {
        entity: "wanted document",
        pk: "BILL#<bare number>",
        sk: "W",
        holds: "that a bill's document is wanted before anybody asks, with its event",
        read_by: "nobody: the stream tells it",
    },
    Place {
        entity: "payment",
        pk: "PAY#<payment>",
        sk: "P",
        holds: "a payment, what it did and which row of a file told it, if one did, with its event for the stream",
        read_by: "payment-apply, `pay`, payment-ingest: get",
    },
    Place {
        entity: "row that was left",
        pk: "PAY#<payment>",
        sk: "R#<stream>#<name>#<start of digest>#<line>",
        holds: "why a row of a payment file was not applied; none where it was, or where the payment was there before",
        read_by: "payment-ingest: get",
    },
    Place {
        entity: "payment file",
        pk: "PFILE#<stream>#<name>",
        sk: "F#<digest>",
        holds: "how far a payment file is, counts, why nothing of it is taken, if so; rev",
        read_by: "payment-ingest: get; `payments list`: batch",
    },
    Place {
        entity: "payment file that is done",
        pk: "PFILE#<stream>#<name>",
        sk: "D#<digest>",
        holds: "what became of a payment file, with its event for the stream",
        read_by: "audits: query",
    },
    Place {
        entity: "arrival of a payment file",
        pk: "PFILES#<day>",
        sk: "<stream>#<name>#<digest>",
        holds: "a payment file that arrived on a day",
        read_by: "`payments list`: query of a day",
    },
    Place {
        entity: "part",
        pk: "BILL#<bare number>",
        sk: "Y#<parts>#<part>",
        holds: "a part of a bill that is larger than an item",
        read_by: "with the bill: query",
    },
    Place {
        entity: "part of a contract's books",
        pk: "CTR#<contract>",
        sk: "Y#<parts>#<part>",
        holds: "a part of what bills have charged, where it is larger than an item",
        read_by: "billing: query, after the contract",
    },
    Place {
        entity: "parked contract",
        pk: "PARKED",
        sk: "<contract>",
        holds: "a contract that waits for a person, and why",
        read_by: "`bill parked`, bill-run: query",
    },
    Place {
        entity: "parking",
        pk: "CTR#<contract>",
        sk: "W#<run>#<rev>",
        holds: "that a run has parked the contract, with its event for the stream",
        read_by: "audits: query",
    },
    Place {
        entity: "case",
        pk: "CTR#<contract>",
        sk: "X#<run>#<rev>",
        holds: "what a person has said of a parked contract: closed, or right as it is, and why",
        read_by: "audits: query",
    },
];

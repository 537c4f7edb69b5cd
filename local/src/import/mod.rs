//! `import`: loads a file of typed records, one a line.
//!
//! First the whole file is read and checked; a file with a bad line is not loaded at all. Then it is loaded in steps,
//! and after each step the table remembers how far it has come, so that the same file goes on where it was cut off.
//! Records overwrite themselves, so a step that is done twice changes nothing; a client and a recording are only ever created, so that no load brings back what was changed or erased.

pub mod record;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use aws_lc_rs::digest::{Context, SHA256};
use shared::auth::KeyRing;
use shared::clock::Clock;
use shared::domain::account::Account;
use shared::domain::customer::BillingGroup;
use shared::domain::ids::PlanId;
use shared::domain::profile::Profile;
use shared::domain::recording::Recording;
use shared::domain::service::Services;
use shared::error::Error;
use shared::table::{Changes, ImportProgress, Put, Writer};

use crate::operate::{self, Credentials};
use record::Record;

/// Lines of one step.
const STEP: u64 = 500;
/// Bad lines that are told one by one.
const TOLD: usize = 100;

/// Where the lines come from.
#[derive(Debug, Clone)]
pub enum Lines {
    /// A file.
    File(PathBuf),
    /// A text made by the program.
    Text(String),
}

/// What an import did.
#[derive(Debug, Default)]
pub struct Report {
    /// Lines of the file.
    pub lines: u64,
    /// Lines that an earlier import of the same file had done.
    pub done_before: u64,
    /// Clients that were created, with their secrets.
    pub clients: Vec<Credentials>,
}

/// Why an import did nothing, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, io::Error),
    /// Some lines are wrong; nothing was loaded.
    #[error("{0}")]
    Bad(BadLines),
    /// The store does not take it; the same command goes on where it stopped.
    #[error("stopped at line {line}: {cause}; the same command goes on from there")]
    Store {
        /// The last line that is done.
        line: u64,
        /// Why.
        cause: String,
    },
}

/// The lines that are wrong.
#[derive(Debug, Default)]
pub struct BadLines {
    /// Number and reason of the first hundred.
    pub told: Vec<(u64, String)>,
    /// How many in all.
    pub count: u64,
}

impl BadLines {
    fn add(&mut self, line: u64, reason: String) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push((line, reason));
        }
    }
}

impl fmt::Display for BadLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, reason) in &self.told {
            writeln!(f, "line {line}: {reason}")?;
        }
        write!(f, "{} bad lines, nothing was loaded", self.count)
    }
}

/// Loads records into a table.
pub struct Import<'a> {
    /// The table.
    pub writer: &'a Writer,
    /// The keys that digest client secrets.
    pub ring: &'a KeyRing,
    /// The time.
    pub clock: &'a Clock,
}

impl Import<'_> {
    /// Checks and loads. After each step `progress` is told lines done, lines in all, and the clients of the step: their
    /// secrets are told this once, so whoever stops in the middle has heard those that are there.
    pub async fn run(
        &self,
        lines: &Lines,
        mut progress: impl FnMut(u64, u64, &[Credentials]),
    ) -> Result<Report, ImportError> {
        let Checked { digest, count } = self.check(lines).await?;
        let store = |line| move |error: Error| ImportError::Store { line, cause: reason(&error) };
        let before = self.writer.reader().import_progress(&digest).await.map_err(store(0))?.lines.min(count);
        let mut report = Report { lines: count, done_before: before, clients: Vec::new() };
        let mut step = Step::default();
        let mut done = before;
        for line in read(lines)? {
            let (number, text) = line?;
            if number <= before {
                continue;
            }
            // The file was checked; a line that is bad now has changed since.
            let record = Record::parse(&text).map_err(|reason| bad(number, reason))?;
            step.add(record, self.clock).map_err(store(done))?;
            if number % STEP == 0 || number == count {
                let finished = std::mem::take(&mut step);
                let clients = self.load(finished, &digest, number).await.map_err(store(done))?;
                done = number;
                progress(done, count, &clients);
                report.clients.extend(clients);
            }
        }
        Ok(report)
    }

    /// Reads every line once.
    async fn check(&self, lines: &Lines) -> Result<Checked, ImportError> {
        let mut digest = Context::new(&SHA256);
        let mut bad = BadLines::default();
        let mut count = 0;
        let mut plans = self.known_plans().await?;
        let mut wanted = Vec::new();
        for line in read(lines)? {
            let (number, text) = line?;
            digest.update(text.as_bytes());
            digest.update(b"\n");
            count = number;
            match Record::parse(&text) {
                Ok(Record::Plan(plan)) => {
                    plans.insert(plan.id);
                }
                Ok(Record::Subscriber(line)) => wanted.push((number, line.plan)),
                Ok(_) => {}
                Err(reason) => bad.add(number, reason),
            }
        }
        for (number, plan) in wanted.into_iter().filter(|(_, plan)| !plans.contains(plan)) {
            bad.add(number, format!("plan: {plan} is neither in the catalogue nor in this file"));
        }
        if bad.count > 0 {
            return Err(ImportError::Bad(bad));
        }
        let digest = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Checked { digest, count })
    }

    async fn known_plans(&self) -> Result<BTreeSet<PlanId>, ImportError> {
        let catalogue = self.writer.reader().catalogue().await;
        let catalogue = catalogue.map_err(|error| ImportError::Store { line: 0, cause: reason(&error) })?;
        Ok(catalogue.plans.into_iter().map(|plan| plan.id).collect())
    }

    /// What has to be taken away of accounts and profiles that are there and belong somewhere else from now on.
    async fn moves(&self, step: &Step) -> Result<Changes, Error> {
        let mut changes = Changes::new();
        let reader = self.writer.reader();
        for before in reader.accounts(step.accounts.iter().map(|account| &account.id).collect::<BTreeSet<_>>()).await? {
            let after = step.accounts.iter().filter(|account| account.id == before.id);
            after.for_each(|after| changes.move_account(&before, after));
        }
        for before in reader.profiles(step.profiles.iter().map(|profile| &profile.id).collect::<BTreeSet<_>>()).await? {
            let after = step.profiles.iter().filter(|profile| profile.id == before.id);
            after.for_each(|after| changes.move_profile(&before, after));
        }
        Ok(changes)
    }

    async fn load(&self, step: Step, digest: &str, lines: u64) -> Result<Vec<Credentials>, Error> {
        // First, so that after a crash the same step still finds where things were.
        self.writer.load(self.moves(&step).await?).await?;
        self.writer.load(step.changes).await?;
        let mut created = Vec::new();
        for client in step.clients {
            let (credentials, put) = operate::create(self.writer, self.ring, client, self.clock.now()).await?;
            if put == Put::Created {
                created.push(credentials);
            }
        }
        for recording in &step.recordings {
            self.writer.create_recording(recording, self.clock.now()).await?;
        }
        let mut progress = Changes::new();
        progress.put_import_progress(digest, &ImportProgress { lines })?;
        self.writer.load(progress).await?;
        Ok(created)
    }
}

struct Checked {
    digest: String,
    count: u64,
}

#[derive(Default)]
struct Step {
    changes: Changes,
    clients: Vec<record::ClientRecord>,
    recordings: Vec<Recording>,
    accounts: Vec<Account>,
    profiles: Vec<Profile>,
}

impl Step {
    fn add(&mut self, record: Record, clock: &Clock) -> Result<(), Error> {
        match record {
            Record::Client(client) => self.clients.push(client),
            Record::Plan(plan) => self.changes.put_plan(&plan)?,
            Record::Offer(offer) => self.changes.put_offer(&offer)?,
            Record::Subscriber(line) => self.changes.put_subscriber(&line, clock.now())?,
            Record::Service(service) => self.changes.put_service(&service)?,
            Record::Account(account) => {
                self.changes.put_account(&account, clock.now())?;
                self.accounts.push(*account);
            }
            Record::Profile(record) => {
                self.profiles.push(record.profile.clone());
                self.changes.put_profile(&record.profile, &Services::new(record.services), clock.now())?;
            }
            Record::ProfileLine(record) => self.changes.put_profile_line(&record.profile, &record.line)?,
            Record::Customer(customer) => self.changes.put_customer(&customer)?,
            Record::Group(record::GroupRecord { customer, id, address }) => {
                self.changes.put_group(&customer, &BillingGroup { id, address, since: None })?;
            }
            Record::Bill(bill) => self.changes.put_bill(&bill)?,
            Record::Product(product) => self.changes.put_product(&product)?,
            Record::Call(record) => self.changes.put_call(&record.msisdn, &record.call)?,
            Record::Recording(recording) => self.recordings.push(*recording),
            Record::Site(site) => self.changes.put_site(&site)?,
            Record::Document(document) => self.changes.put_document(&document)?,
            Record::Usage(usage) => self.changes.put_traffic(&usage.msisdn.clone(), &usage.into()),
        }
        Ok(())
    }
}

type Line = Result<(u64, String), ImportError>;

fn read(lines: &Lines) -> Result<Box<dyn Iterator<Item = Line> + Send + '_>, ImportError> {
    Ok(match lines {
        Lines::Text(text) => Box::new((1..).zip(text.lines().map(str::to_owned)).map(Ok)),
        Lines::File(path) => {
            let unreadable = |error| ImportError::Unreadable(path.clone(), error);
            let file = BufReader::new(File::open(path).map_err(unreadable)?);
            Box::new((1..).zip(file.lines()).map(move |(number, line)| Ok((number, line.map_err(unreadable)?))))
        }
    })
}

fn bad(line: u64, reason: String) -> ImportError {
    let mut bad = BadLines::default();
    bad.add(line, reason);
    ImportError::Bad(bad)
}

/// The operator may see both halves of an error.
fn reason(error: &Error) -> String {
    match error.cause() {
        Some(cause) => format!("{error} ({})", cause.for_log()),
        None => error.to_string(),
    }
}

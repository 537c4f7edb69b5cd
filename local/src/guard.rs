//! The bill shock guard as an operator sees it: what a line or a contract has used by now, which limits that has reached, when it
//! is looked at again; and the customer's word that data roaming may go on.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::country::Country;
use shared::domain::guard::gauge::Gauge;
use shared::domain::guard::limits::Watched;
use shared::domain::guard::look::{Seen, View};
use shared::domain::guard::threshold::{Agreement, Passed, Subject, Threshold};
use shared::domain::guard::watch::Watch;
use shared::domain::ids::ContractId;
use shared::domain::money::Money;
use shared::domain::msisdn::Msisdn;
use shared::domain::period::rfc3339;
use shared::domain::subscriber::Subscriber;
use shared::error::Error;
use shared::table::{Changes, Guarded, Reader, Writer};

use crate::bill::At;
use crate::failure::Failure;
use crate::place::Reached;
use crate::print;

/// Show what a line or a contract has used, and which limits it has reached; let data roaming of a line go on. docs/usage-guard.md
#[derive(Debug, Clone, Args)]
pub struct GuardCommand {
    #[command(subcommand)]
    action: GuardAction,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, Clone, Subcommand)]
enum GuardAction {
    /// Show what the running period costs so far, the limits, which of them were told, and when the next look is
    Show {
        /// A line's number, or a contract
        of: String,
    },
    /// The customer has agreed to further data roaming of a line until its period ends
    Agree {
        /// The line's number
        line: String,
    },
}

impl GuardCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// A line or contract that is not there; a line whose data roaming is not held; an unavailable store.
    pub async fn run(&self) -> Result<(), Failure> {
        let Reached { target, clock, country, .. } = self.at.table().await?;
        let now = clock.now();
        let text = match &self.action {
            GuardAction::Show { of } => self.at.shown(&Guard::of(target.writer.reader(), country, of, now).await?)?,
            GuardAction::Agree { line } => agree(&target.writer, country, line, now).await?,
        };
        print::say(&text)
    }
}

/// What the guard knows of a line, or of a contract as a whole.
#[derive(Debug, Serialize)]
pub struct Guard {
    contract: ContractId,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<Msisdn>,
    from: NaiveDate,
    to: NaiveDate,
    /// What the period costs by what is known now, tax not included.
    estimate: String,
    /// What of it is usage beyond all that is included.
    usage: String,
    currency: &'static str,
    limits: Vec<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_roaming: Option<&'static str>,
    next_look: String,
}

/// A limit, and how far it is.
#[derive(Debug, Serialize)]
struct Limit {
    limit: String,
    used: String,
    of: String,
    told: String,
}

impl Guard {
    /// What is known of a line, by its number, or of a contract.
    ///
    /// # Errors
    /// A line or contract that is not there; what cannot be priced; an unavailable store.
    pub async fn of(reader: &Reader, country: &'static Country, of: &str, now: DateTime<Utc>) -> Result<Self, Failure> {
        if let Some(line) = found(reader, country, of).await? {
            return Self::of_line(reader, country, &line, now).await;
        }
        let unknown = || Failure::new(format!("OF: must be a line or a contract; {of} is neither"));
        let contract: ContractId = of.parse().map_err(|_| unknown())?;
        let today = now.with_timezone(&country.zone()).date_naive();
        let guarded = reader.guarded(&contract, &Subject::All, today, country.zone()).await?.ok_or_else(unknown)?;
        let limits = Watched::of_contract(guarded.books.owner.guard.as_ref());
        let watch = reader.contract_watch(&contract).await?;
        let look = Look { reader, country, contract: &contract, subject: Subject::All, guarded, limits };
        look.shown(watch.map(|watch| watch.value).as_ref()).await
    }

    async fn of_line(
        reader: &Reader,
        country: &'static Country,
        line: &Subscriber,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let (subject, today) = (Subject::Line(line.msisdn.clone()), now.with_timezone(&country.zone()).date_naive());
        let guarded = reader.guarded(&line.contract, &subject, today, country.zone()).await?;
        let guarded = guarded.ok_or_else(|| no_period(&line.contract))?;
        let limits = Watched::of_line(guarded.books.owner.guard.as_ref(), line.guard.as_ref());
        Look { reader, country, contract: &line.contract, subject, guarded, limits }.shown(line.watch.as_ref()).await
    }
}

fn no_period(contract: &ContractId) -> Failure {
    Failure::new(format!("the contract {contract} has no period that runs"))
}

async fn found(reader: &Reader, country: &Country, number: &str) -> Result<Option<Subscriber>, Failure> {
    let Ok(msisdn) = Msisdn::parse(number, country) else { return Ok(None) };
    Ok(reader.subscriber(&msisdn).await?.map(|line| line.value))
}

/// A look that leaves nothing.
struct Look<'a> {
    reader: &'a Reader,
    country: &'static Country,
    contract: &'a ContractId,
    subject: Subject,
    guarded: Guarded,
    limits: Watched,
}

impl Look<'_> {
    async fn shown(&self, watch: Option<&Watch>) -> Result<Guard, Failure> {
        let period = self.guarded.periods.last().ok_or_else(|| no_period(self.contract))?;
        let tariff = self.reader.tariff().await?.unwrap_or_default();
        let catalogues = Catalogues::new(self.country, [tariff]);
        let (ledger, usage) = (&self.guarded.books.ledger, &self.guarded.usage);
        let view = View { subject: &self.subject, ledger, usage, catalogues: &catalogues, limits: &self.limits };
        let seen = view.see(period).map_err(|parked| Failure::new(format!("the usage cannot be priced: {parked}")))?;
        let told = self.reader.passed(self.contract, period.start, &self.subject).await?;
        let agreed = self.reader.agreements(self.contract, period.start).await?;
        let zone = self.country.zone();
        let at = |at: DateTime<Utc>| rfc3339(at, zone);
        Ok(Guard {
            contract: self.contract.clone(),
            line: self.subject.line().cloned(),
            from: period.start,
            to: period.end,
            estimate: seen.estimate.to_string(),
            usage: money(&seen, seen.cost),
            currency: seen.estimate.currency.code,
            limits: seen.gauges.iter().map(|gauge| limit(&seen, gauge, &told, at)).collect(),
            data_roaming: self.limits.roaming_cap.map(|_| roaming(&self.subject, &told, &agreed)),
            next_look: match watch {
                Some(Watch { next: Some(next), .. }) => at(*next),
                _ => "with the next usage".to_owned(),
            },
        })
    }
}

fn money(seen: &Seen<'_>, minor: u64) -> String {
    Money { minor: i64::try_from(minor).unwrap_or(i64::MAX), ..seen.estimate }.to_string()
}

fn limit(seen: &Seen<'_>, gauge: &Gauge, told: &[Passed], at: impl Fn(DateTime<Utc>) -> String) -> Limit {
    let amount = |count: u64| if gauge.counts_money() { money(seen, count) } else { count.to_string() };
    let limit = match &gauge.threshold {
        Threshold::Allowance { plan, allowance, percent } => {
            format!("{} % of {allowance} of plan {plan}", u8::from(*percent))
        }
        Threshold::Amount(_) => "usage beyond what is included".to_owned(),
        Threshold::RoamingCap(_) => "data roaming, until the customer agrees".to_owned(),
    };
    let is_it = |passed: &&Passed| passed.threshold.to_string() == gauge.threshold.to_string();
    let told = told.iter().find(is_it).map_or("-".to_owned(), |passed| at(passed.at));
    Limit { limit, used: amount(gauge.used), of: amount(gauge.of), told }
}

fn roaming(subject: &Subject, told: &[Passed], agreed: &[Agreement]) -> &'static str {
    let is_held = told.iter().any(|passed| matches!(passed.threshold, Threshold::RoamingCap(_)));
    match (is_held, agreed.iter().any(|agreement| Some(&agreement.line) == subject.line())) {
        (false, _) => "free",
        (true, false) => "held",
        (true, true) => "agreed",
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contract, line, from, to, estimate, usage, currency, limits, data_roaming, next_look } = self;
        let of = line.as_ref().map_or("all lines".to_owned(), |line| format!("line {line}"));
        writeln!(f, "{of} of contract {contract}, {from} to {to}")?;
        writeln!(
            f,
            "so far {estimate} {currency}, of which {usage} for usage beyond what is included; tax not included"
        )?;
        if let Some(state) = data_roaming {
            writeln!(f, "data roaming: {state}")?;
        }
        writeln!(f, "next look: {next_look}")?;
        let rows = limits.iter().map(|Limit { limit, used, of, told }| [limit, used, of, told].map(ToOwned::to_owned));
        f.write_str(&print::list(["limit", "used", "of", "told"], rows, &[1, 2], "no limits"))
    }
}

/// Keeps that the customer agrees to data roaming of a line, and says so. There is one agreement a period, whoever tells it and
/// however often; a second one finds the first.
///
/// # Errors
/// A line that is not there, or whose data roaming is not held; an unavailable store.
pub async fn agree(
    writer: &Writer,
    country: &'static Country,
    number: &str,
    now: DateTime<Utc>,
) -> Result<String, Failure> {
    let (reader, zone) = (writer.reader(), country.zone());
    let line = found(reader, country, number).await?;
    let line = line.ok_or_else(|| Failure::new(format!("LINE: must be a line that there is; {number} is none")))?;
    let subject = Subject::Line(line.msisdn.clone());
    let today = now.with_timezone(&zone).date_naive();
    let guarded = reader.guarded(&line.contract, &subject, today, zone).await?;
    let period = guarded.as_ref().and_then(|guarded| guarded.periods.last());
    let (Some(guarded), Some(period)) = (&guarded, period) else { return Err(no_period(&line.contract)) };
    let told = reader.passed(&line.contract, period.start, &subject).await?;
    if roaming(&subject, &told, &[]) == "free" {
        return Err(Failure::new(format!("LINE: must be a line whose data roaming is held; that of {number} is free")));
    }
    let agreement = Agreement { line: line.msisdn.clone(), period: period.days(), at: now };
    let mut changes = Changes::new();
    changes.add_agreement(&guarded.books.owner.customer, &line.contract, &agreement)?;
    match writer.commit(changes, None, now).await {
        Ok(_) => Ok(format!("data roaming of {number} goes on until {}\n", period.end)),
        Err(Error::Stale) => Ok(format!("the customer has agreed before; it goes on until {}\n", period.end)),
        Err(error) => Err(error.into()),
    }
}

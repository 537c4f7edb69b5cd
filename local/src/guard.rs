//! The bill shock guard as an operator sees it: what a line or a contract has used by now, which limits that has reached, when it
//! is looked at again; and the customer's word that data roaming may go on.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::country::Country;
use shared::domain::guard::limits::Watched;
use shared::domain::guard::look::View;
use shared::domain::guard::standing::{Agreed, DataRoaming, Quantity, Standing, limits_of, next_look};
use shared::domain::guard::threshold::{Subject, Threshold};
use shared::domain::ids::ContractId;
use shared::domain::money::Money;
use shared::domain::msisdn::Msisdn;
use shared::domain::period::rfc3339;
use shared::domain::subscriber::Subscriber;
use shared::error::Error;
use shared::table::{Changes, Reader, Running, Writer};

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
    /// What the period costs by what is known now, tax not included; none where it cannot be priced.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<String>,
    /// What of it is usage beyond all that is included.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    /// Why it cannot be priced.
    #[serde(skip_serializing_if = "Option::is_none")]
    unpriced: Option<String>,
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
    /// A line or contract that is not there; a contract without a period that runs; an unavailable store.
    pub async fn of(reader: &Reader, country: &'static Country, of: &str, now: DateTime<Utc>) -> Result<Self, Failure> {
        let (zone, today) = (country.zone(), now.with_timezone(&country.zone()).date_naive());
        if let Some(line) = found(reader, country, of).await? {
            let subject = Subject::Line(line.msisdn.clone());
            let running = reader.running(&line.contract, &subject, today, zone).await?;
            let running = running.ok_or_else(|| no_period(&line.contract))?;
            let limits = limits_of(&line, running.books.owner.guard.as_ref());
            let next = next_look(line.watch.as_ref(), &line.contract);
            return Look { reader, country, contract: &line.contract, subject, running, limits, next }.shown().await;
        }
        let wrong = || format!("OF: must be a line, or a contract with a period that runs; {of} is neither");
        let unknown = || Failure::new(wrong());
        let contract: ContractId = of.parse().map_err(|_| unknown())?;
        let running = reader.running(&contract, &Subject::All, today, zone).await?.ok_or_else(unknown)?;
        let limits = Watched::of_contract(running.books.owner.guard.as_ref());
        let watch = reader.contract_watch(&contract).await?;
        let next = next_look(watch.as_ref().map(|watch| &watch.value), &contract);
        Look { reader, country, contract: &contract, subject: Subject::All, running, limits, next }.shown().await
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
    running: Running,
    limits: Watched,
    next: Option<DateTime<Utc>>,
}

impl Look<'_> {
    async fn shown(&self) -> Result<Guard, Failure> {
        let Running { books, period, usage, told } = &self.running;
        let tariff = self.reader.tariff().await?.unwrap_or_default();
        let catalogues = Catalogues::new(self.country, [tariff]);
        let (subject, ledger, limits) = (&self.subject, &books.ledger, &self.limits);
        let (seen, unpriced) = match (View { subject, ledger, usage, catalogues: &catalogues, limits }).see(period) {
            Ok(seen) => (Some(seen), None),
            Err(parked) => (None, Some(parked.to_string())),
        };
        let zone = self.country.zone();
        let at = |at: DateTime<Utc>| rfc3339(at, zone);
        let roaming = told.data_roaming(limits);
        Ok(Guard {
            contract: self.contract.clone(),
            line: subject.line().cloned(),
            from: period.start,
            to: period.end,
            estimate: seen.as_ref().map(|seen| seen.estimate.to_string()),
            usage: seen.as_ref().map(|seen| Money::of_minor(seen.cost, seen.estimate.currency).to_string()),
            unpriced,
            currency: books.owner.contract.currency.code,
            limits: told.standings(seen.as_ref()).iter().map(|standing| limit(standing, at)).collect(),
            data_roaming: Some(roaming).filter(|roaming| *roaming != DataRoaming::None).map(DataRoaming::as_str),
            next_look: self.next.map_or("with the next usage".to_owned(), at),
        })
    }
}

fn limit(standing: &Standing, at: impl Fn(DateTime<Utc>) -> String) -> Limit {
    let text = |quantity| match quantity {
        Quantity::Units(units) => units.to_string(),
        Quantity::Money(money) => money.to_string(),
    };
    let limit = match &standing.threshold {
        Threshold::Allowance { plan, allowance, percent } => {
            format!("{} % of {allowance} of plan {plan}", u8::from(*percent))
        }
        Threshold::Amount(_) => "usage beyond what is included".to_owned(),
        Threshold::RoamingCap(_) => "data roaming, until the customer agrees".to_owned(),
    };
    Limit { limit, used: text(standing.used), of: text(standing.of), told: standing.told.map_or("-".to_owned(), at) }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contract, line, from, to, estimate, usage, unpriced, currency, limits, data_roaming, next_look } =
            self;
        let of = line.as_ref().map_or("all lines".to_owned(), |line| format!("line {line}"));
        writeln!(f, "{of} of contract {contract}, {from} to {to}")?;
        if let (Some(estimate), Some(usage)) = (estimate, usage) {
            writeln!(
                f,
                "so far {estimate} {currency}, of which {usage} for usage beyond what is included; tax not included"
            )?;
        }
        if let Some(reason) = unpriced {
            writeln!(f, "the usage cannot be priced: {reason}")?;
        }
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
    let today = now.with_timezone(&zone).date_naive();
    let about = reader.agreeable(&line.contract, &line.msisdn, today, zone).await?;
    let about = about.ok_or_else(|| no_period(&line.contract))?;
    let Ok(Agreed { agreement, is_new }) = about.told.agree(&line.msisdn, about.period, now) else {
        return Err(Failure::new(format!("LINE: must be a line whose data roaming is held; that of {number} is free")));
    };
    let to = about.period.to;
    let before = || Ok(format!("the customer has agreed before; it goes on until {to}\n"));
    if !is_new {
        return before();
    }
    let mut changes = Changes::new();
    changes.add_agreement(&about.customer, &line.contract, &agreement)?;
    match writer.commit(changes, None, now).await {
        Ok(_) => Ok(format!("data roaming of {number} goes on until {to}\n")),
        Err(Error::Stale) => before(),
        Err(error) => Err(error.into()),
    }
}

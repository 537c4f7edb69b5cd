//! Contracts that wait for a person: which, why, and the case closed.

use std::fmt;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;
use shared::domain::billing::owner::ContractOwner;
use shared::domain::ids::ContractId;
use shared::error::Error;
use shared::table::{Case, Changes, ParkedContract, Reader, Writer};

use super::At;
use crate::failure::Failure;
use crate::place::Reached;
use crate::print::{row, table};

/// How often a contract that others change at the same time is read again.
const TRIES: usize = 5;
/// Longest reason, in characters.
const LONGEST: usize = 500;

/// List the contracts that no run could bill, and why
#[derive(Debug, Clone, Args)]
pub struct List {
    #[command(flatten)]
    at: At,
}

/// Close the case of a parked contract; its open periods stay due for the next run
#[derive(Debug, Clone, Args)]
pub struct Close {
    #[command(flatten)]
    said: Said,
}

/// Of which contract, and why.
#[derive(Debug, Clone, Args)]
struct Said {
    /// The contract
    contract: ContractId,
    /// Why; kept beside the contract
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    at: At,
}

/// Say that what looks wrong of a parked contract is right; the next run bills it
#[derive(Debug, Clone, Args)]
pub struct Allow {
    #[command(flatten)]
    said: Said,
}

impl List {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        let Reached { target, .. } = self.at.table().await?;
        self.at.shown(&Parked::read(target.writer.reader()).await?)
    }
}

impl Close {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        self.said.judged(Verdict::Closed).await
    }
}

impl Allow {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        self.said.judged(Verdict::Allowed).await
    }
}

impl Said {
    async fn judged(&self, verdict: Verdict) -> Result<String, Failure> {
        let Reached { target, clock, .. } = self.at.table().await?;
        self.at.shown(&judge(&target.writer, &self.contract, verdict, &self.reason, clock.now()).await?)
    }
}

/// What a person may say of a parked contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is no case any more.
    Closed,
    /// What looks wrong is right.
    Allowed,
}

/// The contracts that wait.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Parked(Vec<ParkedContract>);

impl Parked {
    /// All, by name.
    ///
    /// # Errors
    /// An unavailable store.
    pub async fn read(reader: &Reader) -> Result<Self, Failure> {
        Ok(Self(reader.parked().await?))
    }
}

impl fmt::Display for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return writeln!(f, "no contract is parked");
        }
        let head = row(["contract", "customer", "since (UTC)", "run", "kind", "allowed", "reason"]);
        let rows = self.0.iter().map(|parked| {
            let ParkedContract { contract, customer, run, kind, why, since, allowed, .. } = parked;
            let (since, run) = (since.format("%F %T").to_string(), run.to_string());
            let allowed = if *allowed { "yes" } else { "" }.to_owned();
            vec![contract.to_string(), customer.to_string(), since, run, kind.clone(), allowed, why.clone()]
        });
        f.write_str(&table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), &[]))
    }
}

/// What a person has said of a parked contract.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Judged(Case);

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { parked: ParkedContract { contract, kind, allowed, .. }, reason, .. } = &self.0;
        if *allowed {
            writeln!(f, "the next run bills the contract {contract} in spite of {kind}: {reason}")
        } else {
            writeln!(f, "the case of the contract {contract} is closed: {reason}")
        }
    }
}

/// Keeps what a person says of a contract. It is the case that was read: whoever bills, parks or judges it meanwhile wins, and
/// what it has become is read again. Said twice it is kept twice and changes nothing more.
///
/// # Errors
/// A reason that says nothing; a contract that is not parked, or not for something that may be right; an unavailable store.
pub async fn judge(
    writer: &Writer,
    contract: &ContractId,
    verdict: Verdict,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<Judged, Failure> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST {
        return Err(Failure::new(format!("--reason: must have 1 to {LONGEST} characters")));
    }
    let reader = writer.reader();
    for _ in 0..TRIES {
        let before = reader.contract(contract).await?;
        let before = before
            .ok_or_else(|| Failure::new(format!("CONTRACT: must be a contract that there is; {contract} is none")))?;
        let listed = reader.parked_contract(contract).await?;
        let Some(parked) = listed.filter(|_| before.parked.is_some()) else {
            return Err(Failure::new(format!("CONTRACT: must be parked, which {contract} is not")));
        };
        let mut changes = Changes::new();
        let case = match (verdict, parked.allowance.clone()) {
            (Verdict::Closed, _) => {
                let case = Case { parked, reason: reason.to_owned(), at };
                let after = ContractOwner { parked: None, allowed: Vec::new(), ..before.value.clone() };
                changes.close_case(&before, &after, &case)?;
                case
            }
            (Verdict::Allowed, Some(allowance)) => {
                let after = before.allowing(allowance);
                let case = Case { parked: ParkedContract { allowed: true, ..parked }, reason: reason.to_owned(), at };
                changes.allow_case(&before, &after, &case)?;
                case
            }
            (Verdict::Allowed, None) => {
                let kind = parked.kind;
                return Err(Failure::new(format!(
                    "CONTRACT: must wait for what may be right; {contract} waits for {kind}, which has to be mended"
                )));
            }
        };
        match writer.commit(changes, None, at).await {
            Ok(_) => return Ok(Judged(case)),
            Err(Error::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new(format!("others change the contract {contract} at the same time; try again")))
}

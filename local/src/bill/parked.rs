//! Contracts that wait for a person: which, why, and the case closed.

use std::fmt;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;
use shared::domain::billing::owner::ContractOwner;
use shared::domain::ids::ContractId;
use shared::error::Error;
use shared::table::{Changes, ClosedCase, ParkedContract, Reader, Writer};

use super::{At, row, table};
use crate::failure::Failure;
use crate::place::Reached;

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
    /// The contract
    contract: ContractId,
    /// Why; kept beside the contract
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    at: At,
}

impl List {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        let Reached { target, .. } = self.at.table().await?;
        self.at.shown(&Parked::read(target.writer.reader()).await?)
    }
}

impl Close {
    pub(super) async fn text(&self) -> Result<String, Failure> {
        let Reached { target, clock, .. } = self.at.table().await?;
        self.at.shown(&close(&target.writer, &self.contract, &self.reason, clock.now()).await?)
    }
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
        let head = row(["contract", "customer", "since (UTC)", "run", "kind", "reason"]);
        let rows = self.0.iter().map(|ParkedContract { contract, customer, run, kind, why, since }| {
            let (since, run) = (since.format("%F %T").to_string(), run.to_string());
            vec![contract.to_string(), customer.to_string(), since, run, kind.clone(), why.clone()]
        });
        f.write_str(&table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), &[]))
    }
}

/// A case that is closed.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Closed(ClosedCase);

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ClosedCase { parked, reason, .. } = &self.0;
        writeln!(f, "the case of the contract {} is closed: {reason}", parked.contract)
    }
}

/// Closes the case of a contract. It is the case that was read: whoever bills, parks or closes it meanwhile wins, and what it
/// has become is read again.
///
/// # Errors
/// A reason that says nothing; a contract that is not parked; an unavailable store.
pub async fn close(writer: &Writer, contract: &ContractId, reason: &str, at: DateTime<Utc>) -> Result<Closed, Failure> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST {
        return Err(Failure::new(format!("--reason: has 1 to {LONGEST} characters")));
    }
    let reader = writer.reader();
    for _ in 0..TRIES {
        let before = reader.contract(contract).await?;
        let before = before.ok_or_else(|| Failure::new(format!("CONTRACT: there is no contract {contract}")))?;
        let listed = reader.parked_contract(contract).await?;
        let Some(parked) = listed.filter(|_| before.parked.is_some()) else {
            return Err(Failure::new(format!("CONTRACT: the contract {contract} is not parked")));
        };
        let case = ClosedCase { parked, reason: reason.to_owned(), at };
        let after = ContractOwner { parked: None, ..before.value.clone() };
        let mut changes = Changes::new();
        changes.close_case(&before, &after, &case)?;
        match writer.commit(changes, None, at).await {
            Ok(_) => return Ok(Closed(case)),
            Err(Error::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new(format!("CONTRACT: others change the contract {contract} at the same time; try again")))
}

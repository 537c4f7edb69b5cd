//! The operator's credits and debits: lines of the next bill that no rule makes, each with a reason that the bill shows.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde::Serialize;
use shared::clock::Clock;
use shared::domain::billing::ledger::Adjustment;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::country::Country;
use shared::domain::ids::{AdjustmentId, BillNumber, ContractId, TaxClass};
use shared::domain::money::Money;
use shared::domain::payment::MOST;
use shared::error::Error;
use shared::files::object::Digest;
use shared::table::{Changes, Found, Writer};

use crate::failure::Failure;
use crate::options::Source;
use crate::place::{Place, Reached};
use crate::print;

/// Digits of the digest that tells two credits of one day apart.
const DIGITS: usize = 12;

/// Credit or debit a contract, and list what was credited
#[derive(Debug, Clone, Args)]
pub struct CreditCommand {
    #[command(subcommand)]
    action: CreditAction,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Clone, Subcommand)]
enum CreditAction {
    /// Credit a contract with an amount, tax not included; the bill of the day's period has it
    Add(Add),
    /// List the credits and debits of a contract
    List {
        /// The contract
        contract: ContractId,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
}

/// What an operator credits or debits.
#[derive(Debug, Clone, Args)]
pub struct Add {
    /// The contract
    pub contract: ContractId,
    /// How much, in units of the contract's currency: 5000 or 12.50
    pub amount: String,
    /// Why; the bill shows it
    #[arg(long)]
    pub reason: String,
    /// The day it counts for; today when absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub day: Option<NaiveDate>,
    /// Debit instead of credit
    #[arg(long)]
    pub debit: bool,
    /// How it is taxed
    #[arg(long, value_name = "CLASS", default_value = "standard")]
    pub tax: TaxClass,
    /// The bill it corrects
    #[arg(long, value_name = "NUMBER")]
    pub corrects: Option<BillNumber>,
    /// Its id; by default made of day, amount and reason, so that the same command done twice credits once
    #[arg(long)]
    pub id: Option<AdjustmentId>,
}

impl CreditCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// An unknown contract; an amount that is none; an unavailable store.
    pub async fn run(&self) -> Result<(), Failure> {
        let Reached { target, clock, country, .. } = self.place.table(&self.source).await?;
        let today = || clock.now().with_timezone(&country.zone()).date_naive();
        let text = match &self.action {
            CreditAction::Add(credit) => credit.carry_out(&target.writer, country, &clock, today()).await?,
            CreditAction::List { contract, json } => {
                let found = target.writer.reader().ledger(contract, country.zone()).await?;
                let (_, ledger) = found.ok_or_else(|| unknown(contract))?;
                let rows: Vec<_> = ledger.adjustments.iter().map(Row::of).collect();
                if *json { print::json(&rows)? } else { table(&rows) }
            }
        };
        print::say(&text)
    }
}

impl Add {
    /// Adds it and says so. A contract has one of an id, whoever adds it and however often; the answer to a second one says
    /// that it is there.
    ///
    /// # Errors
    /// An unknown contract, an amount or a day that is none of its, an unavailable store.
    pub async fn carry_out(
        &self,
        writer: &Writer,
        country: &'static Country,
        clock: &Clock,
        today: NaiveDate,
    ) -> Result<String, Failure> {
        let contract = writer.reader().contract(&self.contract).await?;
        let contract = contract.ok_or_else(|| unknown(&self.contract))?.value.contract;
        let amount =
            Money::parse(&self.amount, contract.currency).map_err(|error| Failure::new(error.field("AMOUNT")))?;
        if amount.minor <= 0 {
            return Err(Failure::new("AMOUNT: must be above zero; --debit charges it"));
        }
        if amount.minor > MOST {
            return Err(Failure::new(format!("AMOUNT: must be at most {MOST} minor units")));
        }
        let amount = if self.debit { amount } else { Money { minor: -amount.minor, ..amount } };
        let day = self.day.unwrap_or(today);
        if day < contract.first || contract.last.is_some_and(|last| day > last) {
            return Err(Failure::new(format!(
                "--day: must be a day on which the contract {} is charged, which {day} is not",
                contract.id
            )));
        }
        self.taxed(writer, country, day).await?;
        self.corrects_own(writer).await?;
        let id = self.id.clone().map_or_else(|| self.id_of(day, amount), Ok)?;
        let (reason, tax, corrects) = (self.reason.clone(), self.tax.clone(), self.corrects.clone());
        let adjustment = Adjustment { id, day, amount, reason, tax, corrects };
        let mut changes = Changes::new();
        changes.add_adjustment(&contract.id, &adjustment)?;
        match writer.commit(changes, None, clock.now()).await {
            Ok(_) => Ok(format!("{}\n", line(&adjustment))),
            Err(Error::Stale) => self.found(writer, country, &adjustment).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The contract has one of this id: the same, or another one.
    async fn found(&self, writer: &Writer, country: &Country, wanted: &Adjustment) -> Result<String, Failure> {
        let ledger = writer.reader().ledger(&self.contract, country.zone()).await?;
        let (_, ledger) = ledger.ok_or_else(|| unknown(&self.contract))?;
        let id = &wanted.id;
        if ledger.adjustments.contains(wanted) {
            return Ok(format!("{id} already exists; another one of the same needs an --id of its own\n"));
        }
        Err(Failure::new(format!("--id: must be a new one; {id} is another credit of this contract")))
    }

    /// The bill that it corrects is the contract's.
    async fn corrects_own(&self, writer: &Writer) -> Result<(), Failure> {
        let Some(number) = &self.corrects else { return Ok(()) };
        let contract = match writer.reader().bill_of(number).await? {
            Found::Issued(bill, _) | Found::Imported(bill) => Some(bill.value.contract),
            Found::NotShown | Found::Nothing => None,
        };
        if contract.as_ref() == Some(&self.contract) {
            return Ok(());
        }
        Err(Failure::new(format!(
            "--corrects: must be a bill of the contract {}, which {number} is not",
            self.contract
        )))
    }

    /// A class that no rates name would park the contract.
    async fn taxed(&self, writer: &Writer, country: &'static Country, day: NaiveDate) -> Result<(), Failure> {
        let rates = Catalogues::new(country, [writer.reader().tariff().await?.unwrap_or_default()]);
        let known = rates.pinned(&[]).map_err(Failure::new)?;
        known.tax_rate(&self.tax, day).map(drop).map_err(|error| Failure::new(format!("--tax: {error}")))
    }

    /// The same for the same credit.
    fn id_of(&self, day: NaiveDate, amount: Money) -> Result<AdjustmentId, Failure> {
        let mut digest = Digest::default();
        let corrects = self.corrects.as_ref().map(BillNumber::as_str).unwrap_or_default();
        digest.update(format!("{amount} {} {corrects} {}", self.tax.as_str(), self.reason).as_bytes());
        let digest = digest.finish();
        let id = format!("{day}-{}", digest.get(..DIGITS).unwrap_or(&digest));
        id.parse().map_err(|error: shared::error::Invalid| Failure::new(error.field("--id")))
    }
}

/// A credit or a debit as it is listed.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    day: NaiveDate,
    /// Below zero for a credit.
    amount: String,
    currency: &'static str,
    reason: String,
    tax: String,
    corrects: Option<String>,
}

impl Row {
    fn of(one: &Adjustment) -> Self {
        Self {
            id: one.id.to_string(),
            day: one.day,
            amount: one.amount.to_string(),
            currency: one.amount.currency.code,
            reason: one.reason.clone(),
            tax: one.tax.as_str().to_owned(),
            corrects: one.corrects.as_ref().map(ToString::to_string),
        }
    }
}

fn table(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| {
        let Row { id, day, amount, currency, reason, tax, corrects } = row;
        let corrects = corrects.as_deref().unwrap_or("-");
        [id.as_str(), &day.to_string(), amount, currency, tax, corrects, reason].map(str::to_owned)
    });
    print::list(["id", "day", "amount", "currency", "tax", "corrects", "reason"], rows, &[2], "no credits or debits")
}

fn line(one: &Adjustment) -> String {
    let corrects = one.corrects.as_ref().map(|bill| format!(" (corrects {bill})")).unwrap_or_default();
    format!("{}  {}  {} {}  {}{corrects}", one.id, one.day, one.amount, one.amount.currency.code, one.reason)
}

fn unknown(contract: &ContractId) -> Failure {
    Failure::new(format!("there is no contract {contract}"))
}

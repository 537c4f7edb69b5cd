//! `pay`: an operator tells of a payment, as whoever takes the money does, and waits until it is applied.

use std::fmt;
use std::time::Duration;

use chrono::NaiveDate;
use clap::Args;
use serde::Serialize;
use shared::domain::event::PaymentReceived;
use shared::domain::ids::{BillNumber, PaymentId};
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::events::message;
use shared::table::{Applied, Found, Reader};
use tokio::time::{Instant, sleep};

use crate::bill::At;
use crate::failure::Failure;
use crate::place::Reached;
use crate::print;
use crate::queues::site::Site;

/// The queue of payment-apply.
const QUEUE: &str = "Payments";
/// The group of an operator's messages.
const BY_HAND: &str = "by-hand";
/// How long it is waited for, and how often is looked.
const PATIENCE: Duration = Duration::from_secs(60);
const PACE: Duration = Duration::from_millis(200);

/// Apply a payment to a bill, or take one back; the same command done twice pays once. docs/payments.md
#[derive(Debug, Clone, Args)]
pub struct PayCommand {
    /// The bill
    number: BillNumber,
    /// How much, in units of the bill's currency: 5000 or 12.50; below zero for what goes back
    #[arg(allow_negative_numbers = true)]
    amount: String,
    /// The payment's id
    #[arg(long)]
    id: PaymentId,
    /// The day of the payment; today when absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<NaiveDate>,
    /// The stack on AWS with the queues, beside --table
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    #[command(flatten)]
    at: At,
}

impl PayCommand {
    /// Runs the command and prints the result.
    ///
    /// # Errors
    /// What [`Paying`] refuses; a payment that is not applied in time; an unavailable store or queue.
    pub async fn run(&self) -> Result<(), Failure> {
        let Reached { target, clock, country, .. } = self.at.table().await?;
        let site = self.at.queues(self.stack.as_deref()).await?;
        let reader = target.writer.reader();
        let today = clock.now().with_timezone(&country.zone()).date_naive();
        let day = self.day.unwrap_or(today);
        if let Err(refused) = Payment::check_day(day, today) {
            return Err(Failure::new(format!("--day: {refused}; it is {today} there")));
        }
        let paying = Paying { number: &self.number, amount: &self.amount, id: &self.id, day };
        let paid = match paying.read(reader).await? {
            Ok(paid) => paid,
            Err(payment) => tell(reader, &site, payment).await?,
        };
        print::say(&self.at.shown(&paid)?)
    }
}

/// What is to be paid.
#[derive(Debug, Clone, Copy)]
pub struct Paying<'a> {
    /// The bill.
    pub number: &'a BillNumber,
    /// How much, as it was written.
    pub amount: &'a str,
    /// The payment's id.
    pub id: &'a PaymentId,
    /// Its day.
    pub day: NaiveDate,
}

impl Paying<'_> {
    /// The payment as it is applied already, or as it has to be told.
    ///
    /// # Errors
    /// A bill that is not there, an amount that is none, what payment-apply would refuse, another payment of this id, an
    /// unavailable store.
    pub async fn read(self, reader: &Reader) -> Result<Result<Paid, Payment>, Failure> {
        let Self { number, amount, id, day } = self;
        let (bill, was_issued) = match reader.bill_of(number).await? {
            Found::Issued(bill, _) => (bill, true),
            Found::Imported(bill) => (bill, false),
            Found::NotShown => {
                return Err(Failure::new(format!(
                    "NUMBER: must be an issued bill; {number} is being issued, try again"
                )));
            }
            Found::Nothing => {
                return Err(Failure::new(format!("NUMBER: must be a bill that there is; {number} is none")));
            }
        };
        let amount =
            Money::parse(amount, bill.amount.currency).map_err(|invalid| Failure::new(invalid.field("AMOUNT")))?;
        let payment = Payment { id: id.clone(), bill: number.clone(), amount, day };
        if let Some(applied) = reader.payment(id).await? {
            let now = bill.balance().map_err(|invalid| Failure::new(invalid.to_string()))?;
            return Paid::of(applied, &payment).map(|paid| Ok(Paid { balance_now: Some(now), ..paid }));
        }
        let owner = reader.contract(&bill.contract).await?;
        let credit = owner.and_then(|owner| owner.credit_of(&bill, was_issued));
        let effect = payment.apply(&bill, credit);
        effect.map_err(|refused| Failure::new(format!("AMOUNT: {refused}")))?;
        Ok(Err(payment))
    }
}

/// Tells payment-apply, and waits until the payment is applied.
async fn tell(reader: &Reader, site: &Site, payment: Payment) -> Result<Paid, Failure> {
    let id = payment.id.clone();
    let told = PaymentReceived(payment);
    let body = message(&told, id.as_str())?;
    site.send(QUEUE, BY_HAND, &[body]).await?;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(applied) = reader.payment(&id).await? {
            return Paid::of(applied, &told.0);
        }
        sleep(PACE).await;
    }
    Err(Failure::new(format!(
        "the payment {id} is told and not applied yet; `queue show PaymentDeadLetters` says why, if it never is. The same command \
         goes on waiting"
    )))
}

/// A payment that is applied.
#[derive(Debug, Serialize)]
pub struct Paid {
    #[serde(flatten)]
    applied: Applied,
    /// Of one that was applied before: what is to be paid of the bill as it is now, which an import or another payment may have
    /// changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance_now: Option<Money>,
}

impl Paid {
    /// What was applied under the id of a payment, if it is that one.
    fn of(applied: Applied, payment: &Payment) -> Result<Self, Failure> {
        if applied.payment.is_same(payment) {
            return Ok(Self { applied, balance_now: None });
        }
        let Payment { id, bill, amount, .. } = &applied.payment;
        Err(Failure::new(format!(
            "--id: {id} is another payment, {amount} {} of the bill {bill}",
            amount.currency.code
        )))
    }
}

impl fmt::Display for Paid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { applied: Applied { payment, credited, balance, .. }, balance_now } = self;
        let Payment { id, bill, amount, day } = payment;
        let code = balance.currency.code;
        write!(f, "{id}: {amount} {code} of the bill {bill}")?;
        match balance_now {
            None => write!(f, "; {balance} {code} to be paid of it")?,
            Some(now) => write!(f, " was applied before, with the day {day}; {now} {code} to be paid of it now")?,
        }
        let (money, then) = (|minor| Money { minor, ..*amount }, if balance_now.is_some() { " then" } else { "" });
        match credited {
            0 => writeln!(f),
            1.. => writeln!(f, ", {} {code} more on the contract's credit{then}", money(*credited)),
            ..0 => writeln!(f, ", {} {code} taken from the contract's credit{then}", money(credited.saturating_neg())),
        }
    }
}

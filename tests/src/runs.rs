//! Bill runs of a world.

use std::collections::BTreeMap;

use shared::domain::bill::Bill;
use shared::domain::billing::page::Became;
use shared::domain::billing::run::Run;
use shared::domain::event::{BillRunOrdered, Whom};
use shared::events::message;
use shared::table::{Books, From, Window};

use crate::World;

#[expect(clippy::expect_used, reason = "a test without its run cannot go on")]
impl World {
    /// Orders a run by hand, and lets it come to its end.
    ///
    /// # Panics
    /// When the order is malformed.
    pub async fn order_run(&self, run: &str, day: &str, dry: bool, whom: Whom) {
        let (run, day) = (run.parse().expect("a run's name"), day.parse().expect("a day"));
        let order = message(&BillRunOrdered { run, day, dry, whom }, "ordered").expect("a message");
        self.queues.send("BillRuns", order, BTreeMap::new(), self.clock.now());
        self.settle().await;
    }

    /// A run, if there is one of this name.
    ///
    /// # Panics
    /// When the table cannot be read.
    pub async fn bill_run(&self, run: &str) -> Option<Run> {
        let id = run.parse().expect("a run's name");
        self.operator.writer.reader().run(&id).await.expect("an answer").map(|run| run.value)
    }

    /// What became of each contract of a run.
    ///
    /// # Panics
    /// When the table cannot be read.
    pub async fn became(&self, run: &str) -> BTreeMap<String, Became> {
        let id = run.parse().expect("a run's name");
        let window = Window { limit: 1_000, from: From::Record(0) };
        let pages = self.operator.writer.reader().done_pages(&id, &window).await.expect("pages").rows;
        let contracts = pages.into_iter().flat_map(|(_, page)| page.contracts);
        contracts.map(|ended| (ended.contract.to_string(), ended.became)).collect()
    }

    /// The bills that runs have made for a customer, newest first.
    ///
    /// # Panics
    /// When the table cannot be read.
    pub async fn bills(&self, customer: &str) -> Vec<Bill> {
        let code = customer.parse().expect("a customer");
        let window = Window { limit: 1_000, from: From::Record(0) };
        let pass = Some(|bill: &Bill| bill.serial.len() == 2);
        let bills = self.operator.writer.reader().bills(&code, (None, None), &window, pass).await;
        bills.expect("bills").rows
    }

    /// The books of a contract.
    ///
    /// # Panics
    /// When there is no such contract.
    pub async fn books(&self, contract: &str) -> Books {
        let id = contract.parse().expect("a contract");
        let books = self.operator.writer.reader().books(&id, self.country().zone()).await;
        books.expect("an answer").expect("a contract")
    }
}

//! Bill runs of a world.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::json;
use shared::domain::bill::Bill;
use shared::domain::billing::page::Became;
use shared::domain::billing::run::Run;
use shared::domain::event::{BillRunOrdered, Whom};
use shared::events::message;
use shared::table::{Books, Changes, From, Window};

use crate::World;
use crate::connector::faults::Fault;

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
        let reader = self.operator.writer.reader();
        let mut pages = Vec::new();
        for list in self.bill_run(run).await.iter().flat_map(Run::places) {
            pages.extend(reader.done_pages(&id, list, &window).await.expect("pages").rows);
        }
        let contracts = pages.into_iter().flat_map(|page| page.contracts);
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

#[expect(clippy::expect_used, reason = "a test without its run cannot go on")]
impl World {
    /// A series has given out all its numbers.
    ///
    /// # Panics
    /// When there is no such series.
    pub async fn use_up(&self, series: &str) {
        let id = series.parse().expect("a series");
        let before = self.operator.writer.reader().series(&id).await.expect("an answer").expect("a series");
        let mut after = before.value.clone();
        after.next = after.last + 1;
        let mut changes = Changes::new();
        changes.update_series(&before, &after).expect("a change");
        self.operator.writer.commit(changes, None, self.clock.now()).await.expect("a commit");
    }

    /// A run forgets that it has made its pages, as if it had died before it could say so.
    ///
    /// # Panics
    /// When there is no such run.
    pub async fn list_again(&self, run: &str) {
        let id = run.parse().expect("a run's name");
        let before = self.operator.writer.reader().run(&id).await.expect("an answer").expect("a run");
        let mut after = before.value.clone();
        for list in &mut after.lists {
            (list.pages, list.after, list.done) = (0, None, false);
        }
        let mut changes = Changes::new();
        changes.update_run(&before, &after).expect("a change");
        self.operator.writer.commit(changes, None, self.clock.now()).await.expect("a commit");
    }

    /// Credits with reasons that nothing compresses.
    ///
    /// # Panics
    /// When they cannot be written.
    pub async fn fill_with_adjustments(&self, contract: &str, day: &str, ids: std::ops::Range<u64>) {
        let contract = contract.parse().expect("a contract");
        let mut changes = Changes::new();
        let mut state = ids.start + 1;
        for id in ids {
            let mut noise = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state
            };
            let reason: String = (0..12).map(|_| format!("{:016x}", noise())).collect();
            let adjustment = json!({
                "id": format!("a{id}"), "day": day, "amount": { "minor": -1, "currency": "COP" }, "reason": reason,
            });
            changes
                .add_adjustment(&contract, &serde_json::from_value(adjustment).expect("a credit"))
                .expect("a change");
            if changes.len() == 100 {
                let full = std::mem::take(&mut changes);
                self.operator.writer.commit(full, None, self.clock.now()).await.expect("a commit");
            }
        }
        self.operator.writer.commit(changes, None, self.clock.now()).await.expect("a commit");
    }

    /// How many parts of large items the table has.
    pub fn parts(&self) -> usize {
        self.items().iter().filter(|item| item.contains("\"Y#")).count()
    }

    /// A run that has taken numbers and fails; another bills its contracts before its page comes again.
    async fn overtaken(&self, whom: Whom) {
        // Three transactions pass: the run is made, its page is listed, the numbers are taken.
        self.faults.after("TransactWriteItems", 3, Fault::ServerError, 100);
        self.order_run("late", "2026-03-10", false, whom.clone()).await;
        self.faults.clear();
        self.order_run("early", "2026-03-10", false, whom).await;
        self.clock.set(self.clock.now() + TimeDelta::minutes(31));
        self.settle().await;
    }

    /// What runs seldom do, for whoever wants to see all that they ask of the table: contracts that are parked and billed
    /// later, another cycle day, pages that come again, old versions of the catalogue, and what is larger than an item.
    ///
    /// # Panics
    /// When something cannot be done.
    pub async fn rare_runs(&self) {
        const CONTRACT: &str = "500101";
        let these = || Whom::These(vec![CONTRACT.parse().expect("a contract")]);
        let next = self.operator.writer.reader().series(&"FE".parse().expect("a series")).await;
        let next = next.expect("an answer").expect("a series");
        self.use_up("FE").await;
        self.order_run("parked", "2026-02-15", false, these()).await;
        let series = json!({
            "type": "series", "id": "FF", "kind": "invoice", "prefix": "FF-", "digits": 1, "first": 1, "last": 1,
            "authorization": "18760000002", "from": "2020-01-01", "until": "2035-12-31",
        });
        self.import(&[series]).await.expect("an import");
        // One number for two bills: the first takes it.
        self.order_run("short", "2026-02-15", false, Whom::Parked).await;
        let mut changes = Changes::new();
        let now = self.operator.writer.reader().series(&next.id).await.expect("an answer").expect("a series");
        changes.update_series(&now, &next.value).expect("a change");
        self.operator.writer.commit(changes, None, self.clock.now()).await.expect("a commit");
        self.order_run("billed", "2026-02-15", false, Whom::Parked).await;
        self.order_run("again", "2026-02-15", false, these()).await;
        self.list_again("again").await;
        self.order_run("again", "2026-02-15", false, these()).await;
        for price in 1..=10 {
            let rate = json!({ "type": "rate", "classes": "sms", "from": "2026-03-01", "price": format!("{price}") });
            self.import(&[rate]).await.expect("an import");
            self.clock.set(self.clock.now() + TimeDelta::minutes(2));
            let other = Whom::These(vec!["500103".parse().expect("a contract")]);
            self.order_run(&format!("dry{price}"), "2026-02-15", true, other).await;
        }
        self.overtaken(Whom::These(vec!["500102".parse().expect("a contract")])).await;
        let first = self.ledger(CONTRACT).await.contract.first;
        let rate = json!({ "type": "rate", "classes": "video", "from": "2026-03-01", "price": "9", "per": 60 });
        let other_day =
            json!({ "type": "contract", "id": CONTRACT, "customer": "1001", "first": first, "cycle_day": 20 });
        self.import(&[rate, other_day]).await.expect("an import");
        self.fill_with_adjustments(CONTRACT, "2026-02-20", 0..3_000).await;
        for (now, day, id) in
            [("2026-03-15T05:10:00Z", "2026-03-15", 4_000), ("2026-03-20T05:10:00Z", "2026-03-20", 4_001)]
        {
            self.clock.set(now.parse().expect("a time"));
            self.fill_with_adjustments(CONTRACT, "2026-02-21", id..id + 1).await;
            // The page is made; that its bill is shown fails, and comes again.
            self.faults.after("PutItem", 1, Fault::ServerError, 100);
            self.order_run(&format!("{day}.large"), day, false, these()).await;
            self.faults.clear();
            self.clock.set(self.clock.now() + TimeDelta::minutes(31));
            self.settle().await;
        }
    }
}

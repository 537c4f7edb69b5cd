//! What a world's contracts are charged for.

use shared::domain::billing::ledger::Ledger;

use crate::World;

impl World {
    /// A contract's ledger.
    ///
    /// # Panics
    /// When there is no such contract, or its ledger cannot be read.
    #[expect(clippy::expect_used, reason = "a test without its contract cannot go on")]
    pub async fn ledger(&self, contract: &str) -> Ledger {
        let id = contract.parse().expect("a contract's id");
        let found = self.operator.writer.reader().ledger(&id, self.country().zone()).await;
        found.expect("a readable ledger").expect("a contract").1
    }
}

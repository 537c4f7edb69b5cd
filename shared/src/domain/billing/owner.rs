//! Who a contract belongs to, beside its frame.

use serde::{Deserialize, Serialize};

use crate::domain::billing::ledger::Contract;
use crate::domain::ids::CustomerCode;
use crate::domain::owned::Owned;

/// The owner item of a contract's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractOwner {
    /// Whose contract it is. A contract is never given to another customer.
    pub customer: CustomerCode,
    /// Its frame.
    pub contract: Contract,
}

impl Owned for ContractOwner {
    fn customer(&self) -> &CustomerCode {
        &self.customer
    }
}

//! Ownership by a customer.

use crate::domain::ids::CustomerCode;

/// Something that belongs to a customer.
pub trait Owned {
    /// The customer.
    fn customer(&self) -> &CustomerCode;
}

/// Which customers somebody sees.
pub trait Sight {
    /// Whether this customer is one of them.
    fn sees(&self, customer: &CustomerCode) -> bool;

    /// Whether all are, so that nothing can be refused.
    fn sees_all(&self) -> bool;
}

/// The sight of operators and of the bundle itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Everybody;

impl Sight for Everybody {
    fn sees(&self, _: &CustomerCode) -> bool {
        true
    }

    fn sees_all(&self) -> bool {
        true
    }
}

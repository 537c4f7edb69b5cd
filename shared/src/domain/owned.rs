//! Ownership by a customer.

use crate::domain::ids::CustomerCode;

/// Something that belongs to a customer.
pub trait Owned {
    /// The customer.
    fn customer(&self) -> &CustomerCode;
}

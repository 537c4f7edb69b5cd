//! What belongs to somebody.

use crate::domain::ids::CustomerCode;

/// Something that belongs to a customer.
pub trait Owned {
    /// Whose it is.
    fn customer(&self) -> &CustomerCode;
}

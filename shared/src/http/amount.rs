//! Money on the wire.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::domain::money::Money;

/// Money as a JSON number with the currency's digits, never through a float.
#[derive(Debug, Clone, Copy)]
pub struct Amount(pub Money);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

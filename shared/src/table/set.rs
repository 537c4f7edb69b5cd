//! Writes that add to an item what no other writer contradicts.
//!
//! Every value is a function of who says it, and everybody who says something has attributes of its own. So such a write
//! needs no condition and no revision: done again, late, or by two at once, it ends the same.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};

use super::item::{self, Item};
use super::keys::Key;
use super::spent::{self, Side};
use super::write::Assignments;
use super::{Writer, store_error};
use crate::error::{Error, Result};

impl Writer {
    /// Sets attributes of an item and removes others; the rest stays as it is. Answers what the item had before, nothing
    /// when it was not there. One request, a unit for each kilobyte.
    pub(super) async fn set(&self, key: Key, set: Item, removed: &[String]) -> Result<Item> {
        if set.is_empty() && removed.is_empty() {
            return Err(Error::internal("an item is to be set to nothing"));
        }
        let Assignments { expression, names, values } = Assignments::of(set, removed);
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::bare(key)))
            .update_expression(expression)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values(ReturnValue::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output = spent::request(request.send()).await?.map_err(|error| store_error(&error))?;
        spent::enter(Side::Write, output.consumed_capacity.as_ref());
        Ok(output.attributes.unwrap_or_default())
    }
}

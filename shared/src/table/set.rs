//! Writes without a transaction, at half its price: of an item that is new, and to an item of what no other writer
//! contradicts.
//!
//! There every value is a function of who says it, and everybody who says something has attributes of its own. So such a write
//! needs no condition and no revision: done again, late, or by two at once, it ends the same.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, ReturnValue};

use super::item::{self, Item};
use super::keys::{Key, PK};
use super::spent::{self, Side};
use super::write::{Assignments, Put};
use super::{Writer, store_error};
use crate::error::{Error, Result};

impl Writer {
    /// Creates an item, or finds that its key is taken. One request, a unit for each kilobyte; half a transaction.
    ///
    /// Done again, late, or by two at once, the first one stays.
    pub(super) async fn create(&self, item: Item) -> Result<Put> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#p)")
            .expression_attribute_names("#p", PK)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match spent::request(request.send()).await? {
            Ok(output) => {
                spent::enter(Side::Write, output.consumed_capacity.as_ref());
                Ok(Put::Created)
            }
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(Put::AlreadyThere)
            }
            Err(error) => Err(store_error(&error)),
        }
    }

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

    /// Removes an attribute of an item, if it has it. One request, a unit for each kilobyte of the item. Done again it ends the
    /// same.
    pub(super) async fn unset(&self, key: Key, name: &str) -> Result<()> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::bare(key)))
            .update_expression("REMOVE #a")
            .condition_expression("attribute_exists(#a)")
            .expression_attribute_names("#a", name)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if_it_held(spent::request(request.send()).await?)
    }

    /// Sets an attribute of an item that is there, if a part of the attribute is still what was read, or if it still has none;
    /// otherwise nothing happens. One request, a unit for each kilobyte of the item.
    ///
    /// Of two who have read the same and write at once the first one stays. Done again it ends the same.
    pub(super) async fn swap(
        &self,
        key: Key,
        name: &str,
        before: Option<(&str, AttributeValue)>,
        after: AttributeValue,
    ) -> Result<()> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::bare(key)))
            .update_expression("SET #a = :after")
            .expression_attribute_names("#a", name)
            .expression_attribute_values(":after", after)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let request = match before {
            Some((part, value)) => request
                .condition_expression("#a.#part = :before")
                .expression_attribute_names("#part", part)
                .expression_attribute_values(":before", value),
            None => request
                .condition_expression("attribute_exists(#p) AND attribute_not_exists(#a)")
                .expression_attribute_names("#p", PK),
        };
        if_it_held(spent::request(request.send()).await?)
    }
}

/// Enters what an update took. A condition that did not hold is no failure.
fn if_it_held(updated: std::result::Result<UpdateItemOutput, SdkError<UpdateItemError>>) -> Result<()> {
    match updated {
        Ok(output) => spent::enter(Side::Write, output.consumed_capacity.as_ref()),
        Err(error) if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) => {}
        Err(error) => return Err(store_error(&error)),
    }
    Ok(())
}

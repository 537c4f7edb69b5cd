//! All state: one DynamoDB table. The SDK is named here and in `lambda.rs`, and its types do not leave.
//!
//! [`Reader`] and [`Writer`] are the two ways in; what each access pattern asks for is a method in `entities/`, beside
//! the entity it reads. [`keys`] makes every key. [`spent`] counts what a call costs.

pub mod connect;
mod entities;
pub mod keys;
mod read;
pub mod spent;
mod write;

pub use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

pub use entities::answer::{IdempotencyKey, StoredAnswer};
pub use entities::catalogue::CatalogueCache;
pub use entities::customer::{CustomerGroups, IdentityCache};
pub use entities::document::DocumentOwner;
pub use entities::import::ImportProgress;
pub use entities::profile::{RecurringCharge, RecurringCharges};
pub use entities::recording::{ExtensionOwner, place as place_of_recording};
pub use entities::subscriber::{Charge, Entry};
pub use read::{From, Paged, Reader, Window};
pub use write::{Changes, Committed, Put, Writer};

use crate::error::{Cause, Error};

/// An item as the SDK carries it.
type Item = HashMap<String, AttributeValue>;

/// Something loaded that several writers may change, with the revision it was loaded at. A write made from it goes
/// through only if the revision is still the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// What was loaded.
    pub value: T,
    /// The revision it was loaded at.
    pub rev: u64,
}

impl<T> Stored<T> {
    /// The revision a write made from this will have. Items written beside it use it in their keys, so a repeated
    /// attempt at the same step writes the same items.
    pub const fn next_rev(&self) -> u64 {
        self.rev + 1
    }
}

impl<T> std::ops::Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Which answers of the store are worth another try by the caller.
fn store_error<E, R>(error: &SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    const PASSING: &[&str] = &[
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ItemCollectionSizeLimitExceededException",
    ];
    let passing = match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(context) => context.err().code().is_none_or(|code| PASSING.contains(&code)),
        _ => false,
    };
    let cause = Cause::new(error);
    if passing { Error::Unavailable(cause) } else { Error::Internal(cause) }
}

/// An item as the value its key says it is.
fn value<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    serde_dynamo::from_item(item).map_err(|error| unreadable(&error))
}

/// An item that several writers change, with its revision.
fn stored<T: DeserializeOwned>(item: Item) -> Result<Stored<T>, Error> {
    let rev = number_of(&item, keys::REV).unwrap_or(0);
    Ok(Stored { value: value(item)?, rev })
}

/// An item that does not read as what its key says: a programming or data error, never the caller's.
fn unreadable(error: &serde_dynamo::Error) -> Error {
    Error::Internal(Cause::new(error))
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl std::fmt::Display + Copy) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn number_of<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

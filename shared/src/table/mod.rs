//! All state: one DynamoDB table. The SDK's types do not leave this module.
//!
//! [`Reader`] and [`Writer`] are the two ways in; each access pattern is a method in `entities/`, beside the entity it
//! reads. [`keys`] makes every key. [`spent`] accounts for requests and time.

pub mod connect;
mod entities;
mod item;
pub mod keys;
mod owner;
mod packed;
mod page;
mod read;
mod set;
mod size;
pub(crate) mod spent;
mod together;
mod walk;
mod write;

pub use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

pub use entities::answer::{IdempotencyKey, StoredAnswer};
pub use entities::call::Telling;
pub use entities::catalogue::{CatalogueCache, ServiceCache};
pub use entities::coming_plan::ComingPlans;
pub use entities::contract::{Books, Charge};
pub use entities::customer::{CustomerGroups, IdentityCache};
pub use entities::document::DocumentOwners;
pub use entities::guard::{Agreeable, Listed, Running};
pub use entities::import::{IMPORT_LEASE, Importing, Unloaded};
pub use entities::past::Past;
pub use entities::payment::{Applied, Found, Holder, Numbered};
pub use entities::payment_file::Told;
pub use entities::profile::{ListedLine, ProfileLines};
pub use entities::recording::{Erasure, ExtensionOwner, SitePlace};
pub use entities::removal::FormerLine;
pub use entities::rendering::Rendering;
pub use entities::run::ParkedContract;
pub use entities::settlement::{Case, Settling};
pub use entities::statement::{Statement, Wanted};
pub use entities::subscriber::Entry;
pub use entities::tariff::TariffCache;
pub use entities::told::session_digest;
pub use entities::usage_file::{Arrival, Fate, Ingested};
pub use item::Stored;
pub use owner::owner_first;
pub use page::{From, Paged, Position, Window};
pub use read::Reader;
pub use walk::{Looked, Mark, Stretch, ToldEvent};
pub use write::{Changes, Committed, Put, Writer};

use crate::error::{Cause, Error};

/// Errors of the store that a caller may retry.
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

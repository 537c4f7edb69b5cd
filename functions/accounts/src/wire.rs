//! The names of the corporate document, misspelt ones included, as they are on the wire.
//!
//! Amounts are whole units of the currency here, numbers of lines and ids are text, and a line's number has its local
//! form.

mod account;
mod body;
mod line;
mod profile;
mod service;

pub use account::{AccountDetails, Accounts};
pub use body::{PostAccountsParameters, ServicesParameters, UpdateServicesParameters, outcome};
pub use line::LineDetails;
pub use profile::{Lines, ProfileDetails, Profiles};
pub use service::{CatalogueService, Services};

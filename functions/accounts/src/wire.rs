//! The corporate document's names, misspellings included.
//!
//! Amounts are whole units of the currency, counts of lines and ids are text, and a phone number has its local form.

mod account;
mod body;
mod line;
mod profile;
mod service;

pub use account::{AccountView, Accounts};
pub use body::{PostAccountsParameters, ServicesParameters, UpdateServicesParameters, outcome};
pub use line::LineDetails;
pub use profile::{Lines, ProfileDetails, Profiles};
pub use service::{CatalogueService, Services};

//! The common crate of the self-care functions.
//!
//! Who may use whom: `http` → `auth`, `error`; `auth` → `table`, `domain`; `table` → `domain`; `domain` → `error` only.

pub mod auth;
pub mod domain;
pub mod error;

//! The common crate of the self-care functions.
//!
//! Layers, each using only those below it: `lambda`, then `http` and `events` side by side, `auth`, `files`, `outside`, `queue`,
//! `invocation`, `table`, `domain`, `error`. `config` is the only reader of the environment, `clock` of the time.

pub mod auth;
pub mod clock;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod files;
pub mod http;
pub mod invocation;
pub mod lambda;
pub mod outside;
pub mod queue;
pub mod retry;
pub mod table;

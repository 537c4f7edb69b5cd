//! The whole bundle on one machine: the HTTP API, the table, the files and the secrets in one process.
//!
//! The functions, the SDK's clients and the template are the ones that go to AWS; this crate plays what AWS puts
//! around them.

pub mod announce;
pub mod aws;
mod batches;
pub mod bill;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod commands;
pub mod containers;
pub mod control;
pub mod credit;
pub mod demo;
pub mod door;
pub mod dynamo;
pub mod erasures;
pub mod events;
pub mod failure;
pub mod files;
pub mod functions;
pub mod gateway;
pub mod guard;
pub mod hold;
pub mod import;
pub mod in_process;
pub mod inbox;
pub mod operate;
pub mod options;
pub mod page;
pub mod pay;
pub mod payments;
pub mod place;
pub mod print;
pub mod private;
pub mod queues;
pub mod rotation;
pub mod secrets;
pub mod series;
pub mod serve;
pub mod services;
pub mod sources;
pub mod store;
pub mod subscriptions;
pub mod template;
pub mod usage;
pub mod words;

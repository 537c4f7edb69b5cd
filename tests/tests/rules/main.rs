//! Rules of the project: what no single test sees, because it is about all operations, all sources or all keys at once.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod authorization;
mod bill_compute;
mod budget;
mod catalogue_page;
mod committed;
mod cost_page;
mod deployed;
mod deployment;
mod event_page;
mod events;
mod examples;
mod ids;
mod import_page;
mod keys;
mod large;
mod layers;
mod messages;
mod postman;
mod previous_owner;
mod refusals;
mod roles;
mod roots;
mod routes;
mod sources;
mod stage;
mod usage_files;
mod watched;
mod written;

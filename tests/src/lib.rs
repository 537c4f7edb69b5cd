//! The world a test lives in: the API from outside, over its own table.
//!
//! ```no_run
//! # async fn example() {
//! use tests::World;
//! let world = World::demo().await;
//! let reply = world.client("demo-globex").get("/plans/subscribers/3001234567/current").await;
//! assert_eq!(reply.status(), 404);
//! # }
//! ```
//!
//! The gateway, the functions, the SDK's client, the template and the demo data are those of `cargo run`; only the port is
//! left out. Every answer is checked against the published documents, unknown fields refused.

pub mod connector;
pub mod contract;
pub mod emulated;
pub mod large;
pub mod reply;
pub mod role;
pub mod rows;
pub mod runtime_api;
pub mod sample;
pub mod world;

pub use reply::Reply;
pub use rows::Row;
pub use sample::Sample;
pub use world::{Caller, World};

/// Where links lead to.
pub const FILES: &str = "https://files.example";

/// The project's directory.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of the project.
///
/// # Panics
/// When it cannot be read.
#[expect(clippy::panic, reason = "a test without its file cannot go on")]
pub fn file(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

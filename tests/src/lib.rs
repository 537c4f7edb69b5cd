//! The API from outside, over a test's own table.
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
//! Gateway, functions, SDK client, template and demo data are those of `cargo run`, without the port. Every response is
//! checked against the published documents, with unknown fields refused.

pub mod connector;
pub mod contract;
pub mod emulated;
pub mod guard;
mod imports;
pub mod large;
mod ledger;
pub mod limits;
mod loaded;
pub mod receiver;
pub mod reply;
pub mod role;
pub mod rows;
pub mod runs;
pub mod runtime_api;
pub mod sample;
pub mod sheets;
pub mod told;
pub mod world;

use std::sync::OnceLock;

use local::template::Template;

pub use reply::Reply;
pub use rows::Row;
pub use sample::Sample;
pub use world::{Caller, World};

/// The address of links to files.
pub const FILES: &str = "https://files.example";

/// The project's root directory.
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

/// The project's template with its own defaults, read once per process.
///
/// # Panics
/// When it cannot be read.
pub fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    #[expect(clippy::expect_used, reason = "a test without the template cannot go on")]
    TEMPLATE.get_or_init(|| Template::parse(&file("template.yaml"), &[]).expect("a template"))
}

/// A number in the environment, with which somebody plays a simulation longer, or again.
pub fn variable(name: &str) -> Option<u64> {
    std::env::vars().find(|(known, _)| known == name)?.1.parse().ok()
}

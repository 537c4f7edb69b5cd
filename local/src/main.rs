//! `selfcare`: runs the bundle on this machine, and operates a deployed one.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    local::cli::run(std::env::args_os(), local::serve::open).await
}

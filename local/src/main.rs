//! `cargo run`: the whole bundle on this machine, and the operator's commands.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    local::cli::run(std::env::args_os(), local::serve::open).await
}

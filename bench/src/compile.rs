//! The measured programs, built as deployed.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use local::functions::{FUNCTIONS, Kind};

/// The measured functions: those that a caller waits for.
pub fn measured() -> impl Iterator<Item = &'static str> {
    let waited_for = |kind| matches!(kind, Kind::Protected | Kind::Open | Kind::OpenConsumer | Kind::Authorizer);
    FUNCTIONS.iter().filter(move |function| waited_for(function.kind)).map(|function| function.name)
}

/// Builds the functions and the hello-world function, separately so that neither enables the other's features, beside
/// this program, and returns their paths.
pub fn binaries() -> io::Result<BTreeMap<&'static str, PathBuf>> {
    build(&measured().flat_map(|name| ["-p", name]).collect::<Vec<_>>())?;
    let directory = build(&["-p", "bench", "--bin", "hello"])?;
    Ok(measured().chain(["hello"]).map(|name| (name, directory.join(name))).collect())
}

/// Builds one function alike, and returns its path.
pub fn function(name: &str) -> io::Result<PathBuf> {
    Ok(build(&["-p", name])?.join(name))
}

/// Where what is built lies.
pub fn target() -> io::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let directory = here.parent().ok_or_else(|| io::Error::other("this program is in no directory"))?;
    let target = directory.parent().ok_or_else(|| io::Error::other("this program is in no target directory"))?;
    Ok(target.to_owned())
}

/// Builds what the arguments name, and returns the directory where it is.
fn build(what: &[&str]) -> io::Result<PathBuf> {
    let target = target()?;
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(tests::root()).args(["build", "--release"]).args(what).arg("--target-dir").arg(&target);
    if !build.status()?.success() {
        return Err(io::Error::other("the functions could not be built"));
    }
    Ok(target.join("release"))
}

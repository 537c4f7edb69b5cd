//! What `--data` keeps is for its owner alone: it holds keys, and what customers pay.

use std::io;
use std::path::Path;

/// What the engine keeps beside a data file while it works.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];
/// The directory with the bucket's objects.
pub const FILES: &str = ".files";

/// Everything that this process creates from now on is its owner's alone, and so is what an earlier version of the program
/// has left for this data file.
///
/// # Errors
/// When what is there belongs to somebody else.
#[cfg(unix)]
pub fn keep(data: &Path) -> io::Result<()> {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    restrict(data)?;
    for beside in BESIDE.into_iter().chain([FILES]) {
        restrict(&with_ending(data, beside))?;
    }
    Ok(())
}

/// Where there are no such permissions, the directory's own hold.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn keep(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Takes a file, or a directory with all that it holds, from group and others. What is not there needs nothing, and a
/// directory that is closed already is not looked into: what was made in it since is closed as well.
#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let about = match std::fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if about.is_symlink() || about.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    let own = if about.is_dir() { 0o700 } else { 0o600 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(own))?;
    if about.is_dir() {
        for entry in std::fs::read_dir(path)? {
            restrict(&entry?.path())?;
        }
    }
    Ok(())
}

/// The path of what lies beside a data file.
pub fn with_ending(data: &Path, ending: &str) -> std::path::PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

//! One server at a time on a data file.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::dynamo;
use crate::failure::Failure;
use crate::private;

/// A data file that is a server's own until this is dropped. The operating system lets go of it when the process ends, however it ends.
///
/// Two servers on one file would both play its queues and schedules: each message twice, on two clocks. Commands with `--data` do
/// neither and need no hold.
#[derive(Debug)]
pub struct Hold {
    _directory: Option<File>,
}

impl Hold {
    /// Takes hold of a data file, which need not exist yet. What is locked is the directory beside it: the engine has locks of its own on
    /// the file.
    ///
    /// # Errors
    /// When another server has it, when it is no data file, or when nothing can be written there.
    pub fn of(data: &Path) -> Result<Self, Failure> {
        dynamo::check_file(data).map_err(Failure::new)?;
        private::keep(data).map_err(|error| Failure::new(format!("{}: {error}", data.display())))?;
        let directory = private::with_ending(data, private::FILES);
        std::fs::create_dir_all(&directory)
            .map_err(|error| Failure::new(format!("{}: {error}", directory.display())))?;
        // Directories can be opened, and so locked, on Unix alone.
        if cfg!(not(unix)) {
            return Ok(Self { _directory: None });
        }
        let opened = File::open(&directory)?;
        match opened.try_lock() {
            Ok(()) => Ok(Self { _directory: Some(opened) }),
            Err(TryLockError::WouldBlock) => {
                let file = data.display();
                Err(Failure::new(format!("another server runs on {file}; stop it, or choose another file with --data")))
            }
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_held_once_until_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data.db");
        let first = Hold::of(&data).unwrap();
        let refused = Hold::of(&data).unwrap_err().to_string();
        assert!(refused.starts_with("another server runs on ") && refused.contains("data.db"), "{refused}");
        assert!(Hold::of(&folder.path().join("other.db")).is_ok());
        drop(first);
        assert!(Hold::of(&data).is_ok());
    }

    #[test]
    fn what_is_no_data_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let notes = folder.path().join("notes.txt");
        std::fs::write(&notes, "Buy milk, and do not lose this list of things to buy.").unwrap();
        let refused = Hold::of(&notes).unwrap_err().to_string();
        assert_eq!(refused, format!("{} is not a data file; choose another with --data", notes.display()));
        let refused = Hold::of(folder.path()).unwrap_err().to_string();
        assert_eq!(refused, format!("{} is a directory; --data wants a file", folder.path().display()));
        let lost = folder.path().join("nowhere/data.db");
        let refused = Hold::of(&lost).unwrap_err().to_string();
        assert!(refused.starts_with("there is no directory ") && refused.ends_with("nowhere"), "{refused}");
        let foreign = folder.path().join("foreign.db");
        let other = dynoxide::storage::Storage::memory().unwrap();
        let copy = format!("ATTACH '{}' AS theirs; CREATE TABLE theirs.notes (body TEXT);", foreign.display());
        other.conn().execute_batch(&copy).unwrap();
        drop(other);
        let refused = Hold::of(&foreign).unwrap_err().to_string();
        assert_eq!(refused, format!("{} is not a data file; choose another with --data", foreign.display()));
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}

//! A command's failure.

use std::io;

use shared::error::Error;

use crate::template::TemplateError;

/// Why a command failed, in one line for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub(crate) String);

impl Failure {
    /// A failure with the text of `error`.
    pub fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        Self::new(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(error)
    }
}

/// Both halves: an operator may see the cause too.
impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        match error.cause() {
            Some(cause) => Self(format!("{error} ({})", cause.for_log())),
            None => Self::new(error),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

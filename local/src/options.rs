//! Options of several commands.

use std::path::PathBuf;

use clap::Args;
use shared::domain::country::Country;
use shared::error::Invalid;

use crate::template::{Template, TemplateError};

/// The deployed template, compiled in, so that the program runs from any directory.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// The template, and the country it is read for.
#[derive(Debug, Clone, Args)]
pub struct Source {
    /// Country to serve: co, sv, gt, hn, bo or py
    #[arg(long, default_value = "co", value_name = "CODE")]
    pub country: String,
    /// Template to read
    #[arg(long, hide = true, value_name = "PATH")]
    pub template: Option<PathBuf>,
}

impl Source {
    /// The country.
    ///
    /// # Errors
    /// An unknown code.
    pub fn country(&self) -> Result<&'static Country, Invalid> {
        Country::by_code(&self.country)
    }

    /// Reads the given template, by default the one compiled in.
    ///
    /// # Errors
    /// As [`Template::read`].
    pub fn read(&self) -> Result<Template, TemplateError> {
        let parameters = [("Country".to_owned(), self.country.clone())];
        match &self.template {
            Some(path) => Template::read(path, &parameters),
            None => Template::parse(TEMPLATE, &parameters),
        }
    }
}

//! Options of several commands.

use std::path::PathBuf;

use clap::Args;
use shared::domain::country::Country;
use shared::error::Invalid;

use crate::template::{Template, TemplateError};

/// The deployed template, compiled in, so that the program runs from any directory.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// The country when nothing says another.
const COUNTRY: &str = "co";

/// The template, and the country it is read for.
#[derive(Debug, Clone, Args)]
pub struct Source {
    /// Country: co, sv, gt, hn, bo or py; by default the data file's, where there is one, else co
    #[arg(long, value_name = "CODE", value_parser = served)]
    pub country: Option<String>,
    /// Template to read
    #[arg(long, hide = true, value_name = "PATH")]
    pub template: Option<PathBuf>,
}

/// The code of a country that is served.
fn served(code: &str) -> Result<String, Invalid> {
    Country::by_code(code).map(|country| country.code.to_owned())
}

impl Source {
    /// The country.
    ///
    /// # Errors
    /// An unknown code.
    pub fn country(&self) -> Result<&'static Country, Invalid> {
        Country::by_code(self.code())
    }

    fn code(&self) -> &str {
        self.country.as_deref().unwrap_or(COUNTRY)
    }

    /// Reads the given template, by default the one compiled in.
    ///
    /// # Errors
    /// As [`Template::read`].
    pub fn read(&self) -> Result<Template, TemplateError> {
        let parameters = [("Country".to_owned(), self.code().to_owned())];
        match &self.template {
            Some(path) => Template::read(path, &parameters),
            None => Template::parse(TEMPLATE, &parameters),
        }
    }
}

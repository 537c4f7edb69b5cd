//! What several commands are told.

use std::path::PathBuf;

use clap::Args;

use crate::template::{Template, TemplateError};

/// The template that goes to AWS, compiled in, so that the program works anywhere.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// Where the template is, and for which country it is read.
#[derive(Debug, Clone, Args)]
pub struct Source {
    /// Country to serve: co, sv, gt, hn, bo or py
    #[arg(long, default_value = "co", value_name = "CODE")]
    pub country: String,
    /// The template to read
    #[arg(long, hide = true, value_name = "PATH")]
    pub template: Option<PathBuf>,
}

impl Source {
    /// Reads the template: the one this program was built with, unless another is named.
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

//! Options of several commands.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use shared::domain::country::Country;
use shared::error::Invalid;

use crate::template::{Template, TemplateError};

/// The deployed template, compiled in, so that the program runs from any directory.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// The country when nothing says another.
const COUNTRY: &str = "co";

/// The origins of pages that may call the API, as the template's `AllowedOrigins` has them: `*`, or some with commas between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins(String);

impl Origins {
    /// Whether pages of every origin may.
    pub fn are_all(&self) -> bool {
        self.0 == "*"
    }
}

impl FromStr for Origins {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_origin = |origin: &str| {
            let host = origin.strip_prefix("https://").or(origin.strip_prefix("http://")).unwrap_or_default();
            !host.is_empty() && !host.contains(|letter: char| "/*".contains(letter) || letter.is_whitespace())
        };
        if text == "*" || text.split(',').all(is_origin) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new("must be `*`, or origins like https://app.example.com with commas between"))
    }
}

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
        self.read_with(None)
    }

    /// Reads the template as it is deployed with these `AllowedOrigins`.
    ///
    /// # Errors
    /// As [`Template::read`].
    pub fn read_with(&self, origins: Option<&Origins>) -> Result<Template, TemplateError> {
        let mut parameters = vec![("Country".to_owned(), self.code().to_owned())];
        parameters.extend(origins.map(|origins| ("AllowedOrigins".to_owned(), origins.0.clone())));
        match &self.template {
            Some(path) => Template::read(path, &parameters),
            None => Template::parse(TEMPLATE, &parameters),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_all_or_each_a_scheme_with_a_host() {
        for text in ["*", "https://app.example.com", "http://localhost:5173,https://app.example.com"] {
            assert_eq!(text.parse::<Origins>().unwrap().0, text);
        }
        for text in
            ["", "app.example.com", "https://", "https://a/", "https://*.a", "https://a, https://b", "*,https://a"]
        {
            text.parse::<Origins>().unwrap_err();
        }
    }
}

//! The names of the corporate document, as they are on the wire.

use serde::Serialize;
use shared::domain::site;

/// `documents`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Documents {
    /// The PDF's address, for 15 minutes.
    pub url: String,
    /// The same, under the name that the portal reads.
    pub url_document: String,
}

/// An entry of `portfolioList`: a site ("sede").
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    id_sede: String,
    name_sede: String,
    extensions_list: Vec<Extension>,
}

/// `extensions`
#[derive(Debug, Serialize)]
struct Extension {
    number: u64,
    recording: &'static str,
    name: String,
}

impl From<&site::Site> for Site {
    fn from(site: &site::Site) -> Self {
        let extension = |extension: &site::SiteExtension| Extension {
            number: extension.number.into(),
            recording: if extension.recorded { "Y" } else { "N" },
            name: extension.name.clone(),
        };
        Self {
            id_sede: site.id.to_string(),
            name_sede: site.name.clone(),
            extensions_list: site.extensions.iter().map(extension).collect(),
        }
    }
}

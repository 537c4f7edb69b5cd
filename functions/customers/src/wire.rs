//! The names of the corporate and the CRM document, misspellings included.

use serde::Serialize;
use shared::domain::country::Country;
use shared::domain::customer;
use shared::domain::site;
use shared::error::{Error, Result};

/// `documents`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Documents {
    /// The PDF's link, good for 15 minutes.
    pub url: String,
    /// The same link, under the name that the portal reads.
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

/// An entry of the list of products.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Product<'a> {
    customer_code: u64,
    contract: u64,
    msisdn: &'a str,
    customer_name: &'a str,
    address: &'a str,
    plan_code: u64,
    plan_description: &'a str,
    plan_value: i64,
}

impl<'a> Product<'a> {
    /// The document types amounts as integers: the plan's value in whole units of the currency.
    ///
    /// # Errors
    /// 500 for a customer whose code is not a number; such a customer has no address in this document.
    pub fn of(product: &'a customer::Product, country: &Country) -> Result<Self> {
        let code = product.customer.as_str().parse();
        Ok(Self {
            customer_code: code.map_err(|_| Error::internal("a customer's code is no number"))?,
            contract: product.contract,
            msisdn: product.msisdn.local(country),
            customer_name: &product.name,
            address: &product.address,
            plan_code: product.plan,
            plan_description: &product.plan_description,
            plan_value: product.plan_value.whole_units(),
        })
    }
}

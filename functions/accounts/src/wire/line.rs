//! The account and profile of a line.

use serde::Serialize;
use shared::domain::account::Account;
use shared::domain::country::Country;
use shared::domain::msisdn::Msisdn;
use shared::domain::profile::Profile;
use shared::domain::service::{self, Services};

use super::account::{AccountView, Contract};

/// `linesDetailsResponse`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineDetails<'a> {
    account: AccountView<'a>,
    #[serde(rename = "contractCollecion")]
    contract_collection: Vec<Contract<'a>>,
    msisdn: &'a str,
    profile_list: [LineProfile<'a>; 1],
}

/// The line's profile.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LineProfile<'a> {
    billing_account: &'a str,
    cycle: u32,
    description: &'a str,
    id: &'a str,
    line_collection: [LineNumber<'a>; 1],
    name: &'a str,
    service_collection: Vec<LineService<'a>>,
}

/// The line.
#[derive(Debug, Serialize)]
struct LineNumber<'a> {
    msisdn: &'a str,
}

/// A service of the line's profile.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LineService<'a> {
    description: &'a str,
    id: String,
    profile_id: &'a str,
    service_id: String,
    subtype: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

impl<'a> LineDetails<'a> {
    /// A line with its account and its profile.
    pub fn of(
        msisdn: &'a Msisdn,
        account: &'a Account,
        profile: &'a Profile,
        services: &'a Services,
        country: &Country,
    ) -> Self {
        let msisdn = msisdn.local(country);
        let service = |service: &'a service::Service| LineService {
            description: &service.description,
            id: service.id.to_string(),
            profile_id: profile.id.as_str(),
            service_id: service.service.to_string(),
            subtype: &service.subtype,
            kind: &service.kind,
        };
        let profile = LineProfile {
            billing_account: &profile.billing_account,
            cycle: profile.cycle,
            description: &profile.description,
            id: profile.id.as_str(),
            line_collection: [LineNumber { msisdn }],
            name: &profile.name,
            service_collection: services.list().iter().map(service).collect(),
        };
        Self {
            account: AccountView::brief(account, country),
            contract_collection: Contract::all(account),
            msisdn,
            profile_list: [profile],
        }
    }
}

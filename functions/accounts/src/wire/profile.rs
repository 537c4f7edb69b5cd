//! Profiles and lines.

use serde::Serialize;
use shared::domain::country::Country;
use shared::domain::ids::ProfileId;
use shared::domain::profile::{self, Profile, ProvisioningState};
use shared::domain::service::{self, Totals};

use super::account::local;
use super::service::Service;

/// `profilesResponse`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profiles<'a> {
    profile_collection: Vec<ProfileRow<'a>>,
}

impl<'a> Profiles<'a> {
    /// A list of profiles.
    pub fn of(profiles: &'a [Profile], country: &Country) -> Self {
        Self { profile_collection: profiles.iter().map(|profile| ProfileRow::of(profile, country)).collect() }
    }
}

/// A profile as it appears in lists.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProfileRow<'a> {
    account_id: &'a str,
    billing_account: &'a str,
    cycle: u32,
    description: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    imsi: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<&'a str>,
    name: &'a str,
    status: ProvisioningState,
}

impl<'a> ProfileRow<'a> {
    fn of(profile: &'a Profile, country: &Country) -> Self {
        Self {
            account_id: profile.account.as_str(),
            billing_account: &profile.billing_account,
            cycle: profile.cycle,
            description: &profile.description,
            id: profile.id.as_str(),
            imsi: profile.imsi.as_deref(),
            msisdn: local(profile.msisdn.as_ref(), country),
            name: &profile.name,
            status: profile.status,
        }
    }
}

/// `profilesDetailsResponse`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDetails<'a> {
    document_number: &'a str,
    value: i64,
    total_value: i64,
    billing_account_father: &'a str,
    line_collection: Vec<Line<'a>>,
    lines_amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn_father: Option<&'a str>,
    service_collection: Vec<Service<'a>>,
    services_amount: String,
    #[serde(flatten)]
    row: ProfileRow<'a>,
}

impl<'a> ProfileDetails<'a> {
    /// A profile with lines, services and totals.
    pub fn of(
        profile: &'a Profile,
        lines: &'a [profile::Line],
        services: &'a service::Services,
        totals: &Totals,
        country: &Country,
    ) -> Self {
        Self {
            document_number: &profile.document_number,
            value: totals.value.whole_units(),
            total_value: totals.total_value.whole_units(),
            billing_account_father: &profile.parent_billing_account,
            line_collection: Line::all(&profile.id, lines, country),
            lines_amount: totals.lines.to_string(),
            msisdn_father: local(profile.parent_msisdn.as_ref(), country),
            service_collection: Service::all(&profile.id, services.list()),
            services_amount: totals.services.to_string(),
            row: ProfileRow::of(profile, country),
        }
    }
}

/// `linesResponse`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lines<'a> {
    line_collection: Vec<Line<'a>>,
}

impl<'a> Lines<'a> {
    /// Lines of a profile.
    pub fn of(profile: &'a ProfileId, lines: &'a [profile::Line], country: &Country) -> Self {
        Self { line_collection: Line::all(profile, lines, country) }
    }
}

/// A line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    id: &'a str,
    msisdn: &'a str,
    poid: &'a str,
    profile_id: &'a str,
    status: ProvisioningState,
    #[serde(rename = "type")]
    kind: &'a str,
}

impl<'a> Line<'a> {
    fn all(profile: &'a ProfileId, lines: &'a [profile::Line], country: &Country) -> Vec<Self> {
        let line = |line: &'a profile::Line| Self {
            id: &line.id,
            msisdn: line.msisdn.local(country),
            poid: &line.poid,
            profile_id: profile.as_str(),
            status: line.status,
            kind: &line.kind,
        };
        lines.iter().map(line).collect()
    }
}

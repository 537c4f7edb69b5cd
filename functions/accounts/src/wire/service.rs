//! Services, on profiles and in the catalogue.

use serde::Serialize;
use shared::domain::ids::ProfileId;
use shared::domain::profile::ProvisioningState;
use shared::domain::service;

/// `servicesResponse`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Services<'a> {
    service_collection: Vec<Service<'a>>,
}

impl<'a> Services<'a> {
    /// Services of a profile.
    pub fn of(profile: &'a ProfileId, services: &'a [service::Service]) -> Self {
        Self { service_collection: Service::all(profile, services) }
    }
}

/// A service of a profile.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    description: &'a str,
    id: String,
    partnum: &'a str,
    price: i64,
    profile_id: &'a str,
    service_id: String,
    status: ProvisioningState,
    subtype: &'a str,
    tax_price: i64,
    #[serde(rename = "type")]
    kind: &'a str,
}

impl<'a> Service<'a> {
    /// Services of a profile.
    pub fn all(profile: &'a ProfileId, services: &'a [service::Service]) -> Vec<Self> {
        let service = |service: &'a service::Service| Self {
            category: service.category.as_deref(),
            description: &service.description,
            id: service.id.to_string(),
            partnum: service.partnum.as_str(),
            price: service.price.whole_units(),
            profile_id: profile.as_str(),
            service_id: service.service.to_string(),
            status: service.status,
            subtype: &service.subtype,
            tax_price: service.tax_price.whole_units(),
            kind: &service.kind,
        };
        services.iter().map(service).collect()
    }
}

/// `getServicesList`
#[derive(Debug, Serialize)]
pub struct CatalogueService<'a> {
    payload: &'static str,
    service: Sold<'a>,
}

/// A service as the catalogue offers it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sold<'a> {
    id: u64,
    #[serde(rename = "type")]
    kind: &'a str,
    sub_type: &'a str,
    description: &'a str,
    price: i64,
    tax_price: i64,
    part_num: &'a str,
    poid_type: &'a str,
}

impl<'a> From<&'a service::CatalogueService> for CatalogueService<'a> {
    fn from(service: &'a service::CatalogueService) -> Self {
        let sold = Sold {
            id: service.id,
            kind: &service.kind,
            sub_type: &service.subtype,
            description: &service.description,
            price: service.price.whole_units(),
            tax_price: service.tax_price.whole_units(),
            part_num: service.partnum.as_str(),
            poid_type: &service.poid_type,
        };
        Self { payload: "OK", service: sold }
    }
}

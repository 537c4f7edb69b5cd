//! Splits a purchase into requests: the pending service changes of an account's profiles are carried out profile by
//! profile, as many as fit into one transaction.

use chrono::NaiveDate;

use crate::domain::service::Services;
use crate::domain::service_facts::{Completed, ServiceFacts};

/// Most profiles of one request: each is two items of a transaction, which takes a hundred.
pub const MOST_PROFILES: usize = 40;
/// Most services in these profiles, with each list counted in full: a service takes up to 2 KB in the two items, and a
/// transaction 4 MB. A single profile has at most 500.
pub const MOST_SERVICES: usize = 1_500;

/// A profile with pending service changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<P> {
    /// The profile, as passed in.
    pub profile: P,
    /// Its services afterwards.
    pub services: Services,
    /// Services activated.
    pub activated: usize,
    /// Services removed.
    pub removed: usize,
    /// What that means for the ledger of the profile's contract.
    pub facts: ServiceFacts,
}

/// The part of a purchase that one request carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut<P> {
    /// The first profiles with pending changes.
    pub parts: Vec<Part<P>>,
    /// Whether no others have any.
    pub all: bool,
}

/// Carries out the pending changes of the first profiles on a day; at least one profile, however many services it has.
pub fn cut<'a, P>(profiles: impl IntoIterator<Item = (P, &'a Services)>, today: NaiveDate) -> Cut<P> {
    let (mut parts, mut written) = (Vec::new(), 0);
    for (profile, before) in profiles {
        let mut services = before.clone();
        let Completed { activated, removed, facts } = services.complete(today);
        if activated + removed == 0 {
            continue;
        }
        written += before.list().len();
        if parts.len() == MOST_PROFILES || (written > MOST_SERVICES && !parts.is_empty()) {
            return Cut { parts, all: false };
        }
        parts.push(Part { profile, services, activated, removed, facts });
    }
    Cut { parts, all: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use crate::domain::profile::ProvisioningState;
    use crate::domain::service::Service;

    fn services(count: u64, status: ProvisioningState) -> Services {
        let price = Money { minor: 1, currency: crate::domain::money::Currency::COP };
        let service = |id| Service {
            id,
            partnum: format!("P{id}").parse().unwrap(),
            service: id,
            kind: String::new(),
            subtype: String::new(),
            category: None,
            description: String::new(),
            price,
            tax_price: price,
            status,
            since: None,
            charged: None,
        };
        Services::new((1..=count).map(service).collect())
    }

    fn sizes(profiles: &[(u64, ProvisioningState)]) -> (Vec<usize>, bool) {
        let all: Vec<_> = profiles.iter().map(|(count, status)| services(*count, *status)).collect();
        let cut = cut(all.iter().enumerate(), "2026-03-10".parse().unwrap());
        (cut.parts.iter().map(|part| part.profile).collect(), cut.all)
    }

    #[test]
    fn a_profile_without_changes_takes_no_place() {
        use ProvisioningState::{Active, InProcess, ToBeRemoved};
        assert_eq!(sizes(&[(3, Active), (1, InProcess), (0, Active), (2, ToBeRemoved)]), (vec![1, 3], true));
        assert_eq!(sizes(&[]), (vec![], true));
    }

    #[test]
    fn a_request_takes_as_many_profiles_and_services_as_a_transaction() {
        let many = |count, each| vec![(each, ProvisioningState::InProcess); count];
        assert_eq!(sizes(&many(40, 1)), ((0..40).collect(), true));
        assert_eq!(sizes(&many(41, 1)), ((0..40).collect(), false));
        assert_eq!(sizes(&many(4, 500)), (vec![0, 1, 2], false));
        assert_eq!(sizes(&many(2, 1_501)), (vec![0], false), "one at least");
    }
}

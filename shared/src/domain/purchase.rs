//! Splits a purchase into requests: the pending service changes of an account's profiles are carried out profile by
//! profile, as many as fit into one transaction.

use chrono::NaiveDate;

use crate::domain::service::Services;
use crate::domain::service_facts::{Completed, ServiceFacts};

/// Most profiles of one request: each is two items of a transaction, which takes a hundred.
pub const MOST_PROFILES: usize = 40;
/// Most bytes of what a service that ends or begins adds to the ledger.
const LEDGER: usize = 250;
/// Most bytes that these profiles take in it, of the 4 MB of a transaction.
const MOST_BYTES: usize = 3_500_000;

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
    /// Whether no others have any, as far as they were told.
    pub all: bool,
    bytes: usize,
}

impl<P> Default for Cut<P> {
    fn default() -> Self {
        Self { parts: Vec::new(), all: true, bytes: 0 }
    }
}

impl<P> Cut<P> {
    /// Carries out the pending changes of the next profile on a day, if they fit in; those of one profile do, however many
    /// services it has. Once some do not fit, the cut is complete, with others left.
    pub fn take(&mut self, profile: P, services: impl FnOnce(&P) -> &Services, today: NaiveDate) {
        if !self.all {
            return;
        }
        let mut services = services(&profile).clone();
        let written = services.bytes();
        let Completed { activated, removed, facts } = services.complete(today);
        if activated + removed == 0 {
            return;
        }
        self.bytes += written + LEDGER * facts.len();
        if self.parts.len() == MOST_PROFILES || (self.bytes > MOST_BYTES && !self.parts.is_empty()) {
            self.all = false;
            return;
        }
        self.parts.push(Part { profile, services, activated, removed, facts });
    }
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
        let mut cut = Cut::default();
        for (at, (count, status)) in profiles.iter().enumerate() {
            cut.take((at, services(*count, *status)), |(_, services)| services, "2026-03-10".parse().unwrap());
        }
        (cut.parts.iter().map(|part| part.profile.0).collect(), cut.all)
    }

    #[test]
    fn a_profile_without_changes_takes_no_place() {
        use ProvisioningState::{Active, InProcess, ToBeRemoved};
        assert_eq!(sizes(&[(3, Active), (1, InProcess), (0, Active), (2, ToBeRemoved)]), (vec![1, 3], true));
        assert_eq!(sizes(&[]), (vec![], true));
    }

    #[test]
    fn a_request_takes_as_many_profiles_and_bytes_as_a_transaction() {
        let many = |count, each| vec![(each, ProvisioningState::InProcess); count];
        assert_eq!(sizes(&many(40, 1)), ((0..40).collect(), true));
        assert_eq!(sizes(&many(41, 1)), ((0..40).collect(), false));
        let most = |each| sizes(&many(40, each)).0.len();
        assert!((10..30).contains(&most(500)) && most(500) < most(250), "{} of 500", most(500));
        assert_eq!(sizes(&many(2, 20_000)), (vec![0], false), "one at least");
    }
}

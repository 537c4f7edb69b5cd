//! Keys of accounts and profiles.

use super::files::documented;
use super::{AFTER, Key, Range, below, key, padded};
use crate::domain::identity::Identity;
use crate::domain::ids::{AccountId, ProfileId};
use crate::domain::msisdn::Msisdn;

fn corporate_account(id: &AccountId) -> String {
    format!("ACCT#{id}")
}

/// An account: the owner of its partition.
pub fn account(id: &AccountId) -> Key {
    key(corporate_account(id), "A")
}

/// A profile in the list of its account.
pub fn account_profile(account: &AccountId, profile: &ProfileId) -> Key {
    key(corporate_account(account), format!("{ACCOUNT_PROFILE}{profile}"))
}

/// An account and after it its profiles.
pub fn account_and_profiles(id: &AccountId) -> Range {
    Range { pk: corporate_account(id), from: "A".to_owned(), to: format!("P{AFTER}") }
}

/// All profiles in the list of an account.
pub fn account_profiles(id: &AccountId) -> Range {
    below(corporate_account(id), "P")
}

/// How the sort key of a profile in an account's list begins.
pub const ACCOUNT_PROFILE: &str = "P#";

/// The purchase that made the account's revision `rev`.
pub fn purchase(account: &AccountId, rev: u64) -> Key {
    key(corporate_account(account), format!("T#{}", padded(rev)))
}

/// All completed purchases of an account, oldest first.
pub fn purchases(account: &AccountId) -> Range {
    below(corporate_account(account), "T")
}

/// An account in the list of its customer's document.
pub fn document_account(of: &Identity, account: &AccountId) -> Key {
    key(documented(of), format!("A#{account}"))
}

/// All accounts of a document.
pub fn document_accounts(of: &Identity) -> Range {
    below(documented(of), "A")
}

fn profile_of(id: &ProfileId) -> String {
    format!("PROF#{id}")
}

/// A line of a profile.
pub fn profile_line(profile: &ProfileId, msisdn: &Msisdn) -> Key {
    key(profile_of(profile), format!("{PROFILE_LINE}{msisdn}"))
}

/// All lines of a profile, by number.
pub fn profile_lines(profile: &ProfileId) -> Range {
    below(profile_of(profile), "L")
}

/// How the sort key of a profile's line begins.
pub const PROFILE_LINE: &str = "L#";

/// A profile: the owner of its partition, after its lines and before its services.
pub fn profile(id: &ProfileId) -> Key {
    key(profile_of(id), PROFILE)
}

/// A profile's sort key.
pub const PROFILE: &str = "O";

/// All services of a profile.
pub fn profile_services(profile: &ProfileId) -> Key {
    key(profile_of(profile), PROFILE_SERVICES)
}

/// The sort key of a profile's services.
pub const PROFILE_SERVICES: &str = "S";

/// A profile and its services.
pub fn profile_and_services(id: &ProfileId) -> Range {
    Range { pk: profile_of(id), from: PROFILE.to_owned(), to: PROFILE_SERVICES.to_owned() }
}

/// All of a profile: its lines, itself, its services.
pub fn whole_profile(id: &ProfileId) -> Range {
    Range { pk: profile_of(id), from: PROFILE_LINE.to_owned(), to: PROFILE_SERVICES.to_owned() }
}

//! The things that records tell of. A record says all of its thing, and a `remove` record takes one away.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::domain::identity::Identity;
use shared::domain::ids::{
    AccountId, AppName, BillNumber, CallId, ClientId, ContractId, CustomerCode, DocumentName, GroupId, OfferId,
    Partnum, PlanId, ProfileId, RecordId, SeriesId, SiteId, SourceId,
};
use shared::domain::msisdn::Msisdn;
use shared::domain::period::Hour;

/// A thing by what it is known by. Read from a `remove` record, whose `of` is the type of the record that set it: as an object with
/// that one name, in which the other fields are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the records")]
pub enum Thing {
    /// A client: its tokens are refused from then on.
    Client { id: ClientId },
    /// A plan: somebody may have it for ever, so it is retired.
    Plan { id: PlanId },
    /// An offer.
    Offer { id: OfferId },
    /// A line. Its contract is charged for it until today, and whoever has the number next sees nothing of before.
    Subscriber { msisdn: Msisdn },
    /// What a source tells of an app in an hour.
    Usage {
        msisdn: Msisdn,
        #[serde(deserialize_with = "super::record::hour")]
        hour: Hour,
        app: AppName,
        source: SourceId,
    },
    /// A customer with its identities.
    Customer { code: CustomerCode },
    /// A contract that never had anything to charge.
    Contract { id: ContractId },
    /// A series of which no number was taken.
    Series { id: SeriesId },
    /// A billing group.
    Group { customer: CustomerCode, id: GroupId },
    /// A bill that an import has brought.
    Bill { number: BillNumber },
    /// A line in a list of products.
    Product { customer: CustomerCode, contract: u64, msisdn: Msisdn },
    /// A service of the catalogue. Profiles that have it keep it.
    Service { partnum: Partnum },
    /// An account without profiles.
    Account { id: AccountId },
    /// A profile with its services and its list of lines.
    Profile { id: ProfileId },
    /// A line in the list of a profile.
    ProfileLine { profile: ProfileId, msisdn: Msisdn },
    /// A call.
    Call { msisdn: Msisdn, start: DateTime<Utc>, id: RecordId },
    /// A recording that was not erased.
    Recording { id: CallId },
    /// A site with its extensions.
    Site { document: Identity, id: SiteId },
    /// A document.
    Document { customer: CustomerCode, name: DocumentName },
}

/// A record, or a part of one, with the line that tells it.
#[derive(Debug, Clone)]
pub(super) struct Told<T> {
    /// The line's number.
    pub line: u64,
    /// What it tells.
    pub value: T,
}

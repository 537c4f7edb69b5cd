//! How many billing groups customers have after a file: every list of a customer's bills reads them all.

use std::collections::{BTreeMap, BTreeSet};

use shared::domain::customer::MOST_GROUPS;
use shared::domain::ids::{CustomerCode, GroupId};
use shared::error::Error;
use shared::table::Reader;

use super::units::each;

/// The groups of customers that a file tells of: the line, and whether it brings the group or takes it away.
pub(super) type Groups = BTreeMap<CustomerCode, BTreeMap<GroupId, (u64, bool)>>;

/// Complaints, by line: the first group of a customer that is too much. A query for each customer.
pub(super) async fn complaints(told: &Groups, reader: &Reader) -> Result<Vec<(u64, String)>, Error> {
    let found = each(told, async |(customer, told)| {
        let there = reader.customer_and_groups(customer).await?.map(|customer| customer.groups).unwrap_or_default();
        let stay = there.iter().filter(|group| !told.contains_key(&group.id)).count();
        let brought: BTreeSet<_> = told.values().filter(|(_, brought)| *brought).map(|(line, _)| *line).collect();
        let too_much = brought.into_iter().nth(MOST_GROUPS.saturating_sub(stay));
        Ok(too_much.map(|line| (line, format!("id: must be of at most {MOST_GROUPS} groups of customer {customer}"))))
    });
    Ok(found.await.map_err(|failed| failed.cause)?.into_iter().flatten().collect())
}

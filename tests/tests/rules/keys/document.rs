//! `docs/table.md`, written from the key map.

use std::fmt::Write as _;

use shared::table::keys::MAP;

use crate::committed;

const FILE: &str = "docs/table.md";
const WALK: &str = "keys";

/// What stands before and after the map.
const BEFORE: &str = "\
# The table

All state is one DynamoDB table with the keys `pk` and `sk`, without an index. `shared/src/table/keys.rs` makes every key; writing and
reading call the same function, so the two cannot drift apart.

**The owner comes along.** A partition has an owner: the item that says whose the partition is. Sort keys are chosen so that one round
trip returns the owner and what is asked for, and that answers \"unknown\", \"foreign\" and \"empty\" as well. Where a list grows without
end, as usage does, it has a partition of its own and is asked for at the same time as the owner. What a line needs for most answers
(status, plan, favourites, lease, running offers, open upgrade request) lies in the owner itself.

**Names are given out again.** A number, a profile or an extension changes hands, and what is kept under it may be of another
customer's time. So calls and traffic are read through their line (`Past`), which cuts them to its present customer's days; what somebody
did (a purchase, a request, a recording, a line in a profile) says whose it is; an identity counts only while its customer's own item names
it, and a purchase asks the profile itself. A load that moves something takes the old place away in the same transaction
([importing](import.md)).

**Revisions.** An item that several writers change has a `rev`. A write made from it goes through only if `rev` is still the one that
was read, and sets the next one; otherwise the operation is decided again on the new state. Items written beside the owner carry the
new revision in their keys: a repeated step writes the same item, and the history sorts as it happened.

**Expiry.** An item with a `ttl` (epoch seconds) may be dropped by the store after that time, which it does late, by hours or days.
So code that reads such an item and depends on its age compares the time itself.

**Parts of a key** are joined by `#`. Identifiers cannot contain it; in free text `%` and `#` are written `%25` and `%23`. Revisions and
minutes have twelve digits and hours one width (`2026-11-20T13`, in UTC), so text order is number and time order.

";

const AFTER: &str = "
## Another entity

1. Write its key function in `keys.rs`, and a `Place` in `MAP` there: form, content, who reads it.
2. Put the item and its access patterns into `shared/src/table/entities/`, one method for each pattern, its cost in the comment.
3. Allow the partition to the roles that need it: `dynamodb:LeadingKeys` in `template.yaml`.
4. Add its key to `tests/tests/rules/keys.rs`; the tests there say what is missing.
5. Write this page anew with the command above, and the table of budgets with the one it names.
";

fn page() -> String {
    let mut page = BEFORE.to_owned();
    writeln!(page, "## The map\n\nWritten from `keys::MAP` by `{}`.\n", committed::command(WALK)).unwrap();
    page.push_str("| entity | partition key | sort key | holds | read by |\n|---|---|---|---|---|\n");
    for place in MAP {
        let [pk, sk] = [place.pk, place.sk];
        let row = format!("| {} | `{pk}` | `{sk}` | {} | {} |", place.entity, place.holds, place.read_by);
        writeln!(page, "{row}").unwrap();
    }
    page + AFTER
}

#[test]
fn the_page_of_the_table_is_the_key_map() {
    committed::compare(FILE, &page(), WALK);
}

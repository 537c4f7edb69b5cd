//! `docs/table.md`, written from the key map.

use std::fmt::Write as _;

use shared::table::keys::map;

use crate::committed;

const FILE: &str = "docs/table.md";
const WALK: &str = "keys";

/// What stands before and after the map.
const BEFORE: &str = "\
# The table

All state is one DynamoDB table with the keys `pk` and `sk`, without an index. `shared/src/table/keys.rs` makes every key; writing and
reading call the same function, so the two cannot drift apart.

**Owner first.** A partition has an owner: the item that names its customer. Sort keys are chosen so that one round trip returns the owner
and what is asked for, and so tells \"unknown\" and \"empty\" apart. A list without a bound, such as usage, has its own partition. For a
caller who sees every customer, list and owner are read concurrently; any other waits for the owner, so that a refusal costs nothing of what
is refused ([decision 23](decisions/0023-owner-before-content.md)). What most answers about a line need (status, plan, favourites, lease, running offers, open
upgrade request) is in the owner itself.

**Names are reused.** A number, a profile or an extension changes hands, and what is stored under it may belong to an earlier customer. So
calls and traffic are read through their line (`Past`), which cuts them to its present customer's days; records of an action (a purchase, a
request, a recording) and a profile's lines name their customer; an identity counts only while its customer's own item names it, and a
purchase reads each profile's own item. An import that moves something removes it from the old place in the same transaction
([importing](import.md)).

**Revisions.** An item that several writers change has a `rev`. A write succeeds only at the `rev` that was read, and sets the next one;
otherwise the operation is decided again on the new state. Items written beside the owner have the new revision in their keys: a
repeated step writes the same item, and the history sorts in order.

**Expiry.** DynamoDB deletes an item with a `ttl` (epoch seconds) hours or days after that time. Code that depends on the age of such an
item checks it.

**Numbers of documents** are in keys in their form for comparing ([decision 26](decisions/0026-numbers-of-documents.md)); items keep what was
registered beside it.

**Parts of a key** are joined by `#`. Identifiers cannot contain it; in free text `%` and `#` are written `%25` and `%23`. Revisions and
minutes have twelve digits and hours a fixed width (`2026-11-20T13`, in UTC), so keys sort by number and time.

";

const AFTER: &str = "
## Another entity

1. Write its key function in `keys.rs`, and a `Place` in the list beside it: form, content, who reads it.
2. Add the item and its access patterns to `shared/src/table/entities/`, one method per pattern, with its cost in the comment.
3. Allow the partition to the roles that need it: `dynamodb:LeadingKeys` in `template.yaml`.
4. Add its key to `tests/tests/rules/keys.rs`; the tests there say what is missing.
5. Regenerate this page with the command above, and `tests/budgets.txt` with the command in its header.
";

fn page() -> String {
    let mut page = BEFORE.to_owned();
    writeln!(page, "## The map\n\nWritten from `keys::map()` by `{}`.\n", committed::command(WALK)).unwrap();
    page.push_str("| entity | partition key | sort key | holds | read by |\n|---|---|---|---|---|\n");
    for place in map() {
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

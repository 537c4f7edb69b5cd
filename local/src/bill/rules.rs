//! Which rules of docs/billing-rules.md a line follows, in words.

use serde::Serialize;
use shared::domain::billing::document::{Line, Section};
use shared::domain::billing::key::Kind;
use shared::domain::billing::price::Source;
use shared::domain::billing::tariff::Charged;

/// A rule of docs/billing-rules.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its number there.
    pub rule: u8,
    /// What it says of such a line.
    pub says: &'static str,
}

const fn rule(rule: u8, says: &'static str) -> Rule {
    Rule { rule, says }
}

const MONTH: Rule =
    rule(2, "a month's price is charged by day: the days of it over the days of the month that begins with the period");
const DIFFERENCE: Rule = rule(3, "the line is the difference to what earlier bills have charged under its key");
const GONE: Rule = rule(3, "what is not priced any more counts 0, so what was charged comes back");
const AGAIN: Rule = rule(4, "a closed period is priced again because its facts have changed since its last bill");
const LOOKS: Rule = rule(6, "a period is looked at by its own bill and by the two after it");
const ROUNDED: Rule =
    rule(11, "all days of it at one price and tax rate are one charge, rounded once, a half away from zero");
const INCLUDED: Rule = rule(
    12,
    "included units serve the days of their plan, oldest first; what is left lies on the latest days and is paid at their price",
);
const CLASS: Rule = rule(13, "zone and increment of a record belong to its class and day, never to a plan");
const SERVICE: Rule = rule(
    14,
    "a service counts each day of each line that has it, or a fixed number; an agreed price ignores the catalogue",
);
const ADVANCE: Rule = rule(15, "this price is charged in advance, and settled by the bill that closes the period");
const PURCHASE: Rule = rule(15, "a purchase is on the bill that closes its period");
const WITHDRAWN: Rule =
    rule(19, "a withdrawal within the purchase's period cancels its charge; so does an operator's at any time");
const TAX: Rule = rule(
    21,
    "the rate is that of the day of service; the tax is taken once of the sum of all lines that bear it, and this is the line's share",
);
const OPERATOR: Rule = rule(22, "an operator's credit or debit is a line of its own");

/// The rules of a line, in their order.
pub fn of(line: &Line) -> Vec<Rule> {
    let mut rules = match line.key.kind {
        Kind::Plan | Kind::Additional => vec![MONTH, ROUNDED],
        Kind::Service => vec![MONTH, ROUNDED, SERVICE],
        Kind::Usage => vec![ROUNDED, INCLUDED, CLASS],
        Kind::OneOff if line.is.is_none() => vec![PURCHASE, WITHDRAWN],
        Kind::OneOff => vec![PURCHASE],
        Kind::Adjustment => vec![OPERATOR],
    };
    if matches!(line.source, Some(Source::Monthly { charged: Charged::Advance, .. })) {
        rules.push(ADVANCE);
    }
    if line.was.is_some() {
        rules.push(if line.is.is_none() { GONE } else { DIFFERENCE });
    }
    if line.section == Section::Correction {
        rules.extend([AGAIN, LOOKS]);
    }
    rules.push(TAX);
    rules.sort_by_key(|rule| rule.rule);
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_page() {
        let page = include_str!("../../../docs/billing-rules.md");
        for (rule, word) in [
            (MONTH, "A month's price is for the days"),
            (DIFFERENCE, "The difference is taken"),
            (AGAIN, "A closing always prices its period"),
            (LOOKS, "A period is looked at"),
            (ROUNDED, "A key is period"),
            (INCLUDED, "Included units are"),
            (CLASS, "Zones and increments"),
            (SERVICE, "A service counts"),
            (ADVANCE, "Only monthly prices marked so"),
            (WITHDRAWN, "A withdrawal cancels"),
            (TAX, "The tax rate is that of the day"),
            (OPERATOR, "A total below zero"),
        ] {
            assert!(page.contains(&format!("\n{}. {word}", rule.rule)), "{rule:?}");
        }
    }
}

//! What a country and its operator ask of bills. An accountant of the country signs these before use.

use serde::{Deserialize, Serialize};

use crate::domain::billing::form::Form;
use crate::domain::billing::parked::{Allowed, Parked};
use crate::domain::billing::tax::{Inclusion, TaxRate};
use crate::domain::country::Country;
use crate::domain::ids::TaxClass;

/// How bills are made in a country, and when one looks wrong. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Whether prices contain tax.
    pub tax: Inclusion,
    /// What a total is a multiple of; what is above is left off.
    pub multiple: i64,
    /// Whether an invoice may have lines below zero. Where it may not, they go on credit notes.
    pub negative_lines: bool,
    /// A larger credit note parks the contract.
    pub credit_limit: Option<i64>,
    /// A smaller document of an ended contract is not issued, only reported.
    pub floor: i64,
    /// A bill of more than ten times the average parks the contract when it is above this, too.
    pub jump_floor: i64,
    /// More purchases of one kind on one day park the contract.
    pub purchases_a_day: usize,
    /// What looks wrong of the contract at hand, and is right.
    #[serde(skip)]
    pub allowed: Vec<Allowed>,
}

impl Terms {
    /// A country's terms.
    pub fn of(country: &Country) -> Self {
        let (tax, multiple) = match country.code {
            "bo" => (Inclusion::OfGross, 1),
            "py" => (Inclusion::Inside, 50),
            _ => (Inclusion::OnTop, 1),
        };
        let whole = 10_i64.pow(country.currency.digits);
        let jump_floor = 100 * whole;
        Self {
            tax,
            multiple,
            negative_lines: true,
            credit_limit: None,
            floor: 0,
            jump_floor,
            purchases_a_day: 15,
            allowed: Vec::new(),
        }
    }

    /// The form of the country's documents.
    pub const fn form(&self) -> Form {
        Form { tax: self.tax, multiple: self.multiple, negative_lines: self.negative_lines }
    }

    /// The same for a contract of which a person has looked at something.
    #[must_use]
    pub fn allowing(self, allowed: &[Allowed]) -> Self {
        Self { allowed: allowed.to_vec(), ..self }
    }

    /// What looks wrong, unless a person has looked at it.
    ///
    /// # Errors
    /// That.
    pub fn refuse(&self, parked: Parked) -> Result<(), Parked> {
        if self.allowed.iter().any(|allowed| allowed.covers(&parked)) { Ok(()) } else { Err(parked) }
    }
}

/// The rates of a country's tax classes, where the catalogue has none of its own: `standard` and `exempt` everywhere, and
/// what the country's law names besides.
pub fn tax_rates(country: &Country) -> Vec<(TaxClass, TaxRate)> {
    let name = if country.code == "hn" { "ISV" } else { "IVA" };
    let standard = format!("{name}{}", country.tax_percent);
    let more: &[(&str, &str)] = match country.code {
        "co" => &[("mobile", "IVA19+INC4")],
        "hn" => &[("higher", "ISV18")],
        "py" => &[("reduced", "IVA5")],
        _ => &[],
    };
    let all = [("standard", &*standard), ("exempt", "exempt")].into_iter().chain(more.iter().copied());
    all.filter_map(|(class, rate)| Some((class.parse().ok()?, rate.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_standard_rate() {
        let rates = |code: &str| -> Vec<_> {
            let country = Country::by_code(code).unwrap();
            tax_rates(country).into_iter().map(|(class, rate)| format!("{class} {rate}")).collect()
        };
        assert_eq!(rates("co"), ["standard IVA19", "exempt exempt", "mobile IVA19+INC4"]);
        assert_eq!(rates("hn"), ["standard ISV15", "exempt exempt", "higher ISV18"]);
        assert_eq!(rates("gt"), ["standard IVA12", "exempt exempt"]);
        assert_eq!(rates("py")[2], "reduced IVA5");
    }
}

//! What the demo data says differently in each country: a file of facts for each.
//!
//! All names and numbers are invented. Their forms are the countries' own: number ranges, check digits, kinds of companies, and
//! prices that cost about the same where they are paid.

mod bolivia;
mod colombia;
mod el_salvador;
mod guatemala;
mod honduras;
mod paraguay;

use shared::domain::country::Country;

/// A country's facts.
#[derive(Debug)]
pub struct Nation {
    /// ISO 3166-1 alpha-2, in lower case.
    code: &'static str,
    /// What the demo's mobile numbers begin with.
    mobile: &'static str,
    /// What its fixed numbers begin with.
    fixed: &'static str,
    /// The mobile country code, which IMSIs begin with (ITU-T E.212).
    mobile_country_code: &'static str,
    /// One step of prices, in minor units. A plan costs some dozens of them.
    pub step: i64,
    /// What a prepaid line has left, in minor units: too little for any offer but the smallest, which costs half of it.
    pub balance: i64,
    /// What the numbers of the neighbours begin with, and the zone that calls there are rated by.
    pub neighbours: [&'static str; 2],
    /// What its people call a change of a contract.
    pub amendment: &'static str,
    /// The trading name of customer 1001.
    pub trade: &'static str,
    /// The customers 1001 and 1002.
    customers: [Company; 2],
    /// Who issues bills.
    pub issuer: Issuer,
    /// Prefix and digits of the numbers of invoices, and of credit notes.
    pub series: [(&'static str, u8); 2],
    /// What the tax office has authorised the series with, where it does.
    pub authorization: Option<&'static str>,
    /// What codes on bills are made with.
    pub keys: Keys,
}

/// A company that is a customer.
#[derive(Debug)]
pub struct Company {
    /// Its name, with its legal form.
    pub name: &'static str,
    /// Its tax number as it is registered.
    pub tax_number: &'static str,
    /// Street and number.
    pub street: &'static str,
    /// City.
    pub city: &'static str,
    /// What the country is divided into.
    pub department: &'static str,
}

/// The company that issues bills.
#[derive(Debug)]
pub struct Issuer {
    /// Its name, with its legal form.
    pub name: &'static str,
    /// Its tax number as people write it.
    pub tax_number: &'static str,
    /// Its address, line by line.
    pub address: [&'static str; 2],
    /// Where bills are paid in cash.
    pub counters: &'static str,
    /// What the law wants said.
    pub legends: &'static [&'static str],
    /// The establishment, as the tax office numbers it.
    pub establishment: &'static str,
    /// The point of issue, likewise.
    pub point: &'static str,
    /// Where anybody looks a bill up.
    pub search: &'static str,
}

/// What codes on bills are made with. No office has given any of it out.
#[derive(Debug)]
pub enum Keys {
    /// Nothing.
    None,
    /// The key of a range of numbers, and the software's PIN.
    OfRange {
        /// The key.
        key: &'static str,
        /// The PIN.
        pin: &'static str,
    },
    /// A code for each day.
    OfDay(&'static str),
    /// A code for QR codes, with its id.
    OfQr {
        /// Its id.
        id: &'static str,
        /// The code.
        code: &'static str,
    },
}

const ALL: [&Nation; 6] =
    [&colombia::FACTS, &el_salvador::FACTS, &guatemala::FACTS, &honduras::FACTS, &bolivia::FACTS, &paraguay::FACTS];

impl Nation {
    /// A country's facts.
    pub fn of(country: &Country) -> &'static Self {
        // A test sees to it that every country has its own.
        ALL.into_iter().find(|nation| nation.code == country.code).unwrap_or(&colombia::FACTS)
    }

    /// The customer with a code of the demo.
    pub fn customer(&self, code: &str) -> &Company {
        let [first, second] = &self.customers;
        if code == "1001" { first } else { second }
    }

    /// A number of the Colombian demo as it is here: the country's first digits, and as many of the last as there is room for.
    pub fn number(&self, colombian: &str, length: usize) -> String {
        let first = if colombian.starts_with('3') { self.mobile } else { self.fixed };
        let cut = (colombian.len() + first.len()).saturating_sub(length);
        format!("{first}{}", colombian.get(cut..).unwrap_or_default())
    }

    /// An IMSI of the demo, from what follows the mobile country code.
    pub fn imsi(&self, rest: &str) -> String {
        format!("{}{rest}", self.mobile_country_code)
    }
}

impl Company {
    /// Where it is, in one line.
    pub fn address(&self) -> String {
        format!("{}, {}", self.street, self.city)
    }
}

#[cfg(test)]
mod tests;

//! Accounts.

use serde::Serialize;
use shared::domain::account::{self, Account};
use shared::domain::country::Country;
use shared::domain::msisdn::Msisdn;

/// `accountsResponse`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accounts<'a> {
    account_collection: Vec<AccountView<'a>>,
}

impl<'a> Accounts<'a> {
    /// A list of accounts. The document types their contracts as text here, so only the single account shows them.
    pub fn of(accounts: &'a [Account], country: &Country) -> Self {
        Self { account_collection: accounts.iter().map(|account| AccountView::listed(account, country)).collect() }
    }
}

/// An account, in three views: `accountsDetailsResponse` has all fields.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountView<'a> {
    account_id: &'a str,
    account_name: &'a str,
    billing_account: &'a str,
    consultant_name: &'a str,
    contact_name: &'a str,
    contact_phone: &'a str,
    document_number: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cycle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imsi: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_collection: Option<Vec<Contract<'a>>>,
}

impl<'a> AccountView<'a> {
    /// The fields that every view has.
    pub fn brief(account: &'a Account, country: &Country) -> Self {
        Self {
            account_id: account.id.as_str(),
            account_name: &account.name,
            billing_account: &account.billing_account,
            consultant_name: &account.consultant,
            contact_name: &account.contact,
            contact_phone: &account.phone,
            document_number: account.document.written(),
            email: &account.email,
            msisdn: local(account.msisdn.as_ref(), country),
            parent_account_id: account.parent.as_ref().map(|parent| parent.id.as_str()),
            parent_name: account.parent.as_ref().map(|parent| parent.name.as_str()),
            cycle: None,
            imsi: None,
            contract_collection: None,
        }
    }

    /// An account in a list.
    fn listed(account: &'a Account, country: &Country) -> Self {
        let cycle = account.cycle.map(|day| day.to_string());
        Self { cycle, imsi: account.imsi.as_deref(), ..Self::brief(account, country) }
    }

    /// An account with its contracts.
    pub fn detailed(account: &'a Account, country: &Country) -> Self {
        Self { contract_collection: Some(Contract::all(account)), ..Self::listed(account, country) }
    }
}

/// A contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract<'a> {
    #[serde(rename = "avalaibleBenefit")]
    available_benefit: i64,
    contract_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    rank: Rank<'a>,
    start_date: String,
}

/// A rank: a bracket of monthly consumption and its benefit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rank<'a> {
    maximum_rank: i64,
    minimum_rank: i64,
    rank_id: &'a str,
    registered_benefit: i64,
}

impl<'a> Contract<'a> {
    /// The contracts of an account.
    pub fn all(account: &'a Account) -> Vec<Self> {
        account.contracts.iter().map(Self::of).collect()
    }

    fn of(contract: &'a account::Contract) -> Self {
        let rank = &contract.rank;
        Self {
            available_benefit: contract.available_benefit.whole_units(),
            contract_id: contract.id.as_str(),
            end_date: contract.end.map(|day| day.to_string()),
            rank: Rank {
                maximum_rank: rank.maximum.whole_units(),
                minimum_rank: rank.minimum.whole_units(),
                rank_id: &rank.id,
                registered_benefit: rank.registered_benefit.whole_units(),
            },
            start_date: contract.start.to_string(),
        }
    }
}

/// The account's number as the document types it.
pub fn local<'a>(msisdn: Option<&'a Msisdn>, country: &Country) -> Option<&'a str> {
    msisdn.map(|msisdn| msisdn.local(country))
}

//! Bills of a customer, newest first.

use chrono::NaiveDate;
use shared::domain::bill::{Bill, StateFilter};
use shared::domain::ids::{ContractId, GroupId};
use shared::domain::period::date;
use shared::error::{Error, Invalid, Result};
use shared::http::paging::{Page, answer};
use shared::http::request::integer;
use shared::http::{Reply, Request};

use crate::named::Look;
use crate::{Billing, wire};

/// `GET /customers/{idType}/{id}/bills`
pub async fn list(app: &Billing, request: &Request) -> Result<Reply> {
    page(app, request, None).await
}

/// `GET /customers/{idType}/{id}/bills/groups/{groupId}`
pub async fn list_group(app: &Billing, request: &Request) -> Result<Reply> {
    let group = request.path_text("groupId")?.parse().map_err(|_| NO_GROUP)?;
    page(app, request, Some(group)).await
}

/// What a 404 for a billing group names.
pub const NO_GROUP: Error = Error::NotFound("the billing group");

/// Customer and bills are read concurrently: what the path names is a customer that the caller sees.
async fn page(app: &Billing, request: &Request, group: Option<GroupId>) -> Result<Reply> {
    let page = Page::named(request, "pageInit", "quantity")?;
    let filter = Filter::of(request, group)?;
    let named = app.named(request, Look::Remembered).await?;
    let pass = filter.is_selective().then_some(|bill: &Bill| filter.passes(bill, request));
    let bills = app.base.reader().bills(&named.code, filter.days, page.window(), pass);
    let (customer, bills) = tokio::join!(app.customer(request, &named), bills);
    let (customer, mut bills) = (customer?, bills?);
    if let Some(group) = &filter.group {
        let group = customer.group(group).ok_or(NO_GROUP)?;
        let own = group.own(&bills.rows);
        if own < bills.rows.len() {
            bills.end_after(own);
        }
    }
    answer(request, &bills, |rows| {
        let rows = rows.iter().map(|bill| wire::Invoice::of(bill, &customer, request));
        Reply::ok(&wire::BillCollection { invoice: rows.collect::<Result<_>>()? })
    })
}

struct Filter {
    days: (Option<NaiveDate>, Option<NaiveDate>),
    contract: Option<ContractId>,
    state: Option<StateFilter>,
    group: Option<GroupId>,
}

impl Filter {
    fn of(request: &Request, group: Option<GroupId>) -> Result<Self> {
        let (start, end) = (day(request, "start")?, day(request, "end")?);
        if start.zip(end).is_some_and(|(start, end)| start > end) {
            return Err(Error::invalid("start", "must not be after end"));
        }
        Ok(Self { days: (start, end), contract: contract(request)?, state: state(request)?, group })
    }

    const fn is_selective(&self) -> bool {
        self.contract.is_some() || self.state.is_some() || self.group.is_some()
    }

    fn passes(&self, bill: &Bill, request: &Request) -> bool {
        self.contract.as_ref().is_none_or(|contract| *contract == bill.contract)
            && self.state.is_none_or(|state| state.lets(bill.state_on(request.today())))
            && self.group.as_ref().is_none_or(|group| bill.group.as_ref() == Some(group))
    }
}

/// A day, as `YYYY-MM-DD` (what clients send) or `YYYYMMDD` (as documented).
fn day(request: &Request, name: &'static str) -> Result<Option<NaiveDate>> {
    let Some(text) = request.query(name)? else { return Ok(None) };
    let dashed = match text.len() {
        8 if text.is_ascii() => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]),
        _ => text.to_owned(),
    };
    date(&dashed).map(Some).map_err(|invalid| invalid.field(name))
}

fn contract(request: &Request) -> Result<Option<ContractId>> {
    let read = |text: &str| integer(text).and_then(|_| text.parse());
    request.query("contractNumber")?.map(read).transpose().map_err(|invalid: Invalid| invalid.field("contractNumber"))
}

fn state(request: &Request) -> Result<Option<StateFilter>> {
    let read = |text| StateFilter::parse(text, request.country);
    request.query("status")?.map(read).transpose().map_err(|invalid| invalid.field("status"))
}

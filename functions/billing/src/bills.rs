//! Bills of a customer, newest first.

use chrono::NaiveDate;
use shared::domain::bill::{Bill, StateFilter};
use shared::domain::ids::{ContractId, GroupId};
use shared::domain::period::date;
use shared::error::{Error, Invalid, Result};
use shared::http::call::integer;
use shared::http::paging::{Page, with_next};
use shared::http::{Call, Reply};

use crate::{Billing, wire};

/// `GET /customers/{idType}/{id}/bills`
pub async fn list(app: &Billing, call: &Call) -> Result<Reply> {
    answer(app, call, None).await
}

/// `GET /customers/{idType}/{id}/bills/groups/{groupId}`
pub async fn list_group(app: &Billing, call: &Call) -> Result<Reply> {
    let group = call.path_text("groupId")?.parse().map_err(|_| NO_GROUP)?;
    answer(app, call, Some(group)).await
}

/// An unknown billing group.
pub const NO_GROUP: Error = Error::NotFound("the billing group");

/// Customer and bills are asked for at the same time.
async fn answer(app: &Billing, call: &Call, group: Option<GroupId>) -> Result<Reply> {
    let page = Page::named(call, "pageInit", "quantity")?;
    let filter = Filter::of(call, group)?;
    let code = app.code(call).await?;
    let pass = filter.is_selective().then_some(|bill: &Bill| filter.passes(bill, call));
    let bills = app.writer.reader().bills(&code, filter.days, page.window(), pass);
    let (customer, bills) = tokio::join!(app.customer(call, &code), bills);
    let (customer, mut bills) = (customer?, bills?);
    if let Some(group) = &filter.group {
        let group = customer.group(group).ok_or(NO_GROUP)?;
        // The newest bills come first, so from the first that is not the group's own none is.
        if let Some(end) = bills.rows.iter().position(|bill| !group.has(bill)) {
            bills.rows.truncate(end);
            bills.next = None;
        }
    }
    let rows = bills.rows.iter().map(|bill| wire::Invoice::of(bill, &customer, call)).collect::<Result<_>>()?;
    with_next(Reply::ok(&wire::BillCollection { invoice: rows })?, call, bills.next.as_deref())
}

struct Filter {
    days: (Option<NaiveDate>, Option<NaiveDate>),
    contract: Option<ContractId>,
    state: Option<StateFilter>,
    group: Option<GroupId>,
}

impl Filter {
    fn of(call: &Call, group: Option<GroupId>) -> Result<Self> {
        let (start, end) = (day(call, "start")?, day(call, "end")?);
        if start.zip(end).is_some_and(|(start, end)| start > end) {
            return Err(Error::invalid("start", "must not be after end"));
        }
        Ok(Self { days: (start, end), contract: contract(call)?, state: state(call)?, group })
    }

    const fn is_selective(&self) -> bool {
        self.contract.is_some() || self.state.is_some() || self.group.is_some()
    }

    fn passes(&self, bill: &Bill, call: &Call) -> bool {
        self.contract.as_ref().is_none_or(|contract| *contract == bill.contract)
            && self.state.is_none_or(|state| state.lets(bill.state_on(call.today())))
            && self.group.as_ref().is_none_or(|group| bill.group.as_ref() == Some(group))
    }
}

/// A day, as `YYYY-MM-DD` (what clients send) or as `YYYYMMDD` (the documented form).
fn day(call: &Call, name: &'static str) -> Result<Option<NaiveDate>> {
    let Some(text) = call.query(name)? else { return Ok(None) };
    let dashed = match text.len() {
        8 if text.is_ascii() => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]),
        _ => text.to_owned(),
    };
    date(&dashed).map(Some).map_err(|invalid| invalid.field(name))
}

fn contract(call: &Call) -> Result<Option<ContractId>> {
    let read = |text: &str| integer(text).and_then(|_| text.parse());
    call.query("contractNumber")?.map(read).transpose().map_err(|invalid: Invalid| invalid.field("contractNumber"))
}

fn state(call: &Call) -> Result<Option<StateFilter>> {
    let read = |text| StateFilter::parse(text, call.country);
    call.query("status")?.map(read).transpose().map_err(|invalid| invalid.field("status"))
}

//! The current plan, and plans a line may change to.

use shared::domain::catalogue::{Plan, PlanType, WrongPrice};
use shared::domain::ids::PlanId;
use shared::error::{Error, Result};
use shared::http::paging::{MAX_LIMIT, Page};
use shared::http::{DecimalText, Reply, Request, Text};
use shared::table::Changes;

use crate::{Plans, wire};

/// What a 404 for a plan names: unknown, or not open to this line.
pub const NOT_FOUND: Error = Error::NotFound("the plan");

/// `GET /plans/subscribers/{MSISDN}/current`
pub async fn get(app: &Plans, request: &Request) -> Result<Reply> {
    let (line, catalogue) = app.line_and_catalogue(request).await?;
    let plan = catalogue.plan(line.plan_on(request.today()));
    let plan = plan.ok_or_else(|| Error::internal("the line's plan is not in the catalogue"))?;
    Reply::ok(&wire::Plan::from(plan))
}

/// `PUT /plans/subscribers/{MSISDN}/current`
///
/// The line and the record for proration are one transaction at the revision that was loaded: of two concurrent changes
/// one decides again; a retry finds the plan current and is refused, a retry with a key finds the stored answer.
pub async fn change(app: &Plans, request: &Request) -> Result<Reply> {
    let wanted: wire::PlanUpgrate = request.json()?;
    let (line, catalogue) = app.line_and_catalogue(request).await?;
    let plan = catalogue.main_plan_for(&line, &plan_id(&wanted.plan_id)?).ok_or(NOT_FOUND)?;
    check_price(plan, &wanted)?;
    let mut changed = line.value.clone();
    let start = changed.change_plan(plan, line.next_rev(), request.now, request.country.zone())?;
    let mut changes = Changes::new();
    changes.update_subscriber(&line, &changed)?;
    changes.add_plan_start(&line, &start, request.country.zone())?;
    request.commit(&app.base, changes, wire::success(200, "the plan was changed")?).await
}

/// `GET /plans/subscribers/{MSISDN}/availableplans/`
pub async fn list(app: &Plans, request: &Request) -> Result<Reply> {
    let wanted = request.query_as::<PlanType>("planType")?;
    answer(app, request, wanted).await
}

/// `GET /plans/subscribers/{MSISDN}/upgrades/`
pub async fn upgrades(app: &Plans, request: &Request) -> Result<Reply> {
    answer(app, request, Some(PlanType::Upgrades)).await
}

async fn answer(app: &Plans, request: &Request, wanted: Option<PlanType>) -> Result<Reply> {
    let page = Page::of(request, MAX_LIMIT)?;
    let (line, catalogue) = app.line_and_catalogue(request).await?;
    let plans = catalogue.available_plans(&line, wanted, request.today());
    page.answer(request, &plans.into_iter().map(wire::Plan::from).collect::<Vec<_>>())
}

/// A malformed id is an unknown plan.
pub fn plan_id(text: &Text) -> Result<PlanId> {
    text.as_str().parse().map_err(|_| NOT_FOUND)
}

/// A price in the request must equal the catalogue's.
pub fn check_price(plan: &Plan, wanted: &wire::PlanUpgrate) -> Result<()> {
    let amount = wanted.monthly_amount.as_ref().map(DecimalText::as_str);
    let currency = wanted.currency_id.as_ref().map(Text::as_str);
    plan.costs(amount, currency).map_err(|wrong| match wrong {
        WrongPrice::Currency => Error::invalid("currencyId", "must be the currency of the plan"),
        WrongPrice::Amount => Error::invalid("monthlyAmount", "must be the monthly amount of the plan"),
    })
}

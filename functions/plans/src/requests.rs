//! Requests fulfilled later: a plan with a higher monthly price, additional plans.

use shared::domain::catalogue::Plan;
use shared::domain::main_plan::{REQUEST_CLOSED, REQUEST_DONE, REQUEST_OPEN};
use shared::domain::subscriber::{PlanRequest, RequestKind};
use shared::error::{Error, Result};
use shared::http::{Reply, Request, Text};
use shared::table::Changes;

use crate::plan::{NOT_FOUND, check_price, plan_id};
use crate::{Plans, wire};

/// Most additional plans of one request.
const MAX_SUBSCRIPTIONS: usize = 20;

/// `GET /plans/subscribers/{MSISDN}/upgraderequest`
pub async fn get_upgrade(app: &Plans, request: &Request) -> Result<Reply> {
    let line = app.line(request).await?;
    let upgrade = line.upgrade().ok_or(Error::NotFound("the upgrade request"))?;
    let (response, state) = match upgrade.closed {
        Some(reason) => (REQUEST_CLOSED, format!("was closed: {}", reason.as_str())),
        None if line.awaits_upgrade_on(request.today()) => (REQUEST_OPEN, "is in progress".to_owned()),
        None => (REQUEST_DONE, "is done".to_owned()),
    };
    let message = format!("the upgrade to plan {} {state}", upgrade.plan);
    Reply::ok(&wire::Success { response: response.to_string(), message })
}

/// `POST /plans/subscribers/{MSISDN}/upgraderequest`
///
/// The open request is part of the line, written at the revision that was loaded, so there is never a second one. The
/// event for fulfilment is in the same transaction. A contract that gets a last day at the same moment closes what it finds;
/// what it does not find is never charged.
pub async fn upgrade(app: &Plans, request: &Request) -> Result<Reply> {
    let wanted: wire::PlanUpgrate = request.json()?;
    let (line, catalogue) = app.line_and_catalogue(request).await?;
    let plan = catalogue.upgrade_for(&line, &plan_id(&wanted.plan_id)?, request.today()).ok_or(NOT_FOUND)?;
    check_price(plan, &wanted)?;
    let mut changed = line.value.clone();
    let start = changed.request_upgrade(plan, line.next_rev(), request.now, request.country.zone())?;
    let mut changes = Changes::new();
    changes.update_subscriber(&line, &changed)?;
    changes.add_plan_start(&line, &start, request.country.zone())?;
    if let Some(coming) = changed.coming_plan() {
        let last = app.base.reader().last_day(&line.contract).await?;
        if last.is_some_and(|last| last < coming.day) {
            return Err(Error::refused("the contract ends before the upgrade begins"));
        }
        changes.put_coming_plan(&coming)?;
    }
    changes.add_request(
        &line,
        &PlanRequest {
            kind: RequestKind::Upgrade,
            customer: Some(line.customer.clone()),
            plan: plan.id.clone(),
            at: request.now,
            name: wanted.name.map(String::from),
            email: wanted.email.map(String::from),
            source: wanted.from_plan.map(String::from),
        },
    )?;
    request.commit(&app.base, changes, wire::success(200, "the upgrade was requested")?).await
}

/// `POST /plans/subscribers/{MSISDN}/subscriptionrequests/`
///
/// All plans or none, in one transaction at the revision that was loaded. A plan that was requested before, by a retry
/// or another request, is not requested again.
pub async fn subscriptions(app: &Plans, request: &Request) -> Result<Reply> {
    let wanted: wire::PlanAdditional = request.json()?;
    let (line, catalogue) = app.line_and_catalogue(request).await?;
    let find = |id: &Text| catalogue.additional_plan_for(&line, &plan_id(id)?).ok_or(NOT_FOUND);
    let plans: Vec<&Plan> = wanted.plan_ids(MAX_SUBSCRIPTIONS)?.into_iter().map(find).collect::<Result<_>>()?;
    let mut changed = line.value.clone();
    let new = changed.request_additional(&plans)?;
    let mut changes = Changes::new();
    if !new.is_empty() {
        changes.update_subscriber(&line, &changed)?;
    }
    for plan in new {
        changes.add_request(
            &line,
            &PlanRequest {
                kind: RequestKind::Subscription,
                customer: Some(line.customer.clone()),
                plan,
                at: request.now,
                name: Some(wanted.name.as_str().to_owned()),
                email: wanted.email.clone().map(String::from),
                source: wanted.from_plan.clone().map(String::from),
            },
        )?;
    }
    request.commit(&app.base, changes, wire::success(200, "the subscriptions were requested")?).await
}

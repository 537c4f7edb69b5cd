//! Cases: a contract and a catalogue in one document.

use serde_json::{Value, json};

use super::super::case::compute;
use super::LINE;

fn case() -> Value {
    json!({
        "country": "sv",
        "catalogue": [{
            "version": 1,
            "rating": { "increments": [{ "classes": "voice", "steps": [{ "from": "2020-01-01", "minimum": 60, "step": 60 }] }] },
            "plans": { "A": { "name": "Plan A", "charged": "advance", "monthly": [{ "from": "2020-01-01", "price": "31.00" }] } },
            "rates": [
                { "classes": "voice", "prices": [{ "from": "2020-01-01", "price": "0.60", "per": 60 }] },
                { "classes": "data", "prices": [{ "from": "2020-01-01", "price": "1.00", "per": 1024 }] },
            ],
        }],
        "contract": { "id": "C1", "first": "2026-01-11", "currency": "USD", "cycle": { "day": 1 } },
        "lines": [{ "line": LINE, "from": "2026-01-11" }],
        "plans": [{ "line": LINE, "at": "2026-01-11T00:00:00-06:00", "id": "1", "plan": "A" }],
    })
}

fn with(more: &Value) -> Value {
    let mut case = case();
    for (name, value) in more.as_object().unwrap() {
        case[name] = value.clone();
    }
    case
}

fn totals(case: &Value) -> Vec<String> {
    let computed = compute(case.to_string().as_bytes()).unwrap();
    computed.bills.iter().map(|bill| bill.documents.iter().map(|one| one.total.clone()).collect()).collect()
}

fn mistake(case: &Value) -> String {
    compute(case.to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_period_has_a_price_whole_or_as_far_as_it_has_come() {
    // 21 days at 1.00, and 13 %.
    assert_eq!(totals(&with(&json!({ "period": "2026-01-20" }))), ["23.73"]);
    assert_eq!(totals(&with(&json!({ "period": "2026-01-20", "until": "2026-01-20" }))), ["11.30"]);
    assert_eq!(totals(&with(&json!({ "period": "2026-03-31" }))), ["35.03"]);
}

#[test]
fn a_run_bills_what_is_due_and_its_bills_are_earlier_bills_of_the_next() {
    let at_once = with(&json!({ "bill_day": "2026-04-01" }));
    let all = totals(&at_once);
    assert_eq!(all, ["58.76", "35.03", "35.03"]);
    let mut earlier = Vec::new();
    for (on, total) in ["2026-02-01", "2026-03-01", "2026-04-01"].iter().zip(&all) {
        let case = with(&json!({ "bill_day": on, "earlier": earlier }));
        assert_eq!(totals(&case), std::slice::from_ref(total));
        let computed = compute(case.to_string().as_bytes()).unwrap();
        earlier.push(serde_json::to_value(&computed.bills[0]).unwrap());
    }
    let late = json!([{ "line": LINE, "day": "2026-02-28", "source": "f", "units": { "voice.onnet": 60 } }]);
    let case = with(&json!({ "bill_day": "2026-05-01", "earlier": earlier, "usage": late }));
    // 31.00 for May and 0.60 for a late call.
    assert_eq!(totals(&case), ["35.71"]);
}

#[test]
fn a_changed_cycle_day_is_followed_through_earlier_bills() {
    let first = with(&json!({ "bill_day": "2026-02-01" }));
    let computed = compute(first.to_string().as_bytes()).unwrap();
    let mut case = with(&json!({ "bill_day": "2026-03-06", "earlier": [computed.bills[0]] }));
    case["contract"]["cycle"]["changes"] = json!([{ "at": "2026-02-10T12:00:00-06:00", "id": "1", "day": 6 }]);
    let computed = compute(case.to_string().as_bytes()).unwrap();
    let days: Vec<_> = computed.bills.iter().map(|bill| bill.closes.unwrap().to.to_string()).collect();
    assert_eq!(days, ["2026-02-28", "2026-03-05"]);
}

#[test]
fn records_are_rated_and_counted_on_the_countrys_day() {
    let call = |start: &str, seconds: u64| json!({ "call": { "line": LINE, "start": start, "service": "VOICE", "other": 70001234, "seconds": seconds } });
    let data = json!({ "data": { "line": LINE, "start": "2026-01-15T12:00:00Z", "bytes": 1_048_576 } });
    let records = |records: &[Value]| totals(&with(&json!({ "period": "2026-01-20", "records": records })));
    // 21.00; 120 seconds are 1.20; a megabyte is 1.00.
    assert_eq!(records(&[call("2026-01-31T23:59:59-06:00", 61), data]), ["26.22"]);
    assert_eq!(records(&[call("2026-02-01T00:00:00-06:00", 61)]), ["23.73"]);
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let told = |more: Value| mistake(&with(&more));
    assert_eq!(told(json!({})), "period: say either period or bill_day");
    assert!(told(json!({ "period": "2026-02-30" })).starts_with("period: "));
    assert!(told(json!({ "period": "2026-01-20", "extra": 1 })).contains("unknown field `extra`"));
    let charge = json!([{ "id": "1", "offer": "P", "name": "P", "day": "2026-01-20", "price": "5.001" }]);
    assert_eq!(
        told(json!({ "period": "2026-01-20", "charges": charge })),
        "charges[0].price: must have at most 2 decimal digits"
    );
    let plans = json!([{ "line": LINE, "at": "2026-01-11T00:00:00-06:00", "id": "1", "plan": "a b" }]);
    assert!(told(json!({ "period": "2026-01-20", "plans": plans })).starts_with("plans[0].plan: "));
    let twice = json!([{ "version": 1, "plans": { "A": { "name": "A", "monthly": [
        { "from": "2020-01-01", "price": "1" }, { "from": "2020-01-01", "price": "2" } ] } } }]);
    let twice = told(json!({ "period": "2026-01-20", "catalogue": twice }));
    assert!(twice.starts_with("catalogue[0].plans.A.monthly: two values begin on the same day"), "{twice}");
    let record = json!([{ "call": { "line": LINE, "start": "2026-01-15T12:00:00Z", "service": "VOICE", "other": 34915550101_u64 } }]);
    assert_eq!(
        told(json!({ "period": "2026-01-20", "records": record })),
        "records[0]: no zone of international numbers has this number on its day"
    );
    let earlier = json!([{ "closes": { "from": "2026-01-01", "to": "2026-01-31" }, "lines": [{ "key": "2025-01-01/plan/a/A/2020-01-01/IVA13", "amount": "1" }] }]);
    assert!(told(json!({ "bill_day": "2026-03-01", "earlier": earlier })).starts_with("earlier[0].lines[0].key: "));
}

#[test]
fn what_parks_a_contract_is_told() {
    let plans = json!([{ "line": LINE, "at": "2026-01-11T00:00:00-06:00", "id": "1", "plan": "Z" }]);
    assert_eq!(
        mistake(&with(&json!({ "period": "2026-01-20", "plans": plans }))),
        "parked: plan Z has no price on 2026-01-11"
    );
}

#[test]
fn a_table_has_a_row_for_each_line() {
    let computed = compute(with(&json!({ "bill_day": "2026-02-01" })).to_string().as_bytes()).unwrap();
    let table = computed.to_string();
    let rows: Vec<_> = table.lines().collect();
    assert_eq!(rows[0], "Bill 1 in USD, closes 2026-01-01 to 2026-01-31");
    assert!(rows[1].starts_with("period"));
    assert!(
        rows[2].starts_with(&format!("2026-01-01  {LINE} Plan A, 21/31 días")) && rows[2].ends_with("23.73"),
        "{}",
        rows[2]
    );
    assert_eq!(rows[4], "Invoice: net 52.00, IVA 13 % of 52.00 6.76, total 58.76");
    let nothing = compute(with(&json!({ "bill_day": "2026-01-31" })).to_string().as_bytes()).unwrap();
    assert_eq!(nothing.to_string(), "nothing is due\n");
}

/// What runs print on several days, each with the bills of those before it. `known` says what a file has besides.
fn runs(base: &Value, known: &[(&str, Value)]) -> Vec<Value> {
    let mut earlier: Vec<Value> = Vec::new();
    for (day, more) in known {
        let mut case = base.clone();
        for (name, value) in more.as_object().unwrap() {
            case[name] = value.clone();
        }
        case["bill_day"] = json!(day);
        case["earlier"] = json!(earlier);
        let computed = compute(case.to_string().as_bytes()).unwrap();
        earlier.extend(computed.bills.iter().map(|bill| serde_json::to_value(bill).unwrap()));
    }
    earlier
}

fn call_units(day: &str, seconds: u64) -> Value {
    json!([{ "line": LINE, "day": day, "source": "f", "units": { "voice.onnet": seconds } }])
}

#[test]
fn an_earlier_period_keeps_its_days_whatever_cycle_day_is_wished_later() {
    let mut base = case();
    base["contract"]["first"] = json!("2026-01-31");
    base["contract"]["cycle"] = json!({ "day": 31 });
    let mut wished = base["contract"].clone();
    wished["cycle"]["changes"] = json!([{ "at": "2026-03-05T12:00:00-06:00", "id": "1", "day": 30 }]);
    let bills = runs(&base, &[("2026-02-28", json!({})), ("2026-03-31", json!({ "contract": wished }))]);
    let closed: Vec<_> = bills.iter().map(|bill| &bill["closes"]).collect();
    let days = |from: &str, to: &str| json!({ "from": from, "to": to });
    assert_eq!(closed, [&days("2026-01-31", "2026-02-27"), &days("2026-02-28", "2026-03-30")]);
}

#[test]
fn what_was_only_reported_stays_to_be_billed() {
    let mut base = with(&json!({ "terms": { "floor": 100 } }));
    base["contract"]["last"] = json!("2026-01-31");
    let bills = runs(
        &base,
        &[
            ("2026-02-01", json!({})),
            ("2026-03-01", json!({ "usage": call_units("2026-01-20", 60) })),
            ("2026-04-01", json!({ "usage": call_units("2026-01-20", 120) })),
        ],
    );
    // 0.68 is below the floor of 1.00; 1.20 and 13 % are not.
    assert_eq!((&bills[1]["number"], &bills[1]["documents"][0]["total"]), (&Value::Null, &json!("0.68")));
    assert_eq!((&bills[2]["number"], &bills[2]["documents"][0]["total"]), (&json!("3"), &json!("1.36")));
}

#[test]
fn a_jump_is_seen_across_earlier_bills() {
    let bills = runs(&case(), &[("2026-04-01", json!({}))]);
    let debit = json!([{ "id": "1", "day": "2026-04-20", "amount": "900.00", "reason": "Ajuste" }]);
    let next = with(&json!({ "bill_day": "2026-05-01", "earlier": bills, "adjustments": debit }));
    assert!(mistake(&next).contains("more than ten times the average"), "{}", mistake(&next));
}

#[test]
fn rule_5_a_version_that_is_the_first_to_name_a_tax_changes_no_closed_period() {
    let newer = json!([case()["catalogue"][0], {
        "version": 2,
        "plans": case()["catalogue"][0]["plans"],
        "rates": case()["catalogue"][0]["rates"],
        "taxes": { "standard": [{ "from": "2020-01-01", "rate": "IVA15" }] },
    }]);
    let late = json!({ "catalogue": newer, "usage": call_units("2026-01-20", 60) });
    let bills = runs(&case(), &[("2026-02-01", json!({})), ("2026-03-01", late)]);
    let lines = bills[1]["lines"].as_array().unwrap().iter();
    let january: Vec<_> = lines.filter_map(|line| line["key"].as_str().unwrap().strip_prefix("2026-01-01/")).collect();
    assert_eq!(january, [format!("usage/{LINE}/A:voice.onnet/2020-01-01/IVA13")]);
}

#[test]
fn a_credit_note_names_the_bill_that_charged_last() {
    let base = with(&json!({ "terms": { "negative_lines": false } }));
    let used = |seconds| json!({ "usage": call_units("2026-01-20", seconds) });
    let bills = runs(&base, &[("2026-02-01", used(60)), ("2026-03-01", used(180)), ("2026-04-01", used(120))]);
    assert_eq!(bills[2]["documents"][1]["corrects"], json!("2"));
}

#[test]
fn what_is_not_billed_yet_parks_no_bill() {
    let charge = json!({ "id": "1", "offer": "P", "name": "P", "day": "2026-02-10", "price": "5.00" });
    let case = with(&json!({ "bill_day": "2026-02-01", "charges": [charge, charge] }));
    assert_eq!(totals(&case), ["58.76"]);
    let next = with(&json!({ "bill_day": "2026-03-01", "charges": [charge, charge] }));
    assert!(mistake(&next).contains("would be charged twice"));
}

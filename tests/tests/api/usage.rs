//! Data usage by hour and share.

use serde_json::{Value, json};
use tests::world::{BLOCKED, LINE, PREPAID};
use tests::{Reply, World};

use crate::{bad_request_names, load};

const REPORTS: [&str; 2] = ["hourlybyapp", "percentagebyapp"];

async fn ask(world: &World, line: &str, report: &str, query: &str) -> Reply {
    world.portal().get(&format!("/billing/subscribers/{line}/usage/data/{report}{query}")).await
}

fn traffic(hour: &str, app: &str, source: &str, bytes: u64) -> Value {
    json!({
        "type": "usage", "msisdn": "573001234569", "hour": hour, "app": app, "source": source, "bytes": bytes,
        "ingested_at": format!("{hour}:30:00Z"),
    })
}

/// A line with little usage, around 10:00 on 10 March 2026 in Colombia (15:00 UTC).
async fn world() -> World {
    let world = World::demo().await;
    let records = [
        traffic("2026-02-07T15", "Chat", "a", 1_000_000),
        traffic("2026-02-07T14", "Chat", "a", 9_000_000),
        traffic("2026-03-09T04", "Chat", "a", 4),
        traffic("2026-03-09T14", "Chat", "a", 1),
        traffic("2026-03-09T15", "Chat", "a", 10),
        traffic("2026-03-10T03", "Video", "a", 20),
        traffic("2026-03-10T03", "Chat", "b", 5),
        traffic("2026-03-10T03", "Chat", "a", 7),
        traffic("2026-03-10T14", "Chat", "a", 100),
    ];
    load(&world, &records).await;
    world
}

/// The rows of a report, abbreviated.
fn rows(reply: &Reply) -> Vec<String> {
    let row = |row: &Value| {
        let field = |name: &str| row[name].as_str().map(|text| format!("{text} ")).unwrap_or_default();
        let texts = ["date", "hour", "appName", "percentage"].map(field).concat();
        format!("{texts}{}", row["trafficVolumeBytes"])
    };
    reply.at("/trafficDetails").as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn the_last_day_is_shown_by_date_hour_and_app_with_its_sum() {
    let world = world().await;
    let reply = ask(&world, PREPAID, "hourlybyapp", "").await.expect(200);
    let expected = json!({
        "code": "200", "description": "Successful", "totalVolumeBytes": 142, "lastUpdatedAt": "2026-03-10T09:30:00-05:00",
        "trafficDetails": [
            {"date": "2026-03-09", "hour": "10", "appName": "Chat", "trafficVolumeBytes": 10},
            {"date": "2026-03-09", "hour": "22", "appName": "Chat", "trafficVolumeBytes": 12},
            {"date": "2026-03-09", "hour": "22", "appName": "Video", "trafficVolumeBytes": 20},
            {"date": "2026-03-10", "hour": "09", "appName": "Chat", "trafficVolumeBytes": 100},
        ],
    });
    assert_eq!(reply.json(), expected);
}

#[tokio::test]
async fn a_day_is_the_countrys_and_a_range_of_days_includes_both() {
    let world = world().await;
    let report = async |query: &str| rows(&ask(&world, PREPAID, "hourlybyapp", query).await.expect(200));
    let ninth = ["2026-03-09 09 Chat 1", "2026-03-09 10 Chat 10", "2026-03-09 22 Chat 12", "2026-03-09 22 Video 20"];
    assert_eq!(report("?startDate=2026-03-09&endDate=2026-03-09").await, ninth);
    let mut both = vec!["2026-03-08 23 Chat 4"];
    both.extend(ninth);
    assert_eq!(report("?startDate=2026-03-08&endDate=2026-03-09").await, both);
    assert_eq!(report("?startDate=2026-03-10&endDate=2026-03-10").await, ["2026-03-10 09 Chat 100"]);
}

#[tokio::test]
async fn an_instant_is_written_in_many_ways() {
    let world = world().await;
    // From 10:00 to 23:00 on the ninth in Colombia.
    for (start, end) in [
        ("2026-03-09T15:00:00Z", "2026-03-10T04:00:00Z"),
        ("2026-03-09T10:00:00-05:00", "2026-03-09T23:00:00-05:00"),
        ("2026-03-09T10:00:00", "2026-03-09T23:00:00"),
        ("2026-03-09T10:00", "2026-03-09T23:00"),
        ("2026-03-09T10:00:00.000", "2026-03-09T22:00:00.999"),
        ("2026-03-09T16:00:00%2B01:00", "2026-03-10T05:00:00%2B0100"),
        ("2026-03-09T16:00:00+01:00", "2026-03-10T05:00:00+01:00"),
        ("2026-03-09%2010:00:00", "2026-03-09+23:00:00"),
        ("2026-03-09T10%3A00%3A00-05", "2026-03-09T22:30:00-0500"),
    ] {
        let reply = ask(&world, PREPAID, "hourlybyapp", &format!("?startDate={start}&endDate={end}")).await.expect(200);
        let expected = ["2026-03-09 10 Chat 10", "2026-03-09 22 Chat 12", "2026-03-09 22 Video 20"];
        assert_eq!(rows(&reply), expected, "{start} {end}");
    }
}

#[tokio::test]
async fn an_hour_counts_when_it_begins_in_the_range() {
    let world = world().await;
    let report = async |query: &str| rows(&ask(&world, PREPAID, "hourlybyapp", query).await.expect(200));
    let at = "2026-03-09T15:00:00Z";
    assert!(report(&format!("?startDate={at}&endDate={at}")).await.is_empty());
    assert_eq!(report(&format!("?startDate={at}&endDate=2026-03-09T15:00:01Z")).await, ["2026-03-09 10 Chat 10"]);
    assert!(report("?startDate=2026-03-09T15:00:01Z&endDate=2026-03-09T15:59:59Z").await.is_empty());
    assert!(report("?startDate=2026-03-09T15:00:01Z&endDate=2026-03-09T23:00:00Z").await.is_empty());
    assert!(report("?startDate=2026-03-09T13:30:00Z&endDate=2026-03-09T14:00:00Z").await.is_empty());
    assert_eq!(report("?startDate=2026-03-09T13:30:00Z&endDate=2026-03-09T14:30:00Z").await, ["2026-03-09 09 Chat 1"]);
}

#[tokio::test]
async fn one_end_alone_takes_the_other_from_now_or_from_a_day_before() {
    let world = world().await;
    let report = async |query: &str| rows(&ask(&world, PREPAID, "hourlybyapp", query).await.expect(200));
    let until = report("?endDate=2026-03-09T15:00:00Z").await;
    assert_eq!(until, ["2026-03-08 23 Chat 4", "2026-03-09 09 Chat 1"]);
    assert_eq!(report("?startDate=2026-03-10").await, ["2026-03-10 09 Chat 100"]);
}

#[tokio::test]
async fn a_range_has_at_most_31_days_and_ends_after_it_starts() {
    let world = world().await;
    for report in REPORTS {
        for wrong in [
            "?startDate=2026-02-07T14:59:59Z",
            "?startDate=2026-02-06",
            "?startDate=2026-01-01&endDate=2026-02-01",
            "?startDate=2026-03-10&endDate=2026-03-09",
            "?startDate=2026-03-10T10:00:01&endDate=2026-03-10T10:00:00",
            "?startDate=2026-03-11",
            "?startDate=1970-01-01&endDate=9999-12-31",
        ] {
            bad_request_names(&ask(&world, PREPAID, report, wrong).await, "startDate");
        }
        for right in [
            "?startDate=2026-02-07T15:00:00Z",
            "?startDate=2026-01-01&endDate=2026-01-31",
            "?startDate=2026-03-10T15:00:00Z",
        ] {
            ask(&world, PREPAID, report, right).await.expect(200);
        }
    }
    let longest = ask(&world, PREPAID, "hourlybyapp", "?startDate=2026-02-07T15:00:00Z").await;
    assert_eq!(longest.at("/totalVolumeBytes"), 1_000_147);
}

#[tokio::test]
async fn what_is_no_date_is_named() {
    let world = world().await;
    let wrong = [
        "yesterday",
        "2026-02-30",
        "2026-2-03",
        "03/09/2026",
        "20260309",
        "2026-03-09T",
        "2026-03-09T25:00:00Z",
        "2026-03-09T10:60",
        "2026-03-09T10:00:60",
        "2026-03-09T10:00:00+25:00",
        "2026-03-09T10:00:00Europe/Paris",
        "1773154800",
        "0000-00-00",
        "1969-12-31",
        "10000-01-01",
        "2026-03-09T10:00:00Zx",
        "%00",
        "-1",
        "2026-03-0%D9%A9",
    ];
    for report in REPORTS {
        for text in wrong {
            bad_request_names(&ask(&world, PREPAID, report, &format!("?startDate={text}")).await, "startDate");
            bad_request_names(
                &ask(&world, PREPAID, report, &format!("?startDate=2026-03-09&endDate={text}")).await,
                "endDate",
            );
        }
    }
}

#[tokio::test]
async fn shares_are_of_the_whole_range_by_hour_or_by_day() {
    let world = world().await;
    let range = "startDate=2026-03-09&endDate=2026-03-09";
    let hours = ask(&world, PREPAID, "percentagebyapp", &format!("?{range}")).await.expect(200);
    let by_hour = [
        "2026-03-09T09:00:00-05:00 Chat 2.32 1",
        "2026-03-09T10:00:00-05:00 Chat 23.26 10",
        "2026-03-09T22:00:00-05:00 Chat 27.91 12",
        "2026-03-09T22:00:00-05:00 Video 46.51 20",
    ];
    assert_eq!(rows(&hours), by_hour);
    let explicit = ask(&world, PREPAID, "percentagebyapp", &format!("?{range}&resolution=HOUR")).await;
    assert_eq!(explicit.bytes(), hours.bytes());
    let days = ask(&world, PREPAID, "percentagebyapp", &format!("?{range}&resolution=DAY")).await.expect(200);
    assert_eq!(rows(&days), ["2026-03-09 Chat 53.49 23", "2026-03-09 Video 46.51 20"]);
    assert_eq!(days.at("/code"), "200");
    assert_eq!(days.at("/lastUpdatedAt"), "2026-03-09T22:30:00-05:00");
}

#[tokio::test]
async fn shares_always_add_up_to_a_hundred() {
    let world = World::demo().await;
    for resolution in ["HOUR", "DAY"] {
        for start in ["2026-03-09T15:00:00Z", "2026-03-02", "2026-02-08", "2026-03-07"] {
            let query = format!("?resolution={resolution}&startDate={start}");
            let reply = ask(&world, LINE, "percentagebyapp", &query).await.expect(200);
            let details = reply.at("/trafficDetails");
            let hundredths = |row: &Value| -> u32 {
                let (whole, part) = row["percentage"].as_str().unwrap().split_once('.').unwrap();
                assert_eq!(part.len(), 2);
                whole.parse::<u32>().unwrap() * 100 + part.parse::<u32>().unwrap()
            };
            let list = details.as_array().unwrap();
            assert!(list.len() > 6, "{}", list.len());
            assert_eq!(list.iter().map(hundredths).sum::<u32>(), 10_000, "{query}");
        }
    }
}

#[tokio::test]
async fn the_two_reports_count_the_same_bytes() {
    let world = World::demo().await;
    let query = "?startDate=2026-03-02";
    let hourly = ask(&world, LINE, "hourlybyapp", query).await.expect(200);
    let shares = ask(&world, LINE, "percentagebyapp", query).await.expect(200);
    let bytes = |reply: &Reply| -> Vec<u64> {
        let list = reply.at("/trafficDetails");
        list.as_array().unwrap().iter().map(|row| row["trafficVolumeBytes"].as_u64().unwrap()).collect()
    };
    assert_eq!(bytes(&hourly), bytes(&shares));
    assert_eq!(hourly.at("/totalVolumeBytes"), bytes(&hourly).iter().sum::<u64>());
    assert_eq!(hourly.at("/lastUpdatedAt"), "2026-03-10T09:48:00-05:00");
    let shown: Vec<_> = rows(&hourly).iter().map(|row| row.rsplit_once(' ').unwrap().0.to_owned()).collect();
    assert!(shown.is_sorted_by(|a, b| a < b), "by date, hour and app, each once");
    let days: std::collections::BTreeSet<_> = shown.iter().map(|row| row[..10].to_owned()).collect();
    assert!(days.len() >= 8, "{days:?}");
}

#[tokio::test]
async fn a_resolution_is_day_or_hour() {
    let world = world().await;
    for wrong in ["day", "Hour", "WEEK", "DAY,HOUR", "DAY%20"] {
        bad_request_names(
            &ask(&world, PREPAID, "percentagebyapp", &format!("?resolution={wrong}")).await,
            "resolution",
        );
    }
    ask(&world, PREPAID, "hourlybyapp", "?resolution=WEEK").await.expect(200);
}

#[tokio::test]
async fn no_usage_is_an_empty_report() {
    let world = World::demo().await;
    for line in [PREPAID, BLOCKED] {
        let hourly = ask(&world, line, "hourlybyapp", "").await.expect(200);
        let empty = json!({"code": "200", "description": "Successful", "totalVolumeBytes": 0, "trafficDetails": []});
        assert_eq!(hourly.json(), empty);
        let shares = ask(&world, line, "percentagebyapp", "?resolution=DAY").await.expect(200);
        assert_eq!(shares.json(), json!({"code": "200", "description": "Successful", "trafficDetails": []}));
    }
}

#[tokio::test]
async fn el_salvador_has_its_own_zone() {
    let world = World::of("sv").await;
    let mut record = traffic("2026-03-10T05", "Chat", "a", 1);
    record["msisdn"] = json!("50371234569");
    load(&world, &[record]).await;
    let reply = ask(&world, "71234569", "hourlybyapp", "?startDate=2026-03-09&endDate=2026-03-09").await.expect(200);
    assert_eq!(rows(&reply), ["2026-03-09 23 Chat 1"]);
    assert_eq!(reply.at("/lastUpdatedAt"), "2026-03-09T23:30:00-06:00");
}

#[tokio::test]
async fn from_midnight_to_midnight_no_hour_counts_twice() {
    let world = world().await;
    load(&world, &[traffic("2026-03-09T05", "Chat", "m", 1_000), traffic("2026-03-10T05", "Chat", "m", 50_000)]).await;
    let total = async |from: &str, to: &str| {
        let query = format!("?startDate={from}&endDate={to}");
        let hourly = ask(&world, PREPAID, "hourlybyapp", &query).await.expect(200);
        let shares = rows(&ask(&world, PREPAID, "percentagebyapp", &query).await.expect(200));
        assert_eq!(shares.len(), rows(&hourly).len(), "{query}");
        hourly.at("/totalVolumeBytes").as_u64().unwrap()
    };
    let eighth = total("2026-03-08T00:00:00", "2026-03-09T00:00:00").await;
    let ninth = total("2026-03-09T00:00:00", "2026-03-10T00:00:00").await;
    assert_eq!((eighth, ninth), (4, 1_043));
    assert_eq!(total("2026-03-08T00:00:00", "2026-03-10T00:00:00").await, eighth + ninth);
    // A date as an end means its whole day.
    assert_eq!(total("2026-03-08", "2026-03-08").await, eighth);
    assert_eq!(total("2026-03-09", "2026-03-09").await, ninth);
    assert_eq!(total("2026-03-08", "2026-03-09").await, eighth + ninth);
}

#[tokio::test]
async fn an_hour_is_loaded_as_an_instant_of_rfc_3339_or_in_utc() {
    let world = World::demo().await;
    let mut hours: Vec<_> =
        ["2026-03-09T15", "2026-03-09T10:00:00-05:00", "2026-03-09T15:00:00Z", "2026-03-09T20:30:00+05:30"]
            .into_iter()
            .enumerate()
            .map(|(at, hour)| {
                let mut record = traffic("2026-03-09T15", "Chat", &format!("s{at}"), 10);
                record["hour"] = json!(hour);
                record
            })
            .collect();
    load(&world, &hours).await;
    let reply = ask(&world, PREPAID, "hourlybyapp", "?startDate=2026-03-09&endDate=2026-03-09").await.expect(200);
    assert_eq!(rows(&reply), ["2026-03-09 10 Chat 40"]);
    for wrong in ["2026-03-09T15:00:00", "2026-03-09T15:30:00Z", "2026-03-09T15:00:01Z", "2026-03-09", "15"] {
        hours[0]["hour"] = json!(wrong);
        let error = world.import(&hours[..1]).await.unwrap_err().to_string();
        assert!(error.contains("line 1: hour: "), "{wrong}: {error}");
    }
}

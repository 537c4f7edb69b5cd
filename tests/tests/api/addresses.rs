//! The addresses of operations, and the forms of a line's number.

use serde_json::json;
use tests::world::{LINE, OTHERS};
use tests::{Row, Sample, World, contract, rows};

use crate::{bad_request_names, good, message, send_bytes};

/// The samples of all documented operations.
fn samples() -> Vec<Sample> {
    Sample::all(&rows::protected())
}

/// Samples whose path names a line, with the name of the variable.
fn samples_of_a_line() -> impl Iterator<Item = (Sample, &'static str)> {
    samples().into_iter().filter_map(|sample| {
        let name = sample.row.variables().find(|name| name.eq_ignore_ascii_case("msisdn"))?;
        Some((sample, name))
    })
}

/// The base paths of an operation's document, for Colombia.
fn bases(row: &Row) -> Vec<String> {
    let document = contract::document(row.documented().unwrap().document);
    let urls = document["servers"].as_array().unwrap().iter().map(|server| server["url"].as_str().unwrap());
    let filled = urls.map(|url| url.replace("{brand}", "tigo").replace("{country}", "co").replace("/sv/", "/co/"));
    filled.map(|url| url.trim_end_matches('/').to_owned()).collect()
}

/// Whether this is an address of some operation, final slash or not.
fn is_an_address(path: &str) -> bool {
    let segments: Vec<_> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    rows::protected().iter().any(|row| {
        let own: Vec<_> = row.bare().split('/').collect();
        let fits = |(own, given): (&&str, &&str)| own == given || own.starts_with('{') && !given.is_empty();
        own.len() == segments.len() && own.iter().zip(&segments).all(fits)
    })
}

/// Every operation, at addresses derived from its path.
async fn all_succeed(addresses: impl Fn(&Sample) -> Vec<String>) {
    let reads = World::demo().await;
    for sample in samples() {
        for path in addresses(&sample) {
            let reply = good(&sample, &path, &reads).await;
            let name = sample.row.name();
            assert!((200..300).contains(&reply.status()), "{name} at {path}: {} {}", reply.status(), reply.text());
        }
    }
}

#[tokio::test]
async fn a_documented_final_slash_makes_no_difference() {
    all_succeed(|sample| match sample.row.path.ends_with('/') {
        true => vec![sample.path.clone(), format!("{}/", sample.path)],
        false => vec![],
    })
    .await;
}

#[tokio::test]
async fn another_final_slash_leads_to_the_operation() {
    let world = World::demo().await;
    let before = world.items();
    for sample in Sample::all(&rows::all()).iter().filter(|sample| !sample.row.path.ends_with('/')) {
        let last = sample.path.rsplit('/').next().unwrap();
        let location = sample.at(&format!("../{last}"));
        for base in ["", "/v2/tigo/b2b/co/crm"] {
            let address = sample.at(&format!("{base}{}/", sample.path));
            // With and without a token: addresses are not secret.
            for caller in [world.portal(), world.anonymous()] {
                let reply = sample.to(&caller, &address).await.expect(308);
                assert_eq!(reply.header("location"), location, "{} {address}", sample.row.name());
            }
        }
        let elsewhere = format!("//evil.example{}/", sample.path);
        assert_eq!(send_bytes(&world, &sample.row.method, &elsewhere, "", b"").await.status(), 404, "{elsewhere}");
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn every_operation_answers_under_the_base_paths_of_its_document() {
    all_succeed(|sample| bases(&sample.row).iter().map(|base| format!("{base}{}", sample.path)).collect()).await;
}

#[tokio::test]
async fn another_base_path_is_no_address() {
    let world = World::demo().await;
    for base in ["/v3/tigo/mobile/co", "/v2/tigo/mobile/sv", "/v2/tigo/mobile/CO", "/v2/tigo/mobile", "/co"] {
        let path = format!("{base}/plans/subscribers/{LINE}/current");
        let reply = send_bytes(&world, "GET", &path, "", b"").await;
        assert_eq!(reply.status(), 404, "{base}");
    }
}

#[tokio::test]
async fn more_than_a_final_slash_is_another_address() {
    let world = World::demo().await;
    for sample in samples() {
        let method = &sample.row.method;
        for more in ["//", "/more", "/more/", "/%20"] {
            let path = format!("{}{more}", sample.path);
            if !is_an_address(&path) {
                let reply = send_bytes(&world, method, &path, "", sample.body.as_bytes()).await;
                assert_eq!(reply.status(), 404, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn every_spelling_of_a_number_is_the_same_line() {
    let world = World::demo().await;
    for (sample, name) in samples_of_a_line().filter(|(sample, _)| !sample.row.writes()) {
        let plain = sample.by(&world.portal()).await;
        for spelling in ["573001234567", "+573001234567", "%2B573001234567", "%2b573001234567", "%33001234567"] {
            let spelled = sample.put(name, spelling).by(&world.portal()).await;
            let operation = sample.row.name();
            assert_eq!((spelled.status(), spelled.bytes()), (plain.status(), plain.bytes()), "{operation} {spelling}");
        }
    }
    let path = "/plans/subscribers/%2B573001234567/favorites/";
    world.portal().post(path, &json!({"PhoneNumber": "+573005550199"})).await.expect(201);
    assert!(world.line(LINE).await.favourites.contains_key(&world.msisdn("3005550199")));
}

#[tokio::test]
async fn anything_else_is_no_number_and_is_named() {
    let world = World::demo().await;
    let before = world.items();
    let wrong = [
        "300123456",
        "30012345678",
        "57300123456",
        "5730012345678",
        "+3001234567",
        "%2B%2B573001234567",
        "0057",
        "00573001234567",
        "50370001234",
        "300123456x",
        "abcdefghij",
        "300%201234567",
        "300-1234567",
        "%20573001234567",
        "3001234567%0A",
        "3001234567%00",
        "3001%2F234567",
        "3001234567%2F",
        "300123456%25",
        "%253001234567",
        "%D9%A3%D9%A0%D9%A0%D9%A1%D9%A2%D9%A3%D9%A4%D9%A5%D9%A6%D9%A7",
        "%EF%BC%93001234567",
        "3001234567,3001234568",
        "*",
        "-3001234567",
        "3e9",
        "'%20OR%201=1",
        "..",
    ];
    let long = "3".repeat(1_000);
    for (sample, name) in samples_of_a_line() {
        for number in wrong.into_iter().chain([long.as_str()]) {
            bad_request_names(&sample.put(name, number).by(&world.portal()).await, name);
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn an_error_never_repeats_what_was_sent() {
    let world = World::demo().await;
    for sample in samples() {
        for name in sample.row.variables() {
            let reply = sample.put(name, "%3Cscript%3E4711").by(&world.portal()).await;
            assert!((400..500).contains(&reply.status()), "{} {name}: {}", sample.row.name(), reply.text());
            assert!(!message(&reply).is_empty() && !reply.text().contains("4711"), "{}", reply.text());
        }
    }
}

#[tokio::test]
async fn an_address_with_an_empty_variable_is_none() {
    let world = World::demo().await;
    for sample in samples() {
        for name in sample.row.variables() {
            let path = sample.put(name, "").path;
            if !is_an_address(&path) {
                let reply = send_bytes(&world, &sample.row.method, &path, "", b"").await;
                assert_eq!(reply.status(), 404, "{} {path}", sample.row.method);
            }
        }
    }
}

#[tokio::test]
async fn an_address_that_is_no_utf8_is_a_bad_request() {
    let world = World::demo().await;
    for path in ["/plans/subscribers/%FF%FE/current", "/accounts/%FF", "/%C3", "/v2/tigo/mobile/co/plans/%E9/"] {
        let reply = world.portal().get(path).await.expect(400);
        assert_eq!(message(&reply), "path: must be UTF-8", "{path}");
        assert_eq!(reply.header("x-request-id"), reply.header("apigw-requestid"), "{path}");
        assert_ne!(reply.header("x-request-id"), "", "{path}");
    }
}

/// Guard: what cannot be read is not looked for.
#[tokio::test]
async fn a_query_that_is_no_utf8_is_a_bad_request_that_names_the_parameter() {
    let world = World::demo().await;
    for (path, name) in [
        ("/accounts?idType=%FF&id=1", "idType"),
        ("/accounts?idType=NIT&id=90012%C33456", "id"),
        ("/accounts?docId=%80", "docId"),
        ("/documents/900123456?movil=3001234567&document=%E9", "document"),
        ("/customers/CODE/1001/bills?contractNumber=%FF", "contractNumber"),
        ("/customers/CODE/1001/bills?quantity=%C0%80", "quantity"),
    ] {
        let reply = world.portal().get(path).await;
        bad_request_names(&reply, name);
        assert_eq!(message(&reply), format!("{name}: must be UTF-8"), "{path}");
    }
    // What no operation reads says nothing.
    world.portal().get("/customers/CODE/1001/bills?x=%FF&%FF=1").await.expect(200);
}

#[tokio::test]
async fn el_salvador_has_its_own_numbers_paths_and_money() {
    let world = World::of("sv").await;
    for line in ["71234567", "50371234567", "+50371234567", "%2B50371234567"] {
        for base in ["", "/v1/tigo/mobile/sv", "/v2/tigo/mobile/sv"] {
            let reply = world.portal().get(&format!("{base}/plans/subscribers/{line}/current")).await.expect(200);
            assert_eq!((reply.at("/planId"), reply.at("/currencyId")), (json!("101"), json!("USD")));
            assert_eq!(reply.text().matches("\"monthlyAmount\":12.60,").count(), 1, "{}", reply.text());
        }
    }
    for line in [LINE, OTHERS, "573001234567", "7123456", "712345678", "5037123456"] {
        bad_request_names(&world.portal().get(&format!("/plans/subscribers/{line}/current")).await, "MSISDN");
    }
    let path = "/v2/tigo/mobile/co/plans/subscribers/71234567/current";
    let elsewhere = send_bytes(&world, "GET", path, "", b"").await;
    assert_eq!(elsewhere.status(), 404, "the other country's base path leads nowhere");
}

#[tokio::test]
async fn a_final_slash_makes_no_difference_to_the_token_server() {
    let world = World::demo().await;
    let basic = world.bearing(&world.basic("demo-acme"));
    let token =
        basic.send("POST", "/oauth/client_credential/accesstoken/?grant_type=client_credentials", &[], "").await;
    let token = token.expect(200).at("/access_token").as_str().unwrap().to_owned();
    world.bearing(&format!("Bearer {token}")).get(&format!("/plans/subscribers/{LINE}/current")).await.expect(200);
    for path in ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"] {
        let plain = world.anonymous().get(path).await.expect(200);
        assert_eq!(world.anonymous().get(&format!("{path}/")).await.expect(200).bytes(), plain.bytes());
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    basic.send("POST", "/oauth/revoke/", &form, &format!("token={token}")).await.expect(200);
    // What comes after the slash is another address, and told as one.
    let elsewhere = world.anonymous().get("/nowhere").await.expect(404);
    for (method, path) in
        [("POST", "/oauth/revoke/x"), ("GET", "/.well-known/jwks.json/x"), ("GET", "/.well-known/jwks.json//")]
    {
        let reply = world.anonymous().send(method, path, &[], "").await.expect(404);
        assert_eq!(reply.bytes(), elsewhere.bytes(), "{path}");
    }
    // Another method is told as without the slash.
    for path in ["/oauth/revoke", "/oauth/revoke/"] {
        assert_eq!(world.anonymous().get(path).await.expect(405).header("allow"), "POST", "{path}");
    }
}

#[tokio::test]
async fn paraguay_writes_a_leading_zero() {
    let world = World::of("py").await;
    let line = world.client("demo-acme").get("/customers/1001/products").await.expect(200).at("/0/msisdn");
    let line = line.as_str().unwrap().to_owned();
    for (sample, name) in samples_of_a_line().filter(|(sample, _)| !sample.row.writes()) {
        let sample = sample.on(&line);
        let plain = sample.put(name, &line).by(&world.portal()).await;
        let zero = sample.put(name, &format!("0{line}")).by(&world.portal()).await;
        assert_eq!((zero.status(), zero.bytes()), (plain.status(), plain.bytes()), "{}", sample.row.name());
    }
    world.portal().get(&format!("/accounts/profiles?msisdn=0{line}")).await.expect(200);
    world.portal().get(&format!("/customers/MSISDN/0{line}/bills")).await.expect(200);
    let favourites = format!("/plans/subscribers/0{line}/favorites/");
    world.portal().post(&favourites, &json!({"PhoneNumber": "0985550199"})).await.expect(201);
    assert!(world.line(&line).await.favourites.contains_key(&world.msisdn("985550199")));
    for wrong in [format!("00{line}"), format!("+0{line}"), format!("5950{line}"), format!("0{}", &line[1..])] {
        bad_request_names(&world.portal().get(&format!("/plans/subscribers/{wrong}/current")).await, "MSISDN");
    }
}

//! Accounts of a document, a single account, a line's account and profile, and catalogue services.

use serde_json::{Value, json};
use tests::world::{LINE, NOBODY, OTHERS};
use tests::{Reply, World};

use crate::{bad_request_names, load, message};

const BY_NIT: &str = "/accounts?idType=NIT&id=900123456";

/// The account ids in a response, in order.
fn accounts(reply: &Reply) -> Vec<String> {
    let list = reply.at("/accountCollection");
    list.as_array().unwrap().iter().map(|row| row["accountId"].as_str().unwrap().to_owned()).collect()
}

/// An account like 100102, with another id, customer and document.
fn account(id: &str, customer: &str, kind: &str, number: &str) -> Value {
    json!({
        "type": "account", "id": id, "customer": customer, "document": {"kind": kind, "number": number},
        "name": id, "billing_account": id, "consultant": "Luis", "contact": "Ana", "phone": "6015550100",
        "email": "ana@example.com",
    })
}

#[tokio::test]
async fn a_document_leads_to_its_accounts() {
    let world = World::demo().await;
    let reply = world.portal().get(BY_NIT).await.expect(200);
    assert_eq!(accounts(&reply), ["100101", "100102"]);
    let expected = json!({
        "accountId": "100102", "accountName": "Comercial Andina Norte", "billingAccount": "BA-100102",
        "consultantName": "Luis Ejemplo", "contactName": "Iván Prueba", "contactPhone": "6015550101",
        "cycle": "1", "documentNumber": "900123456", "email": "ivan@example.com",
        "parentAccountId": "100101", "parentName": "Comercial Andina Principal",
    });
    assert_eq!(reply.at("/accountCollection/1"), expected);
    assert_eq!(reply.at("/accountCollection/0/msisdn"), "3001234567");
    for same in [
        "/accounts?docId=900123456",
        // With its check digit.
        "/accounts?idType=NIT&id=9001234568",
        "/accounts?docId=9001234568",
        "/v2/tigo/b2b/co/crm/accounts?docId=900123456",
    ] {
        assert_eq!(accounts(&world.portal().get(same).await.expect(200)), ["100101", "100102"], "{same}");
    }
}

#[tokio::test]
async fn a_document_nobody_has_is_not_found_like_a_foreign_one() {
    let world = World::demo().await;
    for path in [
        "/accounts?idType=NIT&id=1",
        "/accounts?idType=CC&id=900123456",
        "/accounts?docId=900123457",
        // A leading zero is part of a number.
        "/accounts?docId=0900123456",
        // A wrong check digit, and a right one on a document type that has none.
        "/accounts?docId=9001234567",
        "/accounts?idType=CC&id=9001234568",
        "/accounts?idType=NIT%23900123456&id=1",
        "/accounts?idType=%25&id=900123456",
    ] {
        let reply = world.portal().get(path).await.expect(404);
        assert_eq!(message(&reply), "the document was not found", "{path}");
    }
    let foreign = world.client("demo-globex").get(BY_NIT).await.expect(404);
    let unknown = world.client("demo-globex").get("/accounts?docId=1").await.expect(404);
    assert_eq!(foreign.text(), unknown.text());
}

#[tokio::test]
async fn only_the_accounts_a_caller_may_see_are_shown() {
    let world = World::demo().await;
    load(&world, &[account("300", "1002", "NIT", "900123456"), account("301", "1001", "Cé#dula", "5")]).await;
    let of = async |client: &str| accounts(&world.client(client).get(BY_NIT).await.expect(200));
    assert_eq!(of("demo-portal").await, ["100101", "100102", "300"]);
    assert_eq!(of("demo-acme").await, ["100101", "100102"]);
    assert_eq!(of("demo-globex").await, ["300"]);
    let reply = world.portal().get("/accounts?idType=c%C3%A9%23DULA&id=5").await.expect(200);
    assert_eq!(accounts(&reply), ["301"]);
}

#[tokio::test]
async fn a_document_is_a_kind_and_a_number_or_a_nit_alone() {
    let world = World::demo().await;
    let bad = [
        ("/accounts", "idType"),
        ("/accounts?id=900123456", "idType"),
        ("/accounts?idType=NIT", "id"),
        ("/accounts?idType=&id=900123456", "idType"),
        ("/accounts?idType=N%0AT&id=900123456", "idType"),
        ("/accounts?idType=NIT&id=", "id"),
        ("/accounts?idType=NIT&id=-1", "id"),
        ("/accounts?idType=NIT&id=%2B1", "id"),
        ("/accounts?idType=NIT&id=1.", "id"),
        ("/accounts?idType=NIT&id=1&id=1", "id"),
        ("/accounts?docId=x%23", "docId"),
        ("/accounts?docId=1&id=1", "docId"),
        ("/accounts?docId=1&idType=NIT", "docId"),
        ("/accounts?docId=900123456&limit=0", "limit"),
    ];
    for (path, field) in bad {
        bad_request_names(&world.portal().get(path).await, field);
    }
}

#[tokio::test]
async fn accounts_come_in_pages() {
    let world = World::demo().await;
    let first = world.portal().get(&format!("{BY_NIT}&limit=1")).await.expect(200);
    assert_eq!(accounts(&first), ["100101"]);
    let cursor = first.header("x-next-cursor");
    let second = world.portal().get(&format!("{BY_NIT}&limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!((accounts(&second), second.header("x-next-cursor")), (vec!["100102".to_owned()], ""));
    assert_eq!(accounts(&world.portal().get(&format!("{BY_NIT}&offset=3")).await.expect(200)), [""; 0]);
}

#[tokio::test]
async fn an_account_is_shown_with_its_contracts_in_whole_units() {
    let world = World::demo().await;
    let reply = world.client("demo-acme").get("/accounts/100101").await.expect(200);
    let contract = json!({
        "avalaibleBenefit": 350_000, "contractId": "500101", "startDate": "2024-01-01", "endDate": "2027-12-31",
        "rank": {"rankId": "R-2", "minimumRank": 1_000_000, "maximumRank": 5_000_000, "registeredBenefit": 500_000},
    });
    assert_eq!(reply.at("/contractCollection/0"), contract);
    assert_eq!(reply.at("/contractCollection/1/contractId"), "500102");
    assert_eq!((reply.at("/imsi"), reply.at("/cycle")), (json!("732101234567890"), json!("15")));
    load(&world, &[account("302", "1001", "NIT", "7")]).await;
    let bare = world.portal().get("/accounts/302").await.expect(200);
    assert_eq!(bare.at("/contractCollection"), json!([]));
}

#[tokio::test]
async fn a_foreign_account_is_answered_as_an_unknown_one() {
    let world = World::demo().await;
    let globex = world.client("demo-globex");
    for path in ["/accounts/{}", "/accounts/{}/profiles"] {
        let ask = async |id: &str| globex.get(&path.replace("{}", id)).await;
        let (foreign, unknown) = (ask("100101").await.expect(404), ask("999").await.expect(404));
        assert_eq!((foreign.text(), message(&foreign).as_str()), (unknown.text(), "the account was not found"));
        ask("100201").await.expect(200);
        for bad in ["abc", "-1", "1.5", "1%2F2", "1%232", "1234567890123456789"] {
            bad_request_names(&ask(bad).await, "accountId");
        }
    }
}

#[tokio::test]
async fn a_line_leads_to_its_account_and_profile() {
    let world = World::demo().await;
    let reply = world.client("demo-acme").get(&format!("/accounts/profiles?msisdn={LINE}")).await.expect(200);
    assert_eq!(reply.at("/account/accountId"), "100101");
    assert_eq!(reply.at("/contractCollecion/0/contractId"), "500101");
    assert_eq!(reply.at("/msisdn"), LINE);
    assert_eq!(reply.at("/profileList").as_array().unwrap().len(), 1);
    assert_eq!(reply.at("/profileList/0/id"), "10010101");
    assert_eq!(reply.at("/profileList/0/lineCollection"), json!([{"msisdn": LINE}]));
    let service = json!({
        "description": "Minutos ilimitados", "id": "600101", "profileId": "10010101", "serviceId": "9001",
        "subtype": "ILIMITADO", "type": "VOZ",
    });
    assert_eq!(reply.at("/profileList/0/serviceCollection/0"), service);
    for spelling in [format!("57{LINE}"), format!("%2B57{LINE}")] {
        world.portal().get(&format!("/accounts/profiles?msisdn={spelling}")).await.expect(200);
    }
    world.portal().get("/accounts/profiles?msisdn=3002000040").await.expect(200);
}

#[tokio::test]
async fn a_foreign_line_belongs_nowhere() {
    let world = World::demo().await;
    let ask =
        async |number: &str| world.client("demo-globex").get(&format!("/accounts/profiles?msisdn={number}")).await;
    let (foreign, unknown) = (ask(LINE).await.expect(404), ask(NOBODY).await.expect(404));
    assert_eq!(foreign.text(), unknown.text());
    assert_eq!(ask(OTHERS).await.expect(200).at("/profileList/0/id"), "10020101");
    for bad in ["", "300", "abc", "30012345678901"] {
        bad_request_names(&ask(bad).await, "msisdn");
    }
    bad_request_names(&world.portal().get("/accounts/profiles").await, "msisdn");
}

#[tokio::test]
async fn the_catalogue_has_services_on_profiles_and_on_none() {
    let world = World::demo().await;
    let reply = world.client("demo-readonly").get("/services/PN-DATOS-01").await.expect(200);
    let expected = json!({"payload": "OK", "service": {
        "id": 9011, "type": "DATOS", "subType": "BOLSA", "description": "Bolsa de datos 10 GB", "price": 20_000,
        "taxPrice": 23_800, "partNum": "PN-DATOS-01", "poidType": "/service/data",
    }});
    assert_eq!(reply.json(), expected);
    world.portal().get("/services/PN-VOZ-01").await.expect(200);
    assert_eq!(message(&world.portal().get("/services/PN-VOZ-99").await.expect(404)), "the service was not found");
    for bad in ["a%20b", "a%23b", "%C3%A9", "a%00", &"x".repeat(65)] {
        bad_request_names(&world.portal().get(&format!("/services/{bad}")).await, "partnum");
    }
}

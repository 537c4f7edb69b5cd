//! Documents and sites of a customer.

use serde_json::json;
use tests::world::{LINE, NOBODY, OTHERS};
use tests::{Reply, World};

use crate::{bad_request_names, load};

async fn document(world: &World, client: &str, number: &str, query: &str) -> Reply {
    world.client(client).get(&format!("/documents/{number}?movil={query}")).await
}

/// The name of the file behind an answer's link, which must open.
async fn opened(world: &World, reply: &Reply) -> String {
    let link = reply.at("/url").as_str().unwrap().to_owned();
    assert_eq!(reply.at("/urlDocument"), link);
    let file = world.follow(&link).await.expect(200);
    assert!(file.bytes().starts_with(b"%PDF-"));
    assert_eq!(file.header("content-type"), "application/pdf");
    assert!(link.contains("X-Amz-Expires=900"), "{link}");
    link.split(['/', '?']).find(|part| part.ends_with(".pdf")).unwrap().to_owned()
}

#[tokio::test]
async fn the_newest_document_of_the_segment_is_meant() {
    let world = World::demo().await;
    for (query, name) in [
        (LINE.to_owned(), "amendment-500101-2.pdf"),
        (format!("57{LINE}&segment=CORPORATE"), "amendment-500101-2.pdf"),
        (format!("+57{LINE}"), "amendment-500101-2.pdf"),
        (format!("%2B57{LINE}"), "amendment-500101-2.pdf"),
        (format!("{LINE}&segment=MASIVE"), "terms-1001.pdf"),
        (format!("{LINE}&document=contract-500101&additional=x"), "contract-500101.pdf"),
    ] {
        for number in ["900123456", "9001234568"] {
            let reply = document(&world, "demo-acme", number, &query).await.expect(200);
            assert_eq!(opened(&world, &reply).await, name, "{number} {query}");
        }
    }
}

#[tokio::test]
async fn a_document_is_asked_for_rightly() {
    let world = World::demo().await;
    let portal = world.portal();
    bad_request_names(&portal.get("/documents/900123456").await, "movil");
    bad_request_names(&portal.get("/documents/900123456?movil=300").await, "movil");
    bad_request_names(&portal.get(&format!("/documents/9001%23?movil={LINE}")).await, "documentId");
    bad_request_names(&portal.get(&format!("/documents/900123456?movil={LINE}&segment=masive")).await, "segment");
    bad_request_names(&portal.get(&format!("/documents/900123456?movil={LINE}&movil={LINE}")).await, "movil");
}

#[tokio::test]
async fn what_is_not_the_callers_is_not_found() {
    let world = World::demo().await;
    let unknown = document(&world, "demo-acme", "123", LINE).await.expect(404);
    for (number, query) in [
        ("901987654", LINE.to_owned()),
        ("901987654", OTHERS.to_owned()),
        ("900123456", OTHERS.to_owned()),
        ("900123456", NOBODY.to_owned()),
        ("9001234567", LINE.to_owned()),
        ("900123456", format!("{LINE}&document=contract-500201")),
        ("900123456", format!("{LINE}&document=..%2F..%2F1002%2Fdocuments%2Fcontract-500201")),
    ] {
        let reply = document(&world, "demo-acme", number, &query).await.expect(404);
        assert_eq!(reply.bytes(), unknown.bytes(), "{number} {query}");
    }
    let mixed = document(&world, "demo-portal", "901987654", LINE).await;
    assert_eq!(mixed.status(), 404, "the line is another customer's");
    let other = document(&world, "demo-globex", "901987654", OTHERS).await.expect(200);
    assert_eq!(opened(&world, &other).await, "contract-500201.pdf");
}

#[tokio::test]
async fn a_portfolio_is_sites_with_their_extensions() {
    let world = World::demo().await;
    let sites = json!([
        {"idSede": "S-01", "nameSede": "Sede Norte", "extensionsList": [
            {"number": 6_015_550_101_u64, "recording": "Y", "name": "Recepción"},
            {"number": 6_015_550_103_u64, "recording": "N", "name": "Sala de juntas"},
        ]},
        {"idSede": "S-02", "nameSede": "Sede Centro", "extensionsList": [
            {"number": 6_015_550_102_u64, "recording": "Y", "name": "Servicio al cliente"},
        ]},
    ]);
    for number in ["900123456", "9001234568"] {
        let reply = world.client("demo-acme").get(&format!("/customers/{number}/portfolio")).await.expect(200);
        assert_eq!(reply.json(), sites);
    }
}

#[tokio::test]
async fn a_portfolio_has_pages() {
    let world = World::demo().await;
    let address = "/customers/900123456/portfolio";
    let first = world.portal().get(&format!("{address}?limit=1")).await.expect(200);
    let next = format!("{address}?limit=1&cursor={}", first.header("x-next-cursor"));
    let second = world.portal().get(&next).await.expect(200);
    assert_eq!((first.at("/0/idSede"), second.at("/0/idSede")), (json!("S-01"), json!("S-02")));
    assert_eq!(second.header("x-next-cursor"), "");
    bad_request_names(&world.portal().get(&format!("{address}?limit=0")).await, "limit");
}

#[tokio::test]
async fn a_foreign_portfolio_is_not_found_and_an_empty_one_is_empty() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    let unknown = acme.get("/customers/123/portfolio").await.expect(404);
    assert_eq!(acme.get("/customers/901987654/portfolio").await.expect(404).bytes(), unknown.bytes());
    acme.get("/customers/90x/portfolio").await.expect(404);
    let paper = json!({
        "type": "document", "name": "paper", "customer": "1001", "created": "2026-01-01T00:00:00Z",
        "document": {"kind": "nit", "number": "800000001"},
    });
    load(&world, &[paper]).await;
    assert_eq!(acme.get("/customers/800000001/portfolio").await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn two_customers_of_one_document_see_their_own() {
    let world = World::demo().await;
    let shared = json!({"kind": "NIT", "number": "900123456"});
    let site = json!({
        "type": "site", "id": "S-90", "customer": "1002", "document": shared, "name": "Sede Sur", "extensions": [],
    });
    let paper = json!({
        "type": "document", "name": "paper-1002", "customer": "1002", "created": "2026-01-01T00:00:00Z",
        "document": shared,
    });
    load(&world, &[site, paper]).await;
    let sites = async |client: &str| {
        let reply = world.client(client).get("/customers/900123456/portfolio").await.expect(200);
        reply
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["idSede"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(sites("demo-acme").await, ["S-01", "S-02"]);
    assert_eq!(sites("demo-globex").await, ["S-90"]);
    let contract = format!("{OTHERS}&document=contract-500101");
    document(&world, "demo-globex", "900123456", &contract).await.expect(404);
    let own = document(&world, "demo-acme", "900123456", LINE).await.expect(200);
    assert_eq!(opened(&world, &own).await, "amendment-500101-2.pdf");
    // A caller who sees both customers gets the line's.
    let others = document(&world, "demo-portal", "900123456", OTHERS).await.expect(200);
    assert!(others.at("/url").as_str().unwrap().contains("/1002/documents/paper-1002.pdf"));
}

#[tokio::test]
async fn a_persons_document_is_of_a_kind_that_the_line_tells() {
    let world = World::demo().await;
    let identity = json!({"kind": "CC", "number": "1020304050"});
    let mut line = world.line_record(LINE).await;
    line["identities"].as_array_mut().unwrap().push(identity.clone());
    let paper = json!({
        "type": "document", "name": "paper-cc", "customer": "1001", "created": "2026-01-01T00:00:00Z",
        "document": identity, "segment": "MASIVE",
    });
    load(&world, &[line, paper]).await;
    let query = format!("{LINE}&segment=MASIVE");
    let reply = document(&world, "demo-acme", "1020304050", &query).await.expect(200);
    assert!(reply.at("/url").as_str().unwrap().contains("/1001/documents/paper-cc.pdf"));
    document(&world, "demo-acme", "1020304051", &query).await.expect(404);
}

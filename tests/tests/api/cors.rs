//! Pages of other origins: whether they may ask, and read the answer.

use std::sync::Arc;

use local::gateway::Gateway;
use local::template::Template;
use tests::world::{LINE, OTHERS};
use tests::{Reply, World, rows};

const PAGE: &str = "https://app.example.com";
const OTHER: &str = "https://other.example.com";

/// A deployment with this parameter `AllowedOrigins`.
async fn allowing(origins: &str) -> World {
    let mut world = World::demo().await;
    let parameters = [("AllowedOrigins".to_owned(), origins.to_owned())];
    let template = Template::parse(&tests::file("template.yaml"), &parameters).unwrap();
    let clock = world.clock.clone();
    world.gateway = Gateway::new(template, world.functions.clone(), Arc::new(move || clock.now())).unwrap();
    world
}

fn plan(line: &str) -> String {
    format!("/plans/subscribers/{line}/current")
}

async fn preflight(world: &World, origin: &str) -> Reply {
    let asks = [("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")];
    let headers = [&[("origin", origin)], &asks[..]].concat();
    world.anonymous().send("OPTIONS", &plan(LINE), &headers, "").await.expect(204)
}

/// The plan of a line for a page.
async fn read(world: &World, line: &str, origin: &str) -> Reply {
    world.client("demo-acme").send("GET", &plan(line), &[("origin", origin)], "").await
}

const ALLOWED: &str = "access-control-allow-origin";

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_ask_and_reads_the_answer() {
    let world = allowing(&format!("http://localhost:5173,{PAGE}")).await;
    for origin in [PAGE, "http://localhost:5173"] {
        let asked = preflight(&world, origin).await;
        assert_eq!((asked.header(ALLOWED), asked.header("access-control-max-age")), (origin, "7200"));
        assert_eq!(asked.header("access-control-allow-headers"), "authorization,content-type,idempotency-key");
        let methods: Vec<_> = asked.header("access-control-allow-methods").split(',').collect();
        for row in rows::all() {
            assert!(row.methods().all(|method| methods.contains(&method)), "{}", row.name());
        }
        // A refusal is an answer too.
        for (line, status) in [(LINE, 200), (OTHERS, 404)] {
            let reply = read(&world, line, origin).await.expect(status);
            assert_eq!(reply.header(ALLOWED), origin);
            assert!(reply.header("access-control-expose-headers").contains("x-next-cursor"));
            assert_eq!(reply.header("access-control-allow-credentials"), "");
        }
    }
}

#[tokio::test]
async fn a_page_of_another_origin_gets_no_permission() {
    let world = allowing(PAGE).await;
    for origin in [OTHER, "https://app.example.com.evil.example", "http://app.example.com", "null"] {
        assert_eq!(preflight(&world, origin).await.header(ALLOWED), "", "{origin}");
        assert_eq!(read(&world, LINE, origin).await.expect(200).header(ALLOWED), "", "{origin}");
    }
    assert_eq!(world.client("demo-acme").get(&plan(LINE)).await.expect(200).header(ALLOWED), "");
}

#[tokio::test]
async fn all_origins_are_one_star() {
    let world = allowing("*").await;
    assert_eq!(preflight(&world, OTHER).await.header(ALLOWED), "*");
    assert_eq!(read(&world, LINE, OTHER).await.expect(200).header(ALLOWED), "*");
}

#[tokio::test]
async fn by_default_no_page_of_another_origin_reads_anything() {
    let world = World::demo().await;
    assert_eq!(preflight(&world, PAGE).await.header(ALLOWED), "");
    assert_eq!(read(&world, LINE, PAGE).await.expect(200).header(ALLOWED), "");
}

#[tokio::test]
async fn options_that_is_no_preflight_is_an_unsupported_method() {
    let world = allowing(PAGE).await;
    let reply = world.anonymous().send("OPTIONS", &plan(LINE), &[("origin", PAGE)], "").await.expect(405);
    assert_eq!((reply.header(ALLOWED), reply.header("allow")), (PAGE, "GET, HEAD, PUT"));
}

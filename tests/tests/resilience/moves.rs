//! A number that moves to another customer while its old owner writes.
//!
//! Guard: a move takes a revision of its own, at the one it was decided on. A write of the old owner comes before it and is
//! replaced, or finds another revision and is decided again on a line that is not its own.

use std::sync::Arc;

use serde_json::json;
use tests::World;
use tests::world::LINE;

use crate::scene::{items, moved, only, partition, text, together};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_write_of_the_old_owner_outlives_a_move() {
    for _ in 0..5 {
        let world = Arc::new(World::demo().await);
        let record = moved(&world).await;
        let replies = together(&world, 60, move |world, at| {
            let record = record.clone();
            async move {
                let acme = world.client("demo-acme");
                if at == 20 {
                    world.import_apart(vec![record]).await.unwrap();
                    return acme.get(&format!("/billing/subscribers/{LINE}/status")).await.expect(404);
                }
                if at % 2 == 0 {
                    let path = format!("/plans/subscribers/{LINE}/acquiredoffers/205");
                    return acme.send("POST", &path, &[], "").await;
                }
                let body = json!({ "PhoneNumber": format!("310{at:07}") });
                acme.post(&format!("/plans/subscribers/{LINE}/favorites/"), &body).await
            }
        })
        .await;
        only(&replies, &[201, 403, 404]);
        let line = world.line(LINE).await;
        assert_eq!((line.customer.as_str(), line.favourites.len()), ("1002", 0));
        // Who was told that it has bought pays for it, and nobody else.
        let bought = items(&world, LINE, "O#205#").len();
        let charged = |contract: &str| {
            let charges = partition(&world, &format!("CTR#{contract}"));
            charges.iter().filter(|item| text(&item["sk"]).starts_with("C#")).count()
        };
        assert_eq!((charged("500101"), charged("500201")), (bought, 0));
    }
}

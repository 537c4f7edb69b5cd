//! How many bills a core renders a second: `cargo test --release --test throughput -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::float_arithmetic, reason = "a test may stop at the first surprise")]

mod common;

use bill_render::pdf::{Renderer, Sheet};

const BILLS: u32 = 200;

/// The time that this thread has had a processor, in seconds: other work on the machine does not count. Linux only.
fn processor_time() -> f64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    statistics.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn rate(renderer: &Renderer, sheet: &Sheet) -> f64 {
    let start = processor_time();
    for _ in 0..BILLS {
        renderer.render(sheet).unwrap();
    }
    f64::from(BILLS) / (processor_time() - start)
}

#[test]
#[ignore = "a measurement"]
fn bills_a_second() {
    let renderer = Renderer::new().unwrap();
    for (name, sheet, _) in common::all() {
        println!("{name}: {:.0} a second", rate(&renderer, &sheet));
    }
    println!("largest: {:.0} a second", rate(&renderer, &common::largest()));
    assert!(rate(&renderer, &common::household()) >= 100.0);
}

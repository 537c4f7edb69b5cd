//! Lists of the size that operators have: cost of a page, early and late.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use tests::large::Large;
use tests::{Reply, World};

/// Page sizes: the default and the largest.
const LIMITS: [usize; 2] = [50, 2_000];

/// Measures all lists in this process: gateway, function and SDK, over the embedded table.
pub async fn run() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "| list | rows | limit | first page | last page | units of each | bytes |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for list in Large::ALL {
        let bar = ProgressBar::new_spinner().with_message(format!("{list:?}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        let world = World::demo().await;
        list.fill(&world, list.usual());
        world.portal().get(&list.address()).await;
        for limit in LIMITS {
            let first = page(&world, list, limit, "").await;
            let mut last = page(&world, list, LIMITS[1], "").await;
            // Follows cursors in the largest pages, and ends with one of the measured size.
            while let Some(cursor) = last.cursor() {
                let limit = if last.is_near_the_end(list, limit) { limit } else { LIMITS[1] };
                let before = last.seen;
                last = page(&world, list, limit, &cursor).await;
                last.seen += before;
                if limit != LIMITS[1] {
                    break;
                }
            }
            let (rows, bytes) = (list.usual(), first.reply.bytes().len());
            let (times, units) = ([first.time, last.time].map(millis), [first.units(), last.units()].join(", "));
            writeln!(out, "| {list:?} | {rows} | {limit} | {} | {} | {units} | {bytes} |", times[0], times[1])?;
        }
        bar.finish_and_clear();
    }
    let world = World::demo().await;
    Large::Lines.fill(&world, Large::Lines.usual());
    let start = Instant::now();
    let reply = world.portal().get("/accounts/profiles/10010102").await;
    let time = millis(start.elapsed());
    writeln!(out, "\na profile with all its {} lines: {time}, {} bytes", Large::Lines.usual(), reply.bytes().len())
}

struct Page {
    reply: Reply,
    time: Duration,
    tenths: u64,
    seen: usize,
}

impl Page {
    fn cursor(&self) -> Option<String> {
        Some(self.reply.header("x-next-cursor").to_owned()).filter(|cursor| !cursor.is_empty())
    }

    fn is_near_the_end(&self, list: Large, limit: usize) -> bool {
        limit < LIMITS[1] && self.seen + LIMITS[1] >= list.usual()
    }

    fn units(&self) -> String {
        format!("{}.{}", self.tenths / 10, self.tenths % 10)
    }
}

async fn page(world: &World, list: Large, limit: usize, cursor: &str) -> Page {
    let cursor = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
    world.meter.take();
    let start = Instant::now();
    let reply = world.portal().get(&format!("{}&limit={limit}{cursor}", list.address())).await;
    let time = start.elapsed();
    let tenths = world.meter.take().iter().map(|request| request.tenths).sum();
    Page { reply, time, tenths, seen: limit }
}

fn millis(time: Duration) -> String {
    format!("{}.{} ms", time.as_millis(), time.as_micros() / 100 % 10)
}

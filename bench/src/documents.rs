//! Documents of bills: how many a core sets in a second, and how large they are.

use std::hint::black_box;
use std::io::{self, Write};

use bill_render::pdf::Renderer;
use bill_render::pdf::sheet::Sheet;

use crate::measure::thread_time;

/// How long each is set again and again.
const LONG: u128 = 2_000_000_000;

/// Measures each kind of document.
pub fn run() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let renderer = Renderer::new().map_err(io::Error::other)?;
    writeln!(out, "{:<14} {:>9} {:>15}", "document", "bytes", "a second, core")?;
    for (name, sheet) in sheets() {
        let bytes = renderer.render(&sheet).map_err(io::Error::other)?.len();
        let start = thread_time()?;
        let (mut count, mut spent) = (0_u128, 0);
        while spent < LONG {
            black_box(renderer.render(&sheet).map_err(io::Error::other)?);
            count += 1;
            spent = thread_time()? - start;
        }
        writeln!(out, "{name:<14} {bytes:>9} {:>15}", count * 1_000_000_000 / spent)?;
    }
    Ok(())
}

fn sheets() -> Vec<(&'static str, Sheet)> {
    let kinds = tests::sheets::all().into_iter().map(|(name, sheet, _)| (name, sheet));
    kinds.chain([("85 lines", tests::sheets::largest())]).collect()
}

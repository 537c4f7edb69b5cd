//! Documents as pictures, held against those that people have looked at: `pictures/` has each page as a grid of squares, a
//! hexadecimal digit for how dark each is. poppler-utils must be installed.
//!
//! After a change that was looked at: `REWRITE=1 cargo test --workspace --test documents pictures -- --ignored`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use bill_render::pdf::Renderer;
use bill_render::pdf::sheet::Sheet;

/// Points of a page in an inch; a square has `SIDE` of them on each side.
const DENSITY: &str = "72";
const SIDE: usize = 8;
/// What other versions of a program that draws may do: a square may differ by so much, and so many of ten thousand by more.
const SHADES: u32 = 1;
const FEW: usize = 4;

/// A page as rows of digits: `0` is white, `f` black.
fn grid(page: &Path) -> String {
    let bytes = std::fs::read(page).unwrap();
    // A greyscale bitmap: four words, then a byte a point.
    let head: Vec<&[u8]> = bytes.splitn(4, |byte| byte.is_ascii_whitespace()).collect();
    let [b"P5", width, height, rest] = head[..] else { panic!("{}", page.display()) };
    let number = |text: &[u8]| std::str::from_utf8(text).unwrap().parse::<usize>().unwrap();
    let (width, height) = (number(width), number(height));
    let points = rest.strip_prefix(b"255\n").unwrap();
    let mut grid = String::new();
    for top in (0..height).step_by(SIDE) {
        for left in (0..width).step_by(SIDE) {
            let (right, bottom) = ((left + SIDE).min(width), (top + SIDE).min(height));
            let square = (top..bottom).flat_map(|row| &points[row * width + left..row * width + right]);
            let (count, light) = square.fold((0, 0), |(count, light), point| (count + 1, light + u32::from(*point)));
            // Text covers little of a square: a quarter black is as dark as it gets.
            let dark = (255 - light / count) * 4;
            write!(grid, "{:x}", (dark / 16).min(15)).unwrap();
        }
        grid.push('\n');
    }
    grid
}

/// The pages of a sheet.
fn pages(name: &str, sheet: &Sheet) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    let _ = std::fs::remove_dir_all(folder.join(name));
    std::fs::create_dir_all(folder.join(name)).unwrap();
    let path = folder.join(format!("{name}.pdf"));
    std::fs::write(&path, Renderer::new().unwrap().render(sheet).unwrap()).unwrap();
    let pages = folder.join(name).join("page");
    let status = Command::new("pdftoppm").args(["-r", DENSITY, "-gray"]).arg(&path).arg(&pages).status().unwrap();
    assert!(status.success(), "{name}");
    let mut files: Vec<_> = std::fs::read_dir(folder.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| grid(file)).collect()
}

/// Whether to write the pictures.
#[expect(clippy::disallowed_methods, reason = "how a person tells this test to write")]
fn rewrite() -> bool {
    std::env::var_os("REWRITE").is_some()
}

/// The squares of one page that differ from the other's by more than is allowed.
fn other_squares(page: &str, kept: &str) -> usize {
    let shade = |digit: char| digit.to_digit(16).unwrap_or_default();
    let pairs = page.chars().zip(kept.chars());
    pairs.filter(|(one, other)| shade(*one).abs_diff(shade(*other)) > SHADES).count()
}

#[test]
#[ignore = "needs poppler-utils: .ci/run installs it"]
fn pages_look_as_when_somebody_looked_at_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/pictures");
    for (name, sheet, _) in tests::sheets::all().into_iter().filter(|&(name, _, _)| name != "hostile") {
        for (at, page) in pages(name, &sheet).into_iter().enumerate() {
            let path = folder.join(format!("{name}-{}.txt", at + 1));
            if rewrite() {
                std::fs::write(&path, page).unwrap();
                continue;
            }
            let kept = std::fs::read_to_string(&path).unwrap();
            assert_eq!(page.len(), kept.len(), "{name}, page {}: another size", at + 1);
            let (other, most) = (other_squares(&page, &kept), page.len() * FEW / 10_000);
            assert!(other <= most, "{name}, page {}: {other} squares look other, {most} may", at + 1);
        }
    }
}

#[test]
#[ignore = "needs poppler-utils: .ci/run installs it"]
fn an_amount_that_has_moved_is_seen() {
    let sheet = tests::sheets::household();
    let mut moved = sheet.clone();
    moved.headline.amount.insert(0, ' ');
    moved.headline.amount.push('0');
    let (before, after) = (pages("before", &sheet), pages("after", &moved));
    let (other, most) = (other_squares(&before[0], &after[0]), before[0].len() * FEW / 10_000);
    assert!(other > most, "{other} squares look other, {most} may");
}

//! Whole bills.

use bill_render::pdf::sheet::Qr;
use bill_render::pdf::{Error, Renderer, Sheet};

#[test]
fn every_bill_is_valid_and_takes_its_pages() {
    let renderer = Renderer::new().unwrap();
    for (name, sheet, pages) in tests::sheets::all() {
        let pdf = renderer.render(&sheet).unwrap_or_else(|error| panic!("{name}: {error}"));
        let count = pdf.windows(12).filter(|window| window.starts_with(b"/Type/Page/")).count();
        assert_eq!(count, pages, "{name}");
    }
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    for (name, sheet, _) in tests::sheets::all() {
        let (one, other) = (Renderer::new().unwrap(), Renderer::new().unwrap());
        assert!(one.render(&sheet).unwrap() == other.render(&sheet).unwrap(), "{name}");
        assert!(one.render(&sheet).unwrap() == one.render(&sheet).unwrap(), "{name}");
    }
}

#[test]
fn a_bill_of_a_household_is_small() {
    let pdf = Renderer::new().unwrap().render(&tests::sheets::household()).unwrap();
    assert!(pdf.len() < 60_000, "{} bytes", pdf.len());
}

#[test]
fn the_largest_document_is_not_large() {
    let pdf = Renderer::new().unwrap().render(&tests::sheets::largest()).unwrap();
    assert!(pdf.len() < 150_000, "{} bytes", pdf.len());
}

#[test]
fn a_payload_too_long_for_a_code_is_an_error() {
    let mut sheet: Sheet = tests::sheets::household();
    if let Some(fiscal) = &mut sheet.fiscal {
        fiscal.qr = Some(Qr { payload: "x".repeat(5000), ..Qr::default() });
    }
    assert!(matches!(Renderer::new().unwrap().render(&sheet), Err(Error::QrTooLong { bytes: 5000 })));
}

//! What other programs make of the bills: poppler-utils must be installed, and zbar-tools for the codes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use bill_render::pdf::Renderer;
use bill_render::pdf::sheet::{Fact, Sheet};

/// The standard output of a program.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Where a bill is written to, one folder for each test.
fn write(test: &str, name: &str, sheet: &Sheet) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.pdf"));
    std::fs::write(&path, Renderer::new().unwrap().render(sheet).unwrap()).unwrap();
    path
}

/// Texts that must be found; lines may be broken anywhere.
fn texts(sheet: &Sheet) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let mut add = |text: &str| {
        texts.insert(text.to_owned());
    };
    let fact = |fact: &Fact, add: &mut dyn FnMut(&str)| {
        add(&fact.label);
        add(&fact.value);
    };
    for party in [&sheet.issuer, &sheet.addressee] {
        add(&party.name);
        party.lines.iter().for_each(|line| add(line));
    }
    add(&sheet.kind);
    sheet.facts.iter().for_each(|each| fact(each, &mut add));
    sheet.banner.iter().for_each(|text| add(text));
    for text in [&sheet.headline.label, &sheet.headline.amount, &sheet.headline.due] {
        add(text);
    }
    if let Some(history) = &sheet.history {
        history.bars.iter().for_each(|bar| add(&bar.amount));
        history.change.iter().for_each(|text| add(text));
    }
    for row in &sheet.summary.rows {
        add(&row.label);
        add(&row.amount);
    }
    for line in sheet.lines.iter().flat_map(|lines| &lines.lines) {
        for text in [&line.number, &line.plan, &line.total] {
            add(text);
        }
        for charge in &line.charges {
            for text in [&charge.text, &charge.detail, &charge.amount] {
                add(text);
            }
        }
        line.usage.iter().for_each(|meter| add(&format!("{} {}", meter.used_text, meter.allowance_text)));
    }
    for bar in sheet.apps.iter().flat_map(|apps| &apps.bars) {
        add(&bar.label);
        add(&bar.text);
    }
    for table in &sheet.tables {
        add(&table.heading);
        table.columns.iter().for_each(|column| add(&column.heading));
        table.rows.iter().chain(&table.total).flatten().for_each(|cell| add(cell));
    }
    if let Some(payment) = &sheet.payment {
        add(&payment.heading);
        payment.facts.iter().for_each(|each| fact(each, &mut add));
        payment.instructions.iter().for_each(|text| add(text));
    }
    if let Some(fiscal) = &sheet.fiscal {
        fiscal.facts.iter().for_each(|each| fact(each, &mut add));
        fiscal.legends.iter().for_each(|text| add(text));
    }
    sheet.notes.iter().flat_map(|notes| &notes.paragraphs).for_each(|text| add(text));
    texts
}

/// Without white space, since lines break at it.
fn dense(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

#[test]
#[ignore = "needs poppler-utils and zbar-tools: .ci/run installs them"]
fn every_text_can_be_read_and_copied() {
    for (name, sheet, _) in tests::sheets::all().into_iter().filter(|&(name, _, _)| name != "hostile") {
        let path = write("texts", name, &sheet);
        let found = dense(&output("pdftotext", &["-raw", path.to_str().unwrap(), "-"]));
        for text in texts(&sheet) {
            assert!(found.contains(&dense(&text)), "{name}: {text}");
        }
    }
}

#[test]
#[ignore = "needs poppler-utils and zbar-tools: .ci/run installs them"]
fn amounts_stay_in_one_piece() {
    for (name, sheet, _) in tests::sheets::all().into_iter().filter(|&(name, _, _)| name != "hostile") {
        let path = write("amounts", name, &sheet);
        let found = output("pdftotext", &["-layout", path.to_str().unwrap(), "-"]).replace('\u{a0}', " ");
        for text in texts(&sheet).into_iter().filter(|text| text.contains("$\u{a0}") && text.len() < 24) {
            assert!(found.contains(&text.replace('\u{a0}', " ")), "{name}: {text}");
        }
    }
}

#[test]
#[ignore = "needs poppler-utils and zbar-tools: .ci/run installs them"]
fn fonts_are_embedded_subset_and_mapped() {
    for (name, sheet, _) in tests::sheets::all() {
        let path = write("fonts", name, &sheet);
        let table = output("pdffonts", &[path.to_str().unwrap()]);
        let fonts: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(fonts.len(), 2, "{name}: {table}");
        for font in fonts {
            assert!(font.contains("yes yes yes"), "{name}: {font}");
        }
    }
}

#[test]
#[ignore = "needs poppler-utils and zbar-tools: .ci/run installs them"]
fn bills_are_tagged_and_named() {
    for (name, sheet, _) in tests::sheets::all() {
        let path = write("tags", name, &sheet);
        let about = output("pdfinfo", &[path.to_str().unwrap()]);
        assert!(about.lines().any(|line| line.starts_with("Tagged:") && line.ends_with("yes")), "{name}");
        let structure = output("pdfinfo", &["-struct", path.to_str().unwrap()]);
        for element in ["H1", "H2", "Table", "TR", "TH", "TD"] {
            assert!(
                structure.lines().any(|line| line.trim().split([' ', ':']).next() == Some(element)),
                "{name}: {element}"
            );
        }
    }
}

#[test]
#[ignore = "needs poppler-utils and zbar-tools: .ci/run installs them"]
fn a_camera_reads_the_codes() {
    let sheet = tests::sheets::household();
    let path = write("codes", "household", &sheet);
    let picture = path.with_extension("");
    let (path, picture) = (path.to_str().unwrap(), picture.to_str().unwrap());
    output("pdftoppm", &["-r", "150", "-gray", "-png", "-singlefile", path, picture]);
    let found = output("zbarimg", &["--quiet", "--raw", &format!("{picture}.png")]);
    let codes = [sheet.payment.and_then(|payment| payment.qr), sheet.fiscal.and_then(|fiscal| fiscal.qr)];
    for code in codes.into_iter().flatten() {
        assert!(found.contains(&code.payload), "{}", code.payload);
    }
}

//! Texts that no one should send, and some that people have.

use bill_render::pdf::sheet::{Align, Fact, Headline, Lines, Party, Qr, Rgb, Sheet};

use super::{charge, household, line, meter, strings, table};

pub(super) fn sheet() -> Sheet {
    let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(6);
    let words = "una dirección que no acaba nunca ".repeat(12);
    let mut sheet = household::one_line();
    sheet.title = "\u{0}\u{200b}".into();
    sheet.accent = Rgb(255, 240, 0);
    sheet.issuer.name = "Иван Петров 😀 سلام שלום".into();
    sheet.addressee = Party {
        name: long.clone(),
        lines: strings(&[
            &words,
            "",
            "\u{202e}gnorw\u{202c}",
            "a\u{0}b\u{7}c\u{1b}[31m",
            "👩\u{200d}👩\u{200d}👧 \u{fe0f}",
        ]),
    };
    sheet.facts.push(Fact { label: long.clone(), value: words.clone() });
    sheet.facts.push(Fact::default());
    sheet.banner = Some(words.clone());
    sheet.headline = Headline {
        label: String::new(),
        amount: "$\u{a0}999.999.999.999.999.999.999.999.999,00".into(),
        due: long.clone(),
        note: Some("Z\u{351}\u{302}\u{303}a\u{300}\u{301}\u{302}l\u{303}go".into()),
    };
    if let Some(history) = &mut sheet.history {
        history.bars[0].value = i64::MIN;
        history.bars[1].value = i64::MAX;
        history.bars[1].amount = "$\u{a0}9.223.372.036.854.775.807,00".into();
    }
    sheet.summary.rows[0].label.clone_from(&long);
    sheet.summary.rows[0].amount = "$\u{a0}123.456.789.012.345.678,00".into();
    sheet.lines = Some(Lines {
        lines: vec![
            line("", "", vec![], vec![], ""),
            line(
                &long,
                &words,
                vec![charge(&long, &words, "$\u{a0}123.456.789.012.345.678.901,00")],
                vec![meter(&long, &words, &long, u64::MAX, Some(0)), meter("", "", "", 0, Some(0))],
                "$\u{a0}1",
            ),
        ],
        ..Lines::default()
    });
    sheet.tables = vec![
        table("", &[], &[&["lost"]], None),
        table(
            &long,
            &[(&long, Align::Right), (&words, Align::Right), ("", Align::Left)],
            &[&[], &[&long, &words, "x", "y"]],
            None,
        ),
    ];
    if let Some(payment) = &mut sheet.payment {
        payment.instructions.push(words);
        payment.qr = Some(Qr { payload: "\u{0}ñ😀".into(), alt: String::new(), min_side_mm: -1.0 });
    }
    sheet
}

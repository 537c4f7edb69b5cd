//! A credit note.

use bill_render::pdf::sheet::{Align, Headline, Notes, Rank, Sheet, Summary};

use super::{fact, household, row, running, strings, table};

pub(super) fn credit() -> Sheet {
    Sheet {
        title: "Nota crédito NC-1182 de Andina Móvil".into(),
        kind: "Nota crédito".into(),
        facts: vec![
            fact("Número", "NC-1182"),
            fact("Fecha", "9 de marzo de 2026"),
            fact("Corrige", "Factura de venta FE-204518 del 1 de marzo de 2026"),
            fact("Motivo", "Anulación parcial: paquete no usado"),
        ],
        headline: Headline {
            label: "Valor a su favor".into(),
            amount: "$\u{a0}17.500,00".into(),
            due: "Se descuenta de su próxima factura".into(),
            note: Some("No tiene que hacer nada. Si prefiere el reembolso, solicítelo en *611.".into()),
        },
        history: None,
        summary: Summary {
            heading: "Resumen".into(),
            rows: vec![
                row("Paquete roaming América, 3 GB", "−$\u{a0}14.705,88", Rank::Item),
                row("IVA 19\u{a0}%", "−$\u{a0}2.794,12", Rank::Item),
                row("Total de la nota", "−$\u{a0}17.500,00", Rank::Total),
            ],
        },
        lines: None,
        payment: None,
        tables: vec![table(
            "Qué cambia",
            &[
                ("Concepto", Align::Left),
                ("Facturado", Align::Right),
                ("Correcto", Align::Right),
                ("Diferencia", Align::Right),
            ],
            &[&["Paquete roaming América, 3 GB", "$\u{a0}14.705,88", "$\u{a0}0,00", "−$\u{a0}14.705,88"]],
            None,
        )],
        notes: Some(Notes {
            heading: "Por qué recibe esta nota".into(),
            paragraphs: strings(&["El paquete se activó después de su regreso y no se usó."]),
        }),
        running: bill_render::pdf::sheet::Running {
            head: "Andina Móvil · Nota crédito NC-1182".into(), ..running("")
        },
        ..household::one_line()
    }
}

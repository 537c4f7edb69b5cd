//! Bills of private customers.

use bill_render::pdf::sheet::{
    Bar, Day, Fact, Fiscal, Headline, History, Lines, Party, Payment, Qr, Rank, Sheet, Summary,
};

use super::{charge, cufe, fact, issuer, line, meter, row, running, strings};

pub(super) fn bars(amounts: &[(&str, &str, i64)]) -> Vec<Bar> {
    let last = amounts.len() - 1;
    let bar = |(index, &(label, amount, value)): (usize, &(&str, &str, i64))| Bar {
        label: label.into(),
        amount: amount.into(),
        value,
        current: index == last,
    };
    amounts.iter().enumerate().map(bar).collect()
}

pub(super) fn fiscal(number: &str) -> Fiscal {
    Fiscal {
        heading: "Información fiscal".into(),
        facts: vec![
            fact("CUFE", &cufe()),
            fact(
                "Autorización DIAN",
                "N.º 18764012345678 del 2 de enero de 2026, del FE-1 al FE-900000, vigencia 24 meses",
            ),
            fact("Validación", "1 de marzo de 2026, 06:12:45 (UTC−5)"),
        ],
        legends: strings(&[
            "Somos grandes contribuyentes y autorretenedores. Esta factura de venta se asimila en sus efectos a una letra de \
             cambio (artículo 774 del Código de Comercio).",
        ]),
        qr: Some(Qr {
            payload: format!(
                "NumFac={number}\nFecFac=2026-03-01\nNitFac=900123456\nDocAdq=52123456\nValFac=69243.70\n\
                 ValIva=13156.30\nValTolFac=82400.00\nCUFE={}\nhttps://catalogo-vpfe.example/document/searchqr?documentkey={}",
                cufe(),
                cufe()
            ),
            alt: "Código QR para consultar esta factura en la DIAN".into(),
            min_side_mm: 30.0,
        }),
    }
}

pub(super) fn facts(number: &str, contract: &str, customer: &str) -> Vec<Fact> {
    vec![
        fact("Número", number),
        fact("Fecha", "1 de marzo de 2026"),
        fact("Periodo", "1 al 28 de febrero de 2026"),
        fact("Contrato", contract),
        fact("Cliente", customer),
    ]
}

pub(super) fn payment(amount: &str, reference: &str) -> Payment {
    Payment {
        heading: "Pague su factura".into(),
        facts: vec![
            fact("Total a pagar", amount),
            fact("Referencia", reference),
            fact("Pague hasta", "15 de marzo de 2026"),
            fact("Convenio", "23456"),
        ],
        instructions: strings(&[
            "En línea: www.andinamovil.example/pagos o en la aplicación Andina.",
            "En efectivo: corresponsales y puntos de pago con la referencia de esta factura.",
            "Con su banco: escanee el código o busque el convenio.",
        ]),
        qr: Some(Qr {
            payload: format!("https://pagos.andinamovil.example/f/{reference}?v=82400"),
            alt: "Código QR para pagar esta factura desde la aplicación de su banco".into(),
            min_side_mm: 24.0,
        }),
    }
}

pub(super) fn one_line() -> Sheet {
    Sheet {
        language: "es-CO".into(),
        title: "Factura de venta FE-204518 de Andina Móvil".into(),
        created: Some(Day { year: 2026, month: 3, day: 1 }),
        issuer: issuer(),
        addressee: Party {
            name: "María Fernanda Ñuscué Pardo".into(),
            lines: strings(&["C. C. 52.123.456", "Calle 45 # 13-27, apto. 502", "Popayán, Cauca"]),
        },
        kind: "Factura de venta".into(),
        facts: facts("FE-204518", "1 0045 7781", "77 812 045"),
        headline: Headline {
            label: "Total a pagar".into(),
            amount: "$\u{a0}82.400,00".into(),
            due: "Pague hasta el 15 de marzo de 2026".into(),
            note: Some("Débito automático: no está activo. Actívelo y olvídese de las fechas.".into()),
        },
        history: Some(History {
            heading: "Sus últimas facturas".into(),
            bars: bars(&[
                ("oct", "$\u{a0}64.900", 64_900),
                ("nov", "$\u{a0}64.900", 64_900),
                ("dic", "$\u{a0}71.300", 71_300),
                ("ene", "$\u{a0}64.900", 64_900),
                ("feb", "$\u{a0}82.400", 82_400),
            ]),
            change: Some(
                "Paga $\u{a0}17.500 más que en enero: compró un paquete de roaming por $\u{a0}17.500 el 12 de febrero."
                    .into(),
            ),
        }),
        summary: Summary {
            heading: "Resumen".into(),
            rows: vec![
                row("Plan mensual", "$\u{a0}54.537,82", Rank::Item),
                row("Compras y paquetes", "$\u{a0}14.705,88", Rank::Item),
                row("Subtotal", "$\u{a0}69.243,70", Rank::Subtotal),
                row("IVA 19\u{a0}%", "$\u{a0}13.156,30", Rank::Item),
                row("Total a pagar", "$\u{a0}82.400,00", Rank::Total),
            ],
        },
        lines: Some(Lines {
            heading: "Su línea".into(),
            columns: Default::default(),
            lines: vec![line(
                "310 555 0142",
                "Conecta 40 GB",
                vec![
                    charge("Plan Conecta 40 GB", "1 al 28 de febrero", "$\u{a0}54.537,82"),
                    charge("Paquete roaming América, 3 GB", "12 de febrero, vigente 7 días", "$\u{a0}14.705,88"),
                ],
                vec![
                    meter("Datos", "32,4 GB", "de 40 GB", 32_400, Some(40_000)),
                    meter("Roaming", "3,0 GB", "de 3 GB", 3_000, Some(3_000)),
                    meter("Voz", "212 min", "ilimitados", 212, None),
                ],
                "$\u{a0}69.243,70",
            )],
        }),
        payment: Some(payment("$\u{a0}82.400,00", "1004577810326")),
        fiscal: Some(fiscal("FE-204518")),
        running: running("FE-204518"),
        ..Sheet::default()
    }
}

//! A bill of four lines on three pages.

use bill_render::pdf::sheet::{
    Align, AppBar, Apps, Headline, History, Line, Lines, Notes, Party, Rank, Sheet, Summary, Table,
};

use super::{charge, household, line, meter, row, running, strings, table};

fn lines() -> Vec<Line> {
    let people = ["Ana Lucía Quispe", "José Ignacio", "Ỹvy Marang\u{303}atu", "Abuela Rosa"];
    people
        .iter()
        .enumerate()
        .map(|(index, person)| {
            line(
                &format!("31{index} 555 01{index}7"),
                &format!("{person} · Familia 60 GB"),
                vec![
                    charge("Plan Familia 60 GB", "1 al 28 de febrero", "$\u{a0}45.000,00"),
                    charge(
                        "Llamadas a larga distancia internacional",
                        "2 llamadas, 5 min a $\u{a0}590",
                        "$\u{a0}2.950,00",
                    ),
                    charge("Descuento por cuatro líneas", "−20\u{a0}% del plan", "−$\u{a0}9.000,00"),
                ],
                vec![
                    meter("Datos", "71,2 GB", "de 60 GB", 71_200, Some(60_000)),
                    meter("Voz", "412 min", "de 1.000 min", 412, Some(1000)),
                    meter("SMS", "3", "de 100", 3, Some(100)),
                ],
                "$\u{a0}38.950,00",
            )
        })
        .collect()
}

fn purchases() -> Table {
    let days: Vec<String> = (1..=24).map(|day| format!("{day} de febrero de 2026")).collect();
    let purchases: Vec<[&str; 4]> = days
        .iter()
        .map(|day| {
            [day.as_str(), "311 555 0117", "Suscripción diaria Juegos Plus, de un proveedor tercero", "$\u{a0}1.190,00"]
        })
        .collect();
    let purchases: Vec<&[&str]> = purchases.iter().map(<[&str; 4]>::as_slice).collect();
    table(
        "Compras del periodo",
        &[("Fecha", Align::Left), ("Línea", Align::Left), ("Compra", Align::Left), ("Valor", Align::Right)],
        &purchases,
        Some(&["Total", "", "", "$\u{a0}28.560,00"]),
    )
}

fn notes() -> Notes {
    Notes {
        heading: "Sus derechos".into(),
        paragraphs: strings(&[
            "Puede presentar peticiones, quejas y recursos en cualquiera de nuestros canales; le respondemos en 15 días \
             hábiles. Reclame el valor facturado antes de la fecha de pago y pague solo lo que no está en reclamo. Si no \
             está de acuerdo con la respuesta, la Superintendencia de Industria y Comercio decide su apelación.",
        ]),
    }
}

pub(super) fn sheet() -> Sheet {
    Sheet {
        title: "Factura de venta FE-204777 de Andina Móvil".into(),
        addressee: Party {
            name: "Ana Lucía Quispe Mamani de Rodríguez-Villavicencio".into(),
            lines: strings(&["C. C. 1.061.234.567", "Vereda El Rosal, kilómetro 4 vía a Silvia, finca La Esperanza", "Silvia, Cauca"]),
        },
        facts: household::facts("FE-204777", "1 0045 7910", "77 813 377"),
        headline: Headline {
            label: "Total a pagar".into(),
            amount: "$\u{a0}213.310,00".into(),
            due: "Pague hasta el 15 de marzo de 2026".into(),
            note: Some("Débito automático: lo cobramos el 15 de marzo de su cuenta terminada en 4471.".into()),
        },
        history: Some(History {
            heading: "Sus últimas facturas".into(),
            bars: household::bars(&[
                ("sep", "$\u{a0}171.000", 171_000),
                ("oct", "$\u{a0}171.000", 171_000),
                ("nov", "$\u{a0}176.200", 176_200),
                ("dic", "$\u{a0}188.450", 188_450),
                ("ene", "$\u{a0}174.900", 174_900),
                ("feb", "$\u{a0}213.310", 213_310),
            ]),
            change: Some(
                "Paga $\u{a0}38.410 más que en enero, sobre todo por 24 compras de «Juegos Plus» en la línea 311 555 0117.".into(),
            ),
        }),
        summary: Summary {
            heading: "Resumen".into(),
            rows: vec![
                row("Planes, 4 líneas", "$\u{a0}144.000,00", Rank::Item),
                row("Llamadas internacionales", "$\u{a0}11.800,00", Rank::Item),
                row("Compras de terceros", "$\u{a0}28.560,00", Rank::Item),
                row("Correcciones y créditos", "−$\u{a0}6.050,00", Rank::Item),
                row("Subtotal", "$\u{a0}178.310,00", Rank::Subtotal),
                row("Impuestos", "$\u{a0}35.000,00", Rank::Item),
                row("Total a pagar", "$\u{a0}213.310,00", Rank::Total),
            ],
        },
        lines: Some(Lines { heading: "Sus líneas".into(), columns: Default::default(), lines: lines() }),
        apps: Some(Apps {
            heading: "Datos por aplicación".into(),
            bars: [("YouTube", "98,1 GB", 98_100), ("TikTok", "71,9 GB", 71_900), ("WhatsApp", "33,0 GB", 33_000),
                   ("Navegación", "21,4 GB", 21_400), ("Otras", "9,8 GB", 9_800)]
                .map(|(label, text, value)| AppBar { label: label.into(), text: text.into(), value })
                .into(),
        }),
        tables: vec![
            purchases(),
            table(
                "Correcciones y créditos",
                &[("Concepto", Align::Left), ("Periodo", Align::Left), ("Valor", Align::Right)],
                &[
                    &["Llamadas facturadas dos veces", "enero de 2026", "−$\u{a0}3.900,00"],
                    &["Compensación por interrupción del servicio de 9 horas, Resolución CRC 5050", "diciembre de 2025", "−$\u{a0}2.150,00"],
                ],
                Some(&["Total", "", "−$\u{a0}6.050,00"]),
            ),
            table(
                "Impuestos",
                &[("Impuesto", Align::Left), ("Tarifa", Align::Right), ("Base", Align::Right), ("Valor", Align::Right)],
                &[
                    &["IVA", "19\u{a0}%", "$\u{a0}178.310,00", "$\u{a0}33.878,90"],
                    &["Impuesto al consumo", "4\u{a0}%", "$\u{a0}28.027,50", "$\u{a0}1.121,10"],
                ],
                None,
            ),
        ],
        notes: Some(notes()),
        payment: Some(household::payment("$\u{a0}213.310,00", "1004577910326")),
        fiscal: Some(household::fiscal("FE-204777")),
        running: running("FE-204777"),
        ..household::one_line()
    }
}

//! Bills of companies.

use bill_render::pdf::sheet::{Align, Headline, Lines, Party, Payment, Rank, Sheet, Summary};

use super::{charge, fact, family, household, line, meter, row, running, strings, table};

pub(super) fn of(count: u64) -> Sheet {
    let areas = ["Ventas Caribe", "Logística", "Mantenimiento Norte", "Dirección", "Campo 7 – Telemetría"];
    let lines = (0..count).zip(areas.iter().cycle()).map(|(index, area)| {
        let mut charges = vec![charge("Empresas 25 GB", "1 al 28 de febrero", "$\u{a0}48.500,00")];
        if index % 3 == 0 {
            charges.push(charge("Roaming Brasil", "4 días", "$\u{a0}36.000,00"));
        }
        if index % 5 == 0 {
            charges.push(charge("Datos adicionales", "2,1 GB a $\u{a0}4.000", "$\u{a0}8.400,00"));
        }
        let used = 3_000 + index * 7_919 % 27_000;
        let total = 48_500 + if index % 3 == 0 { 36_000 } else { 0 } + if index % 5 == 0 { 8_400 } else { 0 };
        line(
            &format!("320 555 {:04}", index * 37 % 10_000),
            area,
            charges,
            vec![
                meter("Datos", &format!("{},{} GB", used / 1000, used % 1000 / 100), "de 25 GB", used, Some(25_000)),
                meter("Voz", &format!("{} min", index * 31 % 900), "ilimitada", 1, None),
            ],
            &format!("$\u{a0}{}.{:03},00", total / 1000, total % 1000),
        )
    });
    Sheet {
        title: "Factura de venta FE-310042 de Andina Móvil".into(),
        addressee: Party {
            name: "Cooperativa Agroindustrial del Magdalena Medio Ltda.".into(),
            lines: strings(&["NIT 860.987.654-3", "Avenida Boyacá # 64-20, bodega 14", "Barrancabermeja, Santander"]),
        },
        facts: household::facts("FE-310042", "2 0001 0093", "90 000 117"),
        history: None,
        banner: Some("Documento aún no válido como factura: la validación de la DIAN está en curso.".into()),
        headline: Headline {
            label: "Total a pagar".into(),
            amount: "$\u{a0}3.362.926,51".into(),
            due: "Pague hasta el 30 de marzo de 2026".into(),
            note: Some("Plazo de su contrato: 30 días.".into()),
        },
        summary: Summary {
            heading: "Resumen".into(),
            rows: vec![
                row("Planes, 43 líneas", "$\u{a0}2.085.500,00", Rank::Item),
                row("Roaming", "$\u{a0}540.000,00", Rank::Item),
                row("Datos adicionales", "$\u{a0}75.600,00", Rank::Item),
                row("Servicios del contrato", "$\u{a0}180.000,00", Rank::Item),
                row("Ajustes de cobros anteriores", "−$\u{a0}55.111,34", Rank::Item),
                row("Subtotal", "$\u{a0}2.825.988,66", Rank::Subtotal),
                row("IVA 19\u{a0}%", "$\u{a0}536.937,85", Rank::Item),
                row("Crédito usado", "$\u{a0}0,00", Rank::Item),
                row("Total a pagar", "$\u{a0}3.362.926,51", Rank::Total),
            ],
        },
        lines: Some(Lines {
            heading: "Detalle por línea".into(),
            columns: ["Línea", "Cargos", "Consumo", "Total"].map(String::from),
            lines: lines.collect(),
        }),
        tables: vec![table(
            "Servicios del contrato",
            &[("Servicio", Align::Left), ("Cantidad", Align::Right), ("Tarifa", Align::Right), ("Valor", Align::Right)],
            &[
                &["Soporte empresarial 7×24", "1", "$\u{a0}120.000,00", "$\u{a0}120.000,00"],
                &["IP fija", "4", "$\u{a0}15.000,00", "$\u{a0}60.000,00"],
            ],
            None,
        )],
        apps: None,
        payment: Some(Payment {
            heading: "Pague su factura".into(),
            facts: vec![
                fact("Total a pagar", "$\u{a0}3.362.926,51"),
                fact("Referencia", "8609876540326"),
                fact("Pague hasta", "30 de marzo de 2026"),
            ],
            instructions: strings(&[
                "Transferencia a la cuenta corriente 001-234567-89 a nombre de Andina Móvil S. A. S.",
                "Envíe el soporte a recaudo@andinamovil.example.",
            ]),
            qr: None,
        }),
        running: running("FE-310042"),
        ..family::sheet()
    }
}

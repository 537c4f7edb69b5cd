//! Sites and documents of the demo customers.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use shared::domain::country::Country;
use shared::domain::document::Document;
use shared::error::Error;
use shared::files::ObjectKey;

use super::nation::Nation;
use super::{DemoFile, digits, document, media, record};

/// The sites: two of one customer, one of the other.
pub fn sites(country: &Country) -> Vec<Value> {
    let site = |id: &str, code: &str, name: &str, extensions: &[(&str, &str, bool)]| {
        let extensions = extensions.iter().map(
            |(number, name, recorded)| json!({"number": digits(country, number), "name": name, "recorded": recorded}),
        );
        json!({
            "type": "site", "id": id, "customer": code, "document": document(country, code), "name": name,
            "extensions": extensions.collect::<Vec<_>>(),
        })
    };
    vec![
        site(
            "S-01",
            "1001",
            "Sede Norte",
            &[("6015550101", "Recepción", true), ("6015550103", "Sala de juntas", false)],
        ),
        site("S-02", "1001", "Sede Centro", &[("6015550102", "Servicio al cliente", true)]),
        site("S-01", "1002", "Sede Principal", &[("6055550201", "Ventas", true)]),
    ]
}

/// Name, customer, segment, days ago, title with a place for what a change is called.
const DOCUMENTS: &[(&str, &str, &str, i64, &str)] = &[
    ("contract-500101", "1001", "CORPORATE", 700, "Contrato de servicios 500101"),
    ("amendment-500101-2", "1001", "CORPORATE", 90, "{} 2 al contrato 500101"),
    ("terms-1001", "1001", "MASIVE", 365, "Condiciones generales"),
    ("contract-500201", "1002", "CORPORATE", 400, "Contrato de servicios 500201"),
];

/// The documents and their PDFs.
pub fn documents(country: &Country, now: DateTime<Utc>) -> Result<(Vec<Value>, Vec<DemoFile>), Error> {
    let nation = Nation::of(country);
    let (mut records, mut files) = (Vec::new(), Vec::new());
    for (name, code, segment, days, title) in DOCUMENTS {
        let created = now - Duration::days(*days);
        let stored: Document = serde_json::from_value(json!({
            "name": name, "customer": code, "document": document(country, code), "segment": segment, "created": created,
        }))
        .map_err(|error| Error::internal(error.to_string()))?;
        let signed = created.with_timezone(&country.zone()).format("%Y-%m-%d");
        let lines = [
            format!("Cliente: {}", nation.customer(code).name),
            format!("Documento: {} {}", stored.document.kind, stored.document.number),
            format!("Fecha: {signed}"),
            "Documento de demostración. Todos los datos son inventados.".to_owned(),
        ];
        let content = media::pdf(&title.replace("{}", nation.amendment), &lines);
        let key = ObjectKey::document(country, &stored)?;
        files.push(DemoFile { key, content_type: "application/pdf", content });
        records.push(record("document", &stored)?);
    }
    Ok((records, files))
}

//! Sites and documents of the demo customers.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use shared::domain::country::Country;
use shared::domain::document::Document;
use shared::error::Error;
use shared::files::ObjectKey;

use super::{DemoFile, customer, media, record};

/// The sites: two of one customer, one of the other.
pub fn sites(country: &Country) -> Vec<Value> {
    let site = |id: &str, code: &str, name: &str, extensions: &[(u64, &str, bool)]| {
        let extensions = extensions
            .iter()
            .map(|(number, name, recorded)| json!({"number": number, "name": name, "recorded": recorded}));
        json!({
            "type": "site", "id": id, "customer": code, "document": customer(country, code).0, "name": name,
            "extensions": extensions.collect::<Vec<_>>(),
        })
    };
    vec![
        site(
            "S-01",
            "1001",
            "Sede Norte",
            &[(6_015_550_101, "Recepcion", true), (6_015_550_103, "Sala de juntas", false)],
        ),
        site("S-02", "1001", "Sede Centro", &[(6_015_550_102, "Servicio al cliente", true)]),
        site("S-01", "1002", "Sede Principal", &[(6_055_550_201, "Ventas", true)]),
    ]
}

/// Name, customer, segment, days ago, title.
const DOCUMENTS: &[(&str, &str, &str, i64, &str)] = &[
    ("contract-500101", "1001", "CORPORATE", 700, "Contrato de servicios 500101"),
    ("amendment-500101-2", "1001", "CORPORATE", 90, "Otrosi 2 al contrato 500101"),
    ("terms-1001", "1001", "MASIVE", 365, "Condiciones generales"),
    ("contract-500201", "1002", "CORPORATE", 400, "Contrato de servicios 500201"),
];

/// The documents and their PDFs.
pub fn documents(country: &Country, now: DateTime<Utc>) -> Result<(Vec<Value>, Vec<DemoFile>), Error> {
    let (mut records, mut files) = (Vec::new(), Vec::new());
    for (name, code, segment, days, title) in DOCUMENTS {
        let (identity, customer) = customer(country, code);
        let created = now - Duration::days(*days);
        let document: Document = serde_json::from_value(json!({
            "name": name, "customer": code, "document": identity, "segment": segment, "created": created,
        }))
        .map_err(|error| Error::internal(error.to_string()))?;
        let signed = created.with_timezone(&country.zone()).format("%Y-%m-%d");
        let lines = [
            format!("Cliente: {customer}"),
            format!("Documento: {} {}", document.document.kind, document.document.number),
            format!("Fecha: {signed}"),
            "Documento de demostracion. Todos los datos son inventados.".to_owned(),
        ];
        let content = media::pdf(title, &lines);
        let key = ObjectKey::document(country, &document)?;
        files.push(DemoFile { key, content_type: "application/pdf", content });
        records.push(record("document", &document)?);
    }
    Ok((records, files))
}

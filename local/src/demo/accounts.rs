//! Companies: their accounts, profiles with lines and services, and the catalogue of services.

use chrono::NaiveDate;
use serde_json::{Value, json};
use shared::domain::country::Country;

use super::nation::Nation;
use super::{document, local, money, number};

/// A service of the catalogue.
struct Sold {
    partnum: &'static str,
    id: u64,
    /// Type and subtype.
    kinds: [&'static str; 2],
    /// Category and description.
    texts: [&'static str; 2],
    /// Price in the country's usual steps.
    steps: i64,
    poid_type: &'static str,
}

const fn sold(
    partnum: &'static str,
    id: u64,
    kinds: [&'static str; 2],
    texts: [&'static str; 2],
    steps: i64,
    poid_type: &'static str,
) -> Sold {
    Sold { partnum, id, kinds, texts, steps, poid_type }
}

/// Services of every type; the last five are on no profile.
const SERVICES: &[Sold] = &[
    sold("PN-VOZ-01", 9001, ["VOZ", "ILIMITADO"], ["Voz", "Minutos ilimitados"], 20, "/service/voice"),
    sold("PN-VOZ-02", 9002, ["VOZ", "BOLSA"], ["Voz", "Bolsa de 500 minutos"], 12, "/service/voice"),
    sold("PN-SMS-01", 9021, ["SMS", "BOLSA"], ["Mensajes", "Bolsa de 1000 mensajes"], 5, "/service/sms"),
    sold("PN-DATOS-02", 9012, ["DATOS", "PLAN"], ["Datos", "Plan de datos 30 GB"], 45, "/service/data"),
    sold("PN-ROAM-01", 9031, ["ROAMING", "DIA"], ["Roaming", "Roaming por días"], 25, "/service/roaming"),
    sold("PN-LDI-01", 9041, ["LDI", "BOLSA"], ["Larga distancia", "Larga distancia 100 minutos"], 10, "/service/ldi"),
    sold("PN-CUG-01", 9051, ["CUG", "GRUPO"], ["Grupo cerrado", "Grupo cerrado de usuarios"], 3, "/service/cug"),
    sold("PN-DATOS-01", 9011, ["DATOS", "BOLSA"], ["Datos", "Bolsa de datos 10 GB"], 20, "/service/data"),
    sold("PN-DATOS-03", 9013, ["DATOS", "COMPARTIDO"], ["Datos", "Datos compartidos 100 GB"], 90, "/service/data"),
    sold("PN-VAS-01", 9061, ["VAS", "SEGURIDAD"], ["Valor agregado", "Antivirus móvil"], 4, "/service/vas"),
    sold("PN-VAS-02", 9062, ["VAS", "NUBE"], ["Valor agregado", "Almacenamiento 50 GB"], 6, "/service/vas"),
    sold("PN-SMS-02", 9022, ["SMS", "ILIMITADO"], ["Mensajes", "Mensajes ilimitados"], 8, "/service/sms"),
];

/// Lines of the branches' profile.
const BRANCH_LINES: u32 = 40;

/// Phone numbers of the branches.
pub fn branch_numbers() -> impl Iterator<Item = String> {
    (1..=BRANCH_LINES).map(|at| format!("300200{at:04}"))
}

/// The companies' records; their services are charged since `begin`.
pub fn records(country: &Country, begin: NaiveDate) -> Vec<Value> {
    let mut records = accounts(country);
    records.extend(sales(country));
    records.extend(branches(country));
    records.push(reserve(country));
    records.extend(others(country));
    let services = records.iter_mut().filter_map(|record| record.get_mut("services")?.as_array_mut()).flatten();
    services.filter(|service| service["status"] != "I").for_each(|service| service["since"] = json!(begin));
    records
}

/// The catalogue of services.
pub fn services(country: &Country) -> Vec<Value> {
    SERVICES.iter().map(|sold| catalogue_service(country, sold)).collect()
}

fn catalogue_service(country: &Country, sold: &Sold) -> Value {
    let mut service = common(country, sold);
    service["type"] = json!("service");
    service["poid_type"] = json!(sold.poid_type);
    service
}

/// Fields common to a catalogue service and a profile's service.
fn common(country: &Country, sold: &Sold) -> Value {
    let ([kind, subtype], [category, description]) = (sold.kinds, sold.texts);
    let price = money(country, sold.steps);
    let mut tax_price = price.clone();
    let minor = price["minor"].as_i64().unwrap_or_default();
    tax_price["minor"] = json!(minor + (minor * i64::from(country.tax_percent) + 50) / 100);
    json!({
        "partnum": sold.partnum, "id": sold.id, "kind": kind, "subtype": subtype, "category": category,
        "description": description, "price": price, "tax_price": tax_price,
    })
}

/// A service on a profile.
fn service(country: &Country, id: u64, partnum: &str, status: &str) -> Value {
    let sold = SERVICES.iter().find(|sold| sold.partnum == partnum);
    let mut service = sold.map_or(Value::Null, |sold| common(country, sold));
    service["service"] = service["id"].take();
    service["id"] = json!(id);
    service["status"] = json!(status);
    service
}

fn contract(country: &Country, id: &str, rank: &str, steps: i64) -> Value {
    json!({
        "id": id, "start": "2024-01-01", "end": "2027-12-31", "available_benefit": money(country, steps * 7 / 20),
        "rank": {
            "id": rank, "minimum": money(country, steps), "maximum": money(country, steps * 5),
            "registered_benefit": money(country, steps / 2),
        },
    })
}

fn accounts(country: &Country) -> Vec<Value> {
    let nation = Nation::of(country);
    let main = json!({
        "type": "account", "id": "100101", "customer": "1001", "document": document(country, "1001"),
        "name": format!("{} Principal", nation.trade), "billing_account": "BA-100101", "consultant": "Luis Ejemplo",
        "contact": "Ana Muestra", "phone": local(country, "6015550100"), "email": "ana@example.com",
        "msisdn": number(country, "3001234567"), "imsi": nation.imsi("101234567890"), "cycle": 15,
        "contracts": [contract(country, "500101", "R-2", 1_000), contract(country, "500102", "R-1", 400)],
    });
    let below = json!({
        "type": "account", "id": "100102", "customer": "1001", "document": document(country, "1001"),
        "name": format!("{} Norte", nation.trade), "billing_account": "BA-100102", "consultant": "Luis Ejemplo",
        "contact": "Iván Prueba", "phone": local(country, "6015550101"), "email": "ivan@example.com", "cycle": 1,
        "parent": {"id": "100101", "name": main["name"]},
        "contracts": [contract(country, "500103", "R-1", 300)],
    });
    vec![main, below]
}

fn profile(country: &Country, id: &str, account: &str, contract: &str, name: &str, description: &str) -> Value {
    json!({
        "id": id, "customer": "1001", "account": account, "contract": contract, "document_number": Nation::of(country).customer("1001").tax_number,
        "name": name, "description": description, "billing_account": format!("BA-{id}"),
        "parent_billing_account": format!("BA-{account}"), "cycle": 15, "status": "P",
    })
}

fn line(country: &Country, profile: &str, id: u32, local: &str, status: &str) -> Value {
    json!({"type": "profile_line", "profile": profile, "line": {
        "id": id.to_string(), "msisdn": number(country, local), "poid": format!("0.0.0.1 /service/mobile {id}"),
        "kind": "MOVIL", "status": status,
    }})
}

/// Three lines and four services, all active.
fn sales(country: &Country) -> Vec<Value> {
    let mut sales = profile(country, "10010101", "100101", "500101", "Comercial", "Líneas del equipo comercial");
    sales["msisdn"] = json!(number(country, "3001234567"));
    sales["parent_msisdn"] = sales["msisdn"].clone();
    sales["imsi"] = json!(Nation::of(country).imsi("101234567890"));
    let services = [
        service(country, 600_101, "PN-VOZ-01", "P"),
        service(country, 600_102, "PN-SMS-01", "P"),
        service(country, 600_103, "PN-DATOS-02", "P"),
        service(country, 600_104, "PN-LDI-01", "P"),
    ];
    let lines = ["3001234567", "3001234568", "3001234569"];
    let lines = (700_001..).zip(lines).map(|(id, local)| line(country, "10010101", id, local, "P"));
    std::iter::once(json!({"type": "profile", "profile": sales, "services": services})).chain(lines).collect()
}

/// Forty lines; one service requested, one marked for removal.
fn branches(country: &Country) -> Vec<Value> {
    let mut branches = profile(country, "10010102", "100101", "500102", "Sucursales", "Líneas de las sucursales");
    branches["msisdn"] = json!(number(country, "3002000001"));
    branches["parent_msisdn"] = json!(number(country, "3001234567"));
    branches["imsi"] = json!(Nation::of(country).imsi("102000000001"));
    let services = [
        service(country, 600_201, "PN-VOZ-02", "P"),
        service(country, 600_202, "PN-CUG-01", "P"),
        service(country, 600_203, "PN-ROAM-01", "I"),
        service(country, 600_204, "PN-SMS-01", "D"),
    ];
    let status = |at: u32| match at {
        39 => "I",
        40 => "D",
        _ => "P",
    };
    let line = |(at, local): (u32, String)| line(country, "10010102", 700_100 + at, &local, status(at));
    let lines = (1..).zip(branch_numbers()).map(line);
    std::iter::once(json!({"type": "profile", "profile": branches, "services": services})).chain(lines).collect()
}

/// Without lines.
fn reserve(country: &Country) -> Value {
    let mut reserve = profile(country, "10010103", "100102", "500103", "Reserva", "Líneas por asignar");
    reserve["cycle"] = json!(1);
    let services = [service(country, 600_301, "PN-VOZ-02", "P")];
    json!({"type": "profile", "profile": reserve, "services": services})
}

/// The other customer.
fn others(country: &Country) -> Vec<Value> {
    let account = json!({
        "type": "account", "id": "100201", "customer": "1002", "document": document(country, "1002"),
        "name": "Talleres del Sur", "billing_account": "BA-100201", "consultant": "Eva Ejemplo",
        "contact": "Raúl Muestra", "phone": local(country, "6015550200"), "email": "raul@example.com",
        "msisdn": number(country, "3009876543"), "imsi": Nation::of(country).imsi("109876543210"), "cycle": 15,
        "contracts": [contract(country, "500201", "R-1", 200)],
    });
    let mut profile = profile(country, "10020101", "100201", "500201", "Taller", "Todas las líneas");
    profile["customer"] = json!("1002");
    profile["document_number"] = account["document"]["number"].clone();
    profile["msisdn"] = json!(number(country, "3009876543"));
    profile["parent_msisdn"] = profile["msisdn"].clone();
    profile["imsi"] = account["imsi"].clone();
    let services = [service(country, 600_901, "PN-VOZ-01", "P"), service(country, 600_902, "PN-DATOS-02", "P")];
    let profile = json!({"type": "profile", "profile": profile, "services": services});
    vec![account, profile, line(country, "10020101", 700_901, "3009876543", "P")]
}

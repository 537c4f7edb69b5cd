use super::super::issuer::tests::issuer;
use super::*;
use crate::domain::billing::tax::TaxTotal;
use crate::domain::fiscal::colombia::Secret;
use crate::domain::ids::SeriesId;

const KEY: &str = "693ff6f2a553c3646a063436fd4dd9ded0311471";
const CAI: &str = "A1B2C3-D4E5F6-A1B2C3-D4E5F6-A1B2C3-D4";

fn document(kind: DocumentKind) -> Document {
    let sign = if kind == DocumentKind::CreditNote { -1 } else { 1 };
    let tax = |name: &str, percent: &str, base: i64, amount: i64| TaxTotal {
        name: name.to_owned(),
        percent: percent.to_owned(),
        base: base * sign,
        amount: amount * sign,
    };
    let taxes = vec![tax("IVA", "19", 4_000_000, 760_000), tax("INC", "4", 1_000_000, 40_000)];
    let (net, tax, total) = (4_000_000 * sign, 800_000 * sign, 4_800_000 * sign);
    Document { kind, corrects: None, lines: Vec::new(), taxes, net, tax, rounding: 0, total }
}

fn customer(identities: &[(&str, &str)]) -> Customer {
    let identity = |(kind, number): &(&str, &str)| Identity::plain(*kind, *number);
    Customer {
        code: "1001".parse().unwrap(),
        identities: identities.iter().map(identity).collect(),
        name: "Ana Prueba".to_owned(),
        address: "Calle 1".to_owned(),
    }
}

fn keys() -> FiscalKeys {
    let text = format!(
        r#"{{"technical_keys":{{"FE":"{KEY}"}},"pin":"12345","control_codes":{{"2026-03-01":"A19E23EF34124CD"}}}}"#
    );
    FiscalKeys::parse(&text).unwrap()
}

/// What becomes of a document in a country under a number.
fn declared_as(
    code: &str,
    number: &str,
    kind: DocumentKind,
    change: impl Fn(&mut Issuer),
) -> Result<Declared, Invalid> {
    let country = Country::by_code(code).unwrap();
    let mut issuer = issuer(country);
    change(&mut issuer);
    let given = Given {
        number: number.parse().unwrap(),
        kind,
        series: "FE".parse::<SeriesId>().unwrap(),
        authorization: Some(if code == "py" { "12345678" } else { CAI }.to_owned()),
    };
    let declaration = Declaration {
        country,
        issuer: &issuer,
        catalogue: 7,
        keys: &keys(),
        customer: &customer(&[("CC", "1020304050")]),
        document: &document(kind),
        given: &given,
        at: "2026-03-01T15:04:05Z".parse().unwrap(),
        random: *b"nobody can guess",
    };
    declaration.declared()
}

fn declared(code: &str, number: &str) -> Declared {
    declared_as(code, number, DocumentKind::Invoice, |_| {}).unwrap()
}

fn qr(code: &str, declared: &Declared) -> Option<String> {
    let country = Country::by_code(code).unwrap();
    declared.qr(country, &issuer(country), &document(DocumentKind::Invoice), "2026-03-01T15:04:05Z".parse().unwrap())
}

#[test]
fn a_colombian_bill_has_the_cufe_of_its_amounts() {
    let invoice = declared("co", "SETP-990000009");
    let code = invoice.code.as_deref().unwrap();
    let expected = colombia::Document {
        number: "SETP990000009",
        at: "2026-03-01T10:04:05-05:00".parse().unwrap(),
        net: 4_000_000,
        iva: 760_000,
        inc: 40_000,
        ica: 0,
        total: 4_800_000,
        issuer: "900123456",
        buyer: "1020304050",
        environment: colombia::Environment::Test,
        code_name: "CUFE",
    };
    assert_eq!(code, expected.code(&Secret::technical_key(KEY).unwrap()));
    assert_eq!((invoice.number.as_str(), invoice.catalogue), ("SETP990000009", 7));
    let text = qr("co", &invoice).unwrap();
    assert_eq!(text, expected.qr(code, "https://example.com/consulta"));
    let note = declared_as("co", "NC-1", DocumentKind::CreditNote, |_| {}).unwrap();
    let of_note = colombia::Document { number: "NC1", ..expected };
    assert_eq!(note.code.unwrap(), of_note.code(&Secret::pin("12345").unwrap()));
}

#[test]
fn a_salvadoran_bill_has_a_control_number_and_a_generation_code() {
    let invoice = declared("sv", "F26-000000000000042");
    assert_eq!(invoice.number, "DTE-01-M001P001-000000000000042");
    let code = invoice.code.clone().unwrap();
    assert_eq!((code.len(), &code[14..15]), (36, "4"));
    assert!(qr("sv", &invoice).unwrap().ends_with("&fechaEmi=2026-03-01"));
    assert_eq!(declared("sv", "F26-000000000000042"), invoice, "made again it is the same");
    let note = declared_as("sv", "N26-1", DocumentKind::CreditNote, |_| {}).unwrap();
    assert!(note.number.starts_with("DTE-05-"));
}

#[test]
fn the_other_countries_have_their_codes() {
    let honduras = declared("hn", "000-001-01-00000009");
    assert_eq!((honduras.number.as_str(), &honduras.code), ("000-001-01-00000009", &None));
    let bolivia = declared("bo", "F-9");
    assert!(bolivia.code.as_deref().unwrap().ends_with("A19E23EF34124CD"));
    assert!(qr("bo", &bolivia).unwrap().contains(&format!("cuf={}", bolivia.code.as_deref().unwrap())));
    let paraguay = declared("py", "001-001-0000009");
    assert_eq!((qr("py", &paraguay), qr("hn", &honduras)), (None, None));
    let cdc = paraguay.code.unwrap();
    assert_eq!((cdc.len(), &cdc[..25]), (44, "0180069563100100100000092"));
    assert_eq!(paraguay::check_digit(&cdc[..43]), cdc[43..].parse().ok());
    assert_eq!(declared("gt", "F-9").code, None);
}

#[test]
fn what_an_office_would_refuse_is_found_before() {
    let country = |code: &str| Country::by_code(code).unwrap();
    let refused =
        |code: &str, number: &str| declared_as(code, number, DocumentKind::Invoice, |_| {}).unwrap_err().to_string();
    assert!(refused("hn", "F-9").contains("000-001-01-00000001"));
    assert!(refused("py", "001-001-99999999").contains("001-001-0000001"));
    assert!(
        refused("hn", "000-002-01-00000009").contains("point") && refused("hn", "000-001-06-00000009").contains("kind")
    );
    let no_place = declared_as("sv", "F-1", DocumentKind::Invoice, |issuer| issuer.point.clear()).unwrap_err();
    assert!(no_place.to_string().starts_with("establishment"));
    let buyer = |code: &str, own: &[(&str, &str)]| Buyer::of(&customer(own), country(code)).map(|buyer| buyer.number);
    assert_eq!(buyer("co", &[("NIT", "900123456-8"), ("CC", "1")]), Ok("900123456".to_owned()));
    assert_eq!(buyer("co", &[("nit", "9001234568")]), Ok("900123456".to_owned()));
    assert!(buyer("co", &[("NIT", "900123456-7")]).is_err());
    // Nine digits are a whole number, whatever the last of them is.
    assert_eq!(buyer("co", &[("NIT", "890903938")]), Ok("890903938".to_owned()));
    assert_eq!(buyer("co", &[("CC", "1.020.304")]), Ok("1020304".to_owned()));
    assert!(buyer("co", &[("NIT", "-x")]).is_err() && buyer("co", &[("CC", "")]).is_err());
    assert_eq!(buyer("co", &[("MSISDN", "573001234567")]), Ok(colombia::NO_BUYER.to_owned()));
    assert!(buyer("gt", &[("NIT", "12345-6")]).is_err() && buyer("py", &[("RUC", "80069563-2")]).is_err());
    assert_eq!(buyer("py", &[("RUC", "80069563-1")]), Ok("80069563-1".to_owned()));
}

#[test]
fn taxes_of_two_signs_have_no_code() {
    let country = Country::by_code("co").unwrap();
    let mut mixed = document(DocumentKind::Invoice);
    mixed.taxes[1].amount = -40_000;
    mixed.total = 4_720_000;
    let other = |name: &str| {
        let mut document = document(DocumentKind::Invoice);
        name.clone_into(&mut document.taxes[1].name);
        document
    };
    for wrong in [mixed, other("TIMBRE")] {
        let at = "2026-03-01T10:04:05-05:00".parse().unwrap();
        assert!(colombian(&issuer(country), &wrong, "FE1", "1", at, |_| ()).is_err());
    }
}

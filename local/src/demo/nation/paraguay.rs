//! Paraguay.

use super::{Company, Issuer, Keys, Nation};

/// Its facts.
pub const FACTS: Nation = Nation {
    code: "py",
    mobile: "981",
    fixed: "21",
    mobile_country_code: "744",
    step: 1_750,
    balance: 1_400,
    neighbours: ["5", "sudamerica"],
    amendment: "Adenda",
    trade: "Comercial Guaraní",
    customers: [
        Company {
            name: "Acme Guaraní S.A.",
            tax_number: "80045678-5",
            street: "Avenida España 1234",
            city: "Asunción",
            department: "Capital",
        },
        Company {
            name: "Globex del Este S.R.L.",
            tax_number: "80098765-9",
            street: "Avenida San Blas 820",
            city: "Ciudad del Este",
            department: "Alto Paraná",
        },
    ],
    issuer: Issuer {
        name: "Guaraní Móvil S.A.",
        tax_number: "80012345-0",
        address: ["Avenida Mariscal López 3794", "Asunción"],
        counters: "En bancos y bocas de cobranza, con la referencia de pago",
        legends: &[],
        establishment: "001",
        point: "001",
        search: "https://consulta.example.com/documento",
    },
    series: [("001-001-", 7), ("001-002-", 7)],
    authorization: Some("12345678"),
    keys: Keys::OfQr { id: "0001", code: "ABCD0000000000000000000000000000" },
};

//! Guatemala.

use super::{Company, Issuer, Keys, Nation};

/// Its facts.
pub const FACTS: Nation = Nation {
    code: "gt",
    mobile: "5",
    fixed: "2",
    mobile_country_code: "704",
    step: 250,
    balance: 200,
    neighbours: ["50", "centroamerica"],
    amendment: "Adenda",
    trade: "Comercial Quetzalteca",
    customers: [
        Company {
            name: "Acme Quetzalteca, S.A.",
            tax_number: "90012345-1",
            street: "6a avenida 12-35, zona 10",
            city: "Ciudad de Guatemala",
            department: "Guatemala",
        },
        Company {
            name: "Globex de los Altos y Compañía Limitada",
            tax_number: "90198765-4",
            street: "4a calle 15-20, zona 3",
            city: "Quetzaltenango",
            department: "Quetzaltenango",
        },
    ],
    issuer: Issuer {
        name: "Quetzal Móvil, S.A.",
        tax_number: "7654321-8",
        address: ["6a avenida 10-50, zona 9", "Ciudad de Guatemala"],
        counters: "En bancos y agencias, con la referencia de pago",
        legends: &["Sujeto a pagos trimestrales ISR."],
        establishment: "001",
        point: "001",
        search: "https://consulta.example.com/documento",
    },
    series: [("FE-", 6), ("NC-", 6)],
    authorization: None,
    keys: Keys::None,
};

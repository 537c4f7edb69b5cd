//! Honduras.

use super::{Company, Issuer, Keys, Nation};

/// Its facts.
pub const FACTS: Nation = Nation {
    code: "hn",
    mobile: "9",
    fixed: "2",
    mobile_country_code: "708",
    step: 750,
    balance: 600,
    neighbours: ["50", "centroamerica"],
    amendment: "Adenda",
    trade: "Comercial Morazán",
    customers: [
        Company {
            name: "Acme Morazán, S. de R.L. de C.V.",
            tax_number: "0801-9995-123456",
            street: "Bulevar Suyapa, edificio Los Próceres, tercer piso",
            city: "Tegucigalpa",
            department: "Francisco Morazán",
        },
        Company {
            name: "Globex del Ulúa, S.A.",
            tax_number: "0501-9998-765432",
            street: "Barrio Guamilito, 3 avenida, 5 y 6 calle",
            city: "San Pedro Sula",
            department: "Cortés",
        },
    ],
    issuer: Issuer {
        name: "Copán Móvil, S.A. de C.V.",
        tax_number: "08019000000017",
        address: ["Bulevar Morazán, Torre Norte", "Tegucigalpa"],
        counters: "En bancos y agencias, con la referencia de pago",
        legends: &[],
        establishment: "000",
        point: "001",
        search: "https://consulta.example.com/documento",
    },
    series: [("000-001-01-", 8), ("000-001-06-", 8)],
    authorization: Some("A1B2C3-D4E5F6-A1B2C3-D4E5F6-A1B2C3-D4"),
    keys: Keys::None,
};

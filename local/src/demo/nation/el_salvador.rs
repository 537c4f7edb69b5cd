//! El Salvador.

use super::{Company, Issuer, Keys, Nation};

/// Its facts.
pub const FACTS: Nation = Nation {
    code: "sv",
    mobile: "7",
    fixed: "2",
    mobile_country_code: "706",
    step: 30,
    balance: 24,
    neighbours: ["50", "centroamerica"],
    amendment: "Adenda",
    trade: "Comercial Cuscatleca",
    customers: [
        Company {
            name: "Acme Cuscatleca, S.A. de C.V.",
            tax_number: "0614-150698-104-7",
            street: "Calle El Mirador 4814, Colonia Escalón",
            city: "San Salvador",
            department: "San Salvador",
        },
        Company {
            name: "Globex de Occidente, S.A. de C.V.",
            tax_number: "0210-220905-102-2",
            street: "Avenida Independencia Sur 12",
            city: "Santa Ana",
            department: "Santa Ana",
        },
    ],
    issuer: Issuer {
        name: "Cuscatlán Móvil, S.A. de C.V.",
        tax_number: "0614-010190-101-5",
        address: ["Alameda Roosevelt 2015", "San Salvador"],
        counters: "En bancos y agencias, con la referencia de pago",
        legends: &[],
        establishment: "M001",
        point: "P001",
        search: "https://consulta.example.com/documento",
    },
    series: [("FE-", 6), ("NC-", 6)],
    authorization: None,
    keys: Keys::None,
};

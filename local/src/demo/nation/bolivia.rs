//! Bolivia.

use super::{Company, Issuer, Keys, Nation};

/// Its facts.
pub const FACTS: Nation = Nation {
    code: "bo",
    mobile: "7",
    fixed: "2",
    mobile_country_code: "736",
    step: 140,
    balance: 112,
    neighbours: ["5", "sudamerica"],
    amendment: "Adenda",
    trade: "Comercial Altiplano",
    customers: [
        Company {
            name: "Acme Altiplano S.R.L.",
            tax_number: "1023456021",
            street: "Avenida 16 de Julio 1490, El Prado",
            city: "La Paz",
            department: "La Paz",
        },
        Company {
            name: "Globex del Oriente S.A.",
            tax_number: "1034567029",
            street: "Calle Ñuflo de Chávez 255",
            city: "Santa Cruz de la Sierra",
            department: "Santa Cruz",
        },
    ],
    issuer: Issuer {
        name: "Illimani Móvil S.A.",
        tax_number: "1020304050",
        address: ["Avenida Arce 2631", "La Paz"],
        counters: "En bancos y entidades financieras, con la referencia de pago",
        legends: &[
            "Esta factura contribuye al desarrollo del país, el uso ilícito será sancionado penalmente de acuerdo a Ley.",
        ],
        establishment: "0",
        point: "0",
        search: "https://consulta.example.com/documento",
    },
    series: [("FE-", 6), ("NC-", 6)],
    authorization: None,
    keys: Keys::OfDay("A19E23EF34124CD"),
};

//! Colombia.

use super::{Company, Issuer, Keys, Nation};

/// Its facts.
pub const FACTS: Nation = Nation {
    code: "co",
    mobile: "3",
    fixed: "60",
    mobile_country_code: "732",
    step: 100_000,
    balance: 1_000,
    neighbours: ["5", "andina"],
    amendment: "Otrosí",
    trade: "Comercial Andina",
    customers: [
        Company {
            name: "Acme Andina S.A.S.",
            tax_number: "900123456",
            street: "Calle 100 # 8A-55",
            city: "Bogotá",
            department: "Cundinamarca",
        },
        Company {
            name: "Globex del Valle Ltda.",
            tax_number: "901987654",
            street: "Carrera 5 # 12-20",
            city: "Cali",
            department: "Valle del Cauca",
        },
    ],
    issuer: Issuer {
        name: "Andina Móvil S.A.S.",
        tax_number: "900.555.777-0",
        address: ["Avenida El Dorado # 68B-31", "Bogotá D.C."],
        counters: "En bancos y puntos de recaudo, con la referencia de pago",
        legends: &["Somos grandes contribuyentes y agentes retenedores de IVA."],
        establishment: "001",
        point: "001",
        search: "https://consulta.example.com/documento?documentkey=",
    },
    series: [("FE-", 6), ("NC-", 6)],
    authorization: Some("18760000001"),
    keys: Keys::OfRange { key: "0123456789abcdef0123456789abcdef01234567", pin: "12345" },
};

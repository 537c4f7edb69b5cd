//! Amounts in words, as some tax offices want totals: `ciento veinte lempiras con 50/100`.

use crate::domain::money::Money;

const SMALL: [&str; 30] = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
];
const TENS: [&str; 10] = ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];
const HUNDREDS: [&str; 10] = [
    "",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
];

/// An amount in Spanish, without its sign.
pub fn amount(money: Money) -> String {
    let unit = 10_u64.pow(money.currency.digits);
    let (whole, rest) = (money.minor.unsigned_abs() / unit, money.minor.unsigned_abs() % unit);
    let (one, many) = match money.currency.code {
        "COP" => ("peso", "pesos"),
        "USD" => ("dólar", "dólares"),
        "GTQ" => ("quetzal", "quetzales"),
        "HNL" => ("lempira", "lempiras"),
        "BOB" => ("boliviano", "bolivianos"),
        _ => ("guaraní", "guaraníes"),
    };
    // "un millón de pesos", but "un millón cien pesos".
    let of = if whole >= 1_000_000 && whole.is_multiple_of(1_000_000) { " de" } else { "" };
    let name = if whole == 1 { one } else { many };
    let cents = if unit > 1 { format!(" con {rest:02}/{unit}") } else { String::new() };
    format!("{}{of} {name}{cents}", before_noun(whole))
}

/// A number in front of a masculine noun: `uno` loses its ending.
fn before_noun(number: u64) -> String {
    let words = number_in_words(number);
    match words.strip_suffix("veintiuno") {
        Some(rest) => format!("{rest}veintiún"),
        None => words.strip_suffix("uno").map(|rest| format!("{rest}un")).unwrap_or(words),
    }
}

fn number_in_words(number: u64) -> String {
    for (unit, one, many) in [
        (1_000_000_000_000_000_000, "un trillón", "trillones"),
        (1_000_000_000_000, "un billón", "billones"),
        (1_000_000, "un millón", "millones"),
    ] {
        if number >= unit {
            let head =
                if number / unit == 1 { one.to_owned() } else { format!("{} {many}", before_noun(number / unit)) };
            return with_rest(head, number % unit);
        }
    }
    if number >= 1_000 {
        let head = if number / 1_000 == 1 { "mil".to_owned() } else { format!("{} mil", before_noun(number / 1_000)) };
        return with_rest(head, number % 1_000);
    }
    let at = |words: &[&str], index: u64| {
        words.get(usize::try_from(index).unwrap_or_default()).copied().unwrap_or_default().to_owned()
    };
    match number {
        0..30 => at(&SMALL, number),
        30..100 if number.is_multiple_of(10) => at(&TENS, number / 10),
        30..100 => format!("{} y {}", at(&TENS, number / 10), at(&SMALL, number % 10)),
        100 => "cien".to_owned(),
        _ => with_rest(at(&HUNDREDS, number / 100), number % 100),
    }
}

fn with_rest(head: String, rest: u64) -> String {
    if rest == 0 { head } else { format!("{head} {}", number_in_words(rest)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Currency;

    fn lempiras(minor: i64) -> String {
        amount(Money { minor, currency: Currency::HNL })
    }

    #[test]
    fn amounts_are_said_as_people_say_them() {
        assert_eq!(lempiras(0), "cero lempiras con 00/100");
        assert_eq!(lempiras(100), "un lempira con 00/100");
        assert_eq!(lempiras(2_150), "veintiún lempiras con 50/100");
        assert_eq!(lempiras(12_345_607), "ciento veintitrés mil cuatrocientos cincuenta y seis lempiras con 07/100");
        assert_eq!(lempiras(100_000_000), "un millón de lempiras con 00/100");
        assert_eq!(lempiras(200_010_000), "dos millones cien lempiras con 00/100");
        assert_eq!(lempiras(3_110_000), "treinta y un mil cien lempiras con 00/100");
        assert_eq!(lempiras(-100_000), "mil lempiras con 00/100");
        let guaranies = Money { minor: 21_000, currency: Currency::PYG };
        assert_eq!(amount(guaranies), "veintiún mil guaraníes");
    }

    proptest! {
        #[test]
        fn no_amount_upsets_it(minor in any::<i64>()) {
            let text = lempiras(minor);
            prop_assert!(!text.contains("  ") && !text.starts_with(' '), "{}", text);
        }

        #[test]
        fn two_amounts_have_two_texts(one in 0..2_000_000_i64, other in 0..2_000_000_i64) {
            prop_assert_eq!(one == other, lempiras(one * 100) == lempiras(other * 100));
        }
    }
}

//! From a line of a payment file to the payment that it tells, and back to a line for what is not applied.

use chrono::NaiveDate;

use crate::domain::country::Country;
use crate::domain::money::Money;
use crate::domain::payment::{MOST, Payment};
use crate::domain::records::csv::{Cutter, Header, quoted};
use crate::domain::records::lines::Line;
use crate::domain::records::row::{Columns, Reject, Row, required};
use crate::error::Invalid;

/// The columns of a payment. The last three are those of a file of rejects, which may be sent as it was mended.
pub static COLUMNS: Columns =
    Columns { names: &["id", "reference", "amount", "day", "line", "reason", "text"], required: 4 };
const ID: usize = 0;
const REFERENCE: usize = 1;
const AMOUNT: usize = 2;
const DAY: usize = 3;

/// Reads the rows of one file.
pub struct RowReader {
    header: Header,
    cutter: Cutter,
    country: &'static Country,
}

impl RowReader {
    /// For a file, by its first line.
    ///
    /// # Errors
    /// A header that is not that of a payment file.
    pub fn new(header: &str, country: &'static Country) -> Result<Self, Invalid> {
        Ok(Self { header: Header::read(header, &COLUMNS)?, cutter: Cutter::default(), country })
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Why it tells no payment.
    pub fn payment(&mut self, line: &Line) -> Result<Payment, Reject> {
        let country = self.country;
        let row = self.row(line)?;
        Ok(Payment {
            id: required(read(&row, ID, str::parse)?, "id")?,
            bill: required(read(&row, REFERENCE, str::parse)?, "reference")?,
            amount: required(read(&row, AMOUNT, |text| amount(text, country))?, "amount")?,
            day: required(read(&row, DAY, day)?, "day")?,
        })
    }

    /// A row of a file of rejects: the fields as they came, the number of the line, and the reason. Of a line that has no such
    /// fields, all of its text.
    pub fn reject(&mut self, line: &Line, reason: &str) -> String {
        let fields = self.row(line).ok().map(|row| [ID, REFERENCE, AMOUNT, DAY].map(|column| text(&row, column)));
        let whole = String::from_utf8_lossy(&line.bytes);
        let (fields, whole) = match fields {
            Some(fields) => (fields, ""),
            None => (Default::default(), whole.as_ref()),
        };
        let number = line.number.to_string();
        let all = fields.iter().map(String::as_str).chain([number.as_str(), reason, whole]);
        all.map(quoted).collect::<Vec<_>>().join(",") + "\n"
    }

    fn row(&mut self, line: &Line) -> Result<Row<'_>, Reject> {
        if line.too_long {
            return Err(const { Reject::line("is longer than 65536 bytes") });
        }
        let text = std::str::from_utf8(&line.bytes).map_err(|_| const { Reject::line("is not UTF-8") })?;
        self.header.row(text, &mut self.cutter)
    }
}

/// The header of a file of rejects.
pub fn rejects_header() -> String {
    COLUMNS.names.join(",") + "\n"
}

/// What a column says, without the blanks around it.
fn read<T>(row: &Row<'_>, column: usize, read: impl FnOnce(&str) -> Result<T, Invalid>) -> Result<Option<T>, Reject> {
    row.read(&COLUMNS, column, |text| read(text.trim()))
}

fn text(row: &Row<'_>, column: usize) -> String {
    read(row, column, |text| Ok(text.to_owned())).ok().flatten().unwrap_or_default()
}

/// An amount as people write it: no exponent, and no more decimals than the currency has, not even zeros. So `476.000`, where
/// a point parts the thousands, is no amount, instead of a thousandth of the one that was meant.
fn amount(text: &str, country: &Country) -> Result<Money, Invalid> {
    const FORM: Invalid = Invalid::new("must be a decimal number such as 47.22 or -10.00");
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')) {
        return Err(FORM);
    }
    let currency = country.currency;
    match (text.split_once('.'), currency.digits) {
        (Some(_), 0) => {
            return Err(Invalid(format!("must be an amount in {} written without a point", currency.code).into()));
        }
        (Some((_, fraction)), most) if fraction.len() > most as usize => {
            let told = format!(
                "an amount in {} has at most {most} digits behind its point; its thousands are not parted",
                currency.code
            );
            return Err(Invalid(told.into()));
        }
        _ => {}
    }
    let amount = Money::parse(text, currency)?;
    if !(-MOST..=MOST).contains(&amount.minor) {
        return Err(const { Invalid::new("must not be so large") });
    }
    Ok(amount)
}

fn day(text: &str) -> Result<NaiveDate, Invalid> {
    let fits = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let day = text.parse().ok().filter(|_| text.len() == 10 && text.bytes().enumerate().all(fits));
    day.ok_or(const { Invalid::new("must be a day such as 2026-03-10") })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reader(header: &str, country: &str) -> RowReader {
        RowReader::new(header, Country::by_code(country).unwrap()).unwrap()
    }

    fn line(text: &str) -> Line {
        Line { number: 5, bytes: text.as_bytes().to_vec(), too_long: false }
    }

    fn read(country: &str, text: &str) -> Result<Payment, String> {
        reader("id,reference,amount,day", country).payment(&line(text)).map_err(|reject| reject.to_string())
    }

    #[test]
    fn a_row_tells_a_payment() {
        let payment = read("co", " p-1 , FE-000009 ,47.22, 2026-03-10 ").unwrap();
        assert_eq!((payment.id.as_str(), payment.bill.as_str(), payment.amount.minor), ("p-1", "FE-000009", 4_722));
        assert_eq!(payment.day, NaiveDate::from_ymd_opt(2026, 3, 10).unwrap());
        let other =
            reader("day,amount,reference,id", "co").payment(&line("2026-03-10,-10.00,\"fe-000009\",p")).unwrap();
        assert_eq!((other.bill.as_str(), other.amount.minor), ("fe-000009", -1_000), "as the bank gives it");
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        assert_eq!(read("py", "p,F1,150000,2026-03-10").unwrap().amount.minor, 150_000);
        for (amount, minor) in [("476000", 47_600_000), ("476000.5", 47_600_050), ("-0.10", -10)] {
            assert_eq!(read("co", &format!("p,F1,{amount},2026-03-10")).unwrap().amount.minor, minor);
        }
        for amount in ["150.000", "150000.00", "150000.5", "150000.", "1.500.000"] {
            let told = read("py", &format!("p,F1,{amount},2026-03-10")).unwrap_err();
            assert_eq!(told, "amount: must be an amount in PYG written without a point", "{amount}");
        }
        for (country, amount) in [("co", "476.000"), ("co", "1.005"), ("gt", "0.001"), ("co", "1.476.000")] {
            let told = read(country, &format!("p,F1,{amount},2026-03-10")).unwrap_err();
            assert!(told.contains("has at most 2 digits behind its point"), "{amount}: {told}");
        }
    }

    #[test]
    fn what_is_no_payment_says_why() {
        for (row, reason) in [
            ("p,F1,1", "has another number of fields than the header"),
            ("p,F1,1,2026-03-10,x", "has another number of fields than the header"),
            (",F1,1,2026-03-10", "id: must be given"),
            ("p,,1,2026-03-10", "reference: must be given"),
            ("p,F1,,2026-03-10", "amount: must be given"),
            ("p,F1,1,", "day: must be given"),
            ("p q,F1,1,2026-03-10", "id: "),
            ("p,F 1,1,2026-03-10", "reference: "),
            ("p,F1,1e3,2026-03-10", "amount: must be a decimal number"),
            ("p,F1,1,2026-02-30", "day: must be a day such as"),
            ("p,F1,1,2026-3-10", "day: must be a day such as"),
            ("p,F1,\"1,5\",2026-03-10", "amount: must be a decimal number"),
            ("p,F1,99999999999999.99,2026-03-10", "amount: must not be so large"),
        ] {
            let told = read("co", row).unwrap_err();
            assert!(told.starts_with(reason), "{row}: {told}");
        }
    }

    #[test]
    fn a_header_names_what_a_payment_has() {
        for header in ["id,reference,amount", "id;reference;amount;day", "id,reference,amount,day,colour", "x"] {
            assert!(RowReader::new(header, Country::by_code("co").unwrap()).is_err(), "{header}");
        }
    }

    #[test]
    fn a_reject_is_a_row_that_can_be_sent_again() {
        let mut all = reader("id,day,amount,reference", "co");
        let told = all.reject(&line("p,2026-03-10,47.22,FE-1"), "there is no such bill, \"yet\"");
        assert_eq!(told, "p,FE-1,47.22,2026-03-10,5,\"there is no such bill, \"\"yet\"\"\",\n");
        let mut again = reader(rejects_header().trim_end(), "co");
        assert_eq!(again.payment(&line(told.trim_end())).unwrap().bill.as_str(), "FE-1");
        let told = all.reject(&line("p;2026"), "why");
        assert_eq!(told, ",,,,5,why,p;2026\n");
        assert_eq!(again.payment(&line(told.trim_end())).unwrap_err().to_string(), "id: must be given");
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused_and_its_reject_keeps_its_fields(text in "[-p,\"F1. 20:\\PC]{0,60}") {
            let mut all = reader("id,reference,amount,day", "co");
            let read = all.payment(&line(&text));
            let told = all.reject(&line(&text), "why");
            let mut again = reader(rejects_header().trim_end(), "co");
            let mended = again.payment(&line(told.trim_end_matches('\n')));
            if let Ok(payment) = read {
                prop_assert_eq!(mended, Ok(payment));
            } else {
                prop_assert!(mended.is_err());
            }
        }
    }
}

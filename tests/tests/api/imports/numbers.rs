//! A number is on one bill, wherever bills come from.

use serde_json::{Value, json};
use shared::table::Numbered;
use tests::World;

use super::{bill, bills, complaints, import, text};

fn series(id: &str, prefix: &str) -> Value {
    json!({"type": "series", "id": id, "kind": "invoice", "prefix": prefix, "digits": 4, "first": 10, "last": 19})
}

/// Guard: numbers of a series of the table, or of the same file, are given out here and nowhere else.
#[tokio::test]
async fn a_bill_does_not_come_with_a_number_that_a_series_gives_out() {
    let world = World::demo().await;
    let told = |line: u64, series: &str, number: &str| {
        format!("{line}: number: must be one that the series {series} does not give out, as {number}")
    };
    let file =
        text(&[bill("NEW-0010", "1001", "2025-12-05"), series("NEW", "NEW-"), bill("NEW-0009", "1001", "2025-12-05")]);
    assert_eq!(complaints(&world, &file).await, [told(1, "NEW", "NEW-0010")]);
    import(&world, &text(&[series("NEW", "NEW-"), bill("NEW-0009", "1001", "2025-12-05")])).await.unwrap();
    let late = text(&[bill("NEW-0019", "1001", "2025-12-05")]);
    assert_eq!(complaints(&world, &late).await, [told(1, "NEW", "NEW-0019")]);
    // Without the series it is anybody's, and what is there may go.
    let gone = |of: &str, key: &str, id: &str| json!({"type": "remove", "of": of, key: id});
    import(&world, &text(&[gone("series", "id", "NEW"), bill("NEW-0019", "1001", "2025-12-05")])).await.unwrap();
    import(&world, &text(&[series("NEW", "NEW-"), gone("bill", "number", "NEW-0019")])).await.unwrap();
    let listed = bills(&world, "1001").await;
    assert!(listed.contains(&"NEW-0009".to_owned()) && !listed.contains(&"NEW-0019".to_owned()), "{listed:?}");
}

/// Guard: what a file takes away gives nothing out, wherever in the file that is said.
#[tokio::test]
async fn a_series_that_the_file_takes_away_is_in_nobodys_way() {
    let world = World::demo().await;
    let gone = |id: &str| json!({"type": "remove", "of": "series", "id": id});
    let file = text(&[bill("ZZ-0010", "1001", "2025-12-05"), series("ZZ", "ZZ-"), gone("ZZ")]);
    import(&world, &file).await.unwrap();
    assert!(bills(&world, "1001").await.contains(&"ZZ-0010".to_owned()));
    // Another one may have its numbers, whether it goes from the file or from the table.
    import(&world, &text(&[series("AA", "AA-"), gone("AA"), series("AB", "AA-")])).await.unwrap();
    import(&world, &text(&[series("AC", "AA-"), gone("AB")])).await.unwrap();
    let known = world.operator.writer.reader().all_series().await.unwrap();
    let ids: Vec<_> = known.iter().map(|series| series.id.as_str()).filter(|id| id.starts_with('A')).collect();
    assert_eq!(ids, ["AC"]);
    // One that comes again after it went stays.
    let told = complaints(&world, &text(&[series("BA", "AA-"), gone("AC"), series("AC", "AA-")])).await;
    assert_eq!(told.len(), 1, "{told:?}");
}

/// Guard: two spellings are one key of the table, which a batch of reads may not name twice.
#[tokio::test]
async fn of_two_spellings_of_a_number_one_is_a_bill() {
    let world = World::demo().await;
    let of = |number: &str| bill(number, "1001", "2025-12-05");
    let told = |line: u64, other: &str| {
        format!("{line}: number: must be no other bill's; {other} is the same but for dashes and case")
    };
    // Told before anything is loaded; the numbers in their order.
    assert_eq!(complaints(&world, &text(&[of("OLD-77"), of("old77"), of("OLD-78")])).await, [told(2, "OLD-77")]);
    import(&world, &text(&[of("OLD-77")])).await.unwrap();
    assert_eq!(complaints(&world, &text(&[of("OLD.77")])).await, [told(1, "OLD-77")]);
    let (one, other) = ("OLD-77".parse().unwrap(), "old77".parse().unwrap());
    let both = world.operator.writer.reader().numbered(&[&one, &other, &one]).await.unwrap();
    let is_it = |there: &Numbered| matches!(there, Numbered::Imported(bill) if bill.number == one);
    assert!(both.len() == 3 && both.iter().all(is_it), "{both:?}");
    // What is told to go is what was loaded under that very number.
    let gone = |number: &str| text(&[json!({"type": "remove", "of": "bill", "number": number})]);
    import(&world, &gone("old77")).await.unwrap();
    assert!(bills(&world, "1001").await.contains(&"OLD-77".to_owned()));
    import(&world, &gone("OLD-77")).await.unwrap();
    import(&world, &text(&[of("old77")])).await.unwrap();
    let listed = bills(&world, "1001").await;
    assert!(listed.contains(&"old77".to_owned()) && !listed.contains(&"OLD-77".to_owned()), "{listed:?}");
}

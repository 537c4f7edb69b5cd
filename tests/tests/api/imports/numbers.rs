//! A number is on one bill, wherever bills come from.

use serde_json::{Value, json};
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

//! `docs/usage-files/`: schemas and samples say what the code reads.

use jsonschema::Validator;
use serde_json::Value;
use shared::domain::country::Country;
use shared::domain::records::lines::{Line, Lines};
use shared::domain::records::row::Columns;
use shared::domain::usage_file::name::{FileKind, Format, UsageFile};
use shared::domain::usage_file::reader::RecordReader;
use shared::domain::usage_file::{call, session};

const SAMPLES: &[&str] = &["msc.1.calls.csv", "msc-2.1.calls.ndjson", "pgw.1.sessions.csv", "pgw-2.1.sessions.ndjson"];

fn schema(kind: FileKind) -> Value {
    let name = match kind {
        FileKind::Calls => "call",
        FileKind::Sessions => "session",
    };
    serde_json::from_str(&tests::file(&format!("docs/usage-files/{name}.schema.json"))).unwrap()
}

fn columns(kind: FileKind) -> &'static Columns {
    match kind {
        FileKind::Calls => &call::COLUMNS,
        FileKind::Sessions => &session::COLUMNS,
    }
}

fn lines(sample: &str) -> Vec<Line> {
    let mut lines = Lines::default();
    lines.push(tests::file(&format!("docs/usage-files/{sample}")).as_bytes());
    std::iter::from_fn(|| lines.next_line()).collect()
}

/// Why the line is no record, if it is none.
fn complaint(file: &UsageFile, header: Option<&str>, line: &Line) -> Option<String> {
    let mut reader = RecordReader::new(file, header, Country::by_code("co").unwrap()).unwrap();
    let read = match file.kind {
        FileKind::Calls => reader.call(line).map(|_| ()),
        FileKind::Sessions => reader.session(line).map(|_| ()),
    };
    read.err().map(|reject| reject.to_string())
}

#[test]
fn every_sample_is_read_whole() {
    for sample in SAMPLES {
        let file = UsageFile::of_key(&format!("inbox/0/demo/{sample}")).unwrap();
        let mut lines = lines(sample);
        let header = (file.format == Format::Csv).then(|| String::from_utf8(lines.remove(0).bytes).unwrap());
        assert!(lines.len() > 1, "{sample}");
        for line in &lines {
            assert_eq!(complaint(&file, header.as_deref(), line), None, "{sample}: line {}", line.number);
        }
    }
}

#[test]
fn a_schema_names_the_columns() {
    for kind in [FileKind::Calls, FileKind::Sessions] {
        let (schema, columns) = (schema(kind), columns(kind));
        let mut names: Vec<_> = columns.names.to_vec();
        let described: Vec<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, described);
        assert_eq!(schema["required"], serde_json::json!(columns.names[..columns.required].to_vec()));
    }
}

#[test]
fn schema_and_code_agree_on_what_is_no_record() {
    let number = |text: &str| text.parse::<i64>().map(Value::from).unwrap_or_else(|_| text.into());
    for kind in [FileKind::Calls, FileKind::Sessions] {
        let schema = schema(kind);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let end = format!("{}.ndjson", kind.as_str());
        let sample = SAMPLES.iter().find(|name| name.ends_with(&end)).unwrap();
        let file = UsageFile::of_key(&format!("inbox/0/demo/{sample}")).unwrap();
        for line in lines(sample) {
            let record: Value = serde_json::from_slice(&line.bytes).unwrap();
            assert!(validator.is_valid(&record), "{record}");
            for column in columns(kind).names {
                for value in ["-1", "", "x y!", "99999999999999999999", "[]"] {
                    let mut wrong = record.clone();
                    wrong[column] = if value == "[]" { Value::Array(Vec::new()) } else { number(value) };
                    let bytes = wrong.to_string().into_bytes();
                    let read = complaint(&file, None, &Line { bytes, ..line.clone() });
                    no_stricter(&validator, &wrong, read.as_deref(), column);
                }
            }
        }
    }
}

/// What the schema takes may still be refused for what it means; what the schema refuses is refused, except for an empty
/// text, which is not told.
fn no_stricter(validator: &Validator, record: &Value, read: Option<&str>, column: &str) {
    if record[column] != "" && !validator.is_valid(record) {
        assert!(read.is_some(), "the schema refuses what is read: {record}");
    }
}

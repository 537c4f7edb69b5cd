//! Expands the loops of the transform `AWS::LanguageExtensions`.

use serde_yaml_ng::value::TaggedValue;
use serde_yaml_ng::{Mapping, Value as Yaml};

use super::intrinsic::{Reason, items};

/// Expands the loops of a map: `Fn::ForEach::Name: [Variable, [value, …], { "Key${Variable}": … }]` becomes one entry
/// per value, with the variable replaced. Loops may be nested.
///
/// # Errors
/// A malformed loop, or a duplicate key; with its name.
pub fn written_out(map: &Yaml) -> Result<Yaml, Reason> {
    let mut all = Mapping::new();
    for (key, value) in map.as_mapping().into_iter().flatten() {
        let name = key.as_str().unwrap_or_default();
        let entries = if name.starts_with("Fn::ForEach::") {
            rounds(value).ok_or_else(|| format!("{name}: a loop is [variable, [values], map]"))?
        } else {
            vec![(key.clone(), value.clone())]
        };
        for (key, value) in entries {
            if all.contains_key(&key) {
                return Err(format!("{}: a second one", key.as_str().unwrap_or_default()));
            }
            all.insert(key, value);
        }
    }
    Ok(Yaml::Mapping(all))
}

fn rounds(of: &Yaml) -> Option<Vec<(Yaml, Yaml)>> {
    let [variable, values, body] = items(of) else { return None };
    let (variable, values) = (variable.as_str()?, values.as_sequence()?);
    let mut entries = Vec::new();
    for value in values {
        let round = written_out(&with(body, variable, value.as_str()?)).ok()?;
        entries.extend(round.as_mapping()?.clone());
    }
    Some(entries)
}

/// Replaces every `${variable}`, in keys too, and every `Ref` to it.
fn with(yaml: &Yaml, variable: &str, value: &str) -> Yaml {
    let inside = |yaml: &Yaml| with(yaml, variable, value);
    match yaml {
        Yaml::String(text) => text.replace(&format!("${{{variable}}}"), value).into(),
        Yaml::Sequence(items) => items.iter().map(inside).collect(),
        Yaml::Mapping(map) => Yaml::Mapping(map.iter().map(|(key, value)| (inside(key), inside(value))).collect()),
        Yaml::Tagged(tagged) if tagged.tag == "Ref" && tagged.value == variable => value.into(),
        Yaml::Tagged(tagged) => {
            Yaml::Tagged(Box::new(TaggedValue { tag: tagged.tag.clone(), value: inside(&tagged.value) }))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(text: &str) -> Yaml {
        serde_yaml_ng::from_str(text).unwrap()
    }

    #[test]
    fn a_loop_is_one_entry_for_each_value_and_loops_nest() {
        let looped = yaml(
            "{ A: 1, 'Fn::ForEach::Outer': [X, [B, C], { 'Fn::ForEach::Inner': [Y, [D], \
             { '${X}${Y}': [!Sub '${X}', !Ref X, { n: '${Y}' }] }] }], Z: 2 }",
        );
        let plain = yaml("{ A: 1, BD: [!Sub B, B, { n: D }], CD: [!Sub C, C, { n: D }], Z: 2 }");
        assert_eq!(written_out(&looped).unwrap(), plain);
    }

    #[test]
    fn what_is_no_loop_or_makes_a_key_twice_is_named() {
        let error = written_out(&yaml("{ 'Fn::ForEach::L': [X, [A]] }")).unwrap_err();
        assert_eq!(error, "Fn::ForEach::L: a loop is [variable, [values], map]");
        let error = written_out(&yaml("{ A: 1, 'Fn::ForEach::L': [X, [A], { '${X}': 2 }] }")).unwrap_err();
        assert_eq!(error, "A: a second one");
    }
}

//! CloudFormation's intrinsic functions, as far as a local run needs them.
//!
//! Nothing is deployed, so a reference to a resource becomes its logical id, and an attribute `Resource.Attribute`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use serde_yaml_ng::Value as Yaml;

/// Why a value cannot be resolved; the caller adds the place.
pub type Reason = String;

/// Resolves values of a template under given parameters.
#[derive(Debug)]
pub struct Resolver {
    parameters: BTreeMap<String, String>,
    conditions: BTreeMap<String, Yaml>,
    resources: Vec<String>,
    mappings: Yaml,
}

impl Resolver {
    /// Parameter defaults, overridden by `overrides`.
    ///
    /// # Errors
    /// A parameter without a value, an unknown override, a value that is not allowed; with its name.
    pub fn new(template: &Yaml, overrides: &[(String, String)]) -> Result<Self, Reason> {
        let mut parameters = BTreeMap::new();
        for (name, definition) in entries(&template["Parameters"]) {
            let given = overrides.iter().find(|(parameter, _)| *parameter == name).map(|(_, value)| value.clone());
            let value =
                given.or_else(|| scalar(&definition["Default"])).ok_or_else(|| format!("{name}: has no value"))?;
            let allowed: Vec<String> = items(&definition["AllowedValues"]).iter().filter_map(scalar).collect();
            if !allowed.is_empty() && !allowed.contains(&value) {
                return Err(format!("{name}: must be one of {}", allowed.join(", ")));
            }
            parameters.insert(name, value);
        }
        if let Some((name, _)) = overrides.iter().find(|(name, _)| !parameters.contains_key(name)) {
            return Err(format!("{name}: the template has no such parameter"));
        }
        Ok(Self {
            parameters,
            conditions: entries(&template["Conditions"])
                .into_iter()
                .map(|(name, value)| (name, value.clone()))
                .collect(),
            resources: entries(&template["Resources"]).into_iter().map(|(name, _)| name).collect(),
            mappings: template["Mappings"].clone(),
        })
    }

    /// Evaluates every intrinsic function in `value`.
    ///
    /// # Errors
    /// An unknown function or name.
    pub fn resolve(&self, value: &Yaml) -> Result<Json, Reason> {
        if let Some((function, argument)) = call(value) {
            return self.apply(&function, argument);
        }
        match value {
            Yaml::Mapping(_) => {
                let resolved = entries(value).into_iter().map(|(key, value)| Ok((key, self.resolve(value)?)));
                resolved.collect::<Result<Map<_, _>, Reason>>().map(Json::Object)
            }
            Yaml::Sequence(items) => items.iter().map(|item| self.resolve(item)).collect(),
            plain => serde_json::to_value(plain).map_err(|error| error.to_string()),
        }
    }

    /// `value` as text; numbers and booleans too, as in CloudFormation.
    ///
    /// # Errors
    /// As [`Self::resolve`]; a list or a map is not text.
    pub fn text(&self, value: &Yaml) -> Result<String, Reason> {
        match self.resolve(value)? {
            Json::String(text) => Ok(text),
            Json::Number(number) => Ok(number.to_string()),
            Json::Bool(truth) => Ok(truth.to_string()),
            _ => Err("a text is expected".to_owned()),
        }
    }

    fn apply(&self, function: &str, argument: &Yaml) -> Result<Json, Reason> {
        match function {
            "Ref" => self.reference(&self.text(argument)?).map(Json::String),
            "GetAtt" => Ok(Json::String(match argument {
                Yaml::Sequence(parts) => parts.iter().filter_map(scalar).collect::<Vec<_>>().join("."),
                other => self.text(other)?,
            })),
            "Sub" => self.substitute(argument).map(Json::String),
            "Join" => {
                let parts = self.resolve(&argument[1])?;
                let parts = parts.as_array().into_iter().flatten().filter_map(Json::as_str).collect::<Vec<_>>();
                Ok(Json::String(parts.join(&self.text(&argument[0])?)))
            }
            "Split" => {
                let (text, separator) = (self.text(&argument[1])?, self.text(&argument[0])?);
                Ok(text.split(&separator).map(Json::from).collect())
            }
            "FindInMap" => {
                let names = (0..3).map(|at| self.text(&argument[at])).collect::<Result<Vec<_>, _>>()?;
                let found = names.iter().fold(&self.mappings, |map, name| &map[name.as_str()]);
                if found.is_null() {
                    Err(format!("there is no {} in the mappings", names.join(".")))
                } else {
                    self.resolve(found)
                }
            }
            "If" => {
                let branch = if self.condition(&self.text(&argument[0])?)? { 1 } else { 2 };
                self.resolve(&argument[branch])
            }
            "Equals" | "Not" | "And" | "Or" | "Condition" => self.truth(function, argument).map(Json::Bool),
            other => Err(format!("the function {other} is not played locally")),
        }
    }

    fn reference(&self, name: &str) -> Result<String, Reason> {
        let value = match name {
            "AWS::Region" => "us-east-1",
            "AWS::AccountId" => "000000000000",
            "AWS::Partition" => "aws",
            "AWS::URLSuffix" => "amazonaws.com",
            "AWS::StackName" => "local",
            "AWS::NoValue" => "",
            resource if self.resources.iter().any(|known| known == resource) => resource,
            parameter => {
                let value = self.parameters.get(parameter);
                return value.cloned().ok_or_else(|| format!("nothing is called {parameter}"));
            }
        };
        Ok(value.to_owned())
    }

    fn substitute(&self, argument: &Yaml) -> Result<String, Reason> {
        let (pattern, names) = match argument {
            Yaml::Sequence(_) => (self.text(&argument[0])?, entries(&argument[1])),
            text => (self.text(text)?, Vec::new()),
        };
        let mut result = String::new();
        let mut rest = pattern.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or("a ${ is never closed")?;
            result.push_str(before);
            result.push_str(&match names.iter().find(|(known, _)| known == name) {
                Some((_, value)) => self.text(value)?,
                None if name.starts_with('!') => format!("${{{}}}", &name[1..]),
                None if name.contains('.') => name.to_owned(),
                None => self.reference(name)?,
            });
            rest = after;
        }
        Ok(result + rest)
    }

    fn condition(&self, name: &str) -> Result<bool, Reason> {
        let value = self.conditions.get(name).ok_or_else(|| format!("there is no condition {name}"))?;
        let (function, argument) = call(value).ok_or_else(|| format!("the condition {name} is no function"))?;
        self.truth(&function, argument)
    }

    fn truth(&self, function: &str, argument: &Yaml) -> Result<bool, Reason> {
        let each = || items(argument).iter().map(|item| self.resolve(item).map(|value| value == Json::Bool(true)));
        match function {
            "Equals" => Ok(self.text(&argument[0])? == self.text(&argument[1])?),
            "Not" => Ok(!each().next().ok_or("Not needs a condition")??),
            "And" => each().try_fold(true, |all, one| Ok(all && one?)),
            "Or" => each().try_fold(false, |any, one| Ok(any || one?)),
            _ => self.condition(&scalar(argument).unwrap_or_default()),
        }
    }
}

/// An intrinsic function: `!Sub x`, or `Fn::Sub: x` as a map's only entry.
fn call(value: &Yaml) -> Option<(String, &Yaml)> {
    match value {
        Yaml::Tagged(tagged) => Some((tagged.tag.to_string().trim_start_matches('!').to_owned(), &tagged.value)),
        Yaml::Mapping(map) if map.len() == 1 => {
            let (key, argument) = map.iter().next()?;
            let name = key.as_str()?;
            let short = name.strip_prefix("Fn::").or((name == "Ref").then_some(name))?;
            Some((short.to_owned(), argument))
        }
        _ => None,
    }
}

/// The entries of a map with text keys, in order; none for anything else.
pub fn entries(value: &Yaml) -> Vec<(String, &Yaml)> {
    let map = value.as_mapping().into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value))).collect()
}

/// The items of a list; none for anything else.
pub fn items(value: &Yaml) -> &[Yaml] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

/// A scalar as text.
fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r#"
Parameters:
  Country: { Type: String, Default: co, AllowedValues: [co, sv] }
  Domain: { Type: String, Default: "" }
  Ttl: { Type: Number, Default: 60 }
Conditions:
  HasDomain: !Not [!Equals [!Ref Domain, ""]]
  Both: !And [!Condition HasDomain, !Equals [!Ref Country, sv]]
  Either: !Or [!Condition HasDomain, !Equals [!Ref Country, co]]
Resources:
  Table: { Type: "AWS::DynamoDB::Table" }
"#;

    fn resolver(overrides: &[(&str, &str)]) -> Result<Resolver, Reason> {
        let overrides: Vec<_> = overrides.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Resolver::new(&serde_yaml_ng::from_str(TEMPLATE).unwrap(), &overrides)
    }

    fn text(overrides: &[(&str, &str)], value: &str) -> Result<String, Reason> {
        resolver(overrides).and_then(|resolver| resolver.text(&serde_yaml_ng::from_str(value).unwrap()))
    }

    #[test]
    fn short_and_long_forms_mean_the_same() {
        for value in ["!Sub v2/${Country}", "{ 'Fn::Sub': 'v2/${Country}' }", "!Join ['/', [v2, !Ref Country]]"] {
            assert_eq!(text(&[("Country", "sv")], value).unwrap(), "v2/sv");
        }
        assert_eq!(text(&[], "!Ref Table").unwrap(), "Table");
        assert_eq!(text(&[], "!Ref Ttl").unwrap(), "60");
        assert_eq!(text(&[], "!GetAtt Table.Arn").unwrap(), "Table.Arn");
        assert_eq!(text(&[], "!Sub ['${a}-${!b}-${Table.Arn}', {a: !Ref Country}]").unwrap(), "co-${b}-Table.Arn");
    }

    #[test]
    fn a_text_is_split_into_a_list() {
        let split = serde_yaml_ng::from_str("!Split [',', 'a,b']").unwrap();
        assert_eq!(resolver(&[]).unwrap().resolve(&split).unwrap(), serde_json::json!(["a", "b"]));
    }

    #[test]
    fn conditions_choose_the_branch() {
        let branch =
            |overrides: &[(&str, &str)], name: &str| text(overrides, &format!("!If [{name}, yes, no]")).unwrap();
        assert_eq!(branch(&[], "HasDomain"), "no");
        assert_eq!(branch(&[("Domain", "x")], "HasDomain"), "yes");
        assert_eq!(branch(&[("Domain", "x")], "Both"), "no");
        assert_eq!(branch(&[("Domain", "x"), ("Country", "sv")], "Both"), "yes");
        assert_eq!(branch(&[], "Either"), "yes");
        assert_eq!(branch(&[("Country", "sv")], "Either"), "no");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(text(&[("Country", "xx")], "a").unwrap_err(), "Country: must be one of co, sv");
        assert_eq!(text(&[("City", "xx")], "a").unwrap_err(), "City: the template has no such parameter");
        assert_eq!(text(&[], "!Ref Nothing").unwrap_err(), "nothing is called Nothing");
        assert_eq!(text(&[], "!Cidr [a, b]").unwrap_err(), "the function Cidr is not played locally");
        assert_eq!(text(&[], "!If [Missing, a, b]").unwrap_err(), "there is no condition Missing");
        assert_eq!(text(&[], "!Sub '${open'").unwrap_err(), "a ${ is never closed");
    }
}

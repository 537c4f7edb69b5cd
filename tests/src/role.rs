//! The functions' roles in the template.

use std::collections::BTreeMap;

use local::template::intrinsic::{Resolver, entries, items};
use serde_json::Value;
use serde_yaml_ng::Value as Yaml;

/// A request for a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The function.
    pub function: String,
    /// `dynamodb:GetItem`, `s3:DeleteObject` …
    pub action: String,
    /// The partition key of an item, the name of a secret, the key of an object.
    pub on: String,
}

/// Each function's permissions, by its name.
#[derive(Debug)]
pub struct Roles(BTreeMap<String, Vec<Statement>>);

/// A statement of a role.
#[derive(Debug)]
pub struct Statement {
    /// `PlansRole.ReadLines`
    pub place: String,
    /// `dynamodb:GetItem` …
    pub actions: Vec<String>,
    /// Its resources: partition keys, objects or secrets; `*` matches any characters.
    pub on: Vec<String>,
}

impl Roles {
    /// The roles of a template, for a country.
    ///
    /// # Panics
    /// When a statement has an unexpected form.
    #[expect(clippy::expect_used, reason = "a test without its template cannot go on")]
    pub fn of(template: &str, country: &str) -> Self {
        let yaml = local::template::yaml(template).expect("a template");
        let resolver = Resolver::new(&yaml, &[("Country".to_owned(), country.to_owned())]).expect("parameters");
        let mut roles = BTreeMap::new();
        for (id, function) in entries(&yaml["Resources"]) {
            if function["Type"].as_str() != Some("AWS::Serverless::Function") {
                continue;
            }
            let name = function["Metadata"]["BuildProperties"]["Binary"].as_str().expect("a binary").to_owned();
            let role = resolver.text(&function["Properties"]["Role"]).expect(&id).trim_end_matches(".Arn").to_owned();
            let policies = items(&yaml["Resources"][role.as_str()]["Properties"]["Policies"]);
            let statements = policies.iter().flat_map(|policy| items(&policy["PolicyDocument"]["Statement"]));
            let statements = statements.map(|statement| Statement::of(&role, statement, &resolver));
            roles.insert(name, statements.collect());
        }
        Self(roles)
    }

    /// Whether the function's role allows it.
    pub fn allow(&self, asked: &Asked) -> bool {
        self.0.get(&asked.function).is_some_and(|statements| statements.iter().any(|one| one.allows(asked)))
    }

    /// The statements of a function's role, by the function's name.
    pub fn statements(&self) -> impl Iterator<Item = (&str, &Statement)> {
        self.0.iter().flat_map(|(name, statements)| statements.iter().map(move |one| (name.as_str(), one)))
    }
}

impl Statement {
    #[expect(clippy::expect_used, reason = "a test without its role cannot go on")]
    fn of(role: &str, statement: &Yaml, resolver: &Resolver) -> Self {
        let statement = resolver.resolve(statement).expect(role);
        let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        let on = if keys.is_null() { texts(&statement["Resource"]) } else { texts(keys) };
        // After the bucket's name comes the object's key.
        let on = on.into_iter().map(|on| on.strip_prefix("Files.Arn/").map(str::to_owned).unwrap_or(on)).collect();
        let place = format!("{role}.{}", statement["Sid"].as_str().unwrap_or("without Sid"));
        Self { place, actions: texts(&statement["Action"]), on }
    }

    fn allows(&self, asked: &Asked) -> bool {
        self.actions.contains(&asked.action) && self.on.iter().any(|pattern| fits(pattern, &asked.on))
    }
}

/// Whether a text matches a pattern with `*`.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(list) => list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

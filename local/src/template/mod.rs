//! `template.yaml`, as far as the local stack needs it: routes, authorizer, functions, base paths, table, event
//! sources.
//!
//! The deployed template is the only route table: an operation missing there is missing here too.

mod cors;
pub mod intrinsic;
mod repeat;
mod schedules;
mod sources;
mod timetable;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value as Json;
use serde_yaml_ng::Value as Yaml;

pub use cors::Cors;
use intrinsic::{Reason, Resolver, entries, items};
pub use schedules::{EXECUTION, SCHEDULED, Schedule, Target};
pub use sources::{Mapping, PipeSettings, QueueSettings, Rule, Sources};
pub use timetable::Timetable;

/// Lambda's default time-out.
const DEFAULT_TIMEOUT: u64 = 3;

/// The template's contents for a local run.
#[derive(Debug, Clone)]
pub struct Template {
    /// The routes, in the order of the file.
    pub routes: Vec<Route>,
    /// The function behind `$default`.
    pub default_function: String,
    /// The authorizer.
    pub authorizer: Authorizer,
    /// Which pages of other origins may call the API; without it none.
    pub cors: Option<Cors>,
    /// The functions by name.
    pub functions: BTreeMap<String, FunctionSettings>,
    /// The base paths beside the root, without final slashes, longest first.
    pub base_paths: Vec<String>,
    /// The table.
    pub table: Table,
    /// Queues and what moves events.
    pub sources: Sources,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// An HTTP method, or `ANY`.
    pub method: String,
    /// The path with variables in braces; a last one with a plus matches the rest of the path.
    pub path: String,
    /// The function's name.
    pub function: String,
    /// Whether it needs the authorizer.
    pub authorized: bool,
}

/// The Lambda authorizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorizer {
    /// The name of its function.
    pub function: String,
    /// The identity source: header names in lower case, whose values are the cache key.
    pub identity_headers: Vec<String>,
    /// How long an answer is cached; zero for never.
    pub ttl: Duration,
}

/// A function's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSettings {
    /// Its time-out.
    pub timeout: Duration,
    /// Its environment. A reference to a resource is its logical id.
    pub environment: BTreeMap<String, String>,
}

/// The table of the bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The table's name: its logical id, which `Ref` gives to the functions as well.
    pub name: String,
    /// The body of the `CreateTable` request.
    pub definition: Json,
    /// The attribute with an item's expiry.
    pub ttl_attribute: Option<String>,
}

/// The template is unusable: one line that starts with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: {0}")]
pub struct TemplateError(String);

impl Template {
    /// Reads the template at `path`, with `overrides` for its parameters.
    ///
    /// # Errors
    /// A file that cannot be read, is not YAML, or lacks something a local run needs.
    pub fn read(path: &Path, overrides: &[(String, String)]) -> Result<Self, TemplateError> {
        let place = |error: &dyn std::fmt::Display| TemplateError(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| place(&error))?;
        Self::parse(&text, overrides)
    }

    /// Parses a template.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str, overrides: &[(String, String)]) -> Result<Self, TemplateError> {
        let yaml = yaml(text)?;
        let resolver = Resolver::new(&yaml, overrides).map_err(TemplateError)?;
        let reader = Reader { yaml: &yaml, resolver };
        let functions = reader.functions()?;
        let mut routes = reader.routes(&functions)?;
        let default = routes.iter().position(|route| route.path == "$default");
        let default = default.ok_or_else(|| TemplateError("no function has an event with the path $default".into()))?;
        let default_function = routes.remove(default).function;
        Ok(Self {
            routes,
            default_function,
            authorizer: reader.authorizer(&functions)?,
            cors: reader.cors()?,
            base_paths: reader.base_paths()?,
            table: reader.table()?,
            sources: reader.sources(&functions)?,
            functions: functions.into_values().collect(),
        })
    }
}

/// The template as YAML, its loops expanded.
///
/// # Errors
/// Malformed YAML or a malformed loop.
pub fn yaml(text: &str) -> Result<Yaml, TemplateError> {
    let mut yaml: Yaml = serde_yaml_ng::from_str(text).map_err(|error| TemplateError(format!("no YAML: {error}")))?;
    let resources = repeat::written_out(&yaml["Resources"]).map_err(at("Resources"))?;
    if let Some(template) = yaml.as_mapping_mut() {
        template.insert("Resources".into(), resources);
    }
    Ok(yaml)
}

/// A function's name and settings, by logical id.
type Functions = BTreeMap<String, (String, FunctionSettings)>;

struct Reader<'a> {
    yaml: &'a Yaml,
    resolver: Resolver,
}

impl<'a> Reader<'a> {
    fn of_type(&self, kind: &'static str) -> impl Iterator<Item = (String, &'a Yaml)> + use<'a> {
        let all = entries(&self.yaml["Resources"]).into_iter();
        all.filter(move |(_, resource)| resource["Type"].as_str() == Some(kind))
    }

    fn only(&self, kind: &'static str) -> Result<(String, &'a Yaml), TemplateError> {
        let mut found = self.of_type(kind);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(TemplateError(format!("there is no resource of type {kind}"))),
            (Some(_), Some((second, _))) => Err(at(&second)(format!("a second resource of type {kind}"))),
        }
    }

    fn functions(&self) -> Result<Functions, TemplateError> {
        self.of_type("AWS::Serverless::Function")
            .map(|(id, resource)| {
                let name = resource["Metadata"]["BuildProperties"]["Binary"].as_str();
                let name = name.ok_or_else(|| at(&id)("lacks Metadata.BuildProperties.Binary".into()))?.to_owned();
                let settings = self.settings(&resource["Properties"]).map_err(at(&id))?;
                Ok((id, (name, settings)))
            })
            .collect()
    }

    /// A function's settings, on top of `Globals`.
    fn settings(&self, own: &Yaml) -> Result<FunctionSettings, Reason> {
        let global = &self.yaml["Globals"]["Function"];
        let mut timeout = DEFAULT_TIMEOUT;
        let mut environment = BTreeMap::new();
        for level in [global, own] {
            if !level["Timeout"].is_null() {
                let seconds = self.resolver.text(&level["Timeout"])?;
                timeout = seconds.parse().map_err(|_| format!("Timeout: {seconds} is no number of seconds"))?;
            }
            for (name, value) in entries(&level["Environment"]["Variables"]) {
                let value = self.resolver.text(value).map_err(|reason| format!("{name}: {reason}"))?;
                environment.insert(name, value);
            }
        }
        Ok(FunctionSettings { timeout: Duration::from_secs(timeout), environment })
    }

    fn routes(&self, functions: &Functions) -> Result<Vec<Route>, TemplateError> {
        let mut routes: Vec<Route> = Vec::new();
        for (id, resource) in self.of_type("AWS::Serverless::Function") {
            let Some((function, _)) = functions.get(&id) else { continue };
            for (event, definition) in entries(&resource["Properties"]["Events"]) {
                if definition["Type"].as_str() != Some("HttpApi") {
                    continue;
                }
                let place = format!("{id}.Events.{event}");
                let route = self.route(function, &definition["Properties"]).map_err(at(&place))?;
                if routes.iter().any(|other| other.method == route.method && other.path == route.path) {
                    return Err(at(&place)(format!("a second route {} {}", route.method, route.path)));
                }
                routes.push(route);
            }
        }
        Ok(routes)
    }

    fn route(&self, function: &str, event: &Yaml) -> Result<Route, Reason> {
        let field = |name: &str| self.resolver.text(&event[name]).map_err(|reason| format!("{name}: {reason}"));
        let path = field("Path")?;
        if !path.starts_with('/') && path != "$default" {
            return Err(format!("Path: {path} does not start with a slash"));
        }
        if path.len() > 1 && path.ends_with('/') {
            return Err(format!("Path: {path} ends in a slash, which an HTTP API does not take"));
        }
        let authorizer = event["Auth"]["Authorizer"].as_str();
        let api = self.only("AWS::Serverless::HttpApi").map_err(|TemplateError(reason)| reason)?.1;
        let default = api["Properties"]["Auth"]["DefaultAuthorizer"].as_str();
        Ok(Route {
            method: field("Method")?.to_ascii_uppercase(),
            path,
            function: function.to_owned(),
            authorized: authorizer.or(default).is_some_and(|name| name != "NONE"),
        })
    }

    fn authorizer(&self, functions: &Functions) -> Result<Authorizer, TemplateError> {
        let (id, api) = self.only("AWS::Serverless::HttpApi")?;
        let auth = &api["Properties"]["Auth"];
        let name = auth["DefaultAuthorizer"].as_str().ok_or_else(|| at(&id)("lacks Auth.DefaultAuthorizer".into()))?;
        self.authorizer_of(&auth["Authorizers"][name], functions).map_err(at(&format!("{id}.Auth.Authorizers.{name}")))
    }

    fn authorizer_of(&self, definition: &Yaml, functions: &Functions) -> Result<Authorizer, Reason> {
        let arn = self.resolver.text(&definition["FunctionArn"]).map_err(|reason| format!("FunctionArn: {reason}"))?;
        let function = functions.get(arn.trim_end_matches(".Arn")).map(|(name, _)| name.clone());
        let identity = &definition["Identity"];
        let headers: Vec<_> = items(&identity["Headers"]).iter().filter_map(Yaml::as_str).collect();
        if headers.is_empty() {
            return Err("lacks Identity.Headers".into());
        }
        let ttl = self.resolver.text(&identity["ReauthorizeEvery"]).ok().and_then(|seconds| seconds.parse().ok());
        Ok(Authorizer {
            function: function.ok_or_else(|| format!("FunctionArn: {arn} is no function of the template"))?,
            identity_headers: headers.iter().map(|header| header.to_ascii_lowercase()).collect(),
            ttl: Duration::from_secs(ttl.ok_or("lacks Identity.ReauthorizeEvery, a number of seconds")?),
        })
    }

    fn cors(&self) -> Result<Option<Cors>, TemplateError> {
        let (id, api) = self.only("AWS::Serverless::HttpApi")?;
        let place = format!("{id}.CorsConfiguration");
        let resolved = self.resolver.resolve(&api["Properties"]["CorsConfiguration"]).map_err(at(&place))?;
        Cors::read(resolved).map_err(at(&place))
    }

    /// On AWS the base paths need a domain; here they are always served, so the mappings' condition is ignored.
    fn base_paths(&self) -> Result<Vec<String>, TemplateError> {
        let mut paths = Vec::new();
        for (id, mapping) in self.of_type("AWS::ApiGatewayV2::ApiMapping") {
            let key = &mapping["Properties"]["ApiMappingKey"];
            if !key.is_null() {
                paths.push(self.resolver.text(key).map_err(at(&id))?.trim_matches('/').to_owned());
            }
        }
        paths.retain(|path| !path.is_empty());
        paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
        Ok(paths)
    }

    fn table(&self) -> Result<Table, TemplateError> {
        let (id, resource) = self.only("AWS::DynamoDB::Table")?;
        let properties = self.resolver.resolve(&resource["Properties"]).map_err(at(&id))?;
        let mut definition = serde_json::json!({ "TableName": id });
        for field in ["AttributeDefinitions", "KeySchema"] {
            let value = properties.get(field).ok_or_else(|| at(&id)(format!("lacks {field}")))?;
            definition[field] = value.clone();
        }
        definition["BillingMode"] = "PAY_PER_REQUEST".into();
        for field in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes", "StreamSpecification"] {
            if let Some(value) = properties.get(field) {
                definition[field] = value.clone();
            }
        }
        if let Some(stream) = definition.get_mut("StreamSpecification") {
            // Implied in CloudFormation, explicit in the request.
            stream["StreamEnabled"] = true.into();
        }
        let ttl = properties.get("TimeToLiveSpecification").filter(|ttl| ttl["Enabled"] == true);
        let ttl_attribute = ttl.and_then(|ttl| ttl["AttributeName"].as_str()).map(str::to_owned);
        Ok(Table { name: id, definition, ttl_attribute })
    }
}

/// Prefixes a reason with its place.
fn at(place: &str) -> impl Fn(Reason) -> TemplateError + use<'_> {
    move |reason| TemplateError(format!("{place}: {reason}"))
}

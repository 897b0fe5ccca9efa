//! What is printed and written for machines is what `schemas/json` says it is.

use crate::support::{Database, Engine, Workspace};
use serde_json::{Map, Value};

/// Keywords that describe and demand nothing.
const WORDS: &[&str] = &["$schema", "$defs", "title", "description", "default", "examples"];

/// One of the JSON Schemas, with as much of the standard as they use.
struct Schema(Value);

impl Schema {
    fn read(name: &str) -> Self {
        let path = format!("{}/schemas/json/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    #[track_caller]
    fn accepts(&self, value: &Value) {
        assert_eq!(self.mistake(&self.0, value, "the document"), None, "{value:#}");
    }

    /// The first thing in which a value is not what a part of the schema wants.
    fn mistake(&self, wanted: &Value, value: &Value, at: &str) -> Option<String> {
        let wanted = wanted.as_object().expect("a schema is an object");
        wanted.iter().find_map(|(keyword, demand)| self.breach(keyword, demand, wanted, value, at))
    }

    fn breach(
        &self,
        keyword: &str,
        demand: &Value,
        wanted: &Map<String, Value>,
        value: &Value,
        at: &str,
    ) -> Option<String> {
        let unless = |holds: bool| (!holds).then(|| format!("{at} breaks {keyword} {demand}"));
        let number = |value: &Value| value.as_f64().expect("a number");
        let size = || value.as_array().map_or(value.as_object().map_or(0, Map::len), Vec::len) as f64;
        let length = || value.as_str().map_or(0, |text| text.chars().count()) as f64;
        match keyword {
            "$ref" => {
                let pointer = demand.as_str().expect("a reference").trim_start_matches('#');
                self.mistake(self.0.pointer(pointer).expect("a definition"), value, at)
            }
            "type" => {
                let names = demand.as_array().cloned().unwrap_or_else(|| vec![demand.clone()]);
                unless(names.iter().any(|name| is_a(value, name.as_str().expect("a name"))))
            }
            "const" => unless(value == demand),
            "enum" => unless(demand.as_array().expect("a list").contains(value)),
            "oneOf" => {
                let choices = demand.as_array().expect("a list").iter();
                unless(choices.filter(|choice| self.mistake(choice, value, at).is_none()).count() == 1)
            }
            "required" => {
                let names = demand.as_array().expect("a list");
                unless(names.iter().all(|name| value.get(name.as_str().expect("a name")).is_some()))
            }
            "properties" => demand.as_object().expect("an object").iter().find_map(|(name, wanted)| {
                value.get(name).and_then(|value| self.mistake(wanted, value, &format!("{at}.{name}")))
            }),
            "additionalProperties" => {
                let known = wanted.get("properties").and_then(Value::as_object);
                let others = value.as_object().into_iter().flatten();
                others.filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name))).find_map(
                    |(name, value)| match demand {
                        Value::Bool(false) => Some(format!("{at} has {name}, which is not described")),
                        demand => self.mistake(demand, value, &format!("{at}.{name}")),
                    },
                )
            }
            "items" | "prefixItems" => {
                value.as_array().into_iter().flatten().enumerate().find_map(|(index, value)| {
                    let wanted = if keyword == "items" { Some(demand) } else { demand.get(index) };
                    self.mistake(wanted?, value, &format!("{at}[{index}]"))
                })
            }
            "minItems" | "minProperties" => unless(size() >= number(demand)),
            "maxItems" | "maxProperties" => unless(size() <= number(demand)),
            "minLength" => unless(length() >= number(demand)),
            "maxLength" => unless(length() <= number(demand)),
            "pattern" => {
                let pattern =
                    regex::Regex::new(demand.as_str().expect("a pattern")).expect("a valid pattern");
                unless(value.as_str().is_none_or(|text| pattern.is_match(text)))
            }
            "minimum" => unless(number(value) >= number(demand)),
            "exclusiveMinimum" => unless(number(value) > number(demand)),
            other => {
                assert!(WORDS.contains(&other), "this test does not know the keyword {other}");
                None
            }
        }
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("{other} is no type of JSON Schema"),
    }
}

#[test]
fn models_are_as_described() {
    let schema = Schema::read("model");
    for example in ["shop", "clinic", "awkward"] {
        let source = Database::example(Engine::Sqlite, example, 1);
        let workspace = Workspace::new();
        workspace.seed(&["learn", "--from", &source.address(), "--out", "a.seed"]).ok();
        let text = std::fs::read_to_string(workspace.file("a.seed")).expect("the model");
        schema.accepts(&serde_json::from_str(&text).expect("JSON"));
    }
}

#[test]
fn reports_are_as_described() {
    let schema = Schema::read("report");
    let source = Database::example(Engine::Sqlite, "clinic", 1);
    let workspace = Workspace::new();
    let from = source.address();
    let target = Database::new(Engine::Sqlite);
    let to = target.address();
    let json = |arguments: &[&str]| -> Value {
        let outcome = workspace.seed(&[arguments, &["--json"]].concat());
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stdout))
    };
    let plan = json(&["--from", &from, "--to", &to, "--dry-run"]);
    assert!(plan.get("constraints").is_some());
    schema.accepts(&plan);
    let learned = json(&["learn", "--from", &from, "--out", "a.seed"]);
    assert!(learned.get("model").is_some());
    schema.accepts(&learned);
    let inspected = json(&["inspect", "a.seed", "--table", "appointments"]);
    let shown = inspected["model"].as_array().expect("tables");
    assert_eq!(shown.len(), 1);
    assert!(learned["tables"].as_array().expect("tables").contains(&shown[0]), "{shown:?}");
    let summary = json(&["--from", &from, "--to", &to]);
    assert!(summary.get("verdicts").is_some());
    schema.accepts(&summary);
    let refused = json(&["--from", &from, "--to", &to]);
    assert_eq!(refused["exit_code"], 2);
    schema.accepts(&refused);
    workspace.write("seed.toml", "[generate]\nscale = 0\n");
    let mistake = json(&["--from", &from, "--to", &to]);
    assert!(mistake.get("at").is_some());
    schema.accepts(&mistake);
}

/// README's example of a configuration.
#[test]
fn the_configuration_in_the_readme_is_as_described() {
    let readme = include_str!("../../README.md");
    let block = readme.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("```"));
    let settings: Value = toml::from_str(block.expect("a block of TOML").0).expect("TOML");
    Schema::read("seed.toml").accepts(&settings);
}

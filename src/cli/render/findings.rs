//! How rows are drawn, table by table.

use super::{aligned, counted};
use crate::pipeline::{CodecFindings, CodecKind, Dependency, FieldFindings, TableFindings};

/// Dependencies that are shown of a field; `--json` has them all.
const SHOWN: usize = 3;

/// What is known of a table's rows before their columns are.
pub(super) fn structure(table: &TableFindings) -> String {
    let mut rows = Vec::new();
    let mut add = |what: &str, said: String| rows.push(vec![what.to_owned(), said]);
    if let Some(spine) = &table.spine {
        let order = spine.order.as_ref().map(|order| format!(", ordered by {order}")).unwrap_or_default();
        add("siblings", format!("of {} ({}){order}", spine.parent, spine.columns.join(", ")));
    }
    for link in &table.links {
        let parent = format!("{} ({})", link.parent, link.columns.join(", "));
        add("link", format!("{parent}, found by {}", link.fields.join(", ")));
    }
    for diamond in &table.diamonds {
        add("diamond", format!("{} is always that of {}", diamond.columns.join(", "), diamond.follows));
    }
    for place in &table.places {
        let by = place.by.as_ref().map_or(String::new(), |by| format!(", by {by}"));
        add("places", format!("{} among the rows of each ({}){by}", place.column, place.within.join(", ")));
    }
    for run in &table.runs {
        let way = if run.falling { "never rises" } else { "never falls" };
        add("runs", format!("{} {way} along siblings, but for a few", run.column));
    }
    for columns in &table.apart {
        add("apart", format!("siblings hardly ever agree in {}", columns.join(", ")));
    }
    for repeat in &table.repeats {
        let share = format!("{:.0} %", 100.0 * repeat.share);
        add("repeats", format!("{} of the sibling before, in {share} of rows alike", repeat.column));
    }
    if table.children > 0 {
        add("children", format!("{} drawn with each row", counted(table.children as u64, "number")));
    }
    aligned(&rows, &[false; 2], 4)
}

/// The columns, and what else is drawn: each with its alphabet, its place in the chain and what it depends on.
pub(super) fn chain(table: &TableFindings) -> String {
    if table.columns.iter().chain(&table.others).all(|field| field.drawn.is_none()) {
        return String::new();
    }
    let heading = ["drawn", "place", "as", "leaves", "gap", "   depends on (nats per row)"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(table.columns.iter().chain(&table.others).map(line));
    aligned(&rows, &[false, true, false, true, true, false], 4)
}

fn line(field: &FieldFindings) -> Vec<String> {
    let codec = field.codec.as_ref().map_or_else(|| "no alphabet".to_owned(), codec);
    let Some(drawn) = &field.drawn else {
        return vec![field.field.clone(), "-".to_owned(), codec];
    };
    let depends = match (&drawn.rule, drawn.decided_by.as_slice()) {
        (Some(rule), _) => format!("rule: {rule}"),
        (None, []) => depends(&drawn.depends_on),
        (None, columns) => format!("decided by {}; else {}", columns.join(", "), depends(&drawn.depends_on)),
    };
    let depends = format!("<- {depends}");
    let gap = drawn.fit.map_or_else(|| "-".to_owned(), |fit| format!("{:.2}", fit.gap()));
    vec![field.field.clone(), drawn.place.to_string(), codec, drawn.leaves.to_string(), gap, depends]
}

fn codec(codec: &CodecFindings) -> String {
    let kind = match codec.kind {
        CodecKind::Ordered => "ordered",
        CodecKind::Nominal => "nominal",
    };
    let classes = match codec.classes {
        1 => "1 class".to_owned(),
        classes => format!("{classes} classes"),
    };
    let nulls = match 100.0 * codec.nulls {
        0.0 => String::new(),
        percent if percent < 1.0 => ", < 1 % NULL".to_owned(),
        percent => format!(", {percent:.0} % NULL"),
    };
    format!("{kind}, {classes}{nulls}")
}

fn depends(on: &[Dependency]) -> String {
    if on.is_empty() {
        return "nothing".to_owned();
    }
    let mut parts: Vec<String> = on
        .iter()
        .take(SHOWN)
        .map(|dependency| format!("{} {}", dependency.on, nats(dependency.gain)))
        .collect();
    if on.len() > SHOWN {
        parts.push(format!("{} more", on.len() - SHOWN));
    }
    parts.join(", ")
}

/// Two digits behind the point; three where that would be nothing.
fn nats(gain: f64) -> String {
    if gain.abs() < 0.01 { format!("{gain:.3}") } else { format!("{gain:.2}") }
}

#[cfg(test)]
mod tests {
    use super::super::{Paint, model, model_json};
    use crate::model::Model;
    use serde_json::{Value, json};

    fn column(name: &str, data_type: &Value) -> Value {
        json!({ "name": name, "data_type": data_type, "native": "type", "nullable": true })
    }

    fn learned(name: &str, nulls: u64, marginal: &Value) -> Value {
        json!({ "name": name, "nulls": nulls, "distinct": 3, "marginal": marginal, "discloses": "3 values." })
    }

    fn drawn(field: &Value, features: &Value, gains: &Value, leaves: usize) -> Value {
        let node = |at: usize| json!([0, 1, at + 1, -1 - at as i64]);
        let nodes: Vec<Value> = (1..leaves).map(node).collect();
        let tree = json!({ "nodes": nodes, "histograms": [[-1, 1, 5]], "tau": 5.0, "groups": 63 });
        json!({ "field": field, "features": features, "gains": gains, "tree": tree })
    }

    /// Customers of copied countries, and their orders, which come from a store.
    fn example() -> Model {
        let integer = json!({ "integer": { "bits": 64, "unsigned": false } });
        let text = json!({ "text": { "max": null, "fixed": false } });
        let numbers = json!({ "integers": { "segments": [[1, 1, 40], [2, 5, 50], [6, 6, 10]], "step": 1, "offset": 0 } });
        let names = json!({ "categories": { "values": [["north", 60], ["south", 40]], "rare_rows": 0, "rare_values": 0 } });
        let table = |name: &str, columns: &[(&str, &Value)], keys: &[(usize, usize)]| {
            let key = |&(column, parent): &(usize, usize)| {
                json!({ "name": null, "columns": [column], "parent": parent, "parent_columns": [0], "on_delete": "no_action",
                    "on_update": "no_action", "deferrable": "no", "match_full": false, "declared": true })
            };
            json!({
                "name": { "schema": null, "name": name },
                "columns": columns.iter().map(|(name, of)| column(name, of)).collect::<Vec<_>>(),
                "primary_key": { "columns": [0], "nulls_distinct": true, "constraint": true },
                "foreign_keys": keys.iter().map(key).collect::<Vec<_>>(),
            })
        };
        let histogram = json!([[0, 0, 20, 0], [1, 1, 30, 30], [2, 9, 20, 70]]);
        let parents = |name: &str| json!({ "name": name, "null_rows": 0, "histogram": histogram });
        let entry = |name: &str, treatment: &str, columns: Value, keys: Value| {
            json!({ "name": name, "rows": 100, "sampled": 100, "treatment": treatment, "because": "So it is.",
                "columns": columns, "cardinalities": keys })
        };
        let mut customers = entry(
            "customers",
            "learn",
            json!([learned("id", 0, &numbers), learned("country", 0, &names), learned("region", 0, &names)]),
            json!([parents("country → countries")]),
        );
        customers["dependence"] = json!({ "chain": [
            drawn(&json!({ "column": 2 }), &json!([{ "of": { "path": [0], "field": "row" } }]), &json!([0.4321]), 2),
            drawn(&json!({ "children": { "table": 2, "foreign_key": 0 } }), &json!([]), &json!([]), 1),
        ] });
        let mut orders = entry(
            "orders",
            "learn",
            json!([
                learned("id", 0, &numbers),
                learned("customer", 0, &numbers),
                learned("store", 2, &numbers),
                learned("weight", 0, &numbers),
                learned("freight", 2, &numbers)
            ]),
            json!([parents("customer → customers"), parents("store → stores")]),
        );
        let own = |column: usize| json!({ "of": { "path": [], "field": { "column": column } } });
        orders["dependence"] = json!({
            "spine": 0, "order": 3,
            "links": [{ "foreign_key": 1, "fields": [{ "column": 2 }] }],
            "diamonds": [{ "foreign_key": 1, "via": 0, "then": 0 }],
            "chain": [
                drawn(&json!({ "link": { "foreign_key": 1, "level": 0 } }), &json!(["position"]), &json!([0.0049]), 3),
                drawn(&json!({ "column": 3 }), &json!([]), &json!([]), 1),
                drawn(
                    &json!({ "column": 4 }),
                    &json!([
                        own(3), { "of": { "path": [0], "field": { "column": 2 } } },
                        { "earlier": { "back": 1, "field": { "column": 4 } } }, { "mean": { "column": 4 } },
                        { "of": { "path": [0], "field": { "children": { "table": 2, "foreign_key": 0 } } } },
                    ]),
                    &json!([0.41, 0.12, 0.0512, -0.001, 0.2]), 46,
                ),
            ],
        });
        customers["dependence"]["chain"][0]["lookup"] =
            json!({ "columns": [1], "entries": [[[1], [[2, 40]]]] });
        orders["dependence"]["chain"][2]["fit"] = json!({ "seen": 0.85, "held_out": 0.82, "error": 0.01 });
        orders["rules"] = json!([{ "statement": { "ordering": {
            "low": { "column": { "path": [], "column": 4 } }, "high": { "column": { "path": [], "column": 3 } }, "strict": false
        } }, "rows": 98 }]);
        let tables = [
            table("countries", &[("code", &text)], &[]),
            table("customers", &[("id", &integer), ("country", &text), ("region", &text)], &[(1, 0)]),
            table(
                "orders",
                &[
                    ("id", &integer),
                    ("customer", &integer),
                    ("store", &integer),
                    ("weight", &integer),
                    ("freight", &integer),
                ],
                &[(1, 1), (2, 1)],
            ),
        ];
        let countries = entry("countries", "copy", json!([learned("code", 0, &names)]), json!([]));
        serde_json::from_value(json!({
            "format": 1, "written_by": "0.1.0", "privacy": { "k": 5 },
            "schema": { "dialect": "postgres", "tables": tables },
            "tables": [countries, customers, orders],
        }))
        .expect("a model")
    }

    #[test]
    fn what_was_learned_is_seen_at_a_glance() {
        insta::assert_snapshot!(model(&example(), &[0, 1, 2], Paint::default()));
    }

    #[test]
    fn machines_get_every_dependency() {
        let orders = &model_json(&example(), &[2])[0];
        assert_eq!(orders["spine"]["order"], "weight");
        assert_eq!(orders["columns"][4]["codec"]["nulls"], 0.02);
        let drawn = &orders["columns"][4]["drawn"];
        assert_eq!((&drawn["place"], &drawn["nodes"], &drawn["leaves"]), (&json!(3), &json!(45), &json!(46)));
        assert_eq!(drawn["depends_on"].as_array().map(Vec::len), Some(5));
        assert_eq!(drawn["depends_on"][1]["on"], "customers(customer).count(orders(customer))");
        assert_eq!(orders["rules"][0]["rule"], "freight <= weight");
    }
}

//! How much better a model fits the rows it was learned from than rows that were held out, and when that is refused.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Conditional, Field, Model};
use serde::Serialize;

/// What a model adds to the distributions of columns by themselves, in nats per row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Generalisation {
    /// For the rows it was learned from: columns summed, tables weighted by their rows.
    pub seen: f64,
    /// The same for the rows of subjects that were held out.
    pub held_out: f64,
    /// The difference of the two.
    pub gap: f64,
    /// The field with the largest gap.
    pub largest: FieldGap,
}

/// The same of one field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldGap {
    /// The table.
    pub table: String,
    /// The field, as rules spell it.
    pub field: String,
    /// For the rows it was learned from.
    pub seen: f64,
    /// For the rows of subjects that were held out.
    pub held_out: f64,
    /// The difference of the two.
    pub gap: f64,
}

/// How well a model generalises; `None` where no subject could be held out of any table.
pub fn generalisation(model: &Model) -> Option<Generalisation> {
    let (mut seen, mut held_out, mut rows) = (0.0, 0.0, 0.0);
    let mut largest: Option<FieldGap> = None;
    for (index, table) in model.tables.iter().enumerate() {
        let fits: Vec<_> =
            chain(model, index).iter().filter_map(|drawn| Some((drawn.field, drawn.fit?))).collect();
        if fits.is_empty() {
            continue;
        }
        let weight = table.sampled as f64;
        rows += weight;
        for (field, fit) in fits {
            seen += weight * fit.seen;
            held_out += weight * fit.held_out;
            let gap = rounded(fit.gap());
            if largest.as_ref().is_none_or(|largest| gap > largest.gap) {
                let (table, field) = names(model, index, field);
                largest = Some(FieldGap { table, field, seen: fit.seen, held_out: fit.held_out, gap });
            }
        }
    }
    let (seen, held_out) = (seen / rows, held_out / rows);
    largest.map(|largest| Generalisation {
        seen: rounded(seen),
        held_out: rounded(held_out),
        gap: rounded(seen - held_out),
        largest,
    })
}

/// Refuses a model that remembers rows in place of learning from them, as [`Fit::memorises`](crate::model::Fit::memorises)
/// has it.
pub(super) fn refuse_memorising(model: &Model) -> Result<()> {
    let all =
        (0..model.tables.len()).flat_map(|table| chain(model, table).iter().map(move |drawn| (table, drawn)));
    let mut memorised = all.filter(|(_, drawn)| drawn.fit.is_some_and(|fit| fit.memorises()));
    let Some((table, first)) = memorised.next() else { return Ok(()) };
    let more = match memorised.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let (table, field) = names(model, table, first.field);
    let fit = first.fit.unwrap_or_default();
    let message = format!(
        "what was learned of `{table}.{field}` is a memory of single rows{more}: rows that were held out are less likely with it \
         than without, by {:.2} nats",
        -fit.held_out
    );
    Err(Error::new(ErrorKind::Threshold, message)
        .hint(format!("leave it out of the joint model with `model = \"independent\"` for the table `{table}`, or one of its columns"))
        .hint("please report it: trees are pruned so that this does not happen"))
}

fn chain(model: &Model, table: usize) -> &[Conditional] {
    model.tables[table].dependence.as_ref().map_or(&[], |dependence| &dependence.chain)
}

fn names(model: &Model, table: usize, field: Field) -> (String, String) {
    (model.schema.tables[table].name.to_string(), model.field_name(table, field))
}

fn rounded(nats: f64) -> f64 {
    (nats * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// One table whose columns are drawn with these fits.
    fn model(fits: &[Value]) -> Model {
        let column = |at: usize| {
            let name = format!("c{at}");
            json!({ "name": name, "data_type": { "integer": { "bits": 64, "unsigned": false } }, "native": "bigint", "nullable": false })
        };
        let learned = |at: usize| json!({ "name": format!("c{at}"), "nulls": 0, "distinct": 2, "marginal": "empty", "discloses": "Nothing." });
        let drawn = |(at, fit): (usize, &Value)| {
            json!({ "field": { "column": at }, "features": [], "fit": fit,
                "tree": { "nodes": [], "histograms": [[-1, 1, 5]], "tau": 5.0, "groups": 63 } })
        };
        let columns = 0..fits.len();
        serde_json::from_value(json!({
            "format": 1, "written_by": "0", "privacy": { "k": 5 },
            "schema": { "dialect": "sqlite", "tables": [{
                "name": { "schema": null, "name": "t" }, "columns": columns.clone().map(column).collect::<Vec<_>>(),
            }] },
            "tables": [{
                "name": "t", "rows": 100, "sampled": 100, "treatment": "learn", "because": "", "cardinalities": [],
                "columns": columns.map(learned).collect::<Vec<_>>(),
                "dependence": { "chain": fits.iter().enumerate().map(drawn).collect::<Vec<_>>() },
            }],
        }))
        .expect("a model")
    }

    #[test]
    fn gaps_are_summed_and_the_largest_is_named() {
        let fit = |seen: f64, held_out: f64| json!({ "seen": seen, "held_out": held_out, "error": 0.01 });
        let found =
            generalisation(&model(&[fit(0.5, 0.45), fit(0.3, 0.1), Value::Null])).expect("held-out rows");
        assert_eq!((found.seen, found.held_out, found.gap), (0.8, 0.55, 0.25));
        assert_eq!((found.largest.field.as_str(), found.largest.gap), ("c1", 0.2));
        assert_eq!(generalisation(&model(&[Value::Null])), None);
    }

    #[test]
    fn a_memory_of_rows_is_refused() {
        let good = json!({ "seen": 0.9, "held_out": 0.01, "error": 0.02 });
        let bad = json!({ "seen": 0.9, "held_out": -0.25, "error": 0.02 });
        refuse_memorising(&model(&[good.clone(), Value::Null])).expect("it helps");
        let error = refuse_memorising(&model(&[good, bad.clone(), bad])).expect_err("a memory");
        assert_eq!(error.exit_code(), 1);
        let message = error.to_string();
        assert!(
            message.contains("`t.c1`") && message.contains("1 more") && message.contains("0.25"),
            "{message}"
        );
    }
}

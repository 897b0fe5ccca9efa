//! Generators with parameters: constants, lists, ranges, serial numbers.

use super::{ColumnGenerator, Definition, Request, Sampler, Values, distinct, number};
use crate::model::{Ordered, Segment, UniqueIntegers};
use crate::schema::DataType;
use arrow_array::StringArray;

/// The same value everywhere.
pub(super) struct Constant;

impl ColumnGenerator for Constant {
    fn definition(&self) -> Definition {
        Definition {
            name: "constant",
            help: "the same value in every row",
            parameters: &[("value", "the value, as text, number or boolean")],
            example: "generator = { constant = { value = \"EUR\" } }",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        if request.unique && request.count > 1 {
            return Err("the column is unique, a constant is not".into());
        }
        let value = request.parameters.get("value").ok_or("the parameter `value` is missing")?;
        Ok(Box::new(Choice { texts: vec![plain(value)], count: request.count }))
    }
}

/// NULL everywhere.
pub(super) struct Null;

impl ColumnGenerator for Null {
    fn definition(&self) -> Definition {
        Definition {
            name: "null",
            help: "NULL in every row",
            parameters: &[],
            example: "generator = \"null\"",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        if !request.column.nullable {
            return Err("the column does not allow NULL".into());
        }
        Ok(Box::new(Nothing))
    }
}

/// Samples NULL.
pub(super) struct Nothing;

impl Sampler for Nothing {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::Texts(StringArray::new_null(positions.len()))
    }
}

/// The same text in every row.
pub(super) struct Same(pub(super) String);

impl Sampler for Same {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |_, text| text.push_str(&self.0))
    }
}

/// One value of a list.
pub(super) struct OneOf;

impl ColumnGenerator for OneOf {
    fn definition(&self) -> Definition {
        Definition {
            name: "one_of",
            help: "one of the values, each as often as the others",
            parameters: &[("values", "the list")],
            example: "generator = { one_of = { values = [\"red\", \"green\"] } }",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        let values = request.parameters.get("values").and_then(toml::Value::as_array);
        let texts: Vec<String> =
            values.ok_or("the parameter `values` is missing, or not a list")?.iter().map(plain).collect();
        if texts.is_empty() {
            return Err("the list of values is empty".into());
        }
        if request.unique && request.count > texts.len() as u64 {
            return Err(format!(
                "the list has {} values, {} different ones are needed",
                texts.len(),
                request.count
            ));
        }
        Ok(Box::new(Choice { texts, count: request.count }))
    }
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

struct Choice {
    texts: Vec<String>,
    count: u64,
}

impl Sampler for Choice {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        let kinds = self.texts.len() as u128;
        Values::texts(positions, |position, text| {
            let index = u128::from(position) * kinds / u128::from(self.count.max(1));
            text.push_str(&self.texts[index.min(kinds - 1) as usize]);
        })
    }
}

/// Evenly spread numbers.
pub(super) struct Range;

impl ColumnGenerator for Range {
    fn definition(&self) -> Definition {
        Definition {
            name: "range",
            help: "numbers from min to max, each as often as the others",
            parameters: &[("min", "the least"), ("max", "the greatest")],
            example: "generator = { range = { min = 18, max = 90 } }",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        let number = |name: &str| {
            let value = request.parameters.get(name).ok_or(format!("the parameter `{name}` is missing"))?;
            value
                .as_float()
                .or_else(|| value.as_integer().map(|v| v as f64))
                .ok_or(format!("the parameter `{name}` is not a number"))
        };
        let (min, max) = (number("min")?, number("max")?);
        if min > max {
            return Err(format!("min ({min}) is greater than max ({max})"));
        }
        match request.data_type() {
            DataType::Float { .. } | DataType::Numeric => {
                let ordered = Ordered::new(vec![Segment { low: min, high: max, rows: 1 }], 0.0, 0.0);
                let floats = number::Floats::new(&ordered, request)
                    .ok_or("no number of the range passes the CHECK")?;
                Ok(Box::new(floats))
            }
            DataType::Integer { .. } | DataType::Decimal { .. } => {
                let scale =
                    if let DataType::Decimal { scale, .. } = request.data_type() { *scale } else { 0 };
                let unit = libm::pow(10.0, f64::from(scale));
                let (low, high) = ((min * unit).ceil() as i64, (max * unit).floor() as i64);
                if request.unique {
                    let room = i128::from(high) - i128::from(low) + 1;
                    if room < i128::from(request.count) {
                        return Err(format!(
                            "the range has {room} different values, {} are needed",
                            request.count
                        ));
                    }
                    let spare = (room - i128::from(request.count)) as i64;
                    let unique = UniqueIntegers {
                        gaps: vec![low, low.saturating_add(spare)],
                        rows: request.count,
                        step: 1,
                        offset: 0,
                        serial: false,
                    };
                    return Ok(Box::new(distinct::Distinct::new(&unique, request)?));
                }
                let ordered = Ordered::new(vec![Segment { low, high, rows: 1 }], 1, 0);
                let integers = number::Integers::new(&ordered, request)
                    .ok_or("no number of the range passes the CHECK")?;
                Ok(Box::new(integers))
            }
            _ => Err("the column does not hold numbers".into()),
        }
    }
}

/// Serial numbers.
pub(super) struct Serial;

impl ColumnGenerator for Serial {
    fn definition(&self) -> Definition {
        Definition {
            name: "serial",
            help: "whole numbers one after the other",
            parameters: &[("start", "the first one; 1 unless said")],
            example: "generator = { serial = { start = 1000 } }",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        let start = request.parameters.get("start").and_then(toml::Value::as_integer).unwrap_or(1);
        Ok(Box::new(distinct::Distinct::new(&serial(start, request.count), request)?))
    }
}

/// The spread of numbers without gaps.
pub(super) fn serial(start: i64, rows: u64) -> UniqueIntegers {
    UniqueIntegers { gaps: vec![start], rows, step: 1, offset: 0, serial: true }
}

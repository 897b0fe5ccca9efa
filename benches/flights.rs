//! A year of flights that nobody flew: a table of 19 columns with its three parent tables, held in memory, as a source.
//!
//! Equal numbers of rows give equal tables. Its columns depend on each other as those of real flights do: delays grow over the
//! day, air time follows distance, airlines have planes and destinations of their own, cancelled flights lack half their columns.

use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{ArrayRef, Float64Array, Int64Array, PrimitiveArray, RecordBatch, StringArray};
use async_trait::async_trait;
use seed::Result;
use seed::schema::{Dialect, Schema};
use seed::store::{ChildCounts, DatabaseIdentity, Sample, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The number of the table of flights; its parents come before it.
pub(crate) const FLIGHTS: usize = 3;

const AIRLINES: u64 = 16;
const AIRPORTS: u64 = 105;
const PLANES: u64 = 3_300;
const ORIGINS: u64 = 3;
/// Midnight of the first of January 2013, in hours since 1970.
const START: i64 = 376_944;
const BATCH: usize = 8_192;

/// All tables, and the parents' rows of every foreign key.
pub(crate) struct Flights {
    tables: Vec<Vec<ArrayRef>>,
    parents: BTreeMap<usize, Vec<Option<u64>>>,
}

/// Numbers that look random and are the same every time (a linear congruential generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    /// Small numbers more often than large ones.
    fn skewed(&mut self, end: u64) -> u64 {
        let once = self.below(end);
        self.below(once + 1)
    }

    /// Around zero, below `width` in size, rarely far away from it.
    fn bell(&mut self, width: u64) -> i64 {
        (0..4).map(|_| self.below(width) as i64).sum::<i64>() / 2 - width as i64
    }
}

/// One flight; the order of its numbers is that of the columns that hold whole numbers.
struct Flight {
    numbers: [Option<i64>; 14],
    airline: u64,
    plane: Option<u64>,
    origin: u64,
    dest: u64,
    departs: i64,
}

fn flight(at: u64, rows: u64, dice: &mut Dice) -> Flight {
    let day_of_year = (at * 365 / rows) as i64;
    let (mut month, mut day) = (1, day_of_year + 1);
    for length in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day > length {
            (month, day) = (month + 1, day - length);
        }
    }
    let airline = dice.skewed(AIRLINES);
    let origin = (airline + dice.skewed(ORIGINS)) % ORIGINS;
    let dest = ORIGINS + (airline * 6 + dice.skewed(40)) % (AIRPORTS - ORIGINS);
    let plane = airline * (PLANES / AIRLINES) + dice.below(PLANES / AIRLINES);
    let distance = 90 + ((dest * 7_919 + origin * 11) % 2_500) as i64;
    let (hour, minute) = (5 + (dice.below(10) + dice.below(10)) as i64, 5 * dice.below(12) as i64);
    let clock = |minutes: i64| (minutes.rem_euclid(1_440) / 60) * 100 + minutes.rem_euclid(60);
    let (scheduled, flown) = (60 * hour + minute, distance / 8 + 20 + dice.bell(12));
    let late = if dice.below(4) == 0 { dice.skewed(20 + 10 * hour as u64) as i64 } else { dice.bell(8) };
    let arrives_late = late + dice.bell(20);
    let lasts = distance / 8 + 45;
    let is_flown = dice.below(40) != 0;
    let known = |value: i64| is_flown.then_some(value);
    let number = airline as i64 * 300 + (dest * 3 + origin) as i64 + dice.skewed(20) as i64;
    let numbers = [
        Some(2_013),
        Some(month),
        Some(day),
        known(clock(scheduled + late)),
        Some(clock(scheduled)),
        known(late),
        known(clock(scheduled + lasts + arrives_late)),
        Some(clock(scheduled + lasts)),
        known(arrives_late),
        Some(number),
        known(flown),
        Some(distance),
        Some(hour),
        Some(minute),
    ];
    let plane = (is_flown || dice.below(4) == 0).then_some(plane);
    Flight { numbers, airline, plane, origin, dest, departs: START + 24 * day_of_year + hour }
}

fn airline_code(at: u64) -> String {
    char::from(b'A' + at as u8).to_string() + "X"
}

fn airport_code(at: u64) -> String {
    [at / 26 % 26, at % 26, at * 7 % 26].map(|letter| char::from(b'A' + letter as u8)).iter().collect()
}

fn tail(at: u64) -> String {
    format!("N{:05}", 10_000 + at * 13)
}

fn numbers(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int64Array>())
}

fn texts(values: impl IntoIterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

impl Flights {
    /// That many flights, with their parents.
    pub(crate) fn new(rows: u64) -> Self {
        let mut dice = Dice(2_013);
        let codes = |count: u64, code: fn(u64) -> String| texts((0..count).map(|at| Some(code(at))));
        let airlines = vec![
            codes(AIRLINES, airline_code),
            texts((0..AIRLINES).map(|at| Some(format!("Airline no. {at}")))),
        ];
        let mut degrees = |low: f64| -> ArrayRef {
            Arc::new((0..AIRPORTS).map(|_| low + dice.below(500_000) as f64 / 1e4).collect::<Float64Array>())
        };
        let airports = vec![codes(AIRPORTS, airport_code), degrees(20.0), degrees(-120.0)];
        let made = (0..PLANES).map(|at| Some(1_985 + (at % 27) as i64)).collect::<Vec<_>>();
        let seats = (0..PLANES).map(|at| Some(50 + 10 * (at / 200) as i64));
        let planes = vec![codes(PLANES, tail), numbers(made), numbers(seats)];
        let flights: Vec<Flight> = (0..rows).map(|at| flight(at, rows, &mut dice)).collect();
        let number = |at: usize| numbers(flights.iter().map(|flight| flight.numbers[at]));
        let departs = flights.iter().map(|flight| Some(flight.departs * 3_600_000_000));
        let departs: PrimitiveArray<TimestampMicrosecondType> = departs.collect();
        let text = |of: fn(&Flight) -> Option<String>| texts(flights.iter().map(of));
        let columns = vec![
            number(0),
            number(1),
            number(2),
            number(3),
            number(4),
            number(5),
            number(6),
            number(7),
            number(8),
            text(|flight| Some(airline_code(flight.airline))),
            number(9),
            text(|flight| flight.plane.map(tail)),
            text(|flight| Some(airport_code(flight.origin))),
            text(|flight| Some(airport_code(flight.dest))),
            number(10),
            number(11),
            number(12),
            number(13),
            Arc::new(departs) as ArrayRef,
        ];
        let parents = [
            flights.iter().map(|flight| Some(flight.airline)).collect(),
            flights.iter().map(|flight| flight.plane).collect(),
            flights.iter().map(|flight| Some(flight.origin)).collect(),
            flights.iter().map(|flight| Some(flight.dest)).collect(),
        ];
        let tables = vec![airlines, airports, planes, columns];
        Self { tables, parents: (0..).zip(parents).collect() }
    }

    /// What it looks like.
    pub(crate) fn schema() -> Schema {
        let number = || serde_json::json!({ "integer": { "bits": 32, "unsigned": false } });
        let text = || serde_json::json!({ "text": { "max": null, "fixed": false } });
        let table = |name: &str,
                     columns: &[(&str, serde_json::Value)],
                     key: bool,
                     parents: &[(usize, usize)]| {
            let columns: Vec<_> = columns
                .iter()
                .map(|(name, of)| serde_json::json!({ "name": name, "data_type": of, "native": "type", "nullable": true }))
                .collect();
            let foreign: Vec<_> = parents
                .iter()
                .map(|(column, parent)| {
                    serde_json::json!({
                        "name": null, "columns": [column], "parent": parent, "parent_columns": [0], "on_delete": "no_action",
                        "on_update": "no_action", "deferrable": "no", "match_full": false, "declared": true,
                    })
                })
                .collect();
            let primary = key
                .then(|| serde_json::json!({ "columns": [0], "nulls_distinct": true, "constraint": true }));
            serde_json::json!({
                "name": { "schema": null, "name": name }, "columns": columns, "primary_key": primary, "foreign_keys": foreign,
            })
        };
        let float = || serde_json::json!({ "float": { "bits": 64 } });
        let mut flights: Vec<(&str, serde_json::Value)> = [
            "year",
            "month",
            "day",
            "dep_time",
            "sched_dep_time",
            "dep_delay",
            "arr_time",
            "sched_arr_time",
            "arr_delay",
            "carrier",
            "flight",
            "tailnum",
            "origin",
            "dest",
            "air_time",
            "distance",
            "hour",
            "minute",
        ]
        .map(|name| (name, number()))
        .to_vec();
        for at in [9, 11, 12, 13] {
            flights[at].1 = text();
        }
        flights.push(("time_hour", serde_json::json!({ "timestamp": { "zoned": false } })));
        let tables = [
            table("airlines", &[("code", text()), ("name", text())], true, &[]),
            table("airports", &[("code", text()), ("lat", float()), ("lon", float())], true, &[]),
            table("planes", &[("tailnum", text()), ("made", number()), ("seats", number())], true, &[]),
            table("flights", &flights, false, &[(9, 0), (11, 2), (12, 1), (13, 1)]),
        ];
        serde_json::from_value(serde_json::json!({ "dialect": "postgres", "tables": tables }))
            .expect("a schema")
    }

    fn children(&self, schema: &Schema, foreign_key: usize) -> Vec<u64> {
        let parent = schema.tables[FLIGHTS].foreign_keys[foreign_key].parent;
        let mut children = vec![0; self.tables[parent][0].len()];
        self.parents[&foreign_key].iter().flatten().for_each(|&parent| children[parent as usize] += 1);
        children
    }
}

#[async_trait]
impl Source for Flights {
    async fn identity(&mut self) -> Result<DatabaseIdentity> {
        Ok(DatabaseIdentity {
            dialect: Dialect::Postgres,
            server: "memory".into(),
            database: "flights".into(),
        })
    }

    async fn introspect(&mut self) -> Result<Schema> {
        Ok(Self::schema())
    }

    async fn count(&mut self, _: &Schema, table: usize) -> Result<u64> {
        Ok(self.tables[table][0].len() as u64)
    }

    async fn child_counts(&mut self, schema: &Schema, _: usize, foreign_key: usize) -> Result<ChildCounts> {
        let mut histogram = BTreeMap::new();
        for children in self.children(schema, foreign_key) {
            *histogram.entry(children).or_insert(0) += 1;
        }
        let null_rows = self.parents[&foreign_key].iter().filter(|parent| parent.is_none()).count() as u64;
        Ok(ChildCounts { histogram: histogram.into_iter().collect(), null_rows })
    }

    async fn children_of_each(&mut self, schema: &Schema, _: usize, foreign_key: usize) -> Result<Vec<u64>> {
        Ok(self.children(schema, foreign_key))
    }

    async fn scan(
        &mut self,
        schema: &Schema,
        table: usize,
        _: Sample,
        _: bool,
        batches: mpsc::Sender<RecordBatch>,
    ) -> Result<()> {
        let all = RecordBatch::try_new(schema.tables[table].arrow_schema(), self.tables[table].clone())
            .expect("columns are of the types that the schema says");
        for start in (0..all.num_rows()).step_by(BATCH) {
            if batches.send(all.slice(start, BATCH.min(all.num_rows() - start))).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

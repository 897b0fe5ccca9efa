//! How many rows tables have that nobody has counted: few where others look things up, more where things happen.

use super::column::room as room_of_column;
use crate::model::{Model, Treatment};
use crate::schema::check::Restriction;
use crate::schema::graph::SchemaGraph;
use crate::schema::words::{has_word, words_of};
use crate::schema::{Schema, Table, UniqueKey};
use std::collections::BTreeSet;

/// Rows of a table in which others look things up; also the fewest of any table.
const LOOKUP: u64 = 100;

/// Rows of a table of things that others refer to, and that refers to nothing itself.
const THINGS: u64 = 300;

/// Rows of a table that nothing is tied to.
const ALONE: u64 = 500;

/// Rows at the most.
const MOST: u64 = 2_000;

/// Columns up to which a table that refers to nothing is one to look things up in.
const FEW_COLUMNS: usize = 4;

/// Words in the names of tables in which others look things up.
const LOOKUP_WORDS: &[&str] = &[
    "type",
    "status",
    "kind",
    "category",
    "class",
    "role",
    "model",
    "country",
    "countries",
    "currency",
    "currencies",
    "language",
    "state",
    "format",
    "unit",
    "level",
    "priority",
    "gender",
    "packaging",
    "mode",
    "def",
    "lookup",
];

/// Rows of all tables, and why some have fewer than they would.
pub(super) struct Counts {
    pub(super) rows: Vec<u64>,
    pub(super) notes: Vec<String>,
}

impl Counts {
    pub(super) fn new(
        model: &Model,
        treatments: &[Treatment],
        wanted: &BTreeSet<usize>,
        restrictions: &[Vec<Restriction>],
    ) -> Self {
        let schema = &model.schema;
        let held = |table: usize| match (&model.tables[table].reference, treatments[table]) {
            (Some(rows), Treatment::Copy) => rows.len() as u64,
            (_, Treatment::Skip) => 0,
            _ => model.tables[table].rows,
        };
        let mut counts = Self { rows: (0..schema.tables.len()).map(held).collect(), notes: Vec::new() };
        for table in SchemaGraph::new(schema).order() {
            if !wanted.contains(&table) {
                continue;
            }
            let plausible = counts.plausible(schema, table);
            counts.rows[table] = plausible;
            let tightest = schema.tables[table]
                .unique_keys()
                .map(|key| (counts.room(schema, table, key, &restrictions[table]), key))
                .min_by_key(|(room, _)| *room);
            if let Some((room, key)) = tightest.filter(|(room, _)| *room < plausible) {
                counts.rows[table] = room;
                let this = &schema.tables[table];
                counts.notes.push(format!(
                    "{}: {room} rows, the most that its key ({}) has room for",
                    this.name,
                    key.expression.clone().unwrap_or_else(|| this.column_names(&key.columns))
                ));
            }
        }
        counts
    }

    fn plausible(&self, schema: &Schema, table: usize) -> u64 {
        let this = &schema.tables[table];
        let required = this.foreign_keys.iter().filter(|key| {
            key.parent != table && key.columns.iter().all(|&column| !this.columns[column].nullable)
        });
        let parents = required.map(|key| self.rows[key.parent]).max();
        let mut others = schema.tables.iter().enumerate().filter(|&(other, _)| other != table);
        let referenced = others.any(|(_, other)| other.foreign_keys.iter().any(|key| key.parent == table));
        let plausible = match parents.filter(|&rows| rows > 0) {
            // Where a key is a parent's key, there are no more rows than parents.
            Some(rows) if is_part_of_parent(this) => rows.max(LOOKUP),
            Some(rows) if referenced => rows * 2,
            Some(rows) => rows * 3,
            None if referenced && is_lookup(this) => LOOKUP,
            None if referenced => THINGS,
            None => ALONE,
        };
        plausible.clamp(LOOKUP, MOST)
    }

    /// How many rows a unique key lets a table have.
    fn room(&self, schema: &Schema, table: usize, key: &UniqueKey, restrictions: &[Restriction]) -> u64 {
        let this = &schema.tables[table];
        if key.admits_one_row(this) && key.predicate.is_none() {
            return 1;
        }
        let open = key.columns.is_empty() || key.predicate.is_some() || key.expression.is_some();
        // A column of a key that a CHECK looks at is never left without a value.
        let may_lack = |column: &usize| {
            this.columns[*column].nullable
                && super::predicates(schema, this).iter().all(|check| !check.columns().contains(column))
        };
        if open || (key.nulls_distinct && key.columns.iter().any(may_lack)) {
            return u64::MAX;
        }
        let mut followed = BTreeSet::new();
        key.columns.iter().fold(1u64, |room, &column| {
            let found = this.foreign_keys.iter().position(|other| other.columns.contains(&column));
            let parent = found.map(|number| (number, this.foreign_keys[number].parent));
            let ways = match parent {
                // A self-reference and a parent that comes later are no limit that is known here.
                Some((_, parent)) if parent == table || self.rows[parent] == 0 => u64::MAX,
                Some((number, parent)) => {
                    if followed.insert(number) {
                        self.rows[parent]
                    } else {
                        1
                    }
                }
                None => room_of_column(&this.columns[column], &restrictions[column]),
            };
            room.saturating_mul(ways)
        })
    }
}

/// Whether the primary key is (part of) a foreign key, so that every row belongs to a parent of its own.
fn is_part_of_parent(table: &Table) -> bool {
    table.primary_key.as_ref().is_some_and(|key| {
        table.foreign_keys.iter().any(|other| key.columns.iter().all(|column| other.columns.contains(column)))
    })
}

fn is_lookup(table: &Table) -> bool {
    let words = words_of(&table.name.name);
    let few = table.columns.len() <= FEW_COLUMNS;
    table.foreign_keys.is_empty() && (few || LOOKUP_WORDS.iter().any(|word| has_word(&words, word)))
}

//! Days and times in the order in which things happen: created, updated, closed; and no order before its customer.

use crate::model::rule::Operand;
use crate::model::{ColumnModel, Marginal, Model, Ordered, Relative, Segment, Side, Treatment};
use crate::schema::check::Restriction;
use crate::schema::civil::DAY;
use crate::schema::graph::SchemaGraph;
use crate::schema::words::{has_word, words_of};
use crate::schema::{DataType, Schema};
use std::collections::BTreeMap;

/// Words by when something happens, the earlier the higher in the list.
const STAGES: &[&[&str]] = &[
    &[
        "created",
        "creation",
        "registered",
        "registration",
        "signup",
        "joined",
        "hired",
        "added",
        "opened",
        "inserted",
        "founded",
    ],
    &[
        "start",
        "started",
        "begin",
        "begun",
        "from",
        "ordered",
        "placed",
        "requested",
        "issued",
        "posted",
        "submitted",
        "sent",
    ],
    &["confirmed", "accepted", "approved", "paid", "processed", "shipped", "received"],
    &[
        "updated",
        "modified",
        "changed",
        "touched",
        "edited",
        "last",
        "seen",
        "delivered",
        "update",
        "modification",
    ],
    &[
        "end",
        "ended",
        "until",
        "to",
        "finished",
        "finish",
        "stop",
        "completed",
        "closed",
        "due",
        "expires",
        "expired",
        "expiry",
        "expiration",
    ],
    &["deleted", "removed", "archived", "cancelled", "canceled", "purged"],
];

/// The stage of what has no word in [`STAGES`].
const SOMETIME: usize = 1;

/// Words for days on which nobody of the table existed yet.
const BIRTH: &[&str] = &["birth", "birthday", "birthdate", "dob", "born"];

/// 2020-01-01, in days.
const FIRST: i64 = 18_262;
/// 2025-12-31, in days.
const LAST: i64 = 20_453;
/// 1945-01-01 to 2006-12-31, in days.
const BIRTHS: (i64, i64) = (-9_131, 13_513);

/// Which columns of made-up tables follow which others.
pub(super) struct Moments {
    /// By table and column: what it is counted from.
    follows: BTreeMap<usize, BTreeMap<usize, Operand>>,
    /// Whether a column is of days (else of times), by table, for those of days and times; birthdays are marked.
    columns: BTreeMap<usize, BTreeMap<usize, Kind>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Day,
    Time,
    Birthday,
}

impl Moments {
    pub(super) fn new(model: &Model, treatments: &[Treatment], restrictions: &[Vec<Restriction>]) -> Self {
        let schema = &model.schema;
        let graph = SchemaGraph::new(schema);
        let mut moments = Self { follows: BTreeMap::new(), columns: BTreeMap::new() };
        let mut first: BTreeMap<usize, usize> = BTreeMap::new();
        for table in graph.order().into_iter().filter(|&table| treatments[table] == Treatment::Fake) {
            let staged = staged(schema, table, &restrictions[table]);
            let mut follows = BTreeMap::new();
            if let Some(&(_, earliest)) = staged.first() {
                first.insert(table, earliest);
                let above = parent(schema, &graph, table, &first);
                if let Some(above) = above {
                    follows.insert(earliest, above);
                }
            }
            for (at, &(stage, column)) in staged.iter().enumerate().skip(1) {
                // What happens at the same stage is counted from the same moment.
                let before =
                    staged[..at].iter().rev().find(|(other, _)| *other < stage).unwrap_or(&staged[0]);
                follows.insert(column, Operand::Column { path: Vec::new(), column: before.1 });
            }
            moments.follows.insert(table, follows);
            moments.columns.insert(table, kinds(schema, table, &restrictions[table]));
        }
        moments
    }

    /// Tells the days and times of a table.
    pub(super) fn tell(&self, table: usize, columns: &mut [ColumnModel]) {
        for (&column, &kind) in self.columns.get(&table).into_iter().flatten() {
            let (unit, step) = if kind == Kind::Time { (DAY, 1_000_000) } else { (1, 1) };
            let (low, high) = if kind == Kind::Birthday { BIRTHS } else { (FIRST, LAST) };
            let (low, high) = (low * unit, high * unit);
            let model = &mut columns[column];
            let Some(to) = self.follows.get(&table).and_then(|follows| follows.get(&column)) else {
                model.marginal = ordered(&[(low, high, 100)], step);
                continue;
            };
            let part = |days: i64| days * unit;
            let soon = if kind == Kind::Time { DAY / 24 } else { 1 };
            model.marginal = ordered(
                &[
                    (step, soon, 25),
                    (soon + step, part(7), 40),
                    (part(7) + step, part(60), 25),
                    (part(60) + step, part(400), 10),
                ],
                step,
            );
            let highest = high + part(800);
            model.relative = Some(Relative {
                to: to.clone(),
                side: Side::After,
                limits: Vec::new(),
                alone: true,
                lowest: low,
                highest,
                step,
                offset: 0,
                open: None,
            });
        }
    }
}

fn ordered(shape: &[(i64, i64, u64)], step: i64) -> Marginal {
    let segments = shape.iter().filter(|(low, high, _)| low <= high);
    let segments = segments.map(|&(low, high, rows)| Segment { low, high, rows }).collect();
    Marginal::Integers(Ordered::new(segments, step, 0))
}

/// Columns of days and times that are free: in no key, and with no bounds of their own.
fn kinds(schema: &Schema, table: usize, restrictions: &[Restriction]) -> BTreeMap<usize, Kind> {
    let this = &schema.tables[table];
    let free = |column: &usize| {
        restrictions[*column]
            == Restriction { not_null: restrictions[*column].not_null, ..Restriction::default() }
            && this.unique_keys().all(|key| !key.columns.contains(column))
            && this.foreign_keys.iter().all(|key| !key.columns.contains(column))
    };
    let written = this.written_columns().filter(|(column, _)| free(column));
    written
        .filter_map(|(index, column)| {
            let words = words_of(&column.name);
            Some((
                index,
                match column.data_type {
                    DataType::Date if BIRTH.iter().any(|word| has_word(&words, word)) => Kind::Birthday,
                    DataType::Date => Kind::Day,
                    DataType::Timestamp { .. } => Kind::Time,
                    _ => return None,
                },
            ))
        })
        .collect()
}

/// The columns that follow each other, by stage; what a CHECK orders comes in its order.
fn staged(schema: &Schema, table: usize, restrictions: &[Restriction]) -> Vec<(usize, usize)> {
    let this = &schema.tables[table];
    let mut stages: BTreeMap<usize, usize> = kinds(schema, table, restrictions)
        .into_iter()
        .filter(|(_, kind)| *kind != Kind::Birthday)
        .map(|(column, _)| {
            let words = words_of(&this.columns[column].name);
            let named = |list: &&[&str]| list.iter().any(|word| has_word(&words, word));
            // The last word that is found counts: `last_modified_from` begins, `created_until` ends.
            (column, STAGES.iter().rposition(named).unwrap_or(SOMETIME) * 10)
        })
        .collect();
    let orderings: Vec<_> =
        super::predicates(schema, this).iter().flat_map(|predicate| predicate.orderings()).collect();
    for _ in 0..orderings.len() {
        for (low, high, _) in &orderings {
            if let (Some(&before), Some(&after)) = (stages.get(low), stages.get(high))
                && after <= before
            {
                stages.insert(*high, before + 1);
            }
        }
    }
    let mut staged: Vec<(usize, usize)> = stages.into_iter().map(|(column, stage)| (stage, column)).collect();
    // What is never NULL comes first, so that the others have something to be counted from.
    staged.sort_by_key(|&(stage, column)| (stage, this.columns[column].nullable, column));
    staged
}

/// The first moment of a parent that every row has.
fn parent(
    schema: &Schema,
    graph: &SchemaGraph,
    table: usize,
    first: &BTreeMap<usize, usize>,
) -> Option<Operand> {
    let this = &schema.tables[table];
    this.foreign_keys.iter().enumerate().find_map(|(number, key)| {
        let required = key.columns.iter().all(|&column| !this.columns[column].nullable);
        let earlier = key.parent != table && !graph.is_late(table, number);
        let column = *first.get(&key.parent).filter(|_| required && earlier)?;
        Some(Operand::Column { path: vec![number], column })
    })
}

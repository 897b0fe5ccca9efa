//! What moves with columns that are balanced: whatever looks at them, and whatever looks at that. The source's numbers of rows are no guide to
//! those of new rows then; trees are.

use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::{CountBin, Dependence, Feature, Field, Model, Treatment};
use crate::plan::Plan;
use crate::schema::ForeignKey;
use std::collections::{BTreeMap, BTreeSet};

/// Tables that grow or shrink by less than this do not.
const LITTLE: f64 = 0.02;

/// Fields that move with columns that are balanced, and tables that grow with them.
#[derive(Default)]
pub(crate) struct Moved {
    fields: BTreeSet<(usize, Field)>,
    /// Rows per row planned.
    growth: BTreeMap<usize, f64>,
}

impl Moved {
    pub(super) fn new(model: &Model, plan: &Plan) -> Self {
        let balanced = plan.tables.iter().enumerate();
        let balanced =
            balanced.flat_map(|(table, plan)| plan.balanced.keys().map(move |&column| (table, column)));
        let mut moved = Self::default();
        moved.fields.extend(balanced.map(|(table, column)| (table, Field::Column(column))));
        let learned = |table: &usize| plan.tables[*table].treatment == Treatment::Learn;
        let tables: Vec<(usize, &Dependence)> = (0..model.tables.len())
            .filter(learned)
            .filter_map(|table| Some((table, model.tables[table].dependence.as_ref()?)))
            .collect();
        let mut known = 0;
        while known < moved.fields.len() {
            known = moved.fields.len();
            for (table, dependence) in &tables {
                moved.follow(model, *table, dependence);
            }
        }
        moved
    }

    /// Adds the fields of a table that look at what moves.
    fn follow(&mut self, model: &Model, table: usize, dependence: &Dependence) {
        let up = |table: usize, number: usize| model.schema.tables[table].foreign_keys[number].parent;
        for conditional in &dependence.chain {
            let looks = |feature: &Feature| match feature {
                Feature::Of { path, field } | Feature::Detail { path, field } => {
                    self.has(path.iter().fold(table, |at, &step| up(at, step)), *field)
                }
                Feature::Earlier { field, .. }
                | Feature::Mean(field)
                | Feature::Distinct(field)
                | Feature::Seen { field, .. } => self.has(table, *field),
                Feature::Position | Feature::Left => dependence.spine.is_some_and(|spine| {
                    self.has(up(table, spine), Field::Children { table, foreign_key: spine })
                }),
            };
            let mut lookup = conditional.lookup.iter().flat_map(|lookup| &lookup.columns);
            let moves = conditional.features.iter().any(looks)
                || lookup.any(|&column| self.has(table, Field::Column(column)));
            if moves {
                self.fields.insert((table, conditional.field));
            }
        }
    }

    /// Whether a field moves.
    pub(super) fn has(&self, table: usize, field: Field) -> bool {
        self.fields.contains(&(table, field))
    }
}

/// Parents by their number of children as it was drawn for them, where that moves with what is balanced.
pub(crate) fn histogram(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Option<Vec<CountBin>> {
    let parent = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    let field = Field::Children { table: site.table, foreign_key };
    let (tokens, _) = tables
        .known
        .children
        .get(&(site.table, foreign_key))
        .filter(|_| tables.known.moved.has(parent, field))?;
    let learned = &site.model.tables[site.table].cardinalities[foreign_key].histogram;
    let mut parents = vec![0u64; learned.len() + 1];
    tokens.iter().for_each(|&token| parents[usize::from(token)] += 1);
    let bin = |(bin, &parents): (&CountBin, &u64)| {
        let children = u128::from(parents) * u128::from(bin.children) / u128::from(bin.parents.max(1));
        CountBin { parents, children: children as u64, ..*bin }
    };
    Some(learned.iter().zip(&parents[1..]).map(bin).collect())
}

/// The rows of a table: as planned, or as many as follow from parents that are balanced, or that have grown with such.
pub(crate) fn grown(tables: &mut Tables, site: &Site<'_>, notes: &mut Vec<String>) -> u64 {
    let (decided, table) = (&site.plan.tables[site.table], &tables.schema.tables[site.table]);
    if decided.rows_are_exact || tables.known.moved.fields.is_empty() {
        return decided.rows;
    }
    let growth = |(number, key): (usize, &ForeignKey)| {
        let of_parent = tables.known.moved.growth.get(&key.parent).copied().unwrap_or(1.0);
        let each = |bins: &[CountBin]| {
            let parents: u64 = bins.iter().map(|bin| bin.parents).sum();
            let children: u64 = bins.iter().map(|bin| bin.children).sum();
            children as f64 / parents.max(1) as f64
        };
        let learned = each(&site.model.tables[site.table].cardinalities.get(number)?.histogram);
        let drawn = histogram(tables, site, number).map_or(learned, |bins| each(&bins));
        Some(if learned > 0.0 { of_parent * drawn / learned } else { of_parent })
    };
    let size = |growth: &f64| libm::log(growth.max(f64::MIN_POSITIVE)).abs();
    let growth = table.foreign_keys.iter().enumerate().filter_map(growth);
    let growth = growth.max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(1.0);
    if (growth - 1.0).abs() < LITTLE {
        return decided.rows;
    }
    let rows = (decided.rows as f64 * growth).round() as u64;
    let why = "they follow rows that are balanced";
    notes.push(format!("{}: {rows} rows instead of {}, since {why}", table.name, decided.rows));
    tables.known.moved.growth.insert(site.table, growth);
    rows
}

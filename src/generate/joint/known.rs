//! What is known of the tables that are ready, as far as trees of any table look at it.

use super::groups::AT_ONCE;
use super::kin::Origins;
use super::moved::Moved;
use super::positions::Margin;
use crate::generate::structure::Site;
use crate::generate::table::{Positions, Source, Tables};
use crate::model::context::{Context, NO_ROW, Rows};
use crate::model::{Codec, Conditional, Dependence, Feature, Field, Model, Treatment};
use crate::plan::Plan;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What is known while tables are made ready.
#[derive(Default)]
pub(crate) struct Known {
    pub(super) context: Context,
    /// Fields that rows below look at, by table.
    wanted: BTreeSet<(usize, Field)>,
    /// Foreign keys on the way to what is looked at, by table.
    steps: BTreeSet<(usize, usize)>,
    /// Tokens of columns of the table under way that get no positions: they are known to the trees only.
    pub(super) unplaced: BTreeMap<usize, Vec<u16>>,
    /// Of the table under way: from which histogram each row's token was drawn, of those parts of unique keys and of those links that
    /// nothing was drawn after.
    pub(super) origins: BTreeMap<Field, Origins>,
    /// Of every row of a parent, by child table and foreign key: the token of its number of children, and the histogram that it was drawn
    /// from.
    pub(super) children: BTreeMap<(usize, usize), (Vec<u16>, Vec<u32>)>,
    /// What moves with columns that are balanced.
    pub(super) moved: Moved,
}

impl Known {
    /// Nothing known yet.
    pub(crate) fn new(model: &Model, plan: &Plan) -> Self {
        let mut known = Self { moved: Moved::new(model, plan), ..Self::default() };
        let nothing = |keys: usize| Rows { parents: vec![Vec::new(); keys], ..Rows::default() };
        known.context.tables =
            model.schema.tables.iter().map(|table| nothing(table.foreign_keys.len())).collect();
        for (table, learned) in model.tables.iter().enumerate() {
            if let Some(dependence) = &learned.dependence
                && plan.tables[table].treatment == Treatment::Learn
            {
                known.want(model, table, dependence);
            }
        }
        known
    }

    fn want(&mut self, model: &Model, table: usize, dependence: &Dependence) {
        for link in &dependence.links {
            let parent = model.schema.tables[table].foreign_keys[link.foreign_key].parent;
            self.steps.insert((table, link.foreign_key));
            self.wanted.extend(link.fields.iter().map(|&field| (parent, field)));
        }
        for seen in &dependence.seen {
            let parent = model.schema.tables[table].foreign_keys[seen.foreign_key].parent;
            self.wanted.insert((parent, seen.field));
        }
        let spine = dependence.spine.map(|number| vec![number]);
        let features = dependence.chain.iter().flat_map(Conditional::looked_at);
        let paths = features.filter_map(|feature| match feature {
            Feature::Of { path, field } | Feature::Detail { path, field } if !path.is_empty() => {
                Some((path, Some(*field)))
            }
            _ => None,
        });
        for (path, field) in paths.chain(spine.iter().map(|path| (path, None))) {
            let mut at = table;
            for &step in path {
                self.steps.insert((at, step));
                at = model.schema.tables[at].foreign_keys[step].parent;
            }
            self.wanted.extend(field.map(|field| (at, field)));
        }
    }

    /// Whether rows below look at a field.
    pub(super) fn is_wanted(&self, table: usize, field: Field) -> bool {
        self.wanted.contains(&(table, field))
    }

    /// Keeps only some rows of what is known of the table under way.
    pub(crate) fn keep(&mut self, rows: &[u64]) {
        for tokens in self.unplaced.values_mut() {
            *tokens = rows.iter().map(|&row| tokens[row as usize]).collect();
        }
        for origins in self.origins.values_mut() {
            *origins = origins.of(rows);
        }
    }
}

/// Takes note of a table's parents as they are now.
pub(super) fn note_parents(tables: &mut Tables, site: &Site<'_>) {
    let table = site.table;
    let rows = tables.tables[table].rows;
    let count = tables.schema.tables[table].foreign_keys.len();
    let parents = (0..count)
        .map(|number| {
            if !tables.known.steps.contains(&(table, number)) {
                return Vec::new();
            }
            let parent = |row: u32| {
                tables.parent(table, number, u64::from(row)).map_or(NO_ROW, |parent| parent as u32)
            };
            (0..rows as u32).into_par_iter().with_min_len(AT_ONCE).map(parent).collect()
        })
        .collect();
    let noted = &mut tables.known.context.tables[table];
    (noted.len, noted.parents) = (rows as usize, parents);
    for (number, learned) in site.model.tables[table].cardinalities.iter().enumerate() {
        if let Some(each) = &learned.each {
            let codec = Codec::new(false, std::iter::once(0).chain(each.iter().copied()).collect());
            noted.parent_classes.insert(number, codec.classes[1..].to_vec());
            if let Some(details) = codec.details.get(1..) {
                noted.parent_details.insert(number, details.to_vec());
            }
        }
    }
}

/// The parents of the rows of a copied table, where these are copied too.
pub(crate) fn copied_parents(model: &Model, table: usize, number: usize) -> Vec<u32> {
    let key = &model.schema.tables[table].foreign_keys[number];
    let texts = |table: usize, columns: &[usize]| -> Option<Vec<Vec<Option<String>>>> {
        let rows = model.tables[table].reference.as_ref()?;
        let written: Vec<usize> =
            model.schema.tables[table].written_columns().map(|(index, _)| index).collect();
        let place = |column: &usize| written.binary_search(column).ok();
        let columns: Vec<usize> = columns.iter().map(place).collect::<Option<_>>()?;
        Some(
            (0..rows.len())
                .map(|row| columns.iter().map(|&at| rows.columns[at][row].clone()).collect())
                .collect(),
        )
    };
    let (Some(children), Some(parents)) =
        (texts(table, &key.columns), texts(key.parent, &key.parent_columns))
    else {
        return Vec::new();
    };
    let numbers: BTreeMap<_, u32> = parents.into_iter().zip(0..).collect();
    let parent = |tuple: &Vec<Option<String>>| {
        if tuple.contains(&None) { NO_ROW } else { numbers.get(tuple).copied().unwrap_or(NO_ROW) }
    };
    children.iter().map(parent).collect()
}

/// The tokens of a column as its values are now.
pub(super) fn tokens(tables: &Tables, site: &Site<'_>, column: usize, codec: &Codec) -> Vec<u16> {
    if let Some(tokens) = tables.known.unplaced.get(&column) {
        return tokens.clone();
    }
    let described = &tables.tables[site.table];
    if let Source::Drawn(drawn) = &described.columns[column]
        && matches!(drawn.positions, Positions::Listed(_))
    {
        let margin = Margin::new(drawn, codec, described.rows);
        if margin.wanted().is_some() {
            return margin.tokens((0..described.rows).map(|row| drawn.position(row)));
        }
    }
    let marginal = &site.model.tables[site.table].columns[column].marginal;
    let mut tokens = match &described.columns[column] {
        Source::Drawn(drawn) => {
            let rows: Vec<_> = (0..described.rows).map(Some).collect();
            marginal.tokens(&*drawn.sampled(&rows))
        }
        _ => marginal.tokens(&*tables.all_values(site.table, column)),
    };
    tokens.iter_mut().for_each(|token| *token = (*token).min(codec.tokens() as u16 - 1));
    tokens
}

/// The classes of some tokens.
pub(super) fn classes(tokens: &[u16], codec: &Codec) -> Vec<u8> {
    tokens.iter().map(|&token| codec.class(token)).collect()
}

/// The details of some tokens.
pub(super) fn details(tokens: &[u16], codec: &Codec) -> Vec<u8> {
    tokens.iter().map(|&token| codec.detail(token)).collect()
}

/// Takes note of what rows below look at in a table that is ready.
pub(crate) fn note(tables: &mut Tables, site: &Site<'_>) {
    note_parents(tables, site);
    let columns = tables.schema.tables[site.table].columns.len();
    for column in 0..columns {
        let field = Field::Column(column);
        if !tables.known.is_wanted(site.table, field) {
            continue;
        }
        if let Some(codec) = Codec::of_column(&site.model.tables[site.table].columns[column]) {
            let tokens = tokens(tables, site, column, &codec);
            let known = &mut tables.known.context.tables[site.table];
            known.fields.insert(field, classes(&tokens, &codec));
            if !codec.details.is_empty() {
                known.details.insert(field, details(&tokens, &codec));
            }
        }
    }
}

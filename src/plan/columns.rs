//! Where each column's values come from.

use super::links::LinkPlan;
use crate::config::{ColumnSetting, Settings};
use crate::error::{Error, Result};
use crate::model::{Field, Marginal, Model, SemanticKind, Treatment};
use crate::schema::check::{Predicate, Restriction, mentions};
use crate::schema::{DataType, Table, UniqueKey};

/// Where a column's values come from.
#[derive(Debug, Clone)]
pub enum ColumnPlan {
    /// The engine computes it; it is not written.
    Computed,
    /// The source's rows, verbatim.
    Copied,
    /// The parent's value.
    Inherited {
        /// The foreign key.
        foreign_key: usize,
        /// The position within it.
        position: usize,
    },
    /// Drawn for the row itself.
    Drawn {
        /// The generator the user asked for; `None` for what was learned.
        setting: Option<ColumnSetting>,
        /// No two rows may have the same value.
        unique: bool,
        /// Another column whose rank this one shares, because a CHECK orders the two.
        partner: Option<usize>,
        /// What CHECKs say of this column alone.
        restriction: Box<Restriction>,
    },
    /// Always NULL.
    Null,
}

/// Decides for every column of a table.
pub(super) fn decide(
    model: &Model,
    settings: &Settings,
    treatment: Treatment,
    index: usize,
    links: &[LinkPlan],
    placement: &[usize],
    filters: &[(usize, Predicate)],
) -> Result<Vec<ColumnPlan>> {
    let table = &model.schema.tables[index];
    let partners = partners(model, treatment, index, filters);
    let restrictions = restrictions(treatment, table, filters);
    (0..table.columns.len())
        .map(|column| {
            if table.columns[column].generated.is_some() {
                return Ok(ColumnPlan::Computed);
            }
            if treatment == Treatment::Copy {
                return Ok(ColumnPlan::Copied);
            }
            let setting = setting(model, settings, index, column);
            if let Some((foreign_key, position)) = governor(table, links, placement, column) {
                if setting.is_some() {
                    return Err(Error::usage(format!(
                        "column {}.{} takes its values from a foreign key; it cannot have a generator",
                        table.name, table.columns[column].name
                    ))
                    .hint("remove the generator from seed.toml"));
                }
                return Ok(ColumnPlan::Inherited { foreign_key, position });
            }
            if missing(table, links, column) && table.columns[column].nullable {
                return Ok(ColumnPlan::Null);
            }
            let is_found = treatment == Treatment::Learn && setting.is_none();
            Ok(ColumnPlan::Drawn {
                setting,
                unique: stands_alone(model, index, column, links, placement)
                    // No two rows of the source share a value, though no key says so.
                    || is_found && model.tables[index].columns[column].unique.is_some()
                    || treatment == Treatment::Fake && meets_exclusion(table, column),
                partner: partners[column],
                restriction: Box::new(restrictions[column].clone()),
            })
        })
        .collect()
}

/// What CHECKs say of each column. A column that was learned keeps to the orderings of its table by what it learned.
fn restrictions(treatment: Treatment, table: &Table, filters: &[(usize, Predicate)]) -> Vec<Restriction> {
    let predicates = filters.iter().map(|(_, predicate)| predicate);
    if treatment == Treatment::Fake {
        return Predicate::restrictions(predicates, table.columns.len());
    }
    let mut found = vec![Restriction::default(); table.columns.len()];
    for predicate in predicates {
        for (column, restriction) in found.iter_mut().enumerate() {
            restriction.intersect(predicate.restriction(column));
        }
    }
    found
}

fn setting(model: &Model, settings: &Settings, index: usize, column: usize) -> Option<ColumnSetting> {
    let table = &model.schema.tables[index];
    settings
        .columns
        .iter()
        .find(|((t, c), _)| model.schema.table_index(t) == Some(index) && *c == table.columns[column].name)
        .map(|(_, setting)| setting.clone())
}

/// The foreign key a column takes its value from: the first one placed, unless it is a late one that the column precedes.
fn governor(table: &Table, links: &[LinkPlan], placement: &[usize], column: usize) -> Option<(usize, usize)> {
    let required = |number: &&usize| {
        table.foreign_keys[**number].columns.iter().all(|&column| !table.columns[column].nullable)
    };
    let mut order: Vec<&usize> = placement.iter().collect();
    // A key that is never NULL gives its columns a value in every row.
    order.sort_by_key(|number| !required(number));
    let free = order.into_iter().find_map(|&number| {
        let position = table.foreign_keys[number].columns.iter().position(|&c| c == column)?;
        match &links[number] {
            LinkPlan::Free { scope, .. } if !scope.contains(&position) => Some((number, position)),
            _ => None,
        }
    });
    // A key that follows from another one without sharing its columns gives its own their values.
    let implied = || {
        (0..links.len()).filter(|&number| matches!(links[number], LinkPlan::Implied { .. })).find_map(
            |number| Some((number, table.foreign_keys[number].columns.iter().position(|&c| c == column)?)),
        )
    };
    free.or_else(implied)
}

fn missing(table: &Table, links: &[LinkPlan], column: usize) -> bool {
    table
        .foreign_keys
        .iter()
        .zip(links)
        .any(|(key, link)| *link == LinkPlan::Missing && key.columns.contains(&column))
}

/// Whether a column by itself has to keep some unique key: it is the only column of one, or the one column of a composite
/// key whose values hardly repeat anyway.
fn stands_alone(model: &Model, index: usize, column: usize, links: &[LinkPlan], placement: &[usize]) -> bool {
    let table = &model.schema.tables[index];
    // Ranges that are made by counting are apart from each other.
    let apart = table.exclusions.iter().any(|exclusion| exclusion.apart == Some(column));
    apart
        || table.unique_keys().any(|key| {
            key.columns.contains(&column)
                && (key.columns.len() == 1 || carrier(model, index, key, links, placement) == Some(column))
        })
        || decides_computed(table, column, links, placement)
        || table.uniques.iter().any(|key| {
            // Over an expression: unique values stay unique under lower(), trim() and the like as they are made.
            key.expression.as_deref().is_some_and(|text| {
                let told_apart = key.told_apart(table);
                told_apart.is_none_or(|columns| columns == [column])
                    && text
                        .split(|c: char| !c.is_alphanumeric() && c != '_')
                        .any(|word| table.columns[column].name.split(' ').next() == Some(word))
                    && holds_text(model, index, column)
            })
        })
}

/// Whether an exclusion constraint is met by different values in a column.
fn meets_exclusion(table: &Table, column: usize) -> bool {
    table.exclusions.iter().any(|exclusion| table.decides_alone(exclusion) == Some(column))
}

/// Whether a computed column of a unique key is told apart by this one: the first that its expression names and that can have enough values.
fn decides_computed(table: &Table, column: usize, links: &[LinkPlan], placement: &[usize]) -> bool {
    let computed = table.unique_keys().flat_map(|key| &key.columns);
    let mut expressions =
        computed.filter_map(|&column| Some(&table.columns[column].generated.as_ref()?.expression));
    expressions.any(|expression| {
        let named = (0..table.columns.len()).filter(|&at| mentions(expression, &table.columns[at].name));
        let mut roomy = named.filter(|&at| {
            table.columns[at].generated.is_none()
                && governor(table, links, placement, at).is_none()
                && table.columns[at].data_type.is_roomy()
        });
        roomy.next() == Some(column)
    })
}

/// Whether a column has texts of which nobody says that they repeat.
fn holds_text(model: &Model, index: usize, column: usize) -> bool {
    match model.tables[index].columns[column].marginal {
        Marginal::Text(_) => true,
        Marginal::Empty => {
            matches!(model.schema.tables[index].columns[column].data_type, DataType::Text { .. })
        }
        _ => false,
    }
}

/// The column of a composite unique key that alone makes it unique: one whose values were (almost) all different in the source.
pub(crate) fn carrier(
    model: &Model,
    index: usize,
    key: &UniqueKey,
    links: &[LinkPlan],
    placement: &[usize],
) -> Option<usize> {
    let table = &model.schema.tables[index];
    key.columns.iter().copied().find(|&column| {
        let learned = &model.tables[index].columns[column];
        let filled = model.tables[index].sampled.saturating_sub(learned.nulls);
        let free = governor(table, links, placement, column).is_none();
        let fresh = matches!(learned.marginal, Marginal::Text(_)) || learned.unique.is_some();
        // Two letters are too few for thousands of rows, however different they were in some.
        let roomy = !matches!(table.columns[column].data_type, DataType::Text { max: Some(..=2), .. });
        free && fresh && roomy && filled > 0 && learned.distinct * 10 >= filled * 9
    })
}

/// Pairs of columns that a CHECK orders share one rank: if a ≤ b holds in every row of the source, then it holds between
/// their quantiles at any one rank, so both keep their distribution. Nothing of the kind holds where nothing was learned: there
/// columns that are the wrong way round exchange their values.
fn partners(
    model: &Model,
    treatment: Treatment,
    index: usize,
    filters: &[(usize, Predicate)],
) -> Vec<Option<usize>> {
    let table = &model.schema.tables[index];
    let mut partners = vec![None; table.columns.len()];
    if matches!(treatment, Treatment::Fake | Treatment::Learn) {
        persons(model, index, &mut partners);
    }
    if treatment == Treatment::Fake {
        // Both ends of a stretch are counted from the same number.
        for (from, to) in table.exclusions.iter().filter_map(|exclusion| exclusion.span) {
            partners[from] = Some(from);
            partners[to] = Some(from);
        }
    }
    let filters = if treatment == Treatment::Fake { &[] } else { filters };
    let dependence = model.tables[index].dependence.as_ref().filter(|_| treatment == Treatment::Learn);
    let chain = dependence.map_or(&[][..], |dependence| &dependence.chain);
    for (_, predicate) in filters {
        for (low, high, _) in predicate.orderings() {
            let ordered = |column: usize| {
                // What is drawn jointly follows its tree; exchanges keep the order.
                let alone = chain.iter().all(|conditional| conditional.field != Field::Column(column));
                alone
                    && matches!(
                        model.tables[index].columns[column].marginal,
                        Marginal::Integers(_) | Marginal::Floats(_)
                    )
                    && model.tables[index].columns[column].unique.is_none()
                    && model.tables[index].columns[column].relative.is_none()
            };
            if ordered(low) && ordered(high) {
                let root = partners[low].or(partners[high]).unwrap_or(low);
                for column in [low, high] {
                    if column != root {
                        partners[column] = Some(root);
                    }
                }
            }
        }
    }
    // A root shares its rank with itself, so that it keeps its NULLs apart from its ranks as the others do.
    for column in 0..partners.len() {
        if let Some(root) = partners[column] {
            partners[root].get_or_insert(root);
        }
    }
    partners
}

/// Columns that are made up and tell of one person go together: the e-mail address is made of the name beside it.
fn persons(model: &Model, index: usize, partners: &mut [Option<usize>]) {
    let of_person = |column: &usize| {
        let learned = &model.tables[index].columns[*column];
        let text = matches!(model.schema.tables[index].columns[*column].data_type, DataType::Text { .. });
        let kind = matches!(
            learned.semantic,
            Some(
                SemanticKind::FirstName
                    | SemanticKind::LastName
                    | SemanticKind::FullName
                    | SemanticKind::Username
                    | SemanticKind::Email
            )
        );
        // Where some are NULL, what is NULL together with what was learned, and counts for more.
        let is_made_up = match learned.marginal {
            Marginal::Empty => true,
            Marginal::Text(_) => learned.nulls == 0,
            _ => false,
        };
        text && kind && is_made_up
    };
    let found: Vec<usize> = (0..partners.len()).filter(of_person).collect();
    let Some(&root) = found.first() else { return };
    found.iter().filter(|_| found.len() > 1).for_each(|&column| partners[column] = Some(root));
}

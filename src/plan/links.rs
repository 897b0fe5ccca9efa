//! How each foreign key finds its parents.

use crate::error::{Error, Result};
use crate::model::{Model, Treatment};
use crate::schema::graph::SchemaGraph;
use crate::schema::{ForeignKey, Schema, Table};

/// How a foreign key finds its parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkPlan {
    /// Parents are found for this key; columns in `scope` have got their value before, and the parent must agree.
    Free {
        /// Positions within the key (not column indexes) whose columns are governed by something else.
        scope: Vec<usize>,
        /// Whether the parent may come later, or be of the same table.
        late: bool,
        /// A larger key that may be NULL, and the foreign key of its parent: where that key is set, this one follows from it.
        follows: Option<(usize, usize)>,
    },
    /// The parent is the parent's parent: this key follows from another one.
    Implied {
        /// The other foreign key of this table.
        via: usize,
        /// The foreign key of the other one's parent.
        then: usize,
    },
    /// The parent table is left out: the key stays NULL.
    Missing,
}

type Decided = (Vec<LinkPlan>, Vec<usize>);

/// Decides for every foreign key of a table, and the order in which the free ones are placed.
pub(super) fn decide(
    model: &Model,
    graph: &SchemaGraph,
    treatments: &[(Treatment, String)],
    index: usize,
) -> Result<Decided> {
    let schema = &model.schema;
    let table = &schema.tables[index];
    let mut links = Vec::with_capacity(table.foreign_keys.len());
    if matches!(treatments[index].0, Treatment::Skip | Treatment::Copy) {
        return Ok((vec![LinkPlan::Missing; table.foreign_keys.len()], Vec::new()));
    }
    for (number, key) in table.foreign_keys.iter().enumerate() {
        links.push(if treatments[key.parent].0 == Treatment::Skip {
            require_nullable(schema, index, key)?;
            LinkPlan::Missing
        } else if let Some((via, then)) = across(model, graph, treatments, index, number)
            .or_else(|| implied(schema, graph, index, number, false))
            .or_else(|| learned_diamond(model, treatments, index, number, false))
        {
            LinkPlan::Implied { via, then }
        } else {
            let follows = implied(schema, graph, index, number, true)
                .or_else(|| learned_diamond(model, treatments, index, number, true));
            LinkPlan::Free { scope: Vec::new(), late: graph.is_late(index, number), follows }
        });
    }
    let mut placement = placement(model, index, &links);
    first_what_decides(table, &links, &mut placement);
    let mut governed: Vec<usize> = Vec::new();
    for &number in &placement {
        let key = &table.foreign_keys[number];
        if let LinkPlan::Free { scope, late, follows: None } = &mut links[number] {
            // A column of the primary key has its value before a late key is placed: it is the row's own.
            *scope = (0..key.columns.len())
                .filter(|&at| {
                    governed.contains(&key.columns[at])
                        || (*late && in_primary_key(schema, index, key.columns[at]))
                })
                .collect();
        }
        governed.extend(&key.columns);
        for follower in followers(&links, number) {
            governed.extend(&table.foreign_keys[follower].columns);
        }
    }
    Ok((links, placement))
}

fn in_primary_key(schema: &Schema, table: usize, column: usize) -> bool {
    schema.tables[table].primary_key.as_ref().is_some_and(|key| key.columns.contains(&column))
}

fn require_nullable(schema: &Schema, index: usize, key: &ForeignKey) -> Result<()> {
    let table = &schema.tables[index];
    if key.columns.iter().any(|&column| table.columns[column].nullable) {
        return Ok(());
    }
    let parent = &schema.tables[key.parent].name;
    Err(Error::usage(format!(
        "table {} needs table {parent} through ({}), which is left out",
        table.name,
        table.column_names(&key.columns)
    ))
    .hint(format!("keep {parent}, or leave out {} as well: --exclude {}", table.name, table.name)))
}

/// The other key, and the key of its parent, from which key `number` follows; with `sometimes`, an other key that may be
/// NULL although this one is not.
fn implied(
    schema: &Schema,
    graph: &SchemaGraph,
    index: usize,
    number: usize,
    sometimes: bool,
) -> Option<(usize, usize)> {
    let table = &schema.tables[index];
    let key = &table.foreign_keys[number];
    if graph.is_late(index, number) {
        return None;
    }
    (0..table.foreign_keys.len()).filter(|&via| via != number && !graph.is_late(index, via)).find_map(|via| {
        let other = &table.foreign_keys[via];
        let larger = other.columns.len() > key.columns.len() || via < number;
        let optional = |key: &ForeignKey| key.columns.iter().any(|&column| table.columns[column].nullable);
        if !larger {
            return None;
        }
        let nullable = |key: &ForeignKey| -> Vec<usize> {
            key.columns.iter().copied().filter(|&column| table.columns[column].nullable).collect()
        };
        if sometimes != (optional(other) && nullable(other) != nullable(key)) || (sometimes && optional(key))
        {
            return None;
        }
        let then = schema.within(index, number, via)?;
        // A late link of the parent is found only after this table.
        (!graph.is_late(other.parent, then)).then_some((via, then))
    })
}

/// The same as [`implied`] where no constraint says it but every row of the source did.
fn learned_diamond(
    model: &Model,
    treatments: &[(Treatment, String)],
    index: usize,
    number: usize,
    sometimes: bool,
) -> Option<(usize, usize)> {
    let table = &model.schema.tables[index];
    let optional = |table: &Table, number: usize| {
        table.foreign_keys[number].columns.iter().any(|&column| table.columns[column].nullable)
    };
    let learned = treatments[index].0 == Treatment::Learn;
    let dependence = model.tables[index].dependence.as_ref().filter(|_| learned)?;
    let diamond = dependence.diamonds.iter().find(|diamond| diamond.foreign_key == number)?;
    let middle = table.foreign_keys[diamond.via].parent;
    let surely = !optional(table, diamond.via) && !optional(&model.schema.tables[middle], diamond.then);
    let wanted = if sometimes { !surely && !optional(table, number) } else { surely };
    // Rows of a copied table know their parents where these are copied too.
    let is_known = match treatments[middle].0 {
        Treatment::Learn => true,
        Treatment::Copy => treatments[table.foreign_keys[number].parent].0 == Treatment::Copy,
        Treatment::Fake | Treatment::Skip => false,
    };
    (is_known && wanted).then_some((diamond.via, diamond.then))
}

/// A learned diamond through a key that shares no column with this one and follows from none. It comes before what constraints say: a
/// composite key that holds this one's columns then has to agree with it, so that both are kept.
fn across(
    model: &Model,
    graph: &SchemaGraph,
    treatments: &[(Treatment, String)],
    index: usize,
    number: usize,
) -> Option<(usize, usize)> {
    let (via, then) = learned_diamond(model, treatments, index, number, false)?;
    let dependence = model.tables[index].dependence.as_ref()?;
    let follows = implied(&model.schema, graph, index, via, false).is_some()
        || dependence.diamonds.iter().any(|diamond| diamond.foreign_key == via);
    (!follows).then_some((via, then))
}

/// The keys that follow from one.
fn followers(links: &[LinkPlan], root: usize) -> impl Iterator<Item = usize> {
    let follows = move |link: &LinkPlan| matches!(link, LinkPlan::Implied { via, .. } if *via == root);
    links.iter().enumerate().filter(move |(_, link)| follows(link)).map(|(number, _)| number)
}

/// A key whose parent decides columns of other keys comes before these.
fn first_what_decides(table: &Table, links: &[LinkPlan], placement: &mut Vec<usize>) {
    for root in placement.clone() {
        let own = &table.foreign_keys[root].columns;
        let decided: Vec<usize> = followers(links, root)
            .flat_map(|number| table.foreign_keys[number].columns.iter().copied())
            .filter(|column| !own.contains(column))
            .collect();
        let shares = |other: &usize| {
            *other != root && table.foreign_keys[*other].columns.iter().any(|column| decided.contains(column))
        };
        let (Some(first), Some(at)) =
            (placement.iter().position(shares), placement.iter().position(|&number| number == root))
        else {
            continue;
        };
        if first < at {
            placement.remove(at);
            placement.insert(first, root);
        }
    }
}

/// Late keys last, before them those that follow from others; required before optional; a key within another one first where the other is optional, last otherwise;
/// then the coarser one: what has many children leaves less room than what has few.
fn placement(model: &Model, index: usize, links: &[LinkPlan]) -> Vec<usize> {
    let table = &model.schema.tables[index];
    let mut order: Vec<usize> =
        (0..links.len()).filter(|&number| matches!(links[number], LinkPlan::Free { .. })).collect();
    order.sort_by_key(|&number| {
        let key = &table.foreign_keys[number];
        let late = matches!(links[number], LinkPlan::Free { late: true, .. });
        let follows = matches!(links[number], LinkPlan::Free { follows: Some(_), .. });
        let optional = key.columns.iter().any(|&column| table.columns[column].nullable);
        let parents = model.tables[key.parent].rows;
        (late, follows, optional, parents, number)
    });
    order
}

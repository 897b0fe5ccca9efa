//! Which row hangs where: foreign keys that have to agree with each other, and keys made of several columns.
//!
//! Most foreign keys need nothing of this: their parents follow from a formula ([`super::parent`]). What is solved here, table by
//! table and before the first row, is what no formula gives: two keys that share columns, the histogram of a key that
//! follows from another one, distinct tuples in join tables. The result is one number per row and key.

mod agree;
mod arrange;
pub(crate) mod codes;
mod condition;
mod dealing;
mod demand;
mod distinct;
mod exchange;
mod keys;
mod outcome;
mod own;
mod referable;
mod room;
mod scope;

use super::joint;
use super::parent::{Order, Quotas, Spread};
use super::table::{Link, NONE, Tables};
use crate::error::{Error, Result};
use crate::model::rule::{Operand, Rule, Statement};
use crate::model::{Cardinality, CountBin, Model, Treatment};
use crate::plan::{ColumnPlan, LinkPlan, Plan};
use crate::rng::{Key, Permutation};
use arrange::{Grouping, Targets, Weight};

pub(crate) use agree::agree;
pub(crate) use distinct::{separate, separate_links};
pub(crate) use own::cover;
pub(crate) use referable::may_be_unfit;
pub(crate) use room::{late_rows, most_rows, orphaned};
pub(crate) use scope::{governs_another, parent_codes, scope_class};

/// Up to this many groups are told which sum is whose.
const TOLD_GROUPS: u64 = 100;

/// What is being solved: one table among all.
pub(crate) struct Site<'a> {
    pub(crate) model: &'a Model,
    pub(crate) plan: &'a Plan,
    pub(crate) table: usize,
}

impl Site<'_> {
    fn key(&self, what: &str, foreign_key: usize) -> Key {
        let table = &self.model.schema.tables[self.table];
        let columns = table.column_names(&table.foreign_keys[foreign_key].columns);
        Key::new(self.plan.seed, &[&table.name.to_string(), &columns, what])
    }

    /// The randomness that ranks parents by their number of children. All tables that hang on a parent share it: a
    /// parent with many children of one kind has many of the others, which is how real parents are, and which leaves
    /// room where keys of two child tables have to agree with each other.
    fn rank_key(&self, foreign_key: usize) -> Key {
        let schema = &self.model.schema;
        let keys = &schema.tables[self.table].foreign_keys;
        let parent = keys[foreign_key].parent;
        let sibling = keys[..foreign_key].iter().filter(|key| key.parent == parent).count();
        Key::new(self.plan.seed, &[&schema.tables[parent].name.to_string(), "rank", &sibling.to_string()])
    }

    fn cardinality(&self, foreign_key: usize) -> &Cardinality {
        &self.model.tables[self.table].cardinalities[foreign_key]
    }

    fn required(&self, foreign_key: usize) -> bool {
        let table = &self.model.schema.tables[self.table];
        table.foreign_keys[foreign_key].columns.iter().all(|&column| !table.columns[column].nullable)
    }

    /// Whether a unique key lies within two foreign keys, so that no two rows have the same parents through both.
    fn pair_is_unique(&self, left: usize, right: usize) -> bool {
        let table = &self.model.schema.tables[self.table];
        let [left, right] = [left, right].map(|number| table.foreign_keys[number].columns.as_slice());
        table.has_key_within(&[left, right].concat())
    }

    /// The same, also where only the data say so.
    pub(crate) fn never_share(&self, left: usize, right: usize) -> bool {
        let keys = &self.model.schema.tables[self.table].foreign_keys;
        let both =
            |column: &usize| keys[left].columns.contains(column) || keys[right].columns.contains(column);
        let found = |rule: &Rule| matches!(&rule.statement, Statement::Unique { columns, .. } if columns.iter().all(both));
        self.pair_is_unique(left, right) || self.plan.tables[self.table].rules.iter().any(found)
    }

    pub(crate) fn is_unique(&self, column: usize) -> bool {
        matches!(self.plan.tables[self.table].columns[column], ColumnPlan::Drawn { unique: true, .. })
    }

    /// Whether a rule computes the column, so that it is not drawn.
    pub(crate) fn is_computed(&self, column: usize) -> bool {
        let decided = &self.plan.tables[self.table];
        let drawn =
            matches!(&decided.columns[column], ColumnPlan::Drawn { setting: None, unique: false, .. });
        drawn && decided.rules.iter().any(|rule| rule.statement.computes() == Some(column))
    }

    /// Whether a rule numbers the column within groups.
    pub(crate) fn is_numbered(&self, column: usize) -> bool {
        let decided = &self.plan.tables[self.table];
        let numbers = |rule: &Rule| matches!(rule.statement, Statement::Numbering { column: numbered, .. } if numbered == column);
        self.is_computed(column) && decided.rules.iter().any(numbers)
    }

    /// Whether a CHECK wants different parents of the same table through two foreign keys.
    fn must_differ(&self, left: usize, right: usize) -> bool {
        let keys = &self.model.schema.tables[self.table].foreign_keys;
        let own = |key: usize, column: usize| keys[key].columns.contains(&column);
        keys[left].parent == keys[right].parent
            && self.plan.tables[self.table]
                .filters
                .iter()
                .flat_map(|(_, check)| condition::different_pairs(check))
                .any(|(a, b)| (own(left, a) && own(right, b)) || (own(left, b) && own(right, a)))
    }

    fn scope(&self, foreign_key: usize) -> &[usize] {
        match &self.plan.tables[self.table].links[foreign_key] {
            LinkPlan::Free { scope, .. } => scope,
            _ => &[],
        }
    }

    /// Whether nothing decides a part of a foreign key before its parents are found.
    pub(crate) fn is_unscoped(&self, foreign_key: usize) -> bool {
        self.scope(foreign_key).is_empty()
    }

    /// Whether two rows can never share a parent.
    pub(crate) fn one_to_one(&self, foreign_key: usize) -> bool {
        let table = &self.model.schema.tables[self.table];
        table.has_key_within(&table.foreign_keys[foreign_key].columns)
    }

    /// Rows without a parent, of `rows` rows.
    fn null_rows(&self, foreign_key: usize, rows: u64) -> u64 {
        let learned = self.cardinality(foreign_key);
        let total = learned.null_rows + learned.children();
        if self.required(foreign_key) || total == 0 {
            return 0;
        }
        ((2 * u128::from(rows) * u128::from(learned.null_rows) + u128::from(total)) / (2 * u128::from(total)))
            as u64
    }
}

/// Rows that a required key found no parent for, since a unique pair of keys has no room for them.
pub(crate) fn without_parent(tables: &Tables, site: &Site<'_>) -> Vec<usize> {
    let listed = |number: &usize| {
        let parent = tables.schema.tables[site.table].foreign_keys[*number].parent;
        site.required(*number) && tables.tables[parent].rows > 0 && parent != site.table
    };
    let placement = site.plan.tables[site.table].placement.iter().copied();
    let placed = |number: &usize| !matches!(tables.tables[site.table].links[*number], Link::Undecided);
    let required: Vec<usize> = placement.filter(listed).filter(placed).collect();
    (0..tables.tables[site.table].rows)
        .filter(|&row| required.iter().any(|&number| tables.parent(site.table, number, row).is_none()))
        .map(|row| row as usize)
        .collect()
}

/// Finds the parents of one foreign key for all rows of the table.
pub(crate) fn place(tables: &mut Tables, site: &Site<'_>, foreign_key: usize) -> Result<()> {
    let schema = tables.schema.clone();
    let key = &schema.tables[site.table].foreign_keys[foreign_key];
    let (parents, rows) = (referable::count(tables, site, foreign_key), tables.tables[site.table].rows);
    let link = if parents == 0 {
        if site.required(foreign_key) && rows > 0 {
            let (child, parent) = (&schema.tables[site.table].name, &schema.tables[key.parent].name);
            if tables.tables[key.parent].rows > 0 {
                let columns = schema.tables[key.parent].column_names(&key.parent_columns);
                return Err(Error::usage(format!(
                    "table {child} needs rows of {parent} with values in ({columns}), of which there are none"
                ))
                .hint(format!("raise the rows of {parent}, or leave out {child} with --exclude {child}")));
            }
            return Err(Error::usage(format!("table {child} needs rows of {parent}, which gets none"))
                .hint(format!("give {parent} rows: --rows {parent}=100")));
        }
        Link::Missing
    } else if let LinkPlan::Free { follows: Some((via, then)), .. } =
        site.plan.tables[site.table].links[foreign_key]
    {
        follow(tables, site, foreign_key, via, then)
    } else if !site.scope(foreign_key).is_empty() {
        scope::place(tables, site, foreign_key)?
    } else if key.parent == site.table {
        forest(tables, site, foreign_key)
    } else {
        unscoped(tables, site, foreign_key)
    };
    tables.tables[site.table].links[foreign_key] = link;
    Ok(())
}

/// A self-reference: rows without a parent first, parents before their children.
fn forest(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Link {
    let rows = tables.tables[site.table].rows;
    let nullable = !site.required(foreign_key);
    let able = referable::referable(tables, site, foreign_key);
    if !able.is_empty() {
        return earlier_able(site, foreign_key, &able);
    }
    let roots = site.null_rows(foreign_key, rows).max(u64::from(nullable)).min(rows);
    let quotas = quotas(tables, site, foreign_key, rows, rows - roots).rotated_for_forest();
    Link::Formula(Box::new(Spread::new(quotas, Order::Forest(roots))))
}

/// A self-reference to a column that some rows lack: each row but the roots takes an earlier row that has it.
fn earlier_able(site: &Site<'_>, foreign_key: usize, able: &[bool]) -> Link {
    let rows = able.len() as u64;
    let nulls = site.null_rows(foreign_key, rows);
    let mut stream = site.key("forest", foreign_key).at(0, 0);
    let mut earlier: Vec<u32> = Vec::new();
    let mut assigned = Vec::with_capacity(able.len());
    for (row, &able) in able.iter().enumerate() {
        let root = earlier.is_empty() || stream.below(rows) < nulls;
        assigned.push(if root { NONE } else { earlier[stream.below(earlier.len() as u64) as usize] });
        earlier.extend(able.then_some(row as u32));
    }
    Link::Listed(assigned)
}

/// A key that follows from another one where that one is set; the other rows take the parents that are short of children.
fn follow(tables: &Tables, site: &Site<'_>, foreign_key: usize, via: usize, then: usize) -> Link {
    let keys = &tables.schema.tables[site.table].foreign_keys;
    let (rows, parents) = (tables.tables[site.table].rows, tables.tables[keys[foreign_key].parent].rows);
    let mut counts = vec![0u64; parents as usize];
    let mut assigned = vec![NONE; rows as usize];
    let mut open = Vec::new();
    for row in 0..rows {
        let parent = tables.parent(site.table, via, row);
        match parent.and_then(|parent| tables.parent(keys[via].parent, then, parent)) {
            Some(parent) => {
                assigned[row as usize] = parent as u32;
                counts[parent as usize] += 1;
            }
            None => open.push(row),
        }
    }
    let mut wanted = quotas(tables, site, foreign_key, parents, rows).all();
    wanted.sort_unstable();
    let able = referable::referable(tables, site, foreign_key);
    let is_able = |parent: &usize| able.is_empty() || able[*parent];
    let mut order: Vec<usize> = (0..counts.len()).filter(is_able).collect();
    order.sort_by_key(|&parent| (counts[parent], parent));
    let mut short = vec![0; counts.len()];
    for (&parent, wanted) in order.iter().zip(&wanted[counts.len() - order.len()..]) {
        short[parent] = wanted.saturating_sub(counts[parent]);
    }
    arrange::shuffle(&mut open, &mut site.key("follow", foreign_key).at(0, 0));
    // Who is to have children has one before others have more.
    let childless: Vec<usize> = order
        .into_iter()
        .filter(|&parent| counts[parent] == 0 && short[parent] > 0)
        .take(open.len())
        .collect();
    for &parent in &childless {
        short[parent] -= 1;
    }
    for (&row, &parent) in open.iter().zip(&childless) {
        assigned[row as usize] = parent as u32;
    }
    let rest = &open[childless.len()..];
    if short.iter().all(|&short| short == 0) {
        short.iter_mut().enumerate().filter(|(parent, _)| is_able(parent)).for_each(|(_, short)| *short = 1);
    }
    let quotas = Quotas::from_weights(&short, rest.len() as u64);
    for (stub, &row) in rest.iter().enumerate() {
        assigned[row as usize] = quotas.owner(stub as u64) as u32;
    }
    Link::Listed(assigned)
}

fn unscoped(tables: &Tables, site: &Site<'_>, foreign_key: usize) -> Link {
    let key = &tables.schema.tables[site.table].foreign_keys[foreign_key];
    let (parents, rows) = (tables.tables[key.parent].rows, tables.tables[site.table].rows);
    let mut nulls = site.null_rows(foreign_key, rows);
    let able = referable::referable(tables, site, foreign_key);
    if site.one_to_one(foreign_key) {
        nulls = nulls.max(rows.saturating_sub(referable::count(tables, site, foreign_key)));
    }
    let children = rows - nulls;
    let mut groupings = implied_groupings(tables, site, foreign_key, children);
    groupings.extend(demand::groupings(tables, site, foreign_key));
    let mut caps = scope::caps(tables, site, foreign_key);
    if !able.is_empty() {
        caps.resize(able.len(), u64::MAX);
        caps.iter_mut().zip(&able).filter(|(_, able)| !**able).for_each(|(cap, _)| *cap = 0);
    }
    if site.one_to_one(foreign_key) && !(groupings.is_empty() && caps.is_empty()) {
        caps.resize(parents as usize, u64::MAX);
        caps.iter_mut().for_each(|cap| *cap = (*cap).min(1));
    }
    let shared = if groupings.is_empty() && caps.is_empty() {
        quotas(tables, site, foreign_key, parents, children)
    } else {
        arranged(tables, site, foreign_key, (parents, children), groupings, caps)
    };
    let first = site.plan.tables[site.table].placement.first() == Some(&foreign_key);
    let order = if first && nulls == 0 {
        Order::Grouped
    } else {
        Order::Shuffled(Permutation::new(site.key("order", foreign_key), rows))
    };
    Link::Formula(Box::new(Spread::new(shared, order)))
}

/// The histogram of a key under which no parent has two children.
fn one_each(parents: u64, children: u64) -> [CountBin; 2] {
    [
        CountBin { low: 0, high: 0, parents: parents - children, children: 0 },
        CountBin { low: 1, high: 1, parents: children, children },
    ]
}

/// Quotas by the learned weights of single parents, or by histogram.
fn quotas(tables: &Tables, site: &Site<'_>, foreign_key: usize, parents: u64, children: u64) -> Quotas {
    let learned = site.cardinality(foreign_key);
    let parent = site.model.schema.tables[site.table].foreign_keys[foreign_key].parent;
    let alone = site.one_to_one(foreign_key);
    let children = if alone { children.min(parents) } else { children };
    if !alone
        && site.plan.tables[parent].treatment == Treatment::Copy
        && let Some(each) = learned.each.as_ref().filter(|each| each.len() as u64 == parents)
    {
        return Quotas::from_weights(each, children);
    }
    let single = alone.then(|| one_each(parents, children).to_vec());
    let drawn = single.or_else(|| joint::histogram(tables, site, foreign_key));
    let histogram = drawn.as_ref().unwrap_or(&learned.histogram);
    let sizes = |order: &[u32]| {
        let quotas = Quotas::from_ranks(histogram, order, children);
        order.iter().map(|&parent| quotas.of(u64::from(parent))).collect()
    };
    if let Some(order) =
        joint::order(tables, site, foreign_key, sizes).filter(|order| order.len() as u64 == parents)
    {
        return Quotas::from_ranks(histogram, &order, children);
    }
    Quotas::from_histogram(histogram, parents, children, site.rank_key(foreign_key))
}

/// Quotas arranged so that the sums of implied keys come out and no parent has more children than it can.
fn arranged(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    (parents, children): (u64, u64),
    groupings: Vec<Grouping>,
    caps: Vec<u64>,
) -> Quotas {
    // Parents that cannot have children take the place of childless ones.
    let alive: Vec<usize> =
        (0..parents as usize).filter(|&parent| caps.get(parent).is_none_or(|&cap| cap > 0)).collect();
    let drawn = joint::histogram(tables, site, foreign_key);
    let mut bins = drawn.unwrap_or_else(|| site.cardinality(foreign_key).histogram.clone());
    let (gone, all) = (parents - alive.len() as u64, bins.iter().map(|bin| bin.parents).sum::<u64>());
    if let Some(bin) = bins.first_mut().filter(|bin| bin.high == 0) {
        let scaled = u128::from(gone) * u128::from(all) / u128::from(parents);
        bin.parents = bin.parents.saturating_sub(scaled as u64);
    }
    let mut children = children;
    if site.one_to_one(foreign_key) {
        children = children.min(alive.len() as u64);
        bins = one_each(alive.len() as u64, children).to_vec();
    }
    let order = joint::order(tables, site, foreign_key, |_| Vec::new()).map(|order| -> Vec<u32> {
        let alive = |parent: u32| alive.binary_search(&(parent as usize)).ok().map(|at| at as u32);
        order.into_iter().filter_map(alive).collect()
    });
    let multiset = match order.filter(|order| order.len() == alive.len()) {
        Some(order) => Quotas::from_ranks(&bins, &order, children),
        None => Quotas::from_histogram(&bins, alive.len() as u64, children, site.rank_key(foreign_key)),
    }
    .all();
    let groupings = groupings
        .into_iter()
        .chain(views(tables, site, foreign_key, parents))
        .map(|grouping| Grouping {
            of: alive.iter().map(|&parent| grouping.of[parent]).collect(),
            ..grouping
        })
        .collect();
    let caps: Vec<u64> = alive.iter().filter_map(|&parent| caps.get(parent).copied()).collect();
    let arranged = arrange::arrange(multiset, groupings, &caps, site.key("arrange", foreign_key));
    let mut weights = vec![0; parents as usize];
    for (&parent, quota) in alive.iter().zip(arranged) {
        weights[parent] = quota;
    }
    let total = weights.iter().sum();
    Quotas::from_weights(&weights, if total == 0 { children } else { total })
}

/// What exchanges of quotas should leave as it is: what parents have together whose quotas were drawn from one histogram, and how
/// many rows see what of their parents where a rule makes that a value of their own.
fn views(tables: &Tables, site: &Site<'_>, foreign_key: usize, parents: u64) -> Vec<Grouping> {
    let kinds = joint::kinds(tables, site, foreign_key).filter(|of| of.len() as u64 == parents);
    let kept = kinds.map(|of| Grouping { of: of.to_vec(), targets: Targets::Kept, weight: Weight::Parents });
    let rules = &site.plan.tables[site.table].rules;
    let reads = |column: usize| {
        let operand = Operand::Column { path: vec![foreign_key], column };
        rules.iter().any(|rule| match &rule.statement {
            Statement::Formula { expression, .. } => expression.operands().contains(&&operand),
            _ => false,
        })
    };
    let seen = joint::seen(tables, site, foreign_key, reads).into_iter().map(|(of, wanted)| Grouping {
        of,
        targets: Targets::Fixed(wanted),
        weight: Weight::Parents,
    });
    kept.into_iter().chain(seen).collect()
}

/// For every key that follows from this one: how the parents group under the grandparents, and how many rows each of these
/// should have.
fn implied_groupings(tables: &Tables, site: &Site<'_>, foreign_key: usize, children: u64) -> Vec<Grouping> {
    let schema = &tables.schema;
    let table = &schema.tables[site.table];
    let parents = tables.tables[table.foreign_keys[foreign_key].parent].rows;
    (0..table.foreign_keys.len())
        .filter_map(|number| {
            let path =
                implied_path(site, number, foreign_key).or_else(|| follower(site, number, foreign_key))?;
            let end = table.foreign_keys[number].parent;
            let groups = tables.tables[end].rows;
            let of = (0..parents)
                .map(|parent| {
                    let (mut at, mut row) = (table.foreign_keys[foreign_key].parent, parent);
                    for &step in &path {
                        row = tables.parent(at, step, row)?;
                        at = schema.tables[at].foreign_keys[step].parent;
                    }
                    Some(row as u32)
                })
                .map(|group| group.unwrap_or(u32::MAX))
                .collect();
            let wanted: Vec<i64> = quotas(tables, site, number, groups, children)
                .all()
                .into_iter()
                .map(|quota| quota as i64)
                .collect();
            // Few, large groups are told which sum is whose, by the ranking that all child tables share.
            let told = site.plan.tables[end].treatment == Treatment::Copy || groups <= TOLD_GROUPS;
            let kinds = joint::kinds(tables, site, number).filter(|kinds| kinds.len() == wanted.len());
            let targets = if told {
                Targets::Fixed(wanted)
            } else {
                Targets::Any(wanted, kinds.map(<[u32]>::to_vec).unwrap_or_default())
            };
            Some(Grouping { of, targets, weight: Weight::Sums(1) })
        })
        .collect()
}

/// The foreign keys from the parent of `root` to the table that key `number` refers to, if the parent of `number` is always at the end.
pub(crate) fn implied_path(site: &Site<'_>, number: usize, root: usize) -> Option<Vec<usize>> {
    path(site, number, root).or_else(|| shared(site, number, root))
}

/// The same, if it follows from `root`.
fn path(site: &Site<'_>, number: usize, root: usize) -> Option<Vec<usize>> {
    let LinkPlan::Implied { via, then } = site.plan.tables[site.table].links[number] else { return None };
    let mut path = if via == root { Vec::new() } else { path(site, via, root)? };
    path.push(then);
    Some(path)
}

/// The same for a key that follows from `root` where that is set; its other rows make up later for what its parents lack.
fn follower(site: &Site<'_>, number: usize, root: usize) -> Option<Vec<usize>> {
    match site.plan.tables[site.table].links[number] {
        LinkPlan::Free { follows: Some((via, then)), .. } if via == root => Some(vec![then]),
        _ => None,
    }
}

/// The same for a key that follows from another one than `root`, whose columns are all columns of `root` too: if the parent of
/// `root` has that key as well.
fn shared(site: &Site<'_>, number: usize, root: usize) -> Option<Vec<usize>> {
    let schema = &site.model.schema;
    let keys = &schema.tables[site.table].foreign_keys;
    if number == root || !matches!(site.plan.tables[site.table].links[number], LinkPlan::Implied { .. }) {
        return None;
    }
    let then = schema.within(site.table, number, root)?;
    let parent = keys[root].parent;
    let late = matches!(site.plan.tables[parent].links[then], LinkPlan::Free { late: true, .. });
    (!late).then(|| vec![then])
}

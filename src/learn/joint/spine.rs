//! Which foreign key's rows are siblings in order: the one under which the row before tells most of the next one.

use super::{Known, sights};
use crate::learn::along;
use crate::model::context::NO_ROW;
use crate::model::rule::Statement;
use crate::model::{Field, Treatment};
use crate::schema::DataType;
use crate::stats::mutual_information;

/// Rows that are looked at to choose.
const LOOKED_AT: usize = 20_000;
/// Groups of more rows than this on average are no families but populations: their rows follow each other by accident.
const LARGEST_MEAN: usize = 400;

/// Nats up to which siblings tell nothing of each other.
const TELLS_NOTHING: f64 = 1e-9;

/// One pair of siblings in so many may fall in a column that orders them, and one in so many has to rise.
const MOST_FALLS: usize = 200;
const LEAST_RISES: usize = 4;

/// A field, and the way to the row that has it.
type Sight = (Vec<usize>, Field);

/// The chosen foreign key and the rows in order.
pub(super) struct Spine {
    pub(super) foreign_key: usize,
    /// The column that orders siblings.
    pub(super) order: Option<usize>,
    /// All rows: parent by parent, siblings in order; rows without a parent last.
    pub(super) sorted: Vec<u32>,
    /// Where groups begin in `sorted`, and its length at the end. Every row without a parent is a group.
    pub(super) starts: Vec<u32>,
}

/// Siblings from which on first ones are too few to learn from by themselves, the groups from which on they are enough, and the rows that are
/// shown as such.
const LARGE_GROUP: usize = 8;
const MANY_GROUPS: usize = 2_000;
const MOST_SHOWN: usize = 50_000;

impl Spine {
    /// Where groups are large and few, and first siblings therefore few, too: rows that are learned from once more as if they came first,
    /// each with the row that does come first in its group.
    pub(super) fn firsts(&self) -> Vec<(u32, u32)> {
        let sizes = self.starts.windows(2).map(|ends| (ends[1] - ends[0]) as usize).filter(|&size| size > 1);
        let (groups, rows) = sizes.fold((0, 0), |(groups, rows), size| (groups + 1, rows + size));
        if rows < LARGE_GROUP * groups || groups >= MANY_GROUPS {
            return Vec::new();
        }
        let step = self.sorted.len().div_ceil(MOST_SHOWN);
        let rows = self.starts.windows(2).flat_map(|ends| {
            let first = self.sorted[ends[0] as usize];
            (ends[0] + 1..ends[1]).map(move |at| (at, first))
        });
        rows.filter(|(at, _)| (*at as usize).is_multiple_of(step))
            .map(|(at, first)| (self.sorted[at as usize], first))
            .collect()
    }
}

/// Chooses a spine; none where no foreign key gathers several rows.
pub(super) fn choose(known: &Known<'_>, table: usize, columns: &[usize]) -> Option<Spine> {
    let keys = &known.schema.tables[table].foreign_keys;
    let usable = |&number: &usize| {
        keys[number].parent != table
            && !known.graph.is_late(table, number)
            && known.is_followed(table, number)
    };
    let mut spines: Vec<Spine> = (0..keys.len())
        .filter(usable)
        .filter_map(|number| arrange(known, table, number, order_column(known, table, number)))
        .collect();
    let is_family =
        |spine: &Spine| known.models[keys[spine.foreign_key].parent].treatment == Treatment::Learn;
    if spines.iter().any(is_family) {
        spines.retain(is_family);
    }
    // Rows that have nothing but keys may still follow each other: a player's clubs.
    let other_parents = |spine: &Spine| {
        let others = (0..keys.len()).filter(|&number| {
            number != spine.foreign_key && known.models[keys[number].parent].treatment == Treatment::Copy
        });
        others.filter(usable).map(|number| (vec![number], Field::Row)).collect()
    };
    let own = |_: &Spine| columns.iter().map(|&column| (Vec::new(), Field::Column(column))).collect();
    let score = |spine: &Spine, fields: Vec<Sight>| told_by_siblings(known, table, &fields, spine);
    let mut scores: Vec<f64> = spines.iter().map(|spine| score(spine, own(spine))).collect();
    if scores.iter().all(|&score| score < TELLS_NOTHING) {
        scores = spines.iter().map(|spine| score(spine, other_parents(spine))).collect();
    }
    let mut best = 0;
    for at in 1..spines.len() {
        if scores[at] > scores[best] + TELLS_NOTHING {
            best = at;
        }
    }
    let spine = spines.into_iter().nth(best)?;
    let rising = if spine.order.is_none() { rising_column(known, table, &spine) } else { None };
    if rising.is_some() { arrange(known, table, spine.foreign_key, rising) } else { Some(spine) }
}

/// The rows under one foreign key in order: by a column, and where that says nothing, by their key.
fn arrange(known: &Known<'_>, table: usize, foreign_key: usize, order: Option<usize>) -> Option<Spine> {
    let recorded = &known.recorded.tables[table];
    let parents = recorded.parents.get(foreign_key).filter(|parents| !parents.is_empty())?;
    let key = known.schema.tables[table].primary_key.as_ref().and_then(|key| match key.columns[..] {
        [column] => Some(column),
        _ => None,
    });
    let mut sorted: Vec<u32> = (0..recorded.rows as u32).collect();
    sorted.sort_by(|&a, &b| {
        let compare = |column: Option<usize>| {
            column.map_or(std::cmp::Ordering::Equal, |column| {
                recorded.values[column].compare(a as usize, b as usize)
            })
        };
        let by_parent = parents[a as usize].cmp(&parents[b as usize]);
        by_parent.then_with(|| compare(order)).then_with(|| compare(key)).then(a.cmp(&b))
    });
    let mut starts = Vec::new();
    for (at, &row) in sorted.iter().enumerate() {
        let parent = parents[row as usize];
        if at == 0 || parent == NO_ROW || parent != parents[sorted[at - 1] as usize] {
            starts.push(at as u32);
        }
    }
    let groups = starts.len();
    starts.push(sorted.len() as u32);
    let several = groups > 0 && sorted.len() > groups + groups / 10;
    (several && sorted.len() / groups <= LARGEST_MEAN).then_some(Spine { foreign_key, order, sorted, starts })
}

/// What orders siblings: a number that, with the foreign key, is a unique key; a place among them; else the moment with most different
/// values.
fn order_column(known: &Known<'_>, table: usize, foreign_key: usize) -> Option<usize> {
    let this = &known.schema.tables[table];
    let columns = &this.foreign_keys[foreign_key].columns;
    let in_keys = |column: usize| this.foreign_keys.iter().any(|key| key.columns.contains(&column));
    let rest = |key: &crate::schema::UniqueKey| -> Vec<usize> {
        key.columns.iter().copied().filter(|column| !columns.contains(column)).collect()
    };
    let numbering =
        this.unique_keys().filter(|key| columns.iter().all(|column| key.columns.contains(column)));
    let numbering = numbering.map(rest).find(|rest| {
        rest.len() == 1
            && !in_keys(rest[0])
            && !known.limits.parts(table, rest[0])
            && this.columns[rest[0]].data_type.is_ordered()
    });
    if let Some(rest) = numbering {
        return Some(rest[0]);
    }
    let model = &known.models[table];
    let numbered = model.rules.iter().find_map(|rule| match rule.statement {
        Statement::Numbering { column, foreign_key: of, .. } if of == foreign_key => Some(column),
        _ => None,
    });
    let ranks =
        known.ranks[table].iter().filter(|rank| rank.foreign_key == foreign_key).map(|rank| rank.column);
    let place = numbered.into_iter().chain(ranks).find(|&column| {
        model.columns[column].nulls == 0 && !in_keys(column) && !known.limits.parts(table, column)
    });
    if place.is_some() {
        return place;
    }
    let moments = this.written_columns().filter(|(index, column)| {
        matches!(column.data_type, DataType::Date | DataType::Timestamp { .. })
            && model.columns[*index].nulls * 100 <= model.sampled
            && !in_keys(*index)
            && known.is_in_order(table, *index, foreign_key)
            && !known.limits.parts(table, *index)
    });
    moments
        .map(|(index, _)| (model.columns[index].distinct, std::cmp::Reverse(index)))
        .max()
        .map(|best| best.1.0)
}

/// A column whose values hardly ever fall along siblings in the order of their key, and often rise: the years of a career. Other columns do
/// not decide it.
fn rising_column(known: &Known<'_>, table: usize, spine: &Spine) -> Option<usize> {
    let this = &known.schema.tables[table];
    if this.primary_key.as_ref().is_none_or(|key| key.columns.len() != 1) {
        return None;
    }
    let recorded = &known.recorded.tables[table];
    let groups = spine.starts.windows(2).map(|ends| &spine.sorted[ends[0] as usize..ends[1] as usize]);
    let pairs: Vec<(u32, u32)> =
        groups.flat_map(|group| group.windows(2)).map(|pair| (pair[0], pair[1])).collect();
    let all = pairs.len();
    let model = &known.models[table];
    let is_open = |column: usize| {
        let in_keys = this.foreign_keys.iter().any(|key| key.columns.contains(&column))
            || this.unique_keys().any(|key| key.columns == [column])
            || known.models[table].columns[column].unique.is_some();
        !in_keys
            && !known.is_ruled(table, column)
            && this.columns[column].data_type.is_ordered()
            && model.columns[column].nulls == 0
            && model.columns[column].relative.is_none()
            && !known.limits.parts(table, column)
    };
    let rises = |column: usize| {
        let values = &recorded.values[column];
        let way = along::one_way(&pairs, |one, next| values.compare(one as usize, next as usize))?;
        let rises = !way.falling && way.except * MOST_FALLS <= all && way.pairs * LEAST_RISES >= all;
        rises.then_some(way.pairs)
    };
    let written = this.written_columns().map(|(column, _)| column).filter(|&column| is_open(column));
    let best = written.filter_map(|column| Some((rises(column)?, std::cmp::Reverse(column)))).max();
    best.filter(|_| all >= 2 * known.privacy.leaf_rows()).map(|best| best.1.0)
}

/// Nats that the row before tells of a row, over all fields, beyond what the parent and the order of siblings tell of it
/// anyway.
fn told_by_siblings(known: &Known<'_>, table: usize, fields: &[Sight], spine: &Spine) -> f64 {
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let groups = spine.starts.len() - 1;
    // Whole groups, evenly spread.
    let step = (spine.sorted.len() / LOOKED_AT).max(1);
    for group in (0..groups).step_by(step) {
        let rows = &spine.sorted[spine.starts[group] as usize..spine.starts[group + 1] as usize];
        pairs.extend(rows.windows(2).map(|pair| (pair[0], pair[1])));
    }
    if pairs.len() < 2 * known.privacy.leaf_rows() {
        return 0.0;
    }
    let after: Vec<u32> = pairs.iter().map(|pair| pair.1).collect();
    let anyway = told_anyway(known, table, spine, &after);
    let before: Vec<u32> = pairs.iter().map(|pair| pair.0).collect();
    let up = |at: usize, step: usize| known.up()(at, step);
    let orders = |field: &Field| spine.order.is_some_and(|order| *field == Field::Column(order));
    let told = fields.iter().filter(|(_, field)| !orders(field)).map(|(path, field)| {
        let classes = |rows| known.context.classes(table, path, *field, rows, &up);
        let (one, other) = (classes(&before), classes(&after));
        let known_before = anyway.iter().map(|by| mutual_information(by, &other)).fold(0.0, f64::max);
        (mutual_information(&one, &other) - known_before).max(0.0)
    });
    let share = (pairs.len() * step.min(groups)) as f64 / spine.sorted.len() as f64;
    told.sum::<f64>() * share.min(1.0)
}

/// The classes of the parent's fields and of what orders siblings, for some rows.
fn told_anyway(known: &Known<'_>, table: usize, spine: &Spine, rows: &[u32]) -> Vec<Vec<u8>> {
    let parent = known.up()(table, spine.foreign_key);
    let up = |at: usize, step: usize| known.up()(at, step);
    let fields = known.context.tables[parent].fields.keys().copied();
    let visible = fields.filter(|&field| sights::is_visible(known, parent, field));
    let row = known.models[parent].treatment == Treatment::Copy;
    let above = visible.chain(row.then_some(Field::Row)).map(|field| (vec![spine.foreign_key], field));
    let own = spine.order.map(|column| (Vec::new(), Field::Column(column)));
    above.chain(own).map(|(path, field)| known.context.classes(table, &path, field, rows, &up)).collect()
}

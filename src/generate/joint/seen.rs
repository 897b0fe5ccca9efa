//! Which parents have many children: with few parents, a single one with many children shifts what all children see. Parents of
//! one kind exchange numbers of children until children see as much of each class as in the source.

use super::dependence;
use crate::generate::structure::Site;
use crate::generate::table::Tables;
use crate::model::{Dependence, Field, MOST_CLASSES, Seen};
use crate::rng::Stream;

/// Rounds of exchanges, one of which is tried per parent and round.
const ROUNDS: u64 = 40;
/// Parents of which single ones weigh so little that a round has to bring this share of their children to a better place to be followed
/// by another: what remains comes ever more slowly.
const MANY: usize = 10_000;
const WORTH: i64 = 500;

/// One field of the parents.
struct View<'a> {
    classes: &'a [u8],
    /// Children per class, and how many there should be; what is not told is as it is.
    children: [i64; MOST_CLASSES],
    wanted: [Option<i64>; MOST_CLASSES],
}

impl<'a> View<'a> {
    fn new(seen: &Seen, classes: &'a [u8], sizes: &[u64]) -> Self {
        let mut children = [0; MOST_CLASSES];
        classes.iter().zip(sizes).for_each(|(&class, &size)| children[usize::from(class)] += size as i64);
        let told: u64 = seen.rows.iter().map(|&(_, rows)| rows).sum();
        let there: i64 = seen.rows.iter().map(|&(class, _)| children[usize::from(class)]).sum();
        let mut wanted = [None; MOST_CLASSES];
        for &(class, rows) in seen.rows.iter().filter(|_| told > 0) {
            wanted[usize::from(class)] =
                Some((i128::from(rows) * i128::from(there) / i128::from(told)) as i64);
        }
        Self { classes, children, wanted }
    }

    /// By how much the error grows if `more` children go over from the parent `a` to the parent `b`.
    fn change(&self, a: usize, b: usize, more: i64) -> i64 {
        let (from, to) = (usize::from(self.classes[a]), usize::from(self.classes[b]));
        let one = |class: usize, by: i64| {
            let off = |wanted: i64| self.children[class] - wanted;
            self.wanted[class].map_or(0, |wanted| (off(wanted) + by).abs() - off(wanted).abs())
        };
        if from == to { 0 } else { one(from, -more) + one(to, more) }
    }

    /// Children that are with a class and should be with another, both counted.
    fn error(&self) -> i64 {
        let off =
            |(children, wanted): (&i64, &Option<i64>)| wanted.map_or(0, |wanted| (children - wanted).abs());
        self.children.iter().zip(&self.wanted).map(off).sum()
    }

    fn apply(&mut self, a: usize, b: usize, more: i64) {
        self.children[usize::from(self.classes[a])] -= more;
        self.children[usize::from(self.classes[b])] += more;
    }
}

/// What children see of their parents through a foreign key, but for what moves with columns that are balanced.
fn through<'a>(
    tables: &'a Tables,
    (dependence, parent): (&'a Dependence, usize),
    foreign_key: usize,
) -> impl Iterator<Item = &'a Seen> {
    let stays = move |seen: &&Seen| !tables.known.moved.has(parent, seen.field);
    dependence.seen.iter().filter(move |seen| seen.foreign_key == foreign_key).filter(stays)
}

/// For every column of the parents that `asked` names: the class of each parent, and how many children should see which class. A class
/// of which that is not told is no class.
pub(crate) fn seen(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    asked: impl Fn(usize) -> bool,
) -> Vec<(Vec<u32>, Vec<i64>)> {
    let Some(dependence) = dependence(tables, site) else { return Vec::new() };
    let parent = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    let learned = site.model.tables[site.table].cardinalities[foreign_key].children().max(1);
    let rows = tables.tables[site.table].rows;
    let scaled = |count: u64| (u128::from(count) * u128::from(rows) / u128::from(learned)) as i64;
    let asked = |seen: &&Seen| matches!(seen.field, Field::Column(column) if asked(column));
    let one = |seen: &Seen| {
        let classes = tables.known.context.tables[parent].fields.get(&seen.field)?;
        let place = |class: u8| seen.rows.iter().position(|&(told, _)| told == class);
        let of = classes.iter().map(|&class| place(class).map_or(u32::MAX, |place| place as u32)).collect();
        Some((of, seen.rows.iter().map(|&(_, count)| scaled(count)).collect()))
    };
    through(tables, (dependence, parent), foreign_key).filter(asked).filter_map(one).collect()
}

/// Exchanges places in the order of parents; `sizes` are the children of each place, `kinds` tells parents apart whose numbers of
/// children are drawn from different histograms.
pub(super) fn balance(
    tables: &Tables,
    site: &Site<'_>,
    foreign_key: usize,
    order: &mut [u32],
    sizes: &[u64],
    kinds: &[u32],
    stream: &mut Stream,
) {
    let Some(dependence) = dependence(tables, site) else { return };
    let parent = tables.schema.tables[site.table].foreign_keys[foreign_key].parent;
    let mut of = vec![0u64; order.len()];
    order.iter().zip(sizes).for_each(|(&parent, &size)| of[parent as usize] = size);
    let seen = through(tables, (dependence, parent), foreign_key);
    let mut views: Vec<View<'_>> = seen
        .filter_map(|seen| {
            let classes = tables.known.context.tables[parent].fields.get(&seen.field)?;
            (classes.len() == of.len()).then(|| View::new(seen, classes, &of))
        })
        .collect();
    if views.is_empty() {
        return;
    }
    // Parents of one kind stand together, so that partners are found at once.
    let mut places: Vec<u32> = (0..order.len() as u32).collect();
    places.sort_by_key(|&place| kinds[order[place as usize] as usize]);
    let kind = |order: &[u32], at: usize| kinds[order[places[at] as usize] as usize];
    let mut ends = vec![0; places.len()];
    let mut end = places.len();
    for at in (0..places.len()).rev() {
        if at + 1 < places.len() && kind(order, at) != kind(order, at + 1) {
            end = at + 1;
        }
        ends[at] = end;
    }
    let all = sizes.iter().sum::<u64>() as i64;
    let mut error = i64::MAX;
    for _ in 0..ROUNDS {
        let before = std::mem::replace(&mut error, views.iter().map(View::error).sum());
        if error == 0 || (order.len() >= MANY && before - error < all / WORTH) {
            return;
        }
        for _ in 0..order.len() {
            let one = stream.below(places.len() as u64) as usize;
            let other = one + stream.below((ends[one] - one) as u64) as usize;
            let (one, other) = (places[one] as usize, places[other] as usize);
            let more = sizes[one] as i64 - sizes[other] as i64;
            let (a, b) = (order[one] as usize, order[other] as usize);
            if more != 0 && views.iter().map(|view| view.change(a, b, more)).sum::<i64>() < 0 {
                views.iter_mut().for_each(|view| view.apply(a, b, more));
                order.swap(one, other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_counts_by_what_it_brings_children_closer_to() {
        let seen = Seen { foreign_key: 0, field: Field::Row, rows: vec![(1, 30), (2, 10)] };
        // Two parents of class 1 have one child each, one of class 2 has eighteen: it should be 15 and 5.
        let mut view = View::new(&seen, &[1, 1, 2], &[1, 1, 18]);
        assert_eq!(view.change(2, 0, 17), -18);
        view.apply(2, 0, 17);
        assert_eq!((view.children[1], view.children[2]), (19, 1));
        assert_eq!(view.change(0, 1, 17), 0, "parents of one class");
    }
}
